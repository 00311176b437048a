/**
 * Time and chance as arguments. Everything that waits, schedules or draws lots takes one of these, so that a test or a
 * simulation can own both. Nothing outside `src/wiring.ts`, `src/base` and tests may call `Date.now` or `Math.random`.
 */
import type { DurationMs, Instant } from "../core/time.ts";

export interface Clock {
  /** The wall clock, milliseconds since 1970-01-01 UTC. It may jump in both directions; leases allow for that. */
  now(): Instant;
  /**
   * Resolves after `durationMs`, or at once (never rejecting) when `signal` aborts. Callers look at the signal
   * themselves. A pending sleep keeps the process alive: whoever may be asked to stop passes a signal.
   */
  sleep(durationMs: DurationMs, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** A number in [0, 1). */
  next(): number;
}
