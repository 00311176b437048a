/** What the daemon keeps about itself: its tasks, its processes, how far it has read, how the remotes do. */
import { type Kysely, sql } from "kysely";
import type { DurationMs } from "../core/time.ts";
import { SECOND_MS } from "../core/time.ts";
import type { Database } from "./database.ts";
import type { Cursors, Instances, Remotes } from "./process-types.ts";
import type { Tables } from "./tables.ts";
import type { Schedule } from "./types.ts";

/** News that are none are written so often at most: they only keep `at` fresh. */
const REMOTE_REFRESH_MS: DurationMs = 10 * SECOND_MS;

export function createSchedule({ kysely, transaction }: Database, shopId: string): Schedule {
  const update = (task: string) =>
    kysely.updateTable("scheduled_tasks").where("shop_id", "=", shopId).where("task", "=", task);
  return {
    async define(tasks) {
      await transaction(async (tx) => {
        const names = tasks.map((task) => task.task);
        await tx.deleteFrom("scheduled_tasks").where("shop_id", "=", shopId).where("task", "not in", names).execute();
        for (const { task, schedule, nextRunAt } of tasks) {
          await tx
            .insertInto("scheduled_tasks")
            .values({ shop_id: shopId, task, schedule, next_run_at: nextRunAt })
            .onConflict((conflict) =>
              conflict.columns(["shop_id", "task"]).doUpdateSet((eb) => ({
                schedule,
                next_run_at: eb
                  .case()
                  .when(
                    eb.and([
                      eb("scheduled_tasks.schedule", "=", schedule),
                      eb("scheduled_tasks.next_run_at", "<", nextRunAt),
                    ]),
                  )
                  .then(eb.ref("scheduled_tasks.next_run_at"))
                  .else(nextRunAt)
                  .end(),
              })),
            )
            .execute();
        }
      });
    },

    async list() {
      const rows = await kysely
        .selectFrom("scheduled_tasks")
        .selectAll()
        .where("shop_id", "=", shopId)
        .orderBy("task")
        .execute();
      return rows.map((row) => ({
        task: row.task,
        schedule: row.schedule,
        nextRunAt: row.next_run_at,
        lastRunAt: row.last_run_at,
        lastStatus: row.last_status,
        lastError: row.last_error,
        lastDurationMs: row.last_duration_ms,
      }));
    },

    async start(task, at) {
      await update(task)
        .set({
          last_run_at: at,
          last_status: "running",
          requested_at: sql<number | null>`case when requested_at > ${at} then requested_at end`,
        })
        .execute();
    },

    async finish(task, { status, error, durationMs, nextRunAt }) {
      await update(task)
        .set({
          last_status: status,
          last_error: error,
          last_duration_ms: durationMs,
          next_run_at: sql<number>`case when requested_at < ${nextRunAt} then requested_at else ${nextRunAt} end`,
        })
        .execute();
    },

    async requestNow(task, at) {
      const result = await update(task)
        .set({
          requested_at: sql<number>`case when requested_at < ${at} then requested_at else ${at} end`,
          next_run_at: sql<number>`case when next_run_at > ${at} then ${at} else next_run_at end`,
        })
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  };
}

export function createInstances(kysely: Kysely<Tables>, shopId: string): Instances {
  return {
    async register({ id, pid, host, version, startedAt }) {
      const columns = { pid, host, version, started_at: startedAt, heartbeat_at: startedAt };
      await kysely
        .insertInto("instances")
        .values({ shop_id: shopId, id, ...columns })
        .onConflict((conflict) => conflict.columns(["shop_id", "id"]).doUpdateSet(columns))
        .execute();
    },

    async heartbeat(id, at) {
      const result = await kysely
        .updateTable("instances")
        .set({ heartbeat_at: at })
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async remove(id) {
      await kysely.deleteFrom("instances").where("shop_id", "=", shopId).where("id", "=", id).execute();
    },

    async list() {
      const rows = await kysely
        .selectFrom("instances")
        .selectAll()
        .where("shop_id", "=", shopId)
        .orderBy("started_at")
        .orderBy("id")
        .execute();
      return rows.map(({ id, pid, host, version, started_at, heartbeat_at }) => ({
        id,
        pid,
        host,
        version,
        startedAt: started_at,
        heartbeatAt: heartbeat_at,
      }));
    },
  };
}

export function createCursors(kysely: Kysely<Tables>, shopId: string): Cursors {
  return {
    async get(name) {
      const row = await kysely
        .selectFrom("cursors")
        .select("value")
        .where("shop_id", "=", shopId)
        .where("name", "=", name)
        .executeTakeFirst();
      return row?.value ?? null;
    },

    async set(name, value, at) {
      await kysely
        .insertInto("cursors")
        .values({ shop_id: shopId, name, value, updated_at: at })
        .onConflict((conflict) => conflict.columns(["shop_id", "name"]).doUpdateSet({ value, updated_at: at }))
        .execute();
    },

    async advance(name, value, at) {
      const result = await kysely
        .insertInto("cursors")
        .values({ shop_id: shopId, name, value, updated_at: at })
        .onConflict((conflict) =>
          conflict
            .columns(["shop_id", "name"])
            .doUpdateSet({ value, updated_at: at })
            .where("cursors.value", "<>", value),
        )
        .executeTakeFirst();
      return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
  };
}

export function createRemotes({ kysely, transaction }: Database, shopId: string): Remotes {
  const read = (db: Kysely<Tables>, remote: string) =>
    db.selectFrom("remotes").selectAll().where("shop_id", "=", shopId).where("remote", "=", remote).executeTakeFirst();
  return {
    async set(remote, { state, message, remedy, at }) {
      const known = await read(kysely, remote);
      if (known?.state === state && known.message === message && Math.abs(at - known.at) < REMOTE_REFRESH_MS) {
        return false;
      }
      return await transaction(async (tx) => {
        const before = await read(tx, remote);
        const since = before?.state === state ? before.since : at;
        const columns = { state, message, remedy, since, at };
        await tx
          .insertInto("remotes")
          .values({ shop_id: shopId, remote, ...columns })
          .onConflict((conflict) => conflict.columns(["shop_id", "remote"]).doUpdateSet(columns))
          .execute();
        return (before?.state ?? "ok") !== state || (state === "refused" && before?.message !== message);
      });
    },

    async list() {
      const rows = await kysely
        .selectFrom("remotes")
        .selectAll()
        .where("shop_id", "=", shopId)
        .orderBy("remote")
        .execute();
      return rows.map(({ remote, state, message, remedy, since, at }) => ({
        remote,
        state,
        message,
        remedy,
        since,
        at,
      }));
    },
  };
}
