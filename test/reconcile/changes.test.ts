/** The order changes while shipbot works on it: what was decided a moment ago is decided anew. */
import { describe, expect, test } from "vitest";
import type { ReconcileContext } from "../../src/reconcile/context.ts";
import { DEFAULT_ADDRESS } from "../../src/sandbox/shopify/orders.ts";
import { intercept, type Shop, useShop } from "../support/shop-bench.ts";

const shared = useShop();

const ELSEWHERE = { ...DEFAULT_ADDRESS, address1: "9 Pine Street", city: "New York", provinceCode: "NY", zip: "10005" };
const HOLD = { who: "ada", why: "wrong box", at: 0, voidLabels: true };

/** The same worker, except that something happens right after the provider's free object was made. */
function afterQuote(shop: Shop, happen: () => void): ReconcileContext {
  const { provider } = shop.context;
  return {
    ...shop.context,
    provider: intercept(provider, "createShipment", async (request) => {
      const outcome = await provider.createShipment(request);
      happen();
      return outcome;
    }),
  };
}

/** The same worker, except that something happens right after the label was paid for. */
function afterPurchase(shop: Shop, happen: () => void | Promise<void>): ReconcileContext {
  const { provider } = shop.context;
  return {
    ...shop.context,
    provider: intercept(provider, "buy", async (...args) => {
      const outcome = await provider.buy(...args);
      await happen();
      return outcome;
    }),
  };
}

describe("between the rates and the purchase", () => {
  test("a cancelled order is not bought for", async () => {
    const shop = shared();
    const order = shop.addOrder();
    const row = await shop.reconcile(
      order,
      afterQuote(shop, () => shop.sandbox.shopify.cancelOrder(order)),
    );
    expect(row).toMatchObject({ status: "cancelled", dueAt: null });
    expect(shop.ledger(order).purchases).toEqual([]);
    expect(await shop.store.shipments.ofOrder(order)).toMatchObject([{ state: "abandoned" }]);
  });

  test("a held order waits, and ships when it is released", async () => {
    const shop = shared();
    const order = shop.addOrder();
    const row = await shop.reconcile(
      order,
      afterQuote(shop, () => shop.sandbox.shopify.holdFulfillmentOrder(order)),
    );
    expect(row).toMatchObject({ status: "waiting", reason: "on_hold" });
    expect(shop.ledger(order).purchases).toEqual([]);
    shop.sandbox.shopify.releaseHold(order);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order).purchases).toHaveLength(1);
  });

  test("an order that staff held waits, and ships when they release it", async () => {
    const shop = shared();
    const order = shop.addOrder();
    const { provider } = shop.context;
    const holding = intercept(provider, "createShipment", async (request) => {
      await shop.store.orders.setHold(order, { ...HOLD, voidLabels: false });
      return provider.createShipment(request);
    });
    expect(await shop.reconcile(order, { ...shop.context, provider: holding })).toMatchObject({
      status: "waiting",
      reason: "held_by_staff",
    });
    expect(shop.ledger(order).purchases).toEqual([]);
    await shop.store.orders.setHold(order, null);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
  });

  test("a label is bought for the address that holds then, with a new object", async () => {
    const shop = shared();
    const order = shop.addOrder();
    await shop.reconcile(
      order,
      afterQuote(shop, () => shop.sandbox.shopify.setAddress(order, ELSEWHERE)),
    );
    const shipments = await shop.store.shipments.ofOrder(order);
    expect(shipments.map(({ state, generation }) => [state, generation])).toEqual([
      ["abandoned", 1],
      ["bought", 2],
    ]);
    const [purchase] = shop.ledger(order).purchases;
    expect(purchase?.reference).toMatch(/-1-2$/);
    expect(purchase?.shipmentId).toBe(shipments[1]?.providerShipmentId);
  });

  test("an order that lost its tag, or its payment, waits", async () => {
    const shop = shared();
    const untagged = shop.addOrder();
    const unpaid = shop.addOrder();
    const { shopify } = shop.sandbox;
    expect(
      await shop.reconcile(
        untagged,
        afterQuote(shop, () => shopify.removeTags(untagged, ["ready_to_ship"])),
      ),
    ).toMatchObject({ reason: "not_tagged" });
    expect(
      await shop.reconcile(
        unpaid,
        afterQuote(shop, () => shopify.setFinancialStatus(unpaid, "PENDING")),
      ),
    ).toMatchObject({ reason: "not_paid" });
    expect([shop.ledger(untagged).purchases, shop.ledger(unpaid).purchases]).toEqual([[], []]);
  });

  test("rates that have grown old are asked for anew", async () => {
    const shop = shared();
    const order = shop.addOrder();
    shop.sandbox.shopify.holdFulfillmentOrder(order);
    shop.sandbox.shopify.releaseHold(order);
    await shop.reconcile(
      order,
      afterQuote(shop, () => shop.sandbox.shopify.holdFulfillmentOrder(order)),
    );
    shop.clock.move(3 * 3_600_000);
    shop.sandbox.shopify.releaseHold(order);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    const [shipment] = await shop.store.shipments.ofOrder(order);
    expect((shipment?.ratesAt ?? 0) - (shipment?.createdAt ?? 0)).toBeGreaterThanOrEqual(3 * 3_600_000);
    expect(shop.ledger(order).purchases).toHaveLength(1);
  });
});

