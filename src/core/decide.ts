/**
 * The file to read first. `decide` looks at one order, at what we know of it and at the policy, and says what to do next.
 * It is pure: the same input gives the same decision (P11), and `why` and `--dry-run` call the same function.
 *
 * It runs several times on the way of one order, once per round, and every round sees the world anew. A plain order:
 *
 *   round 1  checks pass, nothing is planned          → quote      (free object at the provider, rates come back)
 *   round 2  checks still pass, rates are known       → buy        (money; intent is journalled before the call)
 *   round 3  a label is bought, the shop knows nothing → fulfil, download_label
 *   round 4  all is told                              → mirror     (status `pending_pickup` shown in the shop)
 *   later    the carrier said something               → post_events, mirror
 *
 * What never happens here: two irreversible actions in one decision; a purchase while the outcome of an earlier one is
 * open, or while a restored database may have forgotten one; a purchase on a gate that did not pass in this very round.
 */
import { firstStop, LABEL_CHECKS, NEXT_PARCEL_CHECKS, REBUY_CHECKS, runChecks, runOrderChecks } from "./checks.ts";
import { decideBought } from "./decide-bought.ts";
import { decideUnbought, dropLost, dropUnbought } from "./decide-unbought.ts";
import { decideUnresolved } from "./decide-unresolved.ts";
import { decideUnverified } from "./decide-unverified.ts";
import {
  type Action,
  type Decision,
  type DecisionInput,
  type Finding,
  IRREVERSIBLE,
  type Judgement,
} from "./decision.ts";
import type { FulfillmentOrder } from "./order.ts";
import { type ParcelPlan, planParcels } from "./parcel-plan.ts";
import { passesAt } from "./ready-checks.ts";
import { missingTags, runRuleChecks } from "./rule-checks.ts";
import { rulesFor } from "./rules/apply.ts";
import { isLive, type ShipmentRecord } from "./shipment.ts";
import { isOver } from "./shown-labels.ts";
import type { OrderStatus } from "./status.ts";
import type { Instant } from "./time.ts";
import { fromFinding, NOTHING_SAID, settled, type Verdict } from "./verdict.ts";

export function decide(input: DecisionInput): Decision {
  const orderFindings = runOrderChecks(input);
  // Lost answers come first, then labels that a restored database has forgotten: nothing else is done before it is known
  // what became of them, only judged.
  const open = decideUnresolved(input);
  const unverified = open.length > 0 ? [] : decideUnverified(input);
  const judged = judge(input, orderFindings);
  const isHeldUp = open.length + unverified.length > 0;
  const verdicts = isHeldUp ? [...open, ...judged.map(withoutActions), ...unverified] : judged;
  const judgement = combine(verdicts.map((verdict) => verdict.judgement));
  const actions = arrange(verdicts.flatMap((verdict) => verdict.actions));
  const isOpenAndQuiet = open.length > 0 && judgement.status !== "parked";
  return {
    judgement,
    actions: isOpenAndQuiet || actions.some(isWork) ? actions : [...mirror(input, judgement), ...actions],
    lookAgainAt: earliest(verdicts),
    findings: [...orderFindings, ...verdicts.flatMap((verdict) => verdict.findings)],
    notes: [...new Set(verdicts.flatMap((verdict) => verdict.notes))],
  };
}

/** A verdict for each fulfillment order that matters, and for each label whose fulfillment order the shop does not list. */
function judge(input: DecisionInput, orderFindings: readonly Finding[]): readonly Verdict[] {
  const { order, record } = input;
  const strays = record.shipments
    .filter((shipment) => order.fulfillmentOrders.every(({ id }) => id !== shipment.fulfillmentOrderId))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const verdicts = strays.filter(isLive).map((shipment) => decideBought(input, null, shipment, null));
  for (const fulfillmentOrder of order.fulfillmentOrders) {
    // Given up before anything was planned for it: it says nothing about the order.
    if (fulfillmentOrder.status !== "cancelled" || shipmentsOf(input, fulfillmentOrder).length > 0) {
      verdicts.push(...judgeFulfillmentOrder(input, fulfillmentOrder, orderFindings));
    }
  }
  const isSilent = order.cancelledAt !== null || verdicts.length === 0;
  return [...verdicts, dropUnbought(input, strays, isSilent ? judgeEmpty(input, orderFindings) : NOTHING_SAID)];
}

