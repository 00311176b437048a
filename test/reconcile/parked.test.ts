/** What a human has to mend, and what is nobody's fault but its own: only that order stops, visibly, and goes on by itself when mended. */
import { describe, expect, test } from "vitest";
import { RemoteError, StoreError } from "../../src/base/errors.ts";
import { DEFAULT_ADDRESS, type OrderSpec } from "../../src/sandbox/shopify/orders.ts";
import { MovedClock } from "../support/moved-clock.ts";
import { intercept, type Shop, useShop, withShop } from "../support/shop-bench.ts";

const shared = useShop();

const HEAVY = { lines: [{ sku: "ANVIL", grams: 45_000 }] };

const PARKED: readonly { reason: string; spec: OrderSpec; mend?: (shop: Shop, order: string) => void }[] = [
  {
    reason: "no_address",
    spec: { address: null },
    mend: ({ sandbox }, order) => sandbox.shopify.setAddress(order, DEFAULT_ADDRESS),
  },
  {
    reason: "address_incomplete",
    spec: { address: { ...DEFAULT_ADDRESS, zip: null } },
    mend: ({ sandbox }, order) => sandbox.shopify.setAddress(order, DEFAULT_ADDRESS),
  },
  { reason: "no_weight", spec: { lines: [{ sku: "GIFT", grams: null }] } },
  { reason: "no_rate", spec: HEAVY },
];

describe.each(PARKED)("$reason", ({ reason, spec, mend }) => {
  test("parks the order, costs nothing, and is shown in the shop", async () => {
    const shop = shared();
    const order = shop.addOrder(spec);
    expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason, dueAt: null });
    expect(shop.ledger(order)).toMatchObject({ purchases: [], fulfillments: [], shown: ["parked"] });
    if (mend !== undefined) {
      mend(shop, order);
      expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup", reason: null });
      expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}] });
    }
  });
});

test("a refusal of the provider is remembered, not repeated, until it is lifted", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    shop.sandbox.easypost.setNoRates(() => true);
    await shop.reconcile(order);
    const objects = (await shop.store.shipments.ofOrder(order))[0]?.providerShipmentId;
    await shop.reconcile(order);
    await shop.reconcile(order);
    const [shipment] = await shop.store.shipments.ofOrder(order);
    expect(shipment).toMatchObject({ providerShipmentId: objects, refusal: { cause: "no_rate" } });
    shop.sandbox.easypost.setNoRates(null);
    expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason: "no_rate" });
    expect(await shop.store.orders.liftRefusals(order, shop.clock.now())).toBe(1);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order).purchases).toHaveLength(1);
  });
});

const SKIPPED: readonly { reason: string; spec: OrderSpec; status?: string }[] = [
  { reason: "test_order", spec: { test: true } },
  { reason: "pickup", spec: { delivery: "pickup" } },
  { reason: "local_delivery", spec: { delivery: "local" } },
  { reason: "digital", spec: { delivery: "none", lines: [{ requiresShipping: false }] } },
  { reason: "not_paid", spec: { financialStatus: "PENDING" }, status: "waiting" },
  { reason: "not_tagged", spec: { tags: [] }, status: "waiting" },
  { reason: "on_hold", spec: { hold: true }, status: "waiting" },
  { reason: "not_routed", spec: { routed: false }, status: "waiting" },
  { reason: "order_cancelled", spec: { cancelled: true }, status: "cancelled" },
];

test.each(SKIPPED)("$reason: no label, and it is said why", async ({ reason, spec, status = "skipped" }) => {
  const shop = shared();
  const order = shop.addOrder(spec);
  expect(await shop.reconcile(order)).toMatchObject({ status, reason });
  expect(shop.ledger(order).purchases).toEqual([]);
});

