/**
 * Which orders a new policy may decide otherwise: all that have no label yet, but those that stand for a reason that no
 * policy has a say in. Pure; the store asks for the rest to be looked at again when a policy is taken.
 */
import type { Reason } from "./reasons.ts";
import type { OrderStatus } from "./status.ts";

/** Statuses of orders that may still get a label. */
export const UNBOUGHT_STATUSES: readonly OrderStatus[] = ["waiting", "ready_to_ship", "parked"];

/**
 * Shopify or a human holds these: whatever the policy says, they stand where they stand until somebody acts, and are
 * looked at then. A reason that is not named here is taken to depend on the policy.
 */
export const BEYOND_POLICY: readonly Reason[] = [
  ...(["on_hold", "scheduled", "not_routed", "held_by_staff"] as const),
  ...(["order_gone_with_label", "order_incomplete", "fulfillment_order_incomplete", "not_fulfillable"] as const),
  ...(["purchase_outcome_unknown", "void_outcome_unknown", "void_refused", "writeback_unknown"] as const),
  ...(["fulfillment_refused", "fulfilled_elsewhere", "fulfillment_cancelled", "units_left_over"] as const),
  ...(["cancelled_in_transit", "label_of_gone_fulfillment_order", "unused_label"] as const),
];

/** Why the policy skips an order for good; an index of the database is made for these words. */
export const SKIPPED_BY_POLICY = ["denied", "skipped_by_rule"] as const satisfies readonly Reason[];
