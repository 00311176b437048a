/** What the next label of a fulfillment order would be for. One box per fulfillment order; several are the policy's business later. */
import { shipFrom } from "./address.ts";
import { assert } from "./assert.ts";
import { customsFor } from "./customs-check.ts";
import type { DecisionInput, ShipmentPlan } from "./decision.ts";
import { fingerprint, isSameParcel } from "./fingerprint.ts";
import { NO_OPTIONS, optionsOf } from "./label-options.ts";
import type { FulfillmentOrder } from "./order.ts";
import { packOneBox, shippableLines } from "./parcel.ts";
import { isUnbought, type ShipmentLine, type ShipmentRecord, shipmentId } from "./shipment.ts";
import type { ReplacedLabel } from "./shown-labels.ts";

export const ONLY_PARCEL = 1;

/**
 * The plan of the newest shipment while that is unbought, else of a new generation. A label that replaces a voided one is
 * for the same box, whatever else the fulfillment order lists by now. Call it only when the address check has passed.
 */
export function planShipment(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  newest: ShipmentRecord | null,
  replaced: ReplacedLabel | null,
): ShipmentPlan {
  const to = fulfillmentOrder.destination;
  assert(to !== null, `fulfillment order ${fulfillmentOrder.id} was planned without an address`);
  const generation = newest === null ? 1 : isUnbought(newest) ? newest.generation : newest.generation + 1;
  const id = shipmentId(fulfillmentOrder.id, ONLY_PARCEL, generation);
  const lines = replaced?.shipment.lines ?? linesToShip(fulfillmentOrder);
  const parcel = replaced?.shipment.parcel ?? packOneBox(fulfillmentOrder, input.policy.parcel);
  const from = shipFrom(fulfillmentOrder, input);
  const declared = customsFor(input, fulfillmentOrder, lines);
  const customs = declared.kind === "complete" ? declared.declaration : null;
  const options = optionsOf(input, fulfillmentOrder, lines, ONLY_PARCEL);
  return {
    shipmentId: id,
    fulfillmentOrderId: fulfillmentOrder.id,
    parcelNumber: ONLY_PARCEL,
    generation,
    reference: referenceOf(input.shopId, id),
    fingerprint: fingerprint({ destination: to, origin: from, lines, parcel, customs, options }),
    lines,
    parcel,
    from,
    to,
    customs,
    options,
  };
}

/**
 * What the provider knows it by, for ever. Only letters, digits, `-` and `_`: it is looked up as one segment of a path,
 * where a slash or a dot can be read as something else by what stands between.
 */
export function referenceOf(shopId: string, shipment: string): string {
  return `shipbot_${shopId.replace(/\.myshopify\.com$/, "").replace(/[^A-Za-z0-9-]/g, "-")}_${shipment}`;
}

/**
 * Whether the label is still for what has to be shipped: same place, same units. The box is the label's own: a weight or
 * preset that was corrected after the purchase changes nothing about the parcel that is packed.
 */
export function isStillTrue(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  shipment: ShipmentRecord,
  replaced: ReplacedLabel | null,
): boolean {
  const destination = fulfillmentOrder.destination;
  if (destination === null) {
    return false;
  }
  const lines = replaced?.shipment.lines ?? linesToShip(fulfillmentOrder);
  const origin = shipFrom(fulfillmentOrder, input);
  const now = fingerprint({ destination, origin, lines, parcel: shipment.parcel, customs: null, options: NO_OPTIONS });
  return isSameParcel(now, shipment.fingerprint);
}

/** In one order, whatever order the shop lists them in: the same units are the same plan. */
export function linesToShip(fulfillmentOrder: FulfillmentOrder): readonly ShipmentLine[] {
  return shippableLines(fulfillmentOrder)
    .map((line) => ({ id: line.id, quantity: line.quantityRemaining }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
