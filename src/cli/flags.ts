/** Reads the values of flags. A value that makes no sense is commander's `InvalidArgumentError`, hence exit 2. */
import { InvalidArgumentError } from "commander";
import { type DurationMs, type Instant, parseDuration, parseInstant } from "../core/time.ts";

export function readCount(smallest: number, largest: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(count >= smallest && count <= largest)) {
      throw new InvalidArgumentError(`expected a whole number from ${smallest} to ${largest}`);
    }
    return count;
  };
}

export function readDuration(text: string): DurationMs {
  const durationMs = parseDuration(text);
  if (durationMs === null) {
    throw new InvalidArgumentError("expected a time such as 30s, 5m or 1h");
  }
  return durationMs;
}

/** A point in time: how long ago, or a date. */
export type When = { readonly agoMs: DurationMs } | { readonly at: Instant };

export function readWhen(text: string): When {
  const agoMs = parseDuration(text);
  if (agoMs !== null) {
    return { agoMs };
  }
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? parseInstant(text) : null;
  if (at === null) {
    throw new InvalidArgumentError("expected how long ago (2h, 7d) or a date (2026-11-20, 2026-11-20T14:00:00Z)");
  }
  return { at };
}
