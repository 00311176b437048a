/** Parcels that cross a customs border, judged by what the sandbox sold. */
import { expect, test } from "vitest";
import type { LineSpec, OrderSpec } from "../../src/sandbox/shopify/orders.ts";
import { withShop } from "../support/shop-bench.ts";

const PRODUCTS = JSON.stringify({ "MUG-1": { hs_code: "6912.00", origin: "PT", description: "Ceramic mug" } });

const CANADIAN = { firstName: "Sam", lastName: "Example", address1: "1 King Street" };

function toCanada(line: LineSpec): OrderSpec {
  const address = {
    ...CANADIAN,
    countryCode: "CA",
    province: "Ontario",
    provinceCode: "ON",
    zip: "M5H 1A1",
    city: "Toronto",
  };
  return { address, lines: [line] };
}

test("a product that cannot be declared parks the order by name, and nothing is asked of the provider", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder(toCanada({ sku: "MUG-1" }));
    expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason: "customs_incomplete" });
    expect(await shop.store.shipments.ofOrder(order)).toEqual([]);
  });
});

test("what the checkout charged duties by is declared, and the parcel is sold", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder(toCanada({ sku: "MUG-1", duty: { hsCode: "691200", origin: "PT" } }));
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order).purchases).toMatchObject([{ service: "FirstClassPackageInternationalService" }]);
    expect(shop.broken()).toEqual([]);
  });
});

test("without duties it is what the config file says of the SKU", async () => {
  await withShop({ env: { SHIPBOT_CUSTOMS_PRODUCTS: PRODUCTS } }, async (shop) => {
    const order = shop.addOrder(toCanada({ sku: "mug-1" }));
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    const other = shop.addOrder(toCanada({ sku: "MUG-2" }));
    expect(await shop.reconcile(other)).toMatchObject({ status: "parked", reason: "customs_incomplete" });
  });
});
