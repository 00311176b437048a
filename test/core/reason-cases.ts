/** One input or more for every reason that `decide` gives. Keyed by the sentence that a test is named after. */
import type { DecisionInput } from "../../src/core/decision.ts";
import type { FulfillmentOrder, Order } from "../../src/core/order.ts";
import type { Reason } from "../../src/core/reasons.ts";
import type { OrderStatus } from "../../src/core/status.ts";
import {
  aClosedFulfillmentOrder,
  aFulfillment,
  aFulfillmentOrder,
  aHold,
  aJourney,
  aLine,
  anAddress,
  anEffect,
  anInput,
  FULFILLMENT_ID,
  NOW,
} from "../support/builders.ts";
import { withShipment } from "./planned.ts";
import { POLICY_CASES } from "./policy-reason-cases.ts";
import { RULED_CASES } from "./ruled-reason-cases.ts";

export interface ReasonCase {
  readonly input: DecisionInput;
  readonly status: OrderStatus;
  readonly reason: Reason;
  /** What the operator reads. */
  readonly says: string;
}

const PARKED = { status: "parked" } as const;
const WAITING = { status: "waiting" } as const;
const SKIPPED = { status: "skipped" } as const;

function withOrder(order: Partial<Order>): DecisionInput {
  return anInput({ order });
}

function withFulfillmentOrder(fulfillmentOrder: Partial<FulfillmentOrder>): DecisionInput {
  return withOrder({ fulfillmentOrders: [aFulfillmentOrder(fulfillmentOrder)] });
}

/** A bought label for the default order, and what the shop shows by now. */
function bought(
  order: Partial<Order>,
  shipment: Parameters<typeof withShipment>[1] = {},
  record: Partial<DecisionInput["record"]> = {},
): DecisionInput {
  return withShipment(anInput(), { state: "bought", ...shipment }, (input) => ({
    ...input,
    order: { ...input.order, ...order },
    record: { ...input.record, ...record },
  }));
}

const SHOWN = { fulfillmentOrders: [aClosedFulfillmentOrder()], fulfillments: [aFulfillment()] };

const WAITS: Readonly<Record<string, ReasonCase>> = {
  "an order whose payment is pending waits": {
    ...{ ...WAITING, reason: "not_paid", says: "the payment is pending, not paid" },
    input: withOrder({ financialStatus: "pending" }),
  },
  "an order without the tag waits": {
    ...{ ...WAITING, reason: "not_tagged", says: "the order has none of the tags ready_to_ship, ready-to-ship" },
    input: withOrder({ tags: ["vip"] }),
  },
  "a fulfillment order that the shop holds waits": {
    ...{ ...WAITING, reason: "on_hold", says: "Shopify holds it: high_risk_of_fraud, other" },
    input: withFulfillmentOrder({
      status: "on_hold",
      canFulfil: false,
      holds: [
        { reason: "high_risk_of_fraud", notes: null, ours: false },
        { reason: "other", notes: "ask Ada", ours: true },
      ],
    }),
  },
  "a hold without a reason waits too": {
    ...{ ...WAITING, reason: "on_hold", says: "Shopify holds it: no reason given" },
    input: withFulfillmentOrder({ status: "on_hold" }),
  },
  "a hold on an open fulfillment order counts": {
    ...{ ...WAITING, reason: "on_hold", says: "Shopify holds it: other" },
    input: withFulfillmentOrder({ holds: [{ reason: "other", notes: null, ours: false }] }),
  },
  "a scheduled fulfillment order waits for its day": {
    ...{ ...WAITING, reason: "scheduled", says: "it is scheduled for 2026-11-22T13:00:00.000Z" },
    input: withFulfillmentOrder({ status: "scheduled", canFulfil: false, fulfillAt: NOW + 3_600_000 }),
  },
  "a schedule without a day is said so": {
    ...{ ...WAITING, reason: "scheduled", says: "it is scheduled for a day that Shopify does not name" },
    input: withFulfillmentOrder({ status: "scheduled", canFulfil: false }),
  },
  "an order without fulfillment orders is not routed yet": {
    ...{ ...WAITING, reason: "not_routed", says: "Shopify has not yet made a fulfillment order for it" },
    input: withOrder({ fulfillmentOrders: [] }),
  },
  "an order that staff hold waits": {
    ...{ ...WAITING, reason: "held_by_staff", says: "ada put it on hold: customer called" },
    input: anInput({ record: { hold: aHold() } }),
  },
  "a label that the shop was not told of waits under a staff hold": {
    ...{ ...WAITING, reason: "held_by_staff", says: "ada put it on hold: customer called" },
    input: bought({}, {}, { hold: aHold() }),
  },
  "a label whose fulfillment order the shop holds waits": {
    ...{ ...WAITING, reason: "on_hold", says: "Shopify holds it: no reason given" },
    input: bought({ fulfillmentOrders: [aFulfillmentOrder({ status: "on_hold", canFulfil: false })] }),
  },
};

