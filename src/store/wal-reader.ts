/**
 * Reads SQLite's write-ahead log (sqlite.org/fileformat2.html#walformat, read 2026-11-22): a header of 32 bytes, then
 * frames of 24 bytes and a page each. What is committed of it never changes until the log begins again from its start with
 * another header; the header is written before the first frame of that.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";

/** How far a log was read. */
export interface WalPosition {
  /** The log's header in hex; it is another one each time the log begins again. */
  readonly header: string;
  readonly frames: number;
  /** Everything in it was read and is in the database: the next write begins the log again. */
  readonly sealed: boolean;
}

export interface NumberedPage {
  readonly number: number;
  readonly content: Buffer;
}

export interface WalFrames {
  /** In the order in which they were written. */
  readonly pages: readonly NumberedPage[];
  /** Pages of the whole database after the last commit among them; 0 when none is. */
  readonly dbPages: number;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** A megabyte of usual pages. */
const FRAMES_AT_ONCE = 256;
const PAGE_SIZE_AT = 8;
/** The first salt: raised by one each time the log begins again, whoever begins it. (The count before it is each process's own.) */
const SALT_AT = 16;

/** `null` when there is no log, or an empty one. */
export function readWalHeader(databaseFile: string): string | null {
  return withWal(databaseFile, (file) => {
    const header = Buffer.alloc(HEADER_BYTES);
    return readSync(file, header, 0, HEADER_BYTES, 0) === HEADER_BYTES ? header.toString("hex") : null;
  });
}

/**
 * The frames after `from` up to `to`, which must be committed, some at a time, as pages in the order in which they were
 * written: a later one of the same number replaces an earlier one. They are overwritten when the next ones are asked for. Ends early when the log is shorter. What was read counts only when
 * `readWalHeader` still gives `header` afterwards: else the log began again meanwhile.
 */
export async function* readWalFrames(
  databaseFile: string,
  header: string,
  from: number,
  to: number,
): AsyncGenerator<WalFrames> {
  const file = await open(`${databaseFile}-wal`, "r");
  try {
    const frameBytes = FRAME_HEADER_BYTES + pageSizeOf(header);
    const chunk = Buffer.allocUnsafe(Math.min(FRAMES_AT_ONCE, to - from) * frameBytes);
    for (let index = from; index < to; ) {
      const count = Math.min(FRAMES_AT_ONCE, to - index);
      const bytes = chunk.subarray(0, count * frameBytes);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, HEADER_BYTES + index * frameBytes);
      if (bytesRead !== bytes.length) {
        return;
      }
      yield toFrames(bytes, frameBytes);
      index += count;
    }
  } finally {
    await file.close();
  }
}

/** The same at once, for where no turn may be given to others. `null`: the log began again meanwhile. */
export function readWalFramesNow(databaseFile: string, header: string, from: number, to: number): WalFrames | null {
  const frameBytes = FRAME_HEADER_BYTES + pageSizeOf(header);
  const bytes = Buffer.allocUnsafe((to - from) * frameBytes);
  const read = withWal(databaseFile, (file) =>
    readSync(file, bytes, 0, bytes.length, HEADER_BYTES + from * frameBytes),
  );
  return read === bytes.length && readWalHeader(databaseFile) === header ? toFrames(bytes, frameBytes) : null;
}

function toFrames(bytes: Buffer, frameBytes: number): WalFrames {
  const pages: NumberedPage[] = [];
  let dbPages = 0;
  for (let at = 0; at < bytes.length; at += frameBytes) {
    pages.push({
      number: bytes.readUInt32BE(at),
      content: bytes.subarray(at + FRAME_HEADER_BYTES, at + frameBytes),
    });
    dbPages = bytes.readUInt32BE(at + 4) || dbPages;
  }
  return { pages, dbPages };
}

/** Whether `next` is what the log of `header` begins again as. */
export function isNextWal(header: string, next: string): boolean {
  return saltOf(next) === (saltOf(header) + 1) % 2 ** 32 && pageSizeOf(next) === pageSizeOf(header);
}

export function pageSizeOf(header: string): number {
  return Buffer.from(header, "hex").readUInt32BE(PAGE_SIZE_AT);
}

function saltOf(header: string): number {
  return Buffer.from(header, "hex").readUInt32BE(SALT_AT);
}

function withWal<T>(databaseFile: string, read: (file: number) => T): T | null {
  let file: number;
  try {
    file = openSync(`${databaseFile}-wal`, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return null;
    }
    throw error;
  }
  try {
    return read(file);
  } finally {
    closeSync(file);
  }
}
