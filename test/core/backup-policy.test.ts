import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backupsToKeep } from "../../src/core/backup-policy.ts";
import { DAY_MS, HOUR_MS } from "../../src/core/time.ts";

const NOON = Date.parse("2026-11-25T12:00:00Z");
const POLICY = { keepDaily: 7, keepWeekly: 4 };

function daysOf(kept: ReadonlySet<number>): readonly number[] {
  return [...kept].sort((a, b) => b - a).map((at) => (NOON - at) / DAY_MS);
}

describe("which backups are kept", () => {
  it("keeps seven days and the last backup of four weeks, of a year of daily ones", () => {
    const taken = Array.from({ length: 365 }, (_, day) => NOON - day * DAY_MS);
    // 25 November 2026 is a Wednesday: three days of this week, and the Sundays of the three before.
    expect(daysOf(backupsToKeep(taken, POLICY, NOON))).toEqual([0, 1, 2, 3, 4, 5, 6, 10, 17]);
  });

  it("keeps all of the last day, and then one a day", () => {
    const taken = Array.from({ length: 72 }, (_, hour) => NOON - hour * HOUR_MS);
    const kept = backupsToKeep(taken, POLICY, NOON);
    expect(taken.filter((at) => NOON - at < DAY_MS && !kept.has(at))).toEqual([]);
    expect(kept.size).toBe(24 + 2);
  });

  it("loses none because the machine was off", () => {
    const taken = [0, 1, 2].map((day) => NOON - day * DAY_MS);
    expect(backupsToKeep(taken, POLICY, NOON + 300 * DAY_MS).size).toBe(3);
  });

  it("always keeps the newest, and never more than the policy says of what is older than a day", () => {
    const times = fc.array(fc.integer({ min: 0, max: 400 * DAY_MS }), { minLength: 1, maxLength: 200 });
    const policies = fc.record({
      keepDaily: fc.integer({ min: 1, max: 30 }),
      keepWeekly: fc.integer({ min: 0, max: 10 }),
    });
    fc.assert(
      fc.property(times, policies, (taken, policy) => {
        const kept = backupsToKeep(taken, policy, 402 * DAY_MS);
        expect(kept.has(Math.max(...taken))).toBe(true);
        expect(kept.size).toBeLessThanOrEqual(policy.keepDaily + policy.keepWeekly);
      }),
    );
  });
});
