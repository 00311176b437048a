/** What happened, for people. Nothing is decided by it, so it may be pruned. */
import type { Kysely, Selectable } from "kysely";
import type { OrderId } from "../core/order.ts";
import type { Instant } from "../core/time.ts";
import { fromJson } from "./records.ts";
import type { Tables, TimelineTable } from "./tables.ts";
import type { Facts, StoredTimelineEntry, Timeline, TimelineEntry } from "./types.ts";

export function createTimeline(kysely: Kysely<Tables>, shopId: string): Timeline {
  return {
    async add(orderId, entry) {
      await insertTimeline(kysely, shopId, orderId, entry);
    },

    async ofOrder(orderId, limit) {
      const rows = await kysely
        .selectFrom("timeline")
        .selectAll()
        .where("shop_id", "=", shopId)
        .where("order_id", "=", orderId)
        .orderBy("id", "desc")
        .limit(limit)
        .execute();
      return rows.reverse().map(toEntry);
    },

    async ofKind(kind, since, limit) {
      const rows = await kysely
        .selectFrom("timeline")
        .selectAll()
        .where("shop_id", "=", shopId)
        .where("at", ">=", since)
        .where("kind", "=", kind)
        .orderBy("at", "desc")
        .orderBy("id", "desc")
        .limit(limit)
        .execute();
      return rows.map(toEntry);
    },

    async prune(before, limit) {
      const result = await kysely
        .deleteFrom("timeline")
        .where("id", "in", (eb) =>
          eb
            .selectFrom("timeline")
            .select("id")
            .where("shop_id", "=", shopId)
            .where("at", "<", before)
            .orderBy("at")
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

export async function insertTimeline(
  db: Kysely<Tables>,
  shopId: string,
  orderId: OrderId,
  entry: TimelineEntry,
): Promise<void> {
  const { at, kind, message, data = {} } = entry;
  await db
    .insertInto("timeline")
    .values({ shop_id: shopId, order_id: orderId, at, kind, message, data: JSON.stringify(data) })
    .execute();
}

/** Told once per order, for as long as the timeline is kept. */
export async function insertNote(
  db: Kysely<Tables>,
  shopId: string,
  orderId: OrderId,
  note: string,
  at: Instant,
): Promise<void> {
  const told = await db
    .selectFrom("timeline")
    .select("id")
    .where("shop_id", "=", shopId)
    .where("order_id", "=", orderId)
    .where("kind", "=", "note")
    .where("message", "=", note)
    .executeTakeFirst();
  if (told === undefined) {
    await insertTimeline(db, shopId, orderId, { at, kind: "note", message: note });
  }
}

function toEntry(row: Selectable<TimelineTable>): StoredTimelineEntry {
  return {
    orderId: row.order_id,
    at: row.at,
    kind: row.kind,
    message: row.message,
    data: fromJson<Facts>(row.data),
  };
}
