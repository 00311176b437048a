/**
 * Shopify's cost bucket, seen from here (usage/rate-limits, read 2026-11-22). A request runs only while the bucket holds
 * its *requested* cost; afterwards the part that it did not use is given back. The bucket fills at a constant rate, is one
 * per app and shop, and every answer says what is in it. So a call waits here until the bucket surely holds its cost, and
 * is not sent to be refused.
 *
 *   unknown ──first answer with a cost block──► known: level, at ──time──► level + rate × elapsed, at most the maximum
 *
 * While nothing is known one call at a time is let through, since even the size of the bucket differs by plan. What is in
 * flight counts as spent, although an answer may have counted it already: that errs by a few calls' cost on the safe side
 * and costs no throughput, as the bucket then merely stands that much fuller. Other users of the bucket (a second process)
 * show up as THROTTLED, which costs a repeat and no more. Nothing is stored: after a crash the first answer says all.
 */
import { RemoteError } from "../base/errors.ts";
import { type DurationMs, type Instant, MINUTE_MS, SECOND_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { CostReport } from "./cost-report.ts";
import type { Operation } from "./operations.ts";

/** Points set aside for one call that was let through. */
export interface Reservation {
  readonly cost: number;
  /** Once, when the call has ended; `null` when no usable answer came. */
  settle(report: CostReport | null): void;
}

/** What a call is taken to cost before its first answer says it: Shopify's formula (facts of 2026-11-22), rounded up. */
const FIRST_COSTS: Readonly<Record<string, number>> = {
  OrdersChanged: 15,
  FulfillmentOrdersChanged: 15,
  OrdersByIds: 160,
  OrderByName: 10,
  FulfillmentEvents: 20,
};
const FIRST_COST_OF_QUERY = 25;
/** Recorded: 10 and a few for what is read back, at most 56. */
const FIRST_COST_OF_MUTATION = 30;

/** Callers are bounded by the workers' number; more than this waiting is a runaway loop. */
const WAITING_MAX = 1_000;

/** No pause is longer, whatever the shop or a jumping clock says. */
export const PAUSE_MAX_MS: DurationMs = MINUTE_MS;

interface Waiting {
  readonly cost: number;
  grant(): void;
}

export class CostBudget {
  readonly #clock: Clock;
  readonly #learnt = new Map<string, number>();
  /** Mutations go first: each ends something that was already paid for, while a poll loses nothing by waiting. */
  readonly #mutations: Waiting[] = [];
  readonly #queries: Waiting[] = [];
  #bucket: { level: number; at: Instant; readonly maximum: number; readonly restoreRate: number } | null = null;
  #inFlight = 0;
  #inFlightCost = 0;
  #pausedUntil: Instant = 0;
  #alarm: AbortController | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the call may be sent. Throws `throttled` when absurdly many wait already. */
  async reserve(operation: Pick<Operation<unknown, unknown>, "name" | "kind">): Promise<Reservation> {
    if (this.#mutations.length + this.#queries.length >= WAITING_MAX) {
      throw new RemoteError({
        remote: "shopify",
        operation: operation.name,
        kind: "throttled",
        message: `${operation.name}: ${WAITING_MAX} calls wait for Shopify's rate limit already`,
        retryAt: this.#clock.now() + PAUSE_MAX_MS,
      });
    }
    const cost = this.#expectedCost(operation);
    const queue = operation.kind === "mutation" ? this.#mutations : this.#queries;
    await new Promise<void>((resolve) => {
      queue.push({ cost, grant: resolve });
      this.#letThrough();
    });
    return { cost, settle: (report) => this.#settle(operation.name, cost, report) };
  }

  /** Lets nothing through until then (at most `PAUSE_MAX_MS` from now): the shop asked everybody to stop. */
  pauseUntil(at: Instant): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, Math.min(at, this.#clock.now() + PAUSE_MAX_MS));
    this.#letThrough();
  }

  #expectedCost(operation: Pick<Operation<unknown, unknown>, "name" | "kind">): number {
    const unseen = operation.kind === "mutation" ? FIRST_COST_OF_MUTATION : FIRST_COST_OF_QUERY;
    return this.#learnt.get(operation.name) ?? FIRST_COSTS[operation.name] ?? unseen;
  }

  #settle(name: string, cost: number, report: CostReport | null): void {
    this.#inFlight -= 1;
    this.#inFlightCost -= cost;
    if (report?.requestedCost != null) {
      this.#learnt.set(name, report.requestedCost);
    }
    const now = this.#clock.now();
    const status = report?.throttleStatus ?? null;
    if (status !== null) {
      this.#bucket = {
        level: status.currentlyAvailable,
        at: now,
        maximum: status.maximumAvailable,
        restoreRate: status.restoreRate,
      };
    } else if (this.#bucket !== null) {
      // It may have run, and then it was charged.
      this.#bucket.level = Math.max(0, this.#levelAt(this.#bucket, now) - cost);
      this.#bucket.at = now;
    }
    this.#letThrough();
  }

  /** Grants in order, as far as the bucket reaches, and sets an alarm for the first that has to wait. */
  #letThrough(): void {
    this.#alarm?.abort();
    this.#alarm = null;
    for (;;) {
      const queue = this.#mutations.length > 0 ? this.#mutations : this.#queries;
      const next = queue[0];
      const waitMs = next === undefined ? null : this.#waitMs(next.cost);
      if (next === undefined || waitMs === null) {
        return;
      }
      if (waitMs > 0) {
        this.#wakeIn(waitMs);
        return;
      }
      queue.shift();
      this.#inFlight += 1;
      this.#inFlightCost += next.cost;
      next.grant();
    }
  }

  #wakeIn(waitMs: DurationMs): void {
    const alarm = new AbortController();
    this.#alarm = alarm;
    void this.#clock.sleep(waitMs, alarm.signal).then(() => {
      if (!alarm.signal.aborted) {
        this.#letThrough();
      }
    });
  }

  /** How long until a call of this cost may go; `null` when only an answer that is under way can tell. */
  #waitMs(cost: number): DurationMs | null {
    const now = this.#clock.now();
    this.#pausedUntil = Math.min(this.#pausedUntil, now + PAUSE_MAX_MS);
    const pauseMs = Math.max(0, this.#pausedUntil - now);
    const bucket = this.#bucket;
    if (bucket === null) {
      return this.#inFlight > 0 ? null : pauseMs;
    }
    // A call dearer than the whole bucket is sent when it is full: the shop then says what is wrong with it.
    const needed = Math.min(cost, bucket.maximum) + this.#inFlightCost;
    if (needed > bucket.maximum && this.#inFlight > 0) {
      return null;
    }
    const missing = needed - this.#levelAt(bucket, now);
    return Math.max(pauseMs, missing <= 0 ? 0 : Math.ceil((missing / bucket.restoreRate) * SECOND_MS));
  }

  #levelAt(bucket: { level: number; at: Instant; maximum: number; restoreRate: number }, now: Instant): number {
    // A wall clock set back must not stop the filling: count from the new time on.
    bucket.at = Math.min(bucket.at, now);
    return Math.min(bucket.maximum, bucket.level + ((now - bucket.at) / SECOND_MS) * bucket.restoreRate);
  }
}
