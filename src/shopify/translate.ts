/**
 * From Shopify's words to ours, and nothing else: no judgement about what to ship. An order that is not as the schema
 * promises throws `malformed` (`fields.ts`). Pure.
 */
import type { Address, Fulfillment, FulfillmentOrder, FulfillmentOrderLine, Order } from "../core/order.ts";
import { gidNumber } from "../core/order.ts";
import {
  bool,
  country,
  distinct,
  gid,
  hasMore,
  instant,
  list,
  malformed,
  money,
  optionalInstant,
  optionalText,
  quantity,
  required,
  text,
  word,
} from "./fields.ts";
import {
  type AssignedLocationNode,
  type DestinationNode,
  FULFILLMENTS_PER_ORDER,
  type FulfillmentNode,
  type FulfillmentOrderLineNode,
  type FulfillmentOrderNode,
  type OrderNode,
  type ShippingAddressNode,
  TRACKING_NUMBERS_PER_FULFILLMENT,
} from "./operations.ts";

/** One order of `OrdersByIds`. Throws `RemoteError` of kind `malformed`. */
export function translateOrder(node: OrderNode): Order {
  const fulfillmentOrders = required(node.fulfillmentOrders, "fulfillmentOrders");
  const fulfillments = list(node.fulfillments, "fulfillments");
  return {
    id: gid(node.id, "Order", "id"),
    name: text(node.name, "name"),
    createdAt: instant(node.createdAt, "createdAt"),
    updatedAt: instant(node.updatedAt, "updatedAt"),
    cancelledAt: optionalInstant(node.cancelledAt, "cancelledAt"),
    test: bool(node.test, "test"),
    financialStatus: optionalText(node.displayFinancialStatus, "displayFinancialStatus")?.toLowerCase() ?? null,
    tags: list(node.tags, "tags").map((tag, index) => text(tag, `tags.${index}`)),
    currency: text(node.currencyCode, "currencyCode"),
    noteAttributes: list(node.customAttributes, "customAttributes").map((entry, index) => {
      const at = `customAttributes.${index}`;
      const { key, value } = required(entry, at);
      return { name: text(key, `${at}.key`), value: optionalText(value, `${at}.value`) ?? "" };
    }),
    value: money(
      required(node.currentSubtotalPriceSet, "currentSubtotalPriceSet").shopMoney,
      "currentSubtotalPriceSet.shopMoney",
    ),
    customer: null,
    risk: word(required(node.risk, "risk").recommendation, "risk.recommendation"),
    shippingLine: translateShippingLine(node),
    fulfillmentOrders: distinct(
      list(fulfillmentOrders.nodes, "fulfillmentOrders.nodes").map((item, index) => {
        const path = `fulfillmentOrders.nodes.${index}`;
        return translateFulfillmentOrder(required(item, path), node, path);
      }),
      "fulfillmentOrders.nodes",
    ),
    fulfillments: fulfillments.map((item, index) =>
      translateFulfillment(required(item, `fulfillments.${index}`), `fulfillments.${index}`),
    ),
    readyMark: optionalText(node.ready?.value ?? null, "ready.value")?.toLowerCase() === "true",
    mirroredStatus: translateMirror(node),
    incomplete: findCuts(node),
  };
}

/**
 * Grams of one unit, rounded up to whole grams: postage is sold by the started gram, and a hundredth of a gram of binary
 * fraction (1.1 kg) must not make one more. `null` where the product has no weight. 0 stays 0: whether that can be
 * shipped is not decided here.
 */
export function toGrams(weight: { readonly value: number; readonly unit: string } | null, path: string): number | null {
  if (weight === null || weight === undefined) {
    return null;
  }
  // Its own words only: `constructor` is something that every table has.
  const gramsPerUnit = Object.hasOwn(GRAMS_PER_UNIT, text(weight.unit, `${path}.unit`))
    ? GRAMS_PER_UNIT[weight.unit]
    : undefined;
  if (gramsPerUnit === undefined) {
    throw malformed(`${path}.unit`);
  }
  if (typeof weight.value !== "number" || !Number.isFinite(weight.value) || weight.value < 0) {
    throw malformed(`${path}.value`);
  }
  const grams = weight.value === 0 ? 0 : Math.max(1, Math.ceil(weight.value * gramsPerUnit - 0.01));
  if (!Number.isSafeInteger(grams)) {
    throw malformed(`${path}.value`);
  }
  return grams;
}

/** International avoirdupois, exact by definition. */
const GRAMS_PER_UNIT: Readonly<Record<string, number>> = {
  GRAMS: 1,
  KILOGRAMS: 1_000,
  OUNCES: 28.349523125,
  POUNDS: 453.59237,
};

