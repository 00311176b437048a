/**
 * Every request that shipbot makes of Shopify's Admin API, with the exact types of what goes in and comes out. The
 * documents validate against API version 2026-10 (`test/shopify/operations.test.ts`).
 *
 * Types say what the schema says: what it may leave out is `null` here. Enums are `string`, because Shopify adds values
 * between versions, so every reader needs a branch for one it does not know. Times are RFC 3339 in UTC, to the second.
 * Ids are `gid://shopify/<Type>/<number>`, and the number may exceed 2^53: never make a JavaScript number of it.
 */

/** One GraphQL operation. `name` is the operation's name in `document`, for logs and metrics. */
export interface Operation<Variables, Data> {
  readonly name: string;
  readonly kind: "query" | "mutation";
  readonly document: string;
  /** Never set: it ties the two types to the value, so that a client can infer them. */
  readonly types?: (variables: Variables) => Data;
}

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

/** An amount is a decimal string without fixed scale: `55.0`, `1909.9`. */
export interface MoneyNode {
  readonly amount: string;
  readonly currencyCode: string;
}

/** `field` is the path into the variables; most mutations that we use give no code, so the message is all there is. */
export interface UserErrorNode {
  readonly field: readonly string[] | null;
  readonly message: string;
}

/** Objects per page of the cheap polls: Shopify's maximum, for 13 points a page. */
export const CHANGES_PER_PAGE = 250;

/** Fulfillment orders read with an order. An order with more says so in `pageInfo`. */
export const FULFILLMENT_ORDERS_PER_ORDER = 10;

/** Lines read with a fulfillment order. One with more says so in `pageInfo`. */
export const LINES_PER_FULFILLMENT_ORDER = 50;

/**
 * Fulfillments read with an order. Shopify's list has no `pageInfo`: a list of exactly this length may have been cut.
 */
export const FULFILLMENTS_PER_ORDER = 25;

/** Tracking numbers read with a fulfillment; a longer list is cut without a sign. */
export const TRACKING_NUMBERS_PER_FULFILLMENT = 10;

// ---------------------------------------------------------------------------------------------------------------
// What changed

export interface ChangesVariables {
  readonly after: string | null;
  /** Search syntax, e.g. `updated_at:>='2026-11-22T10:00:00Z'`: the quotes are needed, or the time of day is dropped. */
  readonly query: string | null;
}

export interface OrdersChangedData {
  readonly orders: {
    readonly pageInfo: PageInfo;
    readonly nodes: readonly {
      readonly id: string;
      readonly name: string;
      readonly updatedAt: string;
      readonly displayFulfillmentStatus: string;
    }[];
  };
}

/** Which orders changed, oldest change first. Blind to holds: a held fulfillment order does not touch its order. */
export const ordersChanged: Operation<ChangesVariables, OrdersChangedData> = {
  name: "OrdersChanged",
  kind: "query",
  document: `query OrdersChanged($after: String, $query: String) {
  orders(first: ${CHANGES_PER_PAGE}, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { id name updatedAt displayFulfillmentStatus }
  }
}`,
};

export interface FulfillmentOrdersChangedData {
  readonly fulfillmentOrders: {
    readonly pageInfo: PageInfo;
    readonly nodes: readonly {
      readonly id: string;
      readonly orderId: string;
      readonly orderName: string;
      readonly updatedAt: string;
      readonly status: string;
    }[];
  };
}

/** Which fulfillment orders changed, closed ones too, oldest change first. Blind to changes of the order's address. */
export const fulfillmentOrdersChanged: Operation<ChangesVariables, FulfillmentOrdersChangedData> = {
  name: "FulfillmentOrdersChanged",
  kind: "query",
  document: `query FulfillmentOrdersChanged($after: String, $query: String) {
  fulfillmentOrders(first: ${CHANGES_PER_PAGE}, after: $after, query: $query, includeClosed: true, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { id orderId orderName updatedAt status }
  }
}`,
};

// ---------------------------------------------------------------------------------------------------------------
// Orders in full

export interface ShippingAddressNode {
  readonly name: string | null;
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
  readonly countryCodeV2: string | null;
  readonly phone: string | null;
  readonly validationResultSummary: string | null;
}

