import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import { type HoursPolicy, isEverOpen, judgeHours } from "../../src/core/hours.ts";
import { wallClock } from "../../src/core/rules/wall-clock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/time.ts";
import { anInput, aPolicy, aRate } from "../support/builders.ts";
import { kindsOf, withShipment } from "./planned.ts";

const BERLIN = "Europe/Berlin";
const USPS = { country: "US", carrier: "USPS" };

/** Monday to Friday, 8:00 to 14:00. */
function hoursOf(overrides: Partial<HoursPolicy> = {}): HoursPolicy {
  const days = { days: [1, 2, 3, 4, 5], openingMinute: 480, cutOffMinute: 840 };
  return { ...days, zone: BERLIN, quiet: [], holidays: [], ...overrides };
}

/** Reason and instant, or `open`. */
function judged(at: string, hours: HoursPolicy, departure = USPS): string {
  const { reason, until } = judgeHours(hours, Date.parse(at), departure);
  return reason === null ? "open" : `${reason} ${until === null ? "never" : new Date(until).toISOString()}`;
}

const everyDay = (overrides: Partial<HoursPolicy>): HoursPolicy =>
  hoursOf({ days: [], openingMinute: 0, cutOffMinute: 1_440, ...overrides });
const night = { days: [], fromMinute: 1_320, toMinute: 360, zone: BERLIN };

describe("labels are bought from the opening to the cut-off of a shipping day", () => {
  it.each([
    ["in time", "2026-11-27T12:59:59.999Z", "open"],
    ["from the very cut-off on not, on a Friday", "2026-11-27T13:00:00Z", "after_cut_off 2026-11-30T07:00:00.000Z"],
    ["on a Saturday", "2026-11-28T10:00:00Z", "no_shipping_day 2026-11-30T07:00:00.000Z"],
    ["before the opening", "2026-11-30T06:59:59.999Z", "before_opening 2026-11-30T07:00:00.000Z"],
    ["from the opening on", "2026-11-30T07:00:00Z", "open"],
  ])("%s", (_name, at, verdict) => {
    expect(judged(at, hoursOf())).toBe(verdict);
  });

  it("with the words that staff read", () => {
    const { input } = judgeHours(hoursOf(), Date.parse("2026-11-27T13:00:00Z"), USPS);
    expect(input).toEqual({ until: "Mon 08:00 (Europe/Berlin)", cutOff: "14:00" });
    const long = hoursOf({ holidays: [{ date: "11-30", name: null, country: null, carrier: null }], days: [1] });
    expect(judgeHours(long, Date.parse("2026-11-28T13:00:00Z"), USPS).input).toEqual({
      until: "Mon 2026-12-07 08:00 (Europe/Berlin)",
      day: "nothing leaves on sat",
    });
  });

  it("also where shipping days pass midnight: what leaves then belongs to the day before", () => {
    const late = hoursOf({ days: [5], openingMinute: 1_200, cutOffMinute: 120 });
    expect(judged("2026-11-27T18:59:00Z", late)).toBe("before_opening 2026-11-27T19:00:00.000Z");
    expect(judged("2026-11-28T00:59:00Z", late)).toBe("open");
    expect(judged("2026-11-28T01:00:00Z", late)).toBe("no_shipping_day 2026-12-04T19:00:00.000Z");
  });
});

describe("quiet hours", () => {
  it("end on the minute, also past midnight", () => {
    const quiet = everyDay({ quiet: [night] });
    expect(judged("2026-11-27T20:59:59Z", quiet)).toBe("open");
    expect(judged("2026-11-27T21:00:00Z", quiet)).toBe("quiet_hours 2026-11-28T05:00:00.000Z");
    expect(judged("2026-11-28T04:59:59Z", quiet)).toBe("quiet_hours 2026-11-28T05:00:00.000Z");
    expect(judged("2026-11-28T05:00:00Z", quiet)).toBe("open");
  });

  it("that follow each other are one wait", () => {
    const chain = everyDay({ quiet: [night, { ...night, fromMinute: 360, toMinute: 465 }] });
    expect(judged("2026-11-27T21:00:00Z", chain)).toBe("quiet_hours 2026-11-28T06:45:00.000Z");
  });
});

