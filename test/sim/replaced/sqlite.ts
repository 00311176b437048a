/**
 * Stands for better-sqlite3 in the bundle of the simulation: one real SQLite database in memory, which all processes of a
 * schedule open, as they open one file. What it adds are the points at which a process can die (before and after each
 * commit), the lock that somebody else holds, and that a dead process reaches nothing.
 *
 * One connection can stand for many because nobody else comes in between: a transaction of ours only awaits promises of
 * its own process, so it ends within the event in which it began (`assertNoneOpen`). A second connection would see what
 * was committed before or wait until after, which is the same as coming before or after.
 */
import { createRequire } from "node:module";
import type Real from "better-sqlite3";
import { Gone, type Life } from "../life.ts";
import { simulation } from "./simulation.ts";

// Not an import: the bundle gives this very file for it.
const RealSqlite = createRequire(import.meta.url)("better-sqlite3") as typeof Real;

const real = new RealSqlite(":memory:");
real.pragma("foreign_keys = on");
const prepared = new Map<string, { readonly statement: Real.Statement; readonly kind: Kind }>();
let open: SimulatedDatabase | null = null;

type Kind = "begin" | "commit" | "rollback" | "write" | "read";

class SimulatedDatabase {
  static readonly SqliteError = RealSqlite.SqliteError;
  readonly #life: Life;

  constructor() {
    const { opener } = simulation();
    if (opener === null) {
      throw new Error("nobody opens this database");
    }
    this.#life = opener;
  }

  get inTransaction(): boolean {
    return open === this && real.inTransaction;
  }

  pragma(what: string): unknown {
    // What the program reads back; the real settings make no difference in memory.
    return what === "synchronous" ? 2 : "wal";
  }

  prepare(sql: string): SimulatedStatement {
    let known = prepared.get(sql);
    if (known === undefined) {
      known = { statement: real.prepare(sql), kind: kindOf(sql) };
      prepared.set(sql, known);
    }
    return new SimulatedStatement(this, known.statement, known.kind, sql);
  }

  exec(sql: string): void {
    real.exec(sql);
  }

  close(): void {}

  execute(kind: Kind, sql: string, run: () => unknown): unknown {
    if (this.#life.isDead) {
      throw new Gone();
    }
    if (open === this ? kind === "commit" || kind === "rollback" : kind === "begin" || kind === "write") {
      return this.#change(kind, sql, run);
    }
    return run();
  }

  #change(kind: Kind, sql: string, run: () => unknown): unknown {
    const life = this.#life;
    if (kind === "begin") {
      refuseWhenLocked();
      open = this;
      return run();
    }
    if (kind === "rollback") {
      open = null;
      return run();
    }
    if (kind === "write") {
      refuseWhenLocked();
    }
    const what = kind === "commit" ? "commit" : `commit of ${sql.slice(0, 30)}`;
    if (life.point(`before the ${what}`)) {
      abandon();
      throw new Gone();
    }
    const result = run();
    open = null;
    simulation().engine.effects += 1;
    if (life.point(`after the ${what}`)) {
      throw new Gone();
    }
    return result;
  }
}

class SimulatedStatement {
  readonly reader: boolean;
  readonly #database: SimulatedDatabase;
  readonly #statement: Real.Statement;
  readonly #kind: Kind;
  readonly #sql: string;

  constructor(database: SimulatedDatabase, statement: Real.Statement, kind: Kind, sql: string) {
    this.#database = database;
    this.#statement = statement;
    this.#kind = kind;
    this.#sql = sql;
    this.reader = statement.reader;
  }

  all(...parameters: readonly unknown[]): unknown {
    return this.#database.execute(this.#kind, this.#sql, () => this.#statement.all(...parameters));
  }

  run(...parameters: readonly unknown[]): unknown {
    return this.#database.execute(this.#kind, this.#sql, () => this.#statement.run(...parameters));
  }
}

function kindOf(sql: string): Kind {
  const word = /^\s*(\w+)/.exec(sql)?.[1]?.toLowerCase() ?? "";
  return word === "begin" || word === "commit" || word === "rollback" ? word : word === "select" ? "read" : "write";
}

/** What SQLite says when another process writes and our patience with it has ended. */
function refuseWhenLocked(): void {
  if (simulation().isLocked()) {
    throw new RealSqlite.SqliteError("database is locked", "SQLITE_BUSY");
  }
}

/** What the operating system does for a process that is gone: its transaction never was. */
export function abandon(): void {
  if (real.inTransaction) {
    real.exec("rollback");
  }
  open = null;
}

/** Between two events nobody is inside a transaction, or this file's reasoning is wrong. */
export function assertNoneOpen(): void {
  if (real.inTransaction) {
    throw new Error("a transaction was left open over an await: one connection cannot stand for many");
  }
}

/** An empty database with the schema as it is. */
export function emptyDatabase(): void {
  abandon();
  // Children first, instead of a pragma: one that switches foreign keys makes SQLite prepare every statement anew.
  real.exec("begin");
  for (const table of tables()) {
    deletion(table).run();
  }
  real.exec("commit");
}

const deletions = new Map<string, Real.Statement>();
let known: readonly string[] = [];

/** Deletes in one go; the tables are those of the first migration that a schedule ran. */
function deletion(table: string): Real.Statement {
  const there = deletions.get(table) ?? real.prepare(`delete from "${table}"`);
  deletions.set(table, there);
  return there;
}

/** Each before the tables that its rows refer to. */
function tables(): readonly string[] {
  if (known.length === 0) {
    const rows = real
      .prepare("select name from sqlite_master where type = 'table' and name <> 'schema_migrations'")
      .all() as { readonly name: string }[];
    const names = rows.map(({ name }) => name).filter((name) => !/^sqlite_(?!sequence)/.test(name));
    const ordered: string[] = [];
    const visit = (name: string): void => {
      if (ordered.includes(name)) {
        return;
      }
      for (const child of names.filter((other) => other !== name && refersTo(other, name))) {
        visit(child);
      }
      ordered.push(name);
    };
    names.forEach(visit);
    known = ordered;
  }
  return known;
}

function refersTo(child: string, parent: string): boolean {
  const keys = real.pragma(`foreign_key_list("${child}")`) as readonly { readonly table: string }[];
  return keys.some(({ table }) => table === parent);
}

export default SimulatedDatabase;
