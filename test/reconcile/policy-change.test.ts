/** A policy that is taken in the middle of a run holds from the next run on: what was quoted under one is bought under it. */
import { expect, test } from "vitest";
import type { Policy } from "../../src/core/policy.ts";
import { intercept, withShop } from "../support/shop-bench.ts";

test("a run keeps one policy to its end, and the order is looked at again under the new one", async () => {
  await withShop({}, async (shop) => {
    let policy: Policy = shop.settings.policy;
    const { provider } = shop.context;
    const context = {
      ...shop.context,
      policy: () => policy,
      provider: intercept(provider, "createShipment", async (...args) => {
        // The strictest there is, taken between quote and purchase.
        policy = { ...policy, ready: { ...policy.ready, tags: ["another"] } };
        return provider.createShipment(...args);
      }),
    };
    const bought = shop.addOrder();
    const held = shop.addOrder();
    await shop.request(bought);
    expect(await shop.runOnce(bought, context)).toBe("rested");
    expect(shop.ledger(bought)).toMatchObject({ purchases: [{}], fulfillments: [{}] });
    expect(await shop.reconcile(held, context)).toMatchObject({ status: "waiting", reason: "not_tagged" });
    policy = shop.settings.policy;
    await shop.store.orders.requestForPolicy(shop.clock.now());
    expect(await shop.settle(held, context)).toMatchObject({ status: "pending_pickup" });
    expect(shop.broken()).toEqual([]);
  });
});
