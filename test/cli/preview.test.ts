/** A preview of `retry` shows what `retry` then does: the world as it lifts it and as the store lifts it decide alike. */
import { expect, test } from "vitest";
import { withRefusalsLifted } from "../../src/cli/preview.ts";
import { decide } from "../../src/core/decide.ts";
import { observe } from "../../src/reconcile/observe.ts";
import { type Shop, withShop } from "../support/shop-bench.ts";

const REFUSED: readonly { readonly what: string; readonly refuse: (shop: Shop) => Promise<string> }[] = [
  {
    what: "a shipment without a rate",
    refuse: async (shop) => {
      const id = shop.addOrder();
      shop.sandbox.easypost.setNoRates(() => true);
      expect(await shop.reconcile(id)).toMatchObject({ status: "parked", reason: "no_rate" });
      return id;
    },
  },
  {
    what: "a refused purchase",
    refuse: async (shop) => {
      const id = shop.addOrder();
      await shop.request(id);
      shop.sandbox.easypost.setFunds(false);
      await shop.runOnce(id);
      shop.sandbox.easypost.setFunds(true);
      const lease = await shop.store.orders.claim(id, "test", shop.clock.now(), 1_000);
      const [shipment] = await shop.store.shipments.ofOrder(id);
      if (lease === null || shipment === undefined) {
        return expect.fail("the order is not quoted");
      }
      const key = `buy:${shipment.id}`;
      await shop.store.fenced(lease, async (tx) => {
        await tx.beginEffect({ key, kind: "buy", shipmentId: shipment.id, input: {} }, shop.clock.now());
        const failure = { kind: "rejected", message: "carrier account closed" };
        await tx.settleEffect(key, "refused", failure, shop.clock.now());
      });
      await shop.store.orders.release(lease, shop.clock.now(), { dueAt: null, attempts: 2, lastError: null });
      return id;
    },
  },
];

test.each(REFUSED)("$what: the preview lifts what the store lifts", async ({ refuse }) => {
  await withShop({}, async (shop) => {
    const id = await refuse(shop);
    const before = (await observe(shop.context, id)) ?? expect.fail("the shop has the order");
    const previewed = withRefusalsLifted(before);
    expect(decide(before)).toMatchObject({ judgement: { status: "parked" } });
    expect(await shop.store.orders.liftRefusals(id, shop.clock.now())).toBe(1);
    const lifted = (await observe(shop.context, id)) ?? expect.fail("the shop has the order");
    // When it was lifted is written down in the journal only; nothing is decided by it.
    const effects = lifted.record.effects.map((effect, index) => ({
      ...effect,
      settledAt: previewed.record.effects[index]?.settledAt ?? null,
    }));
    expect(previewed).toEqual({ ...lifted, record: { ...lifted.record, effects } });
    expect(decide(previewed)).toEqual(decide(lifted));
    expect(decide(lifted).actions).not.toEqual([]);
  });
});
