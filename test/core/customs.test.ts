import { describe, expect, it } from "vitest";
import { type CustomsPolicy, type CustomsProduct, DEFAULT_CUSTOMS, declareCustoms } from "../../src/core/customs.ts";
import { customsNeed } from "../../src/core/customs-zones.ts";
import { decide } from "../../src/core/decide.ts";
import type { FulfillmentOrderLine } from "../../src/core/order.ts";
import { linesToShip } from "../../src/core/parcel.ts";
import { aFulfillmentOrder, aLine, anAddress, anInput, anOrder, aPolicy, NOW } from "../support/builders.ts";
import { kindsOf, planOf, withShipment } from "./planned.ts";

const CANADA = anAddress({ country: "CA", province: "ON", postalCode: "M5H 1A1" });
const GERMANY = anAddress({ country: "DE", province: null, postalCode: "10115" });
const DUTY = { hsCode: "691200", origin: "PT" };
const PRODUCT: CustomsProduct = { hsCode: null, origin: null, description: null, value: null };

function declare(
  line: Partial<FulfillmentOrderLine>,
  policy: Partial<CustomsPolicy> = {},
  way: { readonly to?: typeof CANADA; readonly from?: typeof CANADA; readonly incoterm?: string } = {},
) {
  const fulfillmentOrder = aFulfillmentOrder({ lines: [aLine(line)] });
  const lines = linesToShip(fulfillmentOrder);
  return declareCustoms({
    order: anOrder({ fulfillmentOrders: [fulfillmentOrder] }),
    ...{ from: way.from ?? anAddress(), to: way.to ?? CANADA, incoterm: way.incoterm ?? null },
    ...{ lines, together: lines, products: {} },
    policy: { ...DEFAULT_CUSTOMS, ...policy },
  });
}

function declared(...given: Parameters<typeof declare>) {
  const customs = declare(...given);
  return customs.kind === "complete" ? customs.declaration : expect.fail(JSON.stringify(customs));
}

function missing(...given: Parameters<typeof declare>): readonly string[] {
  const customs = declare(...given);
  return customs.kind === "incomplete" ? customs.missing : expect.fail(JSON.stringify(customs));
}

describe("a customs border", () => {
  const place = (text: string) => {
    const [country = "", province = null, postalCode = null] = text.split(" ");
    return { country, province: province === "-" ? null : province, postalCode };
  };

  it.each([
    ["US CA", "US NY", "none"],
    ["US CA", "PR", "none"],
    ["US CA", "US PR", "none"],
    ["US CA", "GU", "welcome"],
    ["US CA", "US AE 09001", "welcome"],
    ["US CA", "US ap 96201", "welcome"],
    ["VI", "US NY", "welcome"],
    ["US CA", "CA ON", "required"],
    ["DE - 10115", "FR - 75001", "none"],
    ["DE - 10115", "MC - 98000", "none"],
    ["DE - 10115", "GB - SW1A", "required"],
    ["DE - 10115", "CH - 8001", "required"],
    ["DE - 10115", "NO - 0150", "required"],
    ["CH - 8001", "LI - 9490", "none"],
    ["ES - 28001", "ES - 35001", "required"],
    ["ES - 35001", "ES - 35600", "none"],
    ["FI - 00100", "FI - 22100", "required"],
    ["FR - 75001", "RE - 97400", "required"],
    ["GB - SW1A", "GB - BT1", "none"],
  ])("from %s to %s: %s", (from, to, need) => {
    expect(customsNeed(place(from), place(to))).toBe(need);
  });
});

