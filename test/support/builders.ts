/**
 * Plain data for tests of the core: every builder gives something valid and ordinary, and takes what the test is about.
 * The default order is one that ships: paid, tagged, one fulfillment order of two mugs to San Francisco.
 */
import type { DecisionInput, OrderRecord, StaffHold } from "../../src/core/decision.ts";
import { type EffectKind, type EffectRecord, effectKey } from "../../src/core/effect.ts";
import type { Address, Fulfillment, FulfillmentOrder, FulfillmentOrderLine, Order } from "../../src/core/order.ts";
import { gidNumber } from "../../src/core/order.ts";
import { ONE_BOX, type PackingPolicy, type PackingPreset } from "../../src/core/packing/preset.ts";
import { DEFAULT_POLICY, type Policy } from "../../src/core/policy.ts";
import type { Rate } from "../../src/core/rate.ts";
import {
  type PurchasedLabel,
  type ShipmentRecord,
  shipmentId,
  type TrackingCheckpoint,
} from "../../src/core/shipment.ts";
import { noSpending, windowsAt } from "../../src/core/spending.ts";
import type { TrackingStatus } from "../../src/core/status.ts";
import type { Instant } from "../../src/core/time.ts";

/** When the tests of the core take place. */
export const NOW: Instant = Date.parse("2026-11-22T12:00:00Z");

export const ORDER_ID = "gid://shopify/Order/5001";
export const FULFILLMENT_ORDER_ID = "gid://shopify/FulfillmentOrder/7001";
export const FULFILLMENT_ID = "gid://shopify/Fulfillment/9001";

export function anAddress(overrides: Partial<Address> = {}): Address {
  return {
    name: "Ada Example",
    company: null,
    street1: "417 Montgomery Street",
    street2: null,
    city: "San Francisco",
    province: "CA",
    postalCode: "94104",
    country: "US",
    phone: null,
    email: null,
    ...overrides,
  };
}

export function aLine(overrides: Partial<FulfillmentOrderLine> = {}): FulfillmentOrderLine {
  return {
    id: "gid://shopify/FulfillmentOrderLineItem/1",
    sku: "MUG-BLUE",
    title: "Blue mug",
    vendor: "Mug Works",
    productType: null,
    quantityRemaining: 2,
    requiresShipping: true,
    weightGrams: 400,
    unitPrice: { amountMinor: 1_400, currency: "USD" },
    duty: null,
    ...overrides,
  };
}

export function aFulfillmentOrder(overrides: Partial<FulfillmentOrder> = {}): FulfillmentOrder {
  return {
    id: FULFILLMENT_ORDER_ID,
    status: "open",
    requestStatus: "unsubmitted",
    updatedAt: NOW - 60_000,
    fulfillAt: null,
    deliveryMethod: "shipping",
    incoterm: null,
    canFulfil: true,
    holds: [],
    location: {
      id: "gid://shopify/Location/31",
      address: anAddress({ name: null, company: "Warehouse", street1: "1 Dock Road", city: "Oakland" }),
    },
    destination: anAddress(),
    lines: [aLine()],
    ...overrides,
  };
}

/** As Shopify shows a fulfillment order whose units are all on fulfillments. */
export function aClosedFulfillmentOrder(overrides: Partial<FulfillmentOrder> = {}): FulfillmentOrder {
  return aFulfillmentOrder({
    status: "closed",
    canFulfil: false,
    lines: [aLine({ quantityRemaining: 0 })],
    ...overrides,
  });
}

export function aFulfillment(overrides: Partial<Fulfillment> = {}): Fulfillment {
  return {
    id: FULFILLMENT_ID,
    status: "success",
    createdAt: NOW - 30_000,
    tracking: [{ company: "USPS", number: "TRACK-7001-1" }],
    ...overrides,
  };
}

export function anOrder(overrides: Partial<Order> = {}): Order {
  return {
    id: ORDER_ID,
    name: "#1001",
    createdAt: NOW - 3_600_000,
    updatedAt: NOW - 60_000,
    cancelledAt: null,
    test: false,
    financialStatus: "paid",
    tags: ["ready_to_ship"],
    currency: "USD",
    noteAttributes: [],
    value: { amountMinor: 2_800, currency: "USD" },
    customer: null,
    risk: "accept",
    shippingLine: { title: "Standard", code: "standard", price: { amountMinor: 500, currency: "USD" } },
    fulfillmentOrders: [aFulfillmentOrder()],
    fulfillments: [],
    readyMark: false,
    mirroredStatus: null,
    incomplete: [],
    ...overrides,
  };
}

export function aRate(overrides: Partial<Rate> = {}): Rate {
  return {
    id: "rate_ground",
    carrier: "USPS",
    service: "GroundAdvantage",
    price: { amountMinor: 610, currency: "USD" },
    deliveryDays: 3,
    accountId: null,
    ...overrides,
  };
}

