/** Shipments outside a run: reading them, and the news of the tracking poll. A run writes through `fenced.ts`. */
import type { Kysely } from "kysely";
import type { Money } from "../core/money.ts";
import type { TrackingHistory } from "../core/shipment.ts";
import type { Clock } from "../ports/clock.ts";
import type { Database } from "./database.ts";
import { fromJson, toShipmentRecord, toTrackingColumns } from "./records.ts";
import type { Tables } from "./tables.ts";
import type { Shipments } from "./types.ts";

export function createShipments(database: Database, shopId: string, clock: Clock): Shipments {
  return {
    ...createReads(database.kysely, shopId),
    ...createTracking(database, shopId, clock),
  };
}

function createReads(kysely: Kysely<Tables>, shopId: string): Pick<Shipments, "ofOrder" | "get" | "spendSince"> {
  const select = () => kysely.selectFrom("shipments").selectAll().where("shop_id", "=", shopId);
  return {
    async ofOrder(orderId) {
      const rows = await select()
        .where("order_id", "=", orderId)
        .orderBy("fulfillment_order_id")
        .orderBy("parcel_number")
        .orderBy("generation")
        .execute();
      return rows.map(toShipmentRecord);
    },

    async get(id) {
      const row = await select().where("id", "=", id).executeTakeFirst();
      return row === undefined ? null : toShipmentRecord(row);
    },

    async spendSince(at) {
      const rows = await kysely
        .selectFrom("shipments")
        .select((eb) => ["cost_currency", eb.fn.sum<number>("cost_minor").as("amount")])
        .where("shop_id", "=", shopId)
        .where("bought_at", ">=", at)
        .groupBy("cost_currency")
        .orderBy("cost_currency")
        .execute();
      return rows.map((row): Money => ({ amountMinor: row.amount, currency: row.cost_currency ?? "" }));
    },
  };
}

function createTracking(
  database: Database,
  shopId: string,
  clock: Clock,
): Pick<Shipments, "dueForTracking" | "setNextTrackAt" | "recordTracking"> {
  const { kysely } = database;
  return {
    async dueForTracking(now, limit) {
      const rows = await kysely
        .selectFrom("shipments")
        .select("id")
        .where("shop_id", "=", shopId)
        .where("next_track_at", "<=", now)
        .orderBy("next_track_at")
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map((row) => row.id);
    },

    async setNextTrackAt(id, at) {
      await kysely
        .updateTable("shipments")
        .set({ next_track_at: at })
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .execute();
    },

    async recordTracking(id, history, nextTrackAt, plannedAt) {
      return await database.transaction(async (tx) => {
        const row = await tx
          .selectFrom("shipments")
          .select(["order_id", "tracking", "next_track_at"])
          .where("shop_id", "=", shopId)
          .where("id", "=", id)
          .executeTakeFirst();
        if (row === undefined) {
          return false;
        }
        const grew = extendsHistory(fromJson(row.tracking), history);
        const isAskedFor = plannedAt !== undefined && row.next_track_at !== null && row.next_track_at < plannedAt;
        await tx
          .updateTable("shipments")
          .set({ next_track_at: isAskedFor ? row.next_track_at : nextTrackAt, ...(grew && toTrackingColumns(history)) })
          .where("shop_id", "=", shopId)
          .where("id", "=", id)
          .execute();
        if (grew) {
          await makeDue(tx, shopId, row.order_id, clock.now());
        }
        return grew;
      });
    },
  };
}

/** `requestOrder` for a caller that is in a kysely transaction. The order is there: the shipment refers to it. */
async function makeDue(tx: Kysely<Tables>, shopId: string, orderId: string, at: number): Promise<void> {
  await tx
    .updateTable("orders")
    .set((eb) => ({
      due_at: eb
        .case()
        .when(eb.or([eb("due_at", "is", null), eb("due_at", ">", at)]))
        .then(at)
        .else(eb.ref("due_at"))
        .end(),
      requested_seq: eb("requested_seq", "+", 1),
      attempts: 0,
    }))
    .where("shop_id", "=", shopId)
    .where("id", "=", orderId)
    .execute();
}

/** Longer than `stored` and beginning with it: made from it and not from an older one. */
export function extendsHistory(stored: TrackingHistory, next: TrackingHistory): boolean {
  return (
    next.length > stored.length &&
    stored.every((entry, index) => entry.status === next[index]?.status && entry.at === next[index]?.at)
  );
}
