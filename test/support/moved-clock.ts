/**
 * Time that a test owns. One `MovedClock` is the time of everybody in the test; it stands still until it is moved.
 *
 * Who sleeps on the clock itself wakes when the time has been moved far enough: loops, and the fakes' own business. Who
 * sleeps on its `leaping` side moves the time instead of waiting, as the pauses inside one call must, when nobody else
 * could move the time meanwhile.
 */
import type { DurationMs, Instant } from "../../src/core/time.ts";
import type { Clock } from "../../src/ports/clock.ts";

/** A Sunday morning, on a whole second. */
export const MORNING: Instant = Date.UTC(2026, 10, 22, 10, 0, 0);

interface Sleeper {
  readonly untilAt: Instant;
  wake(): void;
}

export class MovedClock implements Clock {
  #now: Instant;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now: Instant = MORNING) {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  sleep(durationMs: DurationMs, signal?: AbortSignal): Promise<void> {
    if (durationMs <= 0 || signal?.aborted === true) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper: Sleeper = { untilAt: this.#now + durationMs, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /** Time goes by, or the clock is set back. Gives the new time. */
  move(byMs: DurationMs): Instant {
    return this.moveTo(this.#now + byMs);
  }

  moveTo(at: Instant): Instant {
    this.#now = at;
    for (const sleeper of [...this.#sleepers].filter(({ untilAt }) => untilAt <= at)) {
      sleeper.wake();
    }
    return at;
  }

  /** How many sleep on it now. */
  sleepers(): number {
    return this.#sleepers.size;
  }

  /** The same time for somebody who must not wait: a sleep moves it. `aheadMs`: whose clock is wrong by so much. */
  leaping(aheadMs: DurationMs = 0): Clock {
    return {
      now: () => this.#now + aheadMs,
      sleep: async (durationMs, signal) => {
        if (signal?.aborted !== true) {
          this.move(Math.max(0, durationMs));
        }
      },
    };
  }
}
