/** What a merchant's own tools do at the shop and shipbot does not: tests do it over the wire, as such a tool would. */
import type { Operation, UserErrorNode } from "../../../src/shopify/operations.ts";

export interface FulfillmentCancelData {
  readonly fulfillmentCancel: {
    readonly fulfillment: { readonly id: string; readonly status: string } | null;
    readonly userErrors: readonly UserErrorNode[];
  } | null;
}

export const fulfillmentCancel: Operation<{ readonly id: string }, FulfillmentCancelData> = {
  name: "FulfillmentCancel",
  kind: "mutation",
  document: `mutation FulfillmentCancel($id: ID!) {
  fulfillmentCancel(id: $id) {
    fulfillment { id status }
    userErrors { field message }
  }
}`,
};

export interface SubscriptionMoveData {
  readonly webhookSubscriptionUpdate: {
    readonly webhookSubscription: { readonly id: string } | null;
    readonly userErrors: readonly UserErrorNode[];
  } | null;
}

export const webhookSubscriptionUpdate: Operation<
  { readonly id: string; readonly subscription: { readonly uri: string } },
  SubscriptionMoveData
> = {
  name: "WebhookSubscriptionUpdate",
  kind: "mutation",
  document: `mutation WebhookSubscriptionUpdate($id: ID!, $subscription: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $subscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
}`,
};

export interface LocationsData {
  readonly locations: { readonly nodes: readonly { readonly address: { readonly provinceCode: string | null } }[] };
}

export const locations: Operation<Readonly<Record<string, never>>, LocationsData> = {
  name: "Locations",
  kind: "query",
  document: `query Locations {
  locations(first: 50) { nodes { address { provinceCode } } }
}`,
};
