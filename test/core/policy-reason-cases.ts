/** Orders that the merchant's policy stops: see `reason-cases.ts`. */
import type { DecisionInput } from "../../src/core/decision.ts";
import { type GuardsPolicy, NO_GUARDS } from "../../src/core/guards.ts";
import type { HoursPolicy } from "../../src/core/hours.ts";
import type { Money } from "../../src/core/money.ts";
import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import { aFulfillmentOrder, aLine, anInput, aPolicy, aPreset, aRate, NOW, packingOf } from "../support/builders.ts";
import { withShipment } from "./planned.ts";
import type { ReasonCase } from "./reason-cases.ts";
import { ALWAYS, aGroup, aRule } from "./rules/support.ts";

const CRATE_RULE = aGroup("first", aRule("crates", ALWAYS, { parcelPreset: "crate" }));

/** Quoted and not bought, with a policy under which it stays so. */
function quoted(
  policy: Partial<DecisionInput["policy"]>,
  shipment: Parameters<typeof withShipment>[1] = {},
): DecisionInput {
  return withShipment(anInput(), { state: "quoted", ratesAt: NOW, ...shipment }, (input) => ({
    ...input,
    policy: aPolicy(policy),
  }));
}

function usd(amountMinor: number): Money {
  return { amountMinor, currency: "USD" };
}

function guarded(guards: Partial<GuardsPolicy>): Partial<DecisionInput["policy"]> {
  return { guards: { ...NO_GUARDS, ...guards } };
}

/** Five dollars for one label, in this hour and so in this day. */
function spent(input: DecisionInput): DecisionInput {
  const { spending } = input;
  const sum = { labels: 1, amounts: [usd(500)] };
  return { ...input, spending: { ...spending, hour: { ...spending.hour, ...sum }, day: { ...spending.day, ...sum } } };
}

/** Days, from 8:00 to 14:00 in Berlin; it is Sunday there, 13:00. */
function hours(overrides: Partial<HoursPolicy>): Partial<DecisionInput["policy"]> {
  const always = { days: [], openingMinute: 480, cutOffMinute: 840, quiet: [], holidays: [] };
  return { hours: { ...always, zone: "Europe/Berlin", ...overrides } };
}

