/**
 * What a policy would do with a kept order: the rounds of a real run over `decide` itself, where every quote is answered
 * with the rates that were kept and every purchase succeeds. So it cannot drift from what a run does. Pure: the same kept
 * order under the same policy gives the same outcome.
 *
 * Left out is what does not lie in the order and its policy: the mode, holds by staff, what was spent in the hour or the day, how
 * many labels were bought before, the rise of a price between two quotes. Rates that were never asked for (another box,
 * another sender) are not made up: then the price is not known.
 */
import { decide } from "../decide.ts";
import type { Action, Decision, DecisionInput, ShipmentPlan } from "../decision.ts";
import type { Money } from "../money.ts";
import type { Address } from "../order.ts";
import type { Parcel } from "../parcel.ts";
import type { Policy } from "../policy.ts";
import type { Rate } from "../rate.ts";
import { explainReason, type Reason } from "../reasons.ts";
import { rulesFor } from "../rules/apply.ts";
import { wishOf } from "../service-wish.ts";
import { describeWish } from "../services.ts";
import type { PurchasedLabel, Refusal, ShipmentRecord } from "../shipment.ts";
import { noSpending, windowsAt } from "../spending.ts";
import type { OrderStatus } from "../status.ts";
import type { Instant } from "../time.ts";
import { type KeptOrder, restoreOrder } from "./kept-order.ts";

/** What a provider said to one parcel. */
export interface KeptQuote {
  /** See `quoteKey`. */
  readonly key: string;
  readonly rates: readonly KeptRate[];
  /** Why it would not take the parcel; `null`: it did. */
  readonly refusal: Refusal["cause"] | null;
}

/** Without the provider's id, which changes with every quote and says nothing. */
export type KeptRate = Pick<Rate, "carrier" | "service" | "price" | "deliveryDays" | "accountId">;

/** Raised when what is kept changes so that an older row can no longer be judged. */
export const KEPT_FORM = 1;

export interface KeptCase {
  readonly form: number;
  readonly order: KeptOrder;
  readonly quotes: readonly KeptQuote[];
}

export interface Outcome {
  /** `ready_to_ship`: labels would be bought for it. */
  readonly status: OrderStatus;
  readonly reason: Reason | null;
  /** The reason in words; `null` where there is nothing to say. */
  readonly sentence: string | null;
  /** The rule that the reason names. */
  readonly rule: string | null;
  /** Which service is wanted, in words; `null` where nothing would be bought. */
  readonly wanted: string | null;
  /** In which boxes it would ship, with what would be bought; empty where nothing would be. */
  readonly parcels: readonly OutcomeParcel[];
  /** Tags that rules would add. */
  readonly tags: readonly string[];
  /** Names of the rules that match, in their order. */
  readonly matched: readonly string[];
}

export interface OutcomeParcel {
  /** Name of the box. */
  readonly preset: string;
  /** `null`: its rates were never asked for. */
  readonly rate: KeptRate | null;
}

/** Of as many parcels as an order can have; a decision that never ends is a mistake of ours. */
const ROUNDS_MAX = 1_000;
const PROVIDER = { name: "replay", purchaseIsGuarded: true, keyKind: "unknown" } as const;

/** Rates are for a box of this size and weight that comes from there; where it goes to is the order's. */
export function quoteKey(parcel: Parcel, from: Address): string {
  const { lengthMm, widthMm, heightMm, weightGrams } = parcel;
  return [lengthMm, widthMm, heightMm, weightGrams, from.country, from.province, from.postalCode].join("|");
}

/** `at`: the instant that it is judged for. */
export function replay({ order: kept, quotes }: KeptCase, policy: Policy, at: Instant): Outcome {
  const order = restoreOrder(kept);
  const inputWith = (shipments: readonly ShipmentRecord[]): DecisionInput => ({
    order,
    record: { shipments, effects: [], hold: null, unverifiedSince: null },
    policy: withoutWindows(policy),
    now: at,
    provider: PROVIDER,
    spending: noSpending(windowsAt(at, policy.guards.timeZone)),
    shopKind: "unknown",
    shopId: "replay",
  });
  const tags = new Set<string>();
  let shipments: readonly ShipmentRecord[] = [];
  let decision: Decision | null = null;
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    decision = decide(inputWith(shipments));
    for (const tag of decision.actions.flatMap((action) => (action.kind === "add_tags" ? action.tags : []))) {
      tags.add(tag);
    }
    const plans = decision.actions.filter(isQuote).map(({ plan }) => plan);
    const buy = decision.actions.find((action) => action.kind === "buy");
    if (plans.length > 0) {
      shipments = [...shipments, ...plans.map((plan) => quoted(plan, quotes, order.id, at))];
      if (shipments.some(({ state }) => state === "planned")) {
        break;
      }
    } else if (buy !== undefined) {
      shipments = shipments.map((shipment) =>
        shipment.id === buy.shipmentId ? bought(shipment, buy.rate, at) : shipment,
      );
      if (shipments.every(({ state }) => state === "bought")) {
        break;
      }
    } else {
      break;
    }
  }
  return summarise(inputWith(shipments), decision, [...tags]);
}

