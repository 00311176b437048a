/** Closing a purchase as not bought, with what may happen between the question to a human and the act. */
import { describe, expect, test } from "vitest";
import { closeAsNotBought, findOpenPurchases, type OpenPurchase } from "../../src/cli/open-purchases.ts";
import { LATE_PURCHASE_MS } from "../../src/core/decide-unbought.ts";
import { effectKey } from "../../src/core/effect.ts";
import type { ShipmentRecord } from "../../src/core/shipment.ts";
import { MINUTE_MS } from "../../src/core/time.ts";
import type { FencedWriter } from "../../src/store/types.ts";
import { type Shop, useShop } from "../support/shop-bench.ts";

const shared = useShop();

interface Lost {
  readonly shop: Shop;
  readonly id: string;
  readonly name: string;
  /** As a human was asked about it. */
  readonly asked: readonly OpenPurchase[];
  readonly shipment: ShipmentRecord;
}

/** An order whose purchase is journalled as unknown, `ageMs` ago; the provider has no label for it. */
async function loseAnswer(ageMs = LATE_PURCHASE_MS): Promise<Lost> {
  const shop = shared();
  const id = shop.addOrder();
  shop.sandbox.easypost.setFunds(false);
  await shop.request(id);
  await shop.runOnce(id);
  shop.sandbox.easypost.setFunds(true);
  const [shipment] = await shop.store.shipments.ofOrder(id);
  if (shipment?.state !== "quoted") {
    return expect.fail("the order is not quoted");
  }
  await write(shop, id, async (tx) => {
    const begunAt = shop.clock.now() - ageMs;
    const key = effectKey("buy", shipment.id);
    await tx.beginEffect({ key, kind: "buy", shipmentId: shipment.id, input: {} }, begunAt);
    await tx.settleEffect(key, "unknown", { kind: "outcome_unknown", message: "no answer" }, begunAt);
  });
  const asked = await findOpenPurchases(shop, id);
  expect(asked).toHaveLength(1);
  return { shop, id, name: shop.sandbox.shopify.find(id).name, asked, shipment };
}

async function write(shop: Shop, id: string, change: (tx: FencedWriter) => Promise<void>): Promise<void> {
  const at = shop.clock.now();
  const lease = await shop.store.orders.claim(id, "another", at, MINUTE_MS);
  if (lease === null) {
    return expect.fail("the order is leased");
  }
  await shop.store.fenced(lease, change);
  await shop.store.orders.release(lease, at, { dueAt: null, attempts: 3, lastError: null });
}

const close = ({ shop, id, name, asked }: Lost): Promise<void> => closeAsNotBought(shop, { id, name }, asked, "ada");

/** What must be as before when nothing was settled. */
async function stateOf({ shop, id }: Lost) {
  const { dueAt, attempts, leaseOwner } = await shop.row(id);
  const shipments = (await shop.store.shipments.ofOrder(id)).map(({ state }) => state);
  const effects = (await shop.store.effects.ofOrder(id)).map(({ state, attempt }) => `${state} ${attempt}`);
  return { dueAt, attempts, leaseOwner, shipments, effects };
}

async function expectRefused(lost: Lost, why: RegExp): Promise<void> {
  const before = await stateOf(lost);
  await expect(close(lost)).rejects.toThrow(why);
  expect(await stateOf(lost)).toEqual(before);
}

test("a purchase that is still as it was asked about is closed, and the order buys one label anew", async () => {
  const lost = await loseAnswer();
  await close(lost);
  expect(await stateOf(lost)).toMatchObject({ shipments: ["abandoned"], leaseOwner: null });
  expect(await lost.shop.settle(lost.id)).toMatchObject({ status: "pending_pickup" });
  expect(lost.shop.ledger(lost.id).purchases).toHaveLength(1);
  await expectRefused(lost, /is abandoned now: nothing was settled/);
});

describe("nothing is done, and it is said what changed, when meanwhile", () => {
  test("a run took the label over: what is bought never becomes abandoned", async () => {
    const lost = await loseAnswer();
    await lost.shop.reconcile(lost.id);
    expect(await stateOf(lost)).toMatchObject({ shipments: ["bought"] });
    await expectRefused(lost, /is bought now: nothing was settled/);
  });

  test("the purchase was begun once more", async () => {
    const lost = await loseAnswer();
    await write(lost.shop, lost.id, async (tx) => {
      const key = effectKey("buy", lost.shipment.id);
      const begunAt = lost.shop.clock.now() - LATE_PURCHASE_MS;
      await tx.settleEffect(key, "absent", null, begunAt);
      await tx.beginEffect({ key, kind: "buy", shipmentId: lost.shipment.id, input: {} }, begunAt);
    });
    await expectRefused(lost, /was asked for once more: nothing was settled/);
  });

  test("the provider refused it", async () => {
    const lost = await loseAnswer();
    const failure = { kind: "rejected", message: "no" };
    await write(lost.shop, lost.id, (tx) =>
      tx.settleEffect(effectKey("buy", lost.shipment.id), "refused", failure, lost.shop.clock.now()),
    );
    await expectRefused(lost, /the purchase of \S+ is refused now: nothing was settled/);
  });

  test("the provider has come to show the label", async () => {
    const lost = await loseAnswer();
    const { provider } = lost.shop.remotes;
    const outcome = await provider.buy(lost.shipment.providerShipmentId ?? "", lost.shipment.rates[0]?.id ?? "");
    expect(outcome).toMatchObject({ outcome: "done" });
    await expectRefused(lost, /EasyPost shows a label for \S+: it was bought/);
  });

  test("somebody works on the order", async () => {
    const lost = await loseAnswer();
    await lost.shop.store.orders.claim(lost.id, "another", lost.shop.clock.now(), MINUTE_MS);
    await expectRefused(lost, /is being worked on at this moment/);
  });
});

test("a purchase that may still arrive is not closed, to the millisecond", async () => {
  const lost = await loseAnswer(LATE_PURCHASE_MS - 1);
  await expectRefused(lost, /may still arrive/);
  lost.shop.clock.move(1);
  await close(lost);
  expect(await stateOf(lost)).toMatchObject({ shipments: ["abandoned"] });
});

test("a request that comes between the look and the claim is not lost when nothing is done", async () => {
  const lost = await loseAnswer(0);
  const { shop, id } = lost;
  const get: typeof shop.store.orders.get = async (orderId) => {
    const row = await shop.store.orders.get(orderId);
    await shop.request(id);
    return row;
  };
  const store = { ...shop.store, orders: { ...shop.store.orders, get } };
  await expect(closeAsNotBought({ ...shop, store }, lost, lost.asked, "ada")).rejects.toThrow(/may still arrive/);
  expect((await shop.row(id)).dueAt).toBe(shop.clock.now());
});
