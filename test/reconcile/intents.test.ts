/**
 * Nothing is sent before somebody else can read that it is about to be: at the moment of each call the intent is looked
 * for in the database from another connection. EasyPost itself would not sell two labels for one shipment, so that no
 * double purchase would betray a missing intent there; a provider without that guard is tested too.
 */
import { expect, test } from "vitest";
import type { EffectKind } from "../../src/core/effect.ts";
import type { ReconcileContext } from "../../src/reconcile/context.ts";
import { intercept, type Shop, useShop, type Worker } from "../support/shop-bench.ts";

const shared = useShop();

/** The same worker; before each write it is noted which intents of that kind another process sees as begun. */
async function watched(shop: Shop, order: string): Promise<{ context: ReconcileContext; seen: Map<string, number> }> {
  const witness: Worker = await shop.anotherWorker({ instanceId: "witness" });
  const seen = new Map<string, number>();
  const look = async (kind: EffectKind): Promise<void> => {
    const effects = await witness.store.effects.ofOrder(order);
    const begun = effects.filter((effect) => effect.kind === kind && effect.state === "begun");
    expect(begun.map((effect) => effect.kind)).toEqual([kind]);
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
  };
  const { provider, shop: port } = shop.context;
  let watchedProvider = intercept(provider, "buy", async (...args) => {
    await look("buy");
    return provider.buy(...args);
  });
  watchedProvider = intercept(watchedProvider, "void", async (id) => {
    await look("void");
    return provider.void(id);
  });
  let watchedShop = intercept(port, "fulfil", async (request) => {
    await look("fulfil");
    return port.fulfil(request);
  });
  watchedShop = intercept(watchedShop, "postEvent", async (...args) => {
    await look("post_event");
    return port.postEvent(...args);
  });
  watchedShop = intercept(watchedShop, "updateTracking", async (...args) => {
    await look("update_tracking");
    return port.updateTracking(...args);
  });
  return { context: { ...shop.context, provider: watchedProvider, shop: watchedShop }, seen };
}

test("every write that cannot be repeated is written down and committed before it is sent", async () => {
  const shop = shared();
  const order = shop.addOrder();
  const { context, seen } = await watched(shop, order);
  await shop.reconcile(order, context);
  await shop.store.orders.setHold(order, { who: "ada", why: "wrong", at: shop.clock.now(), voidLabels: true });
  await shop.reconcile(order, context);
  await shop.store.orders.setHold(order, null);
  await shop.reconcile(order, context);
  const shipment = (await shop.store.shipments.ofOrder(order)).at(-1)?.id ?? "";
  await shop.store.shipments.recordTracking(shipment, [{ status: "in_transit", at: shop.clock.now() }], null);
  await shop.settle(order, context);
  expect(Object.fromEntries(seen)).toEqual({ buy: 2, void: 1, fulfil: 1, update_tracking: 1, post_event: 1 });
  expect((await shop.store.effects.ofOrder(order)).filter(({ state }) => state !== "done")).toEqual([]);
});

test("the intent says what it is for, and an answer is one step of its own in the order's history", async () => {
  const shop = shared();
  const order = shop.addOrder();
  await shop.reconcile(order);
  const [buy] = await shop.store.effects.ofOrder(order);
  const [purchase] = shop.ledger(order).purchases;
  expect(buy?.input).toMatchObject({
    ...{ rate: purchase?.rateId, carrier: "USPS", amountMinor: purchase?.amountMinor, currency: "USD" },
  });
  const kinds = (await shop.store.timeline.ofOrder(order, 50)).map(({ kind }) => kind);
  expect(kinds.indexOf("buy begun")).toBeLessThan(kinds.indexOf("label bought"));
  expect(kinds.indexOf("label bought")).toBeLessThan(kinds.indexOf("shop told"));
});

test("a provider that would sell twice is never asked twice: the order is parked until a look-up finds the label", async () => {
  const shop = shared();
  const order = shop.addOrder();
  const { provider } = shop.context;
  let purchases = 0;
  let isShown = false;
  const unguarded: ReconcileContext = {
    ...shop.context,
    provider: new Proxy(provider, {
      get: (target, name) => {
        switch (name) {
          case "purchaseIsGuarded":
            return false;
          case "buy":
            return async (...args: Parameters<typeof provider.buy>) => {
              purchases += 1;
              await provider.buy(...args);
              return {
                outcome: "unknown",
                failure: { kind: "outcome_unknown", message: "lost", code: null, retryAt: null, remedy: null },
              };
            };
          case "readShipment":
            // Its list of purchases lags behind.
            return async (id: string) => {
              const found = await provider.readShipment(id);
              return isShown ? found : { ...found, purchase: null };
            };
          default:
            return Reflect.get(target, name);
        }
      },
    }),
  };
  await shop.request(order);
  for (let runs = 0; runs < 12; runs += 1) {
    shop.clock.moveTo(Math.max(shop.clock.now(), (await shop.row(order)).dueAt ?? 0));
    await shop.runOnce(order, unguarded);
  }
  expect(await shop.row(order)).toMatchObject({ status: "parked", reason: "purchase_outcome_unknown" });
  expect([purchases, shop.ledger(order).purchases.length]).toEqual([1, 1]);
  isShown = true;
  expect(await shop.settle(order, unguarded)).toMatchObject({ status: "pending_pickup", reason: null });
  expect([purchases, shop.ledger(order).purchases.length]).toEqual([1, 1]);
});
