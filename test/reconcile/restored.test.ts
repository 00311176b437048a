/**
 * A database that is older than what happened: whatever was done after the copy was taken, the copy finds it again before
 * it does anything, and does none of it twice. Each test takes a copy, goes on, and then wakes up on the copy.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, expect, test } from "vitest";
import { RemoteError } from "../../src/base/errors.ts";
import { DAY_MS, HOUR_MS } from "../../src/core/time.ts";
import { drainDue } from "../../src/daemon/once.ts";
import { DEFAULT_ADDRESS } from "../../src/sandbox/shopify/orders.ts";
import { intercept, type Shop, useShop, type Worker } from "../support/shop-bench.ts";

const shared = useShop();
const folders: string[] = [];

const ELSEWHERE = { ...DEFAULT_ADDRESS, address1: "9 Pine Street", city: "New York", provinceCode: "NY", zip: "10005" };
const VOID = { who: "ada", why: "wrong box", at: 0, voidLabels: true };

afterEach(async () => {
  for (const folder of folders.splice(0)) {
    await rm(folder, { recursive: true, force: true });
  }
});

/** A copy of the database as it is now, in a folder of its own. */
async function takeCopy(shop: Shop): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "shipbot-copy-"));
  folders.push(folder);
  const file = join(folder, "shipbot.db");
  const database = new Sqlite(join(shop.dataDir, "shipbot.db"), { readonly: true });
  try {
    database.prepare("vacuum into ?").run(file);
  } finally {
    database.close();
  }
  return file;
}

function openCopy(shop: Shop, copy: string): Promise<Worker> {
  const settings = { ...shop.settings, database: { url: `sqlite:${copy}` } };
  return shop.anotherWorker({ instanceId: "restored", settings });
}

/** shipbot wakes up on the copy and works through what is due, of which `order` is one. */
async function wakeUp(shop: Shop, copy: string, order: string): Promise<Worker> {
  const worker = await openCopy(shop, copy);
  await worker.store.orders.request([{ id: order, name: shop.sandbox.shopify.find(order).name }], shop.clock.now());
  await drainDue(worker.context, 2);
  return worker;
}

async function ship(shop: Shop): Promise<string> {
  const order = shop.addOrder();
  await shop.reconcile(order);
  return order;
}

async function rebuy(shop: Shop, order: string): Promise<void> {
  await shop.store.orders.setHold(order, VOID);
  await shop.reconcile(order);
  await shop.store.orders.setHold(order, null);
  await shop.reconcile(order);
}

test("a label that was bought and told is found, with its number, its price and when it was bought", async () => {
  const shop = shared();
  const order = shop.addOrder();
  await shop.request(order);
  const copy = await takeCopy(shop);
  await shop.reconcile(order);
  await shop.carry(order, 2);
  const [bought] = await shop.store.shipments.ofOrder(order);
  shop.clock.move(DAY_MS);
  const { store } = await wakeUp(shop, copy, order);
  const [found] = await store.shipments.ofOrder(order);
  expect(found).toMatchObject({
    ...{ state: "bought", fulfillmentId: bought?.fulfillmentId },
    label: { trackingNumber: bought?.label?.trackingNumber, cost: bought?.label?.cost },
  });
  // EasyPost tells whole seconds.
  expect(Math.abs((found?.label?.boughtAt ?? 0) - (bought?.label?.boughtAt ?? 0))).toBeLessThan(1_000);
  expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}], trackingUpdates: [] });
  expect(shop.broken()).toEqual([]);
});

test("news that the shop was told already are not told again", async () => {
  const shop = shared();
  const order = shop.addOrder();
  await shop.request(order);
  const copy = await takeCopy(shop);
  await shop.reconcile(order);
  await shop.carry(order, 3);
  const { events } = shop.ledger(order);
  expect(events.length).toBeGreaterThan(1);
  shop.clock.move(5 * HOUR_MS);
  const { store, context } = await wakeUp(shop, copy, order);
  const [found] = await store.shipments.ofOrder(order);
  const reports = await context.provider.track(found?.label ?? expect.fail("no label"));
  await store.shipments.recordTracking(
    found?.id ?? "",
    reports.toSorted((a, b) => a.at - b.at),
    null,
  );
  await drainDue(context, 1);
  expect(new Set(shop.ledger(order).events).size).toBe(shop.ledger(order).events.length);
  expect(shop.broken()).toEqual([]);
});