describe("after the purchase", () => {
  test("a cancelled order's label is voided, and the shop is told of nothing", async () => {
    const shop = shared();
    const order = shop.addOrder();
    const row = await shop.reconcile(
      order,
      afterPurchase(shop, () => shop.sandbox.shopify.cancelOrder(order)),
    );
    expect(row).toMatchObject({ status: "cancelled", dueAt: null });
    expect(shop.ledger(order)).toMatchObject({ purchases: [{}], refunds: [{}], fulfillments: [] });
  });

  test("a changed address parks the order with both ways out, and no fulfillment", async () => {
    const shop = shared();
    const order = shop.addOrder();
    const row = await shop.reconcile(
      order,
      afterPurchase(shop, () => shop.sandbox.shopify.setAddress(order, ELSEWHERE)),
    );
    expect(row).toMatchObject({ status: "parked", reason: "changed_after_label" });
    expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [] });
    // `void` and `release` as the remedy says: a hold that voids, and its end.
    await shop.store.orders.setHold(order, HOLD);
    await shop.reconcile(order);
    await shop.store.orders.setHold(order, null);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup", reason: null });
    const { purchases, refunds, fulfillments } = shop.ledger(order);
    expect([purchases.length, refunds.length, fulfillments.length]).toEqual([2, 1, 1]);
    expect(fulfillments[0]?.trackingNumbers).toEqual([purchases[1]?.trackingCode]);
  });

  test("a held order is told to the shop when it is released, with the same label", async () => {
    const shop = shared();
    const order = shop.addOrder();
    const row = await shop.reconcile(
      order,
      afterPurchase(shop, () => shop.sandbox.shopify.holdFulfillmentOrder(order)),
    );
    expect(row).toMatchObject({ status: "waiting", reason: "on_hold" });
    shop.sandbox.shopify.releaseHold(order);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}], refunds: [] });
  });

  test("an order that was fulfilled by hand meanwhile is parked, with its label in sight", async () => {
    const shop = shared();
    const order = shop.addOrder();
    const { context } = await shop.anotherWorker();
    const byHand = async (): Promise<void> => {
      const read = (await context.shop.readOrder(order)) ?? expect.fail();
      const [fulfillmentOrder] = read.fulfillmentOrders;
      await context.shop.fulfil({
        fulfillmentOrderId: fulfillmentOrder?.id ?? "",
        lines: (fulfillmentOrder?.lines ?? []).map(({ id, quantityRemaining }) => ({
          id,
          quantity: quantityRemaining,
        })),
        tracking: { company: "UPS", number: "1Z-BY-HAND", url: null },
        notifyCustomer: false,
      });
    };
    const row = await shop.reconcile(order, afterPurchase(shop, byHand));
    expect(row).toMatchObject({ status: "parked", reason: "fulfilled_elsewhere" });
    expect(shop.ledger(order).fulfillments).toMatchObject([{ trackingNumbers: ["1Z-BY-HAND"] }]);
  });
});

