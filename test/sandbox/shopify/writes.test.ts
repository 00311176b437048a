import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../src/core/time.ts";
import { ordersByIds } from "../../../src/shopify/operations.ts";
import {
  fulfillmentCreate,
  fulfillmentEventCreate,
  fulfillmentEvents,
  fulfillmentTrackingInfoUpdate,
  metafieldsSet,
  tagsAdd,
  tagsRemove,
} from "../../../src/shopify/write-operations.ts";
import { fulfillmentCancel } from "./merchant-operations.ts";
import { startShop, type TestShop } from "./shop-client.ts";

let test: TestShop;

beforeEach(async () => {
  test = await startShop();
});
afterEach(() => test.close());

async function readOrder(id: string) {
  const { nodes } = await test.run(ordersByIds, { ids: [id] });
  const [order] = nodes;
  if (!order) {
    throw new Error(`no order ${id}`);
  }
  return order;
}

async function openFulfillmentOrder(orderId: string) {
  const order = await readOrder(orderId);
  const found = order.fulfillmentOrders.nodes.find((node) => node.status !== "CLOSED");
  if (found === undefined) {
    throw new Error("nothing open");
  }
  return found;
}

const TRACKING = { company: "USPS", number: "9400100000000000000001", url: "https://track.example/1" };

async function ship(fulfillmentOrderId: string, lines?: readonly { id: string; quantity: number }[]) {
  const group = { fulfillmentOrderId, ...(lines === undefined ? {} : { fulfillmentOrderLineItems: lines }) };
  const fulfillment = { lineItemsByFulfillmentOrder: [group], trackingInfo: TRACKING, notifyCustomer: true };
  const { fulfillmentCreate: payload } = await test.run(fulfillmentCreate, { fulfillment });
  return { fulfillment: payload?.fulfillment ?? null, errors: payload?.userErrors ?? [] };
}

async function shipAll(orderId: string): Promise<string> {
  const { fulfillment } = await ship((await openFulfillmentOrder(orderId)).id);
  return fulfillment?.id ?? "";
}

describe("fulfillmentCreate", () => {
  it("ships everything, closes the fulfillment order and a paid order, and notes it all in the ledger", async () => {
    const { id } = test.shop.addOrder({ name: "#1001", lines: [{ sku: "MUG", quantity: 2 }] });
    const open = await openFulfillmentOrder(id);
    test.clock.advance(MINUTE_MS);
    const { fulfillment, errors } = await ship(open.id);
    expect(errors).toEqual([]);
    expect(fulfillment).toMatchObject({ status: "SUCCESS", displayStatus: "FULFILLED", trackingInfo: [TRACKING] });
    expect(await readOrder(id)).toMatchObject({
      updatedAt: "2026-11-22T10:01:00Z",
      closedAt: "2026-11-22T10:01:00Z",
      displayFulfillmentStatus: "FULFILLED",
      fulfillments: [{ id: fulfillment?.id }],
      fulfillmentOrders: {
        nodes: [{ status: "CLOSED", requestStatus: "UNSUBMITTED", lineItems: { nodes: [{ remainingQuantity: 0 }] } }],
      },
    });
    expect(test.shop.ledger().fulfillments).toMatchObject([
      {
        orderName: "#1001",
        fulfillmentOrderIds: [open.id],
        trackingNumbers: [TRACKING.number],
        lines: [{ sku: "MUG", quantity: 2 }],
        notifyCustomer: true,
        at: test.clock.now(),
      },
    ]);
  });

  it("leaves the rest of a partial fulfillment, so that a repeat makes a second fulfillment", async () => {
    const { id } = test.shop.addOrder({ lines: [{ quantity: 2 }] });
    const open = await openFulfillmentOrder(id);
    const lines = [{ id: open.lineItems.nodes[0]?.id ?? "", quantity: 1 }];
    await ship(open.id, lines);
    expect(await readOrder(id)).toMatchObject({
      displayFulfillmentStatus: "PARTIALLY_FULFILLED",
      closedAt: null,
      fulfillmentOrders: {
        nodes: [{ id: open.id, status: "IN_PROGRESS", lineItems: { nodes: [{ remainingQuantity: 1 }] } }],
      },
    });
    expect((await ship(open.id, lines)).errors).toEqual([]);
    const order = await readOrder(id);
    expect(order.fulfillments).toHaveLength(2);
    expect(order.displayFulfillmentStatus).toBe("FULFILLED");
  });

  it("does not close an order that is not paid", async () => {
    const { id } = test.shop.addOrder({ financialStatus: "PENDING" });
    await shipAll(id);
    expect(await readOrder(id)).toMatchObject({ closedAt: null, displayFulfillmentStatus: "FULFILLED" });
  });

  it("makes the tracking address for a carrier that Shopify knows, and none for another", async () => {
    for (const [company, url] of [
      ["USPS", "https://tools.usps.com/go/TrackConfirmAction.action?tLabels=940"],
      ["usps", null],
    ] as const) {
      const open = await openFulfillmentOrder(test.shop.addOrder().id);
      const answer = await test.run(fulfillmentCreate, {
        fulfillment: {
          lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: open.id }],
          trackingInfo: { company, number: "940" },
        },
      });
      expect(answer.fulfillmentCreate?.fulfillment?.trackingInfo).toEqual([{ company, number: "940", url }]);
    }
  });

  it("keeps the order of several numbers", async () => {
    const open = await openFulfillmentOrder(test.shop.addOrder({ lines: [{ quantity: 2 }] }).id);
    const trackingInfo = { company: "UPS", numbers: ["1Z2", "1Z1"], urls: ["https://a.example", "https://b.example"] };
    const answer = await test.run(fulfillmentCreate, {
      fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: open.id }], trackingInfo },
    });
    expect(answer.fulfillmentCreate?.fulfillment?.trackingInfo.map((item) => item.number)).toEqual(["1Z2", "1Z1"]);
  });
});

