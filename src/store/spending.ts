/**
 * What was spent, and what humans approved. Read by a run before it decides, and again in the transaction that journals a
 * purchase: that transaction holds the write lock, so no other purchase is begun between the sum and the new row.
 *
 * A purchase counts from its `begun` on, at the price that was asked for; once its label is stored, at what was charged; no
 * more once the label is voided, or the purchase is refused or was looked up and is not there. A label that was found at
 * the provider counts when it was bought, not when it was found.
 */
import { type Kysely, type SqlBool, sql } from "kysely";
import type { EffectState } from "../core/effect.ts";
import type { Money } from "../core/money.ts";
import type { OrderId } from "../core/order.ts";
import type { Approval, Spending } from "../core/spending.ts";
import { fromJson } from "./records.ts";
import type { SpendingQuery } from "./spending-types.ts";
import type { Tables } from "./tables.ts";

const COUNTED: readonly EffectState[] = ["begun", "unknown", "done"];

export async function readSpending(
  db: Kysely<Tables>,
  shopId: string,
  orderId: OrderId,
  { windows, counts, firstLabels, installation }: SpendingQuery,
): Promise<Spending> {
  const [hour, day] = counts
    ? [await sumSince(db, shopId, windows.hour.sinceAt), await sumSince(db, shopId, windows.day.sinceAt)]
    : [NOTHING, NOTHING];
  return {
    hour: { ...windows.hour, ...hour },
    day: { ...windows.day, ...day },
    order: (await sum(purchases(db, shopId).where("effects.order_id", "=", orderId))).amounts,
    labelsEver: firstLabels === 0 ? 0 : await countLabels(db, shopId, firstLabels),
    installedAt: installation ? await readInstalledAt(db, shopId) : null,
    approvals: await readApprovals(db, shopId, orderId),
  };
}

interface Sum {
  readonly labels: number;
  readonly amounts: readonly Money[];
}

const NOTHING: Sum = { labels: 0, amounts: [] };

function purchases(db: Kysely<Tables>, shopId: string) {
  return db
    .selectFrom("effects")
    .innerJoin("shipments", (join) =>
      join.onRef("shipments.shop_id", "=", "effects.shop_id").onRef("shipments.id", "=", "effects.shipment_id"),
    )
    .where("effects.shop_id", "=", shopId)
    .where("effects.kind", "=", "buy")
    .where("effects.state", "in", COUNTED)
    .where("shipments.state", "<>", "voided");
}

function sumSince(db: Kysely<Tables>, shopId: string, sinceAt: number): Promise<Sum> {
  return sum(
    purchases(db, shopId)
      .where("effects.begun_at", ">=", sinceAt)
      .where(sql<SqlBool>`coalesce(shipments.bought_at, effects.begun_at) >= ${sinceAt}`),
  );
}

async function sum(query: ReturnType<typeof purchases>): Promise<Sum> {
  const rows = await query
    .select((eb) => [
      eb.fn.coalesce("shipments.cost_currency", "effects.price_currency").as("currency"),
      eb.fn.sum<number>(eb.fn.coalesce("shipments.cost_minor", "effects.price_minor")).as("amount"),
      eb.fn.countAll<number>().as("labels"),
    ])
    .groupBy((eb) => eb.fn.coalesce("shipments.cost_currency", "effects.price_currency"))
    .execute();
  return {
    labels: rows.reduce((labels, row) => labels + row.labels, 0),
    amounts: rows.flatMap(({ currency, amount }) =>
      currency === null ? [] : [{ amountMinor: amount ?? 0, currency }],
    ),
  };
}

async function countLabels(db: Kysely<Tables>, shopId: string, atMost: number): Promise<number> {
  const rows = await db
    .selectFrom("effects")
    .select("key")
    .where("shop_id", "=", shopId)
    .where("kind", "=", "buy")
    .where("state", "in", COUNTED)
    .limit(atMost)
    .execute();
  return rows.length;
}

async function readInstalledAt(db: Kysely<Tables>, shopId: string): Promise<number | null> {
  const row = await db
    .selectFrom("database_generations")
    .select((eb) => eb.fn.min("began_at").as("at"))
    .where("shop_id", "=", shopId)
    .executeTakeFirst();
  return row?.at ?? null;
}

async function readApprovals(db: Kysely<Tables>, shopId: string, orderId: OrderId): Promise<readonly Approval[]> {
  const rows = await db
    .selectFrom("approvals")
    .selectAll()
    .where("shop_id", "=", shopId)
    .where("order_id", "=", orderId)
    .execute();
  return rows.map((row) => ({
    orderId: row.order_id,
    shipmentId: row.shipment_id,
    fingerprint: row.fingerprint,
    guards: fromJson<readonly string[]>(row.guards),
    maxPrice: { amountMinor: row.max_minor, currency: row.max_currency },
    who: row.who,
    at: row.at,
  }));
}

/** The newest word about a shipment counts. */
export async function storeApproval(db: Kysely<Tables>, shopId: string, approval: Approval): Promise<void> {
  const { orderId, shipmentId, fingerprint, guards, maxPrice, who, at } = approval;
  const columns = {
    ...{ order_id: orderId, fingerprint, guards: JSON.stringify(guards), who, at },
    ...{ max_minor: maxPrice.amountMinor, max_currency: maxPrice.currency },
  };
  await db
    .insertInto("approvals")
    .values({ shop_id: shopId, shipment_id: shipmentId, ...columns })
    .onConflict((conflict) => conflict.columns(["shop_id", "shipment_id"]).doUpdateSet(columns))
    .execute();
}
