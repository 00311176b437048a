import { describe, expect, it } from "vitest";
import { PARCELS_MAX, pack } from "../../../src/core/packing/pack.ts";
import { packOrder } from "../../../src/core/packing/pack-order.ts";
import type { PackingPolicy } from "../../../src/core/packing/preset.ts";
import type { PackLine } from "../../../src/core/packing/unit.ts";
import { dimensionalGrams } from "../../../src/core/parcel.ts";
import { aFulfillmentOrder, aLine, aPolicy, aPreset, packingOf } from "../../support/builders.ts";

function units(quantity: number, weightGrams: number, sizeMm: PackLine["sizeMm"] = null): PackLine {
  const volumeMm3 = sizeMm === null ? 0 : sizeMm[0] * sizeMm[1] * sizeMm[2];
  return { id: "it", quantity, weightGrams, sizeMm, volumeMm3 };
}

const MAILER = aPreset({
  name: "mailer",
  lengthMm: 200,
  widthMm: 150,
  heightMm: 50,
  tareGrams: 30,
  maxWeightGrams: 1_000,
});
const BOX = aPreset({ name: "box", maxWeightGrams: 5_000 });

function boxesOf(lines: readonly PackLine[], presets = [MAILER, BOX]): unknown {
  const packing = pack(lines, presets);
  return packing.outcome === "packed"
    ? packing.boxes.map(({ preset, lines: inside, limits }) =>
        [preset.name, ...inside.map(({ id, quantity }) => `${quantity} ${id}`), ...limits].join(", "),
      )
    : packing;
}

describe("boxes", () => {
  it("are the smallest one that takes everything", () => {
    expect(boxesOf([units(2, 400)])).toEqual(["mailer, 2 it"]);
    expect(boxesOf([units(3, 400)])).toEqual(["box, 3 it"]);
    expect(boxesOf([units(1, 400, [60, 60, 60])])).toEqual(["box, 1 it"]);
  });

  it("are filled up to a weight that counts the box, to the gram", () => {
    expect(boxesOf([units(1, 970)], [MAILER])).toEqual(["mailer, 1 it"]);
    expect(boxesOf([units(1, 970.1)], [MAILER])).toMatchObject({ outcome: "does_not_fit" });
    expect(boxesOf([units(14, 400)])).toEqual(["box, 12 it, weight", "mailer, 2 it"]);
  });

  it("are filled up to what fits in beside each other, and to the share that may be filled", () => {
    // 300 x 200 x 100: three by two by one.
    expect(boxesOf([units(7, 100, [100, 100, 100])], [BOX])).toEqual(["box, 6 it, volume", "box, 1 it"]);
    expect(boxesOf([units(2, 100, [160, 160, 90])], [BOX])).toEqual(["box, 1 it, size", "box, 1 it"]);
    const half = aPreset({ name: "half", maxFill: 0.5 });
    expect(boxesOf([units(6, 100, [100, 100, 100])], [half])).toEqual(["half, 3 it, volume", "half, 3 it"]);
  });

  it("turn a thousand alike units into a handful of steps", () => {
    const began = performance.now();
    expect(boxesOf([units(20_000, 0.2, [10, 10, 10])], [aPreset({ lengthMm: 1_000 })])).toEqual(["box, 20000 it"]);
    expect(performance.now() - began).toBeLessThan(500);
  });

  it("are not more than a number that only a mistake exceeds", () => {
    expect(boxesOf([units(2 * PARCELS_MAX, 900)], [MAILER])).toMatchObject({ outcome: "too_many" });
    expect(pack([units(PARCELS_MAX, 900)], [MAILER])).toMatchObject({ outcome: "packed" });
  });
});

function packed(packing: Partial<PackingPolicy>, lines = [aLine()]) {
  return packOrder(aFulfillmentOrder({ lines }), aPolicy({ packing: { ...packingOf(MAILER, BOX), ...packing } }));
}

describe("an order", () => {
  it("without boxes in the settings ships in the one of the contract, without a limit", () => {
    const lines = [aLine({ quantityRemaining: 500 })];
    expect(packed({ presets: [] }, lines)).toMatchObject({
      outcome: "packed",
      parcels: [{ lines: [{ id: lines[0]?.id, quantity: 500 }], parcel: { preset: "box", weightGrams: 200_100 } }],
    });
  });

  it("takes sizes, and weights that Shopify does not have, from the table of products", () => {
    const products = { "MUG-BLUE": { sizeMm: [90, 90, 90] as const, weightGrams: 350 } };
    expect(packed({ products }, [aLine({ weightGrams: null })])).toMatchObject({
      parcels: [{ parcel: { preset: "box", weightGrams: 800 } }],
    });
    expect(packed({ products })).toMatchObject({ parcels: [{ parcel: { preset: "box", weightGrams: 900 } }] });
    expect(packed({}, [aLine({ weightGrams: null })])).toEqual({ outcome: "no_weight" });
  });

  it("counts units of unknown size by the volume that the settings give them", () => {
    expect(packed({ unitVolumeMm3: 0 })).toMatchObject({ parcels: [{ parcel: { preset: "mailer" } }] });
    expect(packed({ unitVolumeMm3: 1_000_000 })).toMatchObject({ parcels: [{ parcel: { preset: "box" } }] });
  });

  it("names what fits nowhere, each product once", () => {
    const lines = [
      aLine({ id: "1", sku: "ANVIL", weightGrams: 50_000 }),
      aLine({ id: "2", sku: "ANVIL", weightGrams: 50_000 }),
    ];
    expect(packed({}, lines)).toEqual({ outcome: "does_not_fit", what: "ANVIL" });
  });

  it("ships in the boxes that its location has", () => {
    const elsewhere = { ...MAILER, locations: ["99"] };
    expect(packed({ presets: [elsewhere, BOX] })).toMatchObject({ parcels: [{ parcel: { preset: "box" } }] });
    expect(packed({ presets: [{ ...MAILER, locations: ["31"] }, BOX] })).toMatchObject({
      parcels: [{ parcel: { preset: "mailer" } }],
    });
  });

  it("tells the provider what the carrier measures", () => {
    const outer = { ...MAILER, outerMm: { lengthMm: 210, widthMm: 160, heightMm: 60 } };
    expect(packed({ presets: [outer] })).toMatchObject({ parcels: [{ parcel: { lengthMm: 210, heightMm: 60 } }] });
  });
});

describe("dimensional weight", () => {
  it("is the volume by the divisor, in grams upwards", () => {
    const box = { lengthMm: 300, widthMm: 200, heightMm: 100 };
    expect(dimensionalGrams(box, 5_000)).toBe(1_200);
    expect(dimensionalGrams(box, 7_000)).toBe(858);
  });
});
