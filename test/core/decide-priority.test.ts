/** Which of several reasons is shown: what never ships, then what is not ready, then what a human has to mend. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import type { DecisionInput } from "../../src/core/decision.ts";
import type { FulfillmentOrder, Order } from "../../src/core/order.ts";
import type { Reason } from "../../src/core/reasons.ts";
import { aFulfillmentOrder, aHold, aLine, anAddress, anInput } from "../support/builders.ts";
import { PROPERTY } from "./generated.ts";

interface Trouble {
  readonly reason: Reason;
  readonly order?: Partial<Order>;
  readonly fulfillmentOrder?: Partial<FulfillmentOrder>;
  readonly hold?: DecisionInput["record"]["hold"];
}

/** In the order in which they are to be shown: the first that holds speaks. */
const LADDER: readonly Trouble[] = [
  { reason: "test_order", order: { test: true } },
  { reason: "third_party", fulfillmentOrder: { requestStatus: "submitted" } },
  { reason: "pickup", fulfillmentOrder: { deliveryMethod: "pick_up" } },
  { reason: "not_paid", order: { financialStatus: "pending" } },
  { reason: "not_tagged", order: { tags: [] } },
  { reason: "held_by_staff", hold: aHold() },
  { reason: "on_hold", fulfillmentOrder: { holds: [{ reason: "other", notes: null, ours: false }] } },
  { reason: "scheduled", fulfillmentOrder: { status: "scheduled" } },
  { reason: "order_incomplete", order: { incomplete: ["fulfillments"] } },
  { reason: "not_fulfillable", fulfillmentOrder: { canFulfil: false } },
  { reason: "address_incomplete", fulfillmentOrder: { destination: anAddress({ city: null }) } },
  { reason: "no_ship_from", fulfillmentOrder: { location: { id: null, address: anAddress({ city: null }) } } },
  { reason: "no_weight", fulfillmentOrder: { lines: [aLine({ weightGrams: null })] } },
];

function reasonOf(troubles: readonly Trouble[]): Reason | null {
  const fulfillmentOrder = aFulfillmentOrder(Object.assign({}, ...troubles.map((it) => it.fulfillmentOrder)));
  const order = Object.assign({ fulfillmentOrders: [fulfillmentOrder] }, ...troubles.map((it) => it.order));
  const hold = troubles.find((it) => it.hold !== undefined)?.hold ?? null;
  return decide(anInput({ order, record: { hold } })).judgement.reason;
}

describe("of several reasons", () => {
  it.each(
    LADDER.map((trouble) => [trouble.reason, trouble] as const),
  )("%s is shown when it is the only one", (reason, trouble) => {
    expect(reasonOf([trouble])).toBe(reason);
  });

  const pairs = LADDER.flatMap((upper, index) => LADDER.slice(index + 1).map((lower) => [upper, lower] as const));
  it.each(
    pairs.map((pair) => [pair[0].reason, pair[1].reason, pair] as const),
  )("%s is shown before %s", (reason, _other, pair) => {
    expect(reasonOf(pair)).toBe(reason);
  });

  it("the first of the ladder is shown, whatever else holds", () => {
    fc.assert(
      fc.property(fc.subarray([...LADDER], { minLength: 1 }), (troubles) => {
        expect(reasonOf(troubles)).toBe(troubles[0]?.reason);
      }),
      PROPERTY,
    );
  });

  it("nobody is asked to mend an order that is not ready: no park is shown while it waits or is skipped", () => {
    const parks = LADDER.slice(8);
    for (const early of LADDER.slice(0, 8)) {
      expect(reasonOf([early, ...parks])).toBe(early.reason);
    }
    const unknown = { deliveryMethod: "drone" };
    const input = anInput({ order: { tags: [], fulfillmentOrders: [aFulfillmentOrder(unknown)] } });
    expect(decide(input).judgement).toMatchObject({ status: "waiting", reason: "not_tagged" });
  });

  it("a cancelled order is only cancelled, whatever else holds", () => {
    const order = { cancelledAt: 1, test: true, tags: [], incomplete: ["lines"], financialStatus: null };
    const fulfillmentOrders = [aFulfillmentOrder({ destination: null, requestStatus: "accepted" })];
    const { judgement, actions } = decide(anInput({ order: { ...order, fulfillmentOrders } }));
    expect(judgement).toMatchObject({ status: "cancelled", reason: "order_cancelled" });
    expect(actions).toMatchObject([{ kind: "mirror" }]);
  });
});

describe("what is missing in an address", () => {
  it.each<[string, Parameters<typeof anAddress>[0], string | null]>([
    ["nothing", {}, null],
    ["a name, where there is no company", { name: null }, "name"],
    ["no name, where there is a company", { name: " ", company: "Example Ltd" }, null],
    ["a street", { street1: "" }, "street"],
    ["a city", { city: "\t" }, "city"],
    ["a country, and with it the postal code", { country: null, postalCode: null }, "country, postal code"],
    ["a postal code", { postalCode: null }, "postal code"],
    ["no postal code, where there are none", { postalCode: null, country: "HK" }, null],
    ["no province and no second street", { province: null, street2: null }, null],
    [
      "all of it",
      { name: null, street1: null, city: null, country: null, postalCode: null },
      "name, street, city, country, postal code",
    ],
  ])("is %s", (_what, change, missing) => {
    const lines = [aLine({ duty: { hsCode: "691200", origin: "PT" } })];
    const fulfillmentOrders = [aFulfillmentOrder({ destination: anAddress(change), lines })];
    const { judgement } = decide(anInput({ order: { fulfillmentOrders } }));
    expect(judgement.input["missing"] ?? null).toBe(missing);
    expect(judgement.reason).toBe(missing === null ? null : "address_incomplete");
  });
});

describe("a request to a fulfillment service", () => {
  it.each([
    ["unsubmitted", true],
    ["rejected", true],
    ["cancellation_accepted", true],
    ["closed", true],
    ["submitted", false],
    ["accepted", false],
    ["cancellation_requested", false],
    ["cancellation_rejected", false],
    ["a word of next year", false],
  ])("that is %s leaves the fulfillment order to us: %s", (requestStatus, isOurs) => {
    const fulfillmentOrders = [aFulfillmentOrder({ requestStatus })];
    expect(decide(anInput({ order: { fulfillmentOrders } })).judgement.reason).toBe(isOurs ? null : "third_party");
  });
});
