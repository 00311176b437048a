/**
 * When labels are bought at all: from the opening to the cut-off of days on which somebody ships, and never in quiet
 * hours. Everything is read off the clock on the wall of one zone, so that opening and cut-off stay where they are when
 * clocks are changed. A window that passes midnight belongs to the day on which it began. Only purchases wait: rates are
 * asked for at once, so that an order that cannot ship is parked while there is time to mend it.
 */
import type { Finding } from "./decision.ts";
import type { Reason } from "./reasons.ts";
import type { TimeCondition } from "./rules/rule.ts";
import { compileTexts, fold } from "./rules/text-match.ts";
import { DAY_MINUTES, dayOfWindow, isWithin, nextTime, type WallClock, wallClock } from "./rules/wall-clock.ts";
import { DAY_NAMES, describeWindow, hourText, minuteText } from "./rules/words.ts";
import { DAY_MS, type Instant } from "./time.ts";

export interface HoursPolicy {
  /** IANA name. */
  readonly zone: string;
  /** Days on which parcels leave; 0 is Sunday. Empty: every day. */
  readonly days: readonly number[];
  readonly openingMinute: number;
  /** From then on parcels leave on the next shipping day; 1440: there is none. */
  readonly cutOffMinute: number;
  readonly quiet: readonly Omit<TimeCondition, "kind">[];
  readonly holidays: readonly Holiday[];
}

/** A day on which nothing leaves: everywhere, from one country, or with one carrier. */
export interface Holiday {
  /** `2026-12-25`, or `12-25` for each year. */
  readonly date: string;
  readonly name: string | null;
  /** Of the address that parcels leave from, ISO 3166-1; `null`: all. */
  readonly country: string | null;
  /** As the provider writes it, with `*` for any text; `null`: all. */
  readonly carrier: string | null;
}

/** What leaves: holidays depend on it. */
export interface Departure {
  /** `null` when it is not known. */
  readonly country: string | null;
  /** `null` while no rate is chosen: then holidays of single carriers do not count. */
  readonly carrier: string | null;
}

export interface HoursVerdict {
  readonly reason: Reason | null;
  readonly input: Finding["input"];
  /** When it is open again; `null` when it is open, or when that is not within sight. */
  readonly until: Instant | null;
}

/** A year of holidays in a row, and some. */
const SEARCH_MAX_DAYS = 400;
/** From then on the name of a weekday does not tell which is meant. */
const WEEKDAY_TELLS_MS = 6 * DAY_MS;

/** Whether a label may be bought now, and else when. */
export function judgeHours(hours: HoursPolicy, now: Instant, departure: Departure): HoursVerdict {
  const clock = wallClock(now, hours.zone);
  const closed = closedBy(hours, clock, departure);
  if (closed === null) {
    const cutOff = hours.cutOffMinute < DAY_MINUTES ? { cutOff: minuteText(hours.cutOffMinute) } : {};
    return { reason: null, input: { now: `${hourText(clock)} ${hours.zone}`, ...cutOff }, until: null };
  }
  const minutes = [hours.openingMinute, ...hours.quiet.map(({ toMinute }) => toMinute)];
  const isOpen = (then: WallClock): boolean => closedBy(hours, then, departure) === null;
  const until = nextTime(now, hours.zone, minutes, isOpen, SEARCH_MAX_DAYS);
  return { ...closed, input: { until: untilText(until, now, hours.zone), ...closed.input }, until };
}

/** Whether there is any time of a week at which labels are bought, were there no holidays. */
export function isEverOpen(hours: HoursPolicy): boolean {
  const somewhere: Departure = { country: null, carrier: null };
  const ordinary = { ...hours, holidays: [] };
  for (let minute = 0; minute < 7 * DAY_MINUTES; minute += 1) {
    const weekday = Math.floor(minute / DAY_MINUTES);
    const clock = { weekday, minuteOfDay: minute % DAY_MINUTES, dayAt: SUNDAY_AT + weekday * DAY_MS };
    if (closedBy(ordinary, clock, somewhere) === null) {
      return true;
    }
  }
  return false;
}

/** Some Sunday: 1970-01-04. */
const SUNDAY_AT = 3 * DAY_MS;

function closedBy(hours: HoursPolicy, clock: WallClock, departure: Departure): Omit<HoursVerdict, "until"> | null {
  const { openingMinute: fromMinute, cutOffMinute: toMinute } = hours;
  const began = dayOfWindow(clock, { days: [], fromMinute, toMinute });
  const noDay = closedOn(hours, began ?? clock.dayAt, departure);
  if (noDay !== null) {
    return { reason: "no_shipping_day", input: { day: noDay } };
  }
  if (began === null) {
    return clock.minuteOfDay < fromMinute
      ? { reason: "before_opening", input: { opening: minuteText(fromMinute) } }
      : { reason: "after_cut_off", input: { cutOff: minuteText(toMinute) } };
  }
  const quiet = hours.quiet.find((window) => isWithin(clock, window));
  return quiet === undefined ? null : { reason: "quiet_hours", input: { hours: describeWindow(quiet) } };
}

/** Why nothing leaves on that day, in words; `null` when it does. */
function closedOn({ days, holidays }: HoursPolicy, dayAt: Instant, departure: Departure): string | null {
  const date = new Date(dayAt).toISOString().slice(0, 10);
  const holiday = holidays.find((one) => isHoliday(one, date, departure));
  if (holiday !== undefined) {
    const about = [holiday.name, holiday.country, holiday.carrier].filter((word) => word !== null).join(", ");
    return `${date} is a holiday${about === "" ? "" : ` (${about})`}`;
  }
  const weekday = new Date(dayAt).getUTCDay();
  return days.length === 0 || days.includes(weekday) ? null : `nothing leaves on ${DAY_NAMES[weekday] ?? "that day"}`;
}

function isHoliday(holiday: Holiday, date: string, { country, carrier }: Departure): boolean {
  return (
    (holiday.date === date || holiday.date === date.slice(5)) &&
    (holiday.country === null || (country !== null && fold(holiday.country) === fold(country))) &&
    (holiday.carrier === null || (carrier !== null && compileTexts([holiday.carrier]).matches(fold(carrier))))
  );
}

/** `Mon 08:00 (Europe/Berlin)`, with its date where more than one Monday may be meant. */
function untilText(until: Instant | null, now: Instant, zone: string): string {
  if (until === null) {
    return `a day that hours does not name (${zone})`;
  }
  const { dayAt, minuteOfDay, weekday } = wallClock(until, zone);
  const day = DAY_NAMES[weekday] ?? "day";
  const date = until - now < WEEKDAY_TELLS_MS ? "" : ` ${new Date(dayAt).toISOString().slice(0, 10)}`;
  return `${day.charAt(0).toUpperCase()}${day.slice(1)}${date} ${minuteText(minuteOfDay)} (${zone})`;
}
