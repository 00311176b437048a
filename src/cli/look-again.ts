/**
 * What `sync`, `retry`, `release`, `void` and `settle` have in common: request orders, wait for them, and say what became
 * of each, with every label that was bought or voided meanwhile and its money.
 */
import type { OrderId } from "../core/order.ts";
import type { ShipmentRecord } from "../core/shipment.ts";
import type { DurationMs, Instant } from "../core/time.ts";
import { SECOND_MS } from "../core/time.ts";
import { reconcileOrder } from "../reconcile/reconcile-order.ts";
import { requestReconcile } from "../reconcile/request.ts";
import type { StoredRemoteState } from "../store/process-types.ts";
import type { NamedOrder, StoredOrder } from "../store/types.ts";
import type { Invocation } from "./command.ts";
import { countOf } from "./output.ts";
import { isDaemonWorking } from "./overview.ts";
import { startProgress } from "./progress.ts";
import type { Everything } from "./surroundings.ts";
import { waitForOrders } from "./wait.ts";

/** Where an order and its labels stood before. */
export interface Snapshot {
  readonly order: StoredOrder | null;
  readonly bought: ReadonlySet<string>;
  readonly voided: ReadonlySet<string>;
}

export interface OrderResult {
  readonly id: OrderId;
  readonly name: string;
  /** `null`: not known here before. */
  readonly before: StoredOrder | null;
  /** As it stands now. */
  readonly after: StoredOrder;
  /** `false`: the wait ended first. */
  readonly finished: boolean;
  readonly bought: readonly ShipmentRecord[];
  readonly voided: readonly ShipmentRecord[];
  readonly elapsedMs: DurationMs;
}

export interface LookAgainReport {
  readonly results: readonly OrderResult[];
  /** Shop or provider, where they refused us or did not answer. */
  readonly troubles: readonly StoredRemoteState[];
  /** Whether a daemon goes on with what is not finished. */
  readonly daemon: boolean;
  /** Ctrl+C ended the wait. */
  readonly interrupted: boolean;
}

/** The same news about a remote are written every ten seconds at most. */
const NEWS_AGE_MS: DurationMs = 10 * SECOND_MS;

/** Of a command that found nothing to do. */
export const NOTHING_DONE: LookAgainReport = { results: [], troubles: [], daemon: false, interrupted: false };

export async function takeSnapshot(everything: Everything, id: OrderId): Promise<Snapshot> {
  const { store } = everything;
  const [order, shipments] = await Promise.all([store.orders.get(id), store.shipments.ofOrder(id)]);
  const idsOf = (state: ShipmentRecord["state"]): ReadonlySet<string> =>
    new Set(shipments.filter((shipment) => shipment.state === state).map((shipment) => shipment.id));
  return { order, bought: idsOf("bought"), voided: idsOf("voided") };
}

/** Requests the orders and waits. `prepare` is done after the snapshots and before the request: a hold, a lifted refusal. */
export async function lookAgain(
  invocation: Invocation,
  everything: Everything,
  orders: readonly NamedOrder[],
  options: {
    readonly why: Parameters<typeof requestReconcile>[2];
    readonly timeoutMs: DurationMs;
    readonly quiet: boolean;
    readonly prepare?: (id: OrderId) => Promise<void>;
  },
): Promise<LookAgainReport> {
  const before = new Map<OrderId, Snapshot>();
  for (const order of orders) {
    before.set(order.id, await takeSnapshot(everything, order.id));
    await options.prepare?.(order.id);
  }
  const { store, log } = everything;
  const pending = await requestReconcile(
    { orders: store.orders, clock: invocation.clock, wake: () => undefined, log },
    orders,
    options.why,
  );
  return await awaitOrders(invocation, everything, { before, pending }, options);
}

/** Waits for orders that were requested already. */
export async function awaitOrders(
  invocation: Invocation,
  everything: Everything,
  requested: { readonly before: ReadonlyMap<OrderId, Snapshot>; readonly pending: ReadonlyMap<OrderId, number> },
  options: { readonly timeoutMs: DurationMs; readonly quiet: boolean },
): Promise<LookAgainReport> {
  const { clock, terminal } = invocation;
  const { store, remotes, settings } = everything;
  const startedAt = clock.now();
  const progress = startProgress(terminal, clock, options.quiet);
  const stopping = stopOnInterrupt(() =>
    terminal.note("finishing what runs; Ctrl+C again stops at once (nothing is lost, the journal knows)"),
  );
  try {
    const ended = await waitForOrders(requested.pending, startedAt + options.timeoutMs, {
      ...{ store, clock, concurrency: settings.concurrency },
      isDaemonWorking: () => isDaemonWorking(everything, clock.now()),
      run: (id) => reconcileOrder(remotes.context, id),
      signal: stopping.signal,
      onProgress: (done, all) => progress.say(`Looking at ${countOf(all, "order")}${done > 0 ? `: ${done} done` : ""}`),
    });
    const results: OrderResult[] = [];
    for (const [id, snapshot] of requested.before) {
      const result = await readResult(everything, id, snapshot, ended.get(id) ?? null, startedAt);
      if (result !== null) {
        results.push(result);
      }
    }
    const troubles = await readTroubles(everything, startedAt);
    return { results, troubles, daemon: everything.isDaemonRunning(), interrupted: stopping.signal.aborted };
  } finally {
    progress.end();
    stopping.end();
  }
}

async function readResult(
  everything: Everything,
  id: OrderId,
  before: Snapshot,
  endedAt: Instant | null,
  startedAt: Instant,
): Promise<OrderResult | null> {
  const { store, remotes } = everything;
  const after = await store.orders.get(id);
  if (after === null) {
    return null;
  }
  const shipments = await store.shipments.ofOrder(id);
  return {
    ...{ id, name: after.name, before: before.order, after },
    finished: endedAt !== null,
    bought: shipments.filter((shipment) => shipment.label !== null && isNews(shipment, before)),
    voided: shipments.filter((shipment) => shipment.state === "voided" && !before.voided.has(shipment.id)),
    elapsedMs: (endedAt ?? remotes.context.clock.now()) - startedAt,
  };
}

function isNews(shipment: ShipmentRecord, before: Snapshot): boolean {
  return !before.bought.has(shipment.id) && !before.voided.has(shipment.id);
}

async function readTroubles(everything: Everything, startedAt: Instant): Promise<readonly StoredRemoteState[]> {
  const states = await everything.store.remotes.list();
  return states.filter((remote) => remote.state !== "ok" && remote.at >= startedAt - NEWS_AGE_MS);
}

/** The first Ctrl+C ends the wait; for the second Node's own handling is back, which ends the process. */
function stopOnInterrupt(onFirst: () => void): { readonly signal: AbortSignal; end(): void } {
  const stopping = new AbortController();
  const stop = (): void => {
    onFirst();
    stopping.abort();
  };
  process.once("SIGINT", stop);
  return { signal: stopping.signal, end: () => void process.off("SIGINT", stop) };
}
