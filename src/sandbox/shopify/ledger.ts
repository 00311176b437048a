/**
 * What shipbot did to the fake shop, in the order it happened. Only ever appended to, so that a test can ask afterwards
 * whether a promise held ("each tracking number on exactly one live fulfillment") without trusting anything that shipbot
 * remembers. It grows with the run: the sandbox is for runs that end.
 */
import type { Instant } from "../../core/time.ts";

export interface LedgerFulfillment {
  readonly at: Instant;
  readonly id: string;
  readonly orderId: string;
  readonly orderName: string;
  readonly fulfillmentOrderIds: readonly string[];
  readonly lines: readonly { readonly sku: string | null; readonly quantity: number }[];
  readonly company: string | null;
  readonly trackingNumbers: readonly string[];
  readonly trackingUrls: readonly string[];
  readonly notifyCustomer: boolean;
}

export interface LedgerTrackingUpdate {
  readonly at: Instant;
  readonly fulfillmentId: string;
  readonly orderId: string;
  readonly company: string | null;
  readonly trackingNumbers: readonly string[];
  readonly notifyCustomer: boolean;
  /** Shopify accepts an update of a cancelled fulfillment; shipbot should not send one. */
  readonly onCancelled: boolean;
}

export interface LedgerCancellation {
  readonly at: Instant;
  readonly fulfillmentId: string;
  readonly orderId: string;
  /** Whether it was cancelled before already. */
  readonly repeated: boolean;
}

export interface LedgerEvent {
  readonly at: Instant;
  readonly id: string;
  readonly fulfillmentId: string;
  readonly orderId: string;
  readonly status: string;
  readonly happenedAt: Instant;
  readonly message: string | null;
  readonly onCancelled: boolean;
}

export interface LedgerMetafield {
  readonly at: Instant;
  readonly ownerId: string;
  readonly namespace: string;
  readonly key: string;
  readonly value: string;
}

export interface LedgerTags {
  readonly at: Instant;
  readonly orderId: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface LedgerWebhook {
  readonly at: Instant;
  readonly webhookId: string;
  readonly topic: string;
  readonly uri: string;
  /** The object it is about: an order, a fulfillment or a fulfillment order. */
  readonly subjectId: string;
  /** Requests sent for it, repeats included. */
  attempts: number;
  /** When the receiver first answered 2xx; `null` while it has not. */
  answeredAt: Instant | null;
  /** `dropped` by a fault, `overflowed` the sandbox's own queue, `failed` after the last repeat. */
  lost: "dropped" | "overflowed" | "failed" | null;
}

export class Ledger {
  readonly fulfillments: LedgerFulfillment[] = [];
  readonly trackingUpdates: LedgerTrackingUpdate[] = [];
  readonly cancellations: LedgerCancellation[] = [];
  readonly events: LedgerEvent[] = [];
  readonly metafields: LedgerMetafield[] = [];
  readonly tags: LedgerTags[] = [];
  readonly webhooks: LedgerWebhook[] = [];
  /** Executed requests by operation, e.g. `query OrdersByIds`; refused ones are counted below. */
  readonly requests: Record<string, number> = {};
  /** Points that executed requests took from the bucket. */
  pointsSpent = 0;
  throttled = 0;
  unauthorized = 0;
  tokensIssued = 0;

  countRequest(what: string): void {
    this.requests[what] = (this.requests[what] ?? 0) + 1;
  }
}
