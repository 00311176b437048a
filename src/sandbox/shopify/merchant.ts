/**
 * What the merchant, the customer and other apps do to an order behind shipbot's back. Each function stamps `updatedAt`
 * where Shopify does, and announces what Shopify announces.
 */
import { buildHold, completeAddress, type HoldSpec } from "./orders.ts";
import type { StoredAddress, StoredFulfillmentOrder, StoredOrder } from "./records.ts";
import type { ShopState } from "./state.ts";

/** What the shop refuses, in Shopify's words. */
export class MerchantRefusal extends Error {
  readonly kind = "refused";
}

/**
 * Cancels the order: its fulfillment orders close, keep their units, and the order goes on displaying UNFULFILLED
 * (recorded). Throws `MerchantRefusal` while a fulfillment stands, or when the order is cancelled already.
 */
export function cancelOrder(state: ShopState, order: StoredOrder, reason = "CUSTOMER"): void {
  if (order.cancelledAt !== null) {
    throw new MerchantRefusal("Cannot cancel an order that has already been canceled");
  }
  if (state.fulfillmentsOf(order).some((fulfillment) => fulfillment.status === "SUCCESS")) {
    throw new MerchantRefusal("Cannot cancel an order that has outstanding fulfillments");
  }
  order.cancelledAt = state.clock.now();
  order.cancelReason = reason;
  for (const fulfillmentOrder of state.fulfillmentOrdersOf(order)) {
    if (fulfillmentOrder.status !== "CLOSED") {
      fulfillmentOrder.status = "CLOSED";
      fulfillmentOrder.holds = [];
      state.touchFulfillmentOrder(fulfillmentOrder);
      state.announce("fulfillment_orders/cancelled", fulfillmentOrder.id);
    }
  }
  state.touchOrder(order);
  state.announce("orders/cancelled", order.id);
  state.announce("orders/updated", order.id);
}

/** Holds one fulfillment order. The order's `updatedAt` stays as it is: a poll of orders does not see this. */
export function holdFulfillmentOrder(
  state: ShopState,
  fulfillmentOrder: StoredFulfillmentOrder,
  spec: HoldSpec = {},
): void {
  if (!["OPEN", "IN_PROGRESS", "ON_HOLD", "SCHEDULED"].includes(fulfillmentOrder.status)) {
    throw new MerchantRefusal("The fulfillment order is not in a state that can be held.");
  }
  fulfillmentOrder.holds.push(buildHold(state, spec));
  fulfillmentOrder.status = "ON_HOLD";
  state.touchFulfillmentOrder(fulfillmentOrder);
  state.announce("fulfillment_orders/placed_on_hold", fulfillmentOrder.id);
}

/** Lifts every hold. The order's `updatedAt` stays as it is. */
export function releaseHold(state: ShopState, fulfillmentOrder: StoredFulfillmentOrder): void {
  if (fulfillmentOrder.status !== "ON_HOLD") {
    throw new MerchantRefusal("The fulfillment order is not on hold.");
  }
  fulfillmentOrder.holds = [];
  fulfillmentOrder.status = "OPEN";
  state.touchFulfillmentOrder(fulfillmentOrder);
  state.announce("fulfillment_orders/hold_released", fulfillmentOrder.id);
}

/**
 * Changes where the order goes. The order's `updatedAt` moves, that of its fulfillment orders does not, although their
 * destination follows while there is something left to ship.
 */
export function setAddress(state: ShopState, order: StoredOrder, address: Partial<StoredAddress>): void {
  order.shippingAddress = completeAddress(address);
  for (const fulfillmentOrder of state.fulfillmentOrdersOf(order)) {
    if (fulfillmentOrder.status !== "CLOSED" && fulfillmentOrder.methodType !== "NONE") {
      fulfillmentOrder.destination = order.shippingAddress;
    }
  }
  state.touchOrder(order);
  state.announce("orders/updated", order.id);
}

/** Adds and removes tags; letters' case does not count. Nothing changes when all is as asked. Returns what changed. */
export function changeTags(
  state: ShopState,
  order: StoredOrder,
  add: readonly string[],
  remove: readonly string[],
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  const same = (a: string) => (b: string) => a.toLowerCase() === b.toLowerCase();
  const added = add.filter((tag) => !order.tags.some(same(tag)));
  const removed = order.tags.filter((tag) => remove.some(same(tag)));
  if (added.length > 0 || removed.length > 0) {
    order.tags = [...order.tags.filter((tag) => !removed.includes(tag)), ...added].sort();
    state.touchOrder(order);
    state.announce("orders/updated", order.id);
  }
  return { added, removed };
}

export function setFinancialStatus(state: ShopState, order: StoredOrder, financialStatus: string): void {
  order.financialStatus = financialStatus;
  state.touchOrder(order);
  if (financialStatus === "PAID") {
    state.announce("orders/paid", order.id);
  }
  state.announce("orders/updated", order.id);
}

/**
 * Edits the order: the line's units on its open fulfillment order become `quantity`. Only units that are not shipped yet
 * can be edited away. The fulfillment order keeps its id; `quantity` of the order's line stays as ordered.
 */
export function editLineQuantity(state: ShopState, order: StoredOrder, lineIndex: number, quantity: number): void {
  const line = order.lines[lineIndex];
  const fulfillmentOrder = state
    .fulfillmentOrdersOf(order)
    .find((candidate) => candidate.status !== "CLOSED" && candidate.lines.some((item) => item.line === line));
  const item = fulfillmentOrder?.lines.find((candidate) => candidate.line === line);
  if (line === undefined || fulfillmentOrder === undefined || item === undefined) {
    throw new MerchantRefusal("Line item is not editable.");
  }
  const shipped = item.totalQuantity - item.remainingQuantity;
  if (quantity < shipped) {
    throw new MerchantRefusal("Line item quantity is below what was fulfilled.");
  }
  line.currentQuantity += quantity - item.totalQuantity;
  item.totalQuantity = quantity;
  item.remainingQuantity = quantity - shipped;
  state.touchFulfillmentOrder(fulfillmentOrder);
  state.touchOrder(order);
  state.announce("orders/edited", order.id);
  state.announce("orders/updated", order.id);
}