const SKIPS: Readonly<Record<string, ReasonCase>> = {
  "a test order is skipped": {
    ...{ ...SKIPPED, reason: "test_order", says: "it is a test order" },
    input: withOrder({ test: true }),
  },
  "a test order without fulfillment orders is skipped": {
    ...{ ...SKIPPED, reason: "test_order", says: "it is a test order" },
    input: withOrder({ test: true, fulfillmentOrders: [] }),
  },
  "what the customer collects is skipped": {
    ...{ ...SKIPPED, reason: "pickup", says: "the customer collects it (pick_up)" },
    input: withFulfillmentOrder({ deliveryMethod: "pick_up" }),
  },
  "what is sold over the counter is skipped": {
    ...{ ...SKIPPED, reason: "pickup", says: "the customer collects it (retail)" },
    input: withFulfillmentOrder({ deliveryMethod: "retail" }),
  },
  "what goes to a pickup point is skipped": {
    ...{ ...SKIPPED, reason: "pickup", says: "the customer collects it (pickup_point)" },
    input: withFulfillmentOrder({ deliveryMethod: "pickup_point" }),
  },
  "what is delivered locally is skipped": {
    ...{ ...SKIPPED, reason: "local_delivery", says: "it is delivered locally" },
    input: withFulfillmentOrder({ deliveryMethod: "local" }),
  },
  "a delivery method of none is digital": {
    ...{ ...SKIPPED, reason: "digital", says: "nothing in it has to be shipped" },
    input: withFulfillmentOrder({ deliveryMethod: "none" }),
  },
  "lines that need no shipping are digital": {
    ...{ ...SKIPPED, reason: "digital", says: "nothing in it has to be shipped" },
    input: withFulfillmentOrder({ lines: [aLine({ requiresShipping: false })] }),
  },
  "a fulfillment order that staff fulfilled is skipped": {
    ...{ ...SKIPPED, reason: "already_fulfilled", says: "it was fulfilled outside shipbot" },
    input: withOrder({ fulfillmentOrders: [aClosedFulfillmentOrder()] }),
  },
  "what a fulfillment service has is skipped": {
    ...{ ...SKIPPED, reason: "third_party", says: "a fulfillment service has it (request accepted)" },
    input: withFulfillmentOrder({ requestStatus: "accepted" }),
  },
  "an order of cancelled fulfillment orders is skipped": {
    ...{ ...SKIPPED, reason: "order_cancelled", says: "the order was cancelled" },
    input: withFulfillmentOrder({ status: "cancelled", canFulfil: false }),
  },
  "a fulfillment order that was cancelled after its label was voided is skipped": {
    ...{ ...SKIPPED, reason: "order_cancelled", says: "the order was cancelled" },
    input: bought(
      { fulfillmentOrders: [aFulfillmentOrder({ status: "cancelled", canFulfil: false })] },
      { state: "voided" },
    ),
  },
  "a cancelled order is cancelled": {
    ...{ status: "cancelled", reason: "order_cancelled", says: "the order was cancelled" },
    input: withOrder({ cancelledAt: NOW - 1 }),
  },
};

