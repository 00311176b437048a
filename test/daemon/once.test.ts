/** Working through what is due, without a dispatcher. */
import { expect, test } from "vitest";
import { drainDue } from "../../src/daemon/once.ts";
import { useShop } from "../support/shop-bench.ts";

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
  expect(await drainDue(shop.context, AbortSignal.abort())).toBe(0);
  expect(await shop.drain()).toBe(1);
});
