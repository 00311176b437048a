/** The section `hours`: opening, cut-off, quiet hours and the days on which nothing leaves. */
import { z } from "zod";
import { type HoursPolicy, isEverOpen } from "../../core/hours.ts";
import { DAY_NAMES } from "../../core/rules/words.ts";
import { readTimeZone } from "../schedules.ts";
import { setting, text } from "../setting-facts.ts";
import { hour, minutesOf, readDays, readTimeWindow, timeWindow } from "./time-window.ts";

const QUIET_MAX = 20;
/** Some years of a country's and a few carriers' holidays. */
const HOLIDAYS_MAX = 500;

const DATE = /^(?:(\d{4})-)?(\d{2})-(\d{2})$/;

const date = z.string().trim().refine(isDate, { error: "is no date: write 2026-12-25, or 12-25 for each year" });

/** A year in which each date exists. */
const LEAP_YEAR = 2_028;

function isDate(written: string): boolean {
  const [, year, month = "", day = ""] = DATE.exec(written) ?? [];
  const at = new Date(Date.UTC(Number(year ?? LEAP_YEAR), Number(month) - 1, Number(day)));
  return DATE.test(written) && at.getUTCMonth() === Number(month) - 1 && at.getUTCDate() === Number(day);
}

const holiday = z.strictObject({
  date: date.describe("2026-12-25, or 12-25 for each year."),
  name: z.string().trim().min(1).max(60).optional().describe("Shown by why."),
  country: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{2}$/, { error: "is no country code: two letters such as US" })
    .optional()
    .describe("Only for parcels that leave from there."),
  carrier: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .optional()
    .describe("Only for this carrier, as rates name it; * stands for any text."),
});

export const hoursSection = z
  .strictObject({
    zone: setting(text(readTimeZone).nullable().prefault(null), {
      doc: "Zone of all times here, such as Europe/Berlin.",
      defaultText: "`time_zone`",
    }),
    days: setting(z.array(z.enum(DAY_NAMES)).max(7).prefault([]), {
      doc: "Days on which parcels leave, of: mon, tue, wed, thu, fri, sat, sun. An empty list: every day.",
      form: "list",
    }),
    opening: setting(hour.prefault("00:00"), { doc: "On such a day labels are bought from then on." }),
    cut_off: setting(hour.nullable().prefault(null), {
      doc: "From then on labels are bought at the opening of the next such day. Before the opening: past midnight.",
      defaultText: "none",
    }),
    quiet: setting(
      z
        .array(timeWindow.omit({ zone: true }))
        .max(QUIET_MAX)
        .prefault([]),
      {
        doc: "Hours in which no label is bought. One that passes midnight belongs to the day on which it began.",
        form: "json",
        example: '- from: "22:00"\n  to: "06:00"\n- days: [sat, sun]\n  from: "12:00"',
      },
    ),
    holidays: setting(z.array(holiday).max(HOLIDAYS_MAX).prefault([]), {
      doc: "Days on which nothing leaves: everywhere, from a country, or with a carrier.",
      form: "json",
      example: "- date: 12-25\n  name: Christmas Day\n- date: 2026-11-26\n  country: US\n  carrier: USPS",
    }),
  })
  .superRefine((written, context) => {
    const path = ["quiet"];
    if (written.cut_off === written.opening) {
      context.addIssue({ code: "custom", path: ["cut_off"], message: "is the opening: no label would ever be bought" });
    } else if (!isEverOpen(assemble(written, "UTC"))) {
      context.addIssue({ code: "custom", path, message: "covers all shipping hours: no label would ever be bought" });
    }
  });

type Written = z.output<typeof hoursSection>;

/** `null` where nothing is closed. */
export function toHoursPolicy(written: Written, timeZone: string): HoursPolicy | null {
  const hours = assemble(written, timeZone);
  const isAlwaysOpen = hours.openingMinute === 0 && hours.cutOffMinute === 1_440 && hours.days.length === 0;
  return isAlwaysOpen && hours.quiet.length === 0 && hours.holidays.length === 0 ? null : hours;
}

function assemble(written: Written, timeZone: string): HoursPolicy {
  const zone = written.zone ?? timeZone;
  return {
    zone,
    days: readDays(written.days),
    openingMinute: minutesOf(written.opening),
    cutOffMinute: minutesOf(written.cut_off ?? "24:00"),
    quiet: written.quiet.map((window) => readTimeWindow(window, zone)),
    holidays: written.holidays.map(({ date: on, name = null, country = null, carrier = null }) => ({
      ...{ date: on, name, country, carrier },
    })),
  };
}
