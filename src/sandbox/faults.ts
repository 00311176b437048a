/**
 * What goes wrong on purpose. A plan says how often each fault strikes; `Faults` draws for every request from a seeded
 * source, so that one seed is one history, and counts what it did, so that a run can say how hard it was.
 */
import type { DurationMs } from "../core/time.ts";
import type { Random } from "../ports/clock.ts";

/** Faults of the wire, applied by `serve.ts` around any handler. `_after` means: the effect happened, the answer is lost. */
export type WireFault =
  | "latency"
  | "rate_limited"
  | "server_error_before"
  | "server_error_after"
  | "reset_before"
  | "reset_after"
  | "truncated_after";

/** Faults that only make sense inside one fake; the fake asks for them itself. */
export type ServiceFault = "throttled" | "token_expired" | "webhook_dropped" | "webhook_doubled" | "webhook_delayed";

export type Fault = WireFault | ServiceFault;

export interface FaultPlan {
  /** Probability of each fault per request (or per webhook), 0 to 1. Missing means never. */
  readonly rates: Readonly<Partial<Record<Fault, number>>>;
  /** How long `latency` and `webhook_delayed` hold something back, at most. */
  readonly delayMaxMs: DurationMs;
}

export const CALM: FaultPlan = { rates: {}, delayMaxMs: 0 };

/** The plan of `demo --chaos`: about one request in five suffers. "Slow down" is rare: obeying it shows nothing but patience. */
export const CHAOS: FaultPlan = {
  rates: {
    latency: 0.05,
    rate_limited: 0.005,
    server_error_before: 0.03,
    server_error_after: 0.03,
    reset_before: 0.03,
    reset_after: 0.04,
    truncated_after: 0.03,
    throttled: 0.01,
    token_expired: 0.005,
    webhook_dropped: 0.15,
    webhook_doubled: 0.15,
    webhook_delayed: 0.2,
  },
  delayMaxMs: 250,
};

export class Faults {
  /** How often each fault struck so far. */
  readonly struck = new Map<Fault, number>();
  #plan: FaultPlan;
  readonly #random: Random;
  /** Faults to strike next, before any draw: tests put one here to hit exactly one request. */
  readonly #forced: { fault: Fault; matches: (what: string) => boolean }[] = [];

  constructor(plan: FaultPlan, random: Random) {
    this.#plan = plan;
    this.#random = random;
  }

  /** Replaces the plan; what is already under way is not affected. */
  setPlan(plan: FaultPlan): void {
    this.#plan = plan;
  }

  /** Makes `fault` strike the next request whose description (`POST /v2/shipments`, `mutation FulfillmentCreate`) fits. */
  force(fault: Fault, matches: (what: string) => boolean = () => true): void {
    this.#forced.push({ fault, matches });
  }

  /** Whether `fault` strikes `what` now. Counts it when it does. */
  strikes(fault: Fault, what: string): boolean {
    const forcedAt = this.#forced.findIndex((entry) => entry.fault === fault && entry.matches(what));
    if (forcedAt >= 0) {
      this.#forced.splice(forcedAt, 1);
    } else {
      const rate = this.#plan.rates[fault] ?? 0;
      if (rate <= 0 || this.#random.next() >= rate) {
        return false;
      }
    }
    this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1);
    return true;
  }

  /** A delay for `latency` and `webhook_delayed`, drawn evenly up to the plan's limit. */
  delayMs(): DurationMs {
    return Math.round(this.#random.next() * this.#plan.delayMaxMs);
  }

  /** All strikes so far, over every kind. */
  total(): number {
    let sum = 0;
    for (const count of this.struck.values()) {
      sum += count;
    }
    return sum;
  }
}