function translateShippingLine(node: OrderNode): Order["shippingLine"] {
  const line = node.shippingLine ?? null;
  if (line === null) {
    return null;
  }
  return {
    title: text(line.title, "shippingLine.title"),
    code: optionalText(line.code, "shippingLine.code"),
    price: money(line.discountedPriceSet?.shopMoney, "shippingLine.discountedPriceSet.shopMoney"),
  };
}

function translateMirror(node: OrderNode): Order["mirroredStatus"] {
  const field = node.metafield ?? null;
  return field === null
    ? null
    : {
        value: text(field.value, "metafield.value"),
        digest: optionalText(field.compareDigest, "metafield.compareDigest"),
      };
}

function translateFulfillmentOrder(node: FulfillmentOrderNode, order: OrderNode, path: string): FulfillmentOrder {
  const lines = required(node.lineItems, `${path}.lineItems`);
  const method = node.deliveryMethod ?? null;
  return {
    id: gid(node.id, "FulfillmentOrder", `${path}.id`),
    status: word(node.status, `${path}.status`),
    requestStatus: word(node.requestStatus, `${path}.requestStatus`),
    updatedAt: instant(node.updatedAt, `${path}.updatedAt`),
    fulfillAt: optionalInstant(node.fulfillAt, `${path}.fulfillAt`),
    deliveryMethod: method === null ? null : word(method.methodType, `${path}.deliveryMethod.methodType`),
    incoterm: node.internationalDuties
      ? text(node.internationalDuties.incoterm, `${path}.internationalDuties.incoterm`)
      : null,
    canFulfil: list(node.supportedActions, `${path}.supportedActions`).some(
      (entry) => entry?.action === "CREATE_FULFILLMENT",
    ),
    holds: list(node.fulfillmentHolds, `${path}.fulfillmentHolds`).map((hold, index) => {
      const at = `${path}.fulfillmentHolds.${index}`;
      const held = required(hold, at);
      return {
        reason: word(held.reason, `${at}.reason`),
        notes: optionalText(held.reasonNotes, `${at}.reasonNotes`),
        ours: bool(held.heldByRequestingApp, `${at}.heldByRequestingApp`),
      };
    }),
    location: translateLocation(
      required(node.assignedLocation, `${path}.assignedLocation`),
      order,
      `${path}.assignedLocation`,
    ),
    destination: node.destination ? translateDestination(node.destination, order, `${path}.destination`) : null,
    lines: distinct(
      list(lines.nodes, `${path}.lineItems.nodes`).map((line, index) =>
        translateLine(required(line, `${path}.lineItems.nodes.${index}`), `${path}.lineItems.nodes.${index}`),
      ),
      `${path}.lineItems.nodes`,
    ),
  };
}

function translateLine(node: FulfillmentOrderLineNode, path: string): FulfillmentOrderLine {
  const priceSet = node.lineItem?.discountedUnitPriceAfterAllDiscountsSet;
  return {
    id: gid(node.id, "FulfillmentOrderLineItem", `${path}.id`),
    sku: optionalText(node.sku, `${path}.sku`),
    title: text(node.productTitle, `${path}.productTitle`),
    vendor: optionalText(node.vendor, `${path}.vendor`),
    productType: null,
    quantityRemaining: quantity(node.remainingQuantity, `${path}.remainingQuantity`),
    requiresShipping: bool(node.requiresShipping, `${path}.requiresShipping`),
    weightGrams: toGrams(node.weight, `${path}.weight`),
    unitPrice: money(priceSet?.shopMoney, `${path}.lineItem.discountedUnitPriceAfterAllDiscountsSet.shopMoney`),
    duty: translateDuty(node.lineItem?.duties ?? [], `${path}.lineItem.duties`),
  };
}

/** Shopify's codes have 6 to 13 digits; what is no code is as good as none. */
function translateDuty(
  nodes: FulfillmentOrderLineNode["lineItem"]["duties"],
  path: string,
): FulfillmentOrderLine["duty"] {
  const duties = list(nodes, path).map((node, index) => {
    const duty = required(node, `${path}.${index}`);
    const digits = optionalText(duty.harmonizedSystemCode, `${path}.${index}.harmonizedSystemCode`)?.replace(/\D/g, "");
    return {
      hsCode: digits !== undefined && /^\d{6,13}$/.test(digits) ? digits : null,
      origin: country(duty.countryCodeOfOrigin, `${path}.${index}.countryCodeOfOrigin`),
    };
  });
  return duties.length === 0
    ? null
    : {
        hsCode: duties.find(({ hsCode }) => hsCode !== null)?.hsCode ?? null,
        origin: duties.find(({ origin }) => origin !== null)?.origin ?? null,
      };
}

