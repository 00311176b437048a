/** Orders that ship in several boxes, over real HTTP against the sandbox, judged by what the sandbox saw. */
import { expect, test } from "vitest";
import { intercept, type Shop, withShop } from "../support/shop-bench.ts";

/** Two of the sandbox's mugs (420 g) to a box, never three. */
const PARCELS = JSON.stringify([
  { name: "pair", length_mm: 300, width_mm: 200, height_mm: 100, tare_g: 100, max_weight_g: 1_000 },
]);
const IN_PAIRS = { env: { SHIPBOT_PARCELS: PARCELS } };

function addMugs(shop: Shop, quantity: number): string {
  return shop.addOrder({ lines: [{ sku: "MUG", title: "Mug", quantity, grams: 420, requiresShipping: true }] });
}

function unitsOf(shop: Shop, order: string): readonly (readonly number[])[] {
  return shop.ledger(order).fulfillments.map((fulfillment) => fulfillment.lines.map(({ quantity }) => quantity));
}

test("five mugs ship in three boxes: a label, a fulfillment, a number and events for each", async () => {
  await withShop(IN_PAIRS, async (shop) => {
    const order = addMugs(shop, 5);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order)).toMatchObject({ purchases: [{}, {}, {}], fulfillments: [{}, {}, {}] });
    expect(unitsOf(shop, order)).toEqual([[2], [2], [1]]);
    expect(await shop.carry(order)).toMatchObject({ status: "delivered" });
    expect(shop.broken()).toEqual([]);
    const shipments = await shop.store.shipments.ofOrder(order);
    expect(shipments.map(({ parcelNumber, parcelCount }) => `${parcelNumber}/${parcelCount}`)).toEqual([
      "1/3",
      "2/3",
      "3/3",
    ]);
  });
});

test.each([
  "buy",
  "fulfil",
] as const)("a lost answer to the second %s is looked up, and nothing is done twice", async (call) => {
  await withShop(IN_PAIRS, async (shop) => {
    const order = addMugs(shop, 4);
    let calls = 0;
    const lost = {
      outcome: "unknown",
      failure: { kind: "outcome_unknown", message: "lost", code: null, retryAt: null, remedy: null },
    } as const;
    const { shop: real, provider } = shop.context;
    const context = {
      ...shop.context,
      ...(call === "buy"
        ? {
            provider: intercept(provider, "buy", async (...given) => {
              const done = await provider.buy(...given);
              calls += 1;
              return calls === 2 ? lost : done;
            }),
          }
        : {
            shop: intercept(real, "fulfil", async (...given) => {
              const done = await real.fulfil(...given);
              calls += 1;
              return calls === 2 ? lost : done;
            }),
          }),
    };
    expect(await shop.reconcile(order, context)).toMatchObject({ status: "pending_pickup" });
    expect(calls).toBe(2);
    expect(shop.ledger(order)).toMatchObject({ purchases: [{}, {}], fulfillments: [{}, {}] });
    expect(shop.broken()).toEqual([]);
  });
});

test("a product that fits no box parks the order with its SKU, and nothing is bought", async () => {
  await withShop(IN_PAIRS, async (shop) => {
    const order = shop.addOrder({
      lines: [{ sku: "ANVIL", title: "Anvil", quantity: 1, grams: 20_000, requiresShipping: true }],
    });
    expect(await shop.reconcile(order)).toMatchObject({
      status: "parked",
      reason: "does_not_fit",
      reasonInput: { what: "ANVIL" },
    });
    expect(shop.ledger(order).purchases).toEqual([]);
  });
});

test("the labels of all boxes together are held against the order's cap, before the first is paid for", async () => {
  const price = await withShop(IN_PAIRS, async (shop) => {
    const order = addMugs(shop, 4);
    await shop.reconcile(order);
    return shop.ledger(order).purchases[0]?.amountMinor ?? 0;
  });
  const cap = (amountMinor: number) => ({
    env: { ...IN_PAIRS.env, SHIPBOT_GUARDS_ORDER_MAX: `${(amountMinor / 100).toFixed(2)} USD` },
  });
  expect(price).toBeGreaterThan(0);
  await withShop(cap(2 * price - 1), async (shop) => {
    const order = addMugs(shop, 4);
    expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason: "order_over_cap" });
    expect(shop.ledger(order).purchases).toEqual([]);
  });
  await withShop(cap(2 * price), async (shop) => {
    const order = addMugs(shop, 4);
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order).purchases).toHaveLength(2);
  });
});

test("an order that needs more labels than its day has left waits as a whole, and takes the next day", async () => {
  await withShop({ env: { ...IN_PAIRS.env, SHIPBOT_GUARDS_DAY_LABELS: "3" } }, async (shop) => {
    const [first, second] = [addMugs(shop, 4), addMugs(shop, 4)];
    expect(await shop.reconcile(first)).toMatchObject({ status: "pending_pickup" });
    await shop.request(second);
    await shop.runOnce(second);
    expect(await shop.row(second)).toMatchObject({ status: "waiting", reason: "labels_day" });
    expect(shop.ledger(second).purchases).toEqual([]);
    expect(await shop.settle(second)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(second).purchases).toHaveLength(2);
    expect(shop.broken()).toEqual([]);
  });
});
