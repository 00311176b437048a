/** The parcels of a fulfillment order by the merchant's boxes; without any, everything in the one box of the contract. */
import type { FulfillmentOrder } from "../order.ts";
import { gidNumber } from "../order.ts";
import { inOrder, linesToShip, linesWithoutWeight, type Parcel, packOneBox, shippableLines } from "../parcel.ts";
import type { Policy } from "../policy.ts";
import type { ShipmentLine } from "../shipment.ts";
import type { FilledBox, Limit } from "./fill-box.ts";
import { pack } from "./pack.ts";
import { outerSize, type PackingPreset } from "./preset.ts";
import { lineName, toPackLine } from "./unit.ts";

/** One parcel and exactly what is in it. */
export interface PackedParcel {
  readonly lines: readonly ShipmentLine[];
  readonly parcel: Parcel;
  /** What turned other units away. */
  readonly limits: readonly Limit[];
}

export type OrderPacking =
  | { readonly outcome: "packed"; readonly parcels: readonly PackedParcel[] }
  /** `what`: the products, as staff call them. */
  | { readonly outcome: "does_not_fit"; readonly what: string }
  | { readonly outcome: "too_many" }
  /** The one box that was asked for is not there. */
  | { readonly outcome: "unknown_preset"; readonly preset: string }
  /** Lines without weight: another check names them. */
  | { readonly outcome: "no_weight" };

/**
 * The same for every call with the same arguments, whatever the order of lines and presets. `only`: the name of the one
 * kind of box to be used, as many of it as are needed; `null`: any.
 */
export function packOrder(
  fulfillmentOrder: FulfillmentOrder,
  policy: Policy,
  only: string | null = null,
): OrderPacking {
  const { packing } = policy;
  const lines = shippableLines(fulfillmentOrder);
  const presets = presetsAt(fulfillmentOrder, packing.presets).filter(({ name }) => only === null || name === only);
  const isKnown = packing.presets.length === 0 ? policy.parcel.name === only : presets.length > 0;
  if (only !== null && !isKnown) {
    return { outcome: "unknown_preset", preset: only };
  }
  if (packing.presets.length === 0) {
    const parcel = packOneBox(fulfillmentOrder, policy.parcel, packing.products);
    return { outcome: "packed", parcels: [{ lines: linesToShip(fulfillmentOrder), parcel, limits: [] }] };
  }
  if (linesWithoutWeight(fulfillmentOrder, packing.products).length > 0) {
    return { outcome: "no_weight" };
  }
  const packed = pack(
    lines.map((line) => ({
      ...toPackLine(line, packing.products, packing.unitVolumeMm3),
      quantity: line.quantityRemaining,
    })),
    presets,
  );
  switch (packed.outcome) {
    case "packed":
      return { outcome: "packed", parcels: packed.boxes.map(toParcel) };
    case "too_many":
      return packed;
    case "does_not_fit": {
      const unfit = lines.filter(({ id }) => packed.lineIds.includes(id));
      return { outcome: "does_not_fit", what: [...new Set(unfit.map(lineName))].sort().join(", ") };
    }
  }
}

/** The boxes that are in stock where it ships from. */
function presetsAt({ location }: FulfillmentOrder, presets: readonly PackingPreset[]): readonly PackingPreset[] {
  const number = location.id === null ? null : gidNumber(location.id);
  return presets.filter(({ locations }) => locations.length === 0 || (number !== null && locations.includes(number)));
}

function toParcel({ preset, lines, itemsGrams, limits }: FilledBox): PackedParcel {
  const { lengthMm, widthMm, heightMm } = outerSize(preset);
  const weightGrams = Math.ceil(itemsGrams + preset.tareGrams);
  return { lines: inOrder(lines), parcel: { preset: preset.name, lengthMm, widthMm, heightMm, weightGrams }, limits };
}
