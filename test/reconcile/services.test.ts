/** Which service is bought, judged by what the sandbox sold. */
import { expect, test } from "vitest";
import type { OrderSpec } from "../../src/sandbox/shopify/orders.ts";
import { withShop } from "../support/shop-bench.ts";

const MAP = JSON.stringify([
  { line: "Express*", buy: "fastest" },
  { line: "Parcel", buy: ["DPD *", "UPS *"] },
  { line: "Pigeon", buy: "Pigeon Post" },
]);

function chosenAtCheckout(title: string): OrderSpec {
  return { shippingLine: { title, code: title, price: "5.00" } };
}

test("the checkout's shipping line says what is bought; without one that is mapped it is the default", async () => {
  await withShop(
    { env: { SHIPBOT_SERVICES_MAP: MAP, SHIPBOT_SERVICES_DEFAULT: "cheapest within 2 days" } },
    async (shop) => {
      for (const [title, sold] of [
        ["Express (1-2 days)", "USPS Priority"],
        ["Parcel", "UPS Ground"],
        ["Standard", "USPS Priority"],
      ] as const) {
        const order = shop.addOrder(chosenAtCheckout(title));
        await shop.reconcile(order);
        const { purchases } = shop.ledger(order);
        expect(purchases.map(({ carrier, service }) => `${carrier} ${service}`)).toEqual([sold]);
      }
      const order = shop.addOrder(chosenAtCheckout("Pigeon"));
      expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason: "no_rate_for_service" });
      expect(shop.ledger(order).purchases).toEqual([]);
    },
  );
});

test("only rates of the accounts that the policy names are bought", async () => {
  await withShop({ env: { SHIPBOT_SERVICES_ACCOUNTS: "ca_00000000000000000000000000000003" } }, async (shop) => {
    const order = shop.addOrder();
    await shop.reconcile(order);
    expect(shop.ledger(order).purchases).toMatchObject([{ carrier: "FedEx" }]);
    expect((await shop.store.shipments.ofOrder(order))[0]?.rates).toHaveLength(5);
  });
});
