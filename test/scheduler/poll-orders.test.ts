/** The polls of orders and fulfillment orders: whatever the shop's index and our crashes do, no change is missed. */
import { expect, test } from "vitest";
import { RemoteError } from "../../src/base/errors.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../src/core/time.ts";
import type { ChangedOrder, Shop as ShopPort } from "../../src/ports/shop.ts";
import { intercept, type Shop, withShop } from "../support/shop-bench.ts";
import { taskOf } from "./tasks.ts";

const WATERMARK = "orders.watermark";

/** Orders that wait for a run. */
async function requested(shop: Shop): Promise<readonly string[]> {
  return [...(await shop.store.orders.due(shop.clock.now(), 10_000))].sort();
}

async function poll(shop: Shop, task = "poll_orders"): Promise<readonly string[]> {
  await (await taskOf(shop, task)).run();
  return requested(shop);
}

test("the first look reaches back sixty days and finds what is open", async () => {
  await withShop({}, async (shop) => {
    const old = shop.addOrder({ placedAgoMs: 59 * DAY_MS });
    const recent = shop.addOrder({ placedAgoMs: MINUTE_MS });
    expect(await poll(shop)).toEqual([old, recent].sort());
    expect((await shop.row(old)).name).toBe(shop.sandbox.shopify.find(old).name);
  });
});

test("what is over when it is first seen is written down and never run; what is over later is looked at", async () => {
  await withShop({}, async (shop) => {
    const shipped = shop.addOrder({ placedAgoMs: MINUTE_MS });
    await shipByHand(shop, shipped);
    shop.clock.move(MINUTE_MS);
    const cancelled = shop.addOrder({ cancelled: true, placedAgoMs: MINUTE_MS });
    const open = shop.addOrder({ placedAgoMs: MINUTE_MS });
    expect(await poll(shop)).toEqual([cancelled, open].sort());
    expect(await shop.row(shipped)).toMatchObject({ status: "skipped", reason: "already_fulfilled", dueAt: null });
    await shop.drain();
    expect(await shop.row(cancelled)).toMatchObject({ status: "cancelled", reason: "order_cancelled", dueAt: null });
    shop.clock.move(MINUTE_MS);
    await poll(shop);
    await shop.drain();
    shop.sandbox.shopify.cancelFulfillment(shop.ledger(open).fulfillments[0]?.id ?? "");
    shop.sandbox.shopify.cancelOrder(open);
    shop.clock.move(MINUTE_MS);
    expect(await poll(shop)).toEqual([open]);
  });
});

/** Somebody fulfills the order in Shopify before shipbot ever sees it. */
async function shipByHand(shop: Shop, orderId: string): Promise<void> {
  const order = await shop.context.shop.readOrder(orderId);
  const fulfillmentOrder = order?.fulfillmentOrders[0] ?? expect.fail("the order has nothing to ship");
  const outcome = await shop.context.shop.fulfil({
    fulfillmentOrderId: fulfillmentOrder.id,
    lines: fulfillmentOrder.lines.map(({ id, quantityRemaining }) => ({ id, quantity: quantityRemaining })),
    tracking: { company: "USPS", number: "9400100000000000000000", url: null },
    notifyCustomer: false,
  });
  expect(outcome.outcome).toBe("done");
}

test("a poll that finds nothing new requests nothing and wakes nobody", async () => {
  await withShop({}, async (shop) => {
    shop.addOrder({ placedAgoMs: MINUTE_MS });
    await poll(shop);
    await shop.drain();
    shop.clock.move(MINUTE_MS);
    await poll(shop);
    await shop.drain();
    shop.clock.move(MINUTE_MS);
    const quiet = await taskOf(shop, "poll_orders");
    await quiet.run();
    expect([await requested(shop), quiet.wakes()]).toEqual([[], 0]);
  });
});

