/** What the merchant, the customer and the shop may do to an order that is under way, and what it must never cost. */
import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import type { TrackingStatus } from "../../src/core/status.ts";
import { HOUR_MS } from "../../src/core/time.ts";
import {
  aClosedFulfillmentOrder,
  aFulfillment,
  aFulfillmentOrder,
  aHold,
  aJourney,
  aLine,
  anAddress,
  anEffect,
  anInput,
  aPolicy,
  FULFILLMENT_ID,
  FULFILLMENT_ORDER_ID,
  NOW,
} from "../support/builders.ts";
import { Life } from "./life.ts";
import { boughtOnly, LABEL, shipped, standing, VOID } from "./lives.ts";
import { kindsOf, withShipment } from "./planned.ts";

describe("a cancelled order", () => {
  it("has its plan dropped before there is a label", () => {
    const life = new Life();
    life.round();
    life.set({ cancelledAt: NOW });
    expect(life.run()).toEqual(["abandon", "mirror"]);
    expect(life.sold).toEqual([]);
  });

  it("has its label voided before the carrier has it", () => {
    const life = boughtOnly();
    life.track(LABEL, "pre_transit");
    life.set({ cancelledAt: life.now });
    expect(life.run()).toEqual(["void", "mirror"]);
    expect(life.order.mirroredStatus?.value).toBe("cancelled");
  });

  it.each([
    "accepted",
    "in_transit",
    "delayed",
    "out_for_delivery",
    "attempted",
    "ready_for_pickup",
  ] as const)("whose parcel is %s is parked, nothing is voided, and it clears when the parcel is back or delivered", (status) => {
    const life = shipped();
    life.track(LABEL, status);
    life.set({ cancelledAt: life.now });
    life.run();
    expect(standing(life)).toBe("parked: cancelled_in_transit");
    life.track(LABEL, "returning");
    life.run();
    expect(standing(life)).toBe("returned");
    expect(life.liveLabels()).toEqual([LABEL]);
  });

  it("whose label the provider cancelled unscanned is voided; one that was scanned before is not", () => {
    const voided = shipped();
    voided.track(LABEL, "pre_transit", "cancelled");
    voided.set({ cancelledAt: voided.now });
    expect(voided.run()).toContain("void");
    const scanned = shipped();
    scanned.track(LABEL, "in_transit", "cancelled");
    scanned.set({ cancelledAt: scanned.now });
    expect(scanned.run()).not.toContain("void");
    expect(standing(scanned)).toBe("delivery_failed");
  });

  it("has its label voided once also when the shop no longer lists its fulfillment order", () => {
    const life = boughtOnly();
    life.set({ cancelledAt: NOW, fulfillmentOrders: [] });
    expect(kindsOf(life.decide())).toEqual(["void"]);
    life.run();
    expect(standing(life)).toBe("cancelled: order_cancelled");
  });

  it("of several parcels is parked for the one that left, while the other is voided", () => {
    const second = aFulfillmentOrder({ id: "gid://shopify/FulfillmentOrder/7002", lines: [aLine({ id: "2" })] });
    const life = new Life({ order: { fulfillmentOrders: [aFulfillmentOrder(), second] } });
    life.run();
    life.track(LABEL, "in_transit");
    life.set({ cancelledAt: life.now });
    life.run();
    expect(life.liveLabels()).toEqual([LABEL]);
    expect(standing(life)).toBe("parked: cancelled_in_transit");
  });
});

