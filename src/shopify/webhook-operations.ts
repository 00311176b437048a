/** Webhook subscriptions. What every document and type here has in common is said in `operations.ts`. */
import type { Operation, PageInfo, UserErrorNode } from "./operations.ts";

/** `topic` is a WebhookSubscriptionTopic, e.g. `ORDERS_UPDATED`; the delivery's header says `orders/updated`. */
export interface WebhookSubscriptionNode {
  readonly id: string;
  readonly topic: string;
  readonly uri: string;
  readonly format: string;
  readonly includeFields: readonly string[];
  readonly filter: string | null;
  readonly apiVersion: { readonly handle: string };
}

const SUBSCRIPTION_FIELDS = `id topic uri format includeFields filter apiVersion { handle }`;

export interface WebhookSubscriptionsData {
  readonly webhookSubscriptions: {
    readonly pageInfo: PageInfo;
    readonly nodes: readonly WebhookSubscriptionNode[];
  };
}

/** The subscriptions that this app made through the API; Shopify deletes one after 8 failed deliveries in a row. */
export const webhookSubscriptions: Operation<{ readonly after: string | null }, WebhookSubscriptionsData> = {
  name: "WebhookSubscriptions",
  kind: "query",
  document: `query WebhookSubscriptions($after: String) {
  webhookSubscriptions(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { ${SUBSCRIPTION_FIELDS} }
  }
}`,
};

export interface WebhookSubscriptionInput {
  readonly uri: string;
  readonly includeFields?: readonly string[];
}

export interface WebhookSubscriptionCreateData {
  readonly webhookSubscriptionCreate: {
    readonly webhookSubscription: WebhookSubscriptionNode | null;
    readonly userErrors: readonly UserErrorNode[];
  } | null;
}

/** Subscribes a topic. A repeat is refused ("Address for this topic has already been taken"). */
export const webhookSubscriptionCreate: Operation<
  { readonly topic: string; readonly subscription: WebhookSubscriptionInput },
  WebhookSubscriptionCreateData
> = {
  name: "WebhookSubscriptionCreate",
  kind: "mutation",
  document: `mutation WebhookSubscriptionCreate(
  $topic: WebhookSubscriptionTopic!
  $subscription: WebhookSubscriptionInput!
) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {
    webhookSubscription { ${SUBSCRIPTION_FIELDS} }
    userErrors { field message }
  }
}`,
};

export interface WebhookSubscriptionDeleteData {
  readonly webhookSubscriptionDelete: {
    readonly deletedWebhookSubscriptionId: string | null;
    readonly userErrors: readonly UserErrorNode[];
  } | null;
}

/** Ends a subscription. A repeat gets a user error. */
export const webhookSubscriptionDelete: Operation<{ readonly id: string }, WebhookSubscriptionDeleteData> = {
  name: "WebhookSubscriptionDelete",
  kind: "mutation",
  document: `mutation WebhookSubscriptionDelete($id: ID!) {
  webhookSubscriptionDelete(id: $id) {
    deletedWebhookSubscriptionId
    userErrors { field message }
  }
}`,
};
