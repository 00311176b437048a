/** The part of `decide` before there is a label: plan, quote, buy, or give up what was planned. Pure. */
import type { DecisionInput, ShipmentPlan } from "./decision.ts";
import type { EffectRecord } from "./effect.ts";
import type { FulfillmentOrder } from "./order.ts";
import type { ParcelNeed, ParcelPlan } from "./parcel-plan.ts";
import { planShipment } from "./plan.ts";
import { compareText, type Rate, ratesAreFresh } from "./rate.ts";
import type { Reason } from "./reasons.ts";
import { wishOf } from "./service-wish.ts";
import { chooseRate, describeWish } from "./services.ts";
import { isUnbought, type Refusal, type ShipmentRecord } from "./shipment.ts";
import { type DurationMs, MINUTE_MS } from "./time.ts";
import { findEffect, isRejected, park, ready, settled, type Verdict } from "./verdict.ts";

/**
 * A purchase whose answer was lost and that a look-up did not find may still be on its way. On the same object it cannot
 * pay twice; another object is planned only when it can no longer arrive. An answer is waited for 30 s: ten times that.
 */
export const LATE_PURCHASE_MS: DurationMs = 5 * MINUTE_MS;

/**
 * Parcels without a label and nothing in the way: plan, quote or buy. Money is spent only when every one of them is
 * quoted and none is refused: half of an order is worth little. `why` it stands still says the first that stands still.
 */
export function decideUnbought(input: DecisionInput, fulfillmentOrder: FulfillmentOrder, plan: ParcelPlan): Verdict {
  const paid = findPaidUnseen(input, fulfillmentOrder);
  if (paid !== null) {
    return park("purchase_outcome_unknown", { lookups: paid.lookups, effect: paid.key });
  }
  const steps = plan.needs.map((need) => decideParcel(input, fulfillmentOrder, need, plan));
  const stopped = steps.find(({ judgement }) => judgement.reason !== null);
  if (stopped !== undefined) {
    return dropUnbought(input, plan.surplus, stopped);
  }
  const before = [dropUnbought(input, plan.surplus, ready([])), ...steps].filter(
    ({ actions, lookAgainAt }) => lookAgainAt !== null || actions.some(({ kind }) => kind !== "buy"),
  );
  if (before.length === 0) {
    return steps[0] ?? ready([]);
  }
  const waits = before.map(({ lookAgainAt }) => lookAgainAt).filter((at) => at !== null);
  return {
    ...ready(before.flatMap(({ actions }) => actions)),
    lookAgainAt: waits.length > 0 ? Math.min(...waits) : null,
  };
}

function decideParcel(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  need: ParcelNeed,
  { count }: ParcelPlan,
): Verdict {
  const plan = planShipment(input, fulfillmentOrder, need, count);
  const { newest } = need;
  if (newest === null || !isUnbought(newest)) {
    return ready([{ kind: "quote", plan, isNew: true }]);
  }
  const buy = findEffect(input.record.effects, "buy", newest.id);
  const isElsewhere = newest.provider !== input.provider.name;
  if (buy?.state === "absent" && !isElsewhere && !input.provider.purchaseIsGuarded) {
    return park("purchase_outcome_unknown", { lookups: buy.lookups, effect: buy.key });
  }
  if (isElsewhere || newest.fingerprint !== plan.fingerprint || newest.parcelCount !== count || isForgotten(buy)) {
    // Address, contents or provider are others now; what was asked for is not worth anything. Nothing was paid.
    return giveUp(input, newest, ready([]));
  }
  if (newest.refusal !== null) {
    return parkRefused(input, newest.refusal, plan);
  }
  if (newest.state === "planned") {
    return ready([{ kind: "quote", plan, isNew: false }]);
  }
  return decideQuoted(input, fulfillmentOrder, newest, buy, count);
}