describe("a staff hold", () => {
  it.each([0, 1])("after %s rounds stops the purchase until it is released", (rounds) => {
    const life = new Life();
    for (let round = 0; round < rounds; round += 1) {
      life.round();
    }
    life.hold(aHold());
    life.run();
    expect(standing(life)).toBe("waiting: held_by_staff");
    expect(life.sold).toEqual([]);
    life.hold(null);
    life.run();
    expect(life.sold).toEqual([LABEL]);
  });

  it("after the purchase keeps the label and stops the shop from being told", () => {
    const life = boughtOnly();
    life.hold(aHold());
    expect(life.run()).toEqual(["download_label"]);
    expect(standing(life)).toBe("waiting: held_by_staff");
    life.hold(null);
    expect(life.run()).toEqual(["fulfil", "mirror"]);
  });

  it("of a parcel that the shop knows changes nothing: its news go on", () => {
    const life = shipped();
    life.hold(aHold());
    life.track(LABEL, "in_transit");
    expect(life.run()).toEqual(["post_events", "mirror"]);
  });

  it("that voids takes the label back, and the release buys another for the same number in the shop", () => {
    const life = shipped();
    life.hold(VOID);
    expect(life.run()).toEqual(["void", "mirror"]);
    expect(standing(life)).toBe("waiting: held_by_staff");
    life.hold(null);
    expect(life.run()).toEqual(["quote", "buy", "update_tracking+download_label", "mirror"]);
    expect(life.sold).toEqual([LABEL, "7001-1-2"]);
    expect(life.order.fulfillments).toHaveLength(1);
    expect(life.order.fulfillments[0]?.tracking).toEqual([{ company: "USPS", number: "TRACK-7001-1-2" }]);
    life.track("7001-1-2", "in_transit");
    life.run();
    expect(life.told).toEqual(["7001-1-2 IN_TRANSIT"]);
  });

  it("that voids leaves a parcel alone that has left", () => {
    const life = shipped();
    life.track(LABEL, "accepted");
    life.hold(VOID);
    expect(life.run()).not.toContain("void");
    expect(standing(life)).toBe("in_transit");
  });

  it("that voids twice replaces the number twice, always that of the newest", () => {
    const life = shipped();
    for (const id of ["7001-1-2", "7001-1-3"]) {
      life.hold(VOID);
      life.run();
      life.hold(null);
      life.run();
      expect(life.liveLabels()).toEqual([id]);
      expect(life.order.fulfillments.map(({ tracking }) => tracking[0]?.number)).toEqual([`TRACK-${id}`]);
    }
  });

  it("that voids a label which is on no fulfillment lets a new generation be fulfilled", () => {
    const life = boughtOnly();
    life.hold(VOID);
    life.run();
    life.hold(null);
    expect(life.run()).toEqual(["quote", "buy", "fulfil+download_label", "mirror"]);
    expect(life.liveLabels()).toEqual(["7001-1-2"]);
  });
});

describe("after the purchase", () => {
  it.each([
    ["quantity that shrinks", { lines: [aLine({ quantityRemaining: 1 })] }],
    ["quantity that grows", { lines: [aLine({ quantityRemaining: 3 })] }],
    ["line that is added", { lines: [aLine(), aLine({ id: "2" })] }],
    ["address that changes", { destination: anAddress({ postalCode: "94105" }) }],
  ])("a %s is never fulfilled with what is in the box", (_what, change) => {
    const life = boughtOnly();
    life.setFulfillmentOrder(0, change);
    life.runFor(HOUR_MS);
    expect(standing(life)).toBe("parked: changed_after_label");
    expect(life.order.fulfillments).toEqual([]);
  });

  it.each([
    ["weight in the shop", { lines: [aLine({ weightGrams: 999 })] }],
    ["weight that is taken away", { lines: [aLine({ weightGrams: null })] }],
    ["phone number", { destination: anAddress({ phone: "555" }) }],
  ])("a corrected %s changes nothing about the box", (_what, change) => {
    const life = boughtOnly();
    life.setFulfillmentOrder(0, change);
    expect(life.run()).toEqual(["fulfil+download_label", "mirror"]);
  });

  it("another box in the settings changes nothing about the one that was packed", () => {
    const policy = aPolicy({ parcel: { ...aPolicy().parcel, lengthMm: 400 } });
    expect(kindsOf(decide(withShipment(anInput(), { state: "bought" }, (it) => ({ ...it, policy }))))).toEqual([
      "fulfil",
    ]);
  });

  it.each([
    ["scheduled", { status: "scheduled", canFulfil: false, fulfillAt: NOW + HOUR_MS }, "waiting: scheduled"],
    ["given back", { status: "incomplete", canFulfil: false }, "parked: fulfillment_order_incomplete"],
    ["on hold", { status: "open", holds: [{ reason: "other", notes: null, ours: true }] }, "waiting: on_hold"],
  ])("a fulfillment order that is %s is not told of the label", (_what, change, says) => {
    const life = boughtOnly();
    life.setFulfillmentOrder(0, change);
    life.run();
    expect(standing(life)).toBe(says);
    expect(life.order.fulfillments).toEqual([]);
  });

  it("a label that nobody can take back clears when its parcel arrives", () => {
    for (const order of [
      { fulfillmentOrders: [aClosedFulfillmentOrder()] },
      { fulfillmentOrders: [] },
      { fulfillmentOrders: [aClosedFulfillmentOrder({ status: "cancelled" })] },
      { fulfillmentOrders: [aClosedFulfillmentOrder()], fulfillments: [aFulfillment({ status: "cancelled" })] },
    ]) {
      const fulfillmentId = order.fulfillments === undefined ? null : FULFILLMENT_ID;
      const label = (...statuses: readonly TrackingStatus[]) =>
        decide(
          withShipment(anInput(), { state: "bought", fulfillmentId, tracking: aJourney(...statuses) }, (it) => ({
            ...it,
            order: { ...it.order, ...order },
          })),
        ).judgement;
      expect(label("in_transit").status).toBe("parked");
      expect(label("in_transit", "delivered")).toMatchObject({ status: "delivered", reason: null });
      expect(label("in_transit", "failed")).toMatchObject({ status: "delivery_failed", reason: null });
    }
  });
});

