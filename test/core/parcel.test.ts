import { describe, expect, it } from "vitest";
import { linesWithoutWeight, packOneBox, shippableLines } from "../../src/core/parcel.ts";
import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import { aFulfillmentOrder, aLine } from "../support/builders.ts";

const LINES = [
  aLine({ id: "two mugs", quantityRemaining: 2, weightGrams: 400 }),
  aLine({ id: "feather", quantityRemaining: 3, weightGrams: 0.4 }),
  aLine({ id: "gift card", requiresShipping: false, weightGrams: null }),
  aLine({ id: "shipped before", quantityRemaining: 0, weightGrams: null }),
];

describe("a box", () => {
  it("holds what is left and has to be shipped", () => {
    expect(shippableLines(aFulfillmentOrder({ lines: LINES })).map(({ id }) => id)).toEqual(["two mugs", "feather"]);
  });

  it("weighs its items and itself, in whole grams upwards", () => {
    expect(packOneBox(aFulfillmentOrder({ lines: LINES }), DEFAULT_POLICY.parcel, {})).toEqual({
      ...{ preset: "box", lengthMm: 300, widthMm: 200, heightMm: 100 },
      weightGrams: 902,
    });
  });

  it("without items weighs itself", () => {
    expect(packOneBox(aFulfillmentOrder({ lines: [] }), DEFAULT_POLICY.parcel, {}).weightGrams).toBe(100);
  });

  it("does not count a line without weight, which the checks stop", () => {
    const lines = [aLine({ weightGrams: null })];
    expect(packOneBox(aFulfillmentOrder({ lines }), DEFAULT_POLICY.parcel, {}).weightGrams).toBe(100);
  });
});

describe("lines without weight", () => {
  it.each([
    [null, true],
    [0, true],
    [-1, true],
    [0.5, false],
    [1, false],
  ])("of %s grams are named: %s", (weightGrams, isNamed) => {
    expect(linesWithoutWeight(aFulfillmentOrder({ lines: [aLine({ weightGrams })] }), {})).toHaveLength(
      isNamed ? 1 : 0,
    );
  });

  it("do not matter when they need no box", () => {
    expect(linesWithoutWeight(aFulfillmentOrder({ lines: LINES }), {})).toEqual([]);
  });
});
