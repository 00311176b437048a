/** The part of `decide` before there is a label: plan, quote, buy, or give up what was planned. Pure. */
import type { DecisionInput, ShipmentPlan } from "./decision.ts";
import type { EffectRecord } from "./effect.ts";
import { firstGuardStop, runGuards } from "./guards.ts";
import { runHours } from "./hours-check.ts";
import { checkKey } from "./key-guard.ts";
import { insuranceCost, type LabelOptions } from "./label-options.ts";
import { isLiveFor } from "./mode.ts";
import type { FulfillmentOrder } from "./order.ts";
import { ONLY_PARCEL, planShipment } from "./plan.ts";
import { compareText, type Rate, ratesAreFresh } from "./rate.ts";
import type { Reason } from "./reasons.ts";
import { rulesFor } from "./rules/apply.ts";
import { wishOf } from "./service-wish.ts";
import { chooseRate, describeWish } from "./services.ts";
import { isUnbought, type Refusal, type ShipmentRecord } from "./shipment.ts";
import type { ReplacedLabel } from "./shown-labels.ts";
import { type DurationMs, MINUTE_MS } from "./time.ts";
import { findEffect, fromFinding, isRejected, park, ready, settled, type Verdict } from "./verdict.ts";

/**
 * A purchase whose answer was lost and that a look-up did not find may still be on its way. On the same object it cannot
 * pay twice; another object is planned only when it can no longer arrive. An answer is waited for 30 s: ten times that.
 */
export const LATE_PURCHASE_MS: DurationMs = 5 * MINUTE_MS;

/** No label yet and nothing in the way: plan, quote or buy. `newest` is the highest generation, whatever its state. */
export function decideUnbought(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  newest: ShipmentRecord | null,
  replaced: ReplacedLabel | null,
): Verdict {
  const paid = findPaidUnseen(input, fulfillmentOrder);
  if (paid !== null) {
    return park("purchase_outcome_unknown", { lookups: paid.lookups, effect: paid.key });
  }
  const plan = planShipment(input, fulfillmentOrder, newest, replaced);
  if (newest === null || !isUnbought(newest)) {
    return ready([{ kind: "quote", plan, isNew: true }]);
  }
  const buy = findEffect(input.record.effects, "buy", newest.id);
  const isElsewhere = newest.provider !== input.provider.name;
  if (buy?.state === "absent" && !isElsewhere && !input.provider.purchaseIsGuarded) {
    return park("purchase_outcome_unknown", { lookups: buy.lookups, effect: buy.key });
  }
  if (isElsewhere || newest.fingerprint !== plan.fingerprint || isForgotten(buy)) {
    // Address, contents or provider are others now; what was asked for is not worth anything. Nothing was paid.
    return giveUp(input, newest, ready([]));
  }
  if (newest.refusal !== null) {
    return parkRefused(input, newest.refusal, plan);
  }
  if (newest.state === "planned") {
    return ready([{ kind: "quote", plan, isNew: false }]);
  }
  return decideQuoted(input, fulfillmentOrder, newest, plan.options, buy);
}

