/** Works through everything that is due now, without a dispatcher: for `daemon --once`. */
import type { OrderId } from "../core/order.ts";
import type { ReconcileContext } from "../reconcile/context.ts";
import { reconcileOrder } from "../reconcile/reconcile-order.ts";

/** Orders of one slice. */
const SLICE = 100;

/**
 * Runs until nothing is due, `concurrency` orders at a time. An order that wants to be looked at later (back-off, a
 * scheduled day) is left for later. Gives the number of runs. When a run rejects nothing more is begun, the others are
 * finished, and then the first error is thrown: whoever closes the store next must not close it under a purchase.
 */
export async function drainDue(context: ReconcileContext, concurrency: number, signal?: AbortSignal): Promise<number> {
  const { store, clock } = context;
  const errors: unknown[] = [];
  const goesOn = (): boolean => signal?.aborted !== true && errors.length === 0;
  let runs = 0;
  while (goesOn()) {
    const due = [...(await store.orders.due(clock.now(), SLICE))];
    if (due.length === 0) {
      break;
    }
    const worker = async (): Promise<void> => {
      for (let id: OrderId | undefined = due.pop(); id !== undefined && goesOn(); id = due.pop()) {
        try {
          await reconcileOrder(context, id);
          runs += 1;
        } catch (error) {
          errors.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }
  if (errors.length > 0) {
    throw errors[0];
  }
  return runs;
}
