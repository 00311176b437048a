/** What is kept of each fulfillment order for judging it again under another policy. Frozen. */
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

export const ORDER_FACTS: Migration = {
  name: "0009-order-facts",
  async up(db) {
    await db.schema
      .createTable("order_facts")
      .addColumn("shop_id", "text", (column) => column.notNull())
      .addColumn("order_id", "text", (column) => column.notNull())
      .addColumn("fulfillment_order_id", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("stamp", "text", (column) => column.notNull())
      .addColumn("facts", "text", (column) => column.notNull())
      .addColumn("decided", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("order_facts_pk", ["shop_id", "order_id", "fulfillment_order_id"])
      .addForeignKeyConstraint("order_facts_order", ["shop_id", "order_id"], "orders", ["shop_id", "id"])
      .execute();
    // Holds the time too, so that what is too old is passed over without reading its facts.
    await sql`create index order_facts_by_time on order_facts (shop_id, order_id, fulfillment_order_id, at)`.execute(
      db,
    );
  },
};
