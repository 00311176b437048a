/** A packed box as the provider needs it. One unit each: grams and millimetres. */
import type { FulfillmentOrder, FulfillmentOrderLine } from "./order.ts";

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

/** Lines without a weight: a label bought on a guess is corrected by the carrier weeks later, at its price. */
export function linesWithoutWeight(fulfillmentOrder: FulfillmentOrder): readonly FulfillmentOrderLine[] {
  return shippableLines(fulfillmentOrder).filter((line) => line.weightGrams === null || line.weightGrams <= 0);
}

/** Everything of a fulfillment order in one box. Call it only when every line has a weight. */
export function packOneBox(fulfillmentOrder: FulfillmentOrder, preset: ParcelPreset): Parcel {
  let itemsGrams = 0;
  for (const line of shippableLines(fulfillmentOrder)) {
    itemsGrams += (line.weightGrams ?? 0) * line.quantityRemaining;
  }
  return {
    preset: preset.name,
    lengthMm: preset.lengthMm,
    widthMm: preset.widthMm,
    heightMm: preset.heightMm,
    weightGrams: Math.ceil(itemsGrams + preset.tareGrams),
  };
}