describe("what fulfillmentCreate refuses", () => {
  it("a fulfillment order that is closed, cancelled or held", async () => {
    const shipped = test.shop.addOrder();
    const closed = await openFulfillmentOrder(shipped.id);
    await ship(closed.id);
    const cancelled = test.shop.addOrder();
    const gone = await openFulfillmentOrder(cancelled.id);
    test.shop.cancelOrder(cancelled.id);
    const held = await openFulfillmentOrder(test.shop.addOrder({ hold: true }).id);
    for (const [id, status] of [
      [closed.id, "closed"],
      [gone.id, "closed"],
      [held.id, "on_hold"],
    ] as const) {
      const message = `Fulfillment order ${id.split("/").at(-1)} has an unfulfillable status= ${status}.`;
      expect((await ship(id)).errors).toEqual([{ field: ["fulfillment"], message }]);
    }
    expect(test.shop.ledger().fulfillments).toHaveLength(1);
  });

  it("quantities and lines that are not there", async () => {
    const open = await openFulfillmentOrder(test.shop.addOrder().id);
    const lineId = open.lineItems.nodes[0]?.id ?? "";
    expect((await ship(open.id, [{ id: lineId, quantity: 2 }])).errors).toEqual([
      { field: ["fulfillment"], message: "Invalid fulfillment order line item quantity requested." },
    ]);
    expect((await ship(open.id, [{ id: lineId, quantity: 0 }])).errors).toEqual([
      {
        field: ["fulfillment", "lineItemsByFulfillmentOrder", "0", "fulfillmentOrderLineItems", "0", "quantity"],
        message: "Quantity must be greater than 0",
      },
    ]);
    const unknown = [{ id: "gid://shopify/FulfillmentOrderLineItem/1", quantity: 1 }];
    expect((await ship(open.id, unknown)).errors).toEqual([
      { field: ["fulfillment"], message: "Fulfillment order line item does not exist." },
    ]);
    expect((await ship("gid://shopify/FulfillmentOrder/1")).errors).toEqual([
      { field: ["fulfillment"], message: "Fulfillment order does not exist." },
    ]);
  });

  it("two orders, or two locations, in one fulfillment", async () => {
    const one = await openFulfillmentOrder(test.shop.addOrder().id);
    const two = await openFulfillmentOrder(test.shop.addOrder().id);
    const spread = test.shop.addOrder({
      lines: [{}, {}],
      fulfillmentOrders: [{ lines: [0] }, { lines: [1], location: 1 }],
    });
    const pair = (await readOrder(spread.id)).fulfillmentOrders.nodes;
    const message = async (ids: readonly string[]) => {
      const lineItemsByFulfillmentOrder = ids.map((fulfillmentOrderId) => ({ fulfillmentOrderId }));
      const answer = await test.run(fulfillmentCreate, { fulfillment: { lineItemsByFulfillmentOrder } });
      return answer.fulfillmentCreate?.userErrors[0]?.message;
    };
    expect(await message([one.id, two.id])).toBe(
      "All fulfillment orders must belong to the same order. Multiple orders with ids " +
        "[820982911946154508, 820982911946154509] were found.",
    );
    expect(await message(pair.map((node) => node.id))).toBe(
      "All fulfillment orders must be assigned to a single location. Multiple locations with ids " +
        "[106318430514, 112829759794] were found.",
    );
  });

  it("has no code on its user errors", async () => {
    const document = fulfillmentCreate.document.replace("field message", "field message code");
    const answer = await test.ask(document, { fulfillment: { lineItemsByFulfillmentOrder: [] } });
    expect(answer).toMatchObject({
      errors: [{ message: "Field 'code' doesn't exist on type 'UserError'", extensions: { code: "undefinedField" } }],
    });
    expect(answer.data).toBeUndefined();
  });
});

