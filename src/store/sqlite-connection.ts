/**
 * One SQLite connection: opening with the settings that make a commit durable, statements that are prepared once, and
 * transactions that wait for other processes without blocking this one.
 *
 * A lock that another process holds is waited for in two ways: SQLite itself blocks the event loop for
 * `BUSY_TIMEOUT_MS`, after that we sleep between attempts. Only `begin immediate` and statements outside a transaction
 * can meet a lock: whoever has begun immediately holds the write lock until the commit.
 */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { AssertionError, StoreError } from "../base/errors.ts";
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import { MEMORY } from "./database-file.ts";

/** The event loop stands still for so long at most when another process writes: webhooks are answered in between. */
const BUSY_TIMEOUT_MS: DurationMs = 50;
const BUSY_PAUSE_FIRST_MS: DurationMs = 5;
const BUSY_PAUSE_CEILING_MS: DurationMs = 100;
/** After that a caller is told: commands of other processes hold the lock for milliseconds, a stuck one for ever. */
const BUSY_GIVE_UP_MS: DurationMs = 5_000;
/** The program has about a hundred different statements; a prepared one takes some kilobytes. */
const STATEMENTS_MAX = 256;
/** Gives back the space of a write-ahead log that a long reader made grow. */
const WAL_KEPT_BYTES = 64 * 1024 * 1024;
/**
 * 57 MB of 4 KB pages, less than what is kept. At SQLite's own 1,000 every fourteenth commit of a busy inbox copies the log
 * back and syncs twice more, which makes the slow answers; at this it is fewer than one in a hundred. Not more: after a
 * crash the log is read once at the start, in 2 ms for each thousand pages.
 */
export const CHECKPOINT_PAGES = 14_000;
/**
 * Four times SQLite's own: new ids and hashes fall on pages anywhere in their index, and reading one back takes as long
 * as changing it. Taken only as far as it is used.
 */
const CACHE_KB = 8 * 1024;
/** Copied without a pause: the event loop stands still for about a millisecond. */
const COPY_PAGES = 256;
/** What `pragma synchronous` reads as when every commit is synced to the disk. */
const SYNCHRONOUS_FULL = 2;

/** What SQLite can bind: booleans are 0 and 1, absence is null. */
export type SqlValue = string | number | bigint | null;

export interface SqlResult {
  readonly rows: readonly unknown[];
  readonly changes: number;
}

export class SqliteConnection {
  readonly #native: Sqlite.Database;
  readonly #clock: Clock;
  readonly #location: string;
  /** Once it is full: in order of use, the oldest first. */
  readonly #statements = new Map<string, Sqlite.Statement>();
  /** Between `begin` and `commit` or `rollback` by our own word; SQLite may have ended the transaction meanwhile. */
  #begun = false;
  #failedAt: Instant | null = null;

  private constructor(native: Sqlite.Database, location: string, clock: Clock) {
    this.#native = native;
    this.#location = location;
    this.#clock = clock;
  }

  /** Opens, and creates what is missing: the folder only for its owner, and so the file. */
  static async open(location: string, clock: Clock): Promise<SqliteConnection> {
    return await waitWhileBusy(clock, location, () => {
      const native = openNative(location);
      try {
        configure(native, location);
        return new SqliteConnection(native, location, clock);
      } catch (error) {
        native.close();
        throw error;
      }
    });
  }

  /** When the file last failed us: locked for too long, full, read-only, damaged. `null`: never. */
  get failedAt(): Instant | null {
    return this.#failedAt;
  }

  /** Runs one statement inside the transaction, or as one of its own. */
  async execute(sql: string, parameters: readonly SqlValue[]): Promise<SqlResult> {
    return this.#begun ? this.executeNow(sql, parameters) : await this.#runWhenFree(sql, parameters);
  }

  /** The same without a promise, for use inside a transaction. */
  executeNow(sql: string, parameters: readonly SqlValue[]): SqlResult {
    if (this.#begun && !this.#native.inTransaction) {
      // After an error such as a full disk. What follows would be committed on its own, without what came before.
      throw new StoreError("unwritable", "The database ended the transaction.", "Check the free space of its folder.");
    }
    try {
      return this.#run(sql, parameters);
    } catch (error) {
      throw this.#note(toStoreError(error, this.#location));
    }
  }

  /** Takes the write lock at once: a read that becomes a write later can fail when another process wrote between. */
  async begin(): Promise<void> {
    await this.#runWhenFree("begin immediate", []);
    this.#begun = true;
  }

  /** When it returns, the transaction survives a loss of power. */
  commit(): void {
    this.executeNow("commit", []);
    this.#begun = false;
  }

  /** Does nothing where SQLite rolled back by itself, as it does when the disk is full. */
  rollback(): void {
    this.#begun = false;
    if (this.#native.inTransaction) {
      this.executeNow("rollback", []);
    }
  }

