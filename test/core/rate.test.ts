import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RATES_FRESH_MS, type Rate, ratesAreFresh } from "../../src/core/rate.ts";
import { aRate, NOW } from "../support/builders.ts";
import { cheapest } from "../support/cheapest.ts";
import { PROPERTY } from "./generated.ts";

function priced(id: string, amountMinor: number, others: Partial<Rate> = {}): Rate {
  return aRate({ id, price: { amountMinor, currency: "USD" }, ...others });
}

describe("the cheapest rate", () => {
  it.each<[string, readonly Rate[], string | null]>([
    ["is none of none", [], null],
    ["is the only one", [priced("a", 5)], "a"],
    ["has the lowest price", [priced("a", 6), priced("b", 5), priced("c", 7)], "b"],
    ["is the faster of equal prices", [priced("a", 5, { deliveryDays: 3 }), priced("b", 5, { deliveryDays: 2 })], "b"],
    ["is one whose days are known", [priced("a", 5, { deliveryDays: null }), priced("b", 5, { deliveryDays: 9 })], "b"],
    ["is the first carrier by name", [priced("a", 5, { carrier: "UPS" }), priced("b", 5, { carrier: "DHL" })], "b"],
    ["is the first service by name", [priced("a", 5, { service: "Y" }), priced("b", 5, { service: "X" })], "b"],
    ["is the first by its id", [priced("b", 5), priced("a", 5)], "a"],
    [
      "is in the order's currency",
      [priced("a", 9), priced("b", 1, { price: { amountMinor: 1, currency: "JPY" } })],
      "a",
    ],
    [
      "is of one currency, the first by name, where the order's is not offered",
      [
        priced("a", 1, { price: { amountMinor: 1, currency: "JPY" } }),
        priced("b", 9, { price: { amountMinor: 9, currency: "EUR" } }),
      ],
      "b",
    ],
    ["may cost nothing", [priced("a", 0), priced("b", 1)], "a"],
  ])("%s", (_sentence, rates, id) => {
    expect(cheapest(rates)?.id ?? null).toBe(id);
  });

  const rates = fc.array(
    fc
      .record({
        amountMinor: fc.integer({ min: 0, max: 3 }),
        currency: fc.constantFrom("USD", "EUR", "JPY"),
        deliveryDays: fc.constantFrom(null, 1, 2),
        carrier: fc.constantFrom("UPS", "USPS"),
        service: fc.constantFrom("A", "B"),
        id: fc.constantFrom("1", "2", "3"),
      })
      .map(({ amountMinor, currency, ...it }) => aRate({ ...it, price: { amountMinor, currency } })),
    { maxLength: 6 },
  );

  it("is the same in whatever order they come, and leaves them so", () => {
    fc.assert(
      fc.property(rates, (given) => {
        const before = [...given];
        expect(cheapest([...given].reverse())).toEqual(cheapest(given));
        expect(given).toEqual(before);
      }),
      PROPERTY,
    );
  });

  it("is one of them, and none of its currency is cheaper", () => {
    fc.assert(
      fc.property(rates, (given) => {
        const best = cheapest(given);
        expect(best === null).toBe(given.length === 0);
        const same = given.filter(({ price }) => price.currency === best?.price.currency);
        expect(same.filter(({ price }) => price.amountMinor < (best?.price.amountMinor ?? 0))).toEqual([]);
      }),
      PROPERTY,
    );
  });
});

describe("rates", () => {
  it.each([
    ["just asked for", 0, true],
    ["a millisecond short of their life", RATES_FRESH_MS - 1, true],
    ["at the end of their life", RATES_FRESH_MS, false],
    ["of the future, as after a clock that jumped back", -1, false],
  ])("%s (%i ms old) are fresh: %s", (_what, ageMs, fresh) => {
    expect(ratesAreFresh(NOW - ageMs, NOW)).toBe(fresh);
  });
});
