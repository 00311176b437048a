/**
 * Puts a backup in the place of the database, without losing the one that is there:
 *
 *   copy beside the database ──► check it ──► (the caller asks) ──► present one aside ──► copy in its place ──► marker
 *
 * A crash before the present one is put aside leaves everything as it was. A crash after it leaves no database, and the
 * marker says that there was one; the next opening begins a new database that buys nothing unverified. What the copy has
 * forgotten is found again by whoever opens it (`generations.ts`). Nobody else may work in the folder meanwhile: the caller
 * holds the daemon's lock.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { StoreError } from "../base/errors.ts";
import type { Instant } from "../core/time.ts";
import { ignoreAbsent, type Manifest, readManifest, syncFolder } from "./backup-files.ts";
import { type DatabaseContents, damaged, inspectDatabase } from "./database-contents.ts";
import { readMarkers, writeMarker } from "./marker-file.ts";
import { MIGRATIONS } from "./migrate.ts";
import { replay } from "./page-log.ts";
import { replacedPath } from "./replaced-database.ts";
import { createPrivately, toStoreError } from "./sqlite-connection.ts";

export interface PreparedRestore {
  /**
   * `null`: nothing beside the file tells when and by whom it was taken; `unreadable`: what is beside it cannot be read as
   * that. Then only SQLite's own checks were made.
   */
  readonly manifest: Manifest | "unreadable" | null;
  readonly contents: DatabaseContents;
  /** When the last change was archived that was replayed on it; `null`: it is as it was taken. */
  readonly recoveredTo: Instant | null;
  /** What is there now: `null` when there is no database, `damaged` when it cannot be read. */
  readonly present: DatabaseContents | "damaged" | null;
}

const FILES = ["", "-wal", "-shm"] as const;
const COPY_BYTES = 256 * 1024;

function partialOf(databaseFile: string): string {
  return `${databaseFile}.restoring`;
}

/**
 * Copies the backup beside the database, replays its log on it (`recover`), and checks it: size and checksum by its
 * manifest, every page and index, the schema.
 * Changes nothing that counts. Throws `StoreError`: `unreadable` for the backup, `corrupt`, `newer_schema`, `unwritable`,
 * `busy` when a command works on the present database.
 */
export async function prepareRestore(
  source: string,
  databaseFile: string,
  options: { readonly recover: boolean } = { recover: false },
): Promise<PreparedRestore> {
  const partial = partialOf(databaseFile);
  try {
    const manifest = await ofBackup(source, () => readManifest(source));
    const known = manifest === "unreadable" ? null : manifest;
    await discardRestore(databaseFile);
    const { bytes, sha256 } = await copyAndHash(source, partial);
    if (known !== null && bytes !== known.bytes) {
      throw damaged(source, `${bytes} bytes instead of ${known.bytes}`);
    }
    if (known !== null && sha256 !== known.sha256) {
      throw damaged(source, "its checksum is not the one that it was taken with");
    }
    const recoveredTo =
      options.recover && known !== null
        ? await ofBackup(source, () => replay({ path: source, sha256 }, partial))
        : null;
    const contents = await inspectCopy(source, partial);
    assertKnownSchema(contents);
    return { manifest, contents, recoveredTo, present: await inspectPresent(databaseFile) };
  } catch (error) {
    await discardRestore(databaseFile).catch(() => undefined);
    throw toStoreError(error, databaseFile);
  }
}

/** Removes what `prepareRestore` made. May be called at any time. */
export async function discardRestore(databaseFile: string): Promise<void> {
  for (const end of [...FILES, "-journal"]) {
    await rm(`${partialOf(databaseFile)}${end}`, { force: true });
  }
}

