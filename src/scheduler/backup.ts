/** The task that backs the database up and deletes the backups that are not kept. */
import { basename } from "node:path";
import type { Log } from "../base/log.ts";
import type { BackupPolicy } from "../core/backup-policy.ts";
import type { Clock } from "../ports/clock.ts";
import { pruneBackups } from "../store/backup-files.ts";
import { takeBackup } from "../store/take-backup.ts";
import type { Store } from "../store/types.ts";
import type { Task, TaskSchedule } from "./scheduler.ts";

export function backUp(
  deps: {
    readonly store: Pick<Store, "copyTo">;
    /** Absolute. */
    readonly databaseFile: string;
    readonly backup: BackupPolicy & { readonly folder: string };
    readonly version: string;
    readonly clock: Clock;
    readonly log: Log;
  },
  schedule: TaskSchedule,
): Task {
  const { store, databaseFile, backup, clock, log } = deps;
  return {
    name: "backup",
    schedule,
    onlyWhenDue: true,
    async run() {
      const { path, manifest } = await takeBackup({
        ...{ databaseFile, folder: backup.folder, out: null, now: clock.now(), program: deps.version },
        copy: (target) => store.copyTo(target),
      });
      const pruned = await pruneBackups(backup.folder, backup, clock.now());
      log.info("backup taken", { file: basename(path), bytes: manifest.bytes, pruned: pruned.length });
    },
  };
}
