/** The way of an order, round by round: what `decide` wants, when the world does it. */
import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import { effectKey } from "../../src/core/effect.ts";
import { RATES_FRESH_MS } from "../../src/core/rate.ts";
import { HOUR_MS } from "../../src/core/time.ts";
import {
  aClosedFulfillmentOrder,
  aFulfillment,
  aFulfillmentOrder,
  aJourney,
  aLine,
  anAddress,
  anEffect,
  anInput,
  aPolicy,
  aRate,
  FULFILLMENT_ID,
  NOW,
} from "../support/builders.ts";
import { Life } from "./life.ts";
import { kindsOf, plannedFor, planOf, withShipment } from "./planned.ts";

const SECOND = aFulfillmentOrder({
  id: "gid://shopify/FulfillmentOrder/7002",
  lines: [aLine({ id: "gid://shopify/FulfillmentOrderLineItem/2", sku: "LAMP" })],
});

describe("a plain order", () => {
  it("is quoted, bought, fulfilled and shown, one irreversible step a round", () => {
    const life = new Life();
    expect(life.decide().judgement).toMatchObject({ status: "ready_to_ship", reason: null });
    expect(life.run()).toEqual(["quote", "buy", "fulfil+download_label", "mirror"]);
    expect(life.decide().judgement).toMatchObject({ status: "pending_pickup", reason: null });
    expect(life.order.mirroredStatus?.value).toBe("pending_pickup");
    expect(life.decide().lookAgainAt).toBeNull();
  });

  it("is followed until it is delivered, and the customer hears of each step once", () => {
    const life = new Life();
    life.run();
    life.track("7001-1-1", "pre_transit", "accepted", "in_transit");
    expect(life.run()).toEqual(["post_events", "mirror"]);
    expect(life.decide().judgement.status).toBe("in_transit");
    life.track("7001-1-1", "out_for_delivery", "in_transit", "delivered");
    expect(life.run()).toEqual(["post_events", "mirror"]);
    expect(life.told).toEqual([
      "7001-1-1 CONFIRMED",
      "7001-1-1 CARRIER_PICKED_UP",
      "7001-1-1 IN_TRANSIT",
      "7001-1-1 OUT_FOR_DELIVERY",
      "7001-1-1 DELIVERED",
    ]);
    expect(life.order.mirroredStatus?.value).toBe("delivered");
    expect(life.run()).toEqual([]);
  });

  it("is planned for exactly what is left to ship, from and to where the shop says", () => {
    const input = anInput({
      order: {
        fulfillmentOrders: [
          aFulfillmentOrder({
            lines: [
              aLine({ id: "b", quantityRemaining: 1, weightGrams: 250 }),
              aLine({ id: "gift card", requiresShipping: false }),
              aLine({ id: "shipped before", quantityRemaining: 0 }),
              aLine({ id: "a", quantityRemaining: 3, weightGrams: 100 }),
            ],
          }),
        ],
      },
    });
    expect(planOf(input)).toMatchObject({
      shipmentId: "7001-1-1",
      parcelNumber: 1,
      generation: 1,
      reference: "shipbot_shop-1_7001-1-1",
      lines: [
        { id: "a", quantity: 3 },
        { id: "b", quantity: 1 },
      ],
      parcel: { weightGrams: 100 + 250 + 300 },
      to: { street1: "417 Montgomery Street" },
      from: { street1: "1 Dock Road" },
    });
  });

  it("ships from the merchant's own address of the location, or of all locations", () => {
    const own = anAddress({ street1: "31 Own Street" });
    const other = anAddress({ street1: "Default Street" });
    const from = (shipFrom: Readonly<Record<string, typeof own>>) =>
      planOf(anInput({ policy: aPolicy({ shipFrom }) })).from.street1;
    expect(from({ "31": own, default: other })).toBe("31 Own Street");
    expect(from({ "32": own, default: other })).toBe("Default Street");
    expect(from({ "32": own })).toBe("1 Dock Road");
  });

  it.each([
    ["READY_TO_SHIP", true],
    [" ready-to-ship ", true],
    ["ready", false],
    ["not_ready_to_ship", false],
  ])("with the tag %j is ready: %s", (tag, isReady) => {
    expect(kindsOf(decide(anInput({ order: { tags: ["vip", tag] } })))).toEqual(isReady ? ["quote"] : []);
  });

  it("needs no tag where the policy wants none", () => {
    const policy = aPolicy({ ready: { ...aPolicy().ready, tags: [], financialStatuses: ["pending"] } });
    expect(kindsOf(decide(anInput({ policy, order: { tags: [], financialStatus: "pending" } })))).toEqual(["quote"]);
  });

  it("is shipped also when the shop names no delivery method", () => {
    const fulfillmentOrders = [aFulfillmentOrder({ deliveryMethod: null })];
    expect(kindsOf(decide(anInput({ order: { fulfillmentOrders } })))).toEqual(["quote"]);
  });
});