describe("a number that the shop shows already", () => {
  const shownOn = (...ids: readonly string[]) =>
    ids.map((id, index) =>
      aFulfillment({ id, createdAt: NOW + index, tracking: [{ company: "USPS", number: "TRACK-7001-1" }] }),
    );

  it("is taken over instead of being sent", () => {
    const input = withShipment(anInput(), { state: "bought" }, (it) => ({
      ...it,
      order: { ...it.order, fulfillmentOrders: [aClosedFulfillmentOrder()], fulfillments: shownOn(FULFILLMENT_ID) },
    }));
    expect(decide(input).actions).toEqual([
      { kind: "adopt_fulfillment", shipmentId: LABEL, fulfillmentId: FULFILLMENT_ID },
    ]);
  });

  it("is taken over also where the fulfillment order is not listed", () => {
    const input = withShipment(anInput(), { state: "bought", fulfillmentId: FULFILLMENT_ID }, (it) => ({
      ...it,
      order: { ...it.order, fulfillmentOrders: [], fulfillments: shownOn(FULFILLMENT_ID) },
    }));
    expect(decide(input).judgement).toMatchObject({ status: "pending_pickup", reason: null });
  });

  it("on several fulfillments is that of the oldest, in whatever order they come", () => {
    const [older, newer] = shownOn("gid://shopify/Fulfillment/9002", "gid://shopify/Fulfillment/9001");
    for (const fulfillments of [
      [older, newer],
      [newer, older],
    ]) {
      const input = withShipment(anInput(), { state: "bought" }, (it) => ({
        ...it,
        order: { ...it.order, fulfillments: fulfillments.filter((one) => one !== undefined) },
      }));
      expect(decide(input).actions).toMatchObject([{ fulfillmentId: "gid://shopify/Fulfillment/9002" }]);
    }
  });

  it("on a cancelled or failed fulfillment does not count", () => {
    for (const status of ["cancelled", "failure", "error"]) {
      const input = withShipment(anInput(), { state: "bought" }, (it) => ({
        ...it,
        order: { ...it.order, fulfillments: shownOn(FULFILLMENT_ID).map((one) => ({ ...one, status })) },
      }));
      expect(kindsOf(decide(input))).toEqual(["fulfil"]);
    }
  });

  it("that staff replaced keeps its fulfillment, and the parcel's news go there", () => {
    const input = withShipment(
      anInput(),
      { state: "bought", fulfillmentId: FULFILLMENT_ID, tracking: aJourney("in_transit") },
      (it) => ({
        ...it,
        order: {
          ...it.order,
          fulfillmentOrders: [aClosedFulfillmentOrder()],
          fulfillments: [aFulfillment({ tracking: [{ company: "UPS", number: "1Z" }] })],
        },
      }),
    );
    expect(decide(input).actions).toMatchObject([{ kind: "post_events", fulfillmentId: FULFILLMENT_ID }]);
  });
});

describe("events", () => {
  it("are told once for each of the shop's words, and not for those it has none for", () => {
    const tracking = aJourney("unknown", "pre_transit", "in_transit", "returning");
    const effects = [anEffect("post_event", "done", { part: "CONFIRMED" })];
    const input = withShipment(
      anInput({ record: { effects } }),
      { state: "bought", fulfillmentId: FULFILLMENT_ID, tracking },
      (it) => ({
        ...it,
        order: {
          ...it.order,
          fulfillmentOrders: [aClosedFulfillmentOrder({ id: FULFILLMENT_ORDER_ID })],
          fulfillments: [aFulfillment({ tracking: [{ company: "USPS", number: "TRACK-7001-1" }] })],
        },
      }),
    );
    expect(decide(input).actions).toMatchObject([
      { kind: "post_events", checkpoints: [{ status: "in_transit" }, { status: "returning" }] },
    ]);
    const told = anEffect("post_event", "done", { part: "FAILURE" });
    const refused = anEffect("post_event", "refused", { part: "IN_TRANSIT" });
    const all = { ...input, record: { ...input.record, effects: [...effects, told, refused] } };
    expect(kindsOf(decide(all))).toEqual(["mirror"]);
  });
});
