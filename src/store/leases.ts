/**
 * Who works on an order. The lease and the version on the row keep two workers apart, whatever the queue engine does.
 *
 *   free ──claim──► leased ──release──► free
 *                     │ └──extend──► leased, longer
 *                     └── the time ends, or its owner is known to be dead ──► may be claimed by another
 *
 * Every claim raises `version`, and every write of a run shows the version it was given: after another claim they do not
 * match and nothing is written. So a lease that ends early (a clock that jumped, a process that was frozen) costs time.
 * A run that dies leaves its order due: `claim` sets `due_at` to now at the latest, only `release` moves it on.
 */
import { type ExpressionBuilder, type ExpressionWrapper, type Kysely, type SqlBool, sql } from "kysely";
import { StoreError } from "../base/errors.ts";
import { type DurationMs, type Instant, MINUTE_MS } from "../core/time.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";
import type { Lease, Orders } from "./types.ts";

type Leases = Pick<
  Orders,
  "due" | "dueSummary" | "nextDueAt" | "claim" | "extend" | "release" | "freeLeases" | "freeLease"
>;

export function createLeases({ kysely }: Database, shopId: string): Leases {
  return {
    ...createSweep(kysely, shopId),

    async claim(id, owner, now, leaseMs) {
      const until = now + Math.min(leaseMs, LEASE_MAX_MS);
      const row = await kysely
        .updateTable("orders")
        .set((eb) => ({
          lease_owner: owner,
          lease_until: until,
          version: eb("version", "+", 1),
          due_at: sql<number>`case when due_at is null or due_at > ${now} then ${now} else due_at end`,
        }))
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .where((eb) => isFree(eb, now))
        .returning(["version", "requested_seq"])
        .executeTakeFirst();
      return row === undefined
        ? null
        : { orderId: id, owner, version: row.version, requestedSeq: row.requested_seq, until };
    },

    async extend(lease, now, leaseMs) {
      const result = await updateLeased(kysely, shopId, lease)
        .set({ lease_until: now + Math.min(leaseMs, LEASE_MAX_MS) })
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async release(lease, now, next) {
      const asked = sql<boolean>`requested_seq > ${lease.requestedSeq}`;
      const result = await updateLeased(kysely, shopId, lease)
        .set({
          lease_owner: null,
          lease_until: null,
          last_run_at: now,
          done_seq: lease.requestedSeq,
          due_at: sql<number | null>`case when ${asked} then ${now} else ${next.dueAt} end`,
          attempts: sql<number>`case when ${asked} then 0 else ${next.attempts} end`,
          last_error_kind: next.lastError?.kind ?? null,
          last_error_message: next.lastError?.message ?? null,
        })
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async freeLeases(owners) {
      const result = await kysely
        .updateTable("orders")
        .set({ lease_owner: null, lease_until: null })
        .where("shop_id", "=", shopId)
        .where("lease_owner", "is not", null)
        .$if(owners !== "all", (query) => query.where("lease_owner", "in", owners === "all" ? [] : [...owners]))
        .executeTakeFirst();
      return Number(result.numUpdatedRows);
    },

    async freeLease(id, owner) {
      const result = await kysely
        .updateTable("orders")
        .set({ lease_owner: null, lease_until: null })
        .where("shop_id", "=", shopId)
        .where("id", "=", id)
        .where("lease_owner", "=", owner)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  };
}

/** What is due and when; reads only. */
function createSweep(kysely: Kysely<Tables>, shopId: string): Pick<Orders, "due" | "dueSummary" | "nextDueAt"> {
  const waiting = kysely.selectFrom("orders").where("shop_id", "=", shopId);
  return {
    async due(now, limit) {
      const rows = await waiting
        .select("id")
        .where("due_at", "<=", now)
        .where((eb) => isFree(eb, now))
        .orderBy("due_at")
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map((row) => row.id);
    },

    async dueSummary(now) {
      const row = await waiting
        .select((eb) => [eb.fn.countAll<number>().as("count"), eb.fn.min("due_at").as("oldest_at")])
        .where("due_at", "<=", now)
        .where((eb) => isFree(eb, now))
        .executeTakeFirstOrThrow();
      return { count: row.count, oldestAt: row.oldest_at };
    },

    async nextDueAt() {
      const free = await waiting
        .select("due_at")
        .where("due_at", "is not", null)
        .where("lease_until", "is", null)
        .orderBy("due_at")
        .limit(1)
        .executeTakeFirst();
      // Few: one per worker.
      const leased = await waiting.select(["due_at", "lease_until"]).where("lease_owner", "is not", null).execute();
      const instants = leased.map((row) => Math.max(row.due_at ?? 0, row.lease_until ?? 0));
      return [free?.due_at ?? null, ...instants].reduce(earliest, null);
    },
  };
}

/**
 * Inside a fenced transaction: throws `StoreError` `lease_lost` unless nobody claimed since and the lease was not given
 * back. Whether its time has ended does not matter then.
 */
export async function assertLeased(db: Kysely<Tables>, shopId: string, lease: Lease): Promise<void> {
  const row = await db
    .selectFrom("orders")
    .select(["lease_owner", "version"])
    .where("shop_id", "=", shopId)
    .where("id", "=", lease.orderId)
    .executeTakeFirst();
  if (row === undefined || row.lease_owner !== lease.owner || row.version !== lease.version) {
    throw new StoreError(
      "lease_lost",
      "Another worker has taken this order over.",
      "Nothing: that worker goes on with it.",
    );
  }
}

function updateLeased(kysely: Kysely<Tables>, shopId: string, lease: Lease) {
  return kysely
    .updateTable("orders")
    .where("shop_id", "=", shopId)
    .where("id", "=", lease.orderId)
    .where("lease_owner", "=", lease.owner)
    .where("version", "=", lease.version);
}

/**
 * No lease is longer, whatever is asked for. One that ends later was taken before the clock was set back, and it would keep an order of a dead
 * run from everybody until the clock has caught up; who still works under it is kept from writing by the version.
 */
export const LEASE_MAX_MS: DurationMs = 5 * MINUTE_MS;
/** Another process read its clock a moment later, and the longest lease it takes ends that much beyond ours. */
const CLOCKS_APART_MS: DurationMs = MINUTE_MS;

function isFree(eb: ExpressionBuilder<Tables, "orders">, now: Instant): ExpressionWrapper<Tables, "orders", SqlBool> {
  const ends = eb.or([eb("lease_until", "<=", now), eb("lease_until", ">", now + LEASE_MAX_MS + CLOCKS_APART_MS)]);
  return eb.or([eb("lease_until", "is", null), ends]);
}

function earliest(a: Instant | null, b: Instant | null): Instant | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