describe("rates", () => {
  const quoted = (overrides: Parameters<typeof plannedFor>[1], now = NOW) =>
    decide({ ...withShipment(anInput(), { state: "quoted", ...overrides }), now });

  it("of an hour ago are asked for again, of less are bought on", () => {
    const ratesAt = NOW;
    expect(kindsOf(quoted({ ratesAt }, NOW + RATES_FRESH_MS - 1))).toEqual(["buy"]);
    expect(kindsOf(quoted({ ratesAt }, NOW + RATES_FRESH_MS))).toEqual(["requote"]);
    expect(kindsOf(quoted({ ratesAt }, NOW - 1))).toEqual(["requote"]);
    expect(kindsOf(quoted({ ratesAt: null }))).toEqual(["requote"]);
  });

  it("that are none, with no refusal that says why, are asked for again", () => {
    expect(kindsOf(quoted({ rates: [] }))).toEqual(["requote"]);
  });

  it("are bought at the cheapest of the order's currency", () => {
    const rates = [
      aRate({ id: "air", price: { amountMinor: 2_000, currency: "USD" } }),
      aRate({ id: "ground" }),
      aRate({ id: "cheap elsewhere", price: { amountMinor: 1, currency: "EUR" } }),
    ];
    expect(quoted({ rates }).actions).toMatchObject([{ kind: "buy", shipmentId: "7001-1-1", rate: { id: "ground" } }]);
  });

  it("of a shipment whose first call was cut short are asked for on the object that may be there", () => {
    expect(decide(withShipment(anInput())).actions).toMatchObject([{ kind: "quote", isNew: false }]);
  });
});

describe("before there is a label", () => {
  it.each<[string, Parameters<typeof anInput>[0]]>([
    [
      "the address",
      { order: { fulfillmentOrders: [aFulfillmentOrder({ destination: anAddress({ city: "Oakland" }) })] } },
    ],
    ["a quantity", { order: { fulfillmentOrders: [aFulfillmentOrder({ lines: [aLine({ quantityRemaining: 1 })] })] } }],
    ["a weight", { order: { fulfillmentOrders: [aFulfillmentOrder({ lines: [aLine({ weightGrams: 401 })] })] } }],
    ["the box", { policy: aPolicy({ parcel: { ...aPolicy().parcel, heightMm: 101 } }) }],
    ["the ship-from address", { policy: aPolicy({ shipFrom: { default: anAddress() } }) }],
    ["the provider", { provider: { name: "shippo", purchaseIsGuarded: false } }],
  ])("a change of %s drops the plan and makes another", (_what, change) => {
    const shipment = plannedFor(anInput(), { state: "quoted" });
    const changed = anInput({ ...change, record: { shipments: [shipment] } });
    expect(decide(changed).actions).toEqual([{ kind: "abandon", shipmentId: "7001-1-1" }]);
    const next = {
      ...changed,
      record: { ...changed.record, shipments: [{ ...shipment, state: "abandoned" as const }] },
    };
    expect(decide(next).actions).toMatchObject([
      { kind: "quote", isNew: true, plan: { shipmentId: "7001-1-2", generation: 2 } },
    ]);
  });

  it("a phone number that changed is no reason for another plan", () => {
    const life = new Life();
    life.round();
    life.setFulfillmentOrder(0, { destination: anAddress({ phone: "1", email: "a@example.com" }) });
    expect(life.round()).toBe("buy");
  });

  it("an object that the provider has forgotten is given up", () => {
    const forgotten = anEffect("buy", "refused", { failure: { kind: "missing", message: "no such shipment" } });
    const input = withShipment(anInput({ record: { effects: [forgotten] } }), { state: "quoted" });
    expect(kindsOf(decide(input))).toEqual(["abandon"]);
  });

  it.each([
    "planned",
    "quoted",
  ] as const)("a %s shipment is dropped when the order needs no label any more", (state) => {
    const needless = [
      { fulfillmentOrders: [aClosedFulfillmentOrder()] },
      { fulfillmentOrders: [aFulfillmentOrder({ status: "cancelled", canFulfil: false })] },
      { fulfillmentOrders: [SECOND], cancelledAt: NOW },
      { fulfillmentOrders: [] },
      { cancelledAt: NOW },
    ];
    for (const order of needless) {
      const input = withShipment(anInput(), { state }, (it) => ({ ...it, order: { ...it.order, ...order } }));
      expect(decide(input).actions).toEqual([{ kind: "abandon", shipmentId: "7001-1-1" }]);
    }
  });

  it("a shipment waits with its order, and is not dropped", () => {
    const input = withShipment(anInput(), { state: "quoted" }, (it) => ({ ...it, order: { ...it.order, tags: [] } }));
    expect(decide(input)).toMatchObject({ actions: [], judgement: { reason: "not_tagged" } });
  });
});