function summarise(input: DecisionInput, decision: Decision | null, tags: readonly string[]): Outcome {
  const { shipments } = input.record;
  const [fulfillmentOrder] = input.order.fulfillmentOrders;
  const isShipping = shipments.some(({ state }) => state === "planned" || state === "bought");
  const status = isShipping ? "ready_to_ship" : (decision?.judgement.status ?? "parked");
  const { reason, facts } = isShipping
    ? { reason: null, facts: {} }
    : { reason: decision?.judgement.reason ?? null, facts: decision?.judgement.input ?? {} };
  const count = Math.max(1, shipments.length);
  const outcome = fulfillmentOrder === undefined ? null : rulesFor(input, fulfillmentOrder, count);
  const wish = fulfillmentOrder === undefined ? null : wishOf(input, fulfillmentOrder, count);
  return {
    status,
    reason,
    sentence: reason === null ? null : explainReason(reason, facts),
    rule: ruleOf(reason, facts) ?? (reason === "approval_needed" ? (outcome?.approval?.rule ?? null) : null),
    // Where it comes from is no difference: a rule may ask for what the strategy would have chosen.
    wanted: isShipping && wish !== null ? describeWish({ ...wish, because: null }) : null,
    parcels: isShipping ? shipments.map(outcomeOf) : [],
    tags,
    matched: outcome?.matched ?? [],
  };
}

function ruleOf(reason: Reason | null, facts: Readonly<Record<string, unknown>>): string | null {
  return reason !== null && typeof facts["rule"] === "string" ? facts["rule"] : null;
}

function outcomeOf({ parcel, label, rates }: ShipmentRecord): OutcomeParcel {
  const rate = rates.find(({ id }) => id === label?.rateId);
  return { preset: parcel.preset, rate: rate === undefined ? null : keepRate(rate) };
}

export function keepRate({ carrier, service, price, deliveryDays, accountId }: Rate): KeptRate {
  return { carrier, service, price, deliveryDays, accountId };
}

/** The money of an outcome, one sum per currency; nothing where nothing is bought, `null` where it is not known. */
export function costOf({ status, parcels }: Outcome): readonly Money[] | null {
  const sums = new Map<string, number>();
  for (const { rate } of status === "ready_to_ship" ? parcels : []) {
    if (rate === null) {
      return null;
    }
    sums.set(rate.price.currency, (sums.get(rate.price.currency) ?? 0) + rate.price.amountMinor);
  }
  return [...sums].map(([currency, amountMinor]) => ({ amountMinor, currency }));
}

function isQuote(action: Action): action is Extract<Action, { readonly kind: "quote" }> {
  return action.kind === "quote";
}

/** As a run would have it after the quote; `planned` where nobody knows what the provider would say. */
function quoted(plan: ShipmentPlan, quotes: readonly KeptQuote[], orderId: string, at: Instant): ShipmentRecord {
  const { shipmentId: id, from, to: _, customs: __, ...planned } = plan;
  const quote = quotes.find(({ key }) => key === quoteKey(plan.parcel, from));
  const refusal = quote?.refusal ?? null;
  return {
    ...planned,
    id,
    orderId,
    provider: PROVIDER.name,
    providerShipmentId: id,
    state: quote === undefined ? "planned" : "quoted",
    rates: (quote?.rates ?? []).map((rate, index) => ({ ...rate, id: rateId(index) })),
    ratesAt: quote === undefined ? null : at,
    refusal: refusal === null ? null : { cause: refusal, code: null, message: "", at },
    label: null,
    tracking: [],
    fulfillmentId: null,
    createdAt: at,
    voidedAt: null,
  };
}

/** Ids decide between rates that are alike in all else: they stay in the order in which they were kept. */
function rateId(index: number): string {
  return `rate_${String(index).padStart(4, "0")}`;
}

function bought(shipment: ShipmentRecord, rate: Rate, at: Instant): ShipmentRecord {
  const label: PurchasedLabel = {
    ...{ rateId: rate.id, carrier: rate.carrier, service: rate.service, cost: rate.price },
    ...{ trackingNumber: shipment.id, trackingUrl: null, trackerId: null, url: null, path: null },
    ...{ format: "pdf", boughtAt: at },
  };
  return { ...shipment, state: "bought", label };
}

const known = new WeakMap<Policy, Policy>();

/** Guards that weigh other orders, or two quotes of one, have nothing to say of an order alone. */
function withoutWindows(policy: Policy): Policy {
  const none = { max: null, labelsMax: null };
  const single: Policy = known.get(policy) ?? {
    ...policy,
    // What would be bought is asked, also of orders that are only watched.
    mode: { kind: "live" },
    guards: {
      ...policy.guards,
      ...{ hour: none, day: none, driftPercent: null, driftMax: null, approveFirstLabels: 0, approveFirstMs: 0 },
    },
  };
  known.set(policy, single);
  return single;
}
