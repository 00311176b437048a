/** What is wrong with the installation as a whole and stands until it is mended; which orders the policy skips. Frozen. */
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

export const ALARMS: Migration = {
  name: "0008-alarms",
  async up(db) {
    await db.schema
      .createTable("alarms")
      .addColumn("shop_id", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("message", "text", (column) => column.notNull())
      .addColumn("remedy", "text", (column) => column.notNull())
      .addColumn("since", "bigint", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("alarms_pk", ["shop_id", "kind"])
      .execute();
    // A new policy asks for these again; most skipped orders were fulfilled elsewhere and are none of its business.
    await sql`create index orders_skipped_by_policy on orders (shop_id, status_since, id)
    where status = 'skipped' and reason in ('denied', 'skipped_by_rule')`.execute(db);
  },
};
