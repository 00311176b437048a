/**
 * Brings the schema up to date. Forward only, from a static list: a file that merely lies in a folder is never run. All
 * that is missing runs in one transaction that holds the write lock from its start, so of many starters one migrates and
 * the others find it done, and a migration that fails or is killed leaves nothing.
 */
import { type Kysely, sql } from "kysely";
import { StoreError } from "../base/errors.ts";
import type { Instant } from "../core/time.ts";
import type { Database, DialectSql } from "./database.ts";
import { INITIAL } from "./migrations/0001-initial.ts";
import { DATABASE_GENERATIONS } from "./migrations/0002-database-generations.ts";
import { PERSONAL_DATA } from "./migrations/0003-personal-data.ts";
import { NARROW_BODY_INDEX } from "./migrations/0004-narrow-body-index.ts";
import { SPENDING } from "./migrations/0006-spending.ts";
import { PARCEL_COUNT } from "./migrations/0007-parcel-count.ts";

/** Frozen once released: a later change of the schema is a later migration. */
export interface Migration {
  /** Names are compared with those in the database: never rename one. */
  readonly name: string;
  up(db: Kysely<unknown>, dialect: DialectSql): Promise<void>;
}

export const MIGRATIONS: readonly Migration[] = [
  INITIAL,
  DATABASE_GENERATIONS,
  PERSONAL_DATA,
  NARROW_BODY_INDEX,
  SPENDING,
  PARCEL_COUNT,
];

/**
 * Returns the names of the migrations it ran. May be called by any number of processes at once, any number of times.
 * Throws `StoreError` `newer_schema` when the database knows a migration that this program does not.
 */
export async function migrate(
  database: Database,
  now: Instant,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<readonly string[]> {
  const schema = withoutTypes(database.kysely);
  if (missing(await appliedMigrations(schema, database.dialect), migrations).length === 0) {
    return [];
  }
  return await database.transaction(async (typed) => {
    const tx = withoutTypes(typed);
    await sql`create table if not exists schema_migrations (name text primary key not null, applied_at bigint not null)`.execute(
      tx,
    );
    // Read again: whoever held the lock before us may have done it all.
    const todo = missing(await appliedMigrations(tx, database.dialect), migrations);
    for (const migration of todo) {
      await migration.up(tx, database.dialect);
      await sql`insert into schema_migrations (name, applied_at) values (${migration.name}, ${now})`.execute(tx);
    }
    return todo.map((migration) => migration.name);
  });
}

/** Migrations are written against the schema of their time, not against the row types of today. */
function withoutTypes(db: object): Kysely<unknown> {
  return db as Kysely<unknown>;
}

async function appliedMigrations(db: Kysely<unknown>, dialect: DialectSql): Promise<readonly string[]> {
  if (!(await dialect.hasTable(db, "schema_migrations"))) {
    return [];
  }
  const { rows } = await sql<{ name: string }>`select name from schema_migrations`.execute(db);
  return rows.map((row) => row.name);
}

function missing(applied: readonly string[], migrations: readonly Migration[]): readonly Migration[] {
  const unknown = applied.filter((name) => !migrations.some((migration) => migration.name === name));
  if (unknown.length > 0) {
    throw new StoreError(
      "newer_schema",
      `The database was made by a newer shipbot (it has ${unknown.join(", ")}).`,
      "Use that version again, or restore a backup from before the upgrade.",
    );
  }
  return migrations.filter((migration) => !applied.includes(migration.name));
}
