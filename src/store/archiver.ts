/**
 * Backups, and between them the pages that changed: the daemon's copy of the database, kept a few minutes behind it.
 *
 *   backup ──► position in the write-ahead log, from before the copy began ──archive──► … ──archive──► …
 *                                                  └── the log was lost sight of ──► a new backup, at most hourly
 *
 * The log is read up to what SQLite says is committed. Then it is made to begin again (`wal_checkpoint(restart)`) while no
 * statement of this process can run; if it held no more than was read, it is sealed: the next log continues it, and nothing
 * can have been between. Where that cannot be shown (another process ended the log, a burst filled it), the pages that are
 * missing would make a database of two times: the archive ends there, and goes on only after the next backup.
 *
 * A crash loses what was not archived, which the database itself still has. A restart goes on where the log shows the same
 * header as the last entry. Nothing here is needed by the database: when it fails, work goes on.
 */

import { rm } from "node:fs/promises";
import { HOUR_MS, type Instant } from "../core/time.ts";
import { type Backup, listBackups } from "./backup-files.ts";
import type { Database } from "./database.ts";
import { EntryWriter, pageLogFolder, type VerifiedLog } from "./page-log.ts";
import { CHECKPOINT_PAGES } from "./sqlite-connection.ts";
import { isNextWal, readWalFrames, readWalFramesNow, readWalHeader, type WalPosition } from "./wal-reader.ts";

/** Of `pragma wal_checkpoint`. */
interface Checkpoint {
  readonly busy: number;
  /** Frames in the log that are committed. */
  readonly log: number;
  readonly checkpointed: number;
}

type Run = (sql: string) => readonly unknown[];

export interface Archived {
  /** Pages that were written. */
  readonly pages: number;
  /** `false`: the log was lost sight of, and the archive goes on only after the next backup. */
  readonly unbroken: boolean;
}

/** Where the log stands, made to begin again: to be taken before a backup is copied. `null` for a database without one. */
export async function sealedPosition(database: Database): Promise<WalPosition | null> {
  const { file } = database;
  return file === null ? null : await database.alone((run) => seal(run, file));
}

/** `null`: there is no log, or another process began it again in this very moment. */
function seal(run: Run, file: string): WalPosition | null {
  const header = readWalHeader(file);
  const { log } = checkpoint(run, "noop");
  const restart = checkpoint(run, "restart");
  const sealed = restart.busy === 0 && restart.log === log && restart.checkpointed === log;
  // Under one header the count is of this log. What came between the two is read next time: then it is not sealed.
  return header === null || readWalHeader(file) !== header ? null : { header, frames: log, sealed };
}

/**
 * Writes what changed since the last entry of the newest backup's log. `known` remembers between the calls what of that log was verified.
 */
export async function archivePages(
  database: Database,
  known: VerifiedLog,
  folder: string,
  now: Instant,
): Promise<Archived> {
  const { file } = database;
  const backup = await newestWithLog(folder);
  if (file === null || backup === undefined) {
    return LOST;
  }
  const target = { path: backup.path, sha256: backup.manifest.sha256 };
  const last = await known.last(target);
  const from = last?.position ?? backup.manifest.position;
  const span = from === null ? null : await spanSince(database, file, from);
  if (from === null || span === null) {
    return LOST;
  }
  const writer = await EntryWriter.begin(target, (last?.number ?? 0) + 1);
  let isDone = false;
  // A log that is full begins again at the next commit, also while it is read. It may grow for these moments.
  await database.alone((run) => run("pragma wal_autocheckpoint = 0"));
  try {
    const read = await copyPages(database, file, span, writer);
    if (read === null) {
      return LOST;
    }
    const { size } = writer;
    if (size > 0 || read.position.sealed !== from.sealed) {
      isDone = true;
      await writer.finish(now, read.position, read.dbPages);
    }
    return { pages: size, unbroken: true };
  } finally {
    await database.alone((run) => run(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`));
    if (!isDone) {
      await writer.discard();
    }
  }
}

const LOST: Archived = { pages: 0, unbroken: false };

/** Frames of one log that are to be read: those after `start`, up to `frames` at least. */
interface Span {
  readonly header: string;
  readonly start: number;
  readonly frames: number;
}

/** `null`: what was written after `from` can no longer be read, or it cannot be shown that it was. */
async function spanSince(database: Database, file: string, from: WalPosition): Promise<Span | null> {
  const { frames, header } = await database.alone((run) => ({
    frames: checkpoint(run, "noop").log,
    header: readWalHeader(file),
  }));
  if (header === null) {
    return null;
  }
  const isSame = header === from.header && frames >= from.frames;
  if (!isSame && !(from.sealed && isNextWal(from.header, header))) {
    return null;
  }
  return { header, start: isSame ? from.frames : 0, frames };
}

/** Frames that are read while nothing can be written by this process: some milliseconds. */
const REST_FRAMES = 256;
/** Who writes faster than it is read is not waited for longer. */
const ROUNDS_MAX = 5;

/** `null`: the log began again meanwhile, and nothing of `writer` may be used. */
async function copyPages(
  database: Database,
  file: string,
  { header, start, frames }: Span,
  writer: EntryWriter,
): Promise<{ readonly position: WalPosition; readonly dbPages: number } | null> {
  let [done, end, dbPages] = [start, frames, 0];
  // The bulk of it while work goes on: what was committed meanwhile is the next round.
  for (let round = 1; end > done && round <= ROUNDS_MAX; round += 1) {
    for await (const read of readWalFrames(file, header, done, end)) {
      await writer.add(read.pages);
      done += read.pages.length;
      dbPages = read.dbPages || dbPages;
    }
    const log = await database.alone((run) => checkpoint(run, "noop").log);
    if (done < end || log < end || readWalHeader(file) !== header) {
      return null;
    }
    end = log - end > REST_FRAMES ? log : end;
  }
  // The rest, with the seal, while nothing is written by this process.
  const ended = await database.alone((run) => {
    const { log } = checkpoint(run, "noop");
    const rest = log < done ? null : readWalFramesNow(file, header, done, log);
    const position = rest === null ? null : seal(run, file);
    // What another process wrote between the two is not read yet, hence not sealed.
    return rest === null || position?.header !== header
      ? null
      : { rest, position: { header, frames: log, sealed: position.sealed && position.frames === log } };
  });
  if (ended === null) {
    return null;
  }
  await writer.add(ended.rest.pages);
  return { position: ended.position, dbPages: ended.rest.dbPages || dbPages };
}

/** The newest backup that can have a log: one that a command took has other pages. */
export async function newestWithLog(folder: string): Promise<Backup | undefined> {
  return (await listBackups(folder)).find(({ manifest }) => manifest.position !== null);
}

/** Whether a backup may be taken because the archive is broken: not again and again, and not instead of the first one. */
export function mayBeginAnew(newest: Backup | undefined, now: Instant): boolean {
  return newest !== undefined && Math.abs(now - newest.manifest.takenAt) >= HOUR_MS;
}

/** The logs of all backups but the newest that has one: older ones are only restored as they are. */
export async function pruneLogs(folder: string): Promise<void> {
  const newest = await newestWithLog(folder);
  for (const { path } of await listBackups(folder)) {
    if (path !== newest?.path) {
      await rm(pageLogFolder(path), { recursive: true, force: true });
    }
  }
}

function checkpoint(run: Run, mode: "noop" | "restart"): Checkpoint {
  const [row] = run(`pragma wal_checkpoint(${mode})`);
  return row as Checkpoint;
}
