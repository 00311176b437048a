import { describe, expect, it } from "vitest";
import { DEFAULT_CUSTOMS } from "../../src/core/customs.ts";
import { load, problemsOf } from "./support.ts";

describe("customs", () => {
  it("has defaults", () => {
    expect(load({ yaml: "" }).policy.customs).toEqual(DEFAULT_CUSTOMS);
  });

  it("is read with products by SKU", () => {
    const yaml = `customs:
  contents_type: gift
  incoterm: DAP
  signer: Ada Example
  origin: pt
  products:
    MUG-Blue:
      hs_code: "6912.00 00"
      origin: cn
      description: Ceramic mug
      value: 12.50 usd
`;
    expect(load({ yaml }).policy.customs).toEqual({
      ...DEFAULT_CUSTOMS,
      ...{ contentsType: "gift", incoterm: "DAP", signer: "Ada Example", origin: "PT" },
      products: {
        "mug-blue": {
          ...{ hsCode: "69120000", origin: "CN", description: "Ceramic mug" },
          value: { amountMinor: 1_250, currency: "USD" },
        },
      },
    });
  });

  it.each([
    ["{contents_type: stuff}", "contents_type"],
    ["{incoterm: DDX}", "incoterm"],
    ["{origin: Portugal}", "is no country code"],
    ["{products: {A: {hs_code: 6912.00}}}", "must be in quotes"],
    ['{products: {A: {hs_code: "12"}}}', "is no HS code: 6 to 13 digits"],
    ["{products: {A: {value: 12}}}", "has no currency"],
    ['{products: {A: {value: "0 USD"}}}', "is no value"],
    ["{products: {A: {hscode: x}}}", "customs.products.A.hscode is no setting"],
  ])("%s is a problem", (written, message) => {
    const problems = problemsOf({ yaml: `customs: ${written}` });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });
});
