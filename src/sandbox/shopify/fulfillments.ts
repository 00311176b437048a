/**
 * Fulfillments: made from fulfillment orders, updated, followed, taken back. The refusals are word for word what was
 * recorded; none of them carries a code. What Shopify lets through, this lets through too: a second fulfillment for the
 * units that are left, tracking and events on a cancelled fulfillment, the same event twice.
 */
import type { Instant } from "../../core/time.ts";
import { numberOf } from "./ids.ts";
import type { StoredEvent, StoredFulfillment, StoredFulfillmentOrder, StoredOrder, StoredTracking } from "./records.ts";
import type { ShopState } from "./state.ts";

export interface UserError {
  readonly field: readonly string[] | null;
  readonly message: string;
}

export interface TrackingInput {
  readonly company?: string | null;
  readonly number?: string | null;
  readonly url?: string | null;
  readonly numbers?: readonly string[] | null;
  readonly urls?: readonly string[] | null;
}

export interface FulfillmentInput {
  readonly lineItemsByFulfillmentOrder: readonly {
    readonly fulfillmentOrderId: string;
    readonly fulfillmentOrderLineItems?: readonly { readonly id: string; readonly quantity: number }[] | null;
  }[];
  readonly trackingInfo?: TrackingInput | null;
  readonly notifyCustomer?: boolean | null;
}

type Part = StoredFulfillment["parts"][number];

export type Outcome = { readonly fulfillment: StoredFulfillment } | { readonly error: UserError };

/** Ships what the input names, or says why not; nothing is half done. */
export function createFulfillment(state: ShopState, input: FulfillmentInput): Outcome {
  const checked = checkInput(state, input);
  if ("error" in checked) {
    return checked;
  }
  const { order, fulfillmentOrders, parts } = checked;
  const now = state.clock.now();
  for (const part of parts) {
    part.line.remainingQuantity -= part.quantity;
  }
  for (const fulfillmentOrder of fulfillmentOrders) {
    // A rest makes it IN_PROGRESS: the schema's description suggests so, no recording shows a partial fulfillment.
    const done = fulfillmentOrder.lines.every((line) => line.remainingQuantity === 0);
    fulfillmentOrder.status = done ? "CLOSED" : "IN_PROGRESS";
    state.touchFulfillmentOrder(fulfillmentOrder);
  }
  const fulfillment: StoredFulfillment = {
    id: state.ids.next("Fulfillment"),
    orderId: order.id,
    location: locationOf(fulfillmentOrders),
    status: "SUCCESS",
    createdAt: now,
    updatedAt: now,
    tracking: readTracking(input.trackingInfo ?? {}),
    parts,
    events: [],
  };
  state.fulfillments.set(fulfillment.id, fulfillment);
  order.fulfillmentIds.push(fulfillment.id);
  const open = state.fulfillmentOrdersOf(order).some((candidate) => candidate.status !== "CLOSED");
  if (!open && order.financialStatus === "PAID") {
    order.closedAt = now;
  }
  state.touchOrder(order);
  state.ledger.fulfillments.push({
    at: now,
    id: fulfillment.id,
    orderId: order.id,
    orderName: order.name,
    fulfillmentOrderIds: fulfillmentOrders.map((fulfillmentOrder) => fulfillmentOrder.id),
    lines: parts.map((part) => ({ sku: part.line.line.sku, quantity: part.quantity })),
    company: input.trackingInfo?.company ?? null,
    trackingNumbers: fulfillment.tracking.flatMap((tracking) => tracking.number ?? []),
    trackingUrls: fulfillment.tracking.flatMap((tracking) => tracking.url ?? []),
    notifyCustomer: input.notifyCustomer ?? false,
  });
  state.announce("fulfillments/create", fulfillment.id);
  state.announce("orders/updated", order.id);
  state.announce(open ? "orders/partially_fulfilled" : "orders/fulfilled", order.id);
  return { fulfillment };
}

interface CheckedInput {
  readonly order: StoredOrder;
  readonly fulfillmentOrders: readonly StoredFulfillmentOrder[];
  readonly parts: readonly Part[];
}

