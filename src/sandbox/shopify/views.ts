/** How stored records look to GraphQL: one function per type, fields named as in the schema. */
import { createHash } from "node:crypto";
import type { Instant } from "../../core/time.ts";
import { displayStatus } from "./fulfillments.ts";
import { connect, type PageArguments } from "./paging.ts";
import type {
  StoredAddress,
  StoredEvent,
  StoredFulfillment,
  StoredFulfillmentOrder,
  StoredLine,
  StoredLocation,
  StoredMetafield,
  StoredOrder,
  StoredSubscription,
} from "./records.ts";
import type { SearchNote } from "./search.ts";
import { displayFulfillmentStatus, type ShopState } from "./state.ts";

/** One request's context. */
export interface RequestContext {
  readonly state: ShopState;
  readonly scopes: ReadonlySet<string>;
  /** API version of the webhooks: the app's setting, not the request's. */
  readonly webhookVersion: string;
  /** What the search has to say; ends up in `extensions.search`. */
  readonly notes: SearchNote[];
}

/** RFC 3339, to the second: fractions are stored and never shown. */
export function toDateTime(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

function optionalDateTime(at: Instant | null): string | null {
  return at === null ? null : toDateTime(at);
}

/** The shop's locations are the merchant's own; what a client may not see is absent without an error. */
export function seesFulfillmentOrders(context: RequestContext): boolean {
  return (
    context.scopes.has("read_merchant_managed_fulfillment_orders") ||
    context.scopes.has("write_merchant_managed_fulfillment_orders")
  );
}

/** `compareDigest` changes with the value and with nothing else. */
export function compareDigest(metafield: StoredMetafield): string {
  return createHash("sha256").update(metafield.value).digest("hex");
}

export function viewMetafield(metafield: StoredMetafield) {
  return { __typename: "Metafield", ...metafield, compareDigest: compareDigest(metafield) };
}

export function viewOrder(context: RequestContext, order: StoredOrder) {
  const { state } = context;
  const money = (amount: string) => ({ shopMoney: { amount, currencyCode: order.currencyCode } });
  return {
    __typename: "Order",
    ...order,
    createdAt: toDateTime(order.createdAt),
    updatedAt: toDateTime(order.updatedAt),
    cancelledAt: optionalDateTime(order.cancelledAt),
    closedAt: optionalDateTime(order.closedAt),
    closed: order.closedAt !== null,
    displayFinancialStatus: order.financialStatus,
    displayFulfillmentStatus: () => displayFulfillmentStatus(state, order),
    shippingAddress: order.shippingAddress && viewMailingAddress(order.shippingAddress),
    shippingLine: order.shippingLine && {
      ...order.shippingLine,
      discountedPriceSet: money(order.shippingLine.price),
    },
    currentSubtotalPriceSet: () => money(subtotal(order)),
    risk: { recommendation: order.riskRecommendation },
    metafield: ({ namespace, key }: { readonly namespace?: string | null; readonly key: string }) => {
      const metafield = order.metafields.get(`${namespace ?? "$app"}.${key}`);
      return metafield === undefined ? null : viewMetafield(metafield);
    },
    fulfillmentOrders: (args: PageArguments) => {
      const visible = seesFulfillmentOrders(context) ? state.fulfillmentOrdersOf(order) : [];
      return connect(
        visible,
        args,
        () => 0n,
        (item) => viewFulfillmentOrder(context, item),
      );
    },
    fulfillments: ({ first }: { readonly first?: number | null }) =>
      state
        .fulfillmentsOf(order)
        .slice(0, first ?? undefined)
        .map(viewFulfillment),
  };
}

/** Units that were removed or refunded no longer count. Of decimal strings, as Shopify sends them: `1909.9`. */
function subtotal(order: StoredOrder): string {
  const hundredths = order.lines.reduce(
    (sum, line) => sum + Math.round(Number(line.unitPrice) * 100) * line.currentQuantity,
    0,
  );
  return String(hundredths / 100);
}

function viewMailingAddress(address: StoredAddress) {
  const { countryCode, ...rest } = address;
  const name = [address.firstName, address.lastName].filter((part) => part !== null).join(" ");
  return {
    __typename: "MailingAddress",
    id: "gid://shopify/MailingAddress/35614821908786",
    ...rest,
    name: name === "" ? null : name,
    countryCodeV2: countryCode,
    validationResultSummary: "NO_ISSUES",
  };
}

/** Recorded with all scopes; without the write scope only MOVE and HOLD were left. */
function supportedActions(context: RequestContext, item: StoredFulfillmentOrder): string[] {
  const units = item.lines.reduce((sum, line) => sum + line.remainingQuantity, 0);
  const siblings = context.state
    .fulfillmentOrdersOf(context.state.orderOf(item))
    .filter((other) => other !== item && other.status === "OPEN" && other.location === item.location);
  if (item.status !== "CLOSED" && !context.scopes.has("write_merchant_managed_fulfillment_orders")) {
    return ["MOVE", "HOLD"];
  }
  switch (item.status) {
    case "OPEN":
      return [
        ...["CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD"],
        ...(units > 1 ? ["SPLIT"] : []),
        ...(siblings.length > 0 ? ["MERGE"] : []),
      ];
    case "IN_PROGRESS":
      return ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN"];
    case "ON_HOLD":
      return ["RELEASE_HOLD", "HOLD", "MOVE"];
    case "SCHEDULED":
      return ["MARK_AS_OPEN", "MOVE", "HOLD"];
    default:
      return [];
  }
}

export function viewFulfillmentOrder(context: RequestContext, item: StoredFulfillmentOrder) {
  const order = context.state.orderOf(item);
  return {
    __typename: "FulfillmentOrder",
    id: item.id,
    orderId: item.orderId,
    orderName: order.name,
    status: item.status,
    requestStatus: "UNSUBMITTED",
    updatedAt: toDateTime(item.updatedAt),
    fulfillAt: toDateTime(item.fulfillAt ?? item.createdAt),
    deliveryMethod: item.methodType && {
      __typename: "DeliveryMethod",
      id: item.id.replace("/FulfillmentOrder/", "/DeliveryMethod/"),
      methodType: item.methodType,
    },
    internationalDuties: item.incoterm === null ? null : { incoterm: item.incoterm },
    supportedActions: () => supportedActions(context, item).map((action) => ({ action })),
    fulfillmentHolds: item.holds.map((hold) => ({ __typename: "FulfillmentHold", ...hold })),
    assignedLocation: viewAssignedLocation(item.location),
    destination: item.destination && {
      __typename: "FulfillmentOrderDestination",
      id: item.id.replace("/FulfillmentOrder/", "/FulfillmentOrderDestination/"),
      ...item.destination,
      email: order.email,
    },
    lineItems: (args: PageArguments) =>
      connect(
        item.lines,
        args,
        () => 0n,
        (line) => ({
          __typename: "FulfillmentOrderLineItem",
          id: line.id,
          totalQuantity: line.totalQuantity,
          remainingQuantity: line.remainingQuantity,
          requiresShipping: line.line.requiresShipping,
          sku: line.line.sku,
          productTitle: line.line.title,
          vendor: line.line.vendor,
          weight: line.line.grams === null ? null : { value: line.line.grams, unit: "GRAMS" },
          lineItem: {
            __typename: "LineItem",
            id: line.line.id,
            discountedUnitPriceAfterAllDiscountsSet: {
              shopMoney: { amount: line.line.unitPrice, currencyCode: order.currencyCode },
            },
            duties: line.line.duty === null ? [] : [viewDuty(line.line.id, line.line.duty)],
          },
        }),
      ),
  };
}

function viewDuty(lineId: string, { hsCode, origin }: NonNullable<StoredLine["duty"]>) {
  const id = lineId.replace("/LineItem/", "/Duty/");
  return { __typename: "Duty", id, harmonizedSystemCode: hsCode, countryCodeOfOrigin: origin };
}

function viewAssignedLocation(location: StoredLocation) {
  const { address1, address2, city, province, zip, countryCode, phone } = location.address;
  const address = { address1, address2, city, province, zip, countryCode, phone };
  return { name: location.name, ...address, location: viewLocation(location) };
}

export function viewLocation(location: StoredLocation) {
  return { __typename: "Location", ...location };
}

export function viewFulfillment(fulfillment: StoredFulfillment) {
  return {
    __typename: "Fulfillment",
    id: fulfillment.id,
    status: fulfillment.status,
    displayStatus: displayStatus(fulfillment),
    createdAt: toDateTime(fulfillment.createdAt),
    trackingInfo: ({ first }: { readonly first?: number | null }) => fulfillment.tracking.slice(0, first ?? undefined),
    events: (args: PageArguments & { readonly sortKey?: string | null }) =>
      connect(fulfillment.events, args, (event) => (args.sortKey === "ID" ? 0n : BigInt(event.happenedAt)), viewEvent),
  };
}

export function viewEvent(event: StoredEvent) {
  return {
    __typename: "FulfillmentEvent",
    id: event.id,
    status: event.status,
    happenedAt: toDateTime(event.happenedAt),
  };
}

export function viewSubscription(context: RequestContext, subscription: StoredSubscription) {
  return {
    __typename: "WebhookSubscription",
    ...subscription,
    format: "JSON",
    apiVersion: { handle: context.webhookVersion },
  };
}
