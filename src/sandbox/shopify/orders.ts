/** Builds orders from short descriptions, for tests, the demo and the control routes. */
import type { DurationMs, Instant } from "../../core/time.ts";
import type {
  StoredAddress,
  StoredFulfillmentOrder,
  StoredFulfillmentOrderLine,
  StoredLine,
  StoredLocation,
  StoredOrder,
} from "./records.ts";
import type { ShopState } from "./state.ts";

export interface LineSpec {
  readonly sku?: string | null;
  readonly title?: string;
  readonly vendor?: string | null;
  readonly quantity?: number;
  /** Per unit. `null`: the product has no weight. */
  readonly grams?: number | null;
  /** Decimal string per unit, in the order's currency. */
  readonly price?: string;
  /** Duties that the checkout charged, with what it charged them by. */
  readonly duty?: { readonly hsCode?: string | null; readonly origin?: string | null };
  readonly requiresShipping?: boolean;
}

export type DeliverySpec = "shipping" | "pickup" | "local" | "pickup_point" | "retail" | "none" | null;

export interface HoldSpec {
  /** FulfillmentHoldReason, e.g. `OTHER`. */
  readonly reason?: string;
  readonly notes?: string | null;
  readonly handle?: string | null;
  /** Whether the hold is shipbot's own. */
  readonly byRequestingApp?: boolean;
}

export interface FulfillmentOrderSpec {
  /** Which lines, by their place in `OrderSpec.lines`; every unit of a line belongs to one fulfillment order. */
  readonly lines: readonly number[];
  /** Place in the shop's list of locations. */
  readonly location?: number;
  readonly delivery?: DeliverySpec;
  readonly hold?: boolean | HoldSpec;
  /** Scheduled: opens by itself after this time. */
  readonly opensInMs?: DurationMs;
}

/** Everything has a default: `{}` is a paid order of one 200 g item to an address in the United States. */
export interface OrderSpec {
  readonly name?: string;
  readonly lines?: readonly LineSpec[];
  /** `null`: no shipping address, as digital orders have it. */
  readonly address?: Partial<StoredAddress> | null;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly tags?: readonly string[];
  /** OrderDisplayFinancialStatus. */
  readonly financialStatus?: string;
  readonly test?: boolean;
  readonly cancelled?: boolean;
  /** Holds every fulfillment order. */
  readonly hold?: boolean | HoldSpec;
  /** How every fulfillment order is delivered, unless it says otherwise. */
  readonly delivery?: DeliverySpec;
  /** Default: one with every line, at the first location. */
  readonly fulfillmentOrders?: readonly FulfillmentOrderSpec[];
  /** `false`: Shopify has not routed the order yet, so that it has no fulfillment orders until `routeOrder`. */
  readonly routed?: boolean;
  readonly currencyCode?: string;
  /** Note attributes: name and value. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly shippingLine?: { readonly title: string; readonly code?: string | null; readonly price?: string } | null;
  /** OrderRiskRecommendationResult. */
  readonly riskRecommendation?: string;
  readonly placedAgoMs?: DurationMs;
}

export const DEFAULT_ADDRESS: StoredAddress = {
  firstName: "Ada",
  lastName: "Sandbox",
  company: null,
  address1: "417 Montgomery Street",
  address2: "Floor 5",
  city: "San Francisco",
  province: "California",
  provinceCode: "CA",
  zip: "94104",
  country: "United States",
  countryCode: "US",
  phone: "+14155550123",
};

/** Completes an address; what is left out is `null`, not the default's. */
export function completeAddress(address: Partial<StoredAddress>): StoredAddress {
  const empty: StoredAddress = {
    firstName: null,
    lastName: null,
    company: null,
    address1: null,
    address2: null,
    city: null,
    province: null,
    provinceCode: null,
    zip: null,
    country: null,
    countryCode: null,
    phone: null,
  };
  return { ...empty, ...address };
}

const METHOD_TYPES: Readonly<Record<Exclude<DeliverySpec, null>, string>> = {
  shipping: "SHIPPING",
  pickup: "PICK_UP",
  local: "LOCAL",
  pickup_point: "PICKUP_POINT",
  retail: "RETAIL",
  none: "NONE",
};

const FIRST_NUMBER = 1_001;

