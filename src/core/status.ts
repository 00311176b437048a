/** The words of the contract for where an order and a parcel stand, and how one follows from the other. */

/** Order statuses, in the order in which a parcel passes them. They are mirrored to the shop: renaming one breaks users. */
export const ORDER_STATUSES = [
  "waiting",
  "ready_to_ship",
  "pending_pickup",
  "in_transit",
  "out_for_delivery",
  "delivered",
  "returned",
  "delivery_failed",
  "cancelled",
  "skipped",
  "parked",
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Nothing more is expected to happen to these by themselves. */
export function isFinalStatus(status: OrderStatus): boolean {
  return ["delivered", "returned", "delivery_failed", "cancelled", "skipped"].includes(status);
}

/**
 * Where a parcel is, in one vocabulary for all providers (facts/shipping §5). Ordered: a later report of an earlier state
 * changes nothing (P6), and each is told once. `unknown` never replaces anything.
 */
export const TRACKING_STATUSES = [
  "unknown",
  "pre_transit",
  "accepted",
  "in_transit",
  "delayed",
  "out_for_delivery",
  "attempted",
  "ready_for_pickup",
  "delivered",
  "returning",
  "failed",
  "cancelled",
] as const;
export type TrackingStatus = (typeof TRACKING_STATUSES)[number];

/** Rank for "forward only". Two states of one rank may follow each other either way (a parcel is delayed or moves again). */
const RANK: Readonly<Record<TrackingStatus, number>> = {
  unknown: 0,
  pre_transit: 1,
  accepted: 2,
  in_transit: 3,
  delayed: 3,
  out_for_delivery: 4,
  attempted: 4,
  ready_for_pickup: 4,
  delivered: 5,
  returning: 5,
  failed: 5,
  cancelled: 5,
};

/** The parcel's journey is over; no carrier will report more that matters. */
export function isTerminalTracking(status: TrackingStatus): boolean {
  return RANK[status] === 5;
}

/** Whether a report of `next` after `current` is news that moves the parcel forward. */
export function isForward(current: TrackingStatus, next: TrackingStatus): boolean {
  if (next === current || next === "unknown" || isTerminalTracking(current)) {
    return false;
  }
  return RANK[next] >= RANK[current];
}

/** Shopify's `FulfillmentEventStatus` for a parcel's state; `null` when Shopify has no word for it (2026-10 schema). */
export function toFulfillmentEvent(status: TrackingStatus): string | null {
  const events: Readonly<Record<TrackingStatus, string | null>> = {
    unknown: null,
    pre_transit: "CONFIRMED",
    accepted: "CARRIER_PICKED_UP",
    in_transit: "IN_TRANSIT",
    delayed: "DELAYED",
    out_for_delivery: "OUT_FOR_DELIVERY",
    attempted: "ATTEMPTED_DELIVERY",
    ready_for_pickup: "READY_FOR_PICKUP",
    delivered: "DELIVERED",
    returning: "FAILURE",
    failed: "FAILURE",
    cancelled: null,
  };
  return events[status];
}

/** The order status that one parcel alone would give its order. */
export function toOrderStatus(status: TrackingStatus): OrderStatus {
  const statuses: Readonly<Record<TrackingStatus, OrderStatus>> = {
    unknown: "pending_pickup",
    pre_transit: "pending_pickup",
    accepted: "in_transit",
    in_transit: "in_transit",
    delayed: "in_transit",
    out_for_delivery: "out_for_delivery",
    attempted: "out_for_delivery",
    ready_for_pickup: "out_for_delivery",
    delivered: "delivered",
    returning: "returned",
    failed: "delivery_failed",
    cancelled: "delivery_failed",
  };
  return statuses[status];
}