function checkInput(state: ShopState, input: FulfillmentInput): CheckedInput | { readonly error: UserError } {
  const groups = input.lineItemsByFulfillmentOrder;
  for (const [groupIndex, group] of groups.entries()) {
    for (const [index, item] of (group.fulfillmentOrderLineItems ?? []).entries()) {
      if (item.quantity <= 0) {
        const path = [
          "lineItemsByFulfillmentOrder",
          `${groupIndex}`,
          "fulfillmentOrderLineItems",
          `${index}`,
          "quantity",
        ];
        return { error: { field: ["fulfillment", ...path], message: "Quantity must be greater than 0" } };
      }
    }
  }
  const found = groups.map((group) => state.fulfillmentOrders.get(group.fulfillmentOrderId));
  const fulfillmentOrders = found.filter((item) => item !== undefined);
  const [first] = fulfillmentOrders;
  if (first === undefined || fulfillmentOrders.length < groups.length) {
    return refusal("Fulfillment order does not exist.");
  }
  const orders = ascending(fulfillmentOrders.map((item) => item.orderId));
  if (orders.length > 1) {
    return refusal(
      `All fulfillment orders must belong to the same order. Multiple orders with ids [${orders.join(", ")}] were found.`,
    );
  }
  const locations = ascending(fulfillmentOrders.map((item) => item.location.id));
  if (locations.length > 1) {
    return refusal(
      "All fulfillment orders must be assigned to a single location. " +
        `Multiple locations with ids [${locations.join(", ")}] were found.`,
    );
  }
  const closed = fulfillmentOrders.find((item) => item.status !== "OPEN" && item.status !== "IN_PROGRESS");
  if (closed !== undefined) {
    const status = closed.status.toLowerCase();
    return refusal(`Fulfillment order ${numberOf(closed.id)} has an unfulfillable status= ${status}.`);
  }
  const parts = collectParts(groups, fulfillmentOrders);
  return Array.isArray(parts) ? { order: state.orderOf(first), fulfillmentOrders, parts } : refusal(parts.message);
}

function collectParts(
  groups: FulfillmentInput["lineItemsByFulfillmentOrder"],
  fulfillmentOrders: readonly StoredFulfillmentOrder[],
): Part[] | { readonly message: string } {
  const parts: Part[] = [];
  for (const [index, fulfillmentOrder] of fulfillmentOrders.entries()) {
    const items = groups[index]?.fulfillmentOrderLineItems ?? [];
    if (items.length === 0) {
      const left = fulfillmentOrder.lines.filter((line) => line.remainingQuantity > 0);
      parts.push(...left.map((line) => part(fulfillmentOrder, line, line.remainingQuantity)));
      continue;
    }
    for (const item of items) {
      const line = fulfillmentOrder.lines.find((candidate) => candidate.id === item.id);
      if (line === undefined) {
        return { message: "Fulfillment order line item does not exist." };
      }
      const taken = parts.filter((other) => other.line === line).reduce((sum, other) => sum + other.quantity, 0);
      if (taken + item.quantity > line.remainingQuantity) {
        return { message: "Invalid fulfillment order line item quantity requested." };
      }
      parts.push(part(fulfillmentOrder, line, item.quantity));
    }
  }
  return parts;
}

function part(fulfillmentOrder: StoredFulfillmentOrder, line: Part["line"], quantity: number): Part {
  return { fulfillmentOrderId: fulfillmentOrder.id, line, quantity };
}

function refusal(message: string): { readonly error: UserError } {
  return { error: { field: ["fulfillment"], message } };
}

function ascending(ids: readonly string[]): bigint[] {
  return [...new Set(ids)].map(numberOf).sort((a, b) => (a < b ? -1 : 1));
}

function locationOf(fulfillmentOrders: readonly StoredFulfillmentOrder[]): StoredFulfillment["location"] {
  const location = fulfillmentOrders[0]?.location;
  if (location === undefined) {
    throw new Error("a fulfillment needs a fulfillment order");
  }
  return location;
}

/** Carriers for which Shopify makes the tracking address itself. An excerpt; names are exact, letters' case included. */
const TRACKING_URLS: Readonly<Record<string, string>> = {
  USPS: "https://tools.usps.com/go/TrackConfirmAction.action?tLabels=",
  UPS: "https://www.ups.com/WebTracking?loc=en_US&requester=ST&trackNums=",
  FedEx: "https://www.fedex.com/fedextrack/?trknbr=",
  "DHL Express": "https://www.dhl.com/global-en/home/tracking.html?submit=1&tracking-id=",
  "Canada Post": "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor=",
};

/** An explicit address wins; an unknown carrier without one has none. */
function readTracking(input: TrackingInput): StoredTracking[] {
  const company = input.company ?? null;
  const numbers = input.numbers ?? (input.number ? [input.number] : []);
  const urls = input.urls ?? (input.url ? [input.url] : []);
  const known = company === null ? undefined : TRACKING_URLS[company];
  return numbers.map((number, index) => ({
    company,
    number,
    url: urls[index] ?? (known === undefined ? null : `${known}${number}`),
  }));
}

