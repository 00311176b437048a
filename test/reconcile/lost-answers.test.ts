/**
 * Every write, and every kind of answer that tells nothing: whatever was lost, the order ends as if nothing had been,
 * with one label, one fulfillment and each event once, and nobody had to help.
 */
import { describe, expect, test } from "vitest";
import type { WireFault } from "../../src/sandbox/faults.ts";
import { intercept, type Shop, useShop, withShop } from "../support/shop-bench.ts";

const LOST: readonly WireFault[] = [
  "reset_after",
  "server_error_after",
  "truncated_after",
  "reset_before",
  "server_error_before",
  "rate_limited",
];

const JOURNEY = ["CONFIRMED", "CARRIER_PICKED_UP", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"];

async function shipThrough(shop: Shop, order: string): Promise<void> {
  await shop.reconcile(order);
  await shop.carry(order);
}

async function expectDelivered(shop: Shop, order: string): Promise<void> {
  expect(await shop.row(order)).toMatchObject({ status: "delivered", reason: null, dueAt: null, leaseOwner: null });
  const ledger = shop.ledger(order);
  expect(ledger.purchases).toHaveLength(1);
  expect(ledger.fulfillments).toHaveLength(1);
  expect(ledger.fulfillments[0]?.trackingNumbers).toEqual([ledger.purchases[0]?.trackingCode]);
  expect(ledger.events).toEqual(JOURNEY);
  expect([...new Set(ledger.shown)]).toEqual(["pending_pickup", "in_transit", "out_for_delivery", "delivered"]);
  const effects = await shop.store.effects.ofOrder(order);
  expect(effects.filter(({ state }) => state !== "done")).toEqual([]);
  expect(shop.broken()).toEqual([]);
}

/** How often the order was parked on its way: nobody had to be called. */
async function parkings(shop: Shop, order: string): Promise<number> {
  const timeline = await shop.store.timeline.ofOrder(order, 200);
  return timeline.filter(({ data }) => data["status"] === "parked").length;
}

const WRITES = [
  "POST /v2/shipments",
  "POST /v2/shipments/:id/buy",
  "mutation FulfillmentCreate",
  "mutation FulfillmentEventCreate",
  "mutation MetafieldsSet",
];
const READS = ["query OrdersByIds", "query FulfillmentEvents", "GET /files/postage_label/:file"];

describe("one answer", () => {
  const shared = useShop();

  describe.each([...WRITES, ...READS])("to %s", (call) => {
    test.each(LOST)("may be lost by %s", async (fault) => {
      const shop = shared();
      const order = shop.addOrder();
      const before = shop.sandbox.faults.total();
      shop.sandbox.faults.force(fault, (what) => what === call);
      await shipThrough(shop, order);
      expect(shop.sandbox.faults.total()).toBe(before + 1);
      await expectDelivered(shop, order);
      expect(await parkings(shop, order)).toBe(0);
    });
  });
});

test.each(WRITES)("%s survives that the answer and then the look-up is lost, several times", async (call) => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    const reads = ["query OrdersByIds", "GET /v2/shipments/:id", "query FulfillmentEvents"];
    for (const fault of ["reset_after", "server_error_after", "truncated_after"] as const) {
      shop.sandbox.faults.force(fault, (what) => what === call);
      for (let lost = 0; lost < 4; lost += 1) {
        shop.sandbox.faults.force(fault, (what) => reads.includes(what));
      }
    }
    await shipThrough(shop, order);
    expect(shop.sandbox.faults.total()).toBeGreaterThan(3);
    await expectDelivered(shop, order);
  });
});

describe("POST /v2/shipments/:id/refund", () => {
  test.each(LOST)("survives %s", async (fault) => {
    await withShop({}, async (shop) => {
      const order = shop.addOrder();
      await shop.reconcile(order);
      await shop.store.orders.setHold(order, { who: "ada", why: "wrong box", at: shop.clock.now(), voidLabels: true });
      shop.sandbox.faults.force(fault, (what) => what.endsWith("/refund"));
      expect(await shop.reconcile(order)).toMatchObject({ dueAt: null });
      expect(shop.sandbox.faults.struck.get(fault)).toBe(1);
      expect(shop.ledger(order).refunds).toHaveLength(1);
      expect(await shop.store.shipments.ofOrder(order)).toMatchObject([{ state: "voided" }]);
    });
  });
});

describe("a purchase that the carrier did not answer in time", () => {
  test("and that was made is found and used", async () => {
    await withShop({}, async (shop) => {
      const order = shop.addOrder();
      shop.sandbox.easypost.setNoResponse("bought", 1);
      await shipThrough(shop, order);
      await expectDelivered(shop, order);
      const [buy] = await shop.store.effects.ofOrder(order);
      expect(buy).toMatchObject({ kind: "buy", attempt: 1, state: "done" });
    });
  });

  test("and that was not made is made once, on the same object", async () => {
    await withShop({}, async (shop) => {
      const order = shop.addOrder();
      shop.sandbox.easypost.setNoResponse("not_bought", 2);
      await shipThrough(shop, order);
      await expectDelivered(shop, order);
      const [buy] = await shop.store.effects.ofOrder(order);
      expect(buy).toMatchObject({ kind: "buy", attempt: 3 });
      expect(await shop.store.shipments.ofOrder(order)).toHaveLength(1);
    });
  });

  test("is not sent again while it cannot be looked up", async () => {
    await withShop({}, async (shop) => {
      const order = shop.addOrder();
      await shop.request(order);
      shop.sandbox.faults.force("reset_after", (what) => what.endsWith("/buy"));
      for (let lost = 0; lost < 60; lost += 1) {
        shop.sandbox.faults.force(
          "server_error_before",
          (what) => what === "GET /v2/shipments/:id" && shop.ledger(order).purchases.length > 0,
        );
      }
      for (let runs = 0; runs < 8; runs += 1) {
        const { dueAt } = await shop.row(order);
        shop.clock.moveTo(Math.max(shop.clock.now(), dueAt ?? 0));
        await shop.runOnce(order);
      }
      const row = await shop.row(order);
      expect(row).toMatchObject({ status: "parked", reason: "purchase_outcome_unknown" });
      expect(row.dueAt).not.toBeNull();
      expect(shop.ledger(order).purchases).toHaveLength(1);
      // The provider comes back: nobody has to settle it by hand.
      shop.clock.moveTo(row.dueAt ?? 0);
      for (let runs = 0; runs < 20 && (await shop.row(order)).status === "parked"; runs += 1) {
        await shop.settle(order);
      }
      expect(await shop.row(order)).toMatchObject({ status: "pending_pickup" });
      expect(shop.ledger(order).purchases).toHaveLength(1);
    });
  });
});

test("a rate that was replaced meanwhile is asked for anew, and nobody is called", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    const { provider } = shop.context;
    let isFirst = true;
    // Somebody asks for new rates right before our purchase: a run that died after its own question was carried out.
    const overtaken = intercept(provider, "buy", async (id, rateId) => {
      if (isFirst) {
        isFirst = false;
        await provider.refreshRates(id);
      }
      return provider.buy(id, rateId);
    });
    expect(await shop.reconcile(order, { ...shop.context, provider: overtaken })).toMatchObject({
      status: "pending_pickup",
    });
    expect(shop.ledger(order)).toMatchObject({ purchases: [{}], refunds: [] });
  });
});
