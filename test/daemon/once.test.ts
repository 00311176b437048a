/** Working through what is due, without a dispatcher. */
import { expect, test } from "vitest";
import { drainDue } from "../../src/daemon/once.ts";
import { intercept, useShop } from "../support/shop-bench.ts";

const shared = useShop();

test("everything that is due is worked through, more than one slice of it, and the runs are counted", async () => {
  const shop = shared();
  const orders = Array.from({ length: 230 }, () => shop.addOrder({ tags: [] }));
  await shop.store.orders.request(
    orders.map((id) => ({ id, name: shop.sandbox.shopify.find(id).name })),
    shop.clock.now(),
  );
  expect(await shop.drain()).toBe(230);
  expect(await shop.store.orders.counts()).toMatchObject({ waiting: 230 });
  expect(await shop.drain()).toBe(0);
});

test("what wants to be looked at later is left for later", async () => {
  const shop = shared();
  const order = shop.addOrder();
  await shop.request(order);
  shop.sandbox.faults.setPlan({ rates: { server_error_before: 1 }, delayMaxMs: 0 });
  expect(await shop.drain()).toBe(1);
  shop.sandbox.faults.setPlan({ rates: {}, delayMaxMs: 0 });
  expect(await shop.drain()).toBe(0);
  expect(await shop.settle(order)).toMatchObject({ status: "pending_pickup" });
});

test("it stops between two orders when it is told to", async () => {
  const shop = shared();
  const order = shop.addOrder();
  await shop.request(order);
  expect(await drainDue(shop.context, 4, AbortSignal.abort())).toBe(0);
  expect(await shop.drain()).toBe(1);
});

test("when a run fails the others are finished, nothing more is begun, and its error is thrown", async () => {
  const shop = shared();
  const orders = [shop.addOrder(), shop.addOrder(), shop.addOrder(), shop.addOrder()];
  for (const order of orders) {
    await shop.request(order);
  }
  let claims = 0;
  const claimed: string[] = [];
  const claim: typeof shop.store.orders.claim = async (...args) => {
    claims += 1;
    if (claims === 1) {
      throw new Error("the disk is full");
    }
    claimed.push(args[0]);
    return await shop.store.orders.claim(...args);
  };
  const store = { ...shop.store, orders: intercept(shop.store.orders, "claim", claim) };
  await expect(drainDue({ ...shop.context, store }, 2)).rejects.toThrow("the disk is full");
  expect(claimed).toHaveLength(1);
  expect(await shop.row(claimed[0] ?? "")).toMatchObject({ status: "pending_pickup", leaseOwner: null });
  expect(await shop.drain()).toBe(3);
});
