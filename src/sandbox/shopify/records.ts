/** What the fake shop stores. Money is a decimal string, as Shopify sends it; instants have milliseconds. */
import type { Instant } from "../../core/time.ts";

export interface ShopProfile {
  readonly id: string;
  readonly name: string;
  readonly myshopifyDomain: string;
  /** A sandbox is a development shop unless a test wants a live one. */
  readonly plan: { readonly partnerDevelopment: boolean; readonly publicDisplayName: string };
  readonly currencyCode: string;
  readonly ianaTimezone: string;
}

export interface StoredAddress {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly company: string | null;
  readonly address1: string | null;
  readonly address2: string | null;
  readonly city: string | null;
  readonly province: string | null;
  readonly provinceCode: string | null;
  readonly zip: string | null;
  readonly country: string | null;
  readonly countryCode: string | null;
  readonly phone: string | null;
}

export interface StoredLocation {
  readonly id: string;
  readonly name: string;
  readonly address: StoredAddress;
  readonly isActive: boolean;
  readonly fulfillsOnlineOrders: boolean;
}

export interface StoredLine {
  readonly id: string;
  readonly sku: string | null;
  readonly title: string;
  readonly vendor: string | null;
  /** As ordered; edits lower `currentQuantity` only. */
  readonly quantity: number;
  currentQuantity: number;
  readonly grams: number | null;
  /** Decimal string in the order's currency. */
  readonly unitPrice: string;
  /** What duties were charged by at the checkout; `null`: none were. */
  readonly duty: { readonly hsCode: string | null; readonly origin: string | null } | null;
  readonly requiresShipping: boolean;
}

export interface StoredHold {
  readonly id: string;
  readonly handle: string | null;
  readonly reason: string;
  readonly reasonNotes: string | null;
  readonly heldByRequestingApp: boolean;
}

export interface StoredFulfillmentOrderLine {
  readonly id: string;
  readonly line: StoredLine;
  totalQuantity: number;
  remainingQuantity: number;
}

export interface StoredFulfillmentOrder {
  readonly id: string;
  readonly orderId: string;
  status: string;
  readonly createdAt: Instant;
  updatedAt: Instant;
  readonly fulfillAt: Instant | null;
  /** DeliveryMethodType; `null` where Shopify knows no method. */
  readonly methodType: string | null;
  readonly incoterm: string | null;
  readonly location: StoredLocation;
  destination: StoredAddress | null;
  holds: StoredHold[];
  readonly lines: StoredFulfillmentOrderLine[];
}

export interface StoredTracking {
  readonly company: string | null;
  readonly number: string | null;
  readonly url: string | null;
}

export interface StoredEvent {
  readonly id: string;
  readonly status: string;
  readonly happenedAt: Instant;
  readonly createdAt: Instant;
  readonly message: string | null;
}

export interface StoredFulfillment {
  readonly id: string;
  readonly orderId: string;
  readonly location: StoredLocation;
  status: "SUCCESS" | "CANCELLED";
  readonly createdAt: Instant;
  updatedAt: Instant;
  tracking: readonly StoredTracking[];
  readonly parts: readonly {
    readonly fulfillmentOrderId: string;
    readonly line: StoredFulfillmentOrderLine;
    readonly quantity: number;
  }[];
  readonly events: StoredEvent[];
}

export interface StoredMetafield {
  readonly id: string;
  readonly namespace: string;
  readonly key: string;
  readonly type: string;
  value: string;
}

export interface StoredOrder {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Instant;
  updatedAt: Instant;
  cancelledAt: Instant | null;
  cancelReason: string | null;
  closedAt: Instant | null;
  readonly test: boolean;
  financialStatus: string;
  tags: readonly string[];
  readonly email: string | null;
  readonly phone: string | null;
  readonly currencyCode: string;
  readonly customAttributes: readonly { readonly key: string; readonly value: string | null }[];
  shippingAddress: StoredAddress | null;
  readonly shippingLine: { readonly title: string; readonly code: string | null; readonly price: string } | null;
  riskRecommendation: string;
  readonly lines: readonly StoredLine[];
  readonly fulfillmentOrderIds: string[];
  readonly fulfillmentIds: string[];
  readonly metafields: Map<string, StoredMetafield>;
}

export interface StoredSubscription {
  readonly id: string;
  /** WebhookSubscriptionTopic, e.g. `ORDERS_UPDATED`. */
  readonly topic: string;
  uri: string;
  includeFields: readonly string[];
  filter: string | null;
  readonly createdAt: Instant;
}