describe("clocks that are changed", () => {
  // Berlin 2026: forward on 29 March at 2:00, back on 25 October at 3:00.
  const small = (fromMinute: number, toMinute: number) => everyDay({ quiet: [{ ...night, fromMinute, toMinute }] });

  it("move the opening with the wall clock", () => {
    expect(judged("2026-03-28T10:00:00Z", hoursOf())).toBe("no_shipping_day 2026-03-30T06:00:00.000Z");
    expect(judged("2026-10-24T10:00:00Z", hoursOf())).toBe("no_shipping_day 2026-10-26T07:00:00.000Z");
  });

  it("end quiet hours after a gap in which their end would lie", () => {
    expect(judged("2026-03-29T00:30:00Z", small(90, 150))).toBe("quiet_hours 2026-03-29T01:00:00.000Z");
  });

  it("end quiet hours at either of the two minutes that show their end", () => {
    expect(judged("2026-10-25T00:10:00Z", small(120, 150))).toBe("quiet_hours 2026-10-25T00:30:00.000Z");
    expect(judged("2026-10-25T01:10:00Z", small(120, 150))).toBe("quiet_hours 2026-10-25T01:30:00.000Z");
  });

  it("change nothing in zones where none are", () => {
    const tokyo = hoursOf({ zone: "Asia/Tokyo" });
    expect(judged("2026-03-27T05:00:00Z", tokyo)).toBe("after_cut_off 2026-03-29T23:00:00.000Z");
    const nepal = hoursOf({ zone: "Asia/Kathmandu" });
    expect(judged("2026-03-27T08:15:00Z", nepal)).toBe("after_cut_off 2026-03-30T02:15:00.000Z");
  });

  it("find the opening after a day that a zone left out", () => {
    // Samoa had no 30 December 2011.
    const samoa = everyDay({ zone: "Pacific/Apia", openingMinute: 480 });
    expect(judged("2011-12-30T09:59:00Z", { ...samoa, cutOffMinute: 720 })).toBe(
      "after_cut_off 2011-12-30T18:00:00.000Z",
    );
  });
});

describe("holidays", () => {
  const holiday = (overrides: Partial<HoursPolicy["holidays"][number]>): HoursPolicy =>
    hoursOf({ holidays: [{ date: "2026-11-27", name: null, country: null, carrier: null, ...overrides }] });

  it.each([
    ["everywhere", {}, "no_shipping_day 2026-11-30T07:00:00.000Z"],
    ["of each year", { date: "11-27" }, "no_shipping_day 2026-11-30T07:00:00.000Z"],
    ["of another year", { date: "2025-11-27" }, "open"],
    ["in the country that it leaves from", { country: "US" }, "no_shipping_day 2026-11-30T07:00:00.000Z"],
    ["in another country", { country: "DE" }, "open"],
    ["of its carrier", { carrier: "usps" }, "no_shipping_day 2026-11-30T07:00:00.000Z"],
    ["of carriers that begin so", { carrier: "US*" }, "no_shipping_day 2026-11-30T07:00:00.000Z"],
    ["of another carrier", { carrier: "UPS" }, "open"],
  ])("%s", (_name, overrides, verdict) => {
    expect(judged("2026-11-27T10:00:00Z", holiday(overrides))).toBe(verdict);
  });

  it("of a carrier do not count while none is chosen", () => {
    const hours = holiday({ carrier: "USPS" });
    const { reason } = judgeHours(hours, Date.parse("2026-11-27T10:00:00Z"), { country: "US", carrier: null });
    expect(reason).toBeNull();
  });

  it("are named", () => {
    const { input } = judgeHours(
      holiday({ name: "Day after", carrier: "USPS" }),
      Date.parse("2026-11-27T10:00Z"),
      USPS,
    );
    expect(input["day"]).toBe("2026-11-27 is a holiday (Day after, USPS)");
  });
});