export const POLICY_CASES: Readonly<Record<string, ReasonCase>> = {
  "an order after the cut-off waits for the next opening": {
    ...{ status: "waiting", reason: "after_cut_off" },
    says: "it waits until Mon 08:00 (Europe/Berlin), cut-off 12:00 passed",
    input: quoted(hours({ cutOffMinute: 720 })),
  },
  "an order before the opening waits for it": {
    ...{ status: "waiting", reason: "before_opening" },
    says: "it waits until Sun 13:30 (Europe/Berlin), nothing is bought before 13:30",
    input: quoted(hours({ openingMinute: 810 })),
  },
  "an order on a day on which nothing leaves waits for the next": {
    ...{ status: "waiting", reason: "no_shipping_day" },
    says: "it waits until Mon 08:00 (Europe/Berlin): nothing leaves on sun",
    input: quoted(hours({ days: [1, 2, 3, 4, 5] })),
  },
  "an order in quiet hours waits for their end": {
    ...{ status: "waiting", reason: "quiet_hours" },
    says: "it waits until Sun 13:15 (Europe/Berlin), quiet hours 12:00-13:15 Europe/Berlin",
    input: quoted(hours({ quiet: [{ days: [], fromMinute: 720, toMinute: 795, zone: "Europe/Berlin" }] })),
  },
  "a product that fits in none of the boxes is parked by its SKU": {
    ...{ status: "parked", reason: "does_not_fit", says: "MUG-BLUE fits in none of the boxes" },
    input: anInput({ policy: aPolicy({ packing: packingOf(aPreset({ maxWeightGrams: 400 })) }) }),
  },
  "an order for which a rule wants a box that is not there is parked": {
    ...{ status: "parked", reason: "unknown_parcel" },
    says: "a rule wants the box crate, which is not in parcels for where it ships from",
    input: anInput({ policy: aPolicy({ rules: [CRATE_RULE] }) }),
  },
  "an order of more parcels than anybody packs is parked": {
    ...{ status: "parked", reason: "too_many_parcels", says: "it would take more than 20 parcels" },
    input: anInput({
      policy: aPolicy({ packing: packingOf(aPreset({ maxWeightGrams: 500 })) }),
      order: { fulfillmentOrders: [aFulfillmentOrder({ lines: [aLine({ quantityRemaining: 21 })] })] },
    }),
  },
  "an order whose service nobody offers is parked": {
    ...{ status: "parked", reason: "no_rate_for_service" },
    says: "no rate is UPS * (shipping line Standard); easypost offers USPS GroundAdvantage (3d)",
    input: quoted({
      services: {
        ...DEFAULT_POLICY.services,
        map: [{ line: "Standard", strategy: { kind: "preferred", services: ["UPS *"] } }],
      },
    }),
  },
  "a label over the cap is parked": {
    ...{ status: "parked", reason: "label_over_cap", says: "the label costs 6.10 USD, over the 6.09 USD allowed" },
    input: quoted(guarded({ labelMax: usd(609) })),
  },
  "a label that no day has room for is parked": {
    ...{ status: "parked", reason: "label_over_cap", says: "the label costs 6.10 USD, over the 6.00 USD allowed" },
    input: quoted(guarded({ day: { max: usd(600), labelsMax: null } })),
  },
  "labels of an order over the cap are parked": {
    ...{ status: "parked", reason: "order_over_cap" },
    says: "the labels of this order would cost 6.10 USD, over the 6.00 USD allowed",
    input: quoted(guarded({ orderMax: usd(600) })),
  },
  "shipping beyond what the customer paid is parked": {
    ...{ status: "parked", reason: "order_over_paid" },
    says: "shipping would cost 6.10 USD; the customer paid 5.00 USD for it, which allows 6.00 USD",
    input: quoted(guarded({ paid: { percent: 100, plus: usd(100) } })),
  },
  "a price that rose since the quote is parked": {
    ...{ status: "parked", reason: "price_drift" },
    says: "the label costs 6.10 USD now and was quoted at 5.00 USD; up to 5.50 USD is allowed",
    input: quoted(guarded({ driftPercent: 10 }), { rates: [aRate({ quotedPrice: usd(500) })] }),
  },
  "a cap in another currency is parked": {
    ...{ status: "parked", reason: "guard_currency" },
    says: "the guard on the label price cannot weigh 6.10 USD against 6.00 EUR: other currencies",
    input: quoted(guarded({ labelMax: { amountMinor: 600, currency: "EUR" } })),
  },
  "one of the first labels is parked until it is approved": {
    ...{ status: "parked", reason: "approval_needed" },
    says: "somebody has to approve USPS GroundAdvantage at 6.10 USD: the first 3 labels are approved by hand, this is number 1",
    input: quoted(guarded({ approveFirstLabels: 3 })),
  },
  "a label beyond the hour's money waits": {
    ...{ status: "waiting", reason: "spend_hour" },
    says: "5.00 USD is spent since 2026-11-22T12:00:00.000Z, 6.10 USD more would be over the 10.00 USD of an hour",
    input: spent(quoted(guarded({ hour: { max: usd(1_000), labelsMax: null } }))),
  },
  "a label beyond the hour's number waits": {
    ...{ status: "waiting", reason: "labels_hour" },
    says: "1 of 1 labels an hour are bought since 2026-11-22T12:00:00.000Z",
    input: spent(quoted(guarded({ hour: { max: null, labelsMax: 1 } }))),
  },
  "a label beyond the day's money waits": {
    ...{ status: "waiting", reason: "spend_day" },
    says: "5.00 USD is spent since 2026-11-22T00:00:00.000Z, 6.10 USD more would be over the 11.09 USD of a day",
    input: spent(quoted(guarded({ day: { max: usd(1_109), labelsMax: null } }))),
  },
  "a label beyond the day's number waits": {
    ...{ status: "waiting", reason: "labels_day" },
    says: "1 of 1 labels a day are bought since 2026-11-22T00:00:00.000Z",
    input: spent(quoted(guarded({ day: { max: null, labelsMax: 1 } }))),
  },
};
