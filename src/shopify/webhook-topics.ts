/**
 * The webhook topics that shipbot subscribes: whatever can change what is to be shipped, or whether shipbot may. Each is
 * only a hint to look again, so a topic that Shopify adds later is a delay until the next poll and no loss.
 * Shopify has two spellings: the enum word of the API and the word of the delivery's header (api/webhooks, read 2026-11-22).
 */
export interface WebhookTopic {
  /** `WebhookSubscriptionTopic` of the Admin API. */
  readonly topic: string;
  /** The same in `X-Shopify-Topic`. */
  readonly header: string;
}

export const WEBHOOK_TOPICS = [
  { topic: "ORDERS_CREATE", header: "orders/create" },
  { topic: "ORDERS_UPDATED", header: "orders/updated" },
  { topic: "ORDERS_CANCELLED", header: "orders/cancelled" },
  { topic: "ORDERS_EDITED", header: "orders/edited" },
  { topic: "ORDERS_RISK_ASSESSMENT_CHANGED", header: "orders/risk_assessment_changed" },
  { topic: "REFUNDS_CREATE", header: "refunds/create" },
  { topic: "FULFILLMENTS_CREATE", header: "fulfillments/create" },
  { topic: "FULFILLMENTS_UPDATE", header: "fulfillments/update" },
  { topic: "FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE", header: "fulfillment_orders/order_routing_complete" },
  { topic: "FULFILLMENT_ORDERS_PLACED_ON_HOLD", header: "fulfillment_orders/placed_on_hold" },
  { topic: "FULFILLMENT_ORDERS_HOLD_RELEASED", header: "fulfillment_orders/hold_released" },
  { topic: "FULFILLMENT_ORDERS_CANCELLED", header: "fulfillment_orders/cancelled" },
  { topic: "FULFILLMENT_ORDERS_MOVED", header: "fulfillment_orders/moved" },
  { topic: "FULFILLMENT_ORDERS_SPLIT", header: "fulfillment_orders/split" },
  { topic: "FULFILLMENT_ORDERS_MERGED", header: "fulfillment_orders/merged" },
  { topic: "FULFILLMENT_ORDERS_RESCHEDULED", header: "fulfillment_orders/rescheduled" },
  {
    topic: "FULFILLMENT_ORDERS_SCHEDULED_FULFILLMENT_ORDER_READY",
    header: "fulfillment_orders/scheduled_fulfillment_order_ready",
  },
  { topic: "FULFILLMENT_HOLDS_ADDED", header: "fulfillment_holds/added" },
  { topic: "FULFILLMENT_HOLDS_RELEASED", header: "fulfillment_holds/released" },
  { topic: "APP_UNINSTALLED", header: "app/uninstalled" },
  { topic: "APP_SCOPES_UPDATE", header: "app/scopes_update" },
  { topic: "BULK_OPERATIONS_FINISH", header: "bulk_operations/finish" },
] as const satisfies readonly WebhookTopic[];
