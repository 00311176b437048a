import type { Clock } from "../../../src/ports/clock.ts";

/** A clock that stands still until it is moved; a sleep moves it and is over at once. */
export interface TestClock extends Clock {
  advance(durationMs: number): void;
  /** Every sleep so far. */
  readonly sleptMs: readonly number[];
}

export function createTestClock(startAt = Date.parse("2026-11-22T12:00:00Z")): TestClock {
  let now = startAt;
  const sleptMs: number[] = [];
  return {
    sleptMs,
    now: () => now,
    sleep: async (durationMs) => {
      sleptMs.push(durationMs);
      now += durationMs;
    },
    advance: (durationMs) => {
      now += durationMs;
    },
  };
}
