/**
 * What we know about one label: planned, quoted, bought, voided. One record per fulfillment order, parcel and generation.
 *
 *   planned ──provider object created──► quoted ──bought──► bought ──voided──► voided
 *      └───────────── facts changed before the purchase ──► abandoned
 *
 * A crash in `planned` leaves at most a free object at the provider that carries our reference. A crash between `quoted`
 * and `bought` leaves an effect `begun` in the journal (see `effect.ts`), which is settled by reading the provider.
 * A new generation is planned only when no earlier one of the parcel is bought or may be.
 */
import type { Money } from "./money.ts";
import type { FulfillmentOrderId, OrderId } from "./order.ts";
import { gidNumber } from "./order.ts";
import type { Parcel } from "./parcel.ts";
import type { Rate } from "./rate.ts";
import { isForward, TRACKING_STATUSES, type TrackingStatus } from "./status.ts";
import type { Instant } from "./time.ts";

export type ShipmentState = "planned" | "quoted" | "bought" | "voided" | "abandoned";

export interface ShipmentRecord {
  /** `<number of the fulfillment order>-<parcel>-<generation>`; see `shipmentId`. */
  readonly id: string;
  readonly orderId: OrderId;
  readonly fulfillmentOrderId: FulfillmentOrderId;
  /** 1 for the first box. */
  readonly parcelNumber: number;
  /** Of how many boxes the fulfillment order was to ship when this one was planned. */
  readonly parcelCount: number;
  /** 1 for the first attempt to ship this parcel; raised when an earlier one was voided or abandoned. */
  readonly generation: number;
  readonly provider: string;
  /** What the provider knows it by; from order facts only, never from a price. */
  readonly reference: string;
  readonly providerShipmentId: string | null;
  readonly state: ShipmentState;
  /** Hash of what it was planned for: address, lines, quantities, parcel. A difference is a decision, not an accident. */
  readonly fingerprint: string;
  /** Exactly what is in the box: ids of fulfillment order lines with their units. */
  readonly lines: readonly ShipmentLine[];
  readonly parcel: Parcel;
  readonly rates: readonly Rate[];
  readonly ratesAt: Instant | null;
  /** Why the provider would not create or sell it; remembered until the facts change or `retry` lifts it. */
  readonly refusal: Refusal | null;
  readonly label: PurchasedLabel | null;
  readonly tracking: TrackingHistory;
  /** The Shopify fulfillment that carries the tracking number. */
  readonly fulfillmentId: string | null;
  readonly createdAt: Instant;
  readonly voidedAt: Instant | null;
}

export interface ShipmentLine {
  readonly id: string;
  readonly quantity: number;
}

export interface Refusal {
  /** `address`: the provider does not accept where it goes; `no_rate`: no carrier takes it; `other`: see `message`. */
  readonly cause: "address" | "no_rate" | "other";
  /** The provider's own code, e.g. `ADDRESS.VERIFY.FAILURE`. */
  readonly code: string | null;
  /** The provider's sentence with personal data taken out. */
  readonly message: string;
  readonly at: Instant;
}

export interface PurchasedLabel {
  readonly rateId: string;
  readonly carrier: string;
  readonly service: string;
  readonly cost: Money;
  readonly trackingNumber: string;
  readonly trackingUrl: string | null;
  readonly trackerId: string | null;
  /** Where the provider keeps the label; may expire, so it is downloaded at once. */
  readonly url: string | null;
  /** File name in the data folder's `labels/`; `null` until it is downloaded. */
  readonly path: string | null;
  readonly format: LabelFormat;
  readonly boughtAt: Instant;
}

export type LabelFormat = "pdf" | "png" | "zpl";

/** One thing a carrier said, in our words. */
export interface TrackingCheckpoint {
  readonly status: TrackingStatus;
  readonly at: Instant;
}

/** What moved the parcel forward, oldest first; each status at most once. */
export type TrackingHistory = readonly TrackingCheckpoint[];

/** The key of a parcel's generation. Stable: it is the file name of the label and part of the reference. */
export function shipmentId(fulfillmentOrderId: FulfillmentOrderId, parcelNumber: number, generation: number): string {
  return `${gidNumber(fulfillmentOrderId)}-${parcelNumber}-${generation}`;
}

/** A label that was paid for and is not void: the thing P1 allows only once. */
export function isLive(shipment: ShipmentRecord): boolean {
  return shipment.state === "bought";
}

/** Still free: it may be given up without losing money. */
export function isUnbought(shipment: ShipmentRecord): boolean {
  return shipment.state === "planned" || shipment.state === "quoted";
}

/**
 * Whether the carrier has it, or ever had: from then on voiding is no longer ours to do. A label that the provider
 * cancelled before anybody scanned it never left.
 */
export function hasLeft(shipment: ShipmentRecord): boolean {
  return shipment.tracking.some(({ status }) => !["unknown", "pre_transit", "cancelled"].includes(status));
}

/** Where the parcel is by the last news; `null` before the carrier said anything. */
export function currentTracking(shipment: ShipmentRecord): TrackingCheckpoint | null {
  return shipment.tracking.at(-1) ?? null;
}

/**
 * Adds what is new and forward (P6): reports are taken in the order of their time, a status that was there before or
 * lies behind the current one changes nothing. The same reports together, in any order and number, give one history;
 * told piece by piece they may give another (what comes late is left out), that ends equally far along.
 */
export function advanceTracking(history: TrackingHistory, reports: readonly TrackingCheckpoint[]): TrackingHistory {
  const advanced = [...history];
  for (const report of [...reports].sort(compareReports)) {
    const current = advanced.at(-1)?.status ?? "unknown";
    if (isForward(current, report.status) && !advanced.some((entry) => entry.status === report.status)) {
      advanced.push(report);
    }
  }
  return advanced;
}

/** Of reports with one time the earlier state first; `delivered` before a return, as the words stand in the list. */
function compareReports(a: TrackingCheckpoint, b: TrackingCheckpoint): number {
  return a.at - b.at || TRACKING_STATUSES.indexOf(a.status) - TRACKING_STATUSES.indexOf(b.status);
}
