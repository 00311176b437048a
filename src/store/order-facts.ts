/**
 * What is kept of each fulfillment order for judging it again (`rules test`): its facts without the customer, the rates
 * that were offered, and what was decided. A row is written when something of it changed while no label was bought; from
 * the purchase on it stays as it was decided on. It goes when the personal data of its order goes. Nothing is decided by it.
 */
import type { Kysely, Transaction } from "kysely";
import type { FulfillmentOrderId, OrderId } from "../core/order.ts";
import type { Instant } from "../core/time.ts";
import { fromJson } from "./records.ts";
import type { Tables } from "./tables.ts";

/** Facts as they were just read, and how to say what was decided, which is asked only when they are news. */
export interface FactsDraft {
  readonly fulfillmentOrderId: FulfillmentOrderId;
  /** Stored as JSON: plain data only, no names, streets, e-mail addresses or phone numbers. */
  readonly facts: unknown;
  /** Changes when the decision may have changed although the facts did not. */
  readonly stamp: string;
  decided(): unknown;
}

export interface StoredFacts {
  readonly orderId: OrderId;
  readonly fulfillmentOrderId: FulfillmentOrderId;
  /** When it was decided so. */
  readonly at: Instant;
  readonly facts: unknown;
  readonly decided: unknown;
}

/** Where a page ended. */
export type FactsCursor = Pick<StoredFacts, "orderId" | "fulfillmentOrderId">;

export interface OrderFacts {
  /** Decided at or after `since`; by order, then fulfillment order. `after`: go on behind this one. */
  page(since: Instant, limit: number, after?: FactsCursor): Promise<readonly StoredFacts[]>;
  ofOrder(orderId: OrderId): Promise<readonly StoredFacts[]>;
  /** How many all pages together have. */
  count(since: Instant): Promise<number>;
}

export function createOrderFacts(kysely: Kysely<Tables>, shopId: string): OrderFacts {
  const select = () => kysely.selectFrom("order_facts").where("shop_id", "=", shopId);
  const columns = ["order_id", "fulfillment_order_id", "at", "facts", "decided"] as const;
  return {
    async page(since, limit, after) {
      const rows = await select()
        .select(columns)
        .where("at", ">=", since)
        .$if(after !== undefined, (query) =>
          query.where((eb) =>
            eb(
              eb.refTuple("order_id", "fulfillment_order_id"),
              ">",
              eb.tuple(after?.orderId ?? "", after?.fulfillmentOrderId ?? ""),
            ),
          ),
        )
        .orderBy("order_id")
        .orderBy("fulfillment_order_id")
        .limit(limit)
        .execute();
      return rows.map(toStoredFacts);
    },

    async ofOrder(orderId) {
      const rows = await select()
        .select(columns)
        .where("order_id", "=", orderId)
        .orderBy("fulfillment_order_id")
        .execute();
      return rows.map(toStoredFacts);
    },

    async count(since) {
      const { count } = await select()
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("at", ">=", since)
        .executeTakeFirstOrThrow();
      return count;
    },
  };
}

function toStoredFacts(row: {
  readonly order_id: string;
  readonly fulfillment_order_id: string;
  readonly at: number;
  readonly facts: string;
  readonly decided: string;
}): StoredFacts {
  return {
    orderId: row.order_id,
    fulfillmentOrderId: row.fulfillment_order_id,
    at: row.at,
    facts: fromJson<unknown>(row.facts),
    decided: fromJson<unknown>(row.decided),
  };
}

/** Inside the caller's transaction. Writes only what differs from what is stored. */
export async function keepFacts(
  tx: Kysely<Tables>,
  shopId: string,
  orderId: OrderId,
  drafts: readonly FactsDraft[],
  at: Instant,
): Promise<void> {
  for (const { fulfillmentOrderId, facts, stamp, decided } of drafts) {
    const text = JSON.stringify(facts);
    const stored = await tx
      .selectFrom("order_facts")
      .select(["facts", "stamp"])
      .where("shop_id", "=", shopId)
      .where("order_id", "=", orderId)
      .where("fulfillment_order_id", "=", fulfillmentOrderId)
      .executeTakeFirst();
    if (stored?.facts !== text || stored.stamp !== stamp) {
      const row = { at, stamp, facts: text, decided: JSON.stringify(decided()) };
      await tx
        .insertInto("order_facts")
        .values({ shop_id: shopId, order_id: orderId, fulfillment_order_id: fulfillmentOrderId, ...row })
        .onConflict((conflict) => conflict.columns(["shop_id", "order_id", "fulfillment_order_id"]).doUpdateSet(row))
        .execute();
    }
  }
}

/** Inside the caller's transaction. */
export async function eraseFacts(tx: Transaction<Tables>, shopId: string, orderId: OrderId): Promise<void> {
  await tx.deleteFrom("order_facts").where("shop_id", "=", shopId).where("order_id", "=", orderId).execute();
}
