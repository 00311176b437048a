/** What the next label of a parcel would be for. Which parcels there are says `parcel-plan.ts`. */
import { shipFrom } from "./address.ts";
import { assert } from "./assert.ts";
import { customsFor } from "./customs-check.ts";
import type { DecisionInput, ShipmentPlan } from "./decision.ts";
import { fingerprint, isSameParcel } from "./fingerprint.ts";
import type { FulfillmentOrder } from "./order.ts";
import { linesOf, type ParcelNeed, type ParcelPlan } from "./parcel-plan.ts";
import { isUnbought, type ShipmentRecord, shipmentId } from "./shipment.ts";
import type { ReplacedLabel } from "./shown-labels.ts";

/**
 * The plan of the newest shipment while that is unbought, else of a new generation. A label that replaces a voided one is
 * for the same box, whatever else the fulfillment order lists by now. Call it only when the address check has passed.
 */
export function planShipment(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  { parcelNumber, newest, contents }: Pick<ParcelNeed, "parcelNumber" | "newest" | "contents">,
  plan: Pick<ParcelPlan, "count" | "live" | "needs">,
): ShipmentPlan {
  const to = fulfillmentOrder.destination;
  assert(to !== null, `fulfillment order ${fulfillmentOrder.id} was planned without an address`);
  const generation = newest === null ? 1 : isUnbought(newest) ? newest.generation : newest.generation + 1;
  const id = shipmentId(fulfillmentOrder.id, parcelNumber, generation);
  const { lines, parcel } = contents;
  const from = shipFrom(fulfillmentOrder, input);
  const declared = customsFor(input, fulfillmentOrder, lines, linesOf(plan));
  const customs = declared.kind === "complete" ? declared.declaration : null;
  return {
    shipmentId: id,
    fulfillmentOrderId: fulfillmentOrder.id,
    parcelNumber,
    parcelCount: plan.count,
    generation,
    reference: referenceOf(input.shopId, id),
    fingerprint: fingerprint({ destination: to, origin: from, lines, parcel, customs }),
    lines,
    parcel,
    from,
    to,
    customs,
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
 * Whether the label is still for what has to be shipped: same place, same units, in this box and those beside it. The box
 * is the label's own: a weight or preset that was corrected after the purchase changes nothing about what is packed.
 */
export function isStillTrue(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  shipment: ShipmentRecord,
  replaced: ReplacedLabel | null,
  plan: ParcelPlan,
): boolean {
  const destination = fulfillmentOrder.destination;
  if (destination === null || (replaced === null && !plan.isComplete)) {
    return false;
  }
  const { lines } = replaced?.shipment ?? shipment;
  const origin = shipFrom(fulfillmentOrder, input);
  const now = fingerprint({ destination, origin, lines, parcel: shipment.parcel, customs: null });
  return isSameParcel(now, shipment.fingerprint);
}
