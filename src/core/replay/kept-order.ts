/**
 * An order as it is kept for judging it again under another policy: everything that `decide` looks at and nothing that
 * tells who the customer is. Of an address stay country, province and postal code, whether name, street and city are
 * there, and whether it is a post office box; of note attributes the values that rules ask for. Plain data: it is stored
 * as JSON. One fulfillment order each, because a label is bought for one.
 */
import type { Address, FulfillmentOrder, FulfillmentOrderLine, Order } from "../order.ts";
import type { Policy } from "../policy.ts";
import { isPoBox } from "../rules/facts.ts";
import type { Condition, RuleGroup } from "../rules/rule.ts";
import { fold } from "../rules/text-match.ts";

/** Times of the last change are left out: they alone would make an unchanged order look like a changed one. */
type OmittedOfOrder = "updatedAt" | "fulfillmentOrders" | "fulfillments" | "mirroredStatus";
type OmittedOfFulfillmentOrder = "updatedAt" | "holds" | "location" | "destination";

export interface KeptOrder extends Omit<Order, OmittedOfOrder> {
  readonly fulfillmentOrder: KeptFulfillmentOrder;
}

export interface KeptFulfillmentOrder extends Omit<FulfillmentOrder, OmittedOfFulfillmentOrder> {
  /** Reasons only: what staff wrote beside them may name people. */
  readonly holds: readonly string[];
  readonly location: { readonly id: string | null; readonly address: KeptAddress };
  readonly destination: KeptAddress | null;
}

export interface KeptAddress {
  readonly country: string | null;
  readonly province: string | null;
  readonly postalCode: string | null;
  /** Which of the parts that are not kept are there. */
  readonly has: readonly ("name" | "street" | "city")[];
  readonly poBox: boolean;
}

export function keepOrder(order: Order, fulfillmentOrder: FulfillmentOrder, policy: Policy): KeptOrder {
  const asked = askedAttributes(policy.rules);
  return {
    id: order.id,
    name: order.name,
    createdAt: order.createdAt,
    cancelledAt: order.cancelledAt,
    test: order.test,
    financialStatus: order.financialStatus,
    tags: order.tags,
    currency: order.currency,
    noteAttributes: order.noteAttributes.map(({ name, value }) => ({
      name,
      value: asked.has(fold(name)) ? value : null,
    })),
    value: order.value,
    customer: order.customer,
    risk: order.risk,
    shippingLine: order.shippingLine,
    readyMark: order.readyMark,
    incomplete: order.incomplete,
    fulfillmentOrder: {
      id: fulfillmentOrder.id,
      status: fulfillmentOrder.status,
      requestStatus: fulfillmentOrder.requestStatus,
      fulfillAt: fulfillmentOrder.fulfillAt,
      deliveryMethod: fulfillmentOrder.deliveryMethod,
      incoterm: fulfillmentOrder.incoterm,
      canFulfil: fulfillmentOrder.canFulfil,
      holds: fulfillmentOrder.holds.map(({ reason }) => reason),
      location: { id: fulfillmentOrder.location.id, address: keepAddress(fulfillmentOrder.location.address) },
      destination: fulfillmentOrder.destination === null ? null : keepAddress(fulfillmentOrder.destination),
      lines: fulfillmentOrder.lines.map(keepLine),
    },
  };
}

/** The order again, with placeholders where something was and is not kept: every check comes out as it did. */
export function restoreOrder({ fulfillmentOrder, ...order }: KeptOrder): Order {
  const { holds, location, destination, ...rest } = fulfillmentOrder;
  return {
    ...order,
    updatedAt: order.createdAt,
    fulfillments: [],
    mirroredStatus: null,
    fulfillmentOrders: [
      {
        ...rest,
        updatedAt: order.createdAt,
        holds: holds.map((reason) => ({ reason, notes: null, ours: false })),
        location: { id: location.id, address: restoreAddress(location.address) },
        destination: destination === null ? null : restoreAddress(destination),
      },
    ],
  };
}

function keepLine(line: FulfillmentOrderLine): FulfillmentOrderLine {
  const { id, sku, title, vendor, productType, quantityRemaining, requiresShipping, weightGrams, unitPrice, duty } =
    line;
  return { id, sku, title, vendor, productType, quantityRemaining, requiresShipping, weightGrams, unitPrice, duty };
}

function keepAddress(address: Address): KeptAddress {
  const isThere = (text: string | null): boolean => text !== null && text.trim() !== "";
  const { country, province, postalCode } = address;
  return {
    ...{ country, province, postalCode },
    has: [
      ...(isThere(address.name) || isThere(address.company) ? ["name" as const] : []),
      ...(isThere(address.street1) ? ["street" as const] : []),
      ...(isThere(address.city) ? ["city" as const] : []),
    ],
    poBox: isPoBox(address),
  };
}

const PLACEHOLDER = "not kept";
/** Read as a post office box by `isPoBox`. */
const PO_BOX_LINE = "PO Box";

function restoreAddress({ country, province, postalCode, has, poBox }: KeptAddress): Address {
  const part = (name: KeptAddress["has"][number]): string | null => (has.includes(name) ? PLACEHOLDER : null);
  return {
    ...{ country, province, postalCode, company: null, phone: null, email: null },
    name: part("name"),
    street1: part("street"),
    street2: poBox ? PO_BOX_LINE : null,
    city: part("city"),
  };
}

const known = new WeakMap<readonly RuleGroup[], ReadonlySet<string>>();

/** Names of the note attributes, folded, whose values the rules look at. */
function askedAttributes(groups: readonly RuleGroup[]): ReadonlySet<string> {
  const asked =
    known.get(groups) ?? new Set(groups.flatMap(({ rules }) => rules.flatMap(({ when }) => attributesOf(when))));
  known.set(groups, asked);
  return asked;
}

function attributesOf(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case "all":
    case "any":
      return condition.of.flatMap(attributesOf);
    case "not":
      return attributesOf(condition.of);
    case "note_attribute":
      return condition.values.length === 0 ? [] : [fold(condition.name)];
    default:
      return [];
  }
}
