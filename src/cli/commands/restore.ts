/**
 * `shipbot restore`: puts a backup in the place of the database. The one that is there is kept beside it, and what the
 * backup has forgotten is verified before anything is bought.
 */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { StoreError, UsageError } from "../../base/errors.ts";
import { formatInstant } from "../../core/time.ts";
import { newestGoodBackup } from "../../store/backup-files.ts";
import type { DatabaseContents } from "../../store/database-contents.ts";
import { databaseFile } from "../../store/database-file.ts";
import { acquireDaemonLock } from "../../store/lock.ts";
import { discardRestore, finishRestore, type PreparedRestore, prepareRestore, takenAtOf } from "../../store/restore.ts";
import { confirm } from "../ask.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { ageOf, cleanText, countOf, formatTime, wrapText } from "../output.ts";
import { lockFolderOf, readPlaces } from "../places.ts";
import { loadLocal } from "../surroundings.ts";

export interface RestoreFlags {
  readonly recover?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function run(written: string, flags: RestoreFlags, invocation: Invocation): Promise<ExitCode> {
  const { clock, cwd } = invocation;
  const settings = loadLocal(invocation);
  const { shopId } = await readPlaces(invocation);
  const file = databaseFile(settings.database.url);
  if (file === null) {
    throw new UsageError("this database is not a file", "restore it with the tools of its server");
  }
  const source = resolve(cwd, written);
  if (!existsSync(source)) {
    const { folder } = settings.backup;
    const newest = await newestGoodBackup(folder);
    throw new UsageError(
      `there is no file ${cleanText(source)}`,
      newest === null ? `backups are in ${folder}` : `shipbot restore ${newest.path}`,
    );
  }
  const lock = acquireDaemonLock(lockFolderOf(settings.database.url, settings.dataDir));
  try {
    const prepared = await prepareRestore(source, file, { recover: flags.recover === true }).catch((error: unknown) =>
      adviseAnother(error, source, settings.backup.folder),
    );
    try {
      assertSameShop(prepared.contents, shopId, source);
      return await restore({ source, file, prepared, now: clock.now() }, flags, invocation);
    } finally {
      await discardRestore(file);
    }
  } finally {
    lock.release();
  }
}

/** The newest backup that is whole, instead of one that is not. */
async function adviseAnother(error: unknown, source: string, folder: string): Promise<never> {
  if (error instanceof StoreError && error.kind === "corrupt") {
    const other = await newestGoodBackup(folder, source);
    const remedy = other === null ? `no other backup in ${folder} is whole` : `shipbot restore ${other.path}`;
    throw new StoreError("corrupt", `${error.message} Nothing was changed.`, remedy, { cause: error });
  }
  throw error;
}

function assertSameShop({ shops }: DatabaseContents, shopId: string | null, source: string): void {
  const names = shops.map(({ shop }) => shop);
  if (shopId !== null && !names.includes(shopId)) {
    throw new UsageError(
      `${cleanText(source)} is of ${names.join(", ") || "no shop"}, not of ${shopId}`,
      "take a backup of this shop, or set SHOPIFY_SHOP_URL to that one",
    );
  }
}

interface Found {
  readonly source: string;
  readonly file: string;
  readonly prepared: PreparedRestore;
  readonly now: number;
}

async function restore(found: Found, flags: RestoreFlags, invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  const isJson = flags.json === true;
  const tell = (text: string) => {
    for (const line of wrapText(text, terminal.width, 2)) {
      terminal.note(line);
    }
  };
  if (!isJson) {
    tell(describeBackup(found, flags.recover === true));
    tell(describePresent(found));
  }
  if (flags.dryRun === true) {
    if (isJson) {
      terminal.printJson(restoreJson(found, { dryRun: true, aside: null }));
    } else {
      terminal.print(["Would put it in the place of the database. Nothing was changed."]);
    }
    return EXIT.fine;
  }
  if (!(await confirm(terminal, "replace the database", flags.yes === true, "the one that is there is kept aside"))) {
    terminal.note("Nothing was changed.");
    return EXIT.fine;
  }
  const aside = await finishRestore(found.file, found.prepared, found.now);
  if (isJson) {
    terminal.printJson(restoreJson(found, { dryRun: false, aside }));
    return EXIT.fine;
  }
  terminal.print([
    "Restored. Before anything is bought, each order is looked up at the provider.",
    "next: shipbot daemon",
    ...(aside === null ? [] : [`undo: shipbot restore ${cleanText(aside)}`]),
  ]);
  return EXIT.fine;
}

function describeBackup({ source, prepared, now }: Found, isRecovery: boolean): string {
  const { manifest, contents } = prepared;
  const { orders, labels } = sum(contents);
  const takenAt = takenAtOf(prepared);
  const unknown = manifest === null ? "no manifest is beside it" : "the manifest beside it cannot be read";
  const when =
    takenAt === null
      ? `when it was taken and its checksum are not known, as ${unknown}`
      : `taken ${ageOf(takenAt, now)} ago, ${formatTime(takenAt)}`;
  const { recoveredTo } = prepared;
  const none = isRecovery ? ", and nothing that came after it, as it has no log that can be used" : "";
  const log = recoveredTo === null ? none : `, with what was archived up to ${ageOf(recoveredTo, now)} ago`;
  const what = `${countOf(orders, "order")}, ${countOf(labels, "label")}`;
  return `${cleanText(basename(source))} is whole: ${when}${log}; ${what}.`;
}

function describePresent({ file, prepared }: Found): string {
  const { present, contents } = prepared;
  if (present === null) {
    return `There is no database at ${cleanText(file)}.`;
  }
  if (present === "damaged") {
    return `The database that is there is damaged. It is kept beside the new one.`;
  }
  const [there, then] = [sum(present), sum(contents)];
  const newer = [
    countOf(Math.max(0, there.orders - then.orders), "order"),
    countOf(Math.max(0, there.labels - then.labels), "label"),
  ];
  return `The database that is there knows ${newer.join(" and ")} more. It is kept beside the new one.`;
}

function sum({ shops }: DatabaseContents): { readonly orders: number; readonly labels: number } {
  return {
    orders: shops.reduce((total, { orders }) => total + orders, 0),
    labels: shops.reduce((total, { labels }) => total + labels, 0),
  };
}

function restoreJson({ source, file, prepared }: Found, done: { dryRun: boolean; aside: string | null }): unknown {
  const { contents, present, recoveredTo } = prepared;
  const takenAt = takenAtOf(prepared);
  return {
    version: 1,
    dryRun: done.dryRun,
    backup: { path: source, takenAt: takenAt === null ? null : formatInstant(takenAt), ...sum(contents) },
    recoveredTo: recoveredTo === null ? null : formatInstant(recoveredTo),
    replaced:
      present === null
        ? null
        : {
            path: file,
            keptAs: done.aside,
            damaged: present === "damaged",
            ...(present === "damaged" ? NOTHING : sum(present)),
          },
  };
}

const NOTHING = { orders: null, labels: null };
