import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { currencyExponent, formatAmount, formatMoney, parseMoney } from "../../src/core/money.ts";
import { PROPERTY } from "./generated.ts";

describe("a decimal price", () => {
  it.each<[string, string, number | null]>([
    ["6.07", "USD", 607],
    ["55.0", "USD", 5_500],
    ["1909.9", "USD", 190_990],
    ["7", "USD", 700],
    [" 7.50 ", "USD", 750],
    ["0", "USD", 0],
    ["0.10", "USD", 10],
    ["-3.20", "USD", -320],
    ["6.0700", "USD", 607],
    ["1200", "JPY", 1_200],
    ["1200.00", "JPY", 1_200],
    ["1.234", "KWD", 1_234],
    ["999999999999.99", "USD", 99_999_999_999_999],
    ["6.075", "USD", null],
    ["1200.5", "JPY", null],
    ["1.2345", "KWD", null],
    ["1000000000000", "USD", null],
    ["", "USD", null],
    ["six", "USD", null],
    ["1e3", "USD", null],
    ["1,50", "USD", null],
    [".5", "USD", null],
    ["5.", "USD", null],
    ["+5", "USD", null],
    ["--5", "USD", null],
    ["5", "usd", null],
    ["5", "", null],
    ["5", "USDT", null],
  ])("%j in %s is %s in minor units", (decimal, currency, amountMinor) => {
    expect(parseMoney(decimal, currency)).toEqual(amountMinor === null ? null : { amountMinor, currency });
  });

  it("of minus nothing is nothing", () => {
    expect(Object.is(parseMoney("-0.00", "USD")?.amountMinor, 0)).toBe(true);
  });
});

describe("an amount in words", () => {
  it.each([
    [845, "USD", "8.45"],
    [5, "USD", "0.05"],
    [0, "USD", "0.00"],
    [-5, "USD", "-0.05"],
    [1_200, "JPY", "1200"],
    [-1_200, "JPY", "-1200"],
    [1_234, "KWD", "1.234"],
    [34, "KWD", "0.034"],
  ])("of %i %s is %s", (amountMinor, currency, text) => {
    expect(formatAmount({ amountMinor, currency })).toBe(text);
    expect(formatMoney({ amountMinor, currency })).toBe(`${text} ${currency}`);
  });

  it("is read back as the same amount, whatever the currency", () => {
    const money = fc.record({
      amountMinor: fc.integer({ min: -999_999_999_999, max: 999_999_999_999 }),
      currency: fc.constantFrom("USD", "EUR", "JPY", "KRW", "KWD", "TND"),
    });
    fc.assert(
      fc.property(money, (it) => {
        expect(parseMoney(formatAmount(it), it.currency)).toEqual(it);
      }),
      PROPERTY,
    );
  });
});

describe("the digits behind the point", () => {
  it.each([
    ["USD", 2],
    ["JPY", 0],
    ["KWD", 3],
    ["ZZZ", 2],
  ])("of %s are %i", (currency, digits) => {
    expect(currencyExponent(currency)).toBe(digits);
  });
});