  /**
   * Copies the database, page by page, while this connection goes on: what it writes meanwhile is in the copy too. Writes
   * of other processes make it begin again, so it is given up after `patienceMs`: `false`.
   */
  async copyTo(path: string, patienceMs: DurationMs): Promise<boolean> {
    const until = this.#clock.now() + patienceMs;
    let isGivenUp = false;
    try {
      await this.#native.backup(path, {
        progress: () => {
          isGivenUp = this.#clock.now() > until;
          if (isGivenUp) {
            throw new StoreError("busy", "Others write all the time.", "Try again in a moment.");
          }
          return COPY_PAGES;
        },
      });
      return true;
    } catch (error) {
      if (isGivenUp) {
        return false;
      }
      throw toStoreError(error, path);
    }
  }

  /** Moves all of the write-ahead log into the database and empties it. `false`: a reader or writer is in the way. */
  truncateLog(): boolean {
    const { rows } = this.executeNow("pragma wal_checkpoint(truncate)", []);
    return rows.every((row) => typeof row === "object" && row !== null && "busy" in row && row.busy === 0);
  }

  close(): void {
    this.#statements.clear();
    this.#native.close();
  }

  async #runWhenFree(sql: string, parameters: readonly SqlValue[]): Promise<SqlResult> {
    try {
      return await waitWhileBusy(this.#clock, this.#location, () => this.#run(sql, parameters));
    } catch (error) {
      throw this.#note(error);
    }
  }

  #note(error: unknown): unknown {
    if (error instanceof StoreError && ["busy", "unwritable", "corrupt"].includes(error.kind)) {
      this.#failedAt = this.#clock.now();
    }
    return error;
  }

  #run(sql: string, parameters: readonly SqlValue[]): SqlResult {
    const statement = this.#prepare(sql);
    return statement.reader
      ? { rows: statement.all(...parameters), changes: 0 }
      : { rows: [], changes: statement.run(...parameters).changes };
  }

  #prepare(sql: string): Sqlite.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined && this.#statements.size < STATEMENTS_MAX) {
      return known;
    }
    const statement = known ?? this.#native.prepare(sql);
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > STATEMENTS_MAX) {
      const oldest = this.#statements.keys().next();
      if (!oldest.done) {
        this.#statements.delete(oldest.value);
      }
    }
    return statement;
  }
}

function openNative(location: string): Sqlite.Database {
  if (location !== MEMORY) {
    createPrivately(location);
  }
  return new Sqlite(location, { timeout: BUSY_TIMEOUT_MS });
}

/** The file before SQLite makes it, because SQLite gives its log files the mode of the database. */
export function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // Exclusive: an existing file must not be opened and closed here, which would drop SQLite's locks on it.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (errorCode(error) !== "EEXIST") {
      throw error;
    }
  }
}

function configure(native: Sqlite.Database, location: string): void {
  const journal = native.pragma("journal_mode = wal", { simple: true });
  if (journal !== "wal" && location !== MEMORY) {
    throw new StoreError(
      "unwritable",
      `The database cannot keep a write-ahead log (journal mode ${String(journal)}).`,
      "Put it on a local disk: network and overlay file systems may lack what SQLite needs.",
    );
  }
  native.pragma("synchronous = full");
  native.pragma("foreign_keys = on");
  // What is deleted or replaced is overwritten: what was erased must not lie on in free space of the file.
  native.pragma("secure_delete = on");
  // Negative means KB (sqlite.org/pragma.html, cache_size).
  native.pragma(`cache_size = -${CACHE_KB}`);
  native.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  native.pragma(`journal_size_limit = ${WAL_KEPT_BYTES}`);
  // better-sqlite3 is compiled to mean NORMAL in WAL: a commit would then not survive a loss of power.
  if (native.pragma("synchronous", { simple: true }) !== SYNCHRONOUS_FULL) {
    throw new StoreError(
      "unexpected",
      "SQLite does not accept synchronous=FULL.",
      "Install shipbot's own SQLite again.",
    );
  }
}

async function waitWhileBusy<T>(clock: Clock, location: string, attempt: () => T): Promise<T> {
  let waitedMs = 0;
  let pauseMs = BUSY_PAUSE_FIRST_MS;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      const failure = toStoreError(error, location);
      if (!(failure instanceof StoreError) || failure.kind !== "busy" || waitedMs >= BUSY_GIVE_UP_MS) {
        throw failure;
      }
    }
    await clock.sleep(pauseMs);
    waitedMs += pauseMs + BUSY_TIMEOUT_MS;
    pauseMs = Math.min(pauseMs * 2, BUSY_PAUSE_CEILING_MS);
  }
}

/**
 * SQLite's result codes by who must act (sqlite.org/rescode.html, read 2026-11-22). The longest prefix is not needed:
 * extended codes begin with their primary code. A broken constraint is a mistake of ours, whatever the data was.
 */
export function toStoreError(error: unknown, location: string): unknown {
  if (error instanceof StoreError || error instanceof AssertionError) {
    return error;
  }
  const code = errorCode(error);
  const options = { cause: error };
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) {
    return new StoreError("busy", "Another process holds the database.", "Try again in a moment.", options);
  }
  if (/^(SQLITE_(FULL|READONLY|CANTOPEN|IOERR|PERM)|EACCES|EEXIST|EPERM|EROFS|ENOSPC|ENOTDIR|EISDIR)/.test(code)) {
    return new StoreError(
      "unwritable",
      `The database ${location} cannot be written (${code}).`,
      "Check the free space and the owner and permissions of its folder.",
      options,
    );
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return new StoreError(
      "corrupt",
      `${location} is damaged or not a database (${code}).`,
      "Stop shipbot, keep the file, and restore the latest backup.",
      options,
    );
  }
  if (code.startsWith("SQLITE_CONSTRAINT")) {
    const detail = error instanceof Error ? error.message : code;
    return new AssertionError(`The store refuses what would break its rules: ${detail}.`, options);
  }
  return new StoreError("unexpected", `The database failed (${code}).`, "Report this with the log.", options);
}

function errorCode(error: unknown): string {
  if (error instanceof Error) {
    return "code" in error && typeof error.code === "string" ? error.code : error.name;
  }
  return typeof error;
}