/** What is to be said where no fulfillment order says it: it was cancelled, never ships, or has none. */
function judgeEmpty({ order }: DecisionInput, orderFindings: readonly Finding[]): Verdict {
  if (order.cancelledAt !== null) {
    return settled("cancelled", "order_cancelled", {});
  }
  const stop = firstStop(orderFindings);
  if (stop?.verdict === "skip") {
    return fromFinding(stop);
  }
  const facts = { fulfillmentOrders: order.fulfillmentOrders.length };
  return order.fulfillmentOrders.length > 0
    ? settled("skipped", "order_cancelled", facts)
    : settled("waiting", "not_routed", facts);
}

/** A verdict for each label that is paid for, and one for what still needs one. */
function judgeFulfillmentOrder(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  orderFindings: readonly Finding[],
): readonly Verdict[] {
  const plan = planParcels(input, fulfillmentOrder);
  const bought = plan.live.map((shipment) => decideBought(input, fulfillmentOrder, shipment, plan));
  const isGivenUp = input.order.cancelledAt !== null || fulfillmentOrder.status === "cancelled";
  if (isGivenUp) {
    const unbought = dropUnbought(input, shipmentsOf(input, fulfillmentOrder), NOTHING_SAID);
    return [...bought, bought.length > 0 ? unbought : withActionsOf(unbought, judgeGivenUp(input, fulfillmentOrder))];
  }
  if (plan.needs.length === 0 && plan.live.length > 0) {
    return [...bought, dropUnbought(input, plan.surplus, NOTHING_SAID)];
  }
  if (bought.some(({ judgement }) => judgement.reason !== null)) {
    // Something is wrong with a label that is paid for: none is bought beside it.
    return bought;
  }
  return [...bought, judgeOpen(input, fulfillmentOrder, plan, orderFindings)];
}

function judgeGivenUp({ order }: DecisionInput, fulfillmentOrder: FulfillmentOrder): Verdict {
  return order.cancelledAt !== null
    ? settled("cancelled", "order_cancelled", {})
    : settled("skipped", "order_cancelled", { status: fulfillmentOrder.status });
}

/** The parcels that have no label yet. */
function judgeOpen(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  plan: ParcelPlan,
  orderFindings: readonly Finding[],
): Verdict {
  const isReplacing = plan.needs.some(({ replaced }) => replaced !== null);
  if (isOver(fulfillmentOrder) && !isReplacing) {
    return withActionsOf(
      dropUnbought(input, shipmentsOf(input, fulfillmentOrder), NOTHING_SAID),
      judgeFulfilled(fulfillmentOrder),
    );
  }
  const outcome = rulesFor(input, fulfillmentOrder, plan.count === 0 ? null : plan.count);
  const checks = checksFor(plan);
  const ruled = runRuleChecks(outcome, fulfillmentOrder.id, checks === REBUY_CHECKS);
  const findings = [...runChecks(checks, fulfillmentOrder, input), ...ruled];
  const stop = firstStop([...orderFindings, ...findings]);
  const verdict =
    stop === null
      ? decideUnbought(input, fulfillmentOrder, plan)
      : dropLost(input, shipmentsOf(input, fulfillmentOrder), {
          ...fromFinding(stop),
          lookAgainAt: laterThan(input.now, passesByItself(input, fulfillmentOrder, stop)),
        });
  // Rules speak about orders that ship but for them: one that is not paid yet gets no tags.
  const isRuled = stop === null || ruled.includes(stop);
  const tags = isRuled ? missingTags(outcome, input.order.tags) : [];
  return {
    ...verdict,
    actions: tags.length === 0 ? verdict.actions : [...verdict.actions, { kind: "add_tags", tags }],
    findings: [...findings, ...verdict.findings],
    notes: isRuled ? outcome.notes : [],
  };
}

