/** A packed box as the provider needs it. One unit each: grams and millimetres. */
import type { FulfillmentOrder, FulfillmentOrderLine } from "./order.ts";
import { type Products, unitGrams } from "./packing/unit.ts";
import type { ShipmentLine } from "./shipment.ts";

export interface ParcelPreset {
  readonly name: string;
  readonly lengthMm: number;
  readonly widthMm: number;
  readonly heightMm: number;
  /** Weight of the empty box. */
  readonly tareGrams: number;
}

export interface Parcel {
  readonly preset: string;
  readonly lengthMm: number;
  readonly widthMm: number;
  readonly heightMm: number;
  /** Items and box together. */
  readonly weightGrams: number;
}

/** Lines that need a parcel: something is left of them and it is not digital. */
export function shippableLines(fulfillmentOrder: FulfillmentOrder): readonly FulfillmentOrderLine[] {
  return fulfillmentOrder.lines.filter((line) => line.requiresShipping && line.quantityRemaining > 0);
}

/** In one order, whatever order the shop lists them in: the same units are the same plan. */
export function linesToShip(fulfillmentOrder: FulfillmentOrder): readonly ShipmentLine[] {
  return inOrder(shippableLines(fulfillmentOrder).map((line) => ({ id: line.id, quantity: line.quantityRemaining })));
}

/** By their id. */
export function inOrder(lines: readonly ShipmentLine[]): readonly ShipmentLine[] {
  return [...lines].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Lines without a weight: a label bought on a guess is corrected by the carrier weeks later, at its price. */
export function linesWithoutWeight(
  fulfillmentOrder: FulfillmentOrder,
  products: Products,
): readonly FulfillmentOrderLine[] {
  return shippableLines(fulfillmentOrder).filter((line) => unitGrams(line, products) === null);
}

/** What all units weigh together, without a box; a line without weight counts nothing. */
export function itemsGrams(fulfillmentOrder: FulfillmentOrder, products: Products): number {
  return shippableLines(fulfillmentOrder).reduce(
    (sum, line) => sum + (unitGrams(line, products) ?? 0) * line.quantityRemaining,
    0,
  );
}

/** Everything of a fulfillment order in one box. Call it only when every line has a weight. */
export function packOneBox(fulfillmentOrder: FulfillmentOrder, preset: ParcelPreset, products: Products): Parcel {
  return {
    preset: preset.name,
    lengthMm: preset.lengthMm,
    widthMm: preset.widthMm,
    heightMm: preset.heightMm,
    weightGrams: Math.ceil(itemsGrams(fulfillmentOrder, products) + preset.tareGrams),
  };
}

/**
 * What a carrier bills a parcel of this size as, however light it is: its outside in cubic centimetres by the divisor
 * (5000 with most carriers; facts/shipping.md). In grams, upwards.
 */
export function dimensionalGrams(parcel: Omit<Parcel, "preset" | "weightGrams">, divisorCm3PerKg: number): number {
  // mm³ / (cm³/kg) is g: a cubic centimetre is a thousand cubic millimetres, and a kilogram a thousand grams.
  return Math.ceil((parcel.lengthMm * parcel.widthMm * parcel.heightMm) / divisorCm3PerKg);
}
