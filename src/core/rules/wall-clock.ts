/** What a clock on the wall of some zone shows. Pure: the instant is an argument, the zone's table is the runtime's. */
import { type Instant, MINUTE_MS } from "../time.ts";
import type { TimeCondition } from "./rule.ts";

export interface WallClock {
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly minuteOfDay: number;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
export const DAY_MINUTES = 1_440;

/** Making one reads the tables of all zones: once per zone. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Throws `RangeError` for a zone that is none: settings let none through. */
export function wallClock(at: Instant, zone: string): WallClock {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formatters.set(zone, formatter);
  }
  const parts = formatter.formatToParts(at);
  const part = (type: string): string => parts.find((candidate) => candidate.type === type)?.value ?? "";
  return {
    weekday: WEEKDAYS.indexOf(part("weekday")),
    minuteOfDay: Number(part("hour")) * 60 + Number(part("minute")),
  };
}

type Window = Pick<TimeCondition, "days" | "fromMinute" | "toMinute">;

/** Whether the window is open. One that passes midnight belongs to the day on which it began. */
export function isWithin({ weekday, minuteOfDay }: WallClock, { days, fromMinute, toMinute }: Window): boolean {
  const isDay = (day: number): boolean => days.length === 0 || days.includes(day);
  if (fromMinute < toMinute) {
    return isDay(weekday) && minuteOfDay >= fromMinute && minuteOfDay < toMinute;
  }
  const isLate = minuteOfDay >= fromMinute && isDay(weekday);
  const isEarly = minuteOfDay < toMinute && isDay((weekday + 6) % 7);
  return isLate || isEarly;
}

/** A week, and a day for the hours by which clocks are changed. */
const SEARCH_MAX_DAYS = 8;

/** When the window opens next, at or after `at`, to the minute; `null` when it never does. */
export function nextOpening(at: Instant, window: Window & { readonly zone: string }): Instant | null {
  const clockAt = (instant: Instant): WallClock => wallClock(instant, window.zone);
  const start = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  const now = clockAt(start);
  if (isWithin(now, window)) {
    return at;
  }
  const ahead = (window.fromMinute - now.minuteOfDay + DAY_MINUTES) % DAY_MINUTES;
  for (let day = 0; day <= SEARCH_MAX_DAYS; day += 1) {
    const guess = start + (ahead + day * DAY_MINUTES) * MINUTE_MS;
    // Clocks that were changed on the way show another minute by now.
    const opening = guess + nearest(window.fromMinute - clockAt(guess).minuteOfDay) * MINUTE_MS;
    if (opening > at && isWithin(clockAt(opening), window)) {
      return opening;
    }
  }
  return null;
}

/** The same difference between two clock faces, the short way round. */
function nearest(minutes: number): number {
  const half = DAY_MINUTES / 2;
  return ((((minutes + half) % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES) - half;
}
