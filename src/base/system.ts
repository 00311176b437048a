/** The real clock and the real chance: with `wiring.ts` the only places that reach for them. */
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock, Random } from "../ports/clock.ts";

/** `setTimeout` counts in 32 bits; a longer wait would fire at once. */
const TIMER_MAX_MS: DurationMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: (): Instant => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(Math.max(0, durationMs), TIMER_MAX_MS));
      signal?.addEventListener("abort", end, { once: true });
    }),
};

export const systemRandom: Random = { next: () => Math.random() };
