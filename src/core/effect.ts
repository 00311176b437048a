/**
 * The journal's vocabulary: what we told the world, or meant to tell it. The intent is committed as `begun` before the
 * call; the answer moves it on.
 *
 *   begun ──answer──► done | refused | unknown        unknown ──read──► done | absent
 *   refused | absent ──begun again (attempt + 1)──► begun      refused ──retry by a human──► lifted ──► begun
 *
 * A `begun` row that a later run finds belongs to a run that died: it is treated as `unknown`. `unknown` is settled by
 * reading the other side, never by sending again.
 */
import type { Instant } from "./time.ts";

/** `buy` and `void` cost or return money; `fulfil`, `update_tracking` and `post_event` are seen by the customer. */
export type EffectKind = "buy" | "void" | "fulfil" | "update_tracking" | "post_event";

/** `absent`: the other side was read and has no trace of it, so that it may be begun again on the same object. */
export type EffectState = "begun" | "done" | "refused" | "unknown" | "absent" | "lifted";

export interface EffectRecord {
  /** `<kind>:<shipment id>` and, for events, `:<status>`. Unique per shop for ever. */
  readonly key: string;
  readonly kind: EffectKind;
  readonly orderId: string;
  readonly shipmentId: string;
  readonly state: EffectState;
  readonly attempt: number;
  /** Our own short facts about the call (rate id, tracking number): no secrets, no personal data. */
  readonly input: Readonly<Record<string, string | number | boolean | null>>;
  /** Kind of the failure and one sentence; `null` while begun and when done. */
  readonly failure: { readonly kind: string; readonly message: string } | null;
  readonly begunAt: Instant;
  readonly settledAt: Instant | null;
  /** How often reading the other side did not settle it. */
  readonly lookups: number;
  /** When it was last read in vain; `null` before the first time. */
  readonly lookedUpAt: Instant | null;
}

export function effectKey(kind: EffectKind, shipmentId: string, part?: string): string {
  return part === undefined ? `${kind}:${shipmentId}` : `${kind}:${shipmentId}:${part}`;
}

/** The answer was never seen: only reading may settle it. */
export function isUnresolved(effect: EffectRecord): boolean {
  return effect.state === "begun" || effect.state === "unknown";
}
