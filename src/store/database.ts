/**
 * Opens the database behind one interface, and holds all SQL that differs between SQLite and Postgres. Everything else
 * in `store/` is written once.
 *
 * There is one connection behind a fair mutex: a transaction holds it from begin to commit, so that no statement of
 * another run slips into it. Whoever is inside a transaction must use only that transaction; asking for the connection
 * again would wait for itself for ever, and is an `AssertionError` instead.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  sql,
  type Transaction,
} from "kysely";
import { AssertionError, StoreError } from "../base/errors.ts";
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import { MEMORY, sqliteLocation } from "./database-file.ts";
import { Mutex } from "./mutex.ts";
import { SqliteCompiler } from "./sqlite-compiler.ts";
import { SqliteConnection, type SqlValue } from "./sqlite-connection.ts";
import type { Tables } from "./tables.ts";

export type { SqlValue } from "./sqlite-connection.ts";

/** Statements without promises, for the hot path. Parameters are `?`; they are prepared once and kept. */
export interface Statements {
  /** How many rows it changed. */
  change(sql: string, ...parameters: readonly SqlValue[]): number;
  /** The first row, also of `returning`. */
  row<Row>(sql: string, ...parameters: readonly SqlValue[]): Row | undefined;
}

export interface Database {
  /** For single statements, each a transaction of its own. */
  readonly kysely: Kysely<Tables>;
  readonly dialect: DialectSql;
  /** The database's file, absolute; `null` when it lies in memory. */
  readonly file: string | null;
  /** All or nothing, holding the write lock from the start. Resolves after the commit. */
  transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** The same for a hot path: `work` does not wait. It is called once the transaction has begun. */
  exclusive<T>(work: (statements: Statements) => T): Promise<T>;
  /** While no other statement of this process can run, and outside any transaction. `work` does not wait. */
  alone<T>(work: (run: (sql: string) => readonly unknown[]) => T): Promise<T>;
  /** A consistent copy, while everything goes on; `false` when other processes write too much. See `SqliteConnection`. */
  copyTo(path: string, patienceMs: DurationMs): Promise<boolean>;
  /** Empties the write-ahead log, where older copies of pages lie. `false`: somebody still reads them. */
  dropCopies(): Promise<boolean>;
  /** Throws `AssertionError` inside a transaction: for methods that would wait there for ever. */
  assertOutside(): void;
  /** When the file last failed us, whoever asked; `null`: never. */
  failedAt(): Instant | null;
  /** Waits for what is under way. May be called twice; every use after it is a `StoreError`. */
  close(): Promise<void>;
}

/** What the two databases write differently. A migration's use of it is frozen with the migration. */
export interface DialectSql {
  /** One value for a table of this name being there. */
  hasTable(db: Kysely<unknown>, name: string): Promise<boolean>;
  /** Type and modifiers of a column that numbers its rows, rising, never used again. */
  readonly identityColumn: string;
  /** Keeps `into (shop_id, <column>, orders)` equal to the number of rows of `table`. */
  countTriggers(table: string, column: string, into: string): readonly string[];
}

const SQLITE: DialectSql = {
  async hasTable(db, name) {
    const found = await sql`select 1 from sqlite_master where type = 'table' and name = ${name}`.execute(db);
    return found.rows.length > 0;
  },
  identityColumn: "integer primary key autoincrement",
  countTriggers(table, column, into) {
    const add = `insert into ${into} (shop_id, ${column}, orders) values (new.shop_id, new.${column}, 1)
  on conflict (shop_id, ${column}) do update set orders = orders + 1;`;
    const subtract = `update ${into} set orders = orders - 1 where shop_id = old.shop_id and ${column} = old.${column};`;
    return [
      `create trigger ${table}_counted_on_insert after insert on ${table} begin ${add} end`,
      `create trigger ${table}_counted_on_update after update of ${column} on ${table}
  when old.${column} <> new.${column} begin ${subtract} ${add} end`,
      `create trigger ${table}_counted_on_delete after delete on ${table} begin ${subtract} end`,
    ];
  },
};

/**
 * `sqlite:/path/file.db` or `sqlite::memory:`. Throws `StoreError`: `unwritable`, `corrupt`, `busy`; `unexpected` for
 * another kind of URL.
 */
