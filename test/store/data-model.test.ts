/** The page about the tables against the schema as SQLite has it: what people build queries on is neither missing nor made up. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { ORDER_STATUSES } from "../../src/core/status.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/data-model.md"), "utf8");
const SCHEMA = readFileSync(join(import.meta.dirname, "schema.sqlite.sql"), "utf8");

const sections = new Map(
  PAGE.split(/^## /m)
    .slice(1)
    .map((section) => [/^`(\w+)`/.exec(section)?.[1] ?? section.split("\n")[0] ?? "", section]),
);

/** A database with the tables of the frozen schema. Without its triggers: the file has them before their tables. */
function emptyDatabase(): Sqlite.Database {
  const database = new Sqlite(":memory:");
  for (const statement of SCHEMA.split(/;\n\n|;\n$/).filter((text) => text.startsWith("CREATE TABLE"))) {
    database.exec(statement);
  }
  return database;
}

/** Tables with their columns. */
function realTables(): ReadonlyMap<string, readonly string[]> {
  const database = emptyDatabase();
  const names = database
    .prepare<[], { name: string }>("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .all();
  const tables = names.map(({ name }) => {
    const columns = database.prepare<[string], { name: string }>("select name from pragma_table_info(?)").all(name);
    return [name, columns.map((column) => column.name)] as const;
  });
  database.close();
  return new Map(tables);
}

const tables = realTables();

function rowsOf(table: string): ReadonlyMap<string, string> {
  const rows = [...(sections.get(table) ?? "").matchAll(/^\| `(\w+)` \| (.+) \|$/gm)];
  return new Map(rows.map((row) => [row[1] ?? "", row[2] ?? ""]));
}

describe("docs/data-model.md", () => {
  it("has every table there is, and no other", () => {
    expect(tables.size).toBeGreaterThan(9);
    expect([...sections.keys()].sort()).toEqual([...tables.keys()].sort());
  });

  it.each([...tables])("says of %s what each column means, in their order", (table, columns) => {
    expect([...rowsOf(table).keys()]).toEqual(columns);
    expect([...rowsOf(table).values()].every((meaning) => meaning.endsWith("."))).toBe(true);
  });

  it("names every status of an order", () => {
    const named = [...(rowsOf("orders").get("status") ?? "").matchAll(/`(\w+)`/g)].map((match) => match[1]);
    expect(named).toEqual([...ORDER_STATUSES]);
  });

  it("gives queries that SQLite takes", () => {
    const database = emptyDatabase();
    const queries = [...PAGE.matchAll(/```sql\n([\s\S]*?)```/g)].flatMap((match) => (match[1] ?? "").split(/;\n/));
    const written = queries.filter((query) => query.trim() !== "");
    expect(written.length).toBeGreaterThan(2);
    for (const query of written) {
      expect(() => database.prepare(query), query).not.toThrow();
    }
    database.close();
  });
});
