import { describe, expect, it } from "vitest";
import {
  isFinalStatus,
  isForward,
  isTerminalTracking,
  ORDER_STATUSES,
  type OrderStatus,
  TRACKING_STATUSES,
  type TrackingStatus,
  toFulfillmentEvent,
  toOrderStatus,
} from "../../src/core/status.ts";

/** Shopify's `FulfillmentEventStatus`, 2026-10. */
const SHOPIFY_EVENTS = [
  ...["LABEL_PURCHASED", "LABEL_PRINTED", "READY_FOR_PICKUP", "CONFIRMED", "CARRIER_PICKED_UP", "IN_TRANSIT"],
  ...["OUT_FOR_DELIVERY", "ATTEMPTED_DELIVERY", "DELAYED", "DELIVERED", "FAILURE"],
];

const TABLE: readonly (readonly [TrackingStatus, OrderStatus, string | null])[] = [
  ["unknown", "pending_pickup", null],
  ["pre_transit", "pending_pickup", "CONFIRMED"],
  ["accepted", "in_transit", "CARRIER_PICKED_UP"],
  ["in_transit", "in_transit", "IN_TRANSIT"],
  ["delayed", "in_transit", "DELAYED"],
  ["out_for_delivery", "out_for_delivery", "OUT_FOR_DELIVERY"],
  ["attempted", "out_for_delivery", "ATTEMPTED_DELIVERY"],
  ["ready_for_pickup", "out_for_delivery", "READY_FOR_PICKUP"],
  ["delivered", "delivered", "DELIVERED"],
  ["returning", "returned", "FAILURE"],
  ["failed", "delivery_failed", "FAILURE"],
  ["cancelled", "delivery_failed", null],
];

describe("a parcel", () => {
  it.each(TABLE)("that is %s makes its order %s and is told as %s", (status, orderStatus, event) => {
    expect(toOrderStatus(status)).toBe(orderStatus);
    expect(toFulfillmentEvent(status)).toBe(event);
    expect(event === null || SHOPIFY_EVENTS.includes(event)).toBe(true);
  });

  it("has a row in the table for every word", () => {
    expect(TABLE.map(([status]) => status)).toEqual([...TRACKING_STATUSES]);
  });

  it("is at its end when delivered, returning, failed or cancelled", () => {
    expect(TRACKING_STATUSES.filter(isTerminalTracking)).toEqual(["delivered", "returning", "failed", "cancelled"]);
  });
});

describe("news of a parcel", () => {
  it.each<[TrackingStatus, TrackingStatus, boolean]>([
    ["unknown", "pre_transit", true],
    ["pre_transit", "delivered", true],
    ["in_transit", "delayed", true],
    ["delayed", "in_transit", true],
    ["attempted", "out_for_delivery", true],
    ["out_for_delivery", "in_transit", false],
    ["in_transit", "accepted", false],
    ["in_transit", "unknown", false],
    ["in_transit", "in_transit", false],
    ["delivered", "returning", false],
    ["cancelled", "in_transit", false],
  ])("of %s, then %s, is forward: %s", (current, next, forward) => {
    expect(isForward(current, next)).toBe(forward);
  });

  it("never leads from an end, to unknown, or to where it is", () => {
    for (const current of TRACKING_STATUSES) {
      const next = TRACKING_STATUSES.filter((status) => isForward(current, status));
      expect(next).not.toContain(current);
      expect(next).not.toContain("unknown");
      expect(isTerminalTracking(current) ? next : []).toEqual([]);
    }
  });

  it("leads from every other state to every end", () => {
    const ends = TRACKING_STATUSES.filter(isTerminalTracking);
    for (const current of TRACKING_STATUSES.filter((status) => !isTerminalTracking(status))) {
      expect(ends.filter((end) => !isForward(current, end))).toEqual([]);
    }
  });
});

describe("an order status", () => {
  it("is final when nothing more is expected by itself", () => {
    expect(ORDER_STATUSES.filter(isFinalStatus)).toEqual([
      "delivered",
      "returned",
      "delivery_failed",
      "cancelled",
      "skipped",
    ]);
  });

  it("is never Shopify's word for a parcel that waits at a pickup point", () => {
    expect(ORDER_STATUSES).not.toContain("ready_for_pickup");
  });
});