describe("after a fulfillment", () => {
  it("cancelling it opens a new fulfillment order with a new id and the order again; twice is fine", async () => {
    const { id } = test.shop.addOrder();
    const before = await openFulfillmentOrder(id);
    const fulfillmentId = await shipAll(id);
    const cancel = () => test.run(fulfillmentCancel, { id: fulfillmentId });
    expect((await cancel()).fulfillmentCancel).toMatchObject({ fulfillment: { status: "CANCELLED" }, userErrors: [] });
    expect((await cancel()).fulfillmentCancel?.userErrors).toEqual([]);
    const order = await readOrder(id);
    expect(order).toMatchObject({ closedAt: null, displayFulfillmentStatus: "UNFULFILLED" });
    expect(order.fulfillments).toMatchObject([{ status: "CANCELLED", displayStatus: "CANCELED" }]);
    const [old, fresh] = order.fulfillmentOrders.nodes;
    expect(order.fulfillmentOrders.nodes).toHaveLength(2);
    expect(old).toMatchObject({ id: before.id, status: "CLOSED", lineItems: { nodes: [{ remainingQuantity: 1 }] } });
    expect(fresh).toMatchObject({ status: "OPEN", lineItems: { nodes: [{ totalQuantity: 1, remainingQuantity: 1 }] } });
    expect(fresh?.lineItems.nodes[0]?.id).not.toBe(old?.lineItems.nodes[0]?.id);
    expect(test.shop.ledger().cancellations.map((entry) => entry.repeated)).toEqual([false, true]);
  });

  it("the merchant cannot cancel the order while it stands", async () => {
    const { id } = test.shop.addOrder();
    const fulfillmentId = await shipAll(id);
    expect(() => test.shop.cancelOrder(id)).toThrow("Cannot cancel an order that has outstanding fulfillments");
    test.shop.cancelFulfillment(fulfillmentId);
    test.shop.cancelOrder(id);
    expect((await readOrder(id)).cancelledAt).not.toBeNull();
  });

  it("its tracking can be replaced", async () => {
    const { id } = test.shop.addOrder();
    const fulfillmentId = await shipAll(id);
    const trackingInfo = { company: "UPS", number: "1Z9", url: "https://track.example/9" };
    const answer = await test.run(fulfillmentTrackingInfoUpdate, { fulfillmentId, trackingInfo, notifyCustomer: true });
    expect(answer.fulfillmentTrackingInfoUpdate?.fulfillment?.trackingInfo).toEqual([trackingInfo]);
    expect(test.shop.ledger().trackingUpdates).toMatchObject([{ trackingNumbers: ["1Z9"], notifyCustomer: true }]);
  });

  it("takes the same event twice, and displays the one that happened last", async () => {
    const fulfillmentId = await shipAll(test.shop.addOrder().id);
    const post = (status: string, happenedAt: string) =>
      test.run(fulfillmentEventCreate, { event: { fulfillmentId, status, happenedAt } });
    await post("OUT_FOR_DELIVERY", "2026-11-22T12:00:00Z");
    await post("IN_TRANSIT", "2026-11-22T11:00:00Z");
    await post("IN_TRANSIT", "2026-11-22T11:00:00Z");
    const { fulfillment } = await test.run(fulfillmentEvents, { id: fulfillmentId, after: null });
    expect(fulfillment?.displayStatus).toBe("OUT_FOR_DELIVERY");
    expect(fulfillment?.events.nodes.map((event) => [event.status, event.happenedAt])).toEqual([
      ["OUT_FOR_DELIVERY", "2026-11-22T12:00:00Z"],
      ["IN_TRANSIT", "2026-11-22T11:00:00Z"],
      ["IN_TRANSIT", "2026-11-22T11:00:00Z"],
    ]);
    expect(test.shop.ledger().events).toHaveLength(3);
  });

  it("takes tracking and events even when it is cancelled", async () => {
    const fulfillmentId = await shipAll(test.shop.addOrder().id);
    await test.run(fulfillmentCancel, { id: fulfillmentId });
    const event = { fulfillmentId, status: "DELIVERED", happenedAt: "2026-11-22T12:00:00Z" };
    expect((await test.run(fulfillmentEventCreate, { event })).fulfillmentEventCreate?.userErrors).toEqual([]);
    const update = { fulfillmentId, trackingInfo: { number: "1" }, notifyCustomer: false };
    const answer = await test.run(fulfillmentTrackingInfoUpdate, update);
    expect(answer.fulfillmentTrackingInfoUpdate?.userErrors).toEqual([]);
    expect(test.shop.ledger().events).toMatchObject([{ onCancelled: true }]);
    expect(test.shop.ledger().trackingUpdates).toMatchObject([{ onCancelled: true }]);
  });

  it("an event of an unknown fulfillment or an unknown status is refused", async () => {
    const event = {
      fulfillmentId: "gid://shopify/Fulfillment/9",
      status: "IN_TRANSIT",
      happenedAt: "2026-11-22T12:00:00Z",
    };
    expect((await test.run(fulfillmentEventCreate, { event })).fulfillmentEventCreate?.userErrors).toEqual([
      { field: ["fulfillmentEvent", "fulfillmentId"], message: "Fulfillment does not exist." },
    ]);
    const answer = await test.ask(fulfillmentEventCreate.document, { event: { ...event, status: "RETURNED" } });
    expect(answer.errors).toMatchObject([{ extensions: { code: "INVALID_VARIABLE" } }]);
    expect(answer.data).toBeUndefined();
  });
});

