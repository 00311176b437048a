/**
 * The file to read first. `decide` looks at one order, at what we know of it and at the policy, and says what to do next.
 * It is pure: the same input gives the same decision (P11), and `why` and `--dry-run` call the same function.
 *
 * It runs several times on the way of one order, once per round, and every round sees the world anew. A plain order:
 *
 *   round 1  checks pass, nothing is planned          → quote      (free object at the provider, rates come back)
 *   round 2  checks still pass, rates are known       → buy        (money; intent is journalled before the call)
 *   round 3  a label is bought, the shop knows nothing → download_label, fulfil
 *   round 4  all is told                              → mirror     (status `pending_pickup` shown in the shop)
 *   later    the carrier said something               → post_events, mirror
 *
 * What never happens here: two irreversible actions in one decision; a purchase while the outcome of an earlier one is
 * open; a purchase on a gate that did not pass in this very round.
 */
import { type FulfillmentOrderCheck, ORDER_CHECKS, OURS_CHECKS, SHIPPABLE_CHECKS } from "./checks.ts";
import {
  decideBought,
  decideStray,
  decideUnbought,
  findReplaced,
  findUnresolved,
  type Verdict,
} from "./decide-shipment.ts";
import {
  type Action,
  type Decision,
  type DecisionInput,
  type FactValue,
  type Finding,
  IRREVERSIBLE,
  type Judgement,
} from "./decision.ts";
import type { FulfillmentOrder } from "./order.ts";
import { isLive, type ShipmentRecord } from "./shipment.ts";
import type { OrderStatus } from "./status.ts";

export function decide(input: DecisionInput): Decision {
  const findings: Finding[] = [];
  const verdicts = judge(input, findings);
  const judgement = combine(verdicts.map((verdict) => verdict.judgement));
  const waits = verdicts.map((verdict) => verdict.lookAgainAt).filter((at) => at !== null);
  return {
    judgement,
    actions: arrange(
      input,
      judgement,
      verdicts.flatMap((verdict) => verdict.actions),
    ),
    lookAgainAt: waits.length > 0 ? Math.min(...waits) : null,
    findings,
  };
}

function judge(input: DecisionInput, findings: Finding[]): readonly Verdict[] {
  const { order, record } = input;
  // Lost answers come first: nothing else of a shipment is touched before it is known what became of them.
  const open = findUnresolved(input);
  if (open.length > 0) {
    return open;
  }
  const listed = new Set(order.fulfillmentOrders.map((fulfillmentOrder) => fulfillmentOrder.id));
  const strays = record.shipments.filter((shipment) => isLive(shipment) && !listed.has(shipment.fulfillmentOrderId));
  const verdicts = strays.map((shipment) => decideStray(input, shipment));
  if (order.cancelledAt !== null) {
    return [...verdicts, ...judgeCancelled(input, findings)];
  }
  const orderFinding = firstStop(input, findings);
  for (const fulfillmentOrder of order.fulfillmentOrders) {
    if (fulfillmentOrder.status !== "cancelled" || latestShipment(input, fulfillmentOrder) !== null) {
      verdicts.push(judgeFulfillmentOrder(input, fulfillmentOrder, orderFinding, findings));
    }
  }
  if (verdicts.length > 0) {
    return verdicts;
  }
  // All fulfillment orders are cancelled, or there is none yet.
  const gone = order.fulfillmentOrders.length > 0;
  return [
    gone
      ? settled("skipped", "order_cancelled", { fulfillmentOrders: order.fulfillmentOrders.length })
      : settled("waiting", "not_routed", { fulfillmentOrders: 0 }),
  ];
}

function judgeCancelled(input: DecisionInput, findings: Finding[]): readonly Verdict[] {
  findings.push({
    check: "not cancelled",
    fulfillmentOrderId: null,
    verdict: "skip",
    reason: "order_cancelled",
    input: { cancelled: true },
  });
  const verdicts: Verdict[] = [settled("cancelled", "order_cancelled", {})];
  for (const shipment of input.record.shipments) {
    if (shipment.state === "planned" || shipment.state === "quoted") {
      verdicts.push(abandon(shipment));
    } else if (isLive(shipment)) {
      verdicts.push(decideStray(input, shipment));
    }
  }
  return verdicts;
}

/** Walks the order's checks; the first that stops it is the answer for every fulfillment order without a label. */
function firstStop(input: DecisionInput, findings: Finding[]): Finding | null {
  findings.push({
    check: "not cancelled",
    fulfillmentOrderId: null,
    verdict: "pass",
    reason: null,
    input: { cancelled: false },
  });
  let first: Finding | null = null;
  for (const { name, check } of ORDER_CHECKS) {
    const finding: Finding = { check: name, fulfillmentOrderId: null, ...check(input) };
    findings.push(finding);
    if (finding.verdict !== "pass") {
      first ??= finding;
    }
  }
  return first;
}