/** Where a fulfillment order goes. It can differ from the order's shipping address, and it has no province code. */
export interface DestinationNode {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly company: string | null;
  readonly address1: string | null;
  readonly address2: string | null;
  readonly city: string | null;
  readonly province: string | null;
  readonly zip: string | null;
  readonly countryCode: string | null;
  readonly email: string | null;
  readonly phone: string | null;
}

/** A copy of the location's address, frozen when the fulfillment order closes; `location` is null once it is deleted. */
export interface AssignedLocationNode {
  readonly name: string;
  readonly address1: string | null;
  readonly address2: string | null;
  readonly city: string | null;
  readonly province: string | null;
  readonly zip: string | null;
  readonly countryCode: string;
  readonly phone: string | null;
  readonly location: { readonly id: string } | null;
}

export interface FulfillmentHoldNode {
  readonly id: string;
  readonly handle: string | null;
  readonly reason: string;
  readonly reasonNotes: string | null;
  readonly heldByRequestingApp: boolean;
}

/** `weight` is per unit; `unit` is `GRAMS`, `KILOGRAMS`, `OUNCES` or `POUNDS`. Ship `remainingQuantity`. */
export interface FulfillmentOrderLineNode {
  readonly id: string;
  readonly totalQuantity: number;
  readonly remainingQuantity: number;
  readonly requiresShipping: boolean;
  readonly sku: string | null;
  readonly productTitle: string;
  readonly vendor: string | null;
  readonly weight: { readonly value: number; readonly unit: string } | null;
  readonly lineItem: {
    readonly id: string;
    readonly discountedUnitPriceAfterAllDiscountsSet: { readonly shopMoney: MoneyNode };
    /** Those that the checkout charged, one for each kind; all say the same of the product. Needs no further scope. */
    readonly duties: readonly {
      readonly harmonizedSystemCode: string | null;
      readonly countryCodeOfOrigin: string | null;
    }[];
  };
}

export interface FulfillmentOrderNode {
  readonly id: string;
  readonly status: string;
  readonly requestStatus: string;
  readonly updatedAt: string;
  readonly fulfillAt: string | null;
  readonly deliveryMethod: { readonly methodType: string } | null;
  readonly internationalDuties: { readonly incoterm: string } | null;
  readonly supportedActions: readonly { readonly action: string }[];
  readonly fulfillmentHolds: readonly FulfillmentHoldNode[];
  readonly assignedLocation: AssignedLocationNode;
  readonly destination: DestinationNode | null;
  readonly lineItems: {
    readonly pageInfo: PageInfo;
    readonly nodes: readonly FulfillmentOrderLineNode[];
  };
}

export interface TrackingInfoNode {
  readonly company: string | null;
  readonly number: string | null;
  readonly url: string | null;
}

export interface FulfillmentNode {
  readonly id: string;
  readonly status: string;
  readonly displayStatus: string | null;
  readonly createdAt: string;
  readonly trackingInfo: readonly TrackingInfoNode[];
}

export interface OrderNode {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly cancelledAt: string | null;
  readonly cancelReason: string | null;
  readonly closedAt: string | null;
  readonly test: boolean;
  readonly displayFinancialStatus: string | null;
  readonly displayFulfillmentStatus: string;
  readonly tags: readonly string[];
  readonly email: string | null;
  readonly phone: string | null;
  readonly currencyCode: string;
  readonly customAttributes: readonly { readonly key: string; readonly value: string | null }[];
  /** The goods after discounts and refunds, without shipping. */
  readonly currentSubtotalPriceSet: { readonly shopMoney: MoneyNode };
  readonly shippingAddress: ShippingAddressNode | null;
  readonly shippingLine: {
    readonly title: string;
    readonly code: string | null;
    readonly discountedPriceSet: { readonly shopMoney: MoneyNode };
  } | null;
  readonly risk: { readonly recommendation: string };
  /** shipbot's own mark on the order, `shipbot.status`. */
  readonly metafield: { readonly value: string; readonly compareDigest: string } | null;
  /** Staff's word that it is ready, `shipbot.ready`. */
  readonly ready: { readonly value: string } | null;
  readonly fulfillmentOrders: {
    readonly pageInfo: PageInfo;
    readonly nodes: readonly FulfillmentOrderNode[];
  };
  readonly fulfillments: readonly FulfillmentNode[];
}

/** Where shipbot mirrors an order's status for the shop's staff. */
export const STATUS_METAFIELD = { namespace: "shipbot", key: "status" } as const;