test("an order that the index shows late, after newer ones, is found", async () => {
  await withShop({}, async (shop) => {
    shop.addOrder();
    shop.clock.move(MINUTE_MS);
    await poll(shop);
    await shop.drain();
    // Its change is older than the watermark by now; only the overlap finds it.
    const late = shop.addOrder({ placedAgoMs: 8 * MINUTE_MS });
    expect(await poll(shop)).toContain(late);
  });
});

test("with an index that is minutes behind every order is found, by polls that never see the present", async () => {
  await withShop({ sandbox: { indexLagMs: 4 * MINUTE_MS } }, async (shop) => {
    const placed: string[] = [];
    const found = new Set<string>();
    for (let minute = 0; minute < 20; minute += 1) {
      if (minute < 14) {
        placed.push(shop.addOrder());
      }
      shop.clock.move(MINUTE_MS);
      for (const id of await poll(shop)) {
        found.add(id);
      }
      await shop.drain();
    }
    expect(placed.filter((id) => !found.has(id))).toEqual([]);
  });
});

test("more orders than fit on a page are all found", async () => {
  await withShop({ sandbox: { bucket: { maximum: 20_000, restorePerSecond: 1_000 } } }, async (shop) => {
    const placed = Array.from({ length: 620 }, (_, index) => shop.addOrder({ placedAgoMs: MINUTE_MS + index * 500 }));
    expect(await poll(shop)).toEqual([...placed].sort());
    expect(shop.asked("query OrdersChanged")).toBeGreaterThanOrEqual(3);
  });
});

test("a poll that dies between two pages keeps what it stored, and the next one begins before it", async () => {
  await withShop({ sandbox: { bucket: { maximum: 20_000, restorePerSecond: 1_000 } } }, async (shop) => {
    const placed = Array.from({ length: 300 }, () => shop.addOrder({ placedAgoMs: MINUTE_MS }));
    const dying = intercept(shop.remotes.shop, "changedOrders", async (since, cursor) => {
      if (cursor !== null) {
        throw new RemoteError({ remote: "shopify", operation: "OrdersChanged", kind: "unavailable", message: "gone" });
      }
      return shop.remotes.shop.changedOrders(since, cursor);
    });
    const task = await taskOf(shop, "poll_orders", { remotes: { shop: dying } });
    await expect(task.run()).rejects.toMatchObject({ kind: "unavailable" });
    expect((await requested(shop)).length).toBe(250);
    expect(await shop.store.cursors.get(WATERMARK)).toBeNull();
    expect(await poll(shop)).toEqual([...placed].sort());
  });
});

test("a poll that dies before it moves the watermark is repeated, and what was known is no news", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder({ placedAgoMs: MINUTE_MS });
    const cursors = intercept(shop.store.cursors, "set", async () => {
      throw new Error("died");
    });
    const dying = await taskOf(shop, "poll_orders", { store: intercept(shop.store, "cursors", cursors) });
    await expect(dying.run()).rejects.toThrow("died");
    expect(await requested(shop)).toEqual([order]);
    const { requestedSeq } = await shop.row(order);
    await poll(shop);
    expect((await shop.row(order)).requestedSeq).toBe(requestedSeq);
    expect(await shop.store.cursors.get(WATERMARK)).not.toBeNull();
  });
});

test("a poll that is told to stop leaves the watermark where it was", async () => {
  await withShop({}, async (shop) => {
    shop.addOrder({ placedAgoMs: MINUTE_MS });
    await (await taskOf(shop, "poll_orders")).run(AbortSignal.abort());
    expect(await shop.store.cursors.get(WATERMARK)).toBeNull();
  });
});

test.each([
  300,
  30 * SECOND_MS,
])("a second change within the same second is found by polls every %i ms", async (everyMs) => {
  await withShop({ sandbox: { indexLagMs: 0 } }, async (shop) => {
    const order = shop.addOrder({ tags: [] });
    shop.clock.move(100);
    expect(await poll(shop)).toEqual([order]);
    await shop.drain();
    expect(await shop.row(order)).toMatchObject({ status: "waiting", reason: "not_tagged" });
    shop.clock.move(100);
    shop.sandbox.shopify.addTags(order, ["ready_to_ship"]);
    for (let waitedMs = 0; waitedMs < 3 * SECOND_MS; waitedMs += everyMs) {
      shop.clock.move(everyMs);
      await poll(shop);
      await shop.drain();
    }
    expect(await shop.row(order)).toMatchObject({ status: "pending_pickup" });
  });
});

