/**
 * Which copy of the database this is, and which orders were checked since it was found to be an older one. Frozen.
 * `generations.ts` says what they are for.
 */
import { type Kysely, sql } from "kysely";
import type { Migration } from "../migrate.ts";

export const DATABASE_GENERATIONS: Migration = {
  name: "0002-database-generations",
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("database_generations")
      .addColumn("shop_id", "text", (column) => column.notNull())
      .addColumn("number", "integer", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("mark", "bigint", (column) => column.notNull())
      .addColumn("began_at", "bigint", (column) => column.notNull())
      .addColumn("cause", "text", (column) => column.notNull())
      .addColumn("taken_at", "bigint")
      .addColumn("verified_at", "bigint")
      .addPrimaryKeyConstraint("database_generations_pk", ["shop_id", "number"])
      .execute();
    await sql`alter table orders add column verified_generation integer`.execute(db);
  },
};