describe("an order of two fulfillment orders", () => {
  it("is bought one label a round, and each is fulfilled by its own", () => {
    const life = new Life({ order: { fulfillmentOrders: [aFulfillmentOrder(), SECOND] } });
    const rounds = life.run();
    expect(rounds[0]).toBe("quote+quote");
    expect(life.sold).toEqual(["7001-1-1", "7002-1-1"]);
    expect(life.order.fulfillmentOrders.map(({ status }) => status)).toEqual(["closed", "closed"]);
    expect(rounds.every((kinds) => (kinds.match(/buy|fulfil\b|void|update/g) ?? []).length <= 1)).toBe(true);
  });

  it("stands where its least advanced part stands", () => {
    const life = new Life({ order: { fulfillmentOrders: [aFulfillmentOrder(), SECOND] } });
    life.run();
    life.track("7001-1-1", "in_transit", "delivered");
    life.run();
    expect(life.order.mirroredStatus?.value).toBe("pending_pickup");
    life.track("7002-1-1", "in_transit");
    life.run();
    expect(life.order.mirroredStatus?.value).toBe("in_transit");
  });

  it("goes on with one part while the other needs a human", () => {
    const life = new Life({ order: { fulfillmentOrders: [aFulfillmentOrder({ destination: null }), SECOND] } });
    life.run();
    expect(life.sold).toEqual(["7002-1-1"]);
    expect(life.decide().judgement).toMatchObject({ status: "parked", reason: "no_address" });
  });

  it.each([
    [{ deliveryMethod: "none" }, "pending_pickup"],
    [{ status: "on_hold", canFulfil: false }, "waiting"],
    [{ status: "cancelled", canFulfil: false }, "pending_pickup"],
    [{ status: "closed", canFulfil: false }, "pending_pickup"],
  ])("of which one is %j is %s once the other has its label", (change, status) => {
    const life = new Life({ order: { fulfillmentOrders: [{ ...SECOND, ...change }, aFulfillmentOrder()] } });
    life.run();
    expect(life.decide().judgement.status).toBe(status);
  });
});

describe("the label's file", () => {
  const label = { state: "bought", label: { ...aBoughtLabel(), path: null } } as const;

  it("is fetched last, after the shop was told", () => {
    expect(kindsOf(decide(withShipment(anInput(), label)))).toEqual(["fulfil", "download_label"]);
  });

  it("holds up neither events nor the status, however long it fails", () => {
    const shown = { fulfillmentOrders: [aClosedFulfillmentOrder()], fulfillments: [aFulfillment()] };
    const told = withShipment(
      anInput(),
      { ...label, fulfillmentId: FULFILLMENT_ID, tracking: aJourney("in_transit") },
      (it) => ({ ...it, order: { ...it.order, ...shown } }),
    );
    expect(kindsOf(decide(told))).toEqual(["post_events", "download_label"]);
    const quiet = {
      ...told,
      record: { ...told.record, effects: [anEffect("post_event", "done", { part: "IN_TRANSIT" })] },
    };
    expect(kindsOf(decide(quiet))).toEqual(["mirror", "download_label"]);
    const mirrored = { ...quiet, order: { ...quiet.order, mirroredStatus: { value: "in_transit", digest: null } } };
    expect(kindsOf(decide(mirrored))).toEqual(["download_label"]);
  });

  it("is fetched also while the order is parked or held", () => {
    const refused = withShipment(anInput({ record: { effects: [anEffect("fulfil", "refused")] } }), label);
    expect(kindsOf(decide(refused))).toEqual(["mirror", "download_label"]);
    const held = withShipment(anInput(), label, (it) => ({
      ...it,
      order: { ...it.order, fulfillmentOrders: [aFulfillmentOrder({ status: "on_hold" })] },
    }));
    expect(kindsOf(decide(held))).toEqual(["download_label"]);
  });
});

