/** Orders that wait for a refused remote cost nothing, and trouble of one order is not taken for trouble of the remote. */
import { expect, test } from "vitest";
import { RemoteError } from "../../src/base/errors.ts";
import { MINUTE_MS, SECOND_MS } from "../../src/core/time.ts";
import { intercept, withShop } from "../support/shop-bench.ts";

test("an order that was turned back does not read the shop before its door opens, and goes on when it does", async () => {
  await withShop({ probeMs: MINUTE_MS }, async (shop) => {
    const orders = [shop.addOrder(), shop.addOrder()];
    shop.sandbox.easypost.setFunds(false);
    for (const order of orders) {
      await shop.request(order);
      await shop.runOnce(order);
    }
    const asked = shop.asked("query OrdersByIds");
    shop.clock.move(10 * SECOND_MS);
    for (const order of orders) {
      await shop.runOnce(order);
    }
    expect(shop.asked("query OrdersByIds")).toBe(asked + 1);
    shop.sandbox.easypost.setFunds(true);
    shop.clock.move(MINUTE_MS);
    for (const order of orders) {
      expect(await shop.settle(order)).toMatchObject({ status: "pending_pickup" });
      expect(shop.ledger(order).purchases).toHaveLength(1);
    }
  });
});

test("an order that alone fails is parked as such, and the remote is not called unreachable", async () => {
  await withShop({}, async (shop) => {
    const bad = shop.addOrder();
    const good = shop.addOrder();
    const failing = intercept(shop.context.shop, "readOrder", async (id) => {
      if (id === bad) {
        throw new RemoteError({
          remote: "shopify",
          operation: "OrdersByIds",
          kind: "unavailable",
          message: "OrdersByIds: Shopify answered 500",
        });
      }
      return shop.context.shop.readOrder(id);
    });
    const context = { ...shop.context, shop: failing };
    await shop.request(bad);
    for (let run = 0; run < 8; run += 1) {
      await shop.request(good);
      await shop.runOnce(good, context);
      await shop.runOnce(bad, context);
    }
    expect(await shop.row(bad)).toMatchObject({ status: "parked", reason: "remote_fails" });
    expect((await shop.row(bad)).dueAt).not.toBeNull();
    expect(await shop.store.remotes.list()).toContainEqual(expect.objectContaining({ remote: "shopify", state: "ok" }));
    expect(await shop.reconcile(bad)).toMatchObject({ status: "pending_pickup" });
  });
});

test.each([
  "malformed",
  "unavailable",
] as const)("an order whose read is %s does not keep the door closed to the others", async (kind) => {
  await withShop({ probeMs: MINUTE_MS }, async (shop) => {
    const bad = shop.addOrder();
    const good = shop.addOrder();
    const fail = (of: "unauthorized" | typeof kind) =>
      new RemoteError({ remote: "shopify", operation: "OrdersByIds", kind: of, message: `OrdersByIds: ${of}` });
    let isRefused = true;
    const failing = intercept(shop.context.shop, "readOrder", async (id) => {
      if (isRefused || id === bad) {
        throw fail(isRefused ? "unauthorized" : kind);
      }
      return shop.context.shop.readOrder(id);
    });
    const context = { ...shop.context, shop: failing };
    await shop.request(bad);
    await shop.request(good);
    await shop.runOnce(good, context);
    isRefused = false;
    shop.clock.move(MINUTE_MS);
    // The bad one comes first and is the probe.
    await shop.runOnce(bad, context);
    await shop.runOnce(good, context);
    expect(await shop.row(good)).toMatchObject({ status: "pending_pickup" });
  });
});