/** What staff may set where tags are used for something else. */
const READY_METAFIELD = { namespace: "shipbot", key: "ready" } as const;

const ORDER_FIELDS = `fragment OrderFields on Order {
  id name createdAt updatedAt cancelledAt cancelReason closedAt test
  displayFinancialStatus displayFulfillmentStatus tags email phone currencyCode
  customAttributes { key value }
  currentSubtotalPriceSet { shopMoney { amount currencyCode } }
  shippingAddress {
    name firstName lastName company address1 address2 city province provinceCode zip country countryCodeV2 phone
    validationResultSummary
  }
  shippingLine { title code discountedPriceSet { shopMoney { amount currencyCode } } }
  risk { recommendation }
  metafield(namespace: "${STATUS_METAFIELD.namespace}", key: "${STATUS_METAFIELD.key}") { value compareDigest }
  ready: metafield(namespace: "${READY_METAFIELD.namespace}", key: "${READY_METAFIELD.key}") { value }
  fulfillmentOrders(first: ${FULFILLMENT_ORDERS_PER_ORDER}) {
    pageInfo { hasNextPage endCursor }
    nodes { ...FulfillmentOrderFields }
  }
  fulfillments(first: ${FULFILLMENTS_PER_ORDER}) {
    id status displayStatus createdAt
    trackingInfo(first: ${TRACKING_NUMBERS_PER_FULFILLMENT}) { company number url }
  }
}
fragment FulfillmentOrderFields on FulfillmentOrder {
  id status requestStatus updatedAt fulfillAt
  deliveryMethod { methodType }
  internationalDuties { incoterm }
  supportedActions { action }
  fulfillmentHolds { id handle reason reasonNotes heldByRequestingApp }
  assignedLocation { name address1 address2 city province zip countryCode phone location { id } }
  destination { firstName lastName company address1 address2 city province zip countryCode email phone }
  lineItems(first: ${LINES_PER_FULFILLMENT_ORDER}) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id totalQuantity remainingQuantity requiresShipping sku productTitle vendor
      weight { value unit }
      lineItem {
        id
        discountedUnitPriceAfterAllDiscountsSet { shopMoney { amount currencyCode } }
        duties { harmonizedSystemCode countryCodeOfOrigin }
      }
    }
  }
}`;

export interface OrdersByIdsData {
  /** In the order of the ids asked for; `null` where an order does not exist or is older than the app may see. */
  readonly nodes: readonly (OrderNode | null)[];
}

/**
 * Orders with all that a decision needs, read by id and therefore not behind the search index. Pass ids of orders only
 * (an id of another type comes back as an empty object). A malformed id fails the whole request.
 */
export const ordersByIds: Operation<{ readonly ids: readonly string[] }, OrdersByIdsData> = {
  name: "OrdersByIds",
  kind: "query",
  document: `query OrdersByIds($ids: [ID!]!) {
  nodes(ids: $ids) { ...OrderFields }
}
${ORDER_FIELDS}`,
};

export interface OrderByNameData {
  readonly orders: { readonly nodes: readonly { readonly id: string; readonly name: string }[] };
}

/** Searches by name, e.g. `name:'1001'`. The search is tokenised and lags: compare `name` exactly afterwards. */
export const orderByName: Operation<{ readonly query: string }, OrderByNameData> = {
  name: "OrderByName",
  kind: "query",
  document: `query OrderByName($query: String!) {
  orders(first: 10, query: $query) { nodes { id name } }
}`,
};

// ---------------------------------------------------------------------------------------------------------------
// The shop

export interface ShopIdentityData {
  readonly shop: {
    readonly id: string;
    readonly name: string;
    readonly myshopifyDomain: string;
    readonly currencyCode: string;
    readonly ianaTimezone: string;
    readonly plan: { readonly partnerDevelopment: boolean; readonly publicDisplayName: string } | null;
  };
  readonly currentAppInstallation: { readonly accessScopes: readonly { readonly handle: string }[] };
}

/** Who we talk to and what we may do there. */
export const shopIdentity: Operation<Readonly<Record<string, never>>, ShopIdentityData> = {
  name: "ShopIdentity",
  kind: "query",
  document: `query ShopIdentity {
  shop { id name myshopifyDomain currencyCode ianaTimezone plan { partnerDevelopment publicDisplayName } }
  currentAppInstallation { accessScopes { handle } }
}`,
};
