/** Rows to what the program works with, and back: the only place that knows both. */
import type { Selectable } from "kysely";
import type { EffectRecord } from "../core/effect.ts";
import type { Rate } from "../core/rate.ts";
import type { PurchasedLabel, ShipmentRecord } from "../core/shipment.ts";
import type { EffectsTable, OrdersTable, ShipmentsTable } from "./tables.ts";
import type { Facts, StoredOrder } from "./types.ts";

export function toStoredOrder(row: Selectable<OrdersTable>): StoredOrder {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    reason: row.reason,
    reasonInput: fromJson<Facts>(row.reason_input),
    statusSince: row.status_since,
    shopUpdatedAt: row.shop_updated_at,
    firstSeenAt: row.first_seen_at,
    lastRunAt: row.last_run_at,
    dueAt: row.due_at,
    requestedSeq: row.requested_seq,
    doneSeq: row.done_seq,
    attempts: row.attempts,
    lastError: toFailure(row.last_error_kind, row.last_error_message),
    leaseOwner: row.lease_owner,
    leaseUntil: row.lease_until,
    version: row.version,
    heldBy:
      row.held_by === null || row.held_at === null
        ? null
        : { who: row.held_by, why: row.held_why ?? "", at: row.held_at, voidLabels: row.held_void_labels === 1 },
    decision: row.decision === null ? null : fromJson<unknown>(row.decision),
    verifiedGeneration: row.verified_generation,
  };
}

export function toShipmentRecord(row: Selectable<ShipmentsTable>): ShipmentRecord {
  return {
    id: row.id,
    orderId: row.order_id,
    fulfillmentOrderId: row.fulfillment_order_id,
    parcelNumber: row.parcel_number,
    parcelCount: row.parcel_count,
    generation: row.generation,
    provider: row.provider,
    reference: row.reference,
    providerShipmentId: row.provider_shipment_id,
    state: row.state,
    fingerprint: row.fingerprint,
    lines: fromJson(row.lines),
    parcel: fromJson(row.parcel),
    rates: toRates(row.rates),
    ratesAt: row.rates_at,
    refusal: row.refusal === null ? null : fromJson(row.refusal),
    label: toLabel(row),
    tracking: fromJson(row.tracking),
    fulfillmentId: row.fulfillment_id,
    createdAt: row.created_at,
    voidedAt: row.voided_at,
  };
}

/** Rates that were kept before shipbot knew of accounts have none. */
function toRates(text: string): ShipmentRecord["rates"] {
  return fromJson<readonly (Omit<Rate, "accountId"> & Partial<Pick<Rate, "accountId">>)[]>(text).map((rate) => ({
    ...rate,
    accountId: rate.accountId ?? null,
  }));
}

/** A label is there as a whole or not at all; the table checks the same. */
function toLabel(row: Selectable<ShipmentsTable>): PurchasedLabel | null {
  if (
    row.rate_id === null ||
    row.carrier === null ||
    row.service === null ||
    row.cost_minor === null ||
    row.cost_currency === null ||
    row.tracking_number === null ||
    row.label_format === null ||
    row.bought_at === null
  ) {
    return null;
  }
  return {
    rateId: row.rate_id,
    carrier: row.carrier,
    service: row.service,
    cost: { amountMinor: row.cost_minor, currency: row.cost_currency },
    trackingNumber: row.tracking_number,
    trackingUrl: row.tracking_url,
    trackerId: row.tracker_id,
    url: row.label_url,
    path: row.label_path,
    format: row.label_format,
    boughtAt: row.bought_at,
  };
}

/** The columns of the fields that `patch` has; `next_track_at` is not part of the record. */
export function toShipmentColumns(patch: Partial<ShipmentRecord>): Partial<Selectable<ShipmentsTable>> {
  return {
    ...(patch.id !== undefined && { id: patch.id }),
    ...(patch.orderId !== undefined && { order_id: patch.orderId }),
    ...(patch.fulfillmentOrderId !== undefined && { fulfillment_order_id: patch.fulfillmentOrderId }),
    ...(patch.parcelNumber !== undefined && { parcel_number: patch.parcelNumber }),
    ...(patch.parcelCount !== undefined && { parcel_count: patch.parcelCount }),
    ...(patch.generation !== undefined && { generation: patch.generation }),
    ...(patch.provider !== undefined && { provider: patch.provider }),
    ...(patch.reference !== undefined && { reference: patch.reference }),
    ...(patch.providerShipmentId !== undefined && { provider_shipment_id: patch.providerShipmentId }),
    ...(patch.state !== undefined && { state: patch.state }),
    ...(patch.fingerprint !== undefined && { fingerprint: patch.fingerprint }),
    ...(patch.lines !== undefined && { lines: JSON.stringify(patch.lines) }),
    ...(patch.parcel !== undefined && { parcel: JSON.stringify(patch.parcel) }),
    ...(patch.rates !== undefined && { rates: JSON.stringify(patch.rates) }),
    ...(patch.ratesAt !== undefined && { rates_at: patch.ratesAt }),
    ...(patch.refusal !== undefined && { refusal: patch.refusal === null ? null : JSON.stringify(patch.refusal) }),
    ...(patch.label !== undefined && toLabelColumns(patch.label)),
    ...(patch.tracking !== undefined && toTrackingColumns(patch.tracking)),
    ...(patch.fulfillmentId !== undefined && { fulfillment_id: patch.fulfillmentId }),
    ...(patch.createdAt !== undefined && { created_at: patch.createdAt }),
    ...(patch.voidedAt !== undefined && { voided_at: patch.voidedAt }),
  };
}

function toLabelColumns(label: PurchasedLabel | null): Partial<Selectable<ShipmentsTable>> {
  return {
    rate_id: label?.rateId ?? null,
    carrier: label?.carrier ?? null,
    service: label?.service ?? null,
    cost_minor: label?.cost.amountMinor ?? null,
    cost_currency: label?.cost.currency ?? null,
    tracking_number: label?.trackingNumber ?? null,
    tracking_url: label?.trackingUrl ?? null,
    tracker_id: label?.trackerId ?? null,
    label_url: label?.url ?? null,
    label_path: label?.path ?? null,
    label_format: label?.format ?? null,
    bought_at: label?.boughtAt ?? null,
  };
}

export function toTrackingColumns(
  tracking: ShipmentRecord["tracking"],
): Pick<Selectable<ShipmentsTable>, "tracking" | "tracking_status"> {
  return { tracking: JSON.stringify(tracking), tracking_status: tracking.at(-1)?.status ?? null };
}

export function toEffectRecord(row: Selectable<EffectsTable>): EffectRecord {
  return {
    key: row.key,
    kind: row.kind,
    orderId: row.order_id,
    shipmentId: row.shipment_id,
    state: row.state,
    attempt: row.attempt,
    input: fromJson(row.input),
    failure: toFailure(row.failure_kind, row.failure_message),
    begunAt: row.begun_at,
    settledAt: row.settled_at,
    lookups: row.lookups,
    lookedUpAt: row.looked_up_at,
  };
}

function toFailure(kind: string | null, message: string | null): { kind: string; message: string } | null {
  return kind === null ? null : { kind, message: message ?? "" };
}

/** For JSON that this program wrote itself. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T;
}
