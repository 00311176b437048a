/** What people asked to be told or to have erased, and which orders were. Frozen. */
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

export const PERSONAL_DATA: Migration = {
  name: "0003-personal-data",
  async up(db) {
    await db.schema
      .createTable("personal_data_requests")
      .addColumn("shop_id", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("order_id", "text", (column) => column.notNull())
      .addColumn("received_at", "bigint", (column) => column.notNull())
      .addColumn("done_at", "bigint")
      // Asked again it is the same row: whoever repeats a message cannot make the table grow.
      .addPrimaryKeyConstraint("personal_data_requests_pk", ["shop_id", "kind", "order_id"])
      .execute();
    await sql`create index personal_data_requests_open on personal_data_requests (shop_id, kind, order_id)
    where done_at is null`.execute(db);
    await db.schema.alterTable("orders").addColumn("personal_data_erased_at", "bigint").execute();
    // For the retention. An order that was not judged yet has nothing to erase, so that a webhook pays nothing for this.
    await sql`create index orders_to_erase on orders (shop_id, status, status_since)
    where decision is not null and personal_data_erased_at is null`.execute(db);
  },
};