describe("a declaration", () => {
  it("says of each line all units, by what the checkout charged duties by", () => {
    expect(declared({ duty: DUTY }, {}, { to: GERMANY, incoterm: "DDP" })).toEqual({
      ...{ contentsType: "merchandise", incoterm: "DDP", eelPfc: "NOEEI 30.37(a)", nonDelivery: "return" },
      signer: anAddress().name,
      items: [
        {
          ...{ description: "Blue mug", quantity: 2, hsCode: "691200", origin: "PT", sku: "MUG-BLUE" },
          ...{ value: { amountMinor: 2_800, currency: "USD" }, weightGrams: 800 },
        },
      ],
    });
  });

  it("prefers what the merchant wrote for the SKU, in any case of letters", () => {
    const written = {
      hsCode: "392410",
      origin: "CN",
      description: "Mug",
      value: { amountMinor: 900, currency: "USD" },
    };
    const { items } = declared({ duty: DUTY }, { products: { "mug-blue": written }, origin: "US" });
    expect(items).toMatchObject([{ ...written, value: { amountMinor: 1_800, currency: "USD" } }]);
  });

  it("takes the default origin last, and no other default", () => {
    expect(declared({ duty: { hsCode: "691200", origin: null } }, { origin: "US" }).items[0]?.origin).toBe("US");
    expect(missing({}, { origin: "US" })).toEqual(["MUG-BLUE (HS code)"]);
  });

  it("names every product with all that it lacks", () => {
    expect(missing({ sku: null, title: "Gift card", unitPrice: null })).toEqual(["Gift card (HS code, origin, value)"]);
    expect(missing({ sku: "constructor", duty: DUTY, unitPrice: { amountMinor: 0, currency: "USD" } })).toEqual([
      "constructor (value)",
    ]);
    expect(missing({ duty: { hsCode: null, origin: "PT" } }, { products: { "mug-blue": PRODUCT } })).toEqual([
      "MUG-BLUE (HS code)",
    ]);
  });

  it("names the exemption of exports from the United States, or asks for the filing", () => {
    const dear = { duty: DUTY, unitPrice: { amountMinor: 125_001, currency: "USD" } };
    const limit = { duty: DUTY, unitPrice: { amountMinor: 125_000, currency: "USD" } };
    expect(declared(dear).eelPfc).toBe("NOEEI 30.36");
    expect(declared(limit, {}, { to: GERMANY }).eelPfc).toBe("NOEEI 30.37(a)");
    expect(missing(dear, {}, { to: GERMANY })).toEqual([
      "goods above 2,500 USD of one HS code, or not in USD (eel_pfc)",
    ]);
    expect(declared(dear, { eelPfc: "AES X20261125000001" }, { to: GERMANY }).eelPfc).toBe("AES X20261125000001");
    expect(declared(dear, {}, { from: CANADA, to: GERMANY }).eelPfc).toBeNull();
  });

  it("is none at home, and never stops domestic mail that only wants a form", () => {
    const guam = anAddress({ country: "US", province: "GU", postalCode: "96910" });
    expect(declare({ duty: DUTY }, {}, { to: anAddress() })).toEqual({ kind: "none" });
    expect(declare({}, {}, { to: guam })).toEqual({ kind: "none" });
    expect(declare({ duty: DUTY }, {}, { to: guam }).kind).toBe("complete");
  });
});

describe("what is declared", () => {
  const abroad = (hsCode: string) =>
    anInput({
      order: {
        fulfillmentOrders: [
          aFulfillmentOrder({ destination: CANADA, lines: [aLine({ duty: { hsCode, origin: "PT" } })] }),
        ],
      },
    });

  it("is part of what is bought: before the purchase a change plans anew, after it none", () => {
    const change = () => abroad("392410");
    const changedWhen = (state: "quoted" | "bought") => {
      const before = withShipment(abroad("691200"), { state, ratesAt: NOW });
      return decide({ ...change(), record: before.record });
    };
    expect(kindsOf(changedWhen("quoted"))).toEqual(["abandon"]);
    expect(changedWhen("bought").judgement).toMatchObject({ status: "pending_pickup", reason: null });
  });

  it("changes no fingerprint where nothing is declared", () => {
    const plain = planOf(anInput());
    const written = planOf({
      ...anInput(),
      policy: aPolicy({ customs: { ...DEFAULT_CUSTOMS, origin: "US", signer: "Ada" } }),
    });
    expect(plain.customs).toBeNull();
    expect(written.fingerprint).toBe(plain.fingerprint);
    expect(plain.fingerprint).toMatch(/^[0-9a-f]{28}$/);
  });
});
