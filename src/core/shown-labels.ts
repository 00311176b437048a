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
 * The newest voided label of this parcel whose number the shop still shows: a new label for the same box has to replace
 * that number. `null` when there is none, also when staff put another number there: then they ship it.
 */
export function findReplaced(
  { order, record }: Pick<DecisionInput, "order" | "record">,
  fulfillmentOrder: FulfillmentOrder,
  parcelNumber: number,
): ReplacedLabel | null {
  const voided = record.shipments
    .filter((shipment) => shipment.fulfillmentOrderId === fulfillmentOrder.id && shipment.state === "voided")
    .filter((shipment) => shipment.parcelNumber === parcelNumber)
    .sort((a, b) => b.generation - a.generation);
  for (const shipment of voided) {
    const shown = shipment.label === null ? null : findFulfillmentByTracking(order, shipment.label.trackingNumber);
    if (shown !== null) {
      return { shipment, fulfillmentId: shown.id };
    }
  }
  return null;
}

/** Of every parcel of the fulfillment order that has one, also where a new label was bought since; by their number. */
export function findAllReplaced(
  input: Pick<DecisionInput, "order" | "record">,
  fulfillmentOrder: FulfillmentOrder,
): readonly ReplacedLabel[] {
  const numbers = input.record.shipments
    .filter((shipment) => shipment.fulfillmentOrderId === fulfillmentOrder.id && shipment.state === "voided")
    .map(({ parcelNumber }) => parcelNumber)
    .sort((a, b) => a - b);
  return [...new Set(numbers)].flatMap((number) => findReplaced(input, fulfillmentOrder, number) ?? []);
}

/**
 * Live labels, by id, that stand for no fulfillment and whose units are not all waiting where they were bought for. The
 * labels of one fulfillment order wait there together: each unit is counted for one of them.
 */
export function findUnaccounted(input: Pick<DecisionInput, "order" | "record">): readonly ShipmentRecord[] {
  const waiting = input.record.shipments.filter((shipment) => isLive(shipment) && isUntold(input, shipment));
  return waiting.filter((shipment) => !isAwaited(input, shipment, waiting)).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** No fulfillment stands for it, nor for the voided label of the same box: its units are among those that the shop lists. */
export function isUntold(input: Pick<DecisionInput, "order" | "record">, shipment: ShipmentRecord): boolean {
  const home = homeOf(input, shipment);
  return (
    findShown(input.order, shipment) === null &&
    (home === null || findReplaced(input, home, shipment.parcelNumber) === null)
  );
}

function isAwaited(
  input: Pick<DecisionInput, "order" | "record">,
  shipment: ShipmentRecord,
  waiting: readonly ShipmentRecord[],
): boolean {
  const home = homeOf(input, shipment);
  if (home === null || isOver(home)) {
    return false;
  }
  const beside = waiting.filter((it) => it.fulfillmentOrderId === home.id).flatMap(({ lines }) => lines);
  return shipment.lines.every((line) => {
    const units = beside.filter(({ id }) => id === line.id).reduce((sum, { quantity }) => sum + quantity, 0);
    return home.lines.some(({ id, quantityRemaining }) => id === line.id && quantityRemaining >= units);
  });
}

function homeOf({ order }: Pick<DecisionInput, "order">, shipment: ShipmentRecord): FulfillmentOrder | null {
  return order.fulfillmentOrders.find(({ id }) => id === shipment.fulfillmentOrderId) ?? null;
}
