/**
 * What happened after a backup, as files in a folder beside it (`<backup>.log/000001`, …). Each holds the pages that
 * changed since the one before it, in their newest content: the backup with all of them, in order, is the database as it was
 * when the last was written. Each names the backup that it belongs to and carries its own checksum, so that a file that is
 * missing, of another backup or damaged ends the log before it.
 *
 * A file is one line of JSON, then page after page: its number in four bytes, its content.
 */
import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, truncate } from "node:fs/promises";
import { join } from "node:path";
import { formatInstant, type Instant, parseInstant } from "../core/time.ts";
import { ignoreAbsent, syncFolder } from "./backup-files.ts";
import { pageSizeOf, type WalPages, type WalPosition } from "./wal-reader.ts";

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

/** Written whole and durably, or not at all. */
export async function appendPages(
  backup: { readonly path: string; readonly sha256: string },
  entry: PageLogEntry,
  { pages, dbPages }: WalPages,
): Promise<void> {
  const folder = pageLogFolder(backup.path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const body = Buffer.concat(
    [...pages].flatMap(([number, page]) => {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(number);
      return [head, page];
    }),
  );
  const head: Head = {
    ...{ version: 1, backup: backup.sha256, takenAt: formatInstant(entry.takenAt), position: entry.position },
    ...{ pageSize: pageSizeOf(entry.position.header), dbPages },
    sha256: createHash("sha256").update(body).digest("hex"),
  };
  const path = join(folder, nameOf(entry.number));
  const file = await open(`${path}.partial`, "w", 0o600);
  try {
    await file.writeFile(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.partial`, path);
  await syncFolder(folder);
}

/** The newest entry of the unbroken log; `null` when there is none. */
export async function lastEntry(backup: {
  readonly path: string;
  readonly sha256: string;
}): Promise<PageLogEntry | null> {
  let last: PageLogEntry | null = null;
  for await (const { entry } of readLog(backup)) {
    last = entry;
  }
  return last;
}

/** Brings a copy of the backup, which nobody works with, to where its log ends. Gives when that was; `null`: no log. */
export async function replay(
  backup: { readonly path: string; readonly sha256: string },
  copy: string,
): Promise<Instant | null> {
  let takenAt: Instant | null = null;
  let bytes: number | null = null;
  const file = await open(copy, "r+");
  try {
    for await (const { entry, head, body } of readLog(backup)) {
      const step = 4 + head.pageSize;
      for (let at = 0; at < body.length; at += step) {
        const offset = (body.readUInt32BE(at) - 1) * head.pageSize;
        await file.write(body, at + 4, head.pageSize, offset);
      }
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

/** In order, up to the first that is missing, damaged or of another backup. */
async function* readLog(backup: {
  readonly path: string;
  readonly sha256: string;
}): AsyncGenerator<{ readonly entry: PageLogEntry; readonly head: Head; readonly body: Buffer }> {
  const folder = pageLogFolder(backup.path);
  const names = (await readdir(folder).catch(ignoreAbsent)) ?? [];
  for (let number = 1; names.includes(nameOf(number)); number += 1) {
    const bytes = await readFile(join(folder, nameOf(number)));
    const end = bytes.indexOf("\n");
    const body = bytes.subarray(end + 1);
    const head = readHead(bytes.subarray(0, end).toString("utf8"));
    const takenAt = parseInstant(head?.takenAt);
    const sha256 = createHash("sha256").update(body).digest("hex");
    if (head === null || takenAt === null || head.backup !== backup.sha256 || head.sha256 !== sha256) {
      return;
    }
    yield { entry: { number, takenAt, position: head.position }, head, body };
  }
}

function readHead(line: string): Head | null {
  try {
    const head = JSON.parse(line) as Head;
    return head.version === 1 ? head : null;
  } catch {
    return null;
  }
}
