/** Hours at work: what the sandbox sold, and when. The clock is moved to the very times that the orders are due. */
import { expect, test } from "vitest";
import { HOUR_MS } from "../../src/core/time.ts";
import { withShop } from "../support/shop-bench.ts";

const FRIDAY = Date.parse("2026-11-27T13:30:00Z");
const ENV = {
  SHIPBOT_TIME_ZONE: "Europe/Berlin",
  SHIPBOT_HOURS_DAYS: "mon,tue,wed,thu,fri",
  SHIPBOT_HOURS_OPENING: "08:00",
  SHIPBOT_HOURS_CUT_OFF: "14:00",
};

test("an order after the cut-off waits, is due on the minute of the next opening, and is bought then", async () => {
  await withShop({ env: ENV }, async (shop) => {
    shop.clock.moveTo(FRIDAY);
    const order = shop.addOrder();
    await shop.request(order);
    await shop.runOnce(order);
    expect(await shop.row(order)).toMatchObject({
      ...{ status: "waiting", reason: "after_cut_off", dueAt: Date.parse("2026-11-30T07:00:00Z") },
      reasonInput: { until: "Mon 08:00 (Europe/Berlin)", cutOff: "14:00" },
    });
    // Asked for in between, such as by resync: nothing is bought and the provider is not asked again.
    const asked = (await shop.store.shipments.ofOrder(order))[0]?.ratesAt;
    shop.clock.moveTo(FRIDAY + 20 * HOUR_MS);
    await shop.request(order);
    await shop.runOnce(order);
    expect((await shop.store.shipments.ofOrder(order))[0]?.ratesAt).toBe(asked);
    expect(await shop.row(order)).toMatchObject({ dueAt: Date.parse("2026-11-30T07:00:00Z") });
    expect(shop.ledger(order).purchases).toEqual([]);
    shop.clock.moveTo(Date.parse("2026-11-30T06:59:59Z"));
    expect(await shop.drain()).toBe(0);
    shop.clock.moveTo(Date.parse("2026-11-30T07:00:00Z"));
    await shop.drain();
    expect(shop.ledger(order).purchases).toHaveLength(1);
    expect(await shop.row(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.broken()).toEqual([]);
  });
});

test("what is bought already is told to the shop and carried on at any hour", async () => {
  await withShop({ env: ENV }, async (shop) => {
    shop.clock.moveTo(FRIDAY - HOUR_MS);
    const order = shop.addOrder();
    await shop.reconcile(order);
    shop.clock.moveTo(FRIDAY + HOUR_MS);
    expect(await shop.carry(order, 7)).toMatchObject({ status: "delivered" });
    expect(shop.broken()).toEqual([]);
  });
});

test("a holiday of the carrier that is chosen keeps its parcels only", async () => {
  const holidays = JSON.stringify([{ date: "2026-11-27", carrier: "USPS" }]);
  const map = JSON.stringify([{ line: "By UPS", buy: "UPS *" }]);
  await withShop(
    { env: { ...ENV, SHIPBOT_HOURS_CUT_OFF: "24:00", SHIPBOT_HOURS_HOLIDAYS: holidays, SHIPBOT_SERVICES_MAP: map } },
    async (shop) => {
      shop.clock.moveTo(FRIDAY);
      const ups = shop.addOrder({ shippingLine: { title: "By UPS", code: "ups", price: "5.00" } });
      await shop.reconcile(ups);
      expect(shop.ledger(ups).purchases).toMatchObject([{ carrier: "UPS" }]);
      const usps = shop.addOrder();
      await shop.request(usps);
      await shop.runOnce(usps);
      expect(await shop.row(usps)).toMatchObject({ status: "waiting", reason: "no_shipping_day" });
      expect(shop.ledger(usps).purchases).toEqual([]);
    },
  );
});
