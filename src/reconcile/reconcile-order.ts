/**
 * One run of one order: lease, then rounds of observe → decide → perform until nothing is left to do, then release.
 *
 *   claimed ──round: again──► claimed ──nothing to do──► released (due again when a request came meanwhile)
 *      │                         └──trouble──► released, due after a back-off
 *      └──crash──► the lease ends by itself (or is freed at the next start) and another run begins where the journal stands
 *
 * A run trusts nothing it remembers from an earlier round. What it may write it writes under the lease: when another
 * worker took the order over, the store refuses and the run ends without a trace.
 */
import { AssertionError, RemoteError, StoreError } from "../base/errors.ts";
import { decide } from "../core/decide.ts";
import type { Decision, DecisionInput, Judgement } from "../core/decision.ts";
import { isUnresolved } from "../core/effect.ts";
import { backoffMs, type Failure } from "../core/failure.ts";
import { isCommitted, isLiveFor } from "../core/mode.ts";
import type { OrderId } from "../core/order.ts";
import { explainReason, isReason, type Reason } from "../core/reasons.ts";
import { compareWithPeople } from "../core/shadow.ts";
import { isLive } from "../core/shipment.ts";
import { isFinalStatus } from "../core/status.ts";
import type { Instant } from "../core/time.ts";
import type { FactsDraft } from "../store/order-facts.ts";
import type { FencedWriter, Lease, NextRun } from "../store/types.ts";
import type { ReconcileContext } from "./context.ts";
import { factsToKeep } from "./facts-to-keep.ts";
import { observe } from "./observe.ts";
import { perform } from "./perform.ts";
import { READ } from "./remote-gate.ts";
import { asSeen } from "./request.ts";
import { tellKeyMismatch } from "./shop-kind.ts";
import { tellSpendLimit } from "./spend-alarm.ts";

/** The longest plain way is 5 rounds (quote, buy, fulfil, events, mirror); void and re-buy add to it. */
const ROUNDS_MAX = 8;
/** Failed runs in a row, about ten minutes, of an order while the same remote answers others. */
const FAILING_RUNS_MAX = 8;
/** Runs in a row that used up their rounds before the order is parked. */
const UNSETTLED_RUNS_MAX = 5;

export type RunResult =
  /** Another worker has the order. */
  | "busy"
  /** Nothing more to do now. */
  | "rested"
  /** It will be tried again by itself. */
  | "deferred"
  /** The lease was lost on the way; another worker goes on. */
  | "lost";

/**
 * Does not reject for what the world does: trouble of one order stays with that order (P8). It rejects with `StoreError`
 * when not even that can be written down; the lease then ends by itself and the order is due again.
 */
export async function reconcileOrder(context: ReconcileContext, orderId: OrderId): Promise<RunResult> {
  const { store, clock, instanceId, timing } = context;
  const lease = await store.orders.claim(orderId, instanceId, clock.now(), timing.leaseMs);
  if (lease === null) {
    return "busy";
  }
  // A run keeps one policy to its end, whatever is taken meanwhile: what is quoted under it is bought under it.
  const policy = context.policy();
  try {
    return await release(context, lease, await runToRest({ ...context, policy: () => policy }, lease));
  } catch (error) {
    if (error instanceof StoreError && error.kind === "lease_lost") {
      context.log.warn("lease lost", { orderId });
      return "lost";
    }
    throw error;
  }
}

/** Whatever goes wrong on the way is turned into when to go on; writing that down can fail too, and that is thrown. */
async function runToRest(context: ReconcileContext, lease: Lease): Promise<NextRun> {
  try {
    return await runRounds(context, lease);
  } catch (error) {
    if (error instanceof StoreError && error.kind === "lease_lost") {
      throw error;
    }
    const attempts = ((await context.store.orders.get(lease.orderId))?.attempts ?? 0) + 1;
    return await dispose(context, lease, error, attempts);
  }
}

