/** Guards over money at work: runs of real orders against the sandbox, judged by what it sold (P7). */
import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../src/core/time.ts";
import type { ReconcileContext } from "../../src/reconcile/context.ts";
import { intercept, type Shop, withShop } from "../support/shop-bench.ts";

/** Of labels that are sold and not taken back. */
function soldMinor({ sandbox }: Shop): number {
  const { purchases, refunds } = sandbox.easypost.ledger();
  const back = new Set(refunds.map(({ shipmentId }) => shipmentId));
  return purchases.reduce((sum, { shipmentId, amountMinor }) => sum + (back.has(shipmentId) ? 0 : amountMinor), 0);
}

async function countedMinor(shop: Shop, orderId: string): Promise<number> {
  const windows = { hour: { sinceAt: 0, untilAt: 1 }, day: { sinceAt: 0, untilAt: 1 } };
  const query = { windows, counts: true, firstLabels: 0, installation: false };
  return (await shop.store.readSpending(orderId, query)).day.amounts.reduce((sum, one) => sum + one.amountMinor, 0);
}

async function addOrders(shop: Shop, count: number): Promise<readonly string[]> {
  const orders = Array.from({ length: count }, (_, index) =>
    shop.addOrder({ lines: [{ sku: "MUG", title: "Mug", grams: 300 + ((index * 450) % 4_000), price: "14.00" }] }),
  );
  for (const order of orders) {
    await shop.request(order);
  }
  return orders;
}

test("50 orders at once on four workers never spend more than a day allows, to the cent, with one alarm; the rest go on by themselves", async () => {
  const limits = { SHIPBOT_GUARDS_DAY_MAX: "150.00 USD", SHIPBOT_GUARDS_DAY_LABELS: "30" };
  await withShop({ env: limits }, async (shop) => {
    const workers = [
      shop,
      ...(await Promise.all([2, 3, 4].map((n) => shop.anotherWorker({ instanceId: `worker-${n}` })))),
    ];
    const orders = await addOrders(shop, 50);
    await Promise.all(
      orders.map((order, index) => shop.runOnce(order, (workers[index % workers.length] ?? shop).context)),
    );
    for (const order of orders) {
      await shop.runOnce(order);
    }
    const first = soldMinor(shop);
    const { length: labels } = shop.sandbox.easypost.ledger().purchases;
    expect(first).toBeLessThanOrEqual(15_000);
    expect(first).toBeGreaterThan(13_000);
    expect(labels).toBeLessThanOrEqual(30);
    expect(await countedMinor(shop, orders[0] ?? "")).toBe(first);
    const rows = await Promise.all(orders.map((order) => shop.row(order)));
    const waiting = rows.filter(({ status }) => status === "waiting");
    expect(waiting).toHaveLength(50 - labels);
    expect(waiting.every(({ reason }) => reason === "spend_day" || reason === "labels_day")).toBe(true);
    const alarms = shop.logged("alarm").map(({ fields }) => fields["about"]);
    expect(new Set(alarms).size).toBe(alarms.length);
    expect(alarms).toContain(waiting[0]?.reason);
    // Nobody asks for them: each is due when the next day begins.
    for (let day = 1; day <= 5 && soldMinor(shop) > 0; day += 1) {
      const before = soldMinor(shop);
      const next = (await shop.store.orders.nextDueAt()) ?? Number.POSITIVE_INFINITY;
      if (next > shop.clock.now() + DAY_MS) {
        break;
      }
      shop.clock.moveTo(Math.max(next, shop.clock.now()));
      await shop.drain();
      expect(soldMinor(shop) - before).toBeLessThanOrEqual(15_000);
    }
    expect(shop.sandbox.easypost.ledger().purchases).toHaveLength(50);
    expect(shop.logged("alarm resolved").length).toBeGreaterThan(0);
    expect(shop.broken()).toEqual([]);
  });
}, 120_000);

test("a purchase whose answer was lost counts at once, and is right to the cent after it was looked up", async () => {
  await withShop({ env: { SHIPBOT_GUARDS_HOUR_LABELS: "1" } }, async (shop) => {
    const [first = "", second = ""] = await addOrders(shop, 2);
    const { provider } = shop.context;
    const lost: ReconcileContext = {
      ...shop.context,
      provider: intercept(provider, "buy", async (...args) => {
        await provider.buy(...args);
        // The process dies here: paid, and nobody knows.
        throw new Error("killed");
      }),
    };
    await shop.runOnce(first, lost);
    await shop.runOnce(second);
    expect(await shop.row(second)).toMatchObject({ status: "waiting", reason: "labels_hour" });
    await shop.reconcile(first);
    expect(await countedMinor(shop, first)).toBe(soldMinor(shop));
    expect(shop.sandbox.easypost.ledger().purchases).toHaveLength(1);
    await shop.settle(second);
    expect(shop.sandbox.easypost.ledger().purchases).toHaveLength(2);
    expect(shop.broken()).toEqual([]);
  });
});

test("a voided label gives its place back", async () => {
  await withShop({ env: { SHIPBOT_GUARDS_DAY_LABELS: "1" } }, async (shop) => {
    const [first = "", second = ""] = await addOrders(shop, 2);
    await shop.runOnce(first);
    await shop.runOnce(second);
    expect(await shop.row(second)).toMatchObject({ reason: "labels_day" });
    await shop.store.orders.setHold(first, { who: "ada", why: "test", at: shop.clock.now(), voidLabels: true });
    await shop.reconcile(first);
    await shop.reconcile(second);
    expect(await shop.row(second)).toMatchObject({ status: "pending_pickup" });
    expect(await countedMinor(shop, first)).toBe(soldMinor(shop));
  });
});

test("a price that rose between quote and purchase stops it, and new rates do not make it forget", async () => {
  await withShop({ env: { SHIPBOT_GUARDS_DRIFT_PERCENT: "5" } }, async (shop) => {
    const order = shop.addOrder();
    const { provider } = shop.context;
    const dearer: ReconcileContext = {
      ...shop.context,
      provider: intercept(provider, "refreshRates", async (id) => {
        const found = await provider.refreshRates(id);
        const raise = (minor: number): number => Math.ceil(minor * 1.06);
        return {
          ...found,
          rates: found.rates.map((rate) => ({
            ...rate,
            price: { ...rate.price, amountMinor: raise(rate.price.amountMinor) },
          })),
        };
      }),
    };
    shop.sandbox.easypost.setFunds(false);
    await shop.request(order);
    await shop.runOnce(order);
    shop.sandbox.easypost.setFunds(true);
    for (let hours = 1; hours <= 3; hours += 1) {
      shop.clock.move(HOUR_MS + 1);
      await shop.request(order);
      await shop.runOnce(order, dearer);
      expect(await shop.row(order)).toMatchObject({ status: "parked", reason: "price_drift" });
    }
    expect(shop.ledger(order).purchases).toEqual([]);
    const [shipment] = await shop.store.shipments.ofOrder(order);
    const price = (await shop.row(order)).reasonInput["price"];
    const approval = {
      ...{ orderId: order, shipmentId: shipment?.id ?? "", fingerprint: shipment?.fingerprint ?? "" },
      ...{ guards: ["price since the quote"], maxPrice: { amountMinor: 10_000, currency: "USD" }, who: "ada", at: 1 },
    };
    expect(price).toMatch(/USD$/);
    await shop.store.approve(approval, { at: 1, kind: "approve", message: "ada approved it" });
    await shop.reconcile(order);
    expect(shop.ledger(order).purchases).toHaveLength(1);
  });
});