export function aLabel(overrides: Partial<PurchasedLabel> = {}): PurchasedLabel {
  return {
    rateId: "rate_ground",
    carrier: "USPS",
    service: "GroundAdvantage",
    cost: { amountMinor: 610, currency: "USD" },
    trackingNumber: "TRACK-7001-1",
    trackingUrl: null,
    trackerId: "trk_1",
    url: "https://labels.example/1.pdf",
    path: "7001-1-1.pdf",
    format: "pdf",
    boughtAt: NOW - 60_000,
    ...overrides,
  };
}

/**
 * A planned shipment of the default fulfillment order. Its id, reference and label's number follow from what it is for;
 * its fingerprint is none that a plan has, so that a test which needs a true one takes it from `decide`.
 */
export function aShipment(overrides: Partial<ShipmentRecord> = {}): ShipmentRecord {
  const { fulfillmentOrderId = FULFILLMENT_ORDER_ID, parcelNumber = 1, generation = 1, state = "planned" } = overrides;
  const id = shipmentId(fulfillmentOrderId, parcelNumber, generation);
  const wasBought = state === "bought" || state === "voided";
  return {
    id,
    orderId: ORDER_ID,
    fulfillmentOrderId,
    parcelNumber,
    parcelCount: parcelNumber,
    generation,
    provider: "easypost",
    reference: `shipbot_shop-1_${id}`,
    providerShipmentId: state === "planned" ? null : `shp_${id}`,
    state,
    fingerprint: "not planned by decide",
    lines: [{ id: "gid://shopify/FulfillmentOrderLineItem/1", quantity: 2 }],
    parcel: { preset: "box", lengthMm: 300, widthMm: 200, heightMm: 100, weightGrams: 900 },
    rates: state === "planned" ? [] : [aRate()],
    ratesAt: state === "planned" ? null : NOW - 60_000,
    refusal: null,
    label: wasBought
      ? aLabel({ trackingNumber: `TRACK-${gidNumber(fulfillmentOrderId)}-${generation}`, path: `${id}.pdf` })
      : null,
    tracking: [],
    fulfillmentId: null,
    createdAt: NOW - 120_000,
    voidedAt: state === "voided" ? NOW - 30_000 : null,
    ...overrides,
  };
}

/** Reports a minute apart, the last one a minute ago. */
export function aJourney(...statuses: readonly TrackingStatus[]): readonly TrackingCheckpoint[] {
  return statuses.map((status, index) => ({ status, at: NOW - (statuses.length - index) * 60_000 }));
}

/** An effect of the default shipment, begun a minute ago. A refusal is one for reasons in the order. */
export function anEffect(
  kind: EffectKind,
  state: EffectRecord["state"],
  overrides: Partial<EffectRecord> & { readonly part?: string } = {},
): EffectRecord {
  const { part, ...fields } = overrides;
  const shipmentId = fields.shipmentId ?? "7001-1-1";
  const failures: Readonly<Record<EffectRecord["state"], EffectRecord["failure"]>> = {
    begun: null,
    done: null,
    lifted: { kind: "rejected", message: "NO.MONEY: it was refused" },
    refused: { kind: "rejected", message: "NO.MONEY: it was refused" },
    unknown: { kind: "outcome_unknown", message: "no answer" },
    absent: { kind: "not_executed", message: "not found when looked up" },
  };
  return {
    key: effectKey(kind, shipmentId, part),
    kind,
    orderId: ORDER_ID,
    shipmentId,
    state,
    attempt: 1,
    input: {},
    failure: failures[state],
    begunAt: NOW - 60_000,
    settledAt: state === "begun" ? null : NOW - 59_000,
    lookups: 0,
    lookedUpAt: null,
    ...fields,
  };
}

export function aHold(overrides: Partial<StaffHold> = {}): StaffHold {
  return { who: "ada", why: "customer called", at: NOW - 10_000, voidLabels: false, ...overrides };
}

export function aRecord(overrides: Partial<OrderRecord> = {}): OrderRecord {
  return { shipments: [], effects: [], hold: null, unverifiedSince: null, ...overrides };
}

export function aPolicy(overrides: Partial<Policy> = {}): Policy {
  return { ...DEFAULT_POLICY, ...overrides };
}

/** A box without limits but its size, 30 x 20 x 10 cm and 100 g. */
export function aPreset(overrides: Partial<PackingPreset> = {}): PackingPreset {
  return { ...DEFAULT_POLICY.parcel, maxWeightGrams: null, maxFill: 1, outerMm: null, locations: [], ...overrides };
}

export function packingOf(...presets: readonly PackingPreset[]): PackingPolicy {
  return { ...ONE_BOX, presets };
}

/** What `decide` looks at. `order` and `record` are changed in part; the rest is the default shop at EasyPost. */
export function anInput(
  overrides: Partial<Omit<DecisionInput, "order" | "record">> & {
    readonly order?: Partial<Order>;
    readonly record?: Partial<OrderRecord>;
  } = {},
): DecisionInput {
  const { order, record, ...rest } = overrides;
  return {
    policy: DEFAULT_POLICY,
    now: NOW,
    provider: { name: "easypost", purchaseIsGuarded: true },
    shopId: "shop-1",
    spending: noSpending(windowsAt(NOW, "UTC")),
    ...rest,
    order: anOrder(order),
    record: aRecord(record),
  };
}
