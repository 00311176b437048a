/**
 * Notes which orders a poll makes due, with how they stood before, so that `sync` without an order can say what moved.
 * The polls are the daemon's own; they only get a store that remembers.
 */
import type { OrderId } from "../core/order.ts";
import type { FulfillmentOrders, Orders, Store } from "../store/types.ts";
import type { Snapshot } from "./look-again.ts";

export interface NotedRequests {
  /** For the polls. Every write goes to the real store. */
  readonly store: Store;
  /** Those that were asked for and did not run yet when it was noted. */
  readonly before: ReadonlyMap<OrderId, Snapshot>;
}

export function noteRequests(store: Store, snapshot: (id: OrderId) => Promise<Snapshot>): NotedRequests {
  const before = new Map<OrderId, Snapshot>();

  /** Does the write between two looks at the orders, and keeps those that it made due. */
  async function noting<T>(ids: readonly OrderId[], write: () => Promise<T>): Promise<T> {
    const seen = new Map<OrderId, Snapshot>();
    for (const id of new Set(ids)) {
      seen.set(id, await snapshot(id));
    }
    const result = await write();
    for (const [id, earlier] of seen) {
      const now = await store.orders.get(id);
      if (now !== null && now.requestedSeq > (earlier.order?.requestedSeq ?? 0) && !before.has(id)) {
        before.set(id, earlier);
      }
    }
    return result;
  }

  const idsOf = (rows: readonly { readonly id: OrderId }[]): readonly OrderId[] => rows.map((row) => row.id);
  const orders: Orders = {
    ...store.orders,
    request: (rows, at) => noting(idsOf(rows), () => store.orders.request(rows, at)),
    requestChanged: (rows, at) => noting(idsOf(rows), () => store.orders.requestChanged(rows, at)),
    recordOver: (rows, at) => noting(idsOf(rows), () => store.orders.recordOver(rows, at)),
  };
  const fulfillmentOrders: FulfillmentOrders = {
    changed: (rows, at) =>
      noting(
        rows.map((row) => row.orderId),
        () => store.fulfillmentOrders.changed(rows, at),
      ),
  };
  return { store: { ...store, orders, fulfillmentOrders }, before };
}
