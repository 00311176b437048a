/**
 * One daemon per data folder. The lock is an open transaction on a small SQLite file, because the kernel gives file locks
 * back however the process ends: after `kill -9` the next daemon starts at once, and no stale pid file has to be judged.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { StoreError } from "../base/errors.ts";
import type { DurationMs } from "../core/time.ts";
import { createPrivately, toStoreError } from "./sqlite-connection.ts";

const LOCK_FILE = "daemon.lock";
/** Long enough to outlast somebody who only asks whether a daemon is running. */
const PATIENCE_MS: DurationMs = 250;

/**
 * Locks of this process. A connection that nothing refers to is closed by the garbage collector, and the lock with it:
 * a caller who drops what it was given must not lose what it asked for.
 */
const held = new Set<Sqlite.Database>();

export interface DaemonLock {
  /** May be called twice. */
  release(): void;
}

/** Takes the lock for the life of the process. `StoreError`: `busy` when another daemon has it, `unwritable`. */
export function acquireDaemonLock(dataDir: string): DaemonLock {
  const path = join(dataDir, LOCK_FILE);
  try {
    createPrivately(path);
    const file = tryLock(path, PATIENCE_MS);
    if (file !== null) {
      held.add(file);
      return {
        release() {
          held.delete(file);
          file.close();
        },
      };
    }
  } catch (error) {
    throw toStoreError(error, path);
  }
  throw new StoreError(
    "busy",
    "Another shipbot daemon works in this data folder.",
    "Stop it first, or give this one another SHIPBOT_DATA_DIR.",
  );
}

/** Whether a daemon has the lock now. Takes and returns it, so the answer may be old at once. */
export function isDaemonRunning(dataDir: string): boolean {
  const path = join(dataDir, LOCK_FILE);
  if (!existsSync(path)) {
    return false;
  }
  try {
    const file = tryLock(path, 0);
    file?.close();
    return file === null;
  } catch (error) {
    throw toStoreError(error, path);
  }
}

function tryLock(path: string, patienceMs: DurationMs): Sqlite.Database | null {
  const file = new Sqlite(path, { timeout: patienceMs });
  try {
    file.exec("begin exclusive");
    return file;
  } catch (error) {
    file.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith("SQLITE_BUSY")) {
      return null;
    }
    throw error;
  }
}