test("a hold moves no order's change time, and is found by the poll of fulfillment orders", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder({ tags: [] });
    shop.clock.move(MINUTE_MS);
    await poll(shop);
    await poll(shop, "poll_fulfillment_orders");
    await shop.drain();
    shop.clock.move(MINUTE_MS);
    const { updatedAt } = shop.sandbox.shopify.find(order);
    shop.sandbox.shopify.holdFulfillmentOrder(order);
    shop.clock.move(MINUTE_MS);
    expect(shop.sandbox.shopify.find(order).updatedAt).toBe(updatedAt);
    expect(await poll(shop)).toEqual([]);
    expect(await poll(shop, "poll_fulfillment_orders")).toEqual([order]);
  });
});

test("a hold that is released within the second in which a run saw it is found by a poll half a minute later", async () => {
  await withShop({ sandbox: { indexLagMs: 0 } }, async (shop) => {
    const order = shop.addOrder();
    shop.clock.move(MINUTE_MS);
    shop.sandbox.shopify.holdFulfillmentOrder(order);
    shop.clock.move(200);
    expect(await shop.reconcile(order)).toMatchObject({ reason: "on_hold" });
    shop.clock.move(200);
    shop.sandbox.shopify.releaseHold(order);
    shop.clock.move(30 * SECOND_MS);
    expect(await poll(shop, "poll_fulfillment_orders")).toEqual([order]);
    await shop.drain();
    expect(await shop.row(order)).toMatchObject({ status: "pending_pickup" });
  });
});

test("an order that is known only by its fulfillment order is taken up with its name", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder({ placedAgoMs: MINUTE_MS });
    expect(await poll(shop, "poll_fulfillment_orders")).toEqual([order]);
    expect((await shop.row(order)).name).toBe(shop.sandbox.shopify.find(order).name);
  });
});

test("more changes than the shop lets one scan read are read in several, without an end that repeats itself", async () => {
  await withShop({}, async (shop) => {
    const PAGE = 250;
    const DEEPEST = 25_000;
    // Thirty thousand changes within ten minutes, as after a bulk edit: all of them lie within the overlap.
    const startAt = shop.clock.now() - 9 * MINUTE_MS;
    const changes: readonly ChangedOrder[] = Array.from({ length: 30_000 }, (_, index) => ({
      id: `gid://shopify/Order/${1_000_000 + index}`,
      name: `#${index}`,
      updatedAt: startAt + Math.floor(index / 100) * SECOND_MS,
      over: false,
    }));
    const changedOrders: ShopPort["changedOrders"] = async (since, cursor) => {
      const from = changes.findIndex(({ updatedAt }) => updatedAt >= since);
      const skip = Number(cursor ?? 0);
      if (skip >= DEEPEST) {
        throw new RemoteError({
          remote: "shopify",
          operation: "OrdersChanged",
          kind: "malformed",
          message: "too deep",
        });
      }
      const items = from < 0 ? [] : changes.slice(from + skip, from + skip + PAGE);
      return { items, nextCursor: from + skip + PAGE < changes.length ? String(skip + PAGE) : null };
    };
    const bulk = intercept(shop.remotes.shop, "changedOrders", changedOrders);
    await (await taskOf(shop, "poll_orders", { remotes: { shop: bulk } })).run();
    expect((await shop.store.orders.dueSummary(shop.clock.now())).count).toBe(30_000);
    expect(Number(await shop.store.cursors.get(WATERMARK))).toBe(changes.at(-1)?.updatedAt);
  });
});