function translateFulfillment(node: FulfillmentNode, path: string): Fulfillment {
  return {
    id: gid(node.id, "Fulfillment", `${path}.id`),
    status: word(node.status, `${path}.status`),
    createdAt: instant(node.createdAt, `${path}.createdAt`),
    tracking: list(node.trackingInfo, `${path}.trackingInfo`).map((entry, index) => {
      const at = `${path}.trackingInfo.${index}`;
      const info = required(entry, at);
      return {
        company: optionalText(info.company, `${at}.company`),
        number: optionalText(info.number, `${at}.number`),
      };
    }),
  };
}

// ---------------------------------------------------------------------------------------------------------------
// Addresses

/** The location's name is that of a place, not of a person: it goes where labels print a company. */
function translateLocation(node: AssignedLocationNode, order: OrderNode, path: string): FulfillmentOrder["location"] {
  const countryCode = country(node.countryCode, `${path}.countryCode`);
  const province = optionalText(node.province, `${path}.province`);
  return {
    id: node.location ? text(node.location.id, `${path}.location.id`) : null,
    address: {
      name: null,
      company: optionalText(node.name, `${path}.name`),
      street1: optionalText(node.address1, `${path}.address1`),
      street2: optionalText(node.address2, `${path}.address2`),
      city: optionalText(node.city, `${path}.city`),
      province: provinceCode(province, countryCode, order.shippingAddress ?? null),
      postalCode: optionalText(node.zip, `${path}.zip`),
      country: countryCode,
      phone: optionalText(node.phone, `${path}.phone`),
      email: null,
    },
  };
}

/** Where the order's contact is the only one there is, it serves: carriers announce the parcel to it. */
function translateDestination(node: DestinationNode, order: OrderNode, path: string): Address {
  const countryCode = country(node.countryCode, `${path}.countryCode`);
  const province = optionalText(node.province, `${path}.province`);
  const names = [optionalText(node.firstName, `${path}.firstName`), optionalText(node.lastName, `${path}.lastName`)];
  return {
    name: names.filter((part) => part !== null).join(" ") || null,
    company: optionalText(node.company, `${path}.company`),
    street1: optionalText(node.address1, `${path}.address1`),
    street2: optionalText(node.address2, `${path}.address2`),
    city: optionalText(node.city, `${path}.city`),
    province: provinceCode(province, countryCode, order.shippingAddress ?? null),
    postalCode: optionalText(node.zip, `${path}.zip`),
    country: countryCode,
    phone: optionalText(node.phone, `${path}.phone`) ?? optionalText(order.phone, "phone"),
    email: optionalText(node.email, `${path}.email`) ?? optionalText(order.email, "email"),
  };
}

/**
 * Fulfillment orders know a province by name only, the order's shipping address also by code. The code is taken over when
 * country and name agree, and never else: after an edit the two addresses can lie in different provinces.
 */
function provinceCode(
  province: string | null,
  countryCode: string | null,
  shipping: ShippingAddressNode | null,
): string | null {
  const code = shipping === null ? null : optionalText(shipping.provinceCode, "shippingAddress.provinceCode");
  if (province === null || countryCode === null || shipping === null || code === null) {
    return province;
  }
  const sameName =
    optionalText(shipping.province, "shippingAddress.province")?.toLowerCase() === province.toLowerCase();
  const sameCountry = optionalText(shipping.countryCodeV2, "shippingAddress.countryCodeV2") === countryCode;
  return sameName && sameCountry ? code : province;
}

// ---------------------------------------------------------------------------------------------------------------
// What was cut off

/**
 * What of the order did not fit the answer. Lines of fulfillment orders that are over do not matter. Lists without
 * `pageInfo` count as cut when they are full.
 */
function findCuts(node: OrderNode): string[] {
  const cuts: string[] = [];
  if (hasMore(node.fulfillmentOrders.pageInfo, "fulfillmentOrders.pageInfo")) {
    cuts.push("fulfillment orders");
  }
  for (const [index, item] of node.fulfillmentOrders.nodes.entries()) {
    const isCut = hasMore(item.lineItems.pageInfo, `fulfillmentOrders.nodes.${index}.lineItems.pageInfo`);
    if (isCut && item.status !== "CLOSED" && item.status !== "CANCELLED") {
      cuts.push(`lines of fulfillment order ${gidNumber(item.id)}`);
    }
  }
  if (node.fulfillments.length >= FULFILLMENTS_PER_ORDER) {
    cuts.push("fulfillments");
  }
  for (const item of node.fulfillments) {
    if (item.trackingInfo.length >= TRACKING_NUMBERS_PER_FULFILLMENT) {
      cuts.push(`tracking numbers of fulfillment ${gidNumber(item.id)}`);
    }
  }
  return cuts;
}