/** Replaces the tracking. Cancelled fulfillments take it too (recorded). */
export function updateTracking(
  state: ShopState,
  fulfillment: StoredFulfillment,
  input: TrackingInput,
  notifyCustomer: boolean,
): void {
  fulfillment.tracking = readTracking(input);
  touchFulfillment(state, fulfillment);
  state.ledger.trackingUpdates.push({
    at: fulfillment.updatedAt,
    fulfillmentId: fulfillment.id,
    orderId: fulfillment.orderId,
    company: input.company ?? null,
    trackingNumbers: fulfillment.tracking.flatMap((tracking) => tracking.number ?? []),
    notifyCustomer,
    onCancelled: fulfillment.status === "CANCELLED",
  });
  state.touchOrder(state.orderOf(fulfillment));
  state.announce("orders/updated", fulfillment.orderId);
}

function touchFulfillment(state: ShopState, fulfillment: StoredFulfillment): void {
  fulfillment.updatedAt = state.clock.now();
  state.announce("fulfillments/update", fulfillment.id);
}

/** Adds an event. No repeat is dropped, no order is kept, and a cancelled fulfillment takes it too (recorded). */
export function postEvent(
  state: ShopState,
  fulfillment: StoredFulfillment,
  input: { readonly status: string; readonly happenedAt: Instant; readonly message: string | null },
): StoredEvent {
  const event: StoredEvent = { id: state.ids.next("FulfillmentEvent"), createdAt: state.clock.now(), ...input };
  fulfillment.events.push(event);
  touchFulfillment(state, fulfillment);
  state.ledger.events.push({
    at: event.createdAt,
    id: event.id,
    fulfillmentId: fulfillment.id,
    orderId: fulfillment.orderId,
    status: event.status,
    happenedAt: event.happenedAt,
    message: event.message,
    onCancelled: fulfillment.status === "CANCELLED",
  });
  return event;
}

/** FulfillmentDisplayStatus: follows the event that happened last. */
export function displayStatus(fulfillment: StoredFulfillment): string {
  if (fulfillment.status === "CANCELLED") {
    return "CANCELED";
  }
  const last = fulfillment.events.reduce<StoredEvent | null>(
    (latest, event) => (latest === null || event.happenedAt >= latest.happenedAt ? event : latest),
    null,
  );
  return last?.status ?? "FULFILLED";
}

/**
 * Takes a fulfillment back; a second time nothing more happens. The units return to their closed fulfillment order for show
 * and appear in a new, open one (recorded). Where the fulfillment order is still open they simply return to it (not
 * recorded). The order opens again.
 */
export function cancelFulfillment(state: ShopState, fulfillment: StoredFulfillment): void {
  const repeated = fulfillment.status === "CANCELLED";
  const at = state.clock.now();
  state.ledger.cancellations.push({ at, fulfillmentId: fulfillment.id, orderId: fulfillment.orderId, repeated });
  if (repeated) {
    return;
  }
  fulfillment.status = "CANCELLED";
  const order = state.orderOf(fulfillment);
  for (const id of new Set(fulfillment.parts.map((candidate) => candidate.fulfillmentOrderId))) {
    const fulfillmentOrder = state.fulfillmentOrders.get(id);
    if (fulfillmentOrder !== undefined) {
      returnUnits(state, order, fulfillmentOrder, fulfillment);
    }
  }
  order.closedAt = null;
  touchFulfillment(state, fulfillment);
  state.touchOrder(order);
  state.announce("orders/updated", order.id);
}

function returnUnits(
  state: ShopState,
  order: StoredOrder,
  fulfillmentOrder: StoredFulfillmentOrder,
  fulfillment: StoredFulfillment,
): void {
  const parts = fulfillment.parts.filter((candidate) => candidate.fulfillmentOrderId === fulfillmentOrder.id);
  for (const { line, quantity } of parts) {
    line.remainingQuantity += quantity;
  }
  if (fulfillmentOrder.status === "CLOSED") {
    const now = state.clock.now();
    const fresh: StoredFulfillmentOrder = {
      ...fulfillmentOrder,
      id: state.ids.next("FulfillmentOrder"),
      status: "OPEN",
      createdAt: now,
      updatedAt: now,
      fulfillAt: null,
      holds: [],
      lines: parts.map(({ line, quantity }) => ({
        id: state.ids.next("FulfillmentOrderLineItem"),
        line: line.line,
        totalQuantity: quantity,
        remainingQuantity: quantity,
      })),
    };
    state.fulfillmentOrders.set(fresh.id, fresh);
    order.fulfillmentOrderIds.push(fresh.id);
    state.touchFulfillmentOrder(fresh);
  }
  state.touchFulfillmentOrder(fulfillmentOrder);
}
