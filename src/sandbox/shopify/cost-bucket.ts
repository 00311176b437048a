/** The leaky bucket of one app on one shop: a request runs only when all it might cost is there. */
import { type Instant, SECOND_MS } from "../../core/time.ts";
import type { Clock } from "../../ports/clock.ts";

export interface ThrottleStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

export class CostBucket {
  readonly restorePerSecond: number;
  readonly #clock: Clock;
  readonly #maximum: number;
  #available: number;
  #at: Instant;

  constructor(clock: Clock, maximum: number, restorePerSecond: number) {
    this.#clock = clock;
    this.#maximum = maximum;
    this.restorePerSecond = restorePerSecond;
    this.#available = maximum;
    this.#at = clock.now();
  }

  /** Whether `points` are there. Takes nothing: execution is synchronous, and the charge follows at once. */
  has(points: number): boolean {
    this.#restore();
    return this.#available >= points;
  }

  charge(points: number): void {
    this.#restore();
    this.#available = Math.max(0, this.#available - points);
  }

  /** Leaves at most `points`, as if another worker of the same app had taken the rest. */
  drainTo(points: number): void {
    this.#restore();
    this.#available = Math.max(0, Math.min(this.#available, points));
  }

  status(): ThrottleStatus {
    this.#restore();
    return {
      maximumAvailable: this.#maximum,
      currentlyAvailable: Math.floor(this.#available),
      restoreRate: this.restorePerSecond,
    };
  }

  #restore(): void {
    const now = this.#clock.now();
    const elapsedMs = Math.max(0, now - this.#at);
    this.#available = Math.min(this.#maximum, this.#available + (elapsedMs / SECOND_MS) * this.restorePerSecond);
    this.#at = now;
  }
}