const ZONES = [BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns"];
const minuteOfDay = fc.integer({ min: 0, max: 1_439 });
const anyHours = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 6 }),
    openingMinute: minuteOfDay,
    cutOffMinute: fc.integer({ min: 0, max: 1_440 }),
    quiet: fc.array(fc.record({ days: fc.constant([]), fromMinute: minuteOfDay, toMinute: minuteOfDay }), {
      maxLength: 2,
    }),
    holidays: fc.constantFrom<HoursPolicy["holidays"]>(
      [],
      [{ date: "10-25", name: null, country: null, carrier: null }],
    ),
  })
  .map((hours) => ({ ...hours, quiet: hours.quiet.map((one) => ({ ...one, zone: hours.zone })) }));
/** Around days on which clocks are changed in one of the zones. */
const anyInstant = fc
  .tuple(
    fc.constantFrom("2026-03-08", "2026-03-29", "2026-10-04", "2026-10-25", "2026-11-01", "2026-07-07"),
    fc.integer({ min: -2 * 1_440, max: 2 * 1_440 }),
  )
  .map(([day, minute]) => Date.parse(day) + minute * MINUTE_MS);

describe("the time that is told", () => {
  it("is open, and no minute before it is, in any zone and over any change of clocks", () => {
    let closed = 0;
    fc.assert(
      fc.property(anyHours, anyInstant, (hours, now) => {
        fc.pre(isEverOpen(hours));
        const { reason, until } = judgeHours(hours, now, USPS);
        if (reason === null) {
          expect(until).toBeNull();
          return;
        }
        closed += 1;
        expect(until).not.toBeNull();
        const openAt = until ?? 0;
        expect(judgeHours(hours, openAt, USPS).reason).toBeNull();
        // Where clocks go back a window can open a second time, which is left to the next day: nothing is bought too early.
        const isDouble = (at: number): boolean =>
          wallClock(at - HOUR_MS, hours.zone).minuteOfDay === wallClock(at, hours.zone).minuteOfDay ||
          wallClock(at - HOUR_MS / 2, hours.zone).minuteOfDay === wallClock(at, hours.zone).minuteOfDay;
        for (let at = now; at < Math.min(openAt, now + DAY_MS); at += 7 * MINUTE_MS) {
          if (!isDouble(at)) {
            expect(judgeHours(hours, at, USPS).reason).not.toBeNull();
          }
        }
      }),
      { seed: 20_261_128, numRuns: 300 },
    );
    expect(closed).toBeGreaterThan(100);
  });
});

describe("an order out of hours", () => {
  const friday = Date.parse("2026-11-27T13:30:00Z");
  const input = (now: number, ratesAt = now) =>
    withShipment({ ...anInput(), now }, { state: "quoted", ratesAt }, (it) => ({
      ...it,
      policy: aPolicy({ hours: hoursOf() }),
    }));

  it("gets its rates at once, waits for the very minute, and is bought then", () => {
    const fresh = { ...anInput(), now: friday, policy: aPolicy({ hours: hoursOf() }) };
    expect(kindsOf(decide(fresh))).toContain("quote");
    const decision = decide(input(friday));
    expect(decision.judgement).toMatchObject({ status: "waiting", reason: "after_cut_off" });
    expect(decision.lookAgainAt).toBe(Date.parse("2026-11-30T07:00:00Z"));
    expect(kindsOf(decision)).not.toContain("buy");
    expect(kindsOf(decide(input(Date.parse("2026-11-30T07:00:00Z"))))).toContain("buy");
  });

  it("asks for no new rates while it waits, and for new ones when it is time", () => {
    const monday = Date.parse("2026-11-30T07:00:00Z");
    expect(kindsOf(decide(input(friday + 5 * HOUR_MS, friday)))).not.toContain("requote");
    expect(kindsOf(decide(input(monday, friday)))).toContain("requote");
  });

  it("is parked at once when somebody has to look at it", () => {
    const guarded = input(friday);
    const { guards } = guarded.policy;
    const capped = { ...guards, labelMax: { amountMinor: 1, currency: aRate().price.currency } };
    const decision = decide({ ...guarded, policy: { ...guarded.policy, guards: capped } });
    expect(decision.judgement).toMatchObject({ status: "parked", reason: "label_over_cap" });
  });
});
