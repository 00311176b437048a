/** A label is paid for, and something beside it is missing: its order, or its file. */
import { expect, test } from "vitest";
import { RemoteError } from "../../src/base/errors.ts";
import { intercept, withShop } from "../support/shop-bench.ts";

test("an order that the shop no longer has is parked while a label of it is paid for", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    await shop.reconcile(order);
    const without = intercept(shop.context.shop, "readOrder", async () => null);
    await shop.request(order);
    await shop.runOnce(order, { ...shop.context, shop: without });
    expect(await shop.row(order)).toMatchObject({
      status: "parked",
      reason: "order_gone_with_label",
      reasonInput: { labels: 1 },
    });
  });
});

test("an order that the shop no longer has and that cost nothing is skipped", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    const without = intercept(shop.context.shop, "readOrder", async () => null);
    await shop.request(order);
    await shop.runOnce(order, { ...shop.context, shop: without });
    expect(await shop.row(order)).toMatchObject({ status: "skipped", reason: "order_gone" });
  });
});

test("a label whose file cannot be had holds up neither the shop nor the order, and is asked for again", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    const { provider } = shop.context;
    const withoutFile = intercept(provider, "downloadLabel", async () => {
      throw new RemoteError({ remote: "shipping", operation: "GET label", kind: "missing", message: "no such file" });
    });
    await shop.request(order);
    await shop.runOnce(order, { ...shop.context, provider: withoutFile });
    await shop.runOnce(order, { ...shop.context, provider: withoutFile });
    expect(await shop.row(order)).toMatchObject({ status: "pending_pickup", reason: null });
    expect(shop.ledger(order).fulfillments).toHaveLength(1);
    expect((await shop.row(order)).dueAt).not.toBeNull();
    await shop.settle(order);
    const [shipment] = await shop.store.shipments.ofOrder(order);
    expect(shipment?.label?.path).not.toBeNull();
  });
});
