/**
 * Bodies of webhooks. They are REST-shaped also in 2026-10: snake_case, ids as bare numbers (above 2^53 too), times with
 * the shop's offset. Only the fields that a receiver may look at before it reads by id; shapes after Shopify's published
 * samples of 2026-07. `null` when the object is gone.
 */
import type { Instant } from "../../core/time.ts";
import { displayStatus } from "./fulfillments.ts";
import { numberOf } from "./ids.ts";
import type { LosslessJson } from "./lossless-json.ts";
import type { StoredAddress, StoredFulfillment, StoredFulfillmentOrder, StoredOrder } from "./records.ts";
import { displayFulfillmentStatus, type ShopState } from "./state.ts";

export interface Payload {
  readonly body: LosslessJson;
  /** For `X-Shopify-Order-Id`, which deliveries about an order carry. */
  readonly orderNumber: bigint | null;
  readonly test: boolean;
}

export function buildPayload(state: ShopState, topic: string, subjectId: string): Payload | null {
  const order = state.orders.get(subjectId);
  if (order !== undefined) {
    const body = topic === "orders/edited" ? editBody(order) : orderBody(state, order);
    return { body, orderNumber: numberOf(order.id), test: order.test };
  }
  const fulfillment = state.fulfillments.get(subjectId);
  if (fulfillment !== undefined) {
    const owner = state.orderOf(fulfillment);
    return { body: fulfillmentBody(owner, fulfillment), orderNumber: numberOf(owner.id), test: owner.test };
  }
  const fulfillmentOrder = state.fulfillmentOrders.get(subjectId);
  if (fulfillmentOrder !== undefined) {
    return { body: fulfillmentOrderBody(topic, fulfillmentOrder), orderNumber: null, test: false };
  }
  return null;
}

function time(at: Instant | null): string | null {
  return at === null ? null : new Date(at).toISOString().replace(/\.\d+Z$/, "+00:00");
}

function addressBody(address: StoredAddress | null): LosslessJson {
  return (
    address && {
      first_name: address.firstName,
      last_name: address.lastName,
      company: address.company,
      address1: address.address1,
      address2: address.address2,
      city: address.city,
      province: address.province,
      province_code: address.provinceCode,
      zip: address.zip,
      country: address.country,
      country_code: address.countryCode,
      phone: address.phone,
    }
  );
}

const REST_FULFILLMENT_STATUS: Readonly<Record<string, string>> = {
  FULFILLED: "fulfilled",
  PARTIALLY_FULFILLED: "partial",
};

function orderBody(state: ShopState, order: StoredOrder): LosslessJson {
  return {
    id: numberOf(order.id),
    admin_graphql_api_id: order.id,
    name: order.name,
    email: order.email,
    phone: order.phone,
    created_at: time(order.createdAt),
    updated_at: time(order.updatedAt),
    cancelled_at: time(order.cancelledAt),
    cancel_reason: order.cancelReason?.toLowerCase() ?? null,
    closed_at: time(order.closedAt),
    currency: order.currencyCode,
    financial_status: order.financialStatus.toLowerCase(),
    fulfillment_status: REST_FULFILLMENT_STATUS[displayFulfillmentStatus(state, order)] ?? null,
    tags: order.tags.join(", "),
    test: order.test,
    shipping_address: addressBody(order.shippingAddress),
    line_items: order.lines.map((line) => ({
      id: numberOf(line.id),
      admin_graphql_api_id: line.id,
      title: line.title,
      sku: line.sku,
      quantity: line.quantity,
      current_quantity: line.currentQuantity,
      grams: line.grams ?? 0,
      price: line.unitPrice,
      requires_shipping: line.requiresShipping,
    })),
    shipping_lines: order.shippingLine === null ? [] : [{ ...order.shippingLine }],
    fulfillments: state.fulfillmentsOf(order).map((fulfillment) => fulfillmentBody(order, fulfillment)),
  };
}

function editBody(order: StoredOrder): LosslessJson {
  return {
    order_edit: {
      id: numberOf(order.id),
      order_id: numberOf(order.id),
      created_at: time(order.updatedAt),
      committed_at: time(order.updatedAt),
      notify_customer: false,
      staff_note: "",
    },
  };
}

function fulfillmentBody(order: StoredOrder, fulfillment: StoredFulfillment): LosslessJson {
  const status = displayStatus(fulfillment);
  const [tracking] = fulfillment.tracking;
  return {
    id: numberOf(fulfillment.id),
    admin_graphql_api_id: fulfillment.id,
    order_id: numberOf(order.id),
    name: `${order.name}.${order.fulfillmentIds.indexOf(fulfillment.id) + 1}`,
    status: fulfillment.status.toLowerCase(),
    shipment_status: status === "FULFILLED" || status === "CANCELED" ? null : status.toLowerCase(),
    created_at: time(fulfillment.createdAt),
    updated_at: time(fulfillment.updatedAt),
    tracking_company: tracking?.company ?? null,
    tracking_number: tracking?.number ?? null,
    tracking_numbers: fulfillment.tracking.flatMap((item) => item.number ?? []),
    tracking_url: tracking?.url ?? null,
    tracking_urls: fulfillment.tracking.flatMap((item) => item.url ?? []),
    location_id: numberOf(fulfillment.location.id),
  };
}

function fulfillmentOrderBody(topic: string, item: StoredFulfillmentOrder): LosslessJson {
  const fulfillment_order = { id: item.id, status: item.status.toLowerCase() };
  if (topic !== "fulfillment_orders/placed_on_hold") {
    return { fulfillment_order };
  }
  const holds = item.holds.map((hold) => ({
    id: hold.id,
    reason: hold.reason.toLowerCase(),
    reason_notes: hold.reasonNotes,
    held_by_requesting_app: hold.heldByRequestingApp,
    handle: hold.handle,
  }));
  return {
    fulfillment_order: { ...fulfillment_order, fulfillment_holds: holds },
    remaining_fulfillment_order: null,
    held_fulfillment_order_line_items: item.lines.map((line) => ({ id: line.id, quantity: line.remainingQuantity })),
    created_fulfillment_hold: holds.at(-1) ?? null,
  };
}
