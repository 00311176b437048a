/**
 * Which labels the shop shows, and which it does not. A label that is paid for and on no fulfillment may be for goods that
 * the shop now lists elsewhere: cancelling a fulfillment, splitting, merging or moving makes new fulfillment orders of the
 * same units (facts of the 2026-10 API, read 2026-11-22). Buying for those would pay twice for one parcel.
 */
import type { DecisionInput } from "./decision.ts";
import {
  type Fulfillment,
  type FulfillmentOrder,
  findFulfillmentByTracking,
  isLiveFulfillment,
  type Order,
} from "./order.ts";
import { isLive, type ShipmentRecord } from "./shipment.ts";

/** Open or not: Shopify lists it and it was neither done nor given up. */
export function isOver(fulfillmentOrder: FulfillmentOrder): boolean {
  return fulfillmentOrder.status === "closed" || fulfillmentOrder.status === "cancelled";
}

/** The live fulfillment that stands for this label: by its number, else the one that we made, whose number staff replaced. */
export function findShown(order: Order, shipment: ShipmentRecord): Fulfillment | null {
  const byNumber = shipment.label === null ? null : findFulfillmentByTracking(order, shipment.label.trackingNumber);
  const own = order.fulfillments.find((fulfillment) => fulfillment.id === shipment.fulfillmentId) ?? null;
  return byNumber ?? (own !== null && isLiveFulfillment(own) ? own : null);
}

export interface ReplacedLabel {
  readonly shipment: ShipmentRecord;
  /** Where its number is still shown. */
  readonly fulfillmentId: string;
}

/**
 * The newest voided label of this fulfillment order whose number the shop still shows: a new label for the same box has
 * to replace that number. `null` when there is none, also when staff put another number there: then they ship it.
 */
export function findReplaced(
  { order, record }: Pick<DecisionInput, "order" | "record">,
  fulfillmentOrder: FulfillmentOrder,
): ReplacedLabel | null {
  const voided = record.shipments
    .filter((shipment) => shipment.fulfillmentOrderId === fulfillmentOrder.id && shipment.state === "voided")
    .sort((a, b) => b.generation - a.generation);
  for (const shipment of voided) {
    const shown = shipment.label === null ? null : findFulfillmentByTracking(order, shipment.label.trackingNumber);
    if (shown !== null) {
      return { shipment, fulfillmentId: shown.id };
    }
  }
  return null;
}

/** Live labels, by id, that stand for no fulfillment and whose units are not all waiting where they were bought for. */
export function findUnaccounted(input: Pick<DecisionInput, "order" | "record">): readonly ShipmentRecord[] {
  return input.record.shipments
    .filter((shipment) => isLive(shipment) && !isAccountedFor(input, shipment))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isAccountedFor(input: Pick<DecisionInput, "order" | "record">, shipment: ShipmentRecord): boolean {
  if (findShown(input.order, shipment) !== null) {
    return true;
  }
  const home = input.order.fulfillmentOrders.find(({ id }) => id === shipment.fulfillmentOrderId);
  if (home === undefined) {
    return false;
  }
  if (findReplaced(input, home) !== null) {
    return true;
  }
  return (
    !isOver(home) &&
    shipment.lines.every((line) =>
      home.lines.some(({ id, quantityRemaining }) => id === line.id && quantityRemaining >= line.quantity),
    )
  );
}
