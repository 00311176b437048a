/** One order, its whole way, with nothing going wrong. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withShop } from "../support/shop-bench.ts";

test("a ready order gets one label, one fulfillment and its status, in one run", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    await shop.request(order);
    expect(await shop.runOnce(order)).toBe("rested");
    expect(await shop.row(order)).toMatchObject({ status: "pending_pickup", reason: null, dueAt: null, attempts: 0 });
    const ledger = shop.ledger(order);
    expect(ledger.purchases).toHaveLength(1);
    expect(ledger.fulfillments).toMatchObject([
      { trackingNumbers: [ledger.purchases[0]?.trackingCode], notifyCustomer: true, company: "USPS" },
    ]);
    expect(ledger.shown).toEqual(["pending_pickup"]);
    expect(ledger.events).toEqual([]);
    const [shipment] = await shop.store.shipments.ofOrder(order);
    const file = await stat(join(shop.dataDir, "labels", shipment?.label?.path ?? ""));
    expect(file.size).toBeGreaterThan(100);
    expect(shop.broken()).toEqual([]);
  });
});

test("looking again at an order that is done asks once and changes nothing", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    await shop.reconcile(order);
    const before = JSON.stringify([shop.ledger(order), shop.sandbox.easypost.ledger()]);
    const reads = shop.asked("query OrdersByIds");
    await shop.reconcile(order);
    expect(shop.asked("query OrdersByIds")).toBe(reads + 1);
    expect(JSON.stringify([shop.ledger(order), shop.sandbox.easypost.ledger()])).toBe(before);
  });
});

test("a parcel is followed to the door: every step is told once, forward, and the status with it", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    await shop.reconcile(order);
    expect(await shop.carry(order)).toMatchObject({ status: "delivered", dueAt: null });
    expect(shop.ledger(order).events).toEqual([
      "CONFIRMED",
      "CARRIER_PICKED_UP",
      "IN_TRANSIT",
      "OUT_FOR_DELIVERY",
      "DELIVERED",
    ]);
    expect(shop.ledger(order).shown).toEqual(["pending_pickup", "in_transit", "out_for_delivery", "delivered"]);
    expect(shop.broken()).toEqual([]);
  });
});