function judgeFulfillmentOrder(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  orderStop: Finding | null,
  findings: Finding[],
): Verdict {
  const shipment = latestShipment(input, fulfillmentOrder);
  if (shipment !== null && isLive(shipment)) {
    return decideBought(input, fulfillmentOrder, shipment);
  }
  const isRebuy = fulfillmentOrder.status === "closed" && findReplaced(input, fulfillmentOrder) !== null;
  if (fulfillmentOrder.status === "closed" && !isRebuy) {
    return fromFinding(
      record(findings, "still to be fulfilled", fulfillmentOrder, {
        verdict: "skip",
        reason: "already_fulfilled",
        input: { status: fulfillmentOrder.status },
      }),
    );
  }
  if (fulfillmentOrder.status === "cancelled") {
    return settled("skipped", "order_cancelled", { status: fulfillmentOrder.status });
  }
  // A re-bought label goes out for units that the shop already counts as fulfilled: only the order's own checks apply.
  const chain = isRebuy ? [] : OURS_CHECKS;
  const stops = [
    walk(input, fulfillmentOrder, chain, findings),
    orderStop,
    isRebuy ? null : walk(input, fulfillmentOrder, SHIPPABLE_CHECKS, findings),
  ];
  // A test order is skipped whatever else holds; then what is not ours; then what is not ready; then what needs mending.
  const first = orderStop?.verdict === "skip" ? orderStop : stops.find((finding) => finding !== null);
  if (first === null || first === undefined) {
    return decideUnbought(input, fulfillmentOrder, shipment);
  }
  const verdict = fromFinding(first);
  return first.reason === "scheduled" ? { ...verdict, lookAgainAt: fulfillmentOrder.fulfillAt } : verdict;
}

/** Makes every check, so that `why` shows them all; gives the first that stops. */
function walk(
  input: DecisionInput,
  fulfillmentOrder: FulfillmentOrder,
  chain: readonly FulfillmentOrderCheck[],
  findings: Finding[],
): Finding | null {
  let first: Finding | null = null;
  for (const { name, check } of chain) {
    const finding = record(findings, name, fulfillmentOrder, check(fulfillmentOrder, input));
    if (finding.verdict !== "pass") {
      first ??= finding;
    }
  }
  return first;
}

function record(
  findings: Finding[],
  check: string,
  fulfillmentOrder: FulfillmentOrder,
  result: Pick<Finding, "verdict" | "reason" | "input">,
): Finding {
  const finding: Finding = { check, fulfillmentOrderId: fulfillmentOrder.id, ...result };
  findings.push(finding);
  return finding;
}

/** The newest generation, whatever its state; `null` when none was ever planned. */
function latestShipment(input: DecisionInput, fulfillmentOrder: FulfillmentOrder): ShipmentRecord | null {
  const own = input.record.shipments.filter((shipment) => shipment.fulfillmentOrderId === fulfillmentOrder.id);
  return own.reduce<ShipmentRecord | null>(
    (latest, shipment) => (latest === null || shipment.generation > latest.generation ? shipment : latest),
    null,
  );
}

function fromFinding(finding: Finding): Verdict {
  const statuses: Readonly<Record<Finding["verdict"], OrderStatus>> = {
    pass: "ready_to_ship",
    wait: "waiting",
    skip: "skipped",
    park: "parked",
  };
  return settled(statuses[finding.verdict], finding.reason, finding.input);
}

function settled(
  status: OrderStatus,
  reason: Judgement["reason"],
  facts: Readonly<Record<string, FactValue>>,
): Verdict {
  return { judgement: { status, reason, input: facts }, actions: [], lookAgainAt: null };
}

function abandon(shipment: ShipmentRecord): Verdict {
  return {
    judgement: { status: "cancelled", reason: "order_cancelled", input: {} },
    actions: [{ kind: "abandon", shipmentId: shipment.id }],
    lookAgainAt: null,
  };
}

/**
 * Free actions all, and of the others the first: after it the world is read again. The label's file comes last, so that
 * trouble with it holds nothing up, and the status is shown when nothing else is left to do.
 */
function arrange(input: DecisionInput, judgement: Judgement, actions: readonly Action[]): readonly Action[] {
  const downloads = actions.filter((action) => action.kind === "download_label");
  const others = actions.filter((action) => action.kind !== "download_label");
  const firstAt = others.findIndex((action) => IRREVERSIBLE.has(action.kind));
  const work = others.filter((action, index) => index === firstAt || !IRREVERSIBLE.has(action.kind));
  return [...(work.length > 0 ? work : mirror(input, judgement)), ...downloads];
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
  let least: Judgement | undefined;
  for (const judgement of judgements) {
    if (least === undefined || COMBINE_ORDER.indexOf(judgement.status) < COMBINE_ORDER.indexOf(least.status)) {
      least = judgement;
    }
  }
  return least ?? { status: "waiting", reason: "not_routed", input: {} };
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
