/** The settings `parcels`, `products` and `packing`: the boxes, what goes into them, and how they are counted. */
import { z } from "zod";
import { ONE_BOX, type PackingPolicy } from "../../core/packing/preset.ts";
import { setting } from "../setting-facts.ts";

/** Longer boxes are freight; a zero is a typing error. */
export const lengthMm = z.int().min(1).max(3_000);
export const boxName = z.string().trim().min(1).max(40);
export const tareGrams = z.int().min(0).max(70_000);

const preset = z
  .strictObject({
    name: boxName.describe("What the box is called in rules, `why` and `status`."),
    length_mm: lengthMm.describe("Inside length in millimetres."),
    width_mm: lengthMm.describe("Inside width in millimetres."),
    height_mm: lengthMm.describe("Inside height in millimetres."),
    tare_g: tareGrams.default(0).describe("Weight of the empty box in grams."),
    max_weight_g: z.int().min(1).max(70_000).nullish().describe("Most that the packed box may weigh, in grams."),
    max_fill: z.number().min(0.05).max(1).default(1).describe("Share of its inside that may be filled, 0.05 to 1."),
    outer_mm: z
      .tuple([lengthMm, lengthMm, lengthMm], { error: "is no size: write [length, width, height] in millimetres" })
      .nullish()
      .describe("Outside length, width and height, as the carrier measures; not given: as inside."),
    locations: z
      .array(z.string().regex(/^\d{1,20}$/, { error: "is no location: write the number at the end of its id" }))
      .max(100)
      .default([])
      .describe("Numbers of the locations that have it; an empty list: all."),
  })
  .refine(({ tare_g, max_weight_g }) => max_weight_g == null || max_weight_g > tare_g, {
    error: "weighs as much empty as it may weigh packed",
    path: ["max_weight_g"],
  });

export const parcelsSection = setting(
  z
    .array(preset)
    .max(50)
    .refine((boxes) => new Set(boxes.map(({ name }) => name)).size === boxes.length, {
      error: "has two boxes of one name",
    })
    .prefault([]),
  {
    doc: "Boxes to pack in, as many as an order needs, the smallest first that takes all. An empty list: everything in the one `parcel`.",
    form: "json",
    example: [
      "- name: mailer",
      "  length_mm: 200",
      "  width_mm: 150",
      "  height_mm: 50",
      "  tare_g: 30",
      "  max_weight_g: 1000",
      "- name: carton",
      "  length_mm: 400",
      "  width_mm: 300",
      "  height_mm: 250",
      "  tare_g: 350",
      "  max_weight_g: 20000",
      "  max_fill: 0.9",
      "  outer_mm: [410, 310, 262]",
    ].join("\n"),
  },
);

export const productsSection = setting(
  z
    .record(
      z.string().trim().min(1).max(255),
      z.strictObject({
        length_mm: lengthMm.describe("In millimetres."),
        width_mm: lengthMm.describe("In millimetres."),
        height_mm: lengthMm.describe("In millimetres."),
        weight_g: z.number().min(0.001).max(70_000).nullish().describe("In grams; taken where Shopify has no weight."),
      }),
    )
    .prefault({}),
  {
    doc: "Sizes of products by SKU, which Shopify does not have. What is in no entry is packed by its weight, and by packing.unit_volume_cm3.",
    form: "json",
    example: ["MUG-BLUE:", "  length_mm: 120", "  width_mm: 90", "  height_mm: 100", "  weight_g: 400"].join("\n"),
  },
);

export const packingSection = z.strictObject({
  unit_volume_cm3: setting(z.number().min(0).max(1_000_000).prefault(0), {
    doc: "What a unit of unknown size takes of a box, in cubic centimetres. 0: only its weight counts.",
    form: "number",
  }),
  dimensional_divisor: setting(z.number().min(1_000).max(10_000).prefault(ONE_BOX.dimensionalDivisor), {
    doc: "Cubic centimetres that carriers bill as one kilogram; for `why` only, prices come from the provider.",
    form: "number",
  }),
});

/** The policy's form of the three. */
export function toPackingPolicy(file: {
  readonly parcels: z.output<typeof parcelsSection>;
  readonly products: z.output<typeof productsSection>;
  readonly packing: z.output<typeof packingSection>;
}): PackingPolicy {
  return {
    presets: file.parcels.map((box) => ({
      name: box.name,
      lengthMm: box.length_mm,
      widthMm: box.width_mm,
      heightMm: box.height_mm,
      tareGrams: box.tare_g,
      maxWeightGrams: box.max_weight_g ?? null,
      maxFill: box.max_fill,
      outerMm: box.outer_mm == null ? null : outerMm(box.outer_mm),
      locations: box.locations,
    })),
    products: Object.fromEntries(
      Object.entries(file.products).map(([sku, it]) => [
        sku.trim(),
        { sizeMm: [it.length_mm, it.width_mm, it.height_mm] as const, weightGrams: it.weight_g ?? null },
      ]),
    ),
    unitVolumeMm3: file.packing.unit_volume_cm3 * 1_000,
    dimensionalDivisor: file.packing.dimensional_divisor,
  };
}

function outerMm([lengthMm, widthMm, heightMm]: readonly [number, number, number]) {
  return { lengthMm, widthMm, heightMm };
}
