/** What a purchase was expected to cost, an index over purchases by their time, and what humans approved. Frozen. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "../migrate.ts";

export const SPENDING: Migration = {
  name: "0006-spending",
  async up(db: Kysely<unknown>) {
    await sql`alter table effects add column price_minor bigint`.execute(db);
    await sql`alter table effects add column price_currency text`.execute(db);
    await sql`create index effects_purchases on effects (shop_id, begun_at) where kind = 'buy'`.execute(db);
    await keepOpenPrices(db);
    await db.schema
      .createTable("approvals")
      .addColumn("shop_id", "text", (column) => column.notNull())
      .addColumn("shipment_id", "text", (column) => column.notNull())
      .addColumn("order_id", "text", (column) => column.notNull())
      .addColumn("fingerprint", "text", (column) => column.notNull())
      .addColumn("guards", "text", (column) => column.notNull())
      .addColumn("max_minor", "bigint", (column) => column.notNull())
      .addColumn("max_currency", "text", (column) => column.notNull())
      .addColumn("who", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("approvals_pk", ["shop_id", "shipment_id"])
      .addForeignKeyConstraint("approvals_shipment", ["shop_id", "shipment_id"], "shipments", ["shop_id", "id"])
      .execute();
    await sql`create index approvals_by_order on approvals (shop_id, order_id)`.execute(db);
  },
};

/** Purchases under way have no label that tells their price; theirs stands in their input. */
async function keepOpenPrices(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ shop_id: string; key: string; input: string }>`
    select shop_id, key, input from effects where kind = 'buy' and state in ('begun', 'unknown')`.execute(db);
  for (const row of rows) {
    const input = JSON.parse(row.input) as { readonly amountMinor?: unknown; readonly currency?: unknown };
    if (typeof input.amountMinor === "number" && typeof input.currency === "string") {
      await sql`update effects set price_minor = ${input.amountMinor}, price_currency = ${input.currency}
        where shop_id = ${row.shop_id} and key = ${row.key}`.execute(db);
    }
  }
}
