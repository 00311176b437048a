import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/core/time.ts";
import {
  fulfillmentOrdersChanged,
  orderByName,
  ordersByIds,
  ordersChanged,
  shopIdentity,
} from "../../../src/shopify/operations.ts";
import { locations } from "./merchant-operations.ts";
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

describe("reading the fake shop", () => {
  it("gives a whole order by id", async () => {
    const { id } = test.shop.addOrder({
      name: "#1001",
      tags: ["ready_to_ship", "gift"],
      lines: [
        { sku: "MUG", title: "Mug", quantity: 2, grams: 350, price: "12.5" },
        { sku: null, title: "Card", grams: null, requiresShipping: false },
      ],
    });
    expect(await readOrder(id)).toMatchObject({
      id: "gid://shopify/Order/820982911946154508",
      name: "#1001",
      createdAt: "2026-11-22T10:00:00Z",
      updatedAt: "2026-11-22T10:00:00Z",
      cancelledAt: null,
      tags: ["gift", "ready_to_ship"],
      displayFinancialStatus: "PAID",
      displayFulfillmentStatus: "UNFULFILLED",
      shippingAddress: { name: "Ada Sandbox", provinceCode: "CA", countryCodeV2: "US" },
      shippingLine: { title: "Standard", discountedPriceSet: { shopMoney: { amount: "5.0", currencyCode: "USD" } } },
      risk: { recommendation: "ACCEPT" },
      metafield: null,
      fulfillments: [],
      fulfillmentOrders: {
        pageInfo: { hasNextPage: false },
        nodes: [
          {
            status: "OPEN",
            requestStatus: "UNSUBMITTED",
            deliveryMethod: { methodType: "SHIPPING" },
            assignedLocation: {
              name: "Main warehouse",
              countryCode: "US",
              location: { id: "gid://shopify/Location/106318430514" },
            },
            destination: { lastName: "Sandbox", province: "California", countryCode: "US", email: "ada@example.com" },
            lineItems: {
              nodes: [
                { sku: "MUG", totalQuantity: 2, remainingQuantity: 2, weight: { value: 350, unit: "GRAMS" } },
                { sku: null, weight: null, requiresShipping: false },
              ],
            },
          },
        ],
      },
    });
  });

  it("hands out ids that a JavaScript number would merge", async () => {
    const first = test.shop.addOrder();
    const second = test.shop.addOrder();
    const number = (id: string) => Number(id.split("/").at(-1));
    expect(first.id).not.toBe(second.id);
    expect(number(first.id)).toBe(number(second.id));
    expect((await readOrder(second.id)).name).toBe(second.name);
  });

  it("answers null for an id that is gone and an error for one that is none", async () => {
    const { id } = test.shop.addOrder();
    const { nodes } = await test.run(ordersByIds, { ids: ["gid://shopify/Order/1", id] });
    expect(nodes.map((node) => node?.id ?? null)).toEqual([null, id]);
    const answer = await test.ask(ordersByIds.document, { ids: ["1001"] });
    expect(answer.errors).toMatchObject([{ message: "invalid id", extensions: { code: "RESOURCE_NOT_FOUND" } }]);
  });

  it("refuses more than 250 ids", async () => {
    const ids = Array.from({ length: 251 }, (_, index) => `gid://shopify/Order/${index + 1}`);
    const answer = await test.ask(ordersByIds.document, { ids });
    expect(answer.errors).toMatchObject([{ extensions: { code: "MAX_INPUT_SIZE_EXCEEDED" } }]);
  });

  it("pages through changes without skipping one that moves meanwhile", async () => {
    for (let count = 0; count < 260; count += 1) {
      test.shop.addOrder();
      test.clock.advance(1);
    }
    const first = await test.run(ordersChanged, { after: null, query: null });
    expect(first.orders.nodes).toHaveLength(250);
    expect(first.orders.pageInfo.hasNextPage).toBe(true);
    test.shop.addTags("#1001", ["moved"]);
    test.shop.addTags("#1255", ["moved"]);
    const second = await test.run(ordersChanged, { after: first.orders.pageInfo.endCursor, query: null });
    expect(second.orders.pageInfo.hasNextPage).toBe(false);
    const ids = new Set([...first.orders.nodes, ...second.orders.nodes].map((node) => node.id));
    expect(ids.size).toBe(260);
    expect(second.orders.nodes.map((node) => node.id)).toContain(test.shop.find("#1001").id);
  });

  it("lets searches lag and reads by id not", async () => {
    const { id } = test.shop.addOrder();
    test.clock.advance(HOUR_MS);
    const query = "updated_at:>='2026-11-22T10:30:00Z'";
    test.shop.addTags(id, ["ready_to_ship"]);
    expect((await test.run(ordersChanged, { after: null, query })).orders.nodes).toEqual([]);
    expect((await readOrder(id)).tags).toEqual(["ready_to_ship"]);
    test.clock.advance(1_000);
    expect((await test.run(ordersChanged, { after: null, query })).orders.nodes).toMatchObject([
      { id, updatedAt: "2026-11-22T11:00:00Z" },
    ]);
  });

  it("warns about a search that it ignored", async () => {
    test.shop.addOrder();
    test.clock.advance(1_000);
    const answer = await test.ask<{ orders: { nodes: unknown[] } }>(orderByName.document, { query: "number:1001" });
    expect(answer.extensions?.search).toMatchObject([{ path: ["orders"], warnings: [{ code: "invalid_field" }] }]);
    expect(answer.data?.orders.nodes).toHaveLength(1);
  });

  it("finds several orders by one name", async () => {
    test.shop.addOrder({ name: "#1001" });
    test.shop.addOrder({ name: "#1001-B" });
    test.shop.addOrder({ name: "#1002" });
    test.clock.advance(1_000);
    const { orders } = await test.run(orderByName, { query: "name:'#1001'" });
    expect(orders.nodes.map((node) => node.name).sort()).toEqual(["#1001", "#1001-B"]);
  });

  it("says who the shop is, what may be done there, and where it ships from", async () => {
    const { shop, currentAppInstallation } = await test.run(shopIdentity, {});
    expect(shop).toMatchObject({ currencyCode: "USD", ianaTimezone: "America/New_York" });
    expect(currentAppInstallation.accessScopes).toContainEqual({ handle: "write_orders" });
    const { nodes } = (await test.run(locations, {})).locations;
    expect(nodes.map((node) => node.address.provinceCode)).toEqual(["CA", "NY"]);
  });

  it("hides orders older than 60 days from an app without read_all_orders", async () => {
    const { id } = test.shop.addOrder({ placedAgoMs: 61 * DAY_MS });
    expect((await test.run(ordersByIds, { ids: [id] })).nodes).toEqual([null]);
    test.shop.setScopes([
      "read_orders",
      "read_all_orders",
      "read_merchant_managed_fulfillment_orders",
      "read_locations",
    ]);
    expect((await readOrder(id)).id).toBe(id);
  });
});

