/**
 * Databases that a restore replaced: they lie beside the one that is worked with, for an undo, and hold all that it held of
 * people. Their names say when they were put aside. They go after a time of their own.
 */
import { readdir, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { formatInstant, type Instant, parseInstant } from "../core/time.ts";
import { ignoreAbsent } from "./backup-files.ts";

const BEFORE = ".before-";
const WRITTEN = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z(?:-wal|-shm)?$/;

/** Where the database goes that is replaced now. */
export function replacedPath(databaseFile: string, now: Instant): string {
  return `${databaseFile}${BEFORE}${formatInstant(now).replaceAll(/[-:.]/g, "")}`;
}

/** Deletes those that were put aside before `before`, with their logs, and gives how many files that were. */
export async function pruneReplaced(databaseFile: string, before: Instant): Promise<number> {
  const folder = dirname(databaseFile);
  const start = `${basename(databaseFile)}${BEFORE}`;
  let count = 0;
  for (const name of await readdir(folder)) {
    const [, year, month, day, hour, minute, second, ms] =
      (name.startsWith(start) ? WRITTEN.exec(name.slice(start.length)) : null) ?? [];
    const at = parseInstant(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
    if (at !== null && at < before) {
      await unlink(join(folder, name)).catch(ignoreAbsent);
      count += 1;
    }
  }
  return count;
}
