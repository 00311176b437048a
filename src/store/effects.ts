/**
 * The journal: what we told the world, or meant to. A row is committed as `begun` before the call is sent.
 *
 *   (no row) ──begin──► begun ──settle──► done | refused | unknown | absent
 *   unknown ──settle, after reading──► done | absent | refused | unknown
 *   refused ──lift──► lifted          refused | absent | lifted ──begin, attempt + 1──► begun
 *
 * A crash before the commit of `begun` leaves nothing, and nothing was sent. A crash after it leaves `begun`: it may have
 * been sent, and `begin` refuses until reading the other side settles it. Rows are never deleted.
 */
import type { Kysely } from "kysely";
import { AssertionError } from "../base/errors.ts";
import type { EffectRecord, EffectState } from "../core/effect.ts";
import type { OrderId } from "../core/order.ts";
import type { Instant } from "../core/time.ts";
import { toEffectRecord } from "./records.ts";
import type { Tables } from "./tables.ts";
import type { Effects, FencedWriter } from "./types.ts";

/** It may have happened, or it has: sending again could buy twice. */
const MAY_HAVE_HAPPENED: readonly EffectState[] = ["begun", "unknown", "done"];
const UNRESOLVED: readonly EffectState[] = ["begun", "unknown"];

export function createEffects(kysely: Kysely<Tables>, shopId: string): Effects {
  return {
    async ofOrder(orderId) {
      const rows = await kysely
        .selectFrom("effects")
        .selectAll()
        .where("shop_id", "=", shopId)
        .where("order_id", "=", orderId)
        .orderBy("begun_at")
        .orderBy("key")
        .execute();
      return rows.map(toEffectRecord);
    },
  };
}

type Intent = Parameters<FencedWriter["beginEffect"]>[0];

/** See `FencedWriter.beginEffect`. */
export async function beginEffect(
  tx: Kysely<Tables>,
  shopId: string,
  orderId: OrderId,
  intent: Intent,
  at: Instant,
): Promise<EffectRecord> {
  const earlier = await readEffect(tx, shopId, intent.key);
  if (earlier !== undefined && MAY_HAVE_HAPPENED.includes(earlier.state)) {
    throw new AssertionError(`The effect ${intent.key} is ${earlier.state} and must not be sent again.`);
  }
  if (intent.kind === "buy") {
    await assertNoOtherLabel(tx, shopId, intent.shipmentId);
  }
  const effect: EffectRecord = {
    ...intent,
    orderId,
    state: "begun",
    attempt: (earlier?.attempt ?? 0) + 1,
    failure: null,
    begunAt: at,
    settledAt: null,
    lookups: 0,
    lookedUpAt: null,
  };
  const columns = {
    state: effect.state,
    attempt: effect.attempt,
    input: JSON.stringify(effect.input),
    failure_kind: null,
    failure_message: null,
    begun_at: at,
    settled_at: null,
    lookups: 0,
    looked_up_at: null,
    ...priceOf(intent),
  };
  if (earlier !== undefined) {
    await whereKey(tx, shopId, effect.key).set(columns).execute();
  } else {
    const { key, kind, shipmentId } = effect;
    await tx
      .insertInto("effects")
      .values({ shop_id: shopId, key, kind, order_id: orderId, shipment_id: shipmentId, ...columns })
      .execute();
  }
  return effect;
}

/** What the guards count while no label tells what was charged. */
function priceOf({ kind, input }: Intent): {
  readonly price_minor: number | null;
  readonly price_currency: string | null;
} {
  const { amountMinor, currency } = input;
  return kind === "buy" && typeof amountMinor === "number" && typeof currency === "string"
    ? { price_minor: amountMinor, price_currency: currency }
    : { price_minor: null, price_currency: null };
}

/** See `FencedWriter.settleEffect`. */
export async function settleEffect(
  tx: Kysely<Tables>,
  shopId: string,
  key: string,
  state: EffectState,
  failure: EffectRecord["failure"],
  at: Instant,
): Promise<void> {
  const result = await whereKey(tx, shopId, key)
    .set({
      state,
      failure_kind: failure?.kind ?? null,
      failure_message: failure?.message ?? null,
      settled_at: at,
    })
    .where("state", "in", UNRESOLVED)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) {
    const there = await readEffect(tx, shopId, key);
    throw new AssertionError(`The effect ${key} is ${there?.state ?? "not begun"} and cannot become ${state}.`);
  }
}

/** See `FencedWriter.countLookup`. */
export async function countLookup(tx: Kysely<Tables>, shopId: string, key: string, at: Instant): Promise<void> {
  await whereKey(tx, shopId, key)
    .set((eb) => ({ lookups: eb("lookups", "+", 1), looked_up_at: at }))
    .execute();
}

/** The index of promise P1 refuses a second live label when it is stored, which is after it was paid: ask before. */
async function assertNoOtherLabel(tx: Kysely<Tables>, shopId: string, shipmentId: string): Promise<void> {
  const other = await tx
    .selectFrom("shipments as mine")
    .innerJoin("shipments as other", (join) =>
      join
        .onRef("other.shop_id", "=", "mine.shop_id")
        .onRef("other.fulfillment_order_id", "=", "mine.fulfillment_order_id")
        .onRef("other.parcel_number", "=", "mine.parcel_number")
        .onRef("other.id", "<>", "mine.id"),
    )
    .leftJoin("effects as purchase", (join) =>
      join
        .onRef("purchase.shop_id", "=", "other.shop_id")
        .onRef("purchase.shipment_id", "=", "other.id")
        .on("purchase.kind", "=", "buy"),
    )
    .select("other.id")
    .where("mine.shop_id", "=", shopId)
    .where("mine.id", "=", shipmentId)
    .where("other.state", "<>", "voided")
    .where((eb) => eb.or([eb("other.state", "=", "bought"), eb("purchase.state", "in", MAY_HAVE_HAPPENED)]))
    .executeTakeFirst();
  if (other !== undefined) {
    throw new AssertionError(`A label for ${shipmentId} must not be bought: ${other.id} is or may be bought already.`);
  }
}

async function readEffect(tx: Kysely<Tables>, shopId: string, key: string) {
  return await tx
    .selectFrom("effects")
    .select(["state", "attempt"])
    .where("shop_id", "=", shopId)
    .where("key", "=", key)
    .executeTakeFirst();
}

function whereKey(tx: Kysely<Tables>, shopId: string, key: string) {
  return tx.updateTable("effects").where("shop_id", "=", shopId).where("key", "=", key);
}
