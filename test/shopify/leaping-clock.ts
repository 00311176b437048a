/** A clock on which nobody waits: a sleep moves the time and ends at the end of the turn. For waits that follow each other. */
import type { DurationMs, Instant } from "../../src/core/time.ts";
import type { Clock } from "../../src/ports/clock.ts";

export class LeapingClock implements Clock {
  readonly slept: DurationMs[] = [];
  #now: Instant = Date.UTC(2026, 10, 22, 10, 0, 0);

  now(): Instant {
    return this.#now;
  }

  async sleep(durationMs: DurationMs, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) {
      return;
    }
    this.slept.push(durationMs);
    this.#now += durationMs;
    // Whoever sleeps in a loop must let the network go on.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Time goes by, or the clock is set. */
  move(byMs: DurationMs): void {
    this.#now += byMs;
  }
}