function decideQuoted(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  shipment: ShipmentRecord,
  buy: EffectRecord | null,
  parcelCount: number,
): Verdict {
  if (isRejected(buy)) {
    return park("purchase_refused", { provider: input.provider.name, message: buy.failure.message });
  }
  // Without a rate and without a refusal that says why, it was asked for and lifted: ask again.
  if (shipment.rates.length === 0 || shipment.ratesAt === null || !ratesAreFresh(shipment.ratesAt, input.now)) {
    return ready([{ kind: "requote", shipmentId: shipment.id }]);
  }
  const wish = wishOf(input, fulfillmentOrder, parcelCount);
  const { chosen } = chooseRate(shipment.rates, wish, input.order.currency);
  if (chosen === null) {
    return park("no_rate_for_service", {
      wanted: describeWish(wish),
      provider: input.provider.name,
      offered: describeOffers(shipment.rates),
    });
  }
  return ready([{ kind: "buy", shipmentId: shipment.id, rate: chosen }]);
}

/** Offers named in one sentence; a provider with twenty carriers has more. */
const OFFERS_NAMED_MAX = 6;

function describeOffers(rates: readonly Rate[]): string {
  const names = [...rates]
    .sort((a, b) => a.price.amountMinor - b.price.amountMinor || compareText(a.id, b.id))
    .map(({ carrier, service, deliveryDays }) =>
      deliveryDays === null ? `${carrier} ${service}` : `${carrier} ${service} (${deliveryDays}d)`,
    );
  const more = names.length - OFFERS_NAMED_MAX;
  return [...names.slice(0, OFFERS_NAMED_MAX), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

/**
 * Drops an unbought shipment, and says `otherwise` of the order. While a lost purchase of it may still arrive nothing is
 * done: it would be a second label once another is bought.
 */
export function giveUp(input: DecisionInput, shipment: ShipmentRecord, otherwise: Verdict): Verdict {
  const buy = findEffect(input.record.effects, "buy", shipment.id);
  // A later attempt that was refused says nothing of an earlier one whose answer was lost.
  const wasLost = buy !== null && (buy.state === "absent" || buy.attempt > 1);
  const safeAt = wasLost ? buy.begunAt + LATE_PURCHASE_MS : input.now;
  return input.now < safeAt
    ? { ...otherwise, lookAgainAt: safeAt }
    : { ...otherwise, actions: [...otherwise.actions, { kind: "abandon", shipmentId: shipment.id }] };
}

/** Unbought shipments that no label is needed for any more. */
export function dropUnbought(input: DecisionInput, shipments: readonly ShipmentRecord[], otherwise: Verdict): Verdict {
  return shipments.filter(isUnbought).reduce((verdict, shipment) => giveUp(input, shipment, verdict), otherwise);
}

/** The provider no longer knows the object, so that neither this purchase nor another of it can ever happen. */
function isForgotten(buy: EffectRecord | null): boolean {
  return buy?.state === "refused" && buy.failure?.kind === "missing";
}

/** The journal says paid and the record shows no label: no run of ours leaves that behind, and none may buy on top of it. */
function findPaidUnseen(input: DecisionInput, fulfillmentOrder: FulfillmentOrder): EffectRecord | null {
  const { effects, shipments } = input.record;
  for (const shipment of [...shipments].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const buy = findEffect(effects, "buy", shipment.id);
    const isSeen = shipment.state === "bought" || shipment.state === "voided";
    if (shipment.fulfillmentOrderId === fulfillmentOrder.id && buy?.state === "done" && !isSeen) {
      return buy;
    }
  }
  return null;
}

function parkRefused(input: DecisionInput, refusal: Refusal, plan: ShipmentPlan): Verdict {
  const reasons: Readonly<Record<Refusal["cause"], Reason>> = {
    address: "address_refused",
    no_rate: "no_rate",
    other: "shipment_refused",
  };
  return settled("parked", reasons[refusal.cause], {
    provider: input.provider.name,
    code: refusal.code ?? "no code given",
    message: refusal.message,
    weightGrams: plan.parcel.weightGrams,
    country: plan.to.country,
  });
}
