import { describe, expect, it } from "vitest";
import { NO_GUARDS } from "../../src/core/guards.ts";
import { DAY_MS } from "../../src/core/time.ts";
import { load, problemsOf } from "./support.ts";

const usd = (amountMinor: number) => ({ amountMinor, currency: "USD" });

describe("guards", () => {
  it("are off unless they are set", () => {
    expect(load({}).policy.guards).toEqual(NO_GUARDS);
  });

  it("are read with their money, and hours and days by the time zone of the file", () => {
    const yaml = `time_zone: Europe/Berlin
guards:
  label_max: 25.00 USD
  order_max: 40 usd
  paid_percent: 150
  hour_max: 200 USD
  hour_labels: 50
  day_labels: 300
  drift_percent: 10
  drift_max: 0.50 USD
  approve_first_labels: 20
  approve_first: 7d
`;
    expect(load({ yaml }).policy.guards).toEqual({
      labelMax: usd(2_500),
      orderMax: usd(4_000),
      paid: { percent: 150, plus: null },
      hour: { max: usd(20_000), labelsMax: 50 },
      day: { max: null, labelsMax: 300 },
      driftPercent: 10,
      driftMax: usd(50),
      approveFirstLabels: 20,
      approveFirstMs: 7 * DAY_MS,
      allowTestKey: false,
      allowLiveKey: false,
      timeZone: "Europe/Berlin",
    });
  });

  it("take what the customer paid as it is when only something is added to it", () => {
    expect(load({ env: { SHIPBOT_GUARDS_PAID_PLUS: "5.00 USD" } }).policy.guards.paid).toEqual({
      percent: 100,
      plus: usd(500),
    });
  });

  it.each([
    ["label_max: 25", "has no currency: write 25.00 USD"],
    ["label_max: 25 dollars", "is no amount of money"],
    ["label_max: 0 USD", "is no amount of money"],
    ["label_max: 25.001 USD", "is no amount of money"],
    ["day_max: -5 USD", "is no amount of money"],
    ["day_labels: 0", "day_labels"],
    ["approve_first: 7", "approve_first"],
  ])("%s is a problem", (written, message) => {
    const problems = problemsOf({ yaml: `guards: {${written}}` });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });
});
