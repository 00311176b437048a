/** The part of `decide` before there is a label: plan, quote, buy, or give up what was planned. Pure. */
import type { DecisionInput, Finding, ShipmentPlan } from "./decision.ts";
import type { EffectRecord } from "./effect.ts";
import { firstGuardStop, type GuardFinding, runGuards } from "./guards.ts";
import { type HoursCheck, runHours } from "./hours-check.ts";
import type { Money } from "./money.ts";
import type { FulfillmentOrder } from "./order.ts";
import type { ParcelNeed, ParcelPlan } from "./parcel-plan.ts";
import { planShipment } from "./plan.ts";
import { compareText, type Rate, ratesAreFresh } from "./rate.ts";
import type { Reason } from "./reasons.ts";
import { rulesFor } from "./rules/apply.ts";
import { wishOf } from "./service-wish.ts";
import { chooseRate, describeWish } from "./services.ts";
import { isUnbought, type Refusal, type ShipmentRecord } from "./shipment.ts";
import { type DurationMs, MINUTE_MS } from "./time.ts";
import { findEffect, fromFinding, isRejected, park, ready, settled, type Verdict } from "./verdict.ts";

/**
 * A purchase whose answer was lost and that a look-up did not find may still be on its way. On the same object it cannot
 * pay twice; another object is planned only when it can no longer arrive. An answer is waited for 30 s: ten times that.
 */
export const LATE_PURCHASE_MS: DurationMs = 5 * MINUTE_MS;

/** A parcel that only its guards stand in front of: this rate would be bought for it. */
export interface ParcelPurchase {
  readonly shipment: ShipmentRecord;
  readonly rate: Rate;
  readonly wish: string;
  /** The rule that wants a human to agree. */
  readonly approvalRule: string | null;
  /** Whether labels of its carrier are bought now; `null`: at any time. */
  readonly hours: HoursCheck | null;
  /** Prices of the parcels that are to be bought after it. */
  readonly beside: readonly Money[];
  readonly guards: readonly GuardFinding[];
}

/**
 * Parcels without a label and nothing in the way: plan, quote or buy. Money is spent only when every one of them is
 * quoted, none is refused and no guard stops one: half of an order is worth little. `why` it stands still says the first
 * that stands still.
 */
export function decideUnbought(input: DecisionInput, fulfillmentOrder: FulfillmentOrder, plan: ParcelPlan): Verdict {
  const paid = findPaidUnseen(input, fulfillmentOrder);
  if (paid !== null) {
    return park("purchase_outcome_unknown", { lookups: paid.lookups, effect: paid.key });
  }
  const steps = plan.needs.map((need) => decideParcel(input, fulfillmentOrder, need, plan));
  const verdicts = steps.filter(isVerdict);
  const stopped = verdicts.find(({ judgement }) => judgement.reason !== null);
  if (stopped !== undefined) {
    return dropUnbought(input, plan.surplus, stopped);
  }
  const before = [dropUnbought(input, plan.surplus, ready([])), ...verdicts].filter(
    ({ actions, lookAgainAt }) => lookAgainAt !== null || actions.length > 0,
  );
  if (before.length > 0) {
    const waits = before.map(({ lookAgainAt }) => lookAgainAt).filter((at) => at !== null);
    return {
      ...ready(before.flatMap(({ actions }) => actions)),
      lookAgainAt: waits.length > 0 ? Math.min(...waits) : null,
    };
  }
  const offers = steps.filter(isOffer);
  return buyFirst(fulfillmentOrder, guardAll(input, offers));
}

type Offer = Omit<ParcelPurchase, "guards" | "beside">;

function isVerdict(step: Verdict | Offer): step is Verdict {
  return "judgement" in step;
}

function isOffer(step: Verdict | Offer): step is Offer {
  return !isVerdict(step);
}

/** What only guards stand in front of, of this fulfillment order; empty while anything else has to be done first. */
export function findPurchases(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  plan: ParcelPlan,
): readonly ParcelPurchase[] {
  const steps = plan.needs.map((need) => decideParcel(input, fulfillmentOrder, need, plan));
  return steps.some(isVerdict) ? [] : guardAll(input, steps.filter(isOffer));
}

