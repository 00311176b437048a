/**
 * What happened after a backup, as files in a folder beside it (`<backup>.log/000001`, …). Each holds the pages that
 * changed since the one before it, in their newest content: the backup with all of them, in order, is the database as it was
 * when the last was written. Each names the backup that it belongs to and carries its own checksum, so that a file that is
 * missing, of another backup or damaged ends the log before it.
 *
 * A file is one line of JSON, filled with spaces, then page after page: its number in four bytes, its content.
 */
import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { formatInstant, type Instant, parseInstant } from "../core/time.ts";
import { type Backup, ignoreAbsent, isGood, listBackups, syncFolder } from "./backup-files.ts";
import { type NumberedPage, pageSizeOf, type WalPosition } from "./wal-reader.ts";

export interface PageLogEntry {
  readonly number: number;
  readonly takenAt: Instant;
  readonly position: WalPosition;
}

interface Head {
  readonly version: 1;
  /** Checksum of the backup, from its manifest. */
  readonly backup: string;
  readonly takenAt: string;
  readonly position: WalPosition;
  readonly pageSize: number;
  readonly dbPages: number;
  readonly sha256: string;
}

export function pageLogFolder(backupPath: string): string {
  return `${backupPath}.log`;
}

const nameOf = (number: number): string => String(number).padStart(6, "0");

/** Read and written at a time. */
const CHUNK_BYTES = 256 * 1024;
/** The line of JSON is filled with spaces to this: it is written last, before pages that are there already. */
const HEAD_BYTES = 1_024;
const NUMBER_BYTES = 4;

type BackupOfLog = { readonly path: string; readonly sha256: string };

/**
 * An entry that is being written, page by page, in a `.partial` file that counts for nothing before `finish`. A page that
 * comes again takes the place of its older content, so that memory holds a place for each page and never the pages.
 */
export class EntryWriter {
  readonly #folder: string;
  readonly #backup: BackupOfLog;
  readonly #number: number;
  readonly #file: FileHandle;
  readonly #places = new Map<number, number>();

  private constructor(backup: BackupOfLog, number: number, file: FileHandle) {
    this.#folder = pageLogFolder(backup.path);
    this.#backup = backup;
    this.#number = number;
    this.#file = file;
  }

