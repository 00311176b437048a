/** What a run of one order works with. Built once in `wiring.ts`; tests build it from real parts. */
import type { Log } from "../base/log.ts";
import type { ShopKind } from "../core/key-guard.ts";
import type { Policy } from "../core/policy.ts";
import type { LabelFormat } from "../core/shipment.ts";
import type { DurationMs } from "../core/time.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { ShippingProvider } from "../ports/shipping-provider.ts";
import type { Shop } from "../ports/shop.ts";
import type { Store } from "../store/types.ts";
import type { RemoteGate } from "./remote-gate.ts";

export interface ReconcileContext {
  readonly store: Store;
  readonly shop: Shop;
  /** See `shop-kind.ts`. */
  readonly shopKind: () => Promise<ShopKind>;
  readonly provider: ShippingProvider;
  readonly labels: LabelStorage;
  readonly gate: RemoteGate;
  readonly notifier: Notifier;
  /** Asked anew for every run: a reload takes effect at the next one. */
  readonly policy: () => Policy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Who holds the leases: the id of this process. */
  readonly instanceId: string;
  readonly timing: ReconcileTiming;
}

export interface ReconcileTiming {
  /**
   * Renewed before each round. A round is several calls, each of which may also wait for the shop's rate limit, so a lease
   * can end under a healthy run. That is safe because every write is fenced: when another run has claimed the order, ours
   * writes nothing more. The length only makes that rare, and says how long the order of a dead process rests.
   */
  readonly leaseMs: DurationMs;
  /** First step of the back-off after trouble; doubles up to a quarter of an hour. */
  readonly backoffFirstMs: DurationMs;
  /** How long a write whose answer was lost may still be on its way before "not there" is believed. */
  readonly settleMs: DurationMs;
}

export const DEFAULT_TIMING: ReconcileTiming = { leaseMs: 60_000, backoffFirstMs: 2_000, settleMs: 2_000 };

/** Where label files are kept. */
export interface LabelStorage {
  /** Writes the file durably and gives its name relative to the label folder. Writing the same shipment again replaces it. */
  save(shipmentId: string, format: LabelFormat, bytes: Uint8Array): Promise<string>;
}
