/**
 * What of an order is kept for judging it again, made where it is decided on: of each fulfillment order that is not
 * over and has no label, the facts without the customer and what the provider said to its parcels. What was decided is
 * said by `replay` on these very facts, so that the same policy gives the same again.
 */
import { shipFrom } from "../core/address.ts";
import type { Decision, DecisionInput } from "../core/decision.ts";
import { hash } from "../core/fingerprint.ts";
import type { FulfillmentOrder } from "../core/order.ts";
import type { Policy } from "../core/policy.ts";
import { keepOrder } from "../core/replay/kept-order.ts";
import { KEPT_FORM, type KeptCase, type KeptQuote, keepRate, quoteKey, replay } from "../core/replay/replay.ts";
import { isUnbought, type ShipmentRecord } from "../core/shipment.ts";
import { isOver } from "../core/shown-labels.ts";
import { findEffect } from "../core/verdict.ts";
import type { FactsDraft } from "../store/order-facts.ts";

/** An order of very many fulfillment orders is kept as far as that. */
const KEPT_MAX = 50;

export function factsToKeep(input: DecisionInput, { judgement }: Pick<Decision, "judgement">): readonly FactsDraft[] {
  const { order, policy, now } = input;
  const stamp = `${stampOf(policy)} ${judgement.status} ${judgement.reason ?? ""}`.trimEnd();
  return order.fulfillmentOrders
    .filter((fulfillmentOrder) => !isOver(fulfillmentOrder) && isFree(input, fulfillmentOrder))
    .slice(0, KEPT_MAX)
    .map((fulfillmentOrder) => {
      const facts: KeptCase = {
        form: KEPT_FORM,
        order: keepOrder(order, fulfillmentOrder, policy),
        quotes: quotesOf(input, fulfillmentOrder),
      };
      return { fulfillmentOrderId: fulfillmentOrder.id, facts, stamp, decided: () => replay(facts, policy, now) };
    });
}

/** No label was ever bought for it, or may have been: from then on the shop tells something else of it. */
function isFree({ record }: DecisionInput, { id }: FulfillmentOrder): boolean {
  return record.shipments.every((shipment) => {
    const isOurs = shipment.fulfillmentOrderId === id;
    const state = findEffect(record.effects, "buy", shipment.id)?.state ?? "refused";
    const isAsked = state === "begun" || state === "unknown" || state === "done";
    return !isOurs || (shipment.state !== "bought" && shipment.state !== "voided" && !isAsked);
  });
}

function quotesOf(input: DecisionInput, fulfillmentOrder: FulfillmentOrder): readonly KeptQuote[] {
  const from = shipFrom(fulfillmentOrder, input);
  const asked = input.record.shipments.filter(
    (shipment) => shipment.fulfillmentOrderId === fulfillmentOrder.id && isUnbought(shipment) && isAnswered(shipment),
  );
  const quotes = asked.map((shipment): [string, KeptQuote] => {
    const key = quoteKey(shipment.parcel, from);
    return [key, { key, rates: shipment.rates.map(keepRate), refusal: shipment.refusal?.cause ?? null }];
  });
  // Boxes that are alike cost alike.
  return [...new Map(quotes).values()];
}

function isAnswered({ rates, refusal }: ShipmentRecord): boolean {
  return rates.length > 0 || refusal !== null;
}

const known = new WeakMap<Policy, string>();

/** Tells policies apart, so that an order is kept anew once when another file is in force. */
function stampOf(policy: Policy): string {
  const stamp = known.get(policy) ?? hash(JSON.stringify(policy));
  known.set(policy, stamp);
  return stamp;
}