function decideQuoted(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  shipment: ShipmentRecord,
  options: LabelOptions,
  buy: EffectRecord | null,
): Verdict {
  if (isRejected(buy)) {
    return park("purchase_refused", { provider: input.provider.name, message: buy.failure.message });
  }
  const wish = wishOf(input, fulfillmentOrder, ONLY_PARCEL);
  const { chosen } = chooseRate(shipment.rates, wish, input.order.currency);
  const hours = chosen === null ? null : runHours(input, fulfillmentOrder, chosen.carrier);
  const isClosed = hours !== null && hours.finding.reason !== null;
  const isStale = shipment.ratesAt === null || !ratesAreFresh(shipment.ratesAt, input.now);
  // Without a rate and without a refusal that says why, it was asked for and lifted: ask again. While nothing is bought
  // anyway, old rates tell enough.
  const isWatched = !isLiveFor(input.policy.mode, input.order.id);
  if (shipment.rates.length === 0 || (isStale && !isClosed && !isWatched)) {
    return ready([{ kind: "requote", shipmentId: shipment.id }]);
  }
  if (chosen === null) {
    return park("no_rate_for_service", {
      wanted: describeWish(wish),
      provider: input.provider.name,
      offered: describeOffers(shipment.rates),
    });
  }
  const cost = insuranceCost(options.insured, input.provider.insurance);
  if (cost !== null && cost.currency !== chosen.price.currency) {
    const why = `insurance costs ${cost.currency} and the label ${chosen.price.currency}, which no guard can add up`;
    return park("not_insurable", { why });
  }
  const approvalRule = rulesFor(input, fulfillmentOrder, ONLY_PARCEL).approval?.rule ?? null;
  const purchase = {
    shipment,
    rate: chosen,
    insuranceCost: cost,
    paid: input.order.shippingLine?.price ?? null,
    approvalRule,
    now: input.now,
  };
  const guards = runGuards(input.policy.guards, purchase, input.spending);
  const guarded = guards.map(({ guard, verdict, reason, input: facts }) => ({
    ...{ check: guard, fulfillmentOrderId: fulfillmentOrder.id, verdict, reason, input: facts },
  }));
  const findings = [...(hours === null ? [] : [hours.finding]), ...guarded];
  const stop = firstGuardStop(guards);
  const key = isWatched ? null : checkKey(input);
  if (key !== null && key.reason !== null) {
    const finding = { check: "key fits the shop", fulfillmentOrderId: fulfillmentOrder.id, ...key };
    return { ...fromFinding(finding), findings: [...findings, finding] };
  }
  if (isClosed && stop?.verdict !== "park") {
    return { ...fromFinding(hours.finding), findings, lookAgainAt: hours.until };
  }
  if (stop !== null) {
    const verdict = settled(stop.verdict === "park" ? "parked" : "waiting", stop.reason, stop.input);
    return { ...verdict, findings, lookAgainAt: stop.until };
  }
  const wanted = describeWish(wish);
  const buying = { shipmentId: shipment.id, rate: chosen, wish: wanted, approvalRule, options, insuranceCost: cost };
  return { ...ready([{ kind: "buy", ...buying }]), findings };
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
  const lost = findLost(input, shipment);
  // Counted from the look-up too: a clock that was set forward during the call shows minutes that never passed.
  const safeAt = lost === null ? input.now : Math.max(lost.begunAt, lost.settledAt ?? 0) + LATE_PURCHASE_MS;
  return input.now < safeAt
    ? { ...otherwise, lookAgainAt: Math.min(safeAt, otherwise.lookAgainAt ?? safeAt) }
    : { ...otherwise, actions: [...otherwise.actions, { kind: "abandon", shipmentId: shipment.id }] };
}

/** A purchase whose answer was lost and that was not there when it was looked up: it may have come since, or still come. */
function findLost(input: DecisionInput, shipment: ShipmentRecord): EffectRecord | null {
  const buy = findEffect(input.record.effects, "buy", shipment.id);
  // A later attempt that was refused says nothing of an earlier one whose answer was lost.
  return buy !== null && (buy.state === "absent" || buy.attempt > 1) ? buy : null;
}

/**
 * Of a fulfillment order that waits, or that somebody has to mend: only where a purchase may have come late. It is paid
 * for, and nobody would hear of it while the order waits. Where an object can be sold twice, not finding it proves nothing.
 */
export function dropLost(input: DecisionInput, shipments: readonly ShipmentRecord[], otherwise: Verdict): Verdict {
  const lost = input.provider.purchaseIsGuarded
    ? shipments.filter((shipment) => findLost(input, shipment) !== null)
    : [];
  return dropUnbought(input, lost, otherwise);
}

/** The unbought shipment of a fulfillment order that needs no label any more. */
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
  for (const shipment of shipments) {
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