test("a label that was bought and not told yet is told, once", async () => {
  const shop = shared();
  const order = shop.addOrder();
  await shop.request(order);
  const copy = await takeCopy(shop);
  const silent = intercept(shop.context.shop, "fulfil", () => new Promise(() => undefined));
  void shop.runOnce(order, { ...shop.context, shop: silent });
  await expect.poll(() => shop.ledger(order).purchases.length).toBe(1);
  const { store } = await wakeUp(shop, copy, order);
  expect(await store.orders.get(order)).toMatchObject({ status: "pending_pickup" });
  expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}] });
  expect(shop.broken()).toEqual([]);
});

test("a label that was voided and bought anew is found in its later generation", async () => {
  const shop = shared();
  const order = shop.addOrder();
  await shop.request(order);
  const copy = await takeCopy(shop);
  await shop.reconcile(order);
  await rebuy(shop, order);
  expect(shop.ledger(order).purchases).toHaveLength(2);
  const { store } = await wakeUp(shop, copy, order);
  expect(await store.shipments.ofOrder(order)).toMatchObject([{ state: "voided" }, { state: "bought", generation: 2 }]);
  expect(shop.ledger(order).purchases).toHaveLength(2);
  expect(shop.broken()).toEqual([]);
});

test("a label that the copy knows and that was voided and bought anew later is not followed any more", async () => {
  const shop = shared();
  const order = await ship(shop);
  const copy = await takeCopy(shop);
  await rebuy(shop, order);
  const { store } = await wakeUp(shop, copy, order);
  expect(await store.shipments.ofOrder(order)).toMatchObject([{ state: "voided" }, { state: "bought", generation: 2 }]);
  expect(shop.ledger(order)).toMatchObject({ purchases: [{}, {}], refunds: [{}], trackingUpdates: [{}] });
  expect(shop.broken()).toEqual([]);
});

test("what the copy has planned is not bought where another generation was", async () => {
  const shop = shared();
  const order = shop.addOrder();
  // Rates are there, the purchase is not begun: the copy would buy at once.
  const unpaid = intercept(shop.context.provider, "buy", async () => ({
    outcome: "refused",
    failure: { kind: "throttled", message: "later", code: null, retryAt: shop.clock.now() + HOUR_MS, remedy: null },
  }));
  await shop.request(order);
  await shop.runOnce(order, { ...shop.context, provider: unpaid });
  const copy = await takeCopy(shop);
  shop.sandbox.shopify.setAddress(order, ELSEWHERE);
  await shop.reconcile(order);
  expect(await shop.store.shipments.ofOrder(order)).toMatchObject([{ state: "abandoned" }, { state: "bought" }]);
  // As before the change: the facts fit what the copy has planned.
  shop.sandbox.shopify.setAddress(order, DEFAULT_ADDRESS);
  const { store } = await wakeUp(shop, copy, order);
  expect(shop.ledger(order).purchases).toHaveLength(1);
  expect((await store.shipments.ofOrder(order)).map(({ state }) => state)).toContain("bought");
  expect(shop.broken()).toEqual([]);
});

test("while the provider does not answer nothing is bought, and the order is not taken for verified", async () => {
  const shop = shared();
  const order = shop.addOrder();
  await shop.request(order);
  const copy = await takeCopy(shop);
  await shop.reconcile(order);
  const silent = intercept(shop.context.provider, "findShipment", () => {
    throw new RemoteError({ remote: "shipping", operation: "read", kind: "unavailable", message: "no answer" });
  });
  const { store, context } = await openCopy(shop, copy);
  await drainDue({ ...context, provider: silent }, 2);
  expect(await store.orders.get(order)).toMatchObject({ verifiedGeneration: null, lastError: { kind: "unavailable" } });
  expect(await store.generations.endVerification(2, shop.clock.now())).toBe(false);
  expect(shop.ledger(order).purchases).toHaveLength(1);
  shop.clock.move(HOUR_MS);
  await drainDue(context, 2);
  expect(await store.orders.get(order)).toMatchObject({ status: "pending_pickup", verifiedGeneration: 2 });
  expect(await store.generations.endVerification(2, shop.clock.now())).toBe(true);
  expect(shop.broken()).toEqual([]);
});
