/**
 * Reads SQLite's write-ahead log (sqlite.org/fileformat2.html#walformat, read 2026-11-22): a header of 32 bytes, then
 * frames of 24 bytes and a page each. What is committed of it never changes until the log begins again from its start with
 * another header; the header is written before the first frame of that.
 */
import { closeSync, openSync, readSync } from "node:fs";

/** How far a log was read. */
export interface WalPosition {
  /** The log's header in hex; it is another one each time the log begins again. */
  readonly header: string;
  readonly frames: number;
  /** Everything in it was read and is in the database: the next write begins the log again. */
  readonly sealed: boolean;
}

export interface WalPages {
  /** The newest content of each page that was committed, by its number. */
  readonly pages: Map<number, Buffer>;
  /** Pages of the whole database after the last commit that was read; 0 when none was. */
  dbPages: number;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
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
 * Adds the frames after `from` up to `to`, which must be committed, to `into`. `false`: the log began again meanwhile, and
 * nothing of `into` may be used.
 */
export function readWalPages(databaseFile: string, header: string, from: number, to: number, into: WalPages): boolean {
  const pageSize = pageSizeOf(header);
  const isWhole = withWal(databaseFile, (file) => {
    const frame = Buffer.alloc(FRAME_HEADER_BYTES + pageSize);
    for (let index = from; index < to; index += 1) {
      if (readSync(file, frame, 0, frame.length, HEADER_BYTES + index * frame.length) !== frame.length) {
        return false;
      }
      into.pages.set(frame.readUInt32BE(0), Buffer.from(frame.subarray(FRAME_HEADER_BYTES)));
      into.dbPages = frame.readUInt32BE(4) || into.dbPages;
    }
    return true;
  });
  return isWhole === true && readWalHeader(databaseFile) === header;
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
