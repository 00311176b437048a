/** What a database gives to its backups while it is worked with. Loads the rest of it only when it is asked for. */
import { StoreError } from "../base/errors.ts";
import { type DurationMs, type Instant, MINUTE_MS } from "../core/time.ts";
import type { Archived } from "./archiver.ts";
import type { Database } from "./database.ts";
import type { VerifiedLog } from "./page-log.ts";
import type { WalPosition } from "./wal-reader.ts";

/** A copy takes seconds where nobody else writes; then it is a snapshot, for which the event loop stands still. */
const COPY_PATIENCE_MS: DurationMs = 2 * MINUTE_MS;

export interface BackupSource {
  /** A consistent copy. `path` must be absent or empty. Gives the position for its log; `null`: it can have none. */
  copyTo(path: string): Promise<WalPosition | null>;
  /** Adds to the log of the newest backup in the folder what changed since. */
  archive(folder: string, now: Instant): Promise<Archived>;
}

export function createBackupSource(database: Database): BackupSource {
  let verified: VerifiedLog | null = null;
  return {
    async copyTo(path) {
      const { file } = database;
      if (file === null) {
        throw new StoreError("unexpected", "A database in memory has no copy.", "Set DATABASE_URL to a file.");
      }
      const [{ sealedPosition }, { snapshotOf }, { truncate }] = await Promise.all([
        import("./archiver.ts"),
        import("./take-backup.ts"),
        import("node:fs/promises"),
      ]);
      // Before the copy: whatever is written while it is made is in the log after it.
      const position = await sealedPosition(database);
      if (await database.copyTo(path, COPY_PATIENCE_MS)) {
        return position;
      }
      await truncate(path);
      return await snapshotOf(file)(path);
    },

    async archive(folder, now) {
      const [{ archivePages }, { VerifiedLog }] = await Promise.all([import("./archiver.ts"), import("./page-log.ts")]);
      verified ??= new VerifiedLog();
      return await archivePages(database, verified, folder, now);
    },
  };
}
