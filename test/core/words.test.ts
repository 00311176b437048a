/** The small words of the core: ids, keys, states, assertions. */
import { describe, expect, it } from "vitest";
import { AssertionError, assert, unreachable } from "../../src/core/assert.ts";
import { decide } from "../../src/core/decide.ts";
import { type EffectState, effectKey, isUnresolved } from "../../src/core/effect.ts";
import { findFulfillmentByTracking, gidNumber, isLiveFulfillment } from "../../src/core/order.ts";
import { planShipment } from "../../src/core/plan.ts";
import {
  aClosedFulfillmentOrder,
  aFulfillment,
  aFulfillmentOrder,
  anEffect,
  anInput,
  anOrder,
  aShipment,
} from "../support/builders.ts";

describe("the number of a gid", () => {
  it.each([
    ["gid://shopify/Order/820982911946154508", "820982911946154508"],
    ["gid://shopify/Order/123?x=1", "123"],
    ["1001", "1001"],
    ["gid://shopify/Order/", "gid://shopify/Order/"],
    ["gid://shopify/Order/12a", "gid://shopify/Order/12a"],
  ])("of %s is %s", (gid, number) => {
    expect(gidNumber(gid)).toBe(number);
  });
});

describe("the key of an effect", () => {
  it("names the kind, the shipment and, for events, the shop's word", () => {
    expect(effectKey("buy", "7001-1-1")).toBe("buy:7001-1-1");
    expect(effectKey("post_event", "7001-1-1", "DELIVERED")).toBe("post_event:7001-1-1:DELIVERED");
  });
});

describe("an effect", () => {
  it.each<[EffectState, boolean]>([
    ["begun", true],
    ["unknown", true],
    ["done", false],
    ["refused", false],
    ["absent", false],
    ["lifted", false],
  ])("that is %s is unresolved: %s", (state, unresolved) => {
    expect(isUnresolved(anEffect("buy", state))).toBe(unresolved);
  });
});

describe("a fulfillment", () => {
  it.each([
    ["success", true],
    ["open", true],
    ["pending", true],
    ["a word of next year", true],
    ["cancelled", false],
    ["error", false],
    ["failure", false],
  ])("that is %s counts: %s", (status, counts) => {
    expect(isLiveFulfillment(aFulfillment({ status }))).toBe(counts);
  });

  it("is found by any of its numbers, exactly", () => {
    const tracking = [
      { company: null, number: null },
      { company: "USPS", number: "9400 1" },
    ];
    const order = anOrder({
      fulfillments: [aFulfillment({ id: "other", tracking: [] }), aFulfillment({ id: "it", tracking })],
    });
    expect(findFulfillmentByTracking(order, "9400 1")?.id).toBe("it");
    expect(findFulfillmentByTracking(order, "94001")).toBeNull();
  });

  it("of one moment is found by its id, the lower first", () => {
    const fulfillments = ["2", "1", "3"].map((id) => aFulfillment({ id }));
    expect(findFulfillmentByTracking(anOrder({ fulfillments }), "TRACK-7001-1")?.id).toBe("1");
  });
});

describe("a voided shipment without a label", () => {
  it("replaces nothing", () => {
    const record = { shipments: [aShipment({ state: "voided", label: null })] };
    const order = { fulfillmentOrders: [aClosedFulfillmentOrder()], fulfillments: [aFulfillment()] };
    expect(decide(anInput({ order, record })).judgement.reason).toBe("already_fulfilled");
  });
});

const { lines, parcel } = aShipment();
const NEED = { parcelNumber: 1, newest: null, contents: { lines, parcel } };
const PLAN = { count: 1, live: [], needs: [] };

describe("a mistake of the programmer", () => {
  it("is an error of its own kind with its sentence", () => {
    expect(() => assert(false, "it holds")).toThrow(AssertionError);
    expect(() => assert(false, "it holds")).toThrow("it holds");
    expect(() => assert(true, "it holds")).not.toThrow();
    expect(() => unreachable("x" as never)).toThrow("unexpected value x");
  });

  it("is a bought shipment without a label, or a plan without an address", () => {
    const record = { shipments: [aShipment({ state: "bought", label: null })] };
    const first = aFulfillmentOrder({ id: "gid://shopify/FulfillmentOrder/7000" });
    expect(() => decide(anInput({ record }))).toThrow(AssertionError);
    expect(() => decide(anInput({ record, order: { fulfillmentOrders: [first, aFulfillmentOrder()] } }))).toThrow(
      "shipment 7001-1-1 is bought and has no label",
    );
    expect(() => planShipment(anInput(), aFulfillmentOrder({ destination: null }), NEED, PLAN)).toThrow(AssertionError);
  });
});
