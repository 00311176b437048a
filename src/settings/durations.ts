/** Lengths of time as people write them in settings: with a unit, within bounds, and back again. */
import type { DurationMs } from "../core/time.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, parseDuration, SECOND_MS } from "../core/time.ts";
import type { Parsed } from "./parsed.ts";

/** Reads `30s` or `7d`. A number without a unit is a problem: nobody can tell whether 30 means seconds or minutes. */
export function readDuration(text: string, atLeastMs: DurationMs, atMostMs: DurationMs): Parsed<DurationMs> {
  const durationMs = parseDuration(text);
  if (durationMs === null) {
    return { problem: "is no duration: write 30s, 5m, 1h or 7d" };
  }
  return checkBounds(durationMs, atLeastMs, atMostMs) ?? { value: durationMs };
}

export function checkBounds(
  durationMs: DurationMs,
  atLeastMs: DurationMs,
  atMostMs: DurationMs,
): { readonly problem: string } | null {
  if (durationMs < atLeastMs) {
    return { problem: `is too short: at least ${writeDuration(atLeastMs)}` };
  }
  if (durationMs > atMostMs) {
    return { problem: `is too long: at most ${writeDuration(atMostMs)}` };
  }
  return null;
}

/** The shortest exact text of a duration: `45d`, `90m`, `1500ms`. `readDuration` gives the same number back. */
export function writeDuration(durationMs: DurationMs): string {
  const units: readonly (readonly [DurationMs, string])[] = [
    [DAY_MS, "d"],
    [HOUR_MS, "h"],
    [MINUTE_MS, "m"],
    [SECOND_MS, "s"],
  ];
  for (const [unitMs, unit] of units) {
    if (durationMs > 0 && durationMs % unitMs === 0) {
      return `${durationMs / unitMs}${unit}`;
    }
  }
  return `${durationMs}ms`;
}
