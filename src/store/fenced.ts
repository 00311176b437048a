/**
 * The writes of a run. Each `fenced` call is one transaction: begin, look whether the lease is still ours, write, commit.
 * Because the look and the writes are one transaction, a worker that was frozen or whose lease another took writes
 * nothing, however late it wakes up.
 *
 * A crash before the commit leaves nothing of it; after the commit, all of it. There is nothing in between.
 */
import type { Kysely } from "kysely";
import { AssertionError } from "../base/errors.ts";
import type { EffectKind } from "../core/effect.ts";
import type { ShipmentRecord } from "../core/shipment.ts";
import { isFinalStatus } from "../core/status.ts";
import type { Database } from "./database.ts";
import { beginEffect, countLookup, settleEffect } from "./effects.ts";
import { raiseMark, raiseMarker } from "./generations.ts";
import { assertLeased } from "./leases.ts";
import { fromJson, toShipmentColumns } from "./records.ts";
import { extendsHistory } from "./shipments.ts";
import { readSpending } from "./spending.ts";
import type { Tables } from "./tables.ts";
import { insertNote, insertTimeline } from "./timeline.ts";
import type { FencedWriter, Lease, Store } from "./types.ts";

export function createFenced(database: Database, shopId: string): Store["fenced"] {
  return async (lease, write) => {
    const scope = new WriterScope();
    const result = await database.transaction(async (tx) => {
      await assertLeased(tx, shopId, lease);
      try {
        const written = await write(createWriter(tx, shopId, lease, scope));
        if (scope.isMarked) {
          await raiseMark(tx, shopId);
        }
        return written;
      } finally {
        scope.end();
      }
    });
    if (scope.isMarked) {
      // Before the call is sent: whoever opens a copy without this intent has to see that it is one.
      await raiseMarker(database, shopId);
    }
    return result;
  };
}

/** Calls that a database restored from an older copy must not make again, or must know of. */
const MARKED: ReadonlySet<EffectKind> = new Set<EffectKind>(["buy", "void", "fulfil", "update_tracking"]);

/** Sees to it that no write is left running, or made, when the transaction ends: it would be on its own then. */
class WriterScope {
  /** An irreversible call was journalled. */
  isMarked = false;
  #ended = false;
  #running = 0;

  async run<T>(write: () => Promise<T>): Promise<T> {
    if (this.#ended) {
      throw new AssertionError("A fenced writer was used after its transaction.");
    }
    this.#running += 1;
    try {
      return await write();
    } finally {
      this.#running -= 1;
    }
  }

  end(): void {
    this.#ended = true;
    if (this.#running > 0) {
      throw new AssertionError("A fenced write was not awaited.");
    }
  }
}

function createWriter(tx: Kysely<Tables>, shopId: string, lease: Lease, scope: WriterScope): FencedWriter {
  const { orderId } = lease;
  return {
    planShipment: (record) => scope.run(() => planShipment(tx, shopId, lease, record)),
    updateShipment: (id, patch) => scope.run(() => updateShipment(tx, shopId, lease, id, patch)),
    beginEffect: (intent, at) => {
      scope.isMarked ||= MARKED.has(intent.kind);
      return scope.run(() => beginEffect(tx, shopId, orderId, intent, at));
    },
    settleEffect: (key, state, failure, at) => scope.run(() => settleEffect(tx, shopId, key, state, failure, at)),
    countLookup: (key, at) => scope.run(() => countLookup(tx, shopId, key, at)),
    saveJudgement: (judgement) => scope.run(() => saveJudgement(tx, shopId, lease, judgement)),
    rememberFulfillmentOrders: (rows) => scope.run(() => rememberFulfillmentOrders(tx, shopId, lease, rows)),
    markVerified: () => scope.run(() => markVerified(tx, shopId, lease)),
    rememberName: (name) => scope.run(() => rememberName(tx, shopId, lease, name)),
    addNote: (note, at) => scope.run(() => insertNote(tx, shopId, orderId, note, at)),
    readSpending: (query) => scope.run(() => readSpending(tx, shopId, orderId, query)),
    addTimeline: (entry) => scope.run(() => insertTimeline(tx, shopId, orderId, entry)),
  };
}

