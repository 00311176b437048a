import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../tidy/source.ts";
import { load, problemsOf } from "./support.ts";

describe("hours", () => {
  it("close nothing unless they are set", () => {
    expect(load({}).policy.hours).toBeNull();
    expect(load({ yaml: "hours:\n" }).policy.hours).toBeNull();
  });

  it("are read with the zone of the file, days as numbers and hours as minutes", () => {
    const yaml = `time_zone: Europe/Berlin
hours:
  days: [mon, tue, wed, thu, fri]
  opening: "08:00"
  cut_off: "14:00"
  quiet:
    - from: "22:00"
      to: "06:00"
    - days: [sat]
  holidays:
    - date: 12-25
      name: Christmas Day
    - date: 2026-11-26
      country: us
      carrier: UPS*
`;
    const all = { days: [], fromMinute: 1_320, toMinute: 360, zone: "Europe/Berlin" };
    expect(load({ yaml }).policy.hours).toEqual({
      zone: "Europe/Berlin",
      days: [1, 2, 3, 4, 5],
      openingMinute: 480,
      cutOffMinute: 840,
      quiet: [all, { ...all, days: [6], fromMinute: 0, toMinute: 1_440 }],
      holidays: [
        { date: "12-25", name: "Christmas Day", country: null, carrier: null },
        { date: "2026-11-26", name: null, country: "US", carrier: "UPS*" },
      ],
    });
    expect(load({ env: { SHIPBOT_HOURS_ZONE: "Asia/Tokyo", SHIPBOT_HOURS_CUT_OFF: "15:30" } }).policy.hours).toEqual({
      ...{ zone: "Asia/Tokyo", days: [], openingMinute: 0, cutOffMinute: 930, quiet: [], holidays: [] },
    });
  });

  it("tell every mistake with its line", () => {
    const yaml = `hours:
  zone: Mars/Olympus
  days: [mon, funday]
  opening: 8
  cut_off: "25:00"
  quiet:
    - form: "22:00"
  holidays:
    - date: 2026-02-29
    - date: 13-01
    - date: 12-25
      country: Germany
    - name: no date
`;
    expect(problemsOf({ yaml })).toEqual([
      'shipbot.yaml:2:9  hours.zone "Mars/Olympus" is no time zone: write a name such as Europe/Berlin or UTC',
      'shipbot.yaml:3:15  hours.days.1 "funday" must be one of sun, mon, tue, wed, thu, fri, sat',
      'shipbot.yaml:4:12  hours.opening "8" must be an hour in quotes, such as "09:00"',
      'shipbot.yaml:5:12  hours.cut_off "25:00" is no hour: write "09:00"',
      "shipbot.yaml:7:7  hours.quiet.0.form is no setting",
      "shipbot.yaml:8:3  hours.holidays.3.date is missing",
      'shipbot.yaml:9:13  hours.holidays.0.date "2026-02-29" is no date: write 2026-12-25, or 12-25 for each year',
      'shipbot.yaml:10:13  hours.holidays.1.date "13-01" is no date: write 2026-12-25, or 12-25 for each year',
      'shipbot.yaml:12:16  hours.holidays.2.country "Germany" is no country code: two letters such as US',
    ]);
  });

  it("of the guide are right", () => {
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "docs", "hours.md"), "utf8")) ?? [];
    expect(problemsOf({ yaml })).toEqual([]);
    expect(load({ yaml }).policy.hours).toMatchObject({ cutOffMinute: 840, zone: "Europe/Berlin" });
  });

  it("take the leap day as a day of each year", () => {
    expect(load({ yaml: "hours: {holidays: [{date: 02-29}]}" }).policy.hours?.holidays).toHaveLength(1);
  });

  it("are refused where no label would ever be bought, also when file and environment say it together", () => {
    const closed =
      'hours: {opening: "08:00", cut_off: "12:00", quiet: [{from: "12:00", to: "09:00"}, {from: "09:00"}]}';
    expect(problemsOf({ yaml: closed })).toEqual([
      expect.stringContaining("hours.quiet covers all shipping hours: no label would ever be bought"),
    ]);
    expect(problemsOf({ yaml: 'hours: {opening: "08:00"}', env: { SHIPBOT_HOURS_CUT_OFF: "08:00" } })).toEqual([
      "SHIPBOT_HOURS_CUT_OFF is the opening: no label would ever be bought",
    ]);
  });
});