describe("marks on the order", () => {
  it("metafields are compared and set", async () => {
    const { id } = test.shop.addOrder();
    const set = async (value: string, digest?: string | null) => {
      const compare = digest === undefined ? {} : { compareDigest: digest };
      const metafield = { ownerId: id, namespace: "shipbot", key: "status", type: "single_line_text_field", value };
      return (await test.run(metafieldsSet, { metafields: [{ ...metafield, ...compare }] })).metafieldsSet;
    };
    const first = await set("waiting", null);
    expect(first?.userErrors).toEqual([]);
    expect((await set("parked", null))?.userErrors).toMatchObject([{ code: "STALE_OBJECT", elementIndex: 0 }]);
    expect((await readOrder(id)).metafield).toEqual({
      value: "waiting",
      compareDigest: first?.metafields?.[0]?.compareDigest,
    });
    expect((await set("parked", first?.metafields?.[0]?.compareDigest ?? ""))?.userErrors).toEqual([]);
    expect((await set("shipped"))?.userErrors).toEqual([]);
    expect(test.shop.ledger().metafields.map((entry) => entry.value)).toEqual(["waiting", "parked", "shipped"]);
  });

  it("a stale metafield stops all of its call", async () => {
    const { id } = test.shop.addOrder();
    const base = { ownerId: id, namespace: "shipbot", type: "single_line_text_field", value: "x" };
    const metafields = [
      { ...base, key: "status" },
      { ...base, key: "label", compareDigest: "other" },
    ];
    const answer = await test.run(metafieldsSet, { metafields });
    expect(answer.metafieldsSet?.userErrors).toMatchObject([{ code: "STALE_OBJECT", elementIndex: 1 }]);
    expect((await readOrder(id)).metafield).toBeNull();
  });

  it("tags are added and removed, and only a change moves the order", async () => {
    const { id } = test.shop.addOrder({ tags: ["gift", "Ready_To_Ship"] });
    test.clock.advance(HOUR_MS);
    await test.run(tagsAdd, { id, tags: ["ready_to_ship"] });
    expect((await readOrder(id)).updatedAt).toBe("2026-11-22T10:00:00Z");
    await test.run(tagsAdd, { id, tags: ["shipped"] });
    await test.run(tagsRemove, { id, tags: ["ready_to_ship", "unknown"] });
    const order = await readOrder(id);
    expect(order.tags).toEqual(["gift", "shipped"]);
    expect(order.updatedAt).toBe("2026-11-22T11:00:00Z");
  });
});
