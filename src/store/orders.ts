/** Reading orders, and what people decide about them. `requests.ts` and `leases.ts` hold what makes them move. */
import type { Kysely } from "kysely";
import { isFinalStatus, ORDER_STATUSES, type OrderStatus } from "../core/status.ts";
import type { Database } from "./database.ts";
import { createLeases } from "./leases.ts";
import { nameVariants, oneEditAway } from "./order-names.ts";
import { createPolicyRequests } from "./policy-requests.ts";
import { toStoredOrder } from "./records.ts";
import { createRequests } from "./requests.ts";
import type { Tables } from "./tables.ts";
import type { Orders, StoredOrder } from "./types.ts";

export function createOrders(database: Database, shopId: string): Orders {
  return {
    ...createRequests(database, shopId),
    ...createLeases(database, shopId),
    ...createResync(database, shopId),
    ...createPolicyRequests(database, shopId),
    ...createReads(database.kysely, shopId),
    ...createLookups(database.kysely, shopId),
    ...createDecisions(database, shopId),
  };
}

function createResync({ kysely }: Database, shopId: string): Pick<Orders, "requestUnsettled"> {
  const unsettled = ORDER_STATUSES.filter((status) => !isFinalStatus(status));
  return {
    async requestUnsettled(notRunSince, at, limit) {
      const result = await kysely
        .updateTable("orders")
        .set((eb) => ({ due_at: at, requested_seq: eb("requested_seq", "+", 1), attempts: 0 }))
        .where("shop_id", "=", shopId)
        .where("id", "in", (eb) =>
          eb
            .selectFrom("orders")
            .select("id")
            .where("shop_id", "=", shopId)
            .where("status", "in", unsettled)
            // A run in the future: the clock was set back since, and what it planned would come too late by as much.
            .where((or) =>
              or.or([or("last_run_at", "is", null), or("last_run_at", "<", notRunSince), or("last_run_at", ">", at)]),
            )
            .where((or) => or.or([or("due_at", "is", null), or("due_at", ">", at)]))
            .limit(limit),
        )
        .executeTakeFirst();
      return Number(result.numUpdatedRows);
    },
  };
}

function createReads(kysely: Kysely<Tables>, shopId: string): Pick<Orders, "get" | "list" | "counts"> {
  return {
    async get(id) {
      const row = await selectOrders(kysely, shopId).where("id", "=", id).executeTakeFirst();
      return row === undefined ? null : toStoredOrder(row);
    },

    async list({ statuses = ORDER_STATUSES, reason, limit, before }) {
      const found: StoredOrder[] = [];
      // Status by status, because only then does the index give the newest without sorting a million rows.
      for (const status of statuses) {
        const rows = await selectOrders(kysely, shopId)
          .where("status", "=", status)
          .$if(reason !== undefined, (query) => query.where("reason", "=", reason ?? null))
          .$if(before !== undefined, (query) =>
            query.where((eb) =>
              eb(eb.refTuple("status_since", "id"), "<", eb.tuple(before?.statusSince ?? 0, before?.id ?? "")),
            ),
          )
          .orderBy("status_since", "desc")
          .orderBy("id", "desc")
          .limit(limit)
          .execute();
        found.push(...rows.map(toStoredOrder));
      }
      return found.sort(newestFirst).slice(0, limit);
    },

    async counts() {
      const rows = await kysely
        .selectFrom("order_counts")
        .select(["status", "orders"])
        .where("shop_id", "=", shopId)
        .execute();
      const counts = Object.fromEntries(ORDER_STATUSES.map((status) => [status, 0])) as Record<OrderStatus, number>;
      for (const row of rows) {
        counts[row.status] = row.orders;
      }
      return counts;
    },
  };
}

function createLookups(kysely: Kysely<Tables>, shopId: string): Pick<Orders, "findByName" | "nearestNames"> {
  return {
    async findByName(name) {
      const rows = await selectOrders(kysely, shopId)
        .where("name", "in", nameVariants(name))
        .orderBy("first_seen_at", "desc")
        .execute();
      return rows.map(toStoredOrder);
    },

    async nearestNames(name, limit) {
      const select = () => kysely.selectFrom("orders").select("name").distinct().where("shop_id", "=", shopId);
      const close = await select()
        .where("name", "in", oneEditAway(name).flatMap(nameVariants))
        .orderBy("name", "desc")
        .limit(limit)
        .execute();
      const names = new Set(close.map((row) => row.name));
      for (const variant of nameVariants(name)) {
        const below = await select().where("name", "<", variant).orderBy("name", "desc").limit(limit).execute();
        const above = await select().where("name", ">", variant).orderBy("name").limit(limit).execute();
        for (let index = 0; index < limit; index += 1) {
          names.add(below[index]?.name ?? "").add(above[index]?.name ?? "");
        }
      }
      return [...names].filter((found) => found !== "").slice(0, limit);
    },
  };
}

function createDecisions(database: Database, shopId: string): Pick<Orders, "setHold" | "liftRefusals"> {
  return {
    async setHold(id, hold) {
      const result = await database.kysely
        .updateTable("orders")
        .set({
          held_by: hold?.who ?? null,
          held_why: hold?.why ?? null,
          held_at: hold?.at ?? null,
          held_void_labels: hold === null ? null : hold.voidLabels ? 1 : 0,
        })
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async liftRefusals(id, at) {
      return await database.transaction(async (tx) => {
        const open = tx
          .updateTable("shipments")
          .where("shop_id", "=", shopId)
          .where("order_id", "=", id)
          .where("state", "in", ["planned", "quoted"]);
        const refused = await open.set({ refusal: null }).where("refusal", "is not", null).executeTakeFirst();
        await open.set({ rates_at: null }).execute();
        const lifted = await tx
          .updateTable("effects")
          .set({ state: "lifted", settled_at: at })
          .where("shop_id", "=", shopId)
          .where("order_id", "=", id)
          .where("state", "=", "refused")
          .executeTakeFirst();
        await tx
          .updateTable("orders")
          .set({ attempts: 0 })
          .where("shop_id", "=", shopId)
          .where("id", "=", id)
          .execute();
        return Number(refused.numUpdatedRows + lifted.numUpdatedRows);
      });
    },
  };
}

function selectOrders(kysely: Kysely<Tables>, shopId: string) {
  return kysely.selectFrom("orders").selectAll().where("shop_id", "=", shopId);
}

function newestFirst(a: StoredOrder, b: StoredOrder): number {
  return b.statusSince - a.statusSince || (a.id < b.id ? 1 : -1);
}