function guardAll(input: DecisionInput, offers: readonly Offer[]): readonly ParcelPurchase[] {
  const paid = input.order.shippingLine?.price ?? null;
  return offers.map((offer) => {
    const beside = offers.filter((other) => other !== offer).map(({ rate }) => rate.price);
    const purchase = { ...offer, beside, paid, now: input.now };
    return { ...offer, beside, guards: runGuards(input.policy.guards, purchase, input.spending) };
  });
}

/** The first of them, when no guard stops any. */
function buyFirst(fulfillmentOrder: FulfillmentOrder, purchases: readonly ParcelPurchase[]): Verdict {
  const [first] = purchases;
  if (first === undefined) {
    return ready([]);
  }
  const guarded = purchases.flatMap(({ shipment, guards }) =>
    guards.map(({ guard, verdict, reason, input }) => ({
      ...{ check: guard, fulfillmentOrderId: fulfillmentOrder.id, verdict, reason },
      input: { ...parcelFact(shipment), ...input },
    })),
  );
  const closed = latest(purchases.flatMap(({ hours }) => (hours === null || hours.until === null ? [] : [hours])));
  const findings = [...hoursFindings(purchases), ...guarded];
  const stop = firstGuardStop(purchases.flatMap(({ guards }) => guards));
  if (closed !== null && stop?.verdict !== "park") {
    return { ...fromFinding(closed.finding), findings, lookAgainAt: closed.until };
  }
  if (stop !== null) {
    const verdict = settled(stop.verdict === "park" ? "parked" : "waiting", stop.reason, stop.input);
    return { ...verdict, findings, lookAgainAt: stop.until };
  }
  const { shipment, rate, wish, beside, approvalRule } = first;
  return { ...ready([{ kind: "buy", shipmentId: shipment.id, rate, wish, beside, approvalRule }]), findings };
}

/** Each once: parcels of one carrier are bought at the same hours. */
function hoursFindings(purchases: readonly ParcelPurchase[]): readonly Finding[] {
  const findings = purchases.flatMap(({ hours }) => hours?.finding ?? []);
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

/** All parcels are bought together: not before the last of their carriers. */
function latest(closed: readonly HoursCheck[]): HoursCheck | null {
  return closed.reduce<HoursCheck | null>(
    (last, it) => (last === null || (it.until ?? 0) > (last.until ?? 0) ? it : last),
    null,
  );
}

/** Which parcel a finding is about, where there are several. */
function parcelFact({ parcelNumber, parcelCount }: ShipmentRecord): Finding["input"] {
  return parcelCount === 1 ? {} : { parcel: `${parcelNumber} of ${parcelCount}` };
}

/** What has to be done for one parcel before it can be bought, or what would be bought. */
function decideParcel(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  need: ParcelNeed,
  parcels: ParcelPlan,
): Verdict | Offer {
  const { count } = parcels;
  const plan = planShipment(input, fulfillmentOrder, need, parcels);
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
): Verdict | Offer {
  if (isRejected(buy)) {
    return park("purchase_refused", { provider: input.provider.name, message: buy.failure.message });
  }
  const wish = wishOf(input, fulfillmentOrder, parcelCount);
  const { chosen } = chooseRate(shipment.rates, wish, input.order.currency);
  const hours = chosen === null ? null : runHours(input, fulfillmentOrder, chosen.carrier);
  const isClosed = hours !== null && hours.finding.reason !== null;
  const isStale = shipment.ratesAt === null || !ratesAreFresh(shipment.ratesAt, input.now);
  // Without a rate and without a refusal that says why, it was asked for and lifted: ask again. While nothing is bought
  // anyway, old rates tell enough.
  if (shipment.rates.length === 0 || (isStale && !isClosed)) {
    return ready([{ kind: "requote", shipmentId: shipment.id }]);
  }
  if (chosen === null) {
    return park("no_rate_for_service", {
      wanted: describeWish(wish),
      provider: input.provider.name,
      offered: describeOffers(shipment.rates),
    });
  }
  const approvalRule = rulesFor(input, fulfillmentOrder, parcelCount).approval?.rule ?? null;
  return { shipment, rate: chosen, wish: describeWish(wish), approvalRule, hours };
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
  const safeAt = lost === null ? input.now : lost.begunAt + LATE_PURCHASE_MS;
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
