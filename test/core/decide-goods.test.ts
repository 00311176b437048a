/** One label for one box: what replaces a voided label, and how goods could be paid for twice, and are not. */
import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import { isLiveFulfillment } from "../../src/core/order.ts";
import { DAY_MS } from "../../src/core/time.ts";
import {
  aClosedFulfillmentOrder,
  aFulfillment,
  aFulfillmentOrder,
  aHold,
  aLine,
  anAddress,
  anInput,
  aShipment,
  FULFILLMENT_ID,
  NOW,
} from "../support/builders.ts";
import type { Life } from "./life.ts";
import { boughtOnly, firstFulfillment, LABEL, shipped, standing, VOID } from "./lives.ts";
import { kindsOf, plannedFor } from "./planned.ts";

describe("a label that replaces a voided one", () => {
  const voided = (): Life => {
    const life = shipped();
    life.hold(VOID);
    life.run();
    life.hold(null);
    return life;
  };

  it("is for the box of the first also when units were added meanwhile, and those are left to a human", () => {
    const life = voided();
    const late = aLine({ id: "gid://shopify/FulfillmentOrderLineItem/2", sku: "LATE", quantityRemaining: 1 });
    life.setFulfillmentOrder(0, { status: "open", canFulfil: true, lines: [late] });
    life.run();
    expect(life.shipment("7001-1-2").lines).toEqual(life.shipment(LABEL).lines);
    expect(life.shipment("7001-1-2").parcel).toEqual(life.shipment(LABEL).parcel);
    expect(standing(life)).toBe("parked: units_left_over");
    expect(life.order.fulfillments).toHaveLength(1);
  });

  it.each([
    ["is on hold", { status: "on_hold" }, "waiting: on_hold"],
    ["is for later", { status: "scheduled", fulfillAt: NOW + DAY_MS }, "waiting: scheduled"],
    ["has lost its address", { destination: null }, "parked: no_address"],
    ["has an address that lacks its city", { destination: anAddress({ city: "" }) }, "parked: address_incomplete"],
  ])("is not bought while its fulfillment order %s", (_what, change, says) => {
    const life = voided();
    life.setFulfillmentOrder(0, change);
    life.run();
    expect(standing(life)).toBe(says);
    expect(life.sold).toEqual([LABEL]);
  });

  it("is not bought while the order is not paid, not tagged, cancelled or cut off", () => {
    for (const change of [
      { financialStatus: "refunded" },
      { tags: [] },
      { cancelledAt: NOW },
      { incomplete: ["lines"] },
    ]) {
      const life = voided();
      life.set(change);
      life.run();
      expect(life.sold).toEqual([LABEL]);
    }
  });

  it("is not bought when staff put their own number on the fulfillment: they ship it", () => {
    const life = voided();
    life.set({
      fulfillments: life.order.fulfillments.map((it) => ({ ...it, tracking: [{ company: "UPS", number: "1Z" }] })),
    });
    expect(life.run()).toEqual(["mirror"]);
    expect(standing(life)).toBe("skipped: already_fulfilled");
  });

  it("is parked when staff put their own number there after the purchase", () => {
    const life = voided();
    life.round();
    life.round();
    life.set({
      fulfillments: life.order.fulfillments.map((it) => ({ ...it, tracking: [{ company: "UPS", number: "1Z" }] })),
    });
    life.run();
    expect(standing(life)).toBe("parked: fulfilled_elsewhere");
    expect(life.order.fulfillments[0]?.tracking[0]?.number).toBe("1Z");
  });

  it("is found by its number also when we never noted the fulfillment", () => {
    const shipment = aShipment({ state: "voided", fulfillmentId: null });
    const order = {
      fulfillmentOrders: [aClosedFulfillmentOrder()],
      fulfillments: [aFulfillment({ tracking: [{ company: null, number: shipment.label?.trackingNumber ?? null }] })],
    };
    expect(decide(anInput({ order, record: { shipments: [shipment] } })).actions).toMatchObject([
      { kind: "quote", isNew: true, plan: { generation: 2, lines: shipment.lines } },
    ]);
  });

  it("is not bought beside another label that is on no fulfillment", () => {
    const first = aClosedFulfillmentOrder({ id: "gid://shopify/FulfillmentOrder/7002" });
    const unused = aShipment({ state: "bought", fulfillmentOrderId: first.id });
    const order = { fulfillmentOrders: [aClosedFulfillmentOrder(), first], fulfillments: [aFulfillment()] };
    const shipments = [aShipment({ state: "voided" }), unused];
    const { actions, findings } = decide(anInput({ order, record: { shipments } }));
    expect(actions.map(({ kind }) => kind)).toEqual(["mirror"]);
    expect(findings.find(({ reason }) => reason === "unused_label")?.input).toEqual({ shipment: "7002-1-1" });
  });

  it("is not shown for another address than it was bought for", () => {
    const life = voided();
    life.round();
    life.round();
    life.setFulfillmentOrder(0, { destination: anAddress({ street1: "2 New Street" }) });
    life.run();
    expect(standing(life)).toBe("parked: changed_after_label");
  });

  it("waits under a staff hold, and is parked when the shop refuses its number", () => {
    const held = voided();
    held.round();
    held.round();
    held.hold(aHold());
    held.run();
    expect(standing(held)).toBe("waiting: held_by_staff");
    const refused = voided();
    refused.answers.set("update_tracking", ["refused"]);
    refused.run();
    expect(standing(refused)).toBe("parked: fulfillment_refused");
    expect(refused.shipment("7001-1-2").label?.path).not.toBeNull();
  });
});