describe("after the fulfillment", () => {
  test("staff hold with voiding: the label is voided, then the order waits; released, a new label takes its place on the same fulfillment", async () => {
    const shop = shared();
    const order = shop.addOrder();
    await shop.reconcile(order);
    await shop.store.orders.setHold(order, HOLD);
    await shop.reconcile(order);
    expect(shop.ledger(order).refunds).toHaveLength(1);
    const held = await shop.row(order);
    expect([held.status, held.reason]).toEqual(["waiting", "held_by_staff"]);

    await shop.store.orders.setHold(order, null);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup", reason: null });
    const { purchases, fulfillments, trackingUpdates } = shop.ledger(order);
    expect(purchases).toHaveLength(2);
    expect(fulfillments).toHaveLength(1);
    expect(trackingUpdates).toMatchObject([
      { fulfillmentId: fulfillments[0]?.id, trackingNumbers: [purchases[1]?.trackingCode], onCancelled: false },
    ]);
    await shop.carry(order);
    expect(await shop.row(order)).toMatchObject({ status: "delivered" });
    expect(shop.ledger(order).events).toEqual([
      "CONFIRMED",
      "CARRIER_PICKED_UP",
      "IN_TRANSIT",
      "OUT_FOR_DELIVERY",
      "DELIVERED",
    ]);
  });

  test("a parcel that is on its way is not voided by a hold", async () => {
    const shop = shared();
    const order = shop.addOrder();
    await shop.reconcile(order);
    await shop.carry(order, 3);
    await shop.store.orders.setHold(order, HOLD);
    expect(await shop.reconcile(order)).toMatchObject({ status: "in_transit" });
    expect(shop.ledger(order).refunds).toEqual([]);
  });

  test("a fulfillment that staff cancelled parks the order, and no second label is bought", async () => {
    const shop = shared();
    const order = shop.addOrder();
    await shop.reconcile(order);
    shop.sandbox.shopify.cancelFulfillment(shop.ledger(order).fulfillments[0]?.id ?? "");
    expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason: "fulfillment_cancelled" });
    expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}] });
  });

  test("nothing is posted on a cancelled fulfillment", async () => {
    const shop = shared();
    const order = shop.addOrder();
    await shop.reconcile(order);
    const read = shop.context.shop.readOrder.bind(shop.context.shop);
    let cancelled = false;
    const context: ReconcileContext = {
      ...shop.context,
      shop: intercept(shop.context.shop, "readOrder", async (id) => {
        const found = await read(id);
        if (!cancelled) {
          cancelled = true;
          shop.sandbox.shopify.cancelFulfillment(shop.ledger(order).fulfillments[0]?.id ?? "");
        }
        return found;
      }),
    };
    const [shipment] = await shop.store.shipments.ofOrder(order);
    await shop.store.shipments.recordTracking(
      shipment?.id ?? "",
      [{ status: "pre_transit", at: shop.clock.now() }],
      null,
    );
    await shop.settle(order, context);
    expect(shop.ledger(order).events).toEqual([]);
  });
});

test("an order that the shop no longer has is let go", async () => {
  const shop = shared();
  const gone = "gid://shopify/Order/999999999999";
  await shop.store.orders.request([{ id: gone, name: "#9999" }], shop.clock.now());
  expect(await shop.settle(gone)).toMatchObject({ status: "skipped", reason: "order_gone", dueAt: null });
});

test("an order with several fulfillment orders gets a label for each", async () => {
  const shop = shared();
  const order = shop.addOrder({
    lines: [{}, {}, {}],
    fulfillmentOrders: [
      { lines: [0], location: 0 },
      { lines: [1], location: 1 },
      { lines: [2], location: 0, delivery: "pickup" },
    ],
  });
  expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
  const { purchases, fulfillments } = shop.ledger(order);
  expect([purchases.length, fulfillments.length]).toEqual([2, 2]);
  expect(new Set(fulfillments.flatMap(({ trackingNumbers }) => trackingNumbers)).size).toBe(2);
});

test("one that opens on a later day is looked at then, and not before", async () => {
  const shop = shared();
  const order = shop.addOrder({ fulfillmentOrders: [{ lines: [0], opensInMs: 86_400_000 }] });
  const opensAt = shop.clock.now() + 86_400_000;
  await shop.request(order);
  await shop.runOnce(order);
  expect(await shop.row(order)).toMatchObject({ status: "waiting", reason: "scheduled", dueAt: opensAt });
  expect(await shop.settle(order)).toMatchObject({ status: "pending_pickup" });
});

test("no promise was broken by any of this", () => {
  // Labels of orders that are parked for a human are on no fulfillment yet: that is what they are parked for.
  const shop = shared();
  const parked = new Set(
    shop.sandbox.shopify
      .orders()
      .filter((order) => order.metafields.some(({ value }) => value === "parked" || value === "waiting"))
      .flatMap((order) => shop.ledger(order.id).purchases.map(({ trackingCode }) => trackingCode)),
  );
  expect(shop.broken().filter((line) => ![...parked].some((code) => line.includes(code)))).toEqual([]);
});