describe("an order that cannot be understood", () => {
  test("parks itself while its neighbours in the same request ship", async () => {
    await withShop({}, async (shop) => {
      const [good, bad, alsoGood] = [shop.addOrder(), shop.addOrder(), shop.addOrder()];
      const fulfillmentOrder = shop.sandbox.shopify.orders().find(({ id }) => id === bad)?.fulfillmentOrders[0];
      Object.assign(fulfillmentOrder ?? expect.fail(), { status: "FROM_THE_FUTURE" });
      for (const order of [good, bad, alsoGood]) {
        await shop.request(order);
      }
      await shop.drain();
      expect(await shop.row(good)).toMatchObject({ status: "pending_pickup" });
      expect(await shop.row(alsoGood)).toMatchObject({ status: "pending_pickup" });
      expect(await shop.row(bad)).toMatchObject({ status: "parked" });
      expect(shop.ledger(bad).purchases).toEqual([]);
    });
  });

  test("is tried again by itself, ever more slowly, and recovers", async () => {
    const shop = shared();
    const order = shop.addOrder();
    await shop.request(order);
    const unreadable = {
      ...shop.context,
      shop: intercept(shop.context.shop, "readOrder", async () => {
        throw new RemoteError({ remote: "shopify", operation: "OrdersByIds", kind: "malformed", message: "no name" });
      }),
    };
    const waits: number[] = [];
    for (let runs = 0; runs < 3; runs += 1) {
      expect(await shop.runOnce(order, unreadable)).toBe("deferred");
      const row = await shop.row(order);
      expect(row).toMatchObject({ status: "parked", reason: "order_unreadable", reasonInput: { what: "no name" } });
      waits.push((row.dueAt ?? 0) - shop.clock.now());
      shop.clock.moveTo(row.dueAt ?? 0);
    }
    expect(waits).toEqual([1_500, 3_000, 6_000]);
    expect(await shop.settle(order)).toMatchObject({ status: "pending_pickup", lastError: null, attempts: 0 });
  });

  test("a mistake of ours parks it with the fact, and a new request tries again", async () => {
    const shop = shared();
    const order = shop.addOrder();
    const broken = {
      ...shop.context,
      provider: intercept(shop.context.provider, "createShipment", async () => {
        throw new TypeError("cannot read properties of undefined");
      }),
    };
    expect(await shop.reconcile(order, broken)).toMatchObject({ status: "parked", reason: "bug", dueAt: null });
    expect(shop.logged("bug")).toHaveLength(1);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup", reason: null });
    expect(shop.ledger(order).purchases).toHaveLength(1);
  });
});

test("a shop whose clock is behind ours does not make an order spin at its opening time", async () => {
  await withShop({ aheadMs: 60_000 }, async (shop) => {
    const order = shop.addOrder({ fulfillmentOrders: [{ lines: [0], opensInMs: 3_600_000 }] });
    await shop.request(order);
    await shop.runOnce(order);
    // By our clock it is open, by the shop's it is not yet.
    shop.clock.move(3_600_000 - 30_000);
    const reads = shop.asked("query OrdersByIds");
    expect(await shop.drain()).toBe(1);
    expect(shop.asked("query OrdersByIds")).toBe(reads + 1);
    const { dueAt } = await shop.row(order);
    expect(dueAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(shop.clock.now() + 60_000);
    // Its opening is a change of the fulfillment order: the poll sees it.
    shop.clock.move(60_000);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
  });
});

test("the database being unwritable stops the purchase before it is sent", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    await shop.request(order);
    let full = false;
    const store = intercept(shop.store, "fenced", async (lease, write) => {
      if (full) {
        throw new StoreError("unwritable", "no space", "make room");
      }
      return shop.store.fenced(lease, write);
    });
    const provider = intercept(shop.context.provider, "createShipment", async (request) => {
      const made = await shop.context.provider.createShipment(request);
      full = true;
      return made;
    });
    expect(await shop.runOnce(order, { ...shop.context, store, provider })).toBe("deferred");
    expect(shop.ledger(order).purchases).toEqual([]);
    expect(await shop.row(order)).toMatchObject({ lastError: { kind: "unwritable" }, leaseOwner: null });
    full = false;
    expect(await shop.settle(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order).purchases).toHaveLength(1);
  });
});

test("a database from yesterday buys nothing again", async () => {
  await withShop({}, async (shop) => {
    const [bought, told] = [shop.addOrder(), shop.addOrder()];
    // What a copy from before forgets: everything. The label of the first is not yet told to the shop.
    const mute = intercept(shop.context.shop, "fulfil", async () => ({
      outcome: "refused",
      failure: { kind: "throttled", message: "later", code: null, retryAt: null, remedy: null },
    }));
    await shop.request(bought);
    await shop.runOnce(bought, { ...shop.context, shop: mute });
    await shop.reconcile(told);
    expect([shop.ledger(bought).purchases.length, shop.ledger(bought).fulfillments.length]).toEqual([1, 0]);

    const clock = new MovedClock(shop.clock.now() + 60_000).leaping();
    const settings = { ...shop.settings, database: { url: `sqlite:${shop.dataDir}/yesterday.db` } };
    const restored = await shop.anotherWorker({ settings, clock, instanceId: "restored" });
    for (const order of [bought, told]) {
      await restored.store.orders.request([{ id: order, name: order }], clock.now());
      for (let runs = 0; runs < 5; runs += 1) {
        await shop.runOnce(order, restored.context);
      }
    }
    expect(await restored.store.orders.get(bought)).toMatchObject({ status: "pending_pickup" });
    for (const order of [bought, told]) {
      expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}] });
    }
    expect(shop.broken()).toEqual([]);
  });
});