describe("goods are never paid for twice", () => {
  it("when their fulfillment is cancelled, which lists them in a new fulfillment order", () => {
    const life = shipped();
    life.cancelFulfillment(firstFulfillment(life));
    life.runFor(DAY_MS);
    expect(standing(life)).toBe("parked: fulfillment_cancelled");
    expect(life.sold).toEqual([LABEL]);
    life.hold(VOID);
    life.run();
    life.hold(null);
    life.run();
    expect(life.sold).toHaveLength(2);
    expect(life.liveLabels()).toHaveLength(1);
    expect(life.order.fulfillments.filter(isLiveFulfillment)).toHaveLength(1);
  });

  it("when that fulfillment is cancelled after delivery: a human ships again by hand, or nobody", () => {
    const life = shipped();
    life.track(LABEL, "in_transit", "delivered");
    life.cancelFulfillment(firstFulfillment(life));
    life.runFor(DAY_MS);
    expect(standing(life)).toBe("parked: unused_label");
    life.fulfilElsewhere(1);
    life.run();
    expect(standing(life)).toBe("delivered");
    expect(life.sold).toEqual([LABEL]);
  });

  it("when the fulfillment order is split after the purchase", () => {
    const life = boughtOnly();
    life.split(0);
    life.runFor(DAY_MS);
    expect(standing(life)).toBe("parked: changed_after_label");
    expect(life.sold).toEqual([LABEL]);
  });

  it("when half of it is held after the purchase, which splits it too", () => {
    const life = boughtOnly();
    life.split(0);
    life.setFulfillmentOrder(0, { status: "on_hold", canFulfil: false });
    life.runFor(DAY_MS);
    expect(life.sold).toEqual([LABEL]);
    expect(standing(life)).toBe("parked: unused_label");
  });

  it("when it is merged into another, and its own fulfillment order is gone", () => {
    const second = aFulfillmentOrder({
      id: "gid://shopify/FulfillmentOrder/7002",
      lines: [aLine({ quantityRemaining: 3 })],
    });
    for (const gone of [[], [aFulfillmentOrder({ status: "cancelled", canFulfil: false, lines: [] })]]) {
      const life = boughtOnly();
      life.set({ fulfillmentOrders: [...gone, second] });
      life.runFor(DAY_MS);
      expect(life.sold).toEqual([LABEL]);
      expect(life.decide().judgement.status).toBe("parked");
    }
  });

  it("when staff fulfil them and take that back, while a label is unused", () => {
    const life = boughtOnly();
    life.fulfilElsewhere(0);
    life.run();
    expect(standing(life)).toBe("parked: fulfilled_elsewhere");
    life.cancelFulfillment(firstFulfillment(life));
    life.runFor(DAY_MS);
    expect(life.sold).toEqual([LABEL]);
  });

  it("when a planned generation stands beside a live one: it is dropped", () => {
    const live = plannedFor(anInput(), { state: "bought" });
    const shipments = [plannedFor(anInput(), { state: "quoted", generation: 2 }), live];
    expect(kindsOf(decide(anInput({ record: { shipments } })))).toEqual(["fulfil", "abandon"]);
    const rates = plannedFor(anInput(), { state: "planned", generation: 3 });
    const events = { fulfillmentOrders: [aClosedFulfillmentOrder()], fulfillments: [aFulfillment()] };
    const told = { ...live, fulfillmentId: FULFILLMENT_ID };
    expect(kindsOf(decide(anInput({ order: events, record: { shipments: [told, rates] } })))).toEqual(["abandon"]);
  });

  it("and goods that were added later are bought for as ever", () => {
    const life = shipped();
    life.track(LABEL, "in_transit");
    const late = aFulfillmentOrder({
      id: "gid://shopify/FulfillmentOrder/7002",
      lines: [aLine({ id: "2", sku: "LATE" })],
    });
    life.set({ fulfillmentOrders: [...life.order.fulfillmentOrders, late] });
    life.run();
    expect(life.liveLabels()).toEqual([LABEL, "7002-1-1"]);
  });

  it("and a label that waits at its own fulfillment order holds up no other", () => {
    const life = boughtOnly();
    const late = aFulfillmentOrder({
      id: "gid://shopify/FulfillmentOrder/7002",
      lines: [aLine({ id: "2", sku: "LATE" })],
    });
    life.setFulfillmentOrder(0, { status: "on_hold", canFulfil: false });
    life.set({ fulfillmentOrders: [...life.order.fulfillmentOrders, late] });
    life.run();
    expect(life.liveLabels()).toEqual([LABEL, "7002-1-1"]);
    expect(standing(life)).toBe("waiting: on_hold");
  });
});
