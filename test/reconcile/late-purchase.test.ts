/**
 * A purchase whose answer was lost, that the look-up did not find, and that lands afterwards: the label is paid for, and
 * what was planned has changed meanwhile. It is found and taken over; no second one is bought.
 */
import { expect, test } from "vitest";
import type { ReconcileContext } from "../../src/reconcile/context.ts";
import { DEFAULT_ADDRESS } from "../../src/sandbox/shopify/orders.ts";
import { intercept, type Shop, useShop } from "../support/shop-bench.ts";

const shared = useShop();

const ELSEWHERE = { ...DEFAULT_ADDRESS, address1: "9 Pine Street" };

const LOST = {
  kind: "outcome_unknown",
  message: "the connection was lost",
  code: null,
  retryAt: null,
  remedy: null,
} as const;

/** The first purchase is on its way for so long that the look-up after it finds nothing; `meanwhile` happens then. */
function slowFirstPurchase(shop: Shop, meanwhile: () => void): ReconcileContext {
  const { provider } = shop.context;
  let underWay: (() => Promise<unknown>) | null = null;
  let isFirst = true;
  const losing = intercept(provider, "buy", async (id, rateId) => {
    if (!isFirst) {
      return provider.buy(id, rateId);
    }
    isFirst = false;
    underWay = () => provider.buy(id, rateId);
    return { outcome: "unknown", failure: LOST };
  });
  const landing = intercept(losing, "readShipment", async (id) => {
    const found = await provider.readShipment(id);
    const arrive = underWay;
    underWay = null;
    if (arrive !== null) {
      meanwhile();
      await arrive();
    }
    return found;
  });
  return { ...shop.context, provider: landing };
}

test("it is taken over when the address changed meanwhile, and a human decides about it", async () => {
  const shop = shared();
  const order = shop.addOrder();
  const context = slowFirstPurchase(shop, () => shop.sandbox.shopify.setAddress(order, ELSEWHERE));
  expect(await shop.reconcile(order, context)).toMatchObject({ status: "parked", reason: "changed_after_label" });
  expect(shop.ledger(order).purchases).toHaveLength(1);
  expect((await shop.store.shipments.ofOrder(order)).map(({ state }) => state)).toEqual(["bought"]);
});

test("its money is asked back when the order was cancelled meanwhile", async () => {
  const shop = shared();
  const order = shop.addOrder();
  const context = slowFirstPurchase(shop, () => shop.sandbox.shopify.cancelOrder(order));
  expect(await shop.reconcile(order, context)).toMatchObject({ status: "cancelled" });
  const { purchases, refunds } = shop.ledger(order);
  expect([purchases.length, refunds[0]?.shipmentId]).toEqual([1, purchases[0]?.shipmentId]);
});

test("it is taken over although the order waits for something meanwhile, and nobody would look there", async () => {
  const shop = shared();
  const order = shop.addOrder();
  const context = slowFirstPurchase(shop, () => shop.sandbox.shopify.removeTags(order, ["ready_to_ship"]));
  expect(await shop.reconcile(order, context)).toMatchObject({ status: "pending_pickup" });
  expect(shop.ledger(order)).toMatchObject({ purchases: [{}], fulfillments: [{}], refunds: [] });
});

test("a planned shipment that the provider no longer knows is planned anew", async () => {
  const shop = shared();
  const order = shop.addOrder();
  const { provider } = shop.context;
  const funds = intercept(provider, "buy", async () => ({
    outcome: "refused",
    failure: { ...LOST, kind: "throttled", retryAt: shop.clock.now() + 2 * 3_600_000 },
  }));
  await shop.request(order);
  await shop.runOnce(order, { ...shop.context, provider: funds });
  const [planned] = await shop.store.shipments.ofOrder(order);
  expect(planned?.state).toBe("quoted");
  // As after a change from the test key to the live one: every object of before is unknown, and the rates are old by now.
  const gone = planned?.providerShipmentId;
  const hide = async (id: string) => (id === gone ? "shp_unknown" : id);
  const forgetful = intercept(
    intercept(provider, "refreshRates", async (id) => provider.refreshRates(await hide(id))),
    "findShipment",
    async () => null,
  );
  shop.clock.move(3 * 3_600_000);
  expect(await shop.reconcile(order, { ...shop.context, provider: forgetful })).toMatchObject({
    status: "pending_pickup",
  });
  const shipments = await shop.store.shipments.ofOrder(order);
  expect(shipments.map(({ state }) => state)).toEqual(["abandoned", "bought"]);
  expect(shop.ledger(order).purchases).toHaveLength(1);
});

test("a label under our reference that the journal has forgotten is adopted and told to the shop", async () => {
  const shop = shared();
  const order = shop.addOrder();
  const { provider } = shop.context;
  // What an older copy of the database is like: the purchase happened, and nothing of it is written down.
  const buying = intercept(provider, "createShipment", async (request) => {
    const made = await provider.createShipment(request);
    if (made.outcome === "done") {
      await provider.buy(made.value.id, made.value.rates[0]?.id ?? "");
    }
    return { outcome: "unknown", failure: LOST };
  });
  await shop.request(order);
  await shop.runOnce(order, { ...shop.context, provider: buying });
  expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
  expect(shop.ledger(order).purchases).toHaveLength(1);
  expect(shop.ledger(order).fulfillments).toHaveLength(1);
});
