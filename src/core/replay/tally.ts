/** Adds up a replay, order by order, in bounded memory: numbers, and the newest of the orders that differ. */
import type { OrderId } from "../order.ts";
import type { Instant } from "../time.ts";
import { CHANGES, type Change, compareOutcomes, type Difference } from "./compare.ts";
import { costOf, type Outcome } from "./replay.ts";

export interface ReplayedPart {
  readonly orderId: OrderId;
  readonly orderName: string;
  readonly fulfillmentOrderId: string;
  readonly at: Instant;
  readonly before: Outcome;
  readonly after: Outcome;
}

export interface DifferingPart extends ReplayedPart {
  readonly difference: Difference;
}

export interface TalliedMoney {
  readonly currency: string;
  readonly beforeMinor: number;
  readonly afterMinor: number;
}

export interface Tally {
  readonly orders: number;
  readonly differing: number;
  /** Orders by what changes about them; one order may change in several ways. */
  readonly changes: Readonly<Record<Change, number>>;
  /** Of the orders whose money is known on both sides; by currency. */
  readonly money: readonly TalliedMoney[];
  /** Orders that would ship, before or after, at a price that nobody asked for. They are in no sum. */
  readonly unpriced: number;
  /** Of those, the ones that differ. */
  readonly unpricedDiffering: number;
  /** Orders that rules cannot be judged on after, and could be before. */
  readonly unclear: number;
  /** Newest first. */
  readonly parts: readonly DifferingPart[];
}

interface OrderSoFar {
  readonly id: OrderId;
  readonly changes: Set<Change>;
  isUnpriced: boolean;
  isUnclear: boolean;
}

export class Tallying {
  readonly #shown: number;
  readonly #changes = new Map<Change, number>();
  readonly #money = new Map<string, { before: number; after: number }>();
  #parts: DifferingPart[] = [];
  #current: OrderSoFar | null = null;
  #orders = 0;
  #differing = 0;
  #unpriced = 0;
  #unpricedDiffering = 0;
  #unclear = 0;

  /** `shown`: how many of the parts that differ are kept. */
  constructor(shown: number) {
    this.#shown = shown;
  }

  /** Parts of one order have to come one after the other. */
  add(part: ReplayedPart): void {
    const order = this.#enter(part.orderId);
    const difference = compareOutcomes(part.before, part.after);
    const [before, after] = [costOf(part.before), costOf(part.after)];
    if (before === null || after === null) {
      order.isUnpriced = true;
    } else {
      for (const { currency, amountMinor } of before) {
        this.#sums(currency).before += amountMinor;
      }
      for (const { currency, amountMinor } of after) {
        this.#sums(currency).after += amountMinor;
      }
    }
    order.isUnclear ||= part.after.reason === "rule_unclear" && part.before.reason !== "rule_unclear";
    if (difference !== null) {
      for (const change of difference.changes) {
        order.changes.add(change);
      }
      this.#show({ ...part, difference });
    }
  }

  finish(): Tally {
    this.#leave();
    return {
      orders: this.#orders,
      differing: this.#differing,
      changes: Object.fromEntries(CHANGES.map((change) => [change, this.#changes.get(change) ?? 0])) as Record<
        Change,
        number
      >,
      money: [...this.#money]
        .map(([currency, { before, after }]) => ({ currency, beforeMinor: before, afterMinor: after }))
        .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
      unpriced: this.#unpriced,
      unpricedDiffering: this.#unpricedDiffering,
      unclear: this.#unclear,
      parts: this.#sorted(),
    };
  }

  #enter(id: OrderId): OrderSoFar {
    if (this.#current === null || this.#current.id !== id) {
      this.#leave();
      this.#current = { id, changes: new Set(), isUnpriced: false, isUnclear: false };
    }
    return this.#current;
  }

  #leave(): void {
    if (this.#current === null) {
      return;
    }
    const { changes, isUnpriced, isUnclear } = this.#current;
    const differs = changes.size > 0;
    this.#orders += 1;
    this.#differing += differs ? 1 : 0;
    this.#unpriced += isUnpriced ? 1 : 0;
    this.#unpricedDiffering += isUnpriced && differs ? 1 : 0;
    this.#unclear += isUnclear ? 1 : 0;
    for (const change of changes) {
      this.#changes.set(change, (this.#changes.get(change) ?? 0) + 1);
    }
    this.#current = null;
  }

  #sums(currency: string): { before: number; after: number } {
    const sums = this.#money.get(currency) ?? { before: 0, after: 0 };
    this.#money.set(currency, sums);
    return sums;
  }

  /** Sorted only when there are twice as many as wanted: cheap, however many differ. */
  #show(part: DifferingPart): void {
    this.#parts.push(part);
    if (this.#parts.length >= 2 * this.#shown + 100) {
      this.#parts = this.#sorted();
    }
  }

  #sorted(): DifferingPart[] {
    return this.#parts.sort((a, b) => b.at - a.at || compareId(a, b)).slice(0, this.#shown);
  }
}

function compareId(a: ReplayedPart, b: ReplayedPart): number {
  return a.fulfillmentOrderId < b.fulfillmentOrderId ? 1 : -1;
}
