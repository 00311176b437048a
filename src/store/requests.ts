/**
 * The statements behind "look at this order now": one row per order, raised by every request. They run on the hot path
 * (webhooks, polls), so they are plain SQL that is prepared once, inside a transaction of the caller.
 *
 * A request never undoes another: `due_at` only moves earlier, `requested_seq` only rises. One that arrives while the
 * order runs is seen by `release`, which compares the sequence it answered with the one that is there.
 */
import { AssertionError } from "../base/errors.ts";
import { gidNumber, type OrderId } from "../core/order.ts";
import type { Instant } from "../core/time.ts";
import type { Database, SqlValue, Statements } from "./database.ts";
import { type ChangedOrder, type FulfillmentOrders, type NamedOrder, type Orders, REQUEST_MAX } from "./types.ts";

const INSERT = `insert into orders (shop_id, id, name, status, reason, reason_input, status_since, shop_updated_at,
  first_seen_at, due_at, requested_seq, done_seq, attempts, version)
values (?, ?, ?, ?, ?, '{}', ?, ?, ?, ?, ?, 0, 0, 0)`;

const RAISE = `due_at = case when orders.due_at is null or orders.due_at > excluded.due_at then excluded.due_at
    else orders.due_at end,
  requested_seq = orders.requested_seq + 1, attempts = 0`;

const REQUEST = `${INSERT} on conflict (shop_id, id) do update set name = excluded.name, ${RAISE}`;

/** For requests that do not know the name: they must not replace one. */
const REQUEST_UNNAMED = `${INSERT} on conflict (shop_id, id) do update set ${RAISE}`;

const GIVING_SEQUENCE = " returning requested_seq";

const REQUEST_CHANGED = `${INSERT} on conflict (shop_id, id) do update set name = excluded.name,
  shop_updated_at = excluded.shop_updated_at, ${RAISE}
where orders.shop_updated_at is distinct from excluded.shop_updated_at`;

const RECORD_OVER = `${INSERT} on conflict (shop_id, id) do nothing`;

const REMEMBER_FULFILLMENT_ORDER = `insert into fulfillment_orders (shop_id, id, order_id, updated_at) values (?, ?, ?, ?)
on conflict (shop_id, id) do update set order_id = excluded.order_id, updated_at = excluded.updated_at
where fulfillment_orders.updated_at <> excluded.updated_at or fulfillment_orders.order_id <> excluded.order_id`;

interface RequestedOrder {
  readonly id: OrderId;
  readonly name: string | null;
}

/** Makes one order due, inside the caller's transaction; `name` `null` keeps the known one. Gives its `requested_seq`. */
export function requestOrder(statements: Statements, shopId: string, order: RequestedOrder, at: Instant): number {
  const row = statements.row<{ requested_seq: number }>(
    (order.name === null ? REQUEST_UNNAMED : REQUEST) + GIVING_SEQUENCE,
    ...requestValues(shopId, order, at),
  );
  if (row === undefined) {
    throw new AssertionError("A request wrote no row.");
  }
  return row.requested_seq;
}

/** The same for who does not ask for the sequence: giving back a row is work, too. */
export function raiseOrder(statements: Statements, shopId: string, order: RequestedOrder, at: Instant): void {
  statements.change(order.name === null ? REQUEST_UNNAMED : REQUEST, ...requestValues(shopId, order, at));
}

function requestValues(shopId: string, order: RequestedOrder, at: Instant): readonly SqlValue[] {
  return [shopId, order.id, order.name ?? gidNumber(order.id), "waiting", null, at, null, at, at, 1];
}

function requestChangedOrder(statements: Statements, shopId: string, order: ChangedOrder, at: Instant): boolean {
  const values = [shopId, order.id, order.name, "waiting", null, at, order.updatedAt, at, at, 1] as const;
  return statements.change(REQUEST_CHANGED, ...values) > 0;
}

function recordOverOrder(statements: Statements, shopId: string, order: ChangedOrder, at: Instant): boolean {
  const reason = "already_fulfilled";
  const values = [shopId, order.id, order.name, "skipped", reason, at, order.updatedAt, at, null, 0] as const;
  return statements.change(RECORD_OVER, ...values) > 0;
}

type Requests = Pick<Orders, "request" | "requestChanged" | "recordOver">;

export function createRequests(database: Database, shopId: string): Requests {
  return {
    async request(orders, at) {
      assertFew(orders);
      return await database.exclusive((statements) => {
        const sequences = new Map<OrderId, number>();
        for (const order of orders) {
          sequences.set(order.id, requestOrder(statements, shopId, order, at));
        }
        return sequences;
      });
    },

    async requestChanged(changes, at) {
      assertFew(changes);
      return await database.exclusive(
        (statements) => changes.filter((change) => requestChangedOrder(statements, shopId, change, at)).length,
      );
    },

    async recordOver(orders, at) {
      assertFew(orders);
      return await database.exclusive(
        (statements) =>
          orders.filter(
            (order) =>
              !recordOverOrder(statements, shopId, order, at) && requestChangedOrder(statements, shopId, order, at),
          ).length,
      );
    },
  };
}

export function createFulfillmentOrders(database: Database, shopId: string): FulfillmentOrders {
  return {
    async changed(rows, at) {
      assertFew(rows);
      return await database.exclusive((statements) => {
        const changed = new Map<OrderId, NamedOrder>();
        for (const row of rows) {
          // The order first: a fulfillment order refers to it.
          const order = { id: row.orderId, name: row.orderName };
          recordUnknownOrder(statements, shopId, order, at);
          if (statements.change(REMEMBER_FULFILLMENT_ORDER, shopId, row.id, row.orderId, row.updatedAt) > 0) {
            changed.set(row.orderId, order);
          }
        }
        for (const order of changed.values()) {
          requestOrder(statements, shopId, order, at);
        }
        return changed.size;
      });
    },
  };
}

function recordUnknownOrder(statements: Statements, shopId: string, order: NamedOrder, at: Instant): void {
  statements.change(RECORD_OVER, shopId, order.id, order.name, "waiting", null, at, null, at, at, 0);
}

function assertFew(rows: readonly unknown[]): void {
  if (rows.length > REQUEST_MAX) {
    throw new AssertionError(`${rows.length} orders were requested in one transaction; at most ${REQUEST_MAX} may be.`);
  }
}