async function runRounds(context: ReconcileContext, lease: Lease): Promise<NextRun> {
  const { clock, gate, store, timing } = context;
  let doneAtFirst: number | null = null;
  let doneAtLast = 0;
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    const closedUntil = gate.stillClosed(lease.orderId) ?? gate.enter("shopify", READ);
    if (closedUntil !== null) {
      return { dueAt: closedUntil, attempts: 0, lastError: null };
    }
    if (!(await store.orders.extend(lease, clock.now(), timing.leaseMs))) {
      throw new StoreError("lease_lost", `the lease on ${lease.orderId} was lost`, "nothing to do");
    }
    const input = await look(context, lease.orderId);
    if (input === null) {
      const judgement = await judgeGone(context, lease.orderId);
      await save(context, lease, { judgement, findings: [] }, (tx) => tx.markVerified());
      return REST;
    }
    doneAtLast = input.record.effects.filter((effect) => effect.state === "done").length;
    doneAtFirst ??= doneAtLast;
    const decision = decide(input);
    const comparison = await compareWatched(context, input, decision.judgement);
    const facts = factsToKeep(input, decision);
    await save(context, lease, { ...decision, order: input.order.name, facts }, async (tx) => {
      await tx.rememberName(input.order.name);
      await tx.rememberFulfillmentOrders(
        input.order.fulfillmentOrders.map(({ id, updatedAt }) => ({ id, updatedAt: asSeen(updatedAt, input.now) })),
      );
      if (comparison !== null) {
        await tx.addTimeline(comparison);
      }
    });
    await tellSpendLimit(context, decision.judgement);
    await tellKeyMismatch(context, decision.judgement);
    const ending = await perform({ context, lease, input }, decision.actions);
    if (ending.kind === "wait") {
      return { dueAt: ending.until, attempts: 0, lastError: ending.failure };
    }
    if (ending.kind === "rest") {
      return { dueAt: decision.lookAgainAt, attempts: 0, lastError: null };
    }
  }
  // An order of many fulfillment orders needs more rounds than one run has: it goes on at once while it gets ahead.
  return doneAtLast > (doneAtFirst ?? 0)
    ? { dueAt: clock.now(), attempts: 0, lastError: null }
    : deferUnsettled(context, lease);
}

/** A watched order that others brought to its end, once: with this judgement it is at its end for us too. */
async function compareWatched(context: ReconcileContext, input: DecisionInput, judgement: Judgement) {
  const { order, policy, record } = input;
  if (isLiveFor(policy.mode, order.id) || isCommitted(record) || !isFinalStatus(judgement.status)) {
    return null;
  }
  const stored = await context.store.orders.get(order.id);
  if (stored === null) {
    return null;
  }
  const reason = isReason(stored.reason) ? stored.reason : null;
  const before: Judgement = { status: stored.status, reason, input: stored.reasonInput };
  const comparison = compareWithPeople(order, before, judgement);
  if (comparison === null) {
    return null;
  }
  const { would, price, did, verdict } = comparison;
  const cost = price === null ? "" : ` for ${price}`;
  const message = `only watched: it would have been ${would}${cost}, and it was ${did}: ${verdict}`;
  return { at: context.clock.now(), kind: "shadow", message, data: { order: order.name, ...comparison } };
}

/** Looks at the world, and tells the gate how the shop took it. A refusal is told where it is disposed of. */
async function look(context: ReconcileContext, orderId: OrderId): Promise<DecisionInput | null> {
  try {
    const input = await observe(context, orderId);
    await context.gate.answered("shopify", READ);
    return input;
  } catch (error) {
    if (error instanceof RemoteError && error.kind !== "unauthorized") {
      await context.gate.failed(error, READ);
    }
    throw error;
  }
}

/**
 * Eight rounds without rest are many, but lost answers and look-ups use them up honestly: the order goes on after a
 * back-off. That it never rests is a fault of ours or of the world, and after some runs a human is told.
 */
async function deferUnsettled(context: ReconcileContext, lease: Lease): Promise<NextRun> {
  const { clock, log, random, store, timing } = context;
  const attempts = ((await store.orders.get(lease.orderId))?.attempts ?? 0) + 1;
  if (attempts >= UNSETTLED_RUNS_MAX) {
    log.error("order does not come to rest", { orderId: lease.orderId, runs: attempts });
    const rounds = attempts * ROUNDS_MAX;
    await save(context, lease, { judgement: judged("parked", "needs_attention", { rounds }), findings: [] });
  }
  const dueAt = clock.now() + backoffMs(attempts, random.next(), timing.backoffFirstMs);
  return { dueAt, attempts, lastError: { kind: "unsettled", message: `not at rest after ${ROUNDS_MAX} rounds` } };
}

const REST: NextRun = { dueAt: null, attempts: 0, lastError: null };

function judged(status: Judgement["status"], reason: Reason, input: Judgement["input"] = {}): Judgement {
  return { status, reason, input };
}

