/** What rules ask for besides the parcel, judged by what the sandbox sold and what the journal says. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatMoney } from "../../src/core/money.ts";
import { type Shop, withShop } from "../support/shop-bench.ts";

const rules = (...actions: readonly object[]): Readonly<Record<string, string>> => ({
  SHIPBOT_RULES: JSON.stringify([
    { group: "Care", match: "all", rules: actions.map((action, index) => ({ name: `rule ${index}`, do: action })) },
  ]),
});
const insured = (amount: string) => ({ insurance: { amount, currency: "USD" } });
const CANADIAN = {
  ...{ firstName: "Sam", lastName: "Example", address1: "1 King Street", city: "Toronto" },
  ...{ countryCode: "CA", province: "Ontario", provinceCode: "ON", zip: "M5H 1A1" },
};

async function onlyShipment(shop: Shop, order: string) {
  return (await shop.store.shipments.ofOrder(order)).at(-1) ?? expect.fail("there is no shipment");
}

/** As the provider answers it. */
async function atProvider(shop: Shop, order: string): Promise<Record<string, unknown>> {
  const { providerShipmentId } = await onlyShipment(shop, order);
  const { apiUrl, apiKey } = shop.settings.shipping;
  const authorization = `Basic ${Buffer.from(`${apiKey.reveal()}:`).toString("base64")}`;
  const answer = await fetch(`${apiUrl}/shipments/${providerShipmentId}`, { headers: { authorization } });
  return (await answer.json()) as Record<string, unknown>;
}

test("the label is insured, signed for, printed as asked, and its insurance is money that was spent", async () => {
  const asked = { ...insured("249.99"), signature: "adult", label_format: "zpl", label_size: "4x8" };
  const env = rules(asked, { reference: "Order {order}" });
  await withShop({ env: { ...env, SHIPBOT_GUARDS_DAY_MAX: "100.00 USD" } }, async (shop) => {
    const order = shop.addOrder({ name: "#77" });
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    const [purchase] = shop.ledger(order).purchases;
    expect(purchase).toMatchObject({ insuredMinor: 24_999, insuranceFeeMinor: 125 });
    expect(await atProvider(shop, order)).toMatchObject({
      options: { delivery_confirmation: "ADULT_SIGNATURE", label_size: "4x8", print_custom_1: "Order #77" },
      ...{ insurance: "249.99" },
    });
    const { label } = await onlyShipment(shop, order);
    expect(label).toMatchObject({ format: "zpl", cost: { amountMinor: (purchase?.amountMinor ?? 0) + 125 } });
    const file = await readFile(join(shop.dataDir, "labels", label?.path ?? ""), "utf8");
    expect(file).toContain("^FDOrder #77^FS");
    const [buy] = await shop.store.effects.ofOrder(order);
    // What was reckoned with before it was known: 1 % of 249.99.
    expect(buy?.input).toMatchObject({
      ...{ labelFormat: "zpl", labelSize: "4x8", signature: "adult", printed: "Order #77" },
      ...{ insuredMinor: 24_999, insuranceMinor: 250, amountMinor: (purchase?.amountMinor ?? 0) + 250 },
    });
    const timeline = await shop.store.timeline.ofOrder(order, 50);
    const told = timeline.find(({ kind }) => kind === "label bought")?.message;
    expect(told).toContain(`${formatMoney(label?.cost ?? { amountMinor: 0, currency: "" })}, insured for 249.99 USD`);
  });
});

test("the cap of a label weighs its insurance", async () => {
  // The label alone is far below the cap, as the second shop shows; one per cent of 1,000 dollars is 10 more.
  await withShop({ env: { ...rules(insured("1000")), SHIPBOT_GUARDS_LABEL_MAX: "15.00 USD" } }, async (shop) => {
    const order = shop.addOrder();
    expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason: "label_over_cap" });
    expect(shop.ledger(order).purchases).toEqual([]);
  });
  await withShop({ env: { ...rules({ insurance: "none" }), SHIPBOT_GUARDS_LABEL_MAX: "15.00 USD" } }, async (shop) => {
    const order = shop.addOrder();
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order).purchases).toMatchObject([{ insuredMinor: 0, insuranceFeeMinor: 0 }]);
  });
});

test("insurance that the provider refuses parks the order, names it, and buys nothing", async () => {
  await withShop({ env: rules(insured("5000.01")) }, async (shop) => {
    const order = shop.addOrder();
    const row = await shop.reconcile(order);
    expect(row).toMatchObject({ status: "parked", reason: "purchase_refused" });
    expect(row.reasonInput["message"]).toMatch(/does not insure the parcel for this amount \(INSURANCE\.AMOUNT\.ABOVE/);
    expect(shop.ledger(order).purchases).toEqual([]);
  });
});

test("a signature that no carrier gives there parks the order and names the option", async () => {
  await withShop({ env: rules({ signature: "adult" }) }, async (shop) => {
    const line = { sku: "MUG-1", duty: { hsCode: "691200", origin: "PT" } };
    const order = shop.addOrder({ address: CANADIAN, lines: [line] });
    const row = await shop.reconcile(order);
    expect(row).toMatchObject({ status: "parked", reason: "no_rate" });
    expect(row.reasonInput["message"]).toMatch(/USPS: delivery_confirmation ADULT_SIGNATURE is not available/);
    expect(shop.ledger(order).purchases).toEqual([]);
  });
});

test("an option that changes before the purchase is quoted anew; one that changes after it costs nothing", async () => {
  await withShop({ env: { ...rules({ signature: "any" }), SHIPBOT_GUARDS_LABEL_MAX: "0.01 USD" } }, async (shop) => {
    const order = shop.addOrder();
    expect(await shop.reconcile(order)).toMatchObject({ status: "parked", reason: "label_over_cap" });
    const policy = shop.context.policy();
    const [group] = policy.rules;
    const [rule] = group?.rules ?? [];
    if (group === undefined || rule === undefined) {
      return expect.fail("the policy has a rule");
    }
    const changed = (signature: "none" | "adult") => ({
      ...shop.context,
      policy: () => ({
        ...policy,
        guards: { ...policy.guards, labelMax: null },
        rules: [{ ...group, rules: [{ ...rule, actions: { ...rule.actions, signature } }] }],
      }),
    });
    expect(await shop.reconcile(order, changed("adult"))).toMatchObject({ status: "pending_pickup" });
    expect((await shop.store.shipments.ofOrder(order)).map(({ state }) => state)).toEqual(["abandoned", "bought"]);
    expect(await atProvider(shop, order)).toMatchObject({ options: { delivery_confirmation: "ADULT_SIGNATURE" } });
    expect(await shop.reconcile(order, changed("none"))).toMatchObject({ status: "pending_pickup" });
    expect(shop.ledger(order).purchases).toHaveLength(1);
    expect(shop.broken()).toEqual([]);
  });
});

test("a purchase whose answer is lost is found again with its insurance and format", async () => {
  await withShop({ env: rules({ ...insured("100"), label_format: "png" }) }, async (shop) => {
    shop.sandbox.faults.force("reset_after", (what) => what.endsWith("/buy"));
    const order = shop.addOrder();
    expect(await shop.reconcile(order)).toMatchObject({ status: "pending_pickup" });
    const [purchase] = shop.ledger(order).purchases;
    expect(shop.ledger(order).purchases).toHaveLength(1);
    expect((await onlyShipment(shop, order)).label).toMatchObject({
      ...{ format: "png", cost: { amountMinor: (purchase?.amountMinor ?? 0) + 50, currency: "USD" } },
    });
  });
});
