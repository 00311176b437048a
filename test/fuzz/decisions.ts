/** Aims at the way from Shopify's answer to a purchase: an order that is not as the schema says never leads to a label. */
import { RemoteError } from "../../src/base/errors.ts";
import { decide } from "../../src/core/decide.ts";
import type { Action, Decision } from "../../src/core/decision.ts";
import type { Order } from "../../src/core/order.ts";
import type { OrderNode } from "../../src/shopify/operations.ts";
import { translateOrder } from "../../src/shopify/translate.ts";
import { fulfillmentOrderNode, lineNode, orderNode } from "../shopify/order-node.ts";
import { anInput, aRate, aShipment, NOW } from "../support/builders.ts";
import { mutate } from "./mutate.ts";
import { type FuzzTarget, pureTarget } from "./target.ts";

const READY = orderNode({ displayFinancialStatus: "PAID", fulfillments: [] });
const BASES = [
  READY,
  orderNode({
    displayFinancialStatus: "PAID",
    fulfillments: [],
    tags: ["ready-to-ship", "vip"],
    phone: null,
    email: null,
  }),
  orderNode({
    displayFinancialStatus: "PAID",
    fulfillments: [],
    fulfillmentOrders: {
      pageInfo: { hasNextPage: false, endCursor: null },
      nodes: [
        fulfillmentOrderNode({
          lineItems: {
            pageInfo: { hasNextPage: false, endCursor: null },
            nodes: [
              lineNode(),
              lineNode({ id: "gid://shopify/FulfillmentOrderLineItem/32", weight: { value: 12, unit: "OUNCES" } }),
            ],
          },
        }),
        fulfillmentOrderNode({ id: "gid://shopify/FulfillmentOrder/22" }),
      ],
    },
  }),
  orderNode(),
].map((node) => JSON.stringify(node));

export function decisions(): FuzzTarget {
  return pureTarget<null>({
    name: "order_to_decision",
    share: 160,
    make: (chance) => ({ context: null, bytes: mutate(chance, BASES) }),
    judge: (_, bytes) => judgeOrder(bytes),
  });
}

function judgeOrder(bytes: Buffer): string | null {
  let node: unknown;
  try {
    node = JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
  if (typeof node !== "object" || node === null) {
    return null;
  }
  let order: Order;
  try {
    order = translateOrder(node as OrderNode);
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "malformed") {
      return null;
    }
    throw error;
  }
  const first = decide({ ...anInput(), order });
  const faults = judgeDecision(first, node, order);
  if (faults !== null) {
    return faults;
  }
  // What was planned has its rates now: does the very same order lead to a purchase?
  const quotes = first.actions.filter((action) => action.kind === "quote");
  const shipments = quotes.map(({ plan }) =>
    aShipment({
      ...{ id: plan.shipmentId, orderId: order.id, fulfillmentOrderId: plan.fulfillmentOrderId, state: "quoted" },
      ...{ reference: plan.reference, fingerprint: plan.fingerprint, lines: plan.lines, parcel: plan.parcel },
      ...{ rates: [aRate()], ratesAt: NOW },
    }),
  );
  return quotes.length === 0
    ? null
    : judgeDecision(decide({ ...anInput({ record: { shipments } }), order }), node, order);
}

/** Whatever costs money, or leads to it, needs every fact, in the shop's own words. */
function judgeDecision(decision: Decision, node: object, order: Order): string | null {
  const spends = decision.actions.filter(({ kind }) => kind === "quote" || kind === "buy");
  if (spends.length === 0) {
    return null;
  }
  const said = (name: string): unknown => (Object.hasOwn(node, name) ? Reflect.get(node, name) : undefined);
  const kinds = spends.map(({ kind }) => kind).join();
  if (said("test") !== false || (said("cancelledAt") ?? null) !== null) {
    return `${kinds} of an order that is a test or cancelled`;
  }
  if (typeof said("displayFinancialStatus") !== "string" || order.incomplete.length > 0) {
    return `${kinds} of an order that is not known to be paid, or not read as a whole`;
  }
  for (const action of spends) {
    const fault = action.kind === "quote" ? faultOfQuote(action, order) : null;
    if (fault !== null) {
      return fault;
    }
  }
  return null;
}

function faultOfQuote({ plan }: Extract<Action, { kind: "quote" }>, order: Order): string | null {
  const fulfillmentOrder = order.fulfillmentOrders.find(({ id }) => id === plan.fulfillmentOrderId);
  if (fulfillmentOrder === undefined || fulfillmentOrder.status !== "open" || fulfillmentOrder.holds.length > 0) {
    return "quote for a fulfillment order that is not open";
  }
  for (const [whose, address] of [
    ["to", plan.to],
    ["from", plan.from],
  ] as const) {
    for (const field of ["street1", "city", "country"] as const) {
      const value = address[field];
      if (typeof value !== "string" || value.trim() === "") {
        return `quote without ${whose} ${field}`;
      }
    }
    if (!/^[A-Z]{2}$/.test(address.country ?? "")) {
      return `quote to a country that is none: ${JSON.stringify(address.country)}`;
    }
  }
  const { weightGrams } = plan.parcel;
  if (!Number.isSafeInteger(weightGrams) || weightGrams <= 0) {
    return `quote of ${weightGrams} grams`;
  }
  const badLine = plan.lines.find(
    ({ id, quantity }) => typeof id !== "string" || !Number.isSafeInteger(quantity) || quantity <= 0,
  );
  return plan.lines.length === 0 || badLine !== undefined ? "quote without units" : null;
}