describe("the status in the shop", () => {
  it.each([
    ["is shown once", "parked", null, ["mirror"]],
    ["is not shown again", "parked", "parked", []],
    ["is corrected when somebody else wrote there", "parked", "hello", ["mirror"]],
    ["is not put on an order that waits untouched", "waiting", null, []],
    ["is not put on an order that is skipped untouched", "skipped", null, []],
    ["is taken back when an order waits again", "waiting", "parked", ["mirror"]],
  ])("%s", (_sentence, status, shown, kinds) => {
    const orders = { parked: { incomplete: ["lines"] }, waiting: { tags: [] }, skipped: { test: true } };
    const mirroredStatus = shown === null ? null : { value: shown, digest: "d1" };
    const decision = decide(anInput({ order: { ...orders[status as keyof typeof orders], mirroredStatus } }));
    expect(decision.judgement.status).toBe(status);
    expect(kindsOf(decision)).toEqual(kinds);
    for (const action of decision.actions) {
      expect(action).toEqual({ kind: "mirror", status, digest: shown === null ? null : "d1" });
    }
  });
});

describe("looking again", () => {
  const scheduled = (fulfillAt: number | null, now = NOW) =>
    decide(
      anInput({
        now,
        order: { fulfillmentOrders: [aFulfillmentOrder({ status: "scheduled", canFulfil: false, fulfillAt })] },
      }),
    ).lookAgainAt;

  it("is asked for at the hour for which it is scheduled, and never in the past", () => {
    expect(scheduled(NOW + HOUR_MS)).toBe(NOW + HOUR_MS);
    expect(scheduled(NOW + 1)).toBe(NOW + 1);
    expect(scheduled(NOW)).toBeNull();
    expect(scheduled(NOW - HOUR_MS)).toBeNull();
    expect(scheduled(null)).toBeNull();
  });

  it("is asked for at the earliest of several times", () => {
    const at = (fulfillAt: number) => ({ status: "scheduled", canFulfil: false, fulfillAt });
    const fulfillmentOrders = [{ ...SECOND, ...at(NOW + 9) }, aFulfillmentOrder(at(NOW + 5))];
    expect(decide(anInput({ order: { fulfillmentOrders } })).lookAgainAt).toBe(NOW + 5);
  });

  it("is not asked for where another reason speaks for a scheduled order", () => {
    const fulfillmentOrders = [aFulfillmentOrder({ status: "scheduled", canFulfil: false, fulfillAt: NOW + 1 })];
    expect(decide(anInput({ order: { tags: [], fulfillmentOrders } })).lookAgainAt).toBeNull();
  });
});

describe("the walk", () => {
  it("shows every check of an order that is bought, with what it looked at", () => {
    const { findings } = decide(anInput());
    expect(findings.map(({ check, verdict }) => `${check}: ${verdict}`)).toEqual([
      "not cancelled: pass",
      "not a test: pass",
      "paid: pass",
      "tagged ready: pass",
      "not held by staff: pass",
      "read as a whole: pass",
      "not with a fulfillment service: pass",
      "delivery by carrier: pass",
      "something to ship: pass",
      "not on hold: pass",
      "due: pass",
      "open in Shopify: pass",
      "address: pass",
      "ship-from address: pass",
      "weight: pass",
      "fits its boxes: pass",
      "customs: pass",
      "no label left over: pass",
    ]);
    expect(findings.find(({ check }) => check === "paid")?.input).toEqual({ financialStatus: "paid" });
    expect(findings.find(({ check }) => check === "weight")?.input).toEqual({ lines: 1, itemsGrams: 800 });
  });

  it("goes on after the first check that stops, so that all that is wrong is shown", () => {
    const fulfillmentOrders = [aFulfillmentOrder({ destination: null, lines: [aLine({ weightGrams: null })] })];
    const { findings } = decide(anInput({ order: { tags: [], financialStatus: null, fulfillmentOrders } }));
    expect(findings.filter(({ verdict }) => verdict !== "pass").map(({ reason }) => reason)).toEqual([
      "not_paid",
      "not_tagged",
      "no_address",
      "no_weight",
    ]);
  });

  it("holds no personal data", () => {
    const secret = anAddress({ name: "SECRET", street1: "SECRET", city: "SECRET", phone: "SECRET", email: "SECRET" });
    const input = anInput({ order: { fulfillmentOrders: [aFulfillmentOrder({ destination: secret })] } });
    expect(JSON.stringify(decide(input).findings)).not.toContain("SECRET");
    expect(JSON.stringify(decide(withShipment(input, { state: "bought" })).judgement)).not.toContain("SECRET");
  });

  it("names the open call that everything waits for", () => {
    const input = withShipment(anInput({ record: { effects: [anEffect("buy", "begun")] } }), { state: "quoted" });
    expect(decide(input).findings).toContainEqual({
      check: "answers known",
      fulfillmentOrderId: null,
      verdict: "wait",
      reason: null,
      input: { effect: effectKey("buy", "7001-1-1"), state: "begun", lookups: 0 },
    });
  });
});

function aBoughtLabel() {
  const { label } = plannedFor(anInput(), { state: "bought" });
  if (label === null) {
    throw new Error("a bought shipment has a label");
  }
  return label;
}
