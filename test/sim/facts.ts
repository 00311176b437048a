/**
 * What the outside world saw, in its own order: which calls came when and from whom. The judge looks at this and at the
 * fakes' ledgers, and at nothing that the program remembers.
 */
import type { Instant } from "../../src/core/time.ts";

export interface SeenRead {
  readonly life: string;
  readonly at: Instant;
  readonly moment: number;
}

/** A purchase that arrived, with what was known when it was sent. */
export interface SentPurchase {
  readonly reference: string;
  readonly life: string;
  readonly at: Instant;
  /** Since when (counted in moments) the order must not ship; `null` when it may. */
  readonly unwantedSince: number | null;
  readonly why: string | null;
  /** When this life last read the order, and when the provider last answered it about the same parcel. */
  readonly readAt: number | null;
  readonly answeredAt: number | null;
}

export class Facts {
  /** By order id. */
  readonly reads = new Map<string, SeenRead[]>();
  readonly sentPurchases: SentPurchase[] = [];
  /** Fulfillments that were told: when their sender last read the order, and when it was told that the label is bought. */
  readonly sentFulfillments: {
    readonly orderId: string;
    readonly readAt: number | null;
    readonly boughtAt: number | null;
  }[] = [];
  /** Objects that an unguarded provider sold more than once, by reference. */
  readonly soldTwice: string[] = [];
  /** Calls to the provider that change something, by reference. */
  readonly providerWrites = new Map<string, number>();
  /** Calls to the shop that change something, by order. */
  readonly shopWrites = new Map<string, number>();
  /** Genuine messages that were answered 200, by what they are about. */
  readonly acknowledged: { readonly orderId: string; readonly topic: string; readonly triggeredAt: Instant }[] = [];
  /** When a storm of repeats of one message began and ended, and whose. */
  readonly storms: { readonly orderId: string; readonly fromAt: Instant; readonly untilAt: Instant; copies: number }[] =
    [];
  /** Lines of the log that only a fault of ours writes. */
  readonly bugs: string[] = [];
  /** When a fault, crash or change last struck. */
  lastTroubleAt: Instant = 0;

  addRead(orderId: string, read: SeenRead): void {
    const reads = this.reads.get(orderId) ?? [];
    reads.push(read);
    this.reads.set(orderId, reads);
  }

  lastReadBy(life: string, orderId: string): number | null {
    return this.reads.get(orderId)?.findLast((read) => read.life === life)?.moment ?? null;
  }
}

export function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
