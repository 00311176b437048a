/** Shadow and ramp against the sandbox, judged by its own ledgers: what was sold, and what was written to the shop. */
import { expect, test } from "vitest";
import { isLiveFor, type ModePolicy } from "../../src/core/mode.ts";
import type { ReconcileContext } from "../../src/reconcile/context.ts";
import { type Shop, withShop } from "../support/shop-bench.ts";

function inMode(shop: Shop, mode: ModePolicy): ReconcileContext {
  const tagged = { ...shop.settings.policy.writeback, statusTagPrefix: "shipbot:" };
  return { ...shop.context, policy: () => ({ ...shop.settings.policy, writeback: tagged, mode }) };
}

const SHADOW: ModePolicy = { kind: "shadow" };

/** Every request that changes something in the shop, by the shop's own count. */
function mutations(shop: Shop): readonly string[] {
  return Object.keys(shop.sandbox.shopify.ledger().requests).filter((name) => name.startsWith("mutation"));
}

test("in shadow an order is decided with rates and price, and nothing is sold and nothing written", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    const parked = shop.addOrder({ address: null });
    const context = inMode(shop, SHADOW);
    const stands = await shop.reconcile(order, context);
    expect(stands).toMatchObject({ status: "waiting", reason: "shadow" });
    expect(stands.reasonInput).toMatchObject({ mode: "shadow", labels: 1, service: expect.stringMatching(/^\w+ \w+/) });
    expect(await shop.reconcile(parked, context)).toMatchObject({ status: "parked", reason: "no_address" });
    // Days later, when its rates are old, still nothing: they are not asked for again either.
    const asked = shop.sandbox.easypost.ledger();
    shop.clock.move(3 * 86_400_000);
    expect(await shop.reconcile(order, context)).toMatchObject({ status: "waiting", reason: "shadow" });
    expect(asked.purchases).toEqual([]);
    expect(shop.sandbox.easypost.ledger().purchases).toEqual([]);
    expect(mutations(shop)).toEqual([]);
    // What it would have done it does as soon as it may.
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}] });
  });
});

test("a label that was bought before the mode changed is told to the shop and followed to the door", async () => {
  await withShop({}, async (shop) => {
    const context = inMode(shop, SHADOW);
    const order = shop.addOrder();
    await shop.request(order);
    let bought = false;
    // The process dies between the purchase and the fulfillment.
    const dying: ReconcileContext = {
      ...shop.context,
      shop: {
        ...shop.context.shop,
        fulfil: async () => {
          bought = true;
          throw new Error("the process died");
        },
      },
    };
    await shop.runOnce(order, dying);
    expect([bought, shop.ledger(order).purchases.length]).toEqual([true, 1]);
    expect(await shop.reconcile(order, context)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order).fulfillments).toHaveLength(1);
    await shop.carry(order);
    await shop.reconcile(order, context);
    expect(shop.ledger(order).events).toContain("DELIVERED");
    expect(shop.ledger(order).purchases).toHaveLength(1);
    expect(shop.broken()).toEqual([]);
  });
});

test("what people did with watched orders is compared once, with what shipbot would have done", async () => {
  await withShop({}, async (shop) => {
    const context = inMode(shop, SHADOW);
    const send = async (order: string, company: string): Promise<void> => {
      const read = await shop.context.shop.readOrder(order);
      for (const { id, lines } of read?.fulfillmentOrders ?? []) {
        const units = lines.map((line) => ({ id: line.id, quantity: line.quantityRemaining }));
        const tracking = { company, number: `${company}-${order}`, url: null };
        const request = { fulfillmentOrderId: id, lines: units, tracking, notifyCustomer: false };
        expect(await shop.context.shop.fulfil(request)).toMatchObject({ outcome: "done" });
      }
    };
    const same = shop.addOrder();
    const other = shop.addOrder();
    const parked = shop.addOrder({ lines: [{ sku: "A", title: "A", grams: null, price: "5.00" }] });
    const cancelled = shop.addOrder();
    for (const order of [same, other, parked, cancelled]) {
      await shop.reconcile(order, context);
    }
    const carrier = String((await shop.row(same)).reasonInput["carriers"]);
    await send(same, carrier);
    await send(other, "Pony Express");
    await send(parked, carrier);
    shop.sandbox.shopify.cancelOrder(cancelled);
    for (const order of [same, other, parked, cancelled, same, other]) {
      await shop.reconcile(order, context);
    }
    const told = await shop.store.timeline.ofKind("shadow", 0, 99);
    const of = (order: string) => told.filter(({ orderId }) => orderId === order).map(({ data }) => data);
    expect(told).toHaveLength(4);
    const price = expect.stringMatching(/^\d+\.\d\d USD$/);
    expect(of(same)).toMatchObject([{ verdict: "agree", did: `sent with ${carrier}`, price }]);
    expect(of(other)).toMatchObject([{ verdict: "differ", did: "sent with Pony Express", price }]);
    expect(of(parked)).toMatchObject([{ verdict: "differ", would: "nothing: no_weight", price: null }]);
    expect(of(cancelled)).toMatchObject([{ verdict: "differ", did: "cancelled", price }]);
    expect(shop.sandbox.easypost.ledger().purchases).toEqual([]);
  });
});

test("in ramp the orders of the share are shipped and the others watched; growing takes more in and none out", async () => {
  await withShop({}, async (shop) => {
    const orders = Array.from({ length: 20 }, () => shop.addOrder());
    const half: ModePolicy = { kind: "ramp", percent: 50 };
    const inside = orders.filter((order) => isLiveFor(half, order));
    expect(inside.length).toBeGreaterThan(0);
    expect(inside.length).toBeLessThan(20);
    for (const order of orders) {
      const isIn = inside.includes(order);
      const stands = await shop.reconcile(order, inMode(shop, half));
      expect(stands).toMatchObject(isIn ? { status: "pending_pickup" } : { status: "waiting", reason: "shadow" });
      expect(shop.ledger(order).purchases).toHaveLength(isIn ? 1 : 0);
      expect(shop.ledger(order).shown).toHaveLength(isIn ? 1 : 0);
    }
    for (const order of orders) {
      await shop.reconcile(order, inMode(shop, { kind: "ramp", percent: 100 }));
      expect(shop.ledger(order).purchases).toHaveLength(1);
    }
    expect(shop.broken()).toEqual([]);
  });
});