function passesByItself(input: DecisionInput, { fulfillAt }: FulfillmentOrder, stop: Finding): Instant | null {
  return stop.reason === "scheduled" ? fulfillAt : passesAt(input, stop);
}

function laterThan(now: Instant, at: Instant | null): Instant | null {
  return at !== null && at > now ? at : null;
}

/** What was settled when the first label was bought is not asked again for those beside it or after it. */
function checksFor({ live, needs }: ParcelPlan) {
  if (needs.length > 0 && needs.every(({ replaced }) => replaced !== null)) {
    return REBUY_CHECKS;
  }
  return live.length > 0 || needs.some(({ replaced }) => replaced !== null) ? NEXT_PARCEL_CHECKS : LABEL_CHECKS;
}

function judgeFulfilled({ id, status }: FulfillmentOrder): Verdict {
  const finding: Finding = {
    check: "still to be fulfilled",
    fulfillmentOrderId: id,
    verdict: "skip",
    reason: "already_fulfilled",
    input: { status },
  };
  return { ...fromFinding(finding), findings: [finding] };
}

/** All generations of all its parcels, the newest first. */
function shipmentsOf(input: DecisionInput, fulfillmentOrder: FulfillmentOrder): readonly ShipmentRecord[] {
  return input.record.shipments
    .filter((shipment) => shipment.fulfillmentOrderId === fulfillmentOrder.id)
    .sort((a, b) => b.generation - a.generation || a.parcelNumber - b.parcelNumber);
}

function withActionsOf({ actions, lookAgainAt }: Verdict, verdict: Verdict): Verdict {
  return { ...verdict, actions, lookAgainAt };
}

function withoutActions(verdict: Verdict): Verdict {
  return { ...verdict, actions: [] };
}

function earliest(verdicts: readonly Verdict[]): Instant | null {
  const waits = verdicts.map((verdict) => verdict.lookAgainAt).filter((at) => at !== null);
  return waits.length > 0 ? Math.min(...waits) : null;
}

/** Anything but the label's file and tags, which come last, so that trouble with them holds nothing up. */
function isWork(action: Action): boolean {
  return action.kind !== "download_label" && action.kind !== "add_tags";
}

/**
 * Of the irreversible actions one, and first: nothing slow stands between the reading of the world and it, and trouble
 * with one fulfillment order's free actions does not hold up another's purchase. Then all free ones, the label's file and tags last.
 */
function arrange(actions: readonly Action[]): readonly Action[] {
  const irreversible = actions.filter((action) => IRREVERSIBLE.has(action.kind)).slice(0, 1);
  const free = actions.filter((action) => !IRREVERSIBLE.has(action.kind));
  return [...irreversible, ...free.filter(isWork), ...free.filter((action) => !isWork(action))];
}

/** How far along a status is; the least advanced part of an order speaks for the whole. */
const COMBINE_ORDER: readonly OrderStatus[] = [
  "parked",
  "ready_to_ship",
  "waiting",
  "pending_pickup",
  "in_transit",
  "out_for_delivery",
  "delivery_failed",
  "returned",
  "delivered",
  "cancelled",
  "skipped",
];

function combine(judgements: readonly Judgement[]): Judgement {
  const rank = ({ status }: Judgement): number => COMBINE_ORDER.indexOf(status);
  return judgements.reduceRight((least, judgement) => (rank(judgement) <= rank(least) ? judgement : least));
}

/**
 * The status is shown in the shop when nothing else is to be done. Orders that shipbot never had to do with are not
 * marked: a write per untouched order would cost the shop's request budget and bump every order's change time.
 */
function mirror(input: DecisionInput, judgement: Judgement): readonly Action[] {
  const shown = input.order.mirroredStatus;
  const untouched = judgement.status === "waiting" || judgement.status === "skipped";
  if (shown?.value === judgement.status || (shown === null && untouched)) {
    return [];
  }
  return [{ kind: "mirror", status: judgement.status, digest: shown?.digest ?? null }];
}
