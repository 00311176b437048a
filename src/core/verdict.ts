/** What one part of an order comes to: where it stands, what to do now, when to look again, and the checks that say so. */
import type { Action, FactValue, Finding, Judgement } from "./decision.ts";
import type { EffectKind, EffectRecord } from "./effect.ts";
import { effectKey } from "./effect.ts";
import type { Reason } from "./reasons.ts";
import { currentTracking, type ShipmentRecord } from "./shipment.ts";
import { type OrderStatus, toOrderStatus } from "./status.ts";
import type { Instant } from "./time.ts";

export interface Verdict {
  readonly judgement: Judgement;
  readonly actions: readonly Action[];
  readonly lookAgainAt: Instant | null;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

type Facts = Readonly<Record<string, FactValue>>;

/** It stands there, for that reason, and nothing is to be done. */
export function settled(status: OrderStatus, reason: Reason | null, facts: Facts): Verdict {
  return { judgement: { status, reason, input: facts }, actions: [], lookAgainAt: null, findings: [], notes: [] };
}

/** Says nothing about where the order stands: any other verdict speaks louder. */
export const NOTHING_SAID: Verdict = settled("skipped", null, {});

/** A human has to do something. */
export function park(reason: Reason, facts: Facts, actions: readonly Action[] = []): Verdict {
  return { ...settled("parked", reason, facts), actions };
}

/** On its way to a label. */
export function ready(actions: readonly Action[]): Verdict {
  return { ...settled("ready_to_ship", null, {}), actions };
}

/** There is a label: it stands where the parcel is. */
export function follow(shipment: ShipmentRecord, actions: readonly Action[]): Verdict {
  return { ...settled(parcelStatus(shipment), null, {}), actions };
}

/** A check that did not pass, as a verdict. */
export function fromFinding(finding: Finding): Verdict {
  const statuses: Readonly<Record<Finding["verdict"], OrderStatus>> = {
    pass: "ready_to_ship",
    wait: "waiting",
    skip: "skipped",
    park: "parked",
  };
  return settled(statuses[finding.verdict], finding.reason, finding.input);
}

/** The order status that this label's parcel gives. */
export function parcelStatus(shipment: ShipmentRecord): OrderStatus {
  return toOrderStatus(currentTracking(shipment)?.status ?? "unknown");
}

/** The journal's entry for one call about a shipment; `null` when it was never begun. */
export function findEffect(
  effects: readonly EffectRecord[],
  kind: EffectKind,
  shipmentId: string,
  part?: string,
): EffectRecord | null {
  const key = effectKey(kind, shipmentId, part);
  return effects.find((effect) => effect.key === key) ?? null;
}

/** Refused for a reason that lies in the order or the policy: the same call would be refused again until a human lifts it. */
export function isRejected(
  effect: EffectRecord | null,
): effect is EffectRecord & { readonly failure: NonNullable<EffectRecord["failure"]> } {
  return effect?.state === "refused" && effect.failure?.kind === "rejected";
}
