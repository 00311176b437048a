/**
 * How the commands (`sync`, `retry`, `release` and so on) ask for a look at an order: they name it, never what to do with
 * it. The webhook inbox, the polls and resync do the same without coming through here: they ask the store, and where they
 * bring news, in the transaction that stores it. Whoever asks, a request is a committed row (`orders.due_at`,
 * `requested_seq`), so it survives a crash; waking the dispatcher only saves it the wait for its next sweep.
 */
import type { Log } from "../base/log.ts";
import type { OrderId } from "../core/order.ts";
import { type DurationMs, type Instant, SECOND_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { NamedOrder, Orders } from "../store/types.ts";

/** Says that something became due in this process. */
export type Wake = () => void;

export async function requestReconcile(
  deps: { readonly orders: Orders; readonly clock: Clock; readonly wake: Wake; readonly log: Log },
  orders: readonly NamedOrder[],
  why: "sync" | "retry" | "release" | "approve" | "void" | "settle",
): Promise<ReadonlyMap<OrderId, number>> {
  const requested = await deps.orders.request(orders, deps.clock.now());
  deps.log.debug("orders requested", { count: orders.length, why });
  deps.wake();
  return requested;
}

/**
 * Shopify's times have whole seconds: a change in the same second as one that we saw looks like it. What is younger than
 * this when it is seen is stored as a little older, so that the next poll takes it up once more.
 */
const SAME_SECOND_MS: DurationMs = 2 * SECOND_MS;

/** The time of a change as it is to be stored, so that a further change within the same second is still news. */
export function asSeen(updatedAt: Instant, now: Instant): Instant {
  return now - updatedAt < SAME_SECOND_MS ? updatedAt - 1 : updatedAt;
}
