/** `shipbot backup`: one more backup now, also beside a running daemon. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { formatInstant } from "../../core/time.ts";
import { type Backup, pruneBackups } from "../../store/backup-files.ts";
import { databaseFile } from "../../store/database-file.ts";
import { snapshotOf, takeBackup } from "../../store/take-backup.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { cleanText, countOf } from "../output.ts";
import { loadLocal } from "../surroundings.ts";

export interface BackupFlags {
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function run(flags: BackupFlags, invocation: Invocation): Promise<ExitCode> {
  const { clock, cwd, terminal, version } = invocation;
  const settings = loadLocal(invocation);
  const file = databaseFile(settings.database.url);
  if (file === null || !existsSync(file)) {
    throw new UsageError("there is no database yet, hence nothing to back up", "shipbot sync, or shipbot daemon");
  }
  const out = flags.out === undefined ? null : resolve(cwd, flags.out);
  if (out !== null && existsSync(out)) {
    throw new UsageError(`${cleanText(out)} is there already, and a backup overwrites nothing`, "give another --out");
  }
  const { folder } = settings.backup;
  if (flags.dryRun === true) {
    if (flags.json === true) {
      terminal.printJson({ version: 1, dryRun: true, backup: null, wouldWrite: out ?? folder, pruned: [] });
    } else {
      terminal.print([`Would back up ${cleanText(file)} to ${cleanText(out ?? folder)}. Nothing was written.`]);
    }
    return EXIT.fine;
  }
  const backup = await takeBackup({
    ...{ databaseFile: file, copy: snapshotOf(file), out, folder, now: clock.now(), program: version },
  });
  // A file of one's own is one's own to delete.
  const pruned = out === null ? await pruneBackups(folder, settings.backup, clock.now()) : [];
  if (flags.json === true) {
    terminal.printJson({ version: 1, dryRun: false, backup: backupJson(backup), wouldWrite: null, pruned });
  } else {
    terminal.print(backupText(backup));
  }
  return EXIT.fine;
}

export function sumContents({ manifest }: Pick<Backup, "manifest">): {
  readonly orders: number;
  readonly labels: number;
} {
  return {
    orders: manifest.shops.reduce((sum, { orders }) => sum + orders, 0),
    labels: manifest.shops.reduce((sum, { labels }) => sum + labels, 0),
  };
}

export function backupJson(backup: Backup): unknown {
  const { path, manifest } = backup;
  const { takenAt, bytes, sha256, program } = manifest;
  return { path, takenAt: formatInstant(takenAt), bytes, sha256, program, ...sumContents(backup) };
}

function backupText(backup: Backup): readonly string[] {
  const { orders, labels } = sumContents(backup);
  const size = `${(backup.manifest.bytes / 1_048_576).toFixed(1)} MB`;
  return [
    cleanText(backup.path),
    `${size}, ${countOf(orders, "order")}, ${countOf(labels, "label")}; checked, and its checksum is beside it.`,
  ];
}
