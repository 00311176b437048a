/** What a clock on the wall of some zone shows, and when it will show something. Pure: the zone's table is the runtime's. */
import { DAY_MS, type Instant, MINUTE_MS } from "../time.ts";
import type { TimeCondition } from "./rule.ts";

export interface WallClock {
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly minuteOfDay: number;
  /** The date that it shows, as its midnight in UTC: a name for the day and no instant of the zone. */
  readonly dayAt: Instant;
}

export const DAY_MINUTES = 1_440;

/** Making one reads the tables of all zones: once per zone. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Throws `RangeError` for a zone that is none: settings let none through. */
export function wallClock(at: Instant, zone: string): WallClock {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formatters.set(zone, formatter);
  }
  const parts = formatter.formatToParts(at);
  const part = (type: string): number => Number(parts.find((candidate) => candidate.type === type)?.value ?? "");
  const dayAt = Date.UTC(part("year"), part("month") - 1, part("day"));
  return { weekday: new Date(dayAt).getUTCDay(), minuteOfDay: part("hour") * 60 + part("minute"), dayAt };
}

type Window = Pick<TimeCondition, "days" | "fromMinute" | "toMinute">;

/** Whether the window is open. One that passes midnight belongs to the day on which it began. */
export function isWithin(clock: WallClock, window: Window): boolean {
  return dayOfWindow(clock, window) !== null;
}

/** The day on which the window began that is open now, as `WallClock.dayAt`; `null` when none is. */
export function dayOfWindow(clock: WallClock, { days, fromMinute, toMinute }: Window): Instant | null {
  const { weekday, minuteOfDay, dayAt } = clock;
  const isDay = (day: number): boolean => days.length === 0 || days.includes(day);
  const isOverNight = fromMinute >= toMinute;
  if (minuteOfDay >= fromMinute && (isOverNight || minuteOfDay < toMinute) && isDay(weekday)) {
    return dayAt;
  }
  return isOverNight && minuteOfDay < toMinute && isDay((weekday + 6) % 7) ? dayAt - DAY_MS : null;
}

/** A week, and a day for the hours by which clocks are changed. */
const SEARCH_MAX_DAYS = 8;

/** When the window opens next, at or after `at`, to the minute; `null` when it never does. */
export function nextOpening(at: Instant, window: Window & { readonly zone: string }): Instant | null {
  return nextTime(at, window.zone, [window.fromMinute], (clock) => isWithin(clock, window), SEARCH_MAX_DAYS);
}

/**
 * The first instant at or after `at` at which `isIt` holds, of `at` itself and of each instant at which the clock shows one
 * of `minutes` of a day; `null` when there is none in so many days.
 */
export function nextTime(
  at: Instant,
  zone: string,
  minutes: readonly number[],
  isIt: (clock: WallClock) => boolean,
  days: number,
): Instant | null {
  const here = wallClock(at, zone);
  if (isIt(here)) {
    return at;
  }
  for (let day = 0; day <= days; day += 1) {
    const found = minutes
      .flatMap((minute) => instantsAt(here.dayAt + day * DAY_MS, minute, zone))
      .filter((instant) => instant > at)
      .sort((a, b) => a - b)
      .find((instant) => isIt(wallClock(instant, zone)));
    if (found !== undefined) {
      return found;
    }
  }
  return null;
}

/**
 * When the clock shows that minute of that day: two instants where clocks go back over it, and where they go forward
 * over it the first instant after the gap.
 */
function instantsAt(dayAt: Instant, minute: number, zone: string): readonly Instant[] {
  const shown = dayAt + minute * MINUTE_MS;
  const offsets = new Set([-DAY_MS, DAY_MS].map((by) => offsetAt(shown + by, zone)));
  const instants = [...offsets].map((offset) => shown - offset);
  const exact = instants.filter((instant) => instant + offsetAt(instant, zone) === shown);
  if (exact.length > 0) {
    return exact;
  }
  // In a gap the earlier guess shows a time before it and the later one a time after it.
  let at = Math.min(...instants);
  while (at + offsetAt(at, zone) < shown) {
    at += MINUTE_MS;
  }
  return [at];
}

/** How far the clock is ahead of UTC; whole minutes since every zone has whole minutes. */
function offsetAt(at: Instant, zone: string): number {
  const minuteAt = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  const { dayAt, minuteOfDay } = wallClock(minuteAt, zone);
  return dayAt + minuteOfDay * MINUTE_MS - minuteAt;
}
