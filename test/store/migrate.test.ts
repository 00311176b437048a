import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { MIGRATIONS, type Migration, migrate } from "../../src/store/migrate.ts";
import { openStore } from "../../src/store/store.ts";
import { TestClock, useDatabases } from "../support/database.ts";

const databases = useDatabases();
const clock = new TestClock();
const NAMES = MIGRATIONS.map(({ name }) => name);
const FROZEN_SCHEMA = join(import.meta.dirname, "schema.sqlite.sql");

test("the schema is the frozen one", async () => {
  const url = databases.fileUrl();
  await (await databases.open({ url })).close();
  // A change of the schema is a new migration, and then a new dump: the message holds the text for the file.
  expect(dumpSchema(url)).toBe(existsSync(FROZEN_SCHEMA) ? readFileSync(FROZEN_SCHEMA, "utf8") : "");
});

test("a second migration does nothing", async () => {
  const database = await openDatabase("sqlite::memory:", clock);
  expect(await migrate(database, 1)).toEqual(NAMES);
  expect(await migrate(database, 2)).toEqual([]);
  await database.close();
});

test("twenty migrations at once on one file are one migration", async () => {
  const url = databases.fileUrl();
  const ran = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const database = await openDatabase(url, clock);
      const names = await migrate(database, 1);
      await database.close();
      return names;
    }),
  );
  expect(ran.flat()).toEqual(NAMES);
});

test("a migration that fails leaves nothing, and can be mended", async () => {
  const url = databases.fileUrl();
  const database = await openDatabase(url, clock);
  const broken: Migration = {
    name: "9998-broken",
    async up(db) {
      await sql`create table half_done (a text)`.execute(db);
      throw new Error("the power went");
    },
  };
  await expect(migrate(database, 1, [...MIGRATIONS, broken])).rejects.toThrow("the power went");
  expect(dumpSchema(url)).toBe("\n");
  const mended: Migration = {
    ...broken,
    up: (db) => sql`create table half_done (a text)`.execute(db).then(() => undefined),
  };
  expect(await migrate(database, 1, [...MIGRATIONS, mended])).toEqual([...NAMES, "9998-broken"]);
  await database.close();
});

test("an older database gets only what it lacks and keeps its rows", async () => {
  const url = databases.fileUrl();
  const store = await databases.open({ url });
  await store.cursors.set("orders", "7", 1);
  const database = await openDatabase(url, clock);
  const later: Migration = {
    name: "9998-later",
    async up(db) {
      await db.schema.alterTable("cursors").addColumn("note", "text").execute();
    },
  };
  expect(await migrate(database, 1, [...MIGRATIONS, later])).toEqual(["9998-later"]);
  await database.close();
  expect(await store.cursors.get("orders")).toBe("7");
});

test("the database of a newer program is refused and not changed", async () => {
  const url = databases.fileUrl();
  await (await databases.open({ url })).close();
  const file = new Sqlite(url.slice("sqlite:".length));
  file.exec("insert into schema_migrations values ('0099-future', 1)");
  file.close();
  const before = dumpSchema(url);
  await expect(openStore({ url, shopId: "shop-1", clock })).rejects.toMatchObject({ kind: "newer_schema" });
  expect(dumpSchema(url)).toBe(before);
});

/** Every statement that made the schema, by kind and name. */
function dumpSchema(url: string): string {
  const file = new Sqlite(url.slice("sqlite:".length));
  const rows = file
    .prepare<[], { sql: string }>(
      "select sql from sqlite_master where sql is not null and name not like 'sqlite_%' order by type desc, name",
    )
    .all();
  file.close();
  return `${rows.map((row) => `${row.sql};`).join("\n\n")}\n`;
}