export async function openDatabase(url: string, clock: Clock): Promise<Database> {
  const location = requireLocation(url);
  const connection = await SqliteConnection.open(location, clock);
  const mutex = new Mutex();
  let closed = false;

  /** The transaction that the calling code runs in, if any. */
  const current = new AsyncLocalStorage<{ open: boolean }>();
  function assertOutside(): void {
    if (current.getStore()?.open === true) {
      throw new AssertionError("The store was used inside a transaction without using the transaction.");
    }
  }
  async function acquire(): Promise<() => void> {
    assertOutside();
    const release = await mutex.acquire();
    if (closed) {
      release();
      throw new StoreError("unexpected", "The database is closed.", "Report this with the log.");
    }
    return release;
  }

  const kysely = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new Adapter(),
      createDriver: () => new ConnectionDriver(connection, acquire),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteCompiler(),
    },
  });
  return {
    kysely,
    dialect: SQLITE,
    file: location === MEMORY ? null : location,
    assertOutside,
    failedAt: () => connection.failedAt,
    async transaction(work) {
      assertOutside();
      const scope = { open: false };
      return await current.run(scope, async () =>
        kysely.transaction().execute(async (tx) => {
          scope.open = true;
          try {
            return await work(tx);
          } finally {
            scope.open = false;
          }
        }),
      );
    },
    async exclusive(work) {
      const release = await acquire();
      try {
        return await runExclusively(connection, work);
      } finally {
        release();
      }
    },
    async alone(work) {
      const release = await acquire();
      try {
        return work((statement) => connection.executeNow(statement, []).rows);
      } finally {
        release();
      }
    },
    copyTo: (path, patienceMs) => connection.copyTo(path, patienceMs),
    async dropCopies() {
      const release = await acquire();
      try {
        return connection.truncateLog();
      } finally {
        release();
      }
    },
    async close() {
      const release = await mutex.acquire();
      try {
        if (!closed) {
          closed = true;
          connection.close();
        }
      } finally {
        release();
      }
    },
  };
}

function requireLocation(url: string): string {
  const location = sqliteLocation(url);
  if (location === null) {
    throw new StoreError(
      "unexpected",
      "The address of the database is not one that shipbot can open.",
      "Set DATABASE_URL to sqlite:/path/to/shipbot.db, or leave it out.",
    );
  }
  return location;
}

async function runExclusively<T>(connection: SqliteConnection, work: (statements: Statements) => T): Promise<T> {
  await connection.begin();
  try {
    const result = work({
      change: (sql, ...parameters) => connection.executeNow(sql, parameters).changes,
      row: <Row>(sql: string, ...parameters: readonly SqlValue[]) =>
        connection.executeNow(sql, parameters).rows[0] as Row | undefined,
    });
    connection.commit();
    return result;
  } catch (error) {
    connection.rollback();
    throw error;
  }
}

class Adapter extends SqliteAdapter {
  /** Our mutex stands in front of the connection, because `exclusive` has to wait at the same gate. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** The connection as kysely sees it, from `acquire` to `release`. */
class HeldConnection implements DatabaseConnection {
  readonly connection: SqliteConnection;
  readonly release: () => void;

  constructor(connection: SqliteConnection, release: () => void) {
    this.connection = connection;
    this.release = release;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.connection.execute(query.sql, query.parameters as readonly SqlValue[]);
    return { rows: rows as R[], numAffectedRows: BigInt(changes) };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new AssertionError("Rows are read in pages, not as a stream: a stream would hold the only connection.");
  }
}

class ConnectionDriver implements Driver {
  readonly #connection: SqliteConnection;
  readonly #acquire: () => Promise<() => void>;

  constructor(connection: SqliteConnection, acquire: () => Promise<() => void>) {
    this.#connection = connection;
    this.#acquire = acquire;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new HeldConnection(this.#connection, await this.#acquire());
  }

  async beginTransaction(): Promise<void> {
    await this.#connection.begin();
  }

  async commitTransaction(): Promise<void> {
    this.#connection.commit();
  }

  async rollbackTransaction(): Promise<void> {
    this.#connection.rollback();
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof HeldConnection) {
      connection.release();
    }
  }

  async destroy(): Promise<void> {}
}
