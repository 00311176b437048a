/** An order as `OrdersByIds` answers it, made up, complete and ordinary; tests change the part that they are about. */
import type {
  DestinationNode,
  FulfillmentNode,
  FulfillmentOrderLineNode,
  FulfillmentOrderNode,
  OrderNode,
} from "../../src/shopify/operations.ts";

export function lineNode(changes: Partial<FulfillmentOrderLineNode> = {}): FulfillmentOrderLineNode {
  return {
    id: "gid://shopify/FulfillmentOrderLineItem/31",
    totalQuantity: 3,
    remainingQuantity: 2,
    requiresShipping: true,
    sku: "MUG-1",
    productTitle: "Mug",
    vendor: "Mug Works",
    weight: { value: 0.35, unit: "KILOGRAMS" },
    lineItem: {
      id: "gid://shopify/LineItem/41",
      discountedUnitPriceAfterAllDiscountsSet: { shopMoney: { amount: "12.5", currencyCode: "CAD" } },
      duties: [],
    },
    ...changes,
  };
}

export const DESTINATION: DestinationNode = {
  firstName: "Lin",
  lastName: "Example",
  company: "",
  address1: "1 Test Way",
  address2: null,
  city: "Springfield",
  province: "Illinois",
  zip: "62701",
  countryCode: "US",
  email: null,
  phone: null,
};

export function fulfillmentOrderNode(changes: Partial<FulfillmentOrderNode> = {}): FulfillmentOrderNode {
  return {
    id: "gid://shopify/FulfillmentOrder/21",
    status: "OPEN",
    requestStatus: "UNSUBMITTED",
    updatedAt: "2026-11-20T09:00:00Z",
    fulfillAt: null,
    deliveryMethod: { methodType: "SHIPPING" },
    internationalDuties: null,
    supportedActions: [{ action: "MOVE" }, { action: "CREATE_FULFILLMENT" }],
    fulfillmentHolds: [],
    assignedLocation: {
      name: "Shed",
      address1: "2 Depot Road",
      address2: null,
      city: "Ottawa",
      province: "Ontario",
      zip: "K1A 0A1",
      countryCode: "CA",
      phone: null,
      location: { id: "gid://shopify/Location/51" },
    },
    destination: DESTINATION,
    lineItems: { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [lineNode()] },
    ...changes,
  };
}

export function fulfillmentNode(changes: Partial<FulfillmentNode> = {}): FulfillmentNode {
  return {
    id: "gid://shopify/Fulfillment/61",
    status: "SUCCESS",
    displayStatus: "FULFILLED",
    createdAt: "2026-11-21T09:00:00Z",
    trackingInfo: [{ company: "USPS", number: "9400100000000000000001", url: null }],
    ...changes,
  };
}

export function orderNode(changes: Partial<OrderNode> = {}): OrderNode {
  return {
    id: "gid://shopify/Order/820982911946154508",
    name: "#1001",
    createdAt: "2026-11-19T08:00:00Z",
    updatedAt: "2026-11-20T08:00:00Z",
    cancelledAt: null,
    cancelReason: null,
    closedAt: null,
    test: false,
    displayFinancialStatus: "PARTIALLY_REFUNDED",
    displayFulfillmentStatus: "UNFULFILLED",
    tags: ["ready_to_ship"],
    email: "lin@example.com",
    phone: "+12175550100",
    currencyCode: "CAD",
    customAttributes: [{ key: "gift", value: "yes" }],
    currentSubtotalPriceSet: { shopMoney: { amount: "25.0", currencyCode: "CAD" } },
    shippingAddress: {
      name: "Lin Example",
      firstName: "Lin",
      lastName: "Example",
      company: null,
      address1: "1 Test Way",
      address2: null,
      city: "Springfield",
      province: "Illinois",
      provinceCode: "IL",
      zip: "62701",
      country: "United States",
      countryCodeV2: "US",
      phone: null,
      validationResultSummary: null,
    },
    shippingLine: {
      title: "Standard",
      code: null,
      discountedPriceSet: { shopMoney: { amount: "8.0", currencyCode: "CAD" } },
    },
    risk: { recommendation: "NONE" },
    metafield: null,
    ready: null,
    fulfillmentOrders: { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [fulfillmentOrderNode()] },
    fulfillments: [fulfillmentNode()],
    ...changes,
  };
}