async function planShipment(tx: Kysely<Tables>, shopId: string, lease: Lease, record: ShipmentRecord): Promise<void> {
  if (record.orderId !== lease.orderId) {
    throw new AssertionError("A shipment was planned for another order than the lease is for.");
  }
  const { id, state, fingerprint, provider, reference, generation, createdAt } = record;
  await tx
    .insertInto("shipments")
    .values({
      ...toShipmentColumns(record),
      shop_id: shopId,
      id,
      order_id: record.orderId,
      fulfillment_order_id: record.fulfillmentOrderId,
      parcel_number: record.parcelNumber,
      parcel_count: record.parcelCount,
      generation,
      provider,
      reference,
      state,
      fingerprint,
      lines: JSON.stringify(record.lines),
      parcel: JSON.stringify(record.parcel),
      rates: JSON.stringify(record.rates),
      tracking: JSON.stringify(record.tracking),
      created_at: createdAt,
    })
    .execute();
}

async function updateShipment(
  tx: Kysely<Tables>,
  shopId: string,
  lease: Lease,
  id: string,
  patch: Partial<ShipmentRecord>,
): Promise<void> {
  const row = await tx
    .selectFrom("shipments")
    .select("tracking")
    .where("shop_id", "=", shopId)
    .where("id", "=", id)
    .where("order_id", "=", lease.orderId)
    .executeTakeFirst();
  if (row === undefined) {
    throw new AssertionError(`There is no shipment ${id} of this order.`);
  }
  const { tracking, ...others } = patch;
  const grew = tracking !== undefined && extendsHistory(fromJson(row.tracking), tracking);
  const columns = { ...toShipmentColumns(grew ? { ...others, tracking } : others), ...trackingPlan(patch) };
  if (Object.keys(columns).length > 0) {
    await tx.updateTable("shipments").set(columns).where("shop_id", "=", shopId).where("id", "=", id).execute();
  }
}

/** With the purchase in one commit: a crash right after it must not leave a parcel that nobody follows. */
function trackingPlan({ state, label }: Partial<ShipmentRecord>): { next_track_at?: number | null } {
  if (state === "bought" && label) {
    return { next_track_at: label.boughtAt };
  }
  return state === "voided" || state === "abandoned" ? { next_track_at: null } : {};
}

async function saveJudgement(
  tx: Kysely<Tables>,
  shopId: string,
  lease: Lease,
  judgement: Parameters<FencedWriter["saveJudgement"]>[0],
): Promise<boolean> {
  const before = await tx
    .selectFrom("orders")
    .select(["status", "reason", "personal_data_erased_at"])
    .where("shop_id", "=", shopId)
    .where("id", "=", lease.orderId)
    .executeTakeFirstOrThrow();
  const changed = before.status !== judgement.status || before.reason !== judgement.reason;
  // Looked at again, an erased order tells nothing anew while it rests; one that moves again is an order like any other.
  const isErased = before.personal_data_erased_at !== null && isFinalStatus(judgement.status);
  await tx
    .updateTable("orders")
    .set({
      status: judgement.status,
      reason: judgement.reason,
      reason_input: isErased ? "{}" : JSON.stringify(judgement.reasonInput),
      decision: isErased ? null : JSON.stringify(judgement.decision ?? null),
      ...(before.personal_data_erased_at !== null && !isErased && { personal_data_erased_at: null }),
      ...(changed && { status_since: judgement.at }),
    })
    .where("shop_id", "=", shopId)
    .where("id", "=", lease.orderId)
    .execute();
  return changed;
}

async function markVerified(tx: Kysely<Tables>, shopId: string, lease: Lease): Promise<void> {
  await tx
    .updateTable("orders")
    .set((eb) => ({
      verified_generation: eb
        .selectFrom("database_generations")
        .select((inner) => inner.fn.max<number>("number").as("newest"))
        .where("shop_id", "=", shopId),
    }))
    .where("shop_id", "=", shopId)
    .where("id", "=", lease.orderId)
    .execute();
}

async function rememberName(tx: Kysely<Tables>, shopId: string, lease: Lease, name: string): Promise<void> {
  await tx.updateTable("orders").set({ name }).where("shop_id", "=", shopId).where("id", "=", lease.orderId).execute();
}

async function rememberFulfillmentOrders(
  tx: Kysely<Tables>,
  shopId: string,
  lease: Lease,
  rows: Parameters<FencedWriter["rememberFulfillmentOrders"]>[0],
): Promise<void> {
  for (const row of rows) {
    await tx
      .insertInto("fulfillment_orders")
      .values({ shop_id: shopId, id: row.id, order_id: lease.orderId, updated_at: row.updatedAt })
      .onConflict((conflict) =>
        conflict.columns(["shop_id", "id"]).doUpdateSet({ order_id: lease.orderId, updated_at: row.updatedAt }),
      )
      .execute();
  }
}
