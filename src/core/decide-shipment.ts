/**
 * The part of `decide` that knows the life of one label: plan, quote, buy, tell the shop, follow, void. Pure. Each
 * function answers with a verdict: where this parcel stands, what to do now, and when to look again by itself.
 */
import { assert } from "./assert.ts";
import { shipFrom } from "./checks.ts";
import type { Action, DecisionInput, FactValue, Judgement, ShipmentPlan } from "./decision.ts";
import { type EffectKind, type EffectRecord, effectKey, isUnresolved } from "./effect.ts";
import { backoffMs } from "./failure.ts";
import { fingerprint } from "./fingerprint.ts";
import { type FulfillmentOrder, findFulfillmentByTracking, isLiveFulfillment } from "./order.ts";
import { packOneBox, shippableLines } from "./parcel.ts";
import { cheapestRate, ratesAreFresh } from "./rate.ts";
import type { Reason } from "./reasons.ts";
import { currentTracking, type PurchasedLabel, type Refusal, type ShipmentRecord, shipmentId } from "./shipment.ts";
import { isTerminalTracking, toFulfillmentEvent, toOrderStatus } from "./status.ts";
import type { Instant } from "./time.ts";

export interface Verdict {
  readonly judgement: Judgement;
  readonly actions: readonly Action[];
  readonly lookAgainAt: Instant | null;
}

/** After so many fruitless look-ups a human is told; looking up goes on, ever more slowly. */
const LOOKUPS_BEFORE_PARKING = 5;
/** One box per fulfillment order; several are the policy's business later. */
const ONLY_PARCEL = 1;

/** What is open from earlier calls: each is looked up, none is sent again. */
export function findUnresolved(input: DecisionInput): readonly Verdict[] {
  return input.record.effects.filter(isUnresolved).map((effect) => {
    const nextAt = (effect.settledAt ?? effect.begunAt) + (effect.lookups === 0 ? 0 : backoffMs(effect.lookups, 0.5));
    const isDue = input.now >= nextAt || effect.lookups === 0;
    const parked = effect.lookups >= LOOKUPS_BEFORE_PARKING;
    return {
      judgement: parked
        ? {
            status: "parked",
            reason: unknownReason(effect.kind),
            input: { lookups: effect.lookups, effect: effect.key },
          }
        : { status: standing(input, effect), reason: null, input: {} },
      actions: isDue ? [{ kind: "resolve", effectKey: effect.key }] : [],
      lookAgainAt: isDue ? null : nextAt,
    } satisfies Verdict;
  });
}

function unknownReason(kind: EffectKind): Reason {
  const reasons: Readonly<Record<EffectKind, Reason>> = {
    buy: "purchase_outcome_unknown",
    void: "void_outcome_unknown",
    fulfil: "writeback_unknown",
    update_tracking: "writeback_unknown",
    post_event: "writeback_unknown",
  };
  return reasons[kind];
}

/** While an answer is open the order stands where it stood before the call. */
function standing(input: DecisionInput, effect: EffectRecord): Judgement["status"] {
  const shipment = input.record.shipments.find((candidate) => candidate.id === effect.shipmentId);
  return shipment === undefined || shipment.state !== "bought" ? "ready_to_ship" : toOrderStatus(trackingOf(shipment));
}

/** No label yet and nothing in the way: plan, quote or buy. */
export function decideUnbought(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  latest: ShipmentRecord | null,
): Verdict {
  const plan = planShipment(input, fulfillmentOrder, latest);
  if (plan === null) {
    return ready([]);
  }
  const current = latest !== null && (latest.state === "planned" || latest.state === "quoted") ? latest : null;
  if (current === null) {
    return ready([{ kind: "quote", plan, isNew: true }]);
  }
  if (current.fingerprint !== plan.fingerprint || current.provider !== input.provider.name) {
    // Address, contents or provider are others now; what was asked for is not worth anything. Nothing was paid.
    return ready([{ kind: "abandon", shipmentId: current.id }]);
  }
  if (current.refusal !== null) {
    return parkRefused(input, current.refusal, plan);
  }
  if (current.state === "planned") {
    return ready([{ kind: "quote", plan, isNew: false }]);
  }
  return decideQuoted(input, current, plan);
}

function decideQuoted(input: DecisionInput, shipment: ShipmentRecord, plan: ShipmentPlan): Verdict {
  const buy = findEffect(input, "buy", shipment.id);
  if (buy?.state === "refused" && buy.failure?.kind === "rejected") {
    return park("purchase_refused", {
      provider: input.provider.name,
      message: buy.failure.message,
      code: stringFact(buy.input["code"]),
    });
  }
  if (buy?.state === "absent" && !input.provider.purchaseIsGuarded) {
    return park("purchase_outcome_unknown", { lookups: buy.lookups });
  }
  if (shipment.ratesAt === null || !ratesAreFresh(shipment.ratesAt, input.now)) {
    return ready([{ kind: "requote", shipmentId: shipment.id }]);
  }
  const rate = cheapestRate(shipment.rates, input.order.currency);
  if (rate === null) {
    return parkRefused(input, { cause: "no_rate", code: null, message: "no reason given", at: input.now }, plan);
  }
  return ready([{ kind: "buy", shipmentId: shipment.id, rate }]);
}

