/** A test key on a live shop, and the reverse, judged by what the sandbox sold. */
import { expect, test } from "vitest";
import { type Shop, withShop } from "../support/shop-bench.ts";

const LIVE_SHOP = { shop: { plan: { partnerDevelopment: false, publicDisplayName: "Basic" } } };
const LIVE_KEY = { credentials: { apiKey: "EZAKsandbox" } };

function standing(shop: Shop): Promise<readonly string[]> {
  return shop.store.alarms.list().then((alarms) => alarms.map(({ key, message }) => `${key}: ${message}`));
}

test("a test key sells nothing for a live shop until it is allowed; one alarm stands meanwhile", async () => {
  await withShop({ sandbox: LIVE_SHOP }, async (shop) => {
    const orders = [shop.addOrder(), shop.addOrder()];
    for (const order of orders) {
      expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason: "test_key_on_live_shop" });
      expect(shop.ledger(order).purchases).toEqual([]);
    }
    expect(await standing(shop)).toEqual([
      expect.stringMatching(/^key_mismatch: no label is bought: .* is a test key/),
    ]);
    expect(shop.logged("alarm")).toHaveLength(1);
    // Asked once, however many orders there are.
    expect(shop.asked("query ShopIdentity")).toBe(1);
    const { policy } = shop.settings;
    const allowed = { ...policy, guards: { ...policy.guards, allowTestKey: true } };
    const context = { ...shop.context, policy: () => allowed };
    for (const order of orders) {
      expect(await shop.reconcile(order, context)).toMatchObject({ status: "pending_pickup" });
    }
    expect(await standing(shop)).toEqual([]);
  });
});

test("a live key sells nothing for a development shop until it is allowed", async () => {
  await withShop({ sandbox: LIVE_KEY }, async (shop) => {
    const order = shop.addOrder();
    expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason: "live_key_on_development_shop" });
    expect(shop.ledger(order).purchases).toEqual([]);
  });
  await withShop({ sandbox: LIVE_KEY, env: { SHIPBOT_GUARDS_ALLOW_LIVE_KEY: "true" } }, async (shop) => {
    expect(await shop.reconcile(shop.addOrder())).toMatchObject({ status: "pending_pickup" });
  });
});

test("a live key on a live shop, and a key that does not tell, stop nothing", async () => {
  for (const apiKey of ["EZAKsandbox", "an-older-key"]) {
    await withShop({ sandbox: { ...LIVE_SHOP, credentials: { apiKey } } }, async (shop) => {
      expect(await shop.reconcile(shop.addOrder())).toMatchObject({ status: "pending_pickup" });
    });
  }
});