const MENDS: Readonly<Record<string, ReasonCase>> = {
  "an order that is cut off is parked": {
    ...{
      ...PARKED,
      reason: "order_incomplete",
      says: "it is larger than shipbot reads: fulfillment orders, fulfillments",
    },
    input: withOrder({ incomplete: ["fulfillment orders", "fulfillments"] }),
  },
  "nothing is concluded about a label from an answer that is cut off": {
    ...{ ...PARKED, reason: "order_incomplete", says: "it is larger than shipbot reads: fulfillments" },
    input: bought({ incomplete: ["fulfillments"] }, { fulfillmentId: FULFILLMENT_ID }),
  },
  "a fulfillment order that the service gave back is parked": {
    ...{ ...PARKED, reason: "fulfillment_order_incomplete", says: "the fulfillment service could not complete it" },
    input: withFulfillmentOrder({ status: "incomplete", canFulfil: false }),
  },
  "a delivery method that nobody knows is parked": {
    ...{ ...PARKED, reason: "unknown_delivery_method", says: "its delivery method drone is not known to shipbot" },
    input: withFulfillmentOrder({ deliveryMethod: "drone" }),
  },
  "a fulfillment order that the app may not fulfil is parked": {
    ...{ ...PARKED, reason: "not_fulfillable", says: "Shopify does not let this app fulfill it" },
    input: withFulfillmentOrder({ canFulfil: false }),
  },
  "a fulfillment order in a state that nobody knows is parked, whatever actions the shop lists": {
    ...{ ...PARKED, reason: "not_fulfillable", says: "Shopify does not let this app fulfill it" },
    input: withFulfillmentOrder({ status: "quarantined", canFulfil: true }),
  },
  "a weight beyond what numbers hold is parked": {
    ...{ ...PARKED, reason: "no_weight", says: "MUG-BLUE has no weight" },
    input: withFulfillmentOrder({ lines: [aLine({ weightGrams: 1e9, quantityRemaining: 2e9 })] }),
  },
  "a label whose fulfillment order may no longer be fulfilled is parked": {
    ...{ ...PARKED, reason: "not_fulfillable", says: "Shopify does not let this app fulfill it" },
    input: bought({ fulfillmentOrders: [aFulfillmentOrder({ canFulfil: false })] }),
  },
  "an order without an address is parked": {
    ...{ ...PARKED, reason: "no_address", says: "it has no shipping address" },
    input: withFulfillmentOrder({ destination: null }),
  },
  "an address without everything is parked with what is missing": {
    ...{ ...PARKED, reason: "address_incomplete", says: "its shipping address lacks street, postal code" },
    input: withFulfillmentOrder({ destination: anAddress({ street1: " ", postalCode: null }) }),
  },
  "a location without an address is parked": {
    ...{ ...PARKED, reason: "no_ship_from", says: "the address that it ships from lacks city" },
    input: withFulfillmentOrder({ location: { id: null, address: anAddress({ city: null }) } }),
  },
  "goods that cross a border and cannot be declared are parked by their SKU": {
    ...{ ...PARKED, reason: "customs_incomplete" },
    says: "it goes to CA and cannot be declared; missing: MUG-BLUE (HS code, origin)",
    input: withFulfillmentOrder({ destination: anAddress({ country: "CA", province: "ON", postalCode: "M5H 1A1" }) }),
  },
  "a product without weight is parked by its SKU, or by its title": {
    ...{ ...PARKED, reason: "no_weight", says: "Gift box, Mug, T-1 has no weight" },
    input: withFulfillmentOrder({
      lines: [
        aLine({ id: "1", sku: "T-1", weightGrams: null }),
        aLine({ id: "2", sku: null, title: "Mug", weightGrams: 0 }),
        aLine({ id: "3", sku: "", title: "Gift box", weightGrams: null }),
        aLine({ id: "4", sku: "FINE" }),
      ],
    }),
  },
};

