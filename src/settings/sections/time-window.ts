/** Days and hours on the wall clock of a zone, as they are written in the config file. */
import { z } from "zod";
import type { TimeCondition } from "../../core/rules/rule.ts";
import { DAY_NAMES } from "../../core/rules/words.ts";
import { readTimeZone } from "../schedules.ts";
import { text } from "../setting-facts.ts";

export const hour = z
  .string({ error: 'must be an hour in quotes, such as "09:00"' })
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'is no hour: write "09:00"' });

/** All of it is optional: every day, from the day's beginning, to its end, in the zone `time_zone`. */
export const timeWindow = z.strictObject({
  days: z.array(z.enum(DAY_NAMES)).min(1).max(7).optional(),
  from: hour.optional(),
  to: hour.optional(),
  zone: text(readTimeZone).optional(),
});

export function readTimeWindow(written: z.output<typeof timeWindow>, timeZone: string): Omit<TimeCondition, "kind"> {
  return {
    days: readDays(written.days ?? []),
    fromMinute: minutesOf(written.from ?? "00:00"),
    toMinute: minutesOf(written.to ?? "24:00"),
    zone: written.zone ?? timeZone,
  };
}

/** Days as the core counts them: 0 is Sunday. */
export function readDays(days: readonly (typeof DAY_NAMES)[number][]): readonly number[] {
  return [...new Set(days.map((day) => DAY_NAMES.indexOf(day)))].sort();
}

export function minutesOf(written: string): number {
  const [hours = "0", minutes = "0"] = written.split(":");
  return Number(hours) * 60 + Number(minutes);
}
