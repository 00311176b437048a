/** Two workers, one order: the lease keeps them apart, and where it fails them the journal does. */
import { expect, test } from "vitest";
import { StoreError } from "../../src/base/errors.ts";
import type { ReconcileContext } from "../../src/reconcile/context.ts";
import { intercept, type Shop, useShop } from "../support/shop-bench.ts";

const shared = useShop();

/** The same worker, except that `happen` comes just before its purchase is sent. */
function beforePurchase(context: ReconcileContext, happen: () => Promise<void>): ReconcileContext {
  const { provider } = context;
  return {
    ...context,
    provider: intercept(provider, "buy", async (...args) => {
      await happen();
      return provider.buy(...args);
    }),
  };
}

async function expectOneOfEach(shop: Shop, order: string): Promise<void> {
  const { purchases, fulfillments } = shop.ledger(order);
  expect([purchases.length, fulfillments.length]).toEqual([1, 1]);
  expect(await shop.row(order)).toMatchObject({ status: "pending_pickup", leaseOwner: null });
  expect(shop.broken()).toEqual([]);
}

test("of two that begin at the same moment one works and the other goes away", async () => {
  const shop = shared();
  const other = await shop.anotherWorker({ instanceId: "worker-2" });
  for (let round = 0; round < 10; round += 1) {
    const order = shop.addOrder();
    await shop.request(order);
    const results = await Promise.all([shop.runOnce(order), shop.runOnce(order, other.context)]);
    expect([...results].sort()).toEqual(["busy", "rested"]);
    await expectOneOfEach(shop, order);
  }
});

test("a worker that is frozen before it sends, while another takes the order over, buys nothing twice and writes nothing", async () => {
  const shop = shared();
  const other = await shop.anotherWorker({ instanceId: "worker-2" });
  const order = shop.addOrder();
  await shop.request(order);
  const frozen = beforePurchase(shop.context, async () => {
    // It sleeps for longer than its lease; the other finds the intent, reads, and ships the order.
    shop.clock.move(shop.context.timing.leaseMs + 1);
    await shop.settle(order, other.context);
    await expectOneOfEach(shop, order);
  });
  expect(await shop.runOnce(order, frozen)).toBe("lost");
  await expectOneOfEach(shop, order);
});

test("a worker whose lease was taken writes nothing, however late it wakes up", async () => {
  const shop = shared();
  const other = await shop.anotherWorker({ instanceId: "worker-2" });
  const order = shop.addOrder();
  await shop.request(order);
  const { orders } = shop.store;
  const stale = (await orders.claim(order, "worker-1", shop.clock.now(), 1_000)) ?? expect.fail();
  shop.clock.move(1_000);
  const taken = await other.store.orders.claim(order, "worker-2", shop.clock.now(), 60_000);
  expect(taken?.version).toBe(stale.version + 1);
  const write = shop.store.fenced(stale, (tx) => tx.rememberName("#stale"));
  await expect(write).rejects.toMatchObject({ kind: "lease_lost" });
  await expect(write).rejects.toBeInstanceOf(StoreError);
  expect(await orders.extend(stale, shop.clock.now(), 60_000)).toBe(false);
  expect(await orders.release(stale, shop.clock.now(), { dueAt: null, attempts: 0, lastError: null })).toBe(false);
  expect((await shop.row(order)).leaseOwner).toBe("worker-2");
});

test("a worker that is frozen before it tells the shop finds its place taken", async () => {
  const shop = shared();
  const other = await shop.anotherWorker({ instanceId: "worker-2" });
  const order = shop.addOrder();
  await shop.request(order);
  const real = shop.context.shop;
  const frozen: ReconcileContext = {
    ...shop.context,
    shop: intercept(real, "fulfil", async (request) => {
      shop.clock.move(shop.context.timing.leaseMs + 1);
      await shop.settle(order, other.context);
      return real.fulfil(request);
    }),
  };
  expect(await shop.runOnce(order, frozen)).toBe("lost");
  await expectOneOfEach(shop, order);
});

test("losing the lease while trouble is being written down is losing the lease, not a crash", async () => {
  const shop = shared();
  const other = await shop.anotherWorker({ instanceId: "worker-2" });
  const order = shop.addOrder();
  await shop.request(order);
  const frozen: ReconcileContext = {
    ...shop.context,
    shop: intercept(shop.context.shop, "readOrder", async () => {
      shop.clock.move(shop.context.timing.leaseMs + 1);
      await shop.settle(order, other.context);
      throw new TypeError("a bug");
    }),
  };
  expect(await shop.runOnce(order, frozen)).toBe("lost");
  await expectOneOfEach(shop, order);
});

test("a request that comes during a run causes another run, and a run answers all that came before it", async () => {
  const shop = shared();
  const order = shop.addOrder();
  await shop.request(order);
  await shop.request(order);
  const asked = beforePurchase(shop.context, () => shop.request(order));
  await shop.runOnce(order, asked);
  const between = await shop.row(order);
  expect([between.requestedSeq, between.doneSeq, between.dueAt]).toEqual([3, 2, shop.clock.now()]);
  await shop.runOnce(order);
  const after = await shop.row(order);
  expect([after.requestedSeq, after.doneSeq, after.dueAt]).toEqual([3, 3, null]);
  await expectOneOfEach(shop, order);
});

test("the lease is made longer before each round, so that a long run keeps it", async () => {
  const shop = shared();
  const order = shop.addOrder();
  await shop.request(order);
  const ends: number[] = [];
  const orders = intercept(shop.store.orders, "extend", async (...args) => {
    shop.clock.move(shop.context.timing.leaseMs / 2);
    const kept = await shop.store.orders.extend(args[0], shop.clock.now(), args[2]);
    ends.push(((await shop.row(order)).leaseUntil ?? 0) - shop.clock.now());
    return kept;
  });
  await shop.runOnce(order, { ...shop.context, store: intercept(shop.store, "orders", orders) });
  expect(ends.length).toBeGreaterThanOrEqual(4);
  expect(new Set(ends)).toEqual(new Set([shop.context.timing.leaseMs]));
  await expectOneOfEach(shop, order);
});
