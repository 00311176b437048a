/** Looks into a database file that nobody works with: whether it is whole, and what it holds. For backups and restores. */
import { setImmediate } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { StoreError } from "../base/errors.ts";
import { toStoreError } from "./sqlite-connection.ts";

export interface ShopContents {
  readonly shop: string;
  /** `DatabaseGeneration.id`; `null` in databases of before there were any. */
  readonly generation: string | null;
  readonly mark: number;
  readonly orders: number;
  /** Labels that were paid for, voided ones among them. */
  readonly labels: number;
}

export interface DatabaseContents {
  /** Names of the migrations that ran on it. */
  readonly schema: readonly string[];
  readonly shops: readonly ShopContents[];
}

/**
 * Reads the file at `path`, and changes it only in this: a write-ahead log beside it is taken in, so that it stands for
 * itself. `thorough` also compares every index with its table, which takes several times as long. Gives way between
 * tables, because the daemon does this too. Throws `StoreError` `corrupt` when it is damaged or not a database of ours.
 */
export async function inspectDatabase(
  path: string,
  options: { readonly thorough: boolean },
): Promise<DatabaseContents> {
  let file: Sqlite.Database | null = null;
  try {
    file = new Sqlite(path, { fileMustExist: true });
    file.pragma("journal_mode = delete");
    await check(file, path, options.thorough);
    return readContents(file, path);
  } catch (error) {
    throw toStoreError(error, path);
  } finally {
    file?.close();
  }
}

async function check(file: Sqlite.Database, path: string, thorough: boolean): Promise<void> {
  const pragma = thorough ? "integrity_check" : "quick_check";
  for (const table of tablesOf(file)) {
    const found = file.pragma(`${pragma}("${table.replaceAll('"', '""')}")`, { simple: true });
    if (found !== "ok") {
      throw damaged(path, String(found));
    }
    await setImmediate();
  }
  // What belongs to no table: the list of free pages.
  if (thorough && file.pragma("integrity_check", { simple: true }) !== "ok") {
    throw damaged(path, "free pages");
  }
}

function tablesOf(file: Sqlite.Database): readonly string[] {
  return file
    .prepare<[], { name: string }>("select name from sqlite_schema where type = 'table'")
    .all()
    .map(({ name }) => name);
}

function readContents(file: Sqlite.Database, path: string): DatabaseContents {
  const tables = tablesOf(file);
  if (!tables.includes("schema_migrations") || !tables.includes("orders")) {
    throw damaged(path, "no tables of shipbot");
  }
  const schema = file.prepare<[], { name: string }>("select name from schema_migrations order by name").all();
  const shops = file
    .prepare<[], Omit<ShopContents, "generation" | "mark">>(
      `select shop_id as shop, count(*) as orders, (select count(*) from shipments
         where shipments.shop_id = orders.shop_id and bought_at is not null) as labels
       from orders group by shop_id order by shop_id`,
    )
    .all();
  const generations = tables.includes("database_generations")
    ? file
        .prepare<[], { shop: string; generation: string; mark: number }>(
          "select shop_id as shop, id as generation, mark, max(number) from database_generations group by shop_id",
        )
        .all()
    : [];
  const names = new Set([...shops.map(({ shop }) => shop), ...generations.map(({ shop }) => shop)]);
  return {
    schema: schema.map(({ name }) => name),
    shops: [...names].sort().map((shop) => {
      const known = shops.find((candidate) => candidate.shop === shop);
      const generation = generations.find((candidate) => candidate.shop === shop);
      return {
        ...{ shop, generation: generation?.generation ?? null, mark: generation?.mark ?? 0 },
        ...{ orders: known?.orders ?? 0, labels: known?.labels ?? 0 },
      };
    }),
  };
}

/** Of the store: damaged, or nothing of ours. */
export function damaged(path: string, detail: string): StoreError {
  return new StoreError("corrupt", `${path} is damaged (${detail}).`, "Use another backup, or an older one.");
}
