import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BACKOFF_CEILING_MS, BACKOFF_FIRST_MS, backoffMs } from "../../src/core/failure.ts";
import { PROPERTY } from "./generated.ts";

describe("the back-off", () => {
  it.each([
    [1, 0, 1_000],
    [1, 0.5, 1_500],
    [2, 0.5, 3_000],
    [3, 0, 4_000],
    [9, 0, 256_000],
    [10, 0, 450_000],
    [10, 0.5, 675_000],
    [10_000, 0.5, 675_000],
    [0, 0, 1_000],
    [-5, 0, 1_000],
  ])("of attempt %i with chance %f is %i ms", (attempt, jitter, durationMs) => {
    expect(backoffMs(attempt, jitter)).toBe(durationMs);
  });

  it("starts where it is told to", () => {
    expect(backoffMs(1, 0, 100)).toBe(50);
    expect(backoffMs(3, 0, 100)).toBe(200);
  });

  it("lies in the upper half of its step, never shrinks with the attempt, and has a ceiling", () => {
    const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), jitter, (attempt, chance) => {
        const step = Math.min(BACKOFF_FIRST_MS * 2 ** (attempt - 1), BACKOFF_CEILING_MS);
        const wait = backoffMs(attempt, chance);
        expect(wait).toBeGreaterThanOrEqual(step / 2);
        expect(wait).toBeLessThanOrEqual(step);
        expect(backoffMs(attempt + 1, chance)).toBeGreaterThanOrEqual(wait);
        expect(Number.isInteger(wait)).toBe(true);
      }),
      PROPERTY,
    );
  });
});
