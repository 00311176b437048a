/**
 * Takes a backup while others work on the database:
 *
 *   copy to `.partial` ──► check it ──► sync, rename ──► manifest with its checksum (from here on it counts)
 *
 * A crash at any point leaves files that the next pruning removes. The daemon copies page by page on its own connection,
 * so that its own writes go on and reach the copy; a command beside it writes its snapshot with `vacuum into`, because
 * somebody else's writes would make a copy by pages begin again for ever (tried with SQLite 3.54, 2026-11-22).
 */
import { chmod, mkdir, open, rename, rm, stat, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import Sqlite from "better-sqlite3";
import { StoreError } from "../base/errors.ts";
import type { Instant } from "../core/time.ts";
import { type Backup, backupName, hashFile, type Manifest, syncFolder, writeManifest } from "./backup-files.ts";
import { inspectDatabase } from "./database-contents.ts";
import { createPrivately, toStoreError } from "./sqlite-connection.ts";
import type { WalPosition } from "./wal-reader.ts";

/**
 * Makes a consistent copy at a path where nothing is. Gives from where on the write-ahead log goes on after it, when the
 * copy has the very pages of the database.
 */
export type CopyDatabase = (path: string) => Promise<WalPosition | null>;

/** The snapshot of a process that is not the one that writes. Its own event loop stands still meanwhile. */
export function snapshotOf(databaseFile: string): CopyDatabase {
  return async (path) => {
    const database = new Sqlite(databaseFile, { readonly: true, fileMustExist: true });
    try {
      database.prepare("vacuum into ?").run(path);
      return null;
    } finally {
      database.close();
    }
  };
}

/** Throws `StoreError`: `unwritable` when there is no room or no right to write, `corrupt` when the copy is damaged. */
export async function takeBackup(options: {
  readonly databaseFile: string;
  readonly copy: CopyDatabase;
  /** The file to make; `null`: one in the folder, named by its time. It must not be there. */
  readonly out: string | null;
  readonly folder: string;
  readonly now: Instant;
  readonly program: string;
}): Promise<Backup> {
  const { databaseFile, copy, folder, now, program } = options;
  const path = options.out ?? join(folder, backupName(now));
  const partial = `${path}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await assertRoom(databaseFile, dirname(path));
    await rm(partial, { force: true });
    // SQLite takes an empty file for a new database, and this one has the mode that it is to have.
    createPrivately(partial);
    const position = await copy(partial);
    await chmod(partial, 0o600);
    const contents = await inspectDatabase(partial, { thorough: false });
    const bytes = await syncFile(partial);
    const manifest: Manifest = {
      version: 1,
      takenAt: now,
      program,
      bytes,
      sha256: await hashFile(partial),
      position,
      ...contents,
    };
    await rename(partial, path);
    await syncFolder(dirname(path));
    await writeManifest(path, manifest);
    return { path, manifest };
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw toStoreError(error, path);
  }
}

/** A backup must not be what fills the disk that the daemon writes to. */
async function assertRoom(databaseFile: string, folder: string): Promise<void> {
  const [{ size }, disk] = await Promise.all([stat(databaseFile), statfs(folder)]);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes < 2 * size) {
    const [needed, free] = [2 * size, freeBytes].map((bytes) => `${Math.ceil(bytes / 1_048_576)} MB`);
    throw new StoreError(
      "unwritable",
      `There is no room for a backup of ${basename(databaseFile)}: ${free} free, ${needed} wanted.`,
      "Make room, or set backup.folder to another disk.",
    );
  }
}

async function syncFile(path: string): Promise<number> {
  const file = await open(path, "r+");
  try {
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}