/** A label is paid for: the shop must know its number, and the customer must learn where it is. */
export function decideBought(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  shipment: ShipmentRecord,
): Verdict {
  const label = requireLabel(shipment);
  const download: readonly Action[] = label.path === null ? [{ kind: "download_label", shipmentId: shipment.id }] : [];
  if (input.record.hold?.voidLabels === true && !hasLeft(shipment)) {
    return voidLabel(input, shipment);
  }
  const known = findFulfillmentByTracking(input.order, label.trackingNumber);
  if (known !== null) {
    if (shipment.fulfillmentId !== known.id) {
      const action: Action = { kind: "adopt_fulfillment", shipmentId: shipment.id, fulfillmentId: known.id };
      return follow(shipment, [...download, action]);
    }
    const told = [...download, ...newEvents(input, shipment, known.id)];
    const left = fulfillmentOrder.canFulfil ? shippableLines(fulfillmentOrder).length : 0;
    return left > 0 ? park("units_left_over", { lines: left }, told) : follow(shipment, told);
  }
  if (shipment.fulfillmentId !== null) {
    const fulfillment = input.order.fulfillments.find((candidate) => candidate.id === shipment.fulfillmentId);
    if (fulfillment !== undefined && isLiveFulfillment(fulfillment)) {
      // Somebody put another number on it. It is theirs to say; our events go on.
      return follow(shipment, [...download, ...newEvents(input, shipment, fulfillment.id)]);
    }
    return park("fulfillment_cancelled", { fulfillment: shipment.fulfillmentId }, download);
  }
  return decideWriteback(input, fulfillmentOrder, shipment, download);
}

function decideWriteback(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  shipment: ShipmentRecord,
  download: readonly Action[],
): Verdict {
  const replaced = findReplaced(input, fulfillmentOrder)?.fulfillmentId ?? null;
  if (replaced !== null) {
    const action: Action = { kind: "update_tracking", shipmentId: shipment.id, fulfillmentId: replaced };
    const refused = refusedWriteback(input, "update_tracking", shipment);
    return refused ?? follow(shipment, [...download, action]);
  }
  if (fulfillmentOrder.status === "closed" || fulfillmentOrder.status === "cancelled") {
    return park(
      fulfillmentOrder.status === "closed" ? "fulfilled_elsewhere" : "label_of_gone_fulfillment_order",
      { status: fulfillmentOrder.status },
      download,
    );
  }
  if (fulfillmentOrder.status === "on_hold") {
    const holds = fulfillmentOrder.holds.map((hold) => hold.reason).join(", ") || "no reason given";
    return { ...ready(download), judgement: { status: "waiting", reason: "on_hold", input: { holds } } };
  }
  if (currentFingerprint(input, fulfillmentOrder) !== shipment.fingerprint) {
    return park("changed_after_label", { fulfillmentOrder: fulfillmentOrder.id }, download);
  }
  if (!fulfillmentOrder.canFulfil) {
    return park("not_fulfillable", { status: fulfillmentOrder.status }, download);
  }
  const refused = refusedWriteback(input, "fulfil", shipment);
  return refused ?? follow(shipment, [...download, { kind: "fulfil", shipmentId: shipment.id }]);
}

function refusedWriteback(input: DecisionInput, kind: EffectKind, shipment: ShipmentRecord): Verdict | null {
  const effect = findEffect(input, kind, shipment.id);
  return effect?.state === "refused" && effect.failure?.kind === "rejected"
    ? park("fulfillment_refused", { message: effect.failure.message })
    : null;
}

/** A live label whose order was cancelled, or whose fulfillment order the shop no longer lists. */
export function decideStray(input: DecisionInput, shipment: ShipmentRecord): Verdict {
  const tracking = currentTracking(shipment);
  if (tracking !== null && isTerminalTracking(tracking.status)) {
    return { ...ready([]), judgement: { status: toOrderStatus(tracking.status), reason: null, input: {} } };
  }
  if (input.order.cancelledAt === null && input.record.hold?.voidLabels !== true) {
    return park("label_of_gone_fulfillment_order", { shipment: shipment.id });
  }
  if (hasLeft(shipment)) {
    return park("cancelled_in_transit", { shipment: shipment.id });
  }
  return voidLabel(input, shipment);
}

function voidLabel(input: DecisionInput, shipment: ShipmentRecord): Verdict {
  const effect = findEffect(input, "void", shipment.id);
  if (effect?.state === "refused" && effect.failure?.kind === "rejected") {
    return park("void_refused", { provider: input.provider.name, message: effect.failure.message });
  }
  return {
    judgement: { status: "pending_pickup", reason: null, input: {} },
    actions: [{ kind: "void", shipmentId: shipment.id }],
    lookAgainAt: null,
  };
}

