/**
 * The tasks that back the database up, delete the backups that are not kept, and archive what changes between them. They
 * take turns: a backup that is under way is not what pages are added to.
 */
import { basename } from "node:path";
import type { Log } from "../base/log.ts";
import type { BackupPolicy } from "../core/backup-policy.ts";
import type { Clock } from "../ports/clock.ts";
import { mayBeginAnew, newestWithLog, pruneLogs } from "../store/archiver.ts";
import { pruneBackups } from "../store/backup-files.ts";
import { takeBackup } from "../store/take-backup.ts";
import type { Store } from "../store/types.ts";
import type { Task, TaskSchedule } from "./scheduler.ts";

export interface BackupDeps {
  readonly store: Pick<Store, "backups">;
  /** Absolute. */
  readonly databaseFile: string;
  readonly backup: BackupPolicy & { readonly folder: string };
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** `backup` and `archive`. */
export function backUp(
  deps: BackupDeps,
  schedules: { readonly backup: TaskSchedule; readonly archive: TaskSchedule },
): readonly Task[] {
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  return [
    {
      name: "backup",
      schedule: schedules.backup,
      onlyWhenDue: true,
      run: () => inTurn(() => takeOne(deps)),
    },
    {
      name: "archive",
      schedule: schedules.archive,
      onlyWhenDue: true,
      run: () => inTurn(() => archive(deps)),
    },
  ];
}

async function takeOne({ store, databaseFile, backup, version, clock, log }: BackupDeps): Promise<void> {
  const { path, manifest } = await takeBackup({
    ...{ databaseFile, folder: backup.folder, out: null, now: clock.now(), program: version },
    copy: (target) => store.backups.copyTo(target),
  });
  const pruned = await pruneBackups(backup.folder, backup, clock.now());
  await pruneLogs(backup.folder);
  log.info("backup taken", { file: basename(path), bytes: manifest.bytes, pruned: pruned.length });
}

async function archive(deps: BackupDeps): Promise<void> {
  const { store, backup, clock, log } = deps;
  const { pages, unbroken } = await store.backups.archive(backup.folder, clock.now());
  if (unbroken) {
    log.debug("changes archived", { pages });
    return;
  }
  if (mayBeginAnew(await newestWithLog(backup.folder), clock.now())) {
    log.info("the archive of changes begins anew with a backup");
    await takeOne(deps);
  }
}
