/** When a task runs: an interval (`30s`) or a cron pattern of five fields, checked before anything is started. */
import { Cron } from "croner";
import { DAY_MS, parseDuration } from "../core/time.ts";
import { checkBounds } from "./durations.ts";
import type { Parsed } from "./parsed.ts";
import type { Schedule } from "./types.ts";

/** Shorter would only spend the rate limits of shop and provider. */
export const INTERVAL_MIN_MS = 100;
/** Timers of Node overflow at 24.8 days; and a task that rests for weeks is a task that was forgotten. */
export const INTERVAL_MAX_MS = 7 * DAY_MS;

/** A schedule whose zone is not known yet: the zone is a setting of its own. */
export type ZonelessSchedule =
  | Extract<Schedule, { kind: "every" }>
  | Omit<Extract<Schedule, { kind: "cron" }>, "timeZone">;

export function readSchedule(text: string): Parsed<ZonelessSchedule> {
  const written = text.trim();
  const everyMs = parseDuration(written);
  if (everyMs !== null) {
    return (
      checkBounds(everyMs, INTERVAL_MIN_MS, INTERVAL_MAX_MS) ?? { value: { kind: "every", everyMs, text: written } }
    );
  }
  const fields = written.split(/\s+/);
  if (fields.length < 5) {
    return { problem: "is no duration: write 30s, 5m or cron" };
  }
  if (fields.length > 5) {
    return { problem: `has ${fields.length} fields: cron here has 5, minute first` };
  }
  return checkCron(written) ?? { value: { kind: "cron", pattern: written, text: written } };
}

export function withTimeZone(schedule: ZonelessSchedule, timeZone: string): Schedule {
  return schedule.kind === "every" ? schedule : { ...schedule, timeZone };
}

/** croner 11 takes `0 0 31 2 *` and never runs it, hence the second check (tried 2026-11-22). */
function checkCron(pattern: string): { readonly problem: string } | null {
  try {
    const cron = new Cron(pattern, { paused: true, mode: "5-part", timezone: "UTC" });
    // Any fixed start will do: the question is only whether there is a next time at all.
    return cron.nextRun("2026-01-01T00:00:00") === null ? { problem: "never happens: no such date" } : null;
  } catch {
    return { problem: "is not cron: five fields such as */10 * * * *" };
  }
}

/** Names of the IANA database, as this Node knows them. */
export function readTimeZone(text: string): Parsed<string> {
  // The default, which every command reads: asking costs 12 ms, for the tables of all zones.
  if (text.trim() === "UTC") {
    return { value: "UTC" };
  }
  try {
    return { value: new Intl.DateTimeFormat("en", { timeZone: text.trim() }).resolvedOptions().timeZone };
  } catch {
    return { problem: "is no time zone: write a name such as Europe/Berlin or UTC" };
  }
}