/** Whether the carrier has it: from then on voiding is no longer ours to do. */
function hasLeft(shipment: ShipmentRecord): boolean {
  return toOrderStatus(trackingOf(shipment)) !== "pending_pickup";
}

/** Events that the customer has not been told of; two of our words can be one of Shopify's, which is then told once. */
function newEvents(input: DecisionInput, shipment: ShipmentRecord, fulfillmentId: string): readonly Action[] {
  const checkpoints = shipment.tracking.filter((checkpoint) => {
    const word = toFulfillmentEvent(checkpoint.status);
    const effect = word === null ? null : findEffect(input, "post_event", shipment.id, word);
    const isToldOrRefused =
      effect?.state === "done" || (effect?.state === "refused" && effect.failure?.kind === "rejected");
    return word !== null && !isToldOrRefused;
  });
  return checkpoints.length === 0 ? [] : [{ kind: "post_events", shipmentId: shipment.id, fulfillmentId, checkpoints }];
}

/**
 * The newest voided label of this fulfillment order whose number the shop still shows: a new label for the same box has
 * to replace that number. `null` when there is none.
 */
export function findReplaced(input: DecisionInput, fulfillmentOrder: FulfillmentOrder): ShipmentRecord | null {
  const shown = new Set(input.order.fulfillments.filter(isLiveFulfillment).map((fulfillment) => fulfillment.id));
  return (
    input.record.shipments
      .filter((shipment) => shipment.fulfillmentOrderId === fulfillmentOrder.id && shipment.state === "voided")
      .filter((shipment) => shipment.fulfillmentId !== null && shown.has(shipment.fulfillmentId))
      .sort((a, b) => b.generation - a.generation)[0] ?? null
  );
}

/**
 * What the next label of this fulfillment order would be: the current one's plan while it is unbought, else a new
 * generation. A re-bought label is for the same box as the one it replaces. `null` when nothing can be planned.
 */
function planShipment(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  latest: ShipmentRecord | null,
): ShipmentPlan | null {
  const to = fulfillmentOrder.destination;
  if (to === null) {
    return null;
  }
  const replaces = fulfillmentOrder.status === "closed" ? findReplaced(input, fulfillmentOrder) : null;
  const isUnbought = latest !== null && (latest.state === "planned" || latest.state === "quoted");
  const generation = latest === null ? 1 : isUnbought ? latest.generation : latest.generation + 1;
  const id = shipmentId(fulfillmentOrder.id, ONLY_PARCEL, generation);
  const lines =
    replaces?.lines ??
    shippableLines(fulfillmentOrder).map((line) => ({ id: line.id, quantity: line.quantityRemaining }));
  const parcel = replaces?.parcel ?? packOneBox(fulfillmentOrder, input.policy.parcel);
  const from = shipFrom(fulfillmentOrder, input);
  return {
    shipmentId: id,
    fulfillmentOrderId: fulfillmentOrder.id,
    parcelNumber: ONLY_PARCEL,
    generation,
    reference: `shipbot/${input.shopId}/${id}`,
    fingerprint: fingerprint({ destination: to, origin: from, lines, parcel }),
    lines,
    parcel,
    from,
    to,
  };
}

function currentFingerprint(input: DecisionInput, fulfillmentOrder: FulfillmentOrder): string | null {
  return planShipment(input, fulfillmentOrder, null)?.fingerprint ?? null;
}

function findEffect(input: DecisionInput, kind: EffectKind, shipment: string, part?: string): EffectRecord | null {
  const key = effectKey(kind, shipment, part);
  return input.record.effects.find((effect) => effect.key === key) ?? null;
}

function trackingOf(shipment: ShipmentRecord) {
  return currentTracking(shipment)?.status ?? "unknown";
}

function requireLabel(shipment: ShipmentRecord): PurchasedLabel {
  assert(shipment.label !== null, `shipment ${shipment.id} is bought and has no label`);
  return shipment.label;
}

function parkRefused(input: DecisionInput, refusal: Refusal, plan: ShipmentPlan): Verdict {
  const reasons: Readonly<Record<Refusal["cause"], Reason>> = {
    address: "address_refused",
    no_rate: "no_rate",
    other: "shipment_refused",
  };
  return park(reasons[refusal.cause], {
    provider: input.provider.name,
    code: refusal.code,
    message: refusal.message,
    weightGrams: plan.parcel.weightGrams,
    country: plan.to.country,
  });
}

function park(reason: Reason, facts: Readonly<Record<string, FactValue>>, actions: readonly Action[] = []): Verdict {
  return { judgement: { status: "parked", reason, input: facts }, actions, lookAgainAt: null };
}

function ready(actions: readonly Action[]): Verdict {
  return { judgement: { status: "ready_to_ship", reason: null, input: {} }, actions, lookAgainAt: null };
}

function follow(shipment: ShipmentRecord, actions: readonly Action[]): Verdict {
  return {
    judgement: { status: toOrderStatus(trackingOf(shipment)), reason: null, input: {} },
    actions,
    lookAgainAt: null,
  };
}

function stringFact(value: FactValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
