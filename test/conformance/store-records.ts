/** Builders for the store's suites: valid records, changed where a test cares. */
import type { ShipmentRecord } from "../../src/core/shipment.ts";
import { shipmentId } from "../../src/core/shipment.ts";
import type { InboxEntry, Lease, Store } from "../../src/store/types.ts";

/** Larger than 2^53: an id that went through a number would come back changed. */
export const ORDER_ID = "gid://shopify/Order/9007199254740993001";
export const FULFILLMENT_ORDER_ID = "gid://shopify/FulfillmentOrder/7001";

export function orderId(number: number): string {
  return `gid://shopify/Order/${number}`;
}

export function aShipment(patch: Partial<ShipmentRecord> = {}): ShipmentRecord {
  const { fulfillmentOrderId = FULFILLMENT_ORDER_ID, parcelNumber = 1, generation = 1 } = patch;
  return {
    id: shipmentId(fulfillmentOrderId, parcelNumber, generation),
    orderId: ORDER_ID,
    fulfillmentOrderId,
    parcelNumber,
    parcelCount: parcelNumber,
    generation,
    provider: "easypost",
    reference: "shop-1/7001/1/1",
    providerShipmentId: null,
    state: "planned",
    fingerprint: "f1",
    lines: [{ id: "gid://shopify/FulfillmentOrderLineItem/1", quantity: 2 }],
    parcel: { preset: "box", lengthMm: 300, widthMm: 200, heightMm: 100, weightGrams: 600 },
    rates: [],
    ratesAt: null,
    refusal: null,
    label: null,
    tracking: [],
    fulfillmentId: null,
    createdAt: 1_000,
    voidedAt: null,
    ...patch,
  };
}

export function aLabel(
  patch: Partial<NonNullable<ShipmentRecord["label"]>> = {},
): NonNullable<ShipmentRecord["label"]> {
  return {
    rateId: "rate_1",
    carrier: "USPS",
    service: "GroundAdvantage",
    cost: { amountMinor: 607, currency: "USD" },
    trackingNumber: "9400100000000000000001",
    trackingUrl: "https://track.example/9400100000000000000001",
    trackerId: "trk_1",
    url: "https://labels.example/1.pdf",
    path: null,
    format: "pdf",
    boughtAt: 5_000,
    ...patch,
  };
}

export function aMessage(patch: Partial<InboxEntry> = {}): InboxEntry {
  return {
    source: "shopify",
    externalId: "message-1",
    topic: "orders/updated",
    bodyHash: "hash-1",
    receivedAt: 10_000,
    orderId: ORDER_ID,
    fulfillmentOrderId: null,
    ...patch,
  };
}

/** An order that was requested and claimed by `owner`. */
export async function claimed(store: Store, owner = "worker-1", id = ORDER_ID, now = 1_000): Promise<Lease> {
  await store.orders.request([{ id, name: "#1001" }], now);
  const lease = await store.orders.claim(id, owner, now, 60_000);
  if (lease === null) {
    throw new Error("The order could not be claimed.");
  }
  return lease;
}