  static async begin(backup: BackupOfLog, number: number): Promise<EntryWriter> {
    const folder = pageLogFolder(backup.path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new EntryWriter(backup, number, await open(join(folder, `${nameOf(number)}.partial`), "w+", 0o600));
  }

  /** Pages that it holds. */
  get size(): number {
    return this.#places.size;
  }

  /** Takes few turns of the event loop, whatever the pages: who writes meanwhile must not be faster. */
  async add(pages: readonly NumberedPage[]): Promise<void> {
    const newest = new Map(pages.map((page) => [page.number, page.content]));
    const firstPlace = this.#places.size;
    // New ones lie side by side at the end and are written as one.
    const fresh: Buffer[] = [];
    const writes: Promise<void>[] = [];
    let freshAt = HEAD_BYTES;
    for (const [number, content] of newest) {
      const place = this.#places.get(number);
      if (place !== undefined) {
        writes.push(writeAll(this.#file, content, placeOf(place, content.length) + NUMBER_BYTES));
        continue;
      }
      const head = Buffer.allocUnsafe(NUMBER_BYTES);
      head.writeUInt32BE(number);
      this.#places.set(number, this.#places.size);
      fresh.push(head, content);
      freshAt = placeOf(firstPlace, content.length);
    }
    await Promise.all(writes);
    const bytes = fresh.reduce((total, { length }) => total + length, 0);
    // Without a copy; the part that a full disk took is written again, for its error.
    if (bytes > 0 && (await this.#file.writev(fresh, freshAt)).bytesWritten < bytes) {
      await writeAll(this.#file, Buffer.concat(fresh), freshAt);
    }
  }

  /** After it the entry is there, whole and durably. */
  async finish(takenAt: Instant, position: WalPosition, dbPages: number): Promise<void> {
    const path = join(this.#folder, nameOf(this.#number));
    try {
      const head: Head = {
        ...{ version: 1, backup: this.#backup.sha256, takenAt: formatInstant(takenAt), position },
        ...{ pageSize: pageSizeOf(position.header), dbPages, sha256: await hashFrom(this.#file, HEAD_BYTES) },
      };
      await writeAll(this.#file, Buffer.from(`${JSON.stringify(head).padEnd(HEAD_BYTES - 1)}\n`), 0);
      await this.#file.sync();
    } finally {
      await this.#file.close();
    }
    await rename(`${path}.partial`, path);
    await syncFolder(this.#folder);
  }

  async discard(): Promise<void> {
    await this.#file.close();
    await rm(join(this.#folder, `${nameOf(this.#number)}.partial`), { force: true });
  }
}

function placeOf(place: number, pageSize: number): number {
  return HEAD_BYTES + place * (NUMBER_BYTES + pageSize);
}

/** A full disk may take a part of it, without an error. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function hashFrom(file: FileHandle, start: number): Promise<string> {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let at = start; ; ) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) {
      return hash.digest("hex");
    }
    hash.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
}

/**
 * The log of a backup as it was verified so far. At first it is read as a whole, then only what is new or was touched, and
 * one older entry in turn: over a day each of them is read again, so that a disk that rots is noticed, and no look reads
 * more for a longer log.
 */
export class VerifiedLog {
  #backup = "";
  #entries: { readonly entry: PageLogEntry; readonly stamp: string }[] = [];
  #again = 0;

  /** The newest entry of the unbroken log; `null` when there is none. */
  async last(backup: BackupOfLog): Promise<PageLogEntry | null> {
    const name = `${backup.path} ${backup.sha256}`;
    if (name !== this.#backup) {
      this.#backup = name;
      this.#entries = [];
    }
    this.#again = this.#again + 1 < this.#entries.length ? this.#again + 1 : 0;
    const known = this.#entries;
    this.#entries = [];
    for (let number = 1; ; number += 1) {
      const before = known[number - 1];
      const stamp = await stampOf(entryPath(backup, number));
      if (stamp === null) {
        break;
      }
      const isKnown = before?.stamp === stamp && number - 1 !== this.#again;
      const entry = isKnown ? before.entry : ((await verifyEntry(backup, number))?.entry ?? null);
      if (entry === null) {
        break;
      }
      this.#entries.push({ entry, stamp });
    }
    return this.#entries.at(-1)?.entry ?? null;
  }
}

/** Another one for each file that is not the same as before. `null`: there is none. */
async function stampOf(path: string): Promise<string | null> {
  const found = await stat(path, { bigint: true }).catch(ignoreAbsent);
  return found === undefined ? null : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
}

/** Brings a copy of the backup, which nobody works with, to where its log ends. Gives when that was; `null`: no log. */
export async function replay(backup: BackupOfLog, copy: string): Promise<Instant | null> {
  let takenAt: Instant | null = null;
  let bytes: number | null = null;
  const file = await open(copy, "r+");
  try {
    for (let number = 1; ; number += 1) {
      const verified = await verifyEntry(backup, number);
      if (verified === null) {
        break;
      }
      const { entry, head, bodyAt } = verified;
      await applyEntry(entryPath(backup, number), bodyAt, head.pageSize, file);
      bytes = head.dbPages === 0 ? bytes : head.dbPages * head.pageSize;
      takenAt = entry.takenAt;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (bytes !== null) {
    await truncate(copy, bytes);
  }
  return takenAt;
}

async function applyEntry(path: string, bodyAt: number, pageSize: number, target: FileHandle): Promise<void> {
  const log = await open(path, "r");
  try {
    const step = NUMBER_BYTES + pageSize;
    const chunk = Buffer.allocUnsafe(Math.max(1, Math.floor(CHUNK_BYTES / step)) * step);
    for (let at = bodyAt; ; ) {
      const { bytesRead } = await log.read(chunk, 0, chunk.length, at);
      for (let start = 0; start + step <= bytesRead; start += step) {
        const offset = (chunk.readUInt32BE(start) - 1) * pageSize;
        await writeAll(target, chunk.subarray(start + NUMBER_BYTES, start + step), offset);
      }
      if (bytesRead < step) {
        return;
      }
      at += bytesRead - (bytesRead % step);
    }
  } finally {
    await log.close();
  }
}

/** `null`: it is missing, damaged or of another backup. Memory holds a chunk of it. */
async function verifyEntry(
  backup: BackupOfLog,
  number: number,
): Promise<{ readonly entry: PageLogEntry; readonly head: Head; readonly bodyAt: number } | null> {
  const file = await open(entryPath(backup, number), "r").catch(ignoreAbsent);
  if (file === undefined) {
    return null;
  }
  try {
    const start = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(start, 0, HEAD_BYTES, 0);
    const end = start.subarray(0, bytesRead).indexOf("\n");
    const head = end < 0 ? null : readHead(start.subarray(0, end).toString("utf8"));
    const takenAt = parseInstant(head?.takenAt);
    if (head === null || takenAt === null || head.backup !== backup.sha256) {
      return null;
    }
    if ((await hashFrom(file, end + 1)) !== head.sha256) {
      return null;
    }
    return { entry: { number, takenAt, position: head.position }, head, bodyAt: end + 1 };
  } finally {
    await file.close();
  }
}

function entryPath(backup: BackupOfLog, number: number): string {
  return join(pageLogFolder(backup.path), nameOf(number));
}

/**
 * The whole backup of the folder from which the newest state can be had: by its own time, or by where its log ends. A
 * backup that a command took has no log, and may be older than the end of the daemon's log. `null`: no backup is whole.
 */
export async function furthestBackup(folder: string): Promise<Backup | null> {
  const reaches: { readonly backup: Backup; readonly at: Instant }[] = [];
  for (const backup of await listBackups(folder)) {
    const { takenAt, sha256 } = backup.manifest;
    const end = await new VerifiedLog().last({ path: backup.path, sha256 });
    reaches.push({ backup, at: Math.max(takenAt, end?.takenAt ?? takenAt) });
  }
  for (const { backup } of reaches.sort((a, b) => b.at - a.at)) {
    if (await isGood(backup)) {
      return backup;
    }
  }
  return null;
}

function readHead(line: string): Head | null {
  try {
    const head = JSON.parse(line) as Head;
    return head.version === 1 ? head : null;
  } catch {
    return null;
  }
}
