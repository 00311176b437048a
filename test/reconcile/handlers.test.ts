/** Handlers at work, judged by what the fakes saw. */
import { expect, test } from "vitest";
import { DEFAULT_HANDLERS } from "../../src/core/handlers.ts";
import { withShop } from "../support/shop-bench.ts";

test("a fulfillment that is asked for at in_transit is made when the carrier has the parcel, once", async () => {
  const env = {
    SHIPBOT_HANDLERS_PENDING_PICKUP: "[]",
    SHIPBOT_HANDLERS_IN_TRANSIT: '["fulfil", "post_event", {"set_status": "in_transit"}]',
  };
  await withShop({ env }, async (shop) => {
    const order = shop.addOrder();
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order).purchases).toHaveLength(1);
    expect(shop.ledger(order).fulfillments).toEqual([]);
    expect(await shop.carry(order, 7)).toMatchObject({ status: "delivered" });
    const { events, fulfillments, purchases, shown } = shop.ledger(order);
    expect([fulfillments.length, purchases.length]).toEqual([1, 1]);
    expect(events).not.toContain("CONFIRMED");
    expect(events).toContain("DELIVERED");
    expect(shown).toEqual(["pending_pickup", "in_transit", "out_for_delivery", "delivered"]);
    expect(shop.broken()).toEqual([]);
  });
});

test("without create_shipment nothing is bought, and with it the order goes on", async () => {
  await withShop({ env: { SHIPBOT_HANDLERS_READY_TO_SHIP: "[]" } }, async (shop) => {
    const order = shop.addOrder();
    expect(await shop.reconcile(order)).toMatchObject({ status: "ready_to_ship", reason: "no_shipment_step" });
    expect(shop.ledger(order)).toMatchObject({ purchases: [], shown: [] });
    const builtIn = { ...shop.context, policy: () => ({ ...shop.context.policy(), handlers: DEFAULT_HANDLERS }) };
    expect(await shop.reconcile(order, builtIn)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order).purchases).toHaveLength(1);
  });
});

test("the label of a cancelled order is kept when cancelled voids none", async () => {
  await withShop({ env: { SHIPBOT_HANDLERS_CANCELLED: "[]", SHIPBOT_HANDLERS_PENDING_PICKUP: "[]" } }, async (shop) => {
    const order = shop.addOrder();
    await shop.reconcile(order);
    shop.sandbox.shopify.cancelOrder(order);
    expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason: "cancelled_with_label" });
    expect(shop.ledger(order).refunds).toEqual([]);
  });
});