describe("what moves updatedAt", () => {
  it("a hold moves the fulfillment order and not the order; the polls see it in one list only", async () => {
    const { id } = test.shop.addOrder();
    test.clock.advance(HOUR_MS);
    test.shop.holdFulfillmentOrder(id, { reason: "INCORRECT_ADDRESS", notes: "call first" });
    test.clock.advance(1_000);
    const order = await readOrder(id);
    expect(order.updatedAt).toBe("2026-11-22T10:00:00Z");
    expect(order.fulfillmentOrders.nodes).toMatchObject([
      {
        status: "ON_HOLD",
        updatedAt: "2026-11-22T11:00:00Z",
        supportedActions: [{ action: "RELEASE_HOLD" }, { action: "HOLD" }, { action: "MOVE" }],
        fulfillmentHolds: [{ reason: "INCORRECT_ADDRESS", reasonNotes: "call first", heldByRequestingApp: false }],
      },
    ]);
    const query = "updated_at:>='2026-11-22T10:30:00Z'";
    expect((await test.run(ordersChanged, { after: null, query })).orders.nodes).toEqual([]);
    const changed = await test.run(fulfillmentOrdersChanged, { after: null, query });
    expect(changed.fulfillmentOrders.nodes).toMatchObject([{ orderId: id, status: "ON_HOLD" }]);
    test.shop.releaseHold(id);
    expect((await readOrder(id)).fulfillmentOrders.nodes).toMatchObject([{ status: "OPEN", fulfillmentHolds: [] }]);
  });

  it("an address moves the order and not the fulfillment order", async () => {
    const { id } = test.shop.addOrder();
    test.clock.advance(HOUR_MS);
    test.shop.setAddress(id, { address1: "1 New Street", city: "Reno", countryCode: "US" });
    const order = await readOrder(id);
    expect(order.updatedAt).toBe("2026-11-22T11:00:00Z");
    expect(order.shippingAddress).toMatchObject({ city: "Reno", name: null });
    expect(order.fulfillmentOrders.nodes).toMatchObject([
      { updatedAt: "2026-11-22T10:00:00Z", destination: { city: "Reno" } },
    ]);
  });

  it("a cancellation closes the fulfillment order and leaves its units and the displayed status", async () => {
    const { id } = test.shop.addOrder();
    test.clock.advance(HOUR_MS);
    test.shop.cancelOrder(id, "FRAUD");
    expect(await readOrder(id)).toMatchObject({
      cancelledAt: "2026-11-22T11:00:00Z",
      cancelReason: "FRAUD",
      updatedAt: "2026-11-22T11:00:00Z",
      displayFulfillmentStatus: "UNFULFILLED",
      fulfillmentOrders: {
        nodes: [{ status: "CLOSED", supportedActions: [], lineItems: { nodes: [{ remainingQuantity: 1 }] } }],
      },
    });
  });

  it("an edit shrinks the line in the same fulfillment order", async () => {
    const { id } = test.shop.addOrder({ lines: [{ quantity: 3 }] });
    const before = (await readOrder(id)).fulfillmentOrders.nodes[0];
    test.clock.advance(HOUR_MS);
    test.shop.editLineQuantity(id, 0, 1);
    const order = await readOrder(id);
    expect(order.updatedAt).toBe("2026-11-22T11:00:00Z");
    expect(order.fulfillmentOrders.nodes).toMatchObject([
      { id: before?.id, lineItems: { nodes: [{ totalQuantity: 1, remainingQuantity: 1 }] } },
    ]);
  });

  it("a scheduled fulfillment order opens by itself", async () => {
    const { id } = test.shop.addOrder({ fulfillmentOrders: [{ lines: [0], opensInMs: HOUR_MS }] });
    expect((await readOrder(id)).fulfillmentOrders.nodes).toMatchObject([
      { status: "SCHEDULED", fulfillAt: "2026-11-22T11:00:00Z" },
    ]);
    test.clock.advance(HOUR_MS);
    expect((await readOrder(id)).fulfillmentOrders.nodes).toMatchObject([
      { status: "OPEN", updatedAt: "2026-11-22T11:00:00Z" },
    ]);
  });

  it("an order can exist before it is routed", async () => {
    const { id } = test.shop.addOrder({ routed: false });
    expect((await readOrder(id)).fulfillmentOrders.nodes).toEqual([]);
    test.shop.routeOrder(id);
    expect((await readOrder(id)).fulfillmentOrders.nodes).toHaveLength(1);
  });

  it("delivery methods and several fulfillment orders are as ordered", async () => {
    const { id } = test.shop.addOrder({
      lines: [{}, { requiresShipping: false }],
      address: null,
      fulfillmentOrders: [
        { lines: [0], delivery: "pickup", location: 1 },
        { lines: [1], delivery: "none", hold: { handle: "ours", byRequestingApp: true } },
      ],
    });
    const order = await readOrder(id);
    expect(order.shippingAddress).toBeNull();
    expect(order.fulfillmentOrders.nodes).toMatchObject([
      { deliveryMethod: { methodType: "PICK_UP" }, assignedLocation: { name: "East warehouse" }, status: "OPEN" },
      {
        deliveryMethod: { methodType: "NONE" },
        destination: null,
        status: "ON_HOLD",
        fulfillmentHolds: [{ handle: "ours", heldByRequestingApp: true }],
      },
    ]);
  });
});
