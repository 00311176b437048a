/** Instants and durations. No clock here: `now` is always an argument. */

/** Milliseconds since 1970-01-01 UTC. Names of instants end in `At`. */
export type Instant = number;

/** A length of time in milliseconds. Names of durations end in `Ms`. */
export type DurationMs = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNIT_MS: Readonly<Record<string, DurationMs>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
};

/** Reads `500ms`, `30s`, `5m`, `1h`, `7d` (also `1.5h`). Anything else is `null`: the caller names the setting. */
export function parseDuration(text: string): DurationMs | null {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim());
  const unit = UNIT_MS[match?.[2] ?? ""];
  if (match === null || unit === undefined) {
    return null;
  }
  const durationMs = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(durationMs) ? durationMs : null;
}

/** `45s`, `6m`, `3h 5m`, `1d 23h`: two units under three days, so that 47 hours are not "1d"; never negative. */
export function formatAge(durationMs: DurationMs): string {
  const seconds = Math.max(0, Math.floor(durationMs / SECOND_MS));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days >= 3) {
    return `${days}d`;
  }
  if (days > 0) {
    return hours > 0 ? `${days}d ${hours}h` : `${days}d`;
  }
  if (hours > 0) {
    return minutes > 0 ? `${hours}h ${minutes}m` : `${hours}h`;
  }
  return minutes > 0 ? `${minutes}m` : `${seconds}s`;
}

/** RFC 3339 in UTC, the one format of absolute time in every output. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString();
}

/** A date, or a date and a time with its zone: without one it would mean another instant on another machine. */
const ZONED = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)? ?(?:Z|[+-]\d{2}:?\d{2}))?$/i;

/** Reads an RFC 3339 or ISO-8601 time with a zone, or a date, which is its midnight in UTC; `null` when it is none. */
export function parseInstant(text: string | null | undefined): Instant | null {
  if (text === null || text === undefined || !ZONED.test(text)) {
    return null;
  }
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}
