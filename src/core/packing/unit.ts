/**
 * What a packer knows of the units of a fulfillment order. Shopify gives weights and no dimensions (2026-10 API), so that
 * size comes from the table of products in the config file; a unit that is in none counts by its weight, and by the
 * policy's volume for such units if there is one.
 */
import type { FulfillmentOrderLine } from "../order.ts";

/** Three edges in millimetres, in no particular order: a unit may lie on any side. */
export type SizeMm = readonly [number, number, number];

/** What the config file says of one SKU. */
export interface Product {
  readonly sizeMm: SizeMm;
  /** Of one unit; taken where Shopify gives none. `null`: not said. */
  readonly weightGrams: number | null;
}

export type Products = Readonly<Record<string, Product>>;

/** Units of one line, all alike. */
export interface PackLine {
  readonly id: string;
  readonly quantity: number;
  /** Of one unit, above 0. */
  readonly weightGrams: number;
  /** `null`: not known; then only weight and volume are counted. */
  readonly sizeMm: SizeMm | null;
  /** Of one unit in cubic millimetres. */
  readonly volumeMm3: number;
}

/** What staff call the line's product. */
export function lineName(line: FulfillmentOrderLine): string {
  return line.sku === null || line.sku === "" ? line.title : line.sku;
}

/** Of one unit: what Shopify says, else what the table says; `null` when neither has a weight above 0. */
export function unitGrams(line: FulfillmentOrderLine, products: Products): number | null {
  if (line.weightGrams !== null && line.weightGrams > 0) {
    return line.weightGrams;
  }
  const listed = productOf(line, products)?.weightGrams ?? null;
  return listed !== null && listed > 0 ? listed : null;
}

/** Call it only for lines that have a weight: the checks stop all others. */
export function toPackLine(
  line: FulfillmentOrderLine,
  products: Products,
  unitVolumeMm3: number,
): Omit<PackLine, "quantity"> {
  const sizeMm = productOf(line, products)?.sizeMm ?? null;
  const volumeMm3 = sizeMm === null ? unitVolumeMm3 : sizeMm[0] * sizeMm[1] * sizeMm[2];
  return { id: line.id, weightGrams: unitGrams(line, products) ?? 0, sizeMm, volumeMm3 };
}

function productOf(line: FulfillmentOrderLine, products: Products): Product | null {
  const sku = line.sku?.trim() ?? "";
  return sku !== "" && Object.hasOwn(products, sku) ? (products[sku] ?? null) : null;
}
