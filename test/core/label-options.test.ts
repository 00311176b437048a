/** What is asked of the provider besides the parcel: who decides it, and that it is part of what is quoted, not of what is bought. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import type { DecisionInput } from "../../src/core/decision.ts";
import {
  LABEL_SIZES,
  type LabelOptions,
  NO_OPTIONS,
  optionFacts,
  readOptionFacts,
} from "../../src/core/label-options.ts";
import { NO_ACTIONS, type RuleActions } from "../../src/core/rules/rule.ts";
import { aFulfillmentOrder, aLabel, anInput, aPolicy, aRate, NOW } from "../support/builders.ts";
import { PROPERTY } from "./generated.ts";
import { kindsOf, planOf, withShipment } from "./planned.ts";

const TERMS = { currency: "USD", perMille: 10, minMinor: 100 };
const usd = (amountMinor: number) => ({ amountMinor, currency: "USD" });

function asking(actions: Partial<RuleActions>, label = aPolicy().label): DecisionInput {
  const rules = [{ name: "options", when: { kind: "all", of: [] } as const, actions: { ...NO_ACTIONS, ...actions } }];
  const policy = aPolicy({ label, rules: [{ name: "test", match: "first", rules }] });
  return anInput({ policy, provider: { ...anInput().provider, insurance: TERMS } });
}

describe("options", () => {
  it("are those of the rules, and of the policy where the rules say nothing", () => {
    expect(planOf(anInput()).options).toEqual(NO_OPTIONS);
    const zebra = { format: "zpl", size: "4x8" } as const;
    expect(planOf(asking({ signature: "adult" }, zebra)).options).toEqual({
      ...NO_OPTIONS,
      ...zebra,
      signature: "adult",
    });
    const ruled = planOf(asking({ labelFormat: "png", labelSize: "4x6", reference: "Order {order}" }, zebra)).options;
    expect(ruled).toEqual({ ...NO_OPTIONS, format: "png", size: "4x6", reference: "Order #1001" });
  });

  it("insure the goods of the parcel for what they cost, or for the amount of the rule", () => {
    const [line] = anInput().order.fulfillmentOrders[0]?.lines ?? [];
    const worth = (line?.unitPrice?.amountMinor ?? 0) * (line?.quantityRemaining ?? 0);
    expect(worth).toBeGreaterThan(0);
    expect(planOf(asking({ insurance: { kind: "goods" } })).options.insured).toEqual(usd(worth));
    expect(planOf(asking({ insurance: { kind: "fixed", amount: usd(5_000) } })).options.insured).toEqual(usd(5_000));
    expect(planOf(asking({ insurance: { kind: "none" } })).options.insured).toBeNull();
  });

  it("park what cannot be insured: no price, another currency, a provider that sells none", () => {
    const goods = asking({ insurance: { kind: "goods" } });
    const priced = (unitPrice: ReturnType<typeof usd> | null): DecisionInput => {
      const order = goods.order.fulfillmentOrders[0] ?? aFulfillmentOrder();
      const lines = order.lines.map((line) => ({ ...line, unitPrice }));
      return { ...goods, order: { ...goods.order, fulfillmentOrders: [{ ...order, lines }] } };
    };
    const verdicts = [priced(null), priced({ amountMinor: 100, currency: "EUR" }), priced(usd(0))].map(decide);
    expect(verdicts.map(({ judgement }) => judgement.reason)).toEqual(["not_insurable", "not_insurable", null]);
    const none = { ...goods, provider: anInput().provider };
    expect(decide(none).judgement).toMatchObject({
      ...{ status: "parked", reason: "not_insurable", input: { why: "easypost sells no insurance" } },
    });
  });

  it("ask anew for an unbought parcel when they change, and leave a bought one alone", () => {
    const before = asking({ signature: "any" });
    const after = asking({ signature: "adult" }).policy;
    const changed = (input: DecisionInput): DecisionInput => ({ ...input, policy: after });
    const quoted = { state: "quoted", rates: [aRate()], ratesAt: NOW } as const;
    expect(kindsOf(decide(withShipment(before, quoted)))).toContain("buy");
    expect(kindsOf(decide(withShipment(before, quoted, changed)))).toContain("abandon");
    const bought = withShipment(before, { state: "bought", label: aLabel(), providerShipmentId: "shp_1" });
    expect(decide(changed(bought)).actions).toEqual(decide(bought).actions);
    expect(kindsOf(decide(changed(bought)))).toContain("fulfil");
  });

  it("go into the purchase with what the insurance costs, which the guards weigh", () => {
    const input = asking({ insurance: { kind: "fixed", amount: usd(20_000) } });
    const shipment = { state: "quoted", rates: [aRate({ price: usd(607) })], ratesAt: NOW } as const;
    const [buy] = decide(withShipment(input, shipment)).actions;
    expect(buy).toMatchObject({ kind: "buy", options: { insured: usd(20_000) }, insuranceCost: usd(200) });
    const capped = (labelMax: number) =>
      withShipment(input, shipment, (it) => ({
        ...it,
        policy: { ...it.policy, guards: { ...it.policy.guards, labelMax: usd(labelMax) } },
      }));
    expect(kindsOf(decide(capped(807)))).toContain("buy");
    expect(decide(capped(806)).judgement).toMatchObject({ reason: "label_over_cap", input: { cost: "8.07 USD" } });
  });

  it("are not bought where label and insurance cost different currencies", () => {
    const rates = [aRate({ price: { amountMinor: 900, currency: "CAD" } })];
    const input = asking({ insurance: { kind: "fixed", amount: usd(100) } });
    const { judgement } = decide(withShipment(input, { state: "quoted", rates, ratesAt: NOW }));
    expect(judgement).toMatchObject({ status: "parked", reason: "not_insurable" });
  });

  it("are in the intent as they were asked for", () => {
    const money = fc.record({ amountMinor: fc.nat(), currency: fc.constantFrom("USD", "EUR") });
    const options: fc.Arbitrary<LabelOptions> = fc.record({
      format: fc.constantFrom("pdf", "png", "zpl"),
      size: fc.constantFrom(null, ...LABEL_SIZES),
      signature: fc.constantFrom(null, "none", "any", "adult"),
      deliveryConfirmation: fc.constantFrom(null, true, false),
      reference: fc.option(fc.string({ minLength: 1 })),
      insured: fc.option(money),
    });
    fc.assert(
      fc.property(options, fc.option(money), (asked, insuranceCost) => {
        expect(readOptionFacts(optionFacts(asked, insuranceCost))).toEqual({ options: asked, insuranceCost });
      }),
      PROPERTY,
    );
    expect(readOptionFacts({ rate: "rate_1", adopted: true })).toBeNull();
  });
});