/** Gives the path at which the database that was there is kept; `null` when there was none. */
export async function finishRestore(
  databaseFile: string,
  prepared: PreparedRestore,
  now: Instant,
): Promise<string | null> {
  try {
    const aside = existsSync(databaseFile) ? replacedPath(databaseFile, now) : null;
    for (const end of aside === null ? [] : FILES) {
      // A log that stayed would be applied to the new file.
      await rename(`${databaseFile}${end}`, `${aside}${end}`).catch(ignoreAbsent);
    }
    await rename(partialOf(databaseFile), databaseFile);
    await syncFolder(dirname(databaseFile));
    const markers = readMarkers(databaseFile);
    const takenAt = prepared.recoveredTo ?? takenAtOf(prepared);
    for (const { shop } of prepared.contents.shops) {
      const { generation, mark } = markers.get(shop) ?? { generation: "", mark: 0 };
      writeMarker(databaseFile, shop, {
        ...{ generation, mark },
        restored: { takenAt },
      });
    }
    return aside;
  } catch (error) {
    throw toStoreError(error, databaseFile);
  }
}

/** When the backup was taken, where that is known. */
export function takenAtOf({ manifest }: Pick<PreparedRestore, "manifest">): Instant | null {
  return manifest === null || manifest === "unreadable" ? null : manifest.takenAt;
}

async function copyAndHash(
  source: string,
  target: string,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const from = await ofBackup(source, () => open(source, "r"));
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(COPY_BYTES);
  let bytes = 0;
  try {
    createPrivately(target);
    const to = await open(target, "w", 0o600);
    try {
      for (;;) {
        const { bytesRead } = await ofBackup(source, () => from.read(chunk, 0, COPY_BYTES, null));
        if (bytesRead === 0) {
          break;
        }
        const read = chunk.subarray(0, bytesRead);
        hash.update(read);
        bytes += bytesRead;
        await to.writeFile(read);
      }
      await to.sync();
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** What the file system refuses here is told of the backup that the user named, and not of the database. */
async function ofBackup<T>(source: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (WRITING.includes(code)) {
      throw error;
    }
    const [what, remedy] = UNREADABLE[code] ?? [
      `cannot be read (${code || String(error)})`,
      "Copy it elsewhere first.",
    ];
    throw new StoreError("unreadable", `The backup ${source} ${what}.`, remedy, { cause: error });
  }
}

/** Never of what is read: the copy meets them. */
const WRITING: readonly string[] = ["ENOSPC", "EROFS", "EDQUOT"];

const UNREADABLE: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  EISDIR: ["is a folder", "Name the file of the backup in it."],
  ENOENT: ["is not there", "Name the file of the backup."],
  EACCES: ["may not be read by this user", "Run this as its owner, or copy it to where shipbot may read."],
  EPERM: ["may not be read by this user", "Run this as its owner, or copy it to where shipbot may read."],
};

/** Said of the file that the user named, not of our copy. */
async function inspectCopy(source: string, partial: string): Promise<DatabaseContents> {
  try {
    return await inspectDatabase(partial, { thorough: true });
  } catch (error) {
    if (error instanceof StoreError && error.kind === "corrupt") {
      throw new StoreError("corrupt", error.message.replace(partial, source), error.remedy, { cause: error });
    }
    throw error;
  }
}

function assertKnownSchema({ schema }: DatabaseContents): void {
  const unknown = schema.filter((name) => MIGRATIONS.every((migration) => migration.name !== name));
  if (unknown.length > 0) {
    throw new StoreError(
      "newer_schema",
      `The backup was made by a newer shipbot (it has ${unknown.join(", ")}).`,
      "Restore it with that version.",
    );
  }
}

async function inspectPresent(databaseFile: string): Promise<PreparedRestore["present"]> {
  if (!existsSync(databaseFile)) {
    return null;
  }
  try {
    takeInLog(databaseFile);
    return await inspectDatabase(databaseFile, { thorough: false });
  } catch (error) {
    const failure = toStoreError(error, databaseFile);
    if (failure instanceof StoreError && failure.kind === "corrupt") {
      return "damaged";
    }
    throw failure;
  }
}

/** Only who is alone with a database may end its write-ahead log: whoever works with it makes this `busy`. */
function takeInLog(databaseFile: string): void {
  const file = new Sqlite(databaseFile, { timeout: 250 });
  try {
    file.pragma("journal_mode = delete");
  } finally {
    file.close();
  }
}