/** Stores where the order stands and the walk that led there; a change of status is a line in the timeline. */
async function save(
  context: ReconcileContext,
  lease: Lease,
  decision: Pick<Decision, "judgement" | "findings"> & {
    readonly notes?: readonly string[];
    readonly order?: string;
    readonly facts?: readonly FactsDraft[];
  },
  also: (tx: FencedWriter) => Promise<void> = async () => undefined,
): Promise<void> {
  const { judgement, findings, notes = [], facts = [] } = decision;
  const at = context.clock.now();
  const changed = await context.store.fenced(lease, async (tx) => {
    await also(tx);
    const isNews = await tx.saveJudgement({
      status: judgement.status,
      reason: judgement.reason,
      reasonInput: judgement.input,
      decision: { at, findings },
      at,
      facts,
    });
    for (const note of notes) {
      await tx.addNote(note, at);
    }
    if (isNews) {
      await tx.addTimeline({ at, kind: "status", message: describe(judgement), data: { status: judgement.status } });
    }
    return isNews;
  });
  if (changed) {
    const order = decision.order ?? lease.orderId;
    context.log.info("status", { order, status: judgement.status, reason: judgement.reason ?? undefined });
  }
}

function describe({ status, reason, input }: Judgement): string {
  return reason === null ? status : `${status}: ${explainReason(reason, input)}`;
}

/** What trouble means for the order's next run. Only here are failure kinds turned into waiting, parking or an alarm. */
async function dispose(context: ReconcileContext, lease: Lease, error: unknown, attempts: number): Promise<NextRun> {
  const { clock, gate, log, random, timing } = context;
  const later = clock.now() + backoffMs(attempts, random.next(), timing.backoffFirstMs);
  if (error instanceof StoreError) {
    log.error("database trouble", { orderId: lease.orderId, kind: error.kind, error: error.message });
    return { dueAt: later, attempts, lastError: { kind: error.kind, message: error.message } };
  }
  if (!(error instanceof RemoteError)) {
    return parkBug(context, lease, error);
  }
  const lastError = remember(error);
  switch (error.kind) {
    case "unauthorized":
      return { dueAt: await gate.refused(error, READ), attempts: 0, lastError };
    case "throttled":
      return { dueAt: Math.max(error.retryAt ?? 0, clock.now() + timing.backoffFirstMs), attempts: 0, lastError };
    case "stale":
      return { dueAt: later, attempts, lastError };
    case "unavailable":
    case "outcome_unknown":
      if (!gate.hasAnsweredLately(error.remote)) {
        await gate.unreachable(error);
      } else if (attempts >= FAILING_RUNS_MAX) {
        // It answers others: the trouble lies with this order, and somebody has to hear of it.
        const facts = { remote: error.remote === "shopify" ? "Shopify" : context.provider.name, what: error.message };
        await save(context, lease, { judgement: judged("parked", "remote_fails", facts), findings: [] });
      }
      return { dueAt: later, attempts, lastError };
    case "malformed":
    case "missing":
    case "rejected":
      log.error("answer not understood", { orderId: lease.orderId, operation: error.operation, error: error.message });
      await save(context, lease, { judgement: unreadable(context, error), findings: [] });
      return { dueAt: later, attempts, lastError };
  }
}

/** The shop does not have the order any more; what was paid for it is still there. */
async function judgeGone({ store }: ReconcileContext, orderId: OrderId): Promise<Judgement> {
  const [shipments, effects] = await Promise.all([store.shipments.ofOrder(orderId), store.effects.ofOrder(orderId)]);
  const labels = shipments.filter(isLive).length;
  return labels > 0 || effects.some(isUnresolved)
    ? judged("parked", "order_gone_with_label", { labels })
    : judged("skipped", "order_gone");
}

/** Whose answer it was decides whom the sentence names. */
function unreadable({ provider }: ReconcileContext, error: RemoteError): Judgement {
  return error.remote === "shopify"
    ? judged("parked", "order_unreadable", { what: error.message })
    : judged("parked", "provider_unreadable", { provider: provider.name, what: error.message });
}

function remember(error: RemoteError): Pick<Failure, "kind" | "message"> {
  return { kind: error.kind, message: error.message };
}

async function parkBug(context: ReconcileContext, lease: Lease, error: unknown): Promise<NextRun> {
  const message = error instanceof Error ? error.message : String(error);
  const kind = error instanceof AssertionError ? "assertion" : "unexpected";
  context.log.error("bug", {
    orderId: lease.orderId,
    error: message,
    stack: error instanceof Error ? error.stack : "",
  });
  await save(context, lease, { judgement: judged("parked", "bug", { message }), findings: [] });
  return { dueAt: null, attempts: 0, lastError: { kind, message } };
}

/** `false` from the store means that another worker has it by now. */
async function release(context: ReconcileContext, lease: Lease, next: NextRun): Promise<RunResult> {
  const { clock, store } = context;
  if (!(await store.orders.release(lease, clock.now(), next))) {
    return "lost";
  }
  return isDeferred(next.dueAt, next) ? "deferred" : "rested";
}

function isDeferred(dueAt: Instant | null, next: NextRun): boolean {
  return dueAt !== null && next.lastError !== null;
}
