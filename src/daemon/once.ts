/** Works through everything that is due now, without a dispatcher: for `daemon --once` and for `sync` without a daemon. */
import type { OrderId } from "../core/order.ts";
import type { ReconcileContext } from "../reconcile/context.ts";
import { reconcileOrder } from "../reconcile/reconcile-order.ts";

/** At once; as many as the daemon's default. */
const PARALLEL = 4;
/** Orders of one slice. */
const SLICE = 100;

/**
 * Runs until nothing is due. An order that wants to be looked at later (back-off, a scheduled day) is left for later.
 * Gives the number of runs.
 */
export async function drainDue(context: ReconcileContext, signal?: AbortSignal): Promise<number> {
  const { store, clock } = context;
  let runs = 0;
  while (signal?.aborted !== true) {
    const due = [...(await store.orders.due(clock.now(), SLICE))];
    if (due.length === 0) {
      break;
    }
    const worker = async (): Promise<void> => {
      for (let id: OrderId | undefined = due.pop(); id !== undefined && signal?.aborted !== true; id = due.pop()) {
        await reconcileOrder(context, id);
        runs += 1;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
  }
  return runs;
}
