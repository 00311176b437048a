/** What kind of shop it is, asked once per process: another shop or another key needs a new process. */
import { RemoteError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Judgement } from "../core/decision.ts";
import type { ShopKind } from "../core/key-guard.ts";
import { explainReason, type Reason, remedyFor } from "../core/reasons.ts";
import type { Shop } from "../ports/shop.ts";
import type { ReconcileContext } from "./context.ts";

/** A failed question is asked again by the next run; one that the shop cannot answer leaves the kind unknown. */
export function createShopKind(shop: Pick<Shop, "identify">, log: Log): () => Promise<ShopKind> {
  let known: Promise<ShopKind> | null = null;
  async function ask(): Promise<ShopKind> {
    try {
      return (await shop.identify()).kind;
    } catch (error) {
      if (error instanceof RemoteError && ["malformed", "rejected", "missing"].includes(error.kind)) {
        log.warn("the shop does not say what kind it is", { error: error.message });
        return "unknown";
      }
      known = null;
      throw error;
    }
  }
  return () => {
    known ??= ask();
    return known;
  };
}

const KIND = "key_mismatch";
const OF_THE_KEY: ReadonlySet<Reason> = new Set<Reason>(["test_key_on_live_shop", "live_key_on_development_shop"]);

/** One alarm for all orders. Call it with every judgement; it says nothing of others and nothing twice. */
export async function tellKeyMismatch({ clock, notifier, store }: ReconcileContext, judgement: Judgement) {
  const { reason, input } = judgement;
  if (reason === null || !OF_THE_KEY.has(reason)) {
    return;
  }
  const message = `no label is bought: ${explainReason(reason, input)}`;
  const alarm = { key: KIND, message, remedy: remedyFor(reason, ""), since: clock.now() };
  if (await store.alarms.raise(alarm)) {
    await notifier.raise(alarm);
  }
}

/** A label was bought: key and shop fit, or somebody allowed it. */
export async function resolveKeyMismatch({ clock, notifier, store }: ReconcileContext): Promise<void> {
  if (await store.alarms.resolve(KIND)) {
    await notifier.resolve(KIND, clock.now());
  }
}