/** Puts the order into the shop and announces it, as a checkout does. */
export function placeOrder(state: ShopState, spec: OrderSpec): StoredOrder {
  const createdAt = state.clock.now() - (spec.placedAgoMs ?? 0);
  const lines = (spec.lines ?? [{}]).map((line, index) => buildLine(state, line, index));
  const order: StoredOrder = {
    id: state.ids.next("Order"),
    name: spec.name ?? `#${FIRST_NUMBER + state.orders.size}`,
    createdAt,
    updatedAt: createdAt,
    cancelledAt: spec.cancelled ? createdAt : null,
    cancelReason: spec.cancelled ? "CUSTOMER" : null,
    closedAt: null,
    test: spec.test ?? false,
    financialStatus: spec.financialStatus ?? "PAID",
    tags: [...(spec.tags ?? [])].sort(),
    email: spec.email === undefined ? "ada@example.com" : spec.email,
    phone: spec.phone ?? null,
    currencyCode: spec.currencyCode ?? state.profile.currencyCode,
    customAttributes: Object.entries(spec.attributes ?? {}).map(([key, value]) => ({ key, value })),
    shippingAddress: spec.address === undefined ? DEFAULT_ADDRESS : spec.address && completeAddress(spec.address),
    shippingLine: buildShippingLine(spec),
    riskRecommendation: spec.riskRecommendation ?? "ACCEPT",
    lines,
    fulfillmentOrderIds: [],
    fulfillmentIds: [],
    metafields: new Map(),
  };
  state.orders.set(order.id, order);
  if (spec.routed !== false) {
    routeOrder(state, order, spec, createdAt);
  }
  state.touchOrder(order, createdAt);
  state.announce("orders/create", order.id);
  for (const id of order.fulfillmentOrderIds) {
    state.announce("fulfillment_orders/order_routing_complete", id);
  }
  return order;
}

function buildLine(state: ShopState, spec: LineSpec, index: number): StoredLine {
  const quantity = spec.quantity ?? 1;
  return {
    id: state.ids.next("LineItem"),
    sku: spec.sku === undefined ? `SKU-${index + 1}` : spec.sku,
    title: spec.title ?? `Item ${index + 1}`,
    vendor: spec.vendor ?? null,
    quantity,
    currentQuantity: quantity,
    grams: spec.grams === undefined ? 200 : spec.grams,
    unitPrice: spec.price ?? "25.0",
    duty: spec.duty === undefined ? null : { hsCode: spec.duty.hsCode ?? null, origin: spec.duty.origin ?? null },
    requiresShipping: spec.requiresShipping ?? true,
  };
}

function buildShippingLine(spec: OrderSpec): StoredOrder["shippingLine"] {
  if (spec.shippingLine === null) {
    return null;
  }
  const { title = "Standard", code = "Standard", price = "5.0" } = spec.shippingLine ?? {};
  return { title, code, price };
}

/** Makes the order's fulfillment orders. Shopify does this in the background, up to minutes after the order exists. */
export function routeOrder(state: ShopState, order: StoredOrder, spec: OrderSpec, at: Instant): void {
  const groups = spec.fulfillmentOrders ?? [{ lines: order.lines.map((_, index) => index) }];
  for (const group of groups) {
    const fulfillmentOrder = buildFulfillmentOrder(state, order, spec, group, at);
    state.fulfillmentOrders.set(fulfillmentOrder.id, fulfillmentOrder);
    order.fulfillmentOrderIds.push(fulfillmentOrder.id);
    state.touchFulfillmentOrder(fulfillmentOrder, at);
  }
}

function buildFulfillmentOrder(
  state: ShopState,
  order: StoredOrder,
  spec: OrderSpec,
  group: FulfillmentOrderSpec,
  at: Instant,
): StoredFulfillmentOrder {
  const delivery =
    group.delivery === undefined ? (spec.delivery === undefined ? "shipping" : spec.delivery) : group.delivery;
  const hold = group.hold ?? spec.hold ?? false;
  const fulfillAt = group.opensInMs === undefined ? null : at + group.opensInMs;
  const lines = group.lines.map((index): StoredFulfillmentOrderLine => {
    const line = order.lines[index];
    if (line === undefined) {
      throw new Error(`the order has no line ${index}`);
    }
    return {
      id: state.ids.next("FulfillmentOrderLineItem"),
      line,
      totalQuantity: line.currentQuantity,
      remainingQuantity: line.currentQuantity,
    };
  });
  return {
    id: state.ids.next("FulfillmentOrder"),
    orderId: order.id,
    status: statusOf(order, hold !== false, fulfillAt),
    createdAt: at,
    updatedAt: at,
    fulfillAt,
    methodType: delivery === null ? null : METHOD_TYPES[delivery],
    // The checkout charges duties so that the recipient does not have to.
    incoterm: lines.some(({ line }) => line.duty !== null) ? "DDP" : null,
    location: locationAt(state, group.location ?? 0),
    destination: delivery === "none" ? null : order.shippingAddress,
    holds: hold === false ? [] : [buildHold(state, hold === true ? {} : hold)],
    lines,
  };
}

function statusOf(order: StoredOrder, held: boolean, fulfillAt: Instant | null): string {
  if (order.cancelledAt !== null) {
    return "CLOSED";
  }
  if (held) {
    return "ON_HOLD";
  }
  return fulfillAt === null ? "OPEN" : "SCHEDULED";
}

export function buildHold(state: ShopState, spec: HoldSpec): StoredFulfillmentOrder["holds"][number] {
  return {
    id: state.ids.next("FulfillmentHold"),
    handle: spec.handle ?? null,
    reason: spec.reason ?? "OTHER",
    reasonNotes: spec.notes ?? null,
    heldByRequestingApp: spec.byRequestingApp ?? false,
  };
}

function locationAt(state: ShopState, index: number): StoredLocation {
  const location = state.locations[index];
  if (location === undefined) {
    throw new Error(`the shop has no location ${index}`);
  }
  return location;
}
