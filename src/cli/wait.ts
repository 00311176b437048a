/**
 * Waits until orders were looked at, beside a daemon or without one. With a daemon its workers do it and we read the
 * database; without one we run the orders ourselves, under the same lease. Which of the two holds is asked again and
 * again, so that a daemon may start, end or stand still meanwhile; the lease keeps it and us apart when it goes on.
 *
 *   requested ──run ended──► at rest, parked, or due on a later day: done
 *                     ├────► due again soon (back-off, an answer to be looked up): waits and goes on
 *                     └────► to be tried again after we stop waiting, or a credential is refused: not finished
 */
import type { FailureKind } from "../core/failure.ts";
import type { OrderId } from "../core/order.ts";
import { type DurationMs, type Instant, MINUTE_MS, SECOND_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { RunResult } from "../reconcile/reconcile-order.ts";
import type { Store, StoredOrder } from "../store/types.ts";

/** How soon a finished run is noticed. One indexed read per order. */
const LOOK_MS: DurationMs = 100;
/** How soon a daemon that started or ended is noticed; asking takes a lock for a moment. */
const DAEMON_LOOK_MS: DurationMs = SECOND_MS;
/** Orders looked at in one turn, so that a large backlog does not become a load of its own. */
const SLICE = 200;

/** A run that ended with one of these did not come to judge the order. */
const PASSING: ReadonlySet<string> = new Set<FailureKind>(["unavailable", "throttled", "stale", "outcome_unknown"]);

/** Longer than the slowest call (30 s) and one repeat of it. */
export const WAIT_FOR_ORDERS_MS: DurationMs = MINUTE_MS;
/** A backlog of some thousand orders at the pace that Shopify's smallest plan allows. */
export const WAIT_FOR_BACKLOG_MS: DurationMs = 15 * MINUTE_MS;

export interface WaitDeps {
  readonly store: Pick<Store, "orders" | "remotes">;
  readonly clock: Clock;
  /** Runs one order under its lease. */
  readonly run: (id: OrderId) => Promise<RunResult>;
  /** Holds the lock and shows signs of life: one that stands still would be waited for in vain. */
  readonly isDaemonWorking: () => Promise<boolean>;
  readonly concurrency: number;
  /** Aborts: nothing new is begun, what runs is finished. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, all: number) => void;
}

/**
 * `pending`: what `requestReconcile` gave. Resolves with the orders that came to rest and when; the others were not
 * finished by `deadlineAt`. Never leaves a run of its own behind, however it ends: the caller closes the store next. When
 * a run rejects nothing more is begun, the others are finished, and then the first error is thrown.
 */
export async function waitForOrders(
  pending: ReadonlyMap<OrderId, number>,
  deadlineAt: Instant,
  deps: WaitDeps,
): Promise<ReadonlyMap<OrderId, Instant>> {
  const { clock, store } = deps;
  const open = new Map(pending);
  const ended = new Map<OrderId, Instant>();
  const runs: Runs = { running: new Map(), errors: [] };
  const daemon = watchDaemon(deps);
  const goesOn = (): boolean => !deps.signal.aborted && runs.errors.length === 0;
  try {
    while (open.size > 0 && clock.now() < deadlineAt && goesOn()) {
      const refused = (await store.remotes.list()).some((remote) => remote.state === "refused");
      for (const [id, sequence] of [...open].slice(0, SLICE)) {
        if (runs.running.has(id)) {
          continue;
        }
        const order = await store.orders.get(id);
        const standing = order === null ? "rests" : standingOf(order, sequence, deadlineAt, refused);
        if (order === null || standing !== "open") {
          open.delete(id);
          if (standing === "rests") {
            ended.set(id, clock.now());
          }
          continue;
        }
        const hasRoom = (await daemon()) === "none" && runs.running.size < deps.concurrency;
        if (hasRoom && goesOn() && isFree(order, clock.now())) {
          runs.running.set(id, begin(id, deps, runs));
        } else if (open.size > SLICE) {
          // To the end of the line, so that all get their turn.
          open.delete(id);
          open.set(id, sequence);
        }
      }
      deps.onProgress(ended.size, pending.size);
      if (open.size > 0 && goesOn()) {
        await Promise.race([clock.sleep(LOOK_MS), ...runs.running.values()]);
      }
    }
  } finally {
    await Promise.all(runs.running.values());
  }
  if (runs.errors.length > 0) {
    throw runs.errors[0];
  }
  return ended;
}

/** What this process runs itself. */
interface Runs {
  /** None of them rejects: nobody may be there to hear it. */
  readonly running: Map<OrderId, Promise<void>>;
  /** Of runs that rejected, in the order of time. */
  readonly errors: unknown[];
}

async function begin(id: OrderId, deps: WaitDeps, runs: Runs): Promise<void> {
  try {
    await deps.run(id);
  } catch (error) {
    runs.errors.push(error);
  } finally {
    runs.running.delete(id);
  }
}

/** `rests`: it was looked at and nothing more is to be done now. `later`: waiting for it does not help. */
function standingOf(
  order: StoredOrder,
  sequence: number,
  deadlineAt: Instant,
  refused: boolean,
): "open" | "rests" | "later" {
  if (order.doneSeq < sequence) {
    return "open";
  }
  const wasJudged = !PASSING.has(order.lastError?.kind ?? "");
  if (order.dueAt === null || (order.status === "parked" && wasJudged)) {
    return "rests";
  }
  if (refused) {
    return "later";
  }
  return order.dueAt <= deadlineAt ? "open" : wasJudged ? "rests" : "later";
}

function isFree(order: StoredOrder, now: Instant): boolean {
  const isLeased = order.leaseUntil !== null && order.leaseUntil > now;
  return !isLeased && order.dueAt !== null && order.dueAt <= now;
}

function watchDaemon(deps: WaitDeps): () => Promise<"running" | "none"> {
  let askedAt: Instant | null = null;
  let answer: "running" | "none" = "none";
  return async () => {
    const now = deps.clock.now();
    if (askedAt === null || now - askedAt >= DAEMON_LOOK_MS || now < askedAt) {
      askedAt = now;
      answer = (await deps.isDaemonWorking()) ? "running" : "none";
    }
    return answer;
  };
}
