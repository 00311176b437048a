/** A kept order is judged as the order itself was, also when it comes back from a database, and tells of no person. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "../../src/core/decide.ts";
import { NO_GUARDS } from "../../src/core/guards.ts";
import { compareOutcomes } from "../../src/core/replay/compare.ts";
import { keepOrder } from "../../src/core/replay/kept-order.ts";
import { KEPT_FORM, type KeptCase, keepRate, type Outcome, quoteKey, replay } from "../../src/core/replay/replay.ts";
import { aFulfillmentOrder, anAddress, anInput, anOrder, aPolicy, aRate, NOW } from "../support/builders.ts";
import { inputs, PROPERTY } from "./generated.ts";

const RATE = keepRate(aRate());

/** As JSON gives it back. */
function stored(kept: KeptCase): KeptCase {
  return JSON.parse(JSON.stringify(kept)) as KeptCase;
}

test("the replay says of any order what the decision says of it before anything was quoted", () => {
  let [shipping, stopped] = [0, 0];
  fc.assert(
    fc.property(inputs, ({ order, policy: given, ...rest }) => {
      const policy = { ...given, guards: NO_GUARDS, mode: { kind: "live" } as const };
      for (const fulfillmentOrder of order.fulfillmentOrders) {
        const alone = { ...order, fulfillmentOrders: [fulfillmentOrder], fulfillments: [] };
        const record = { shipments: [], effects: [], hold: null, unverifiedSince: null };
        const provider = { ...rest.provider, keyKind: "unknown" as const };
        const real = decide({ ...rest, provider, order: alone, policy, record });
        const kept: KeptCase = { form: KEPT_FORM, order: keepOrder(order, fulfillmentOrder, policy), quotes: [] };
        const told = replay(kept, policy, rest.now);
        if (real.actions.some(({ kind }) => kind === "quote")) {
          shipping += 1;
          expect([told.status, told.parcels.every(({ rate }) => rate === null)]).toEqual(["ready_to_ship", true]);
        } else {
          stopped += 1;
          expect([told.status, told.reason]).toEqual([real.judgement.status, real.judgement.reason]);
        }
        expect(compareOutcomes(told, replay(stored(kept), policy, rest.now))).toBeNull();
      }
    }),
    PROPERTY,
  );
  expect(Math.min(shipping, stopped)).toBeGreaterThan(200);
});

function aCase(quotes: KeptCase["quotes"], order = anOrder()): KeptCase {
  const [fulfillmentOrder = aFulfillmentOrder()] = order.fulfillmentOrders;
  return { form: KEPT_FORM, order: keepOrder(order, fulfillmentOrder, aPolicy()), quotes };
}

/** What the provider was asked for, as the quote of a plain run has it. */
function askedKey(): string {
  const quote = decide(
    anInput({ record: { shipments: [], effects: [], hold: null, unverifiedSince: null } }),
  ).actions.find((action) => action.kind === "quote");
  return quote === undefined ? "" : quoteKey(quote.plan.parcel, quote.plan.from);
}

function outcomeOf(kept: KeptCase): Pick<Outcome, "status" | "reason"> & { readonly services: readonly unknown[] } {
  const { status, reason, parcels } = replay(kept, aPolicy(), NOW);
  return { status, reason, services: parcels.map(({ rate }) => rate?.service ?? null) };
}

test("rates that were kept are chosen from as a run chooses; a refusal parks as it did", () => {
  const key = askedKey();
  const dear = { ...RATE, service: "Express", price: { amountMinor: 2_600, currency: "USD" } };
  expect(outcomeOf(aCase([{ key, rates: [dear, RATE], refusal: null }]))).toEqual({
    ...{ status: "ready_to_ship", reason: null, services: [RATE.service] },
  });
  expect(outcomeOf(aCase([{ key, rates: [], refusal: "no_rate" }]))).toEqual({
    ...{ status: "parked", reason: "no_rate", services: [] },
  });
  expect(outcomeOf(aCase([{ key: "another box", rates: [RATE], refusal: null }])).services).toEqual([null]);
});

test("nothing that is kept tells who the customer is", () => {
  const person = anAddress({ name: "Zperson", company: "Zperson", street1: "PO Box Zperson", street2: "Zperson" });
  const destination = { ...person, city: "Zperson", phone: "Zperson", email: "Zperson" };
  const order = anOrder({
    noteAttributes: [{ name: "gift", value: "Zperson" }],
    fulfillmentOrders: [
      aFulfillmentOrder({ destination, holds: [{ reason: "other", notes: "Zperson", ours: false }] }),
    ],
  });
  const kept = JSON.stringify(aCase([], order));
  expect(kept).not.toContain("Zperson");
  expect(kept).toContain('"poBox":true');
});
