/** What guards weigh, and when a human's word lifts them. Their reasons are in `policy-reason-cases.ts`. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstGuardStop, type GuardsPolicy, NO_GUARDS, runGuards } from "../../src/core/guards.ts";
import type { Money } from "../../src/core/money.ts";
import { withQuotedPrices } from "../../src/core/rate.ts";
import { type Approval, noSpending, type Spending, windowsAt } from "../../src/core/spending.ts";
import { formatInstant, HOUR_MS } from "../../src/core/time.ts";
import { aRate, aShipment, NOW, ORDER_ID } from "../support/builders.ts";
import { PROPERTY } from "./generated.ts";

const SHIPMENT = aShipment({ state: "quoted", fingerprint: "f1" });
const usd = (amountMinor: number): Money => ({ amountMinor, currency: "USD" });
const EMPTY = noSpending(windowsAt(NOW, "UTC"));

function judge(
  guards: Partial<GuardsPolicy>,
  price: Money,
  spending: Partial<Spending> = {},
  others: {
    readonly paid?: Money | null;
    readonly approvalRule?: string;
    readonly beside?: readonly Money[];
    readonly quotedPrice?: Money;
  } = {},
): string {
  const { paid = null, approvalRule = null, beside = [], quotedPrice } = others;
  const rate = aRate({ price, ...(quotedPrice && { quotedPrice }) });
  const purchase = { shipment: SHIPMENT, rate, beside, paid, approvalRule, now: NOW };
  return firstGuardStop(runGuards({ ...NO_GUARDS, ...guards }, purchase, { ...EMPTY, ...spending }))?.reason ?? "pass";
}

function hourOf(amountMinor: number): Partial<GuardsPolicy> {
  return { hour: { max: usd(amountMinor), labelsMax: null } };
}

function spentInHour(amountMinor: number): Partial<Spending> {
  return { hour: { ...EMPTY.hour, labels: 1, amounts: [usd(amountMinor)] } };
}

describe("guards", () => {
  it("are none unless they are set", () => {
    const purchase = { shipment: SHIPMENT, rate: aRate(), beside: [], paid: null, approvalRule: null, now: NOW };
    expect(runGuards(NO_GUARDS, purchase, EMPTY)).toEqual([]);
  });

  it.each<[string, string]>([
    ["pass", judge({ labelMax: usd(610) }, usd(610))],
    ["label_over_cap", judge({ labelMax: usd(610) }, usd(611))],
    ["pass", judge({ orderMax: usd(1_000) }, usd(400), { order: [usd(600)] })],
    ["order_over_cap", judge({ orderMax: usd(1_000) }, usd(401), { order: [usd(600)] })],
    ["pass", judge({ paid: { percent: 150, plus: null } }, usd(750), {}, { paid: usd(500) })],
    ["order_over_paid", judge({ paid: { percent: 150, plus: null } }, usd(751), {}, { paid: usd(500) })],
    [
      "order_over_paid",
      judge({ paid: { percent: 100, plus: null } }, usd(400), { order: [usd(200)] }, { paid: usd(500) }),
    ],
    ["pass", judge({ paid: { percent: 100, plus: usd(700) } }, usd(700))],
    ["order_over_paid", judge({ paid: { percent: 100, plus: usd(700) } }, usd(701), {}, { paid: usd(0) })],
    [
      "guard_currency",
      judge({ paid: { percent: 100, plus: null } }, usd(1), {}, { paid: { amountMinor: 1, currency: "EUR" } }),
    ],
    ["pass", judge({ orderMax: usd(1_000) }, usd(400), { order: [usd(200)] }, { beside: [usd(400)] })],
    ["order_over_cap", judge({ orderMax: usd(1_000) }, usd(400), { order: [usd(200)] }, { beside: [usd(401)] })],
    ["spend_hour", judge(hourOf(999), usd(400), spentInHour(200), { beside: [usd(400)] })],
    ["pass", judge(hourOf(1_000), usd(400), spentInHour(200), { beside: [usd(400)] })],
    ["guard_currency", judge(hourOf(1_000), usd(400), {}, { beside: [{ amountMinor: 1, currency: "EUR" }] })],
    ["pass", judge({ driftPercent: 10 }, usd(550), {}, { quotedPrice: usd(500) })],
    ["price_drift", judge({ driftPercent: 10, driftMax: usd(49) }, usd(550), {}, { quotedPrice: usd(500) })],
    ["price_drift", judge({ driftMax: usd(49) }, usd(550), {}, { quotedPrice: usd(500) })],
    ["pass", judge({ driftPercent: 0 }, usd(400), {}, { quotedPrice: usd(500) })],
    ["approval_needed", judge({}, usd(1), {}, { approvalRule: "dear goods" })],
    ["approval_needed", judge({ approveFirstLabels: 3 }, usd(1), { labelsEver: 2 })],
    ["pass", judge({ approveFirstLabels: 3 }, usd(1), { labelsEver: 3 })],
    ["approval_needed", judge({ approveFirstMs: HOUR_MS }, usd(1), { installedAt: NOW - HOUR_MS + 1 })],
    ["pass", judge({ approveFirstMs: HOUR_MS }, usd(1), { installedAt: NOW - HOUR_MS })],
    ["guard_currency", judge({ day: { max: { amountMinor: 9_999, currency: "EUR" }, labelsMax: null } }, usd(1))],
    [
      "guard_currency",
      judge({ day: { max: usd(9_999), labelsMax: null } }, usd(1), {
        day: { ...EMPTY.day, amounts: [{ amountMinor: 1, currency: "EUR" }] },
      }),
    ],
  ])("%s", (wanted, verdict) => {
    expect(verdict).toBe(wanted);
  });

  it("needs a human before it needs time", () => {
    const full = { ...EMPTY.day, labels: 9, amounts: [] };
    const guards = { day: { max: null, labelsMax: 9 }, labelMax: usd(1) };
    expect(judge(guards, usd(2), { day: full })).toBe("label_over_cap");
    expect(judge({ ...guards, labelMax: null }, usd(2), { day: full })).toBe("labels_day");
  });
});

describe("an approval", () => {
  const guards = { labelMax: usd(100), orderMax: usd(100) };
  const approval = (overrides: Partial<Approval> = {}): Approval => ({
    ...{
      orderId: ORDER_ID,
      shipmentId: SHIPMENT.id,
      fingerprint: "f1",
      guards: ["label price", "labels of the order"],
    },
    ...{ maxPrice: usd(610), who: "ada", at: NOW, ...overrides },
  });

  it.each<[string, string, Approval]>([
    ["pass", "for this plan and price", approval()],
    ["pass", "for a higher price", approval({ maxPrice: usd(700) })],
    ["label_over_cap", "for a lower price", approval({ maxPrice: usd(609) })],
    ["label_over_cap", "in another currency", approval({ maxPrice: { amountMinor: 900, currency: "EUR" } })],
    ["label_over_cap", "of another plan", approval({ fingerprint: "f2" })],
    ["label_over_cap", "of the label before it", approval({ shipmentId: "7001-1-0" })],
    ["order_over_cap", "of one guard of two", approval({ guards: ["label price"] })],
  ])("gives %s when it is %s", (wanted, _what, given) => {
    expect(judge(guards, usd(610), { approvals: [given] })).toBe(wanted);
  });

  it("is told of by the guard that it lifts", () => {
    const purchase = { shipment: SHIPMENT, rate: aRate(), beside: [], paid: null, approvalRule: null, now: NOW };
    const [finding] = runGuards({ ...NO_GUARDS, labelMax: usd(1) }, purchase, { ...EMPTY, approvals: [approval()] });
    expect(finding).toMatchObject({ verdict: "pass", reason: null, input: { approvedBy: "ada" } });
  });
});

describe("the price at the first quote", () => {
  it("is kept however often rates are asked for, and is that of the same service and account", () => {
    const first = [aRate({ id: "1", price: usd(500), accountId: "a" })];
    const second = withQuotedPrices([aRate({ id: "2", price: usd(550), accountId: "a" })], first);
    const third = withQuotedPrices(
      [aRate({ id: "3", price: usd(600), accountId: "a" }), aRate({ id: "4", price: usd(1), accountId: "b" })],
      second,
    );
    expect(third.map(({ quotedPrice }) => quotedPrice?.amountMinor)).toEqual([500, undefined]);
  });
});

describe("hours and days", () => {
  it.each([
    ["2026-11-22T12:34:56.000Z", "UTC", "2026-11-22T12:00:00.000Z", "2026-11-22T00:00:00.000Z", 24],
    ["2026-11-22T03:00:00.000Z", "America/New_York", "2026-11-22T03:00:00.000Z", "2026-11-21T05:00:00.000Z", 24],
    ["2026-11-22T12:34:56.000Z", "Asia/Kolkata", "2026-11-22T12:30:00.000Z", "2026-11-21T18:30:00.000Z", 24],
    // The days on which Berlin changes its clocks.
    ["2026-03-29T12:00:00.000Z", "Europe/Berlin", "2026-03-29T12:00:00.000Z", "2026-03-28T23:00:00.000Z", 23],
    ["2026-10-25T12:00:00.000Z", "Europe/Berlin", "2026-10-25T12:00:00.000Z", "2026-10-24T22:00:00.000Z", 25],
  ])("of %s in %s begin at %s and %s, and the day has its hours", (at, zone, hourAt, dayAt, hours) => {
    const { hour, day } = windowsAt(Date.parse(at), zone);
    expect([hour.sinceAt, day.sinceAt].map(formatInstant)).toEqual([hourAt, dayAt]);
    expect((day.untilAt - day.sinceAt) / HOUR_MS).toBe(hours);
  });

  it("have no gap and no overlap, wherever and whenever", () => {
    const zones = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu");
    fc.assert(
      fc.property(fc.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2028-01-01") }), zones, (at, zone) => {
        for (const part of ["hour", "day"] as const) {
          const { sinceAt, untilAt } = windowsAt(at, zone)[part];
          expect(sinceAt <= at && at < untilAt).toBe(true);
        }
        const { day } = windowsAt(at, zone);
        expect(windowsAt(day.untilAt - 1, zone).day).toEqual(day);
        expect(windowsAt(day.untilAt, zone).day.sinceAt).toBe(day.untilAt);
      }),
      { ...PROPERTY, numRuns: 500 },
    );
  });
});