const REFUSALS: Readonly<Record<string, ReasonCase>> = {
  "an address that the provider refuses is parked": {
    ...{ ...PARKED, reason: "address_refused", says: "easypost does not accept its address (ADDRESS.VERIFY.FAILURE)" },
    input: withShipment(anInput(), {
      refusal: { cause: "address", code: "ADDRESS.VERIFY.FAILURE", message: "no such street", at: NOW },
    }),
  },
  "a parcel that no carrier takes is parked": {
    ...{ ...PARKED, reason: "no_rate", says: "easypost offers no rate for 900 g to US (too heavy)" },
    input: withShipment(anInput(), {
      state: "quoted",
      rates: [],
      refusal: { cause: "no_rate", code: null, message: "too heavy", at: NOW },
    }),
  },
  "a shipment that the provider refuses is parked": {
    ...{ ...PARKED, reason: "shipment_refused", says: "easypost refused the shipment: customs (no code given)" },
    input: withShipment(anInput(), { refusal: { cause: "other", code: null, message: "customs", at: NOW } }),
  },
  "a purchase that was refused is parked": {
    ...{ ...PARKED, reason: "purchase_refused", says: "easypost refused to sell the label: NO.MONEY: it was refused" },
    input: withShipment(anInput({ record: { effects: [anEffect("buy", "refused")] } }), { state: "quoted" }),
  },
  "a purchase that was looked up in vain is parked": {
    ...{ ...PARKED, reason: "purchase_outcome_unknown" },
    says: "it is not known whether the label was bought; looked up 5x, not sent again",
    input: withShipment(
      anInput({ record: { effects: [anEffect("buy", "unknown", { lookups: 5, lookedUpAt: NOW - 1 })] } }),
      { state: "quoted" },
    ),
  },
  "a purchase that a look-up did not find is parked where that proves nothing": {
    ...{ ...PARKED, reason: "purchase_outcome_unknown" },
    says: "it is not known whether the label was bought; looked up 1x, not sent again",
    input: withShipment(
      anInput({
        provider: { name: "easypost", purchaseIsGuarded: false, keyKind: "unknown" as const },
        record: { effects: [anEffect("buy", "absent", { lookups: 1 })] },
      }),
      { state: "quoted" },
    ),
  },
  "a journal that says paid beside a record without a label is parked": {
    ...{ ...PARKED, reason: "purchase_outcome_unknown" },
    says: "it is not known whether the label was bought; looked up 0x, not sent again",
    input: withShipment(anInput({ record: { effects: [anEffect("buy", "done")] } }), { state: "abandoned" }),
  },
  "a refund whose outcome is unknown is parked": {
    ...{ ...PARKED, reason: "void_outcome_unknown" },
    says: "it is not known whether the label was voided; looked up 7x",
    input: bought({}, {}, { effects: [anEffect("void", "unknown", { lookups: 7, lookedUpAt: NOW })] }),
  },
  "a refund that was refused is parked": {
    ...{ ...PARKED, reason: "void_refused", says: "easypost refused to void the label: NO.MONEY: it was refused" },
    input: bought({}, {}, { hold: aHold({ voidLabels: true }), effects: [anEffect("void", "refused")] }),
  },
  "a fulfillment whose outcome is unknown is parked": {
    ...{ ...PARKED, reason: "writeback_unknown" },
    says: "it is not known whether Shopify took the tracking number; looked up 6x",
    input: bought({}, {}, { effects: [anEffect("fulfil", "begun", { lookups: 6, lookedUpAt: NOW })] }),
  },
  "a fulfillment that the shop refused is parked": {
    ...{ ...PARKED, reason: "fulfillment_refused", says: "Shopify refused the fulfillment: NO.MONEY: it was refused" },
    input: bought({}, {}, { effects: [anEffect("fulfil", "refused")] }),
  },
};

