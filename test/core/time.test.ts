import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  formatAge,
  formatInstant,
  HOUR_MS,
  MINUTE_MS,
  parseDuration,
  parseInstant,
} from "../../src/core/time.ts";
import { PROPERTY } from "./generated.ts";

describe("a duration in words", () => {
  it.each<[string, number | null]>([
    ["500ms", 500],
    ["30s", 30_000],
    ["5m", 5 * MINUTE_MS],
    ["1h", HOUR_MS],
    ["7d", 7 * DAY_MS],
    ["1.5h", 90 * MINUTE_MS],
    [" 2 m ", 2 * MINUTE_MS],
    ["0s", 0],
    ["0.4ms", 0],
    ["0.5ms", 1],
    ["", null],
    ["5", null],
    ["m", null],
    ["-5m", null],
    ["5 minutes", null],
    ["5M", null],
    ["1h30m", null],
    ["1.h", null],
    ["1w", null],
    [`${"9".repeat(15)}d`, null],
    [`${"9".repeat(400)}ms`, null],
  ])("%j is %s", (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });
});

describe("an age in words", () => {
  it.each([
    [-1, "0s"],
    [0, "0s"],
    [999, "0s"],
    [45_000, "45s"],
    [59_999, "59s"],
    [MINUTE_MS, "1m"],
    [6 * MINUTE_MS + 59_000, "6m"],
    [HOUR_MS - 1, "59m"],
    [HOUR_MS, "1h"],
    [3 * HOUR_MS + 5 * MINUTE_MS, "3h 5m"],
    [DAY_MS - 1, "23h 59m"],
    [DAY_MS, "1d"],
    [47 * HOUR_MS + 59 * MINUTE_MS, "1d 23h"],
    [3 * DAY_MS - 1, "2d 23h"],
    [3 * DAY_MS, "3d"],
    [100 * DAY_MS, "100d"],
  ])("of %i ms is %s", (durationMs, text) => {
    expect(formatAge(durationMs)).toBe(text);
  });
});

describe("an instant in words", () => {
  it.each<[string | null | undefined, string | null]>([
    ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.000Z"],
    ["2026-11-22T12:00:00.123Z", "2026-11-22T12:00:00.123Z"],
    ["2024-08-03T18:28:37.234647458Z", "2024-08-03T18:28:37.234Z"],
    ["2026-11-22T12:00:00-05:00", "2026-11-22T17:00:00.000Z"],
    ["2026-11-22T12:00:00+0530", "2026-11-22T06:30:00.000Z"],
    ["2026-11-22 12:00:00Z", "2026-11-22T12:00:00.000Z"],
    ["2026-11-22T12:00Z", "2026-11-22T12:00:00.000Z"],
    ["2026-11-22", "2026-11-22T00:00:00.000Z"],
    ["2026-11-22T12:00:00", null],
    ["2026-11-22 12:00", null],
    ["Nov 22 2026", null],
    ["1795348800000", null],
    ["2026-13-01T00:00:00Z", null],
    ["2026-11-22T25:00:00Z", null],
    ["", null],
    ["yesterday", null],
    [null, null],
    [undefined, null],
  ])("%j is read as %s", (text, at) => {
    const read = parseInstant(text);
    expect(read === null ? null : formatInstant(read)).toBe(at);
  });

  it("is read back as the same instant", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("9999-01-01T00:00:00Z") }), (date) => {
        expect(parseInstant(formatInstant(date.getTime()))).toBe(date.getTime());
      }),
      PROPERTY,
    );
  });
});