const ASTRAY: Readonly<Record<string, ReasonCase>> = {
  "a label beside a fulfillment of staff is parked": {
    ...{
      ...PARKED,
      reason: "fulfilled_elsewhere",
      says: "a label was bought, and then it was fulfilled outside shipbot",
    },
    input: bought({ fulfillmentOrders: [aClosedFulfillmentOrder()] }),
  },
  "a label whose fulfillment was cancelled is parked": {
    ...{ ...PARKED, reason: "fulfillment_cancelled" },
    says: "its fulfillment was cancelled in Shopify and the label is still paid for",
    input: bought(
      { fulfillmentOrders: [aClosedFulfillmentOrder()], fulfillments: [aFulfillment({ status: "cancelled" })] },
      { fulfillmentId: FULFILLMENT_ID },
    ),
  },
  "units that are left beside the label's are parked": {
    ...{ ...PARKED, reason: "units_left_over", says: "units were added to it after the label was bought" },
    input: bought({ ...SHOWN, fulfillmentOrders: [aFulfillmentOrder()] }, { fulfillmentId: FULFILLMENT_ID }),
  },
  "units that are left are parked also when staff replaced the number": {
    ...{ ...PARKED, reason: "units_left_over", says: "units were added to it after the label was bought" },
    input: bought(
      {
        fulfillmentOrders: [aFulfillmentOrder()],
        fulfillments: [aFulfillment({ tracking: [{ company: "UPS", number: "OTHER" }] })],
      },
      { fulfillmentId: FULFILLMENT_ID },
    ),
  },
  "an address that changed after the purchase is parked": {
    ...{ ...PARKED, reason: "changed_after_label", says: "address or contents changed after the label was bought" },
    input: bought({ fulfillmentOrders: [aFulfillmentOrder({ destination: anAddress({ street1: "2 New Street" }) })] }),
  },
  "an address that was lost after the purchase is parked": {
    ...{ ...PARKED, reason: "changed_after_label", says: "address or contents changed after the label was bought" },
    input: bought({ fulfillmentOrders: [aFulfillmentOrder({ destination: null })] }),
  },
  "a parcel of a cancelled order that has left is parked": {
    ...{ ...PARKED, reason: "cancelled_in_transit" },
    says: "the order was cancelled when the parcel was already on its way",
    input: bought({ cancelledAt: NOW - 1 }, { tracking: aJourney("pre_transit", "accepted") }),
  },
  "a label whose fulfillment order was cancelled is parked": {
    ...{ ...PARKED, reason: "label_of_gone_fulfillment_order" },
    says: "a label is paid for and its fulfillment order is no longer open",
    input: bought({ fulfillmentOrders: [aFulfillmentOrder({ status: "cancelled", canFulfil: false })] }),
  },
  "a label whose fulfillment order the shop no longer lists is parked": {
    ...{ ...PARKED, reason: "label_of_gone_fulfillment_order" },
    says: "a label is paid for and its fulfillment order is no longer open",
    input: bought({ fulfillmentOrders: [] }),
  },
  "a fulfillment order beside a delivered label that no fulfillment shows is parked": {
    ...{ ...PARKED, reason: "unused_label" },
    says: "label 7001-1-1 of this order is paid for and on no fulfillment; no other is bought beside it",
    input: bought(
      {
        fulfillmentOrders: [
          aClosedFulfillmentOrder(),
          aFulfillmentOrder({ id: "gid://shopify/FulfillmentOrder/7002" }),
        ],
      },
      { tracking: aJourney("in_transit", "delivered") },
    ),
  },
};

export const REASON_CASES: Readonly<Record<string, ReasonCase>> = {
  ...WAITS,
  ...SKIPS,
  ...RULED_CASES,
  ...MENDS,
  ...REFUSALS,
  ...POLICY_CASES,
  ...ASTRAY,
};

/** Given by the reconcile run, never by `decide`: there is no order to decide on, or no rest. */
export const REASONS_OF_RUNS: readonly Reason[] = [
  "order_unreadable",
  "provider_unreadable",
  "order_gone_with_label",
  "remote_fails",
  "order_gone",
  "shop_erased",
  "needs_attention",
  "bug",
];
