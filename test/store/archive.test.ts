/** What is archived between two backups: the backup and its log are the database as it was at the last archived point. */
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/sandbox/random.ts";
import { type Backup, listBackups } from "../../src/store/backup-files.ts";
import { furthestBackup, VerifiedLog } from "../../src/store/page-log.ts";
import { discardRestore, prepareRestore } from "../../src/store/restore.ts";
import { snapshotOf, takeBackup } from "../../src/store/take-backup.ts";
import type { Store } from "../../src/store/types.ts";
import { orderId } from "../conformance/store-records.ts";
import { startChild } from "../support/child.ts";
import { useDatabases } from "../support/database.ts";
import { fastFolder } from "../support/fast-folder.ts";

const databases = useDatabases();

interface Place {
  readonly file: string;
  readonly folder: string;
  readonly store: Store;
}

async function aPlace(): Promise<Place> {
  const dataDir = databases.folder();
  const file = join(dataDir, "test.db");
  const store = await databases.open({ url: `sqlite:${file}` });
  await request(store, 0, 200);
  return { file, folder: join(dataDir, "backups"), store };
}

async function request(store: Store, from: number, count: number): Promise<void> {
  const orders = Array.from({ length: count }, (_, index) => ({ id: orderId(from + index), name: `#${from + index}` }));
  await store.orders.request(orders, 1 + from);
}

function backUp({ file, folder, store }: Place, now = 5): Promise<Backup> {
  const copy = (path: string) => store.backups.copyTo(path);
  return takeBackup({ databaseFile: file, copy, out: null, folder, now, program: "1" });
}

/** Every row of every table, as text. */
function rowsOf(file: string): string {
  const database = new Sqlite(file, { readonly: true });
  try {
    const tables = database.prepare("select name from sqlite_schema where type = 'table' order by name").pluck().all();
    return tables.map((table) => JSON.stringify(database.prepare(`select * from "${table}"`).raw().all())).join("\n");
  } finally {
    database.close();
  }
}

/** The rows of the backup with its log replayed, in a folder of its own. */
async function recovered(backup: Backup): Promise<{ readonly rows: string; readonly recoveredTo: number | null }> {
  const target = join(databases.folder(), "restored.db");
  const { recoveredTo } = await prepareRestore(backup.path, target, { recover: true });
  const rows = rowsOf(`${target}.restoring`);
  await discardRestore(target);
  return { rows, recoveredTo };
}

test("after each archiving the backup and its log are the database as it is then", async () => {
  const place = await aPlace();
  const backup = await backUp(place);
  const random = seededRandom(7);
  for (let round = 1; round <= 12; round += 1) {
    // New pages, changed pages, and rows that go again, so that pages are freed and used for something else.
    await request(place.store, Math.floor(random.next() * 4_000), Math.floor(random.next() * 300));
    await place.store.timeline.add(orderId(1), { at: round, kind: "note", message: "x".repeat(9_000) });
    if (round % 3 === 0) {
      await place.store.timeline.prune(round, 100);
    }
    expect(await place.store.backups.archive(place.folder, 100 + round)).toMatchObject({ unbroken: true });
    expect(await recovered(backup)).toEqual({ rows: rowsOf(place.file), recoveredTo: 100 + round });
  }
});

test("what was not archived is not there, and nothing of it", async () => {
  const place = await aPlace();
  const backup = await backUp(place);
  await request(place.store, 1_000, 50);
  await place.store.backups.archive(place.folder, 7);
  const then = rowsOf(place.file);
  await request(place.store, 2_000, 50);
  expect(await recovered(backup)).toEqual({ rows: then, recoveredTo: 7 });
});

test("what is written while the backup is copied and archived is in the log", async () => {
  const place = await aPlace();
  await request(place.store, 10_000, 9_000);
  let isWriting = true;
  const writing = (async () => {
    for (let round = 0; isWriting; round += 1) {
      await request(place.store, 30_000 + 20 * round, 20);
      // Commits alone would leave no turn to whoever waits for the disk.
      await stat(place.file);
    }
  })();
  const backup = await backUp(place);
  for (let round = 1; round <= 5; round += 1) {
    expect(await place.store.backups.archive(place.folder, 10 + round)).toMatchObject({ unbroken: true });
  }
  isWriting = false;
  await writing;
  expect(await place.store.backups.archive(place.folder, 20)).toMatchObject({ unbroken: true });
  expect(await recovered(backup)).toEqual({ rows: rowsOf(place.file), recoveredTo: 20 });
});

test("another process that writes beside it changes nothing about that", async () => {
  const place = await aPlace();
  const backup = await backUp(place);
  const beside = await databases.open({ url: `sqlite:${place.file}` });
  for (let round = 1; round <= 5; round += 1) {
    await request(beside, 1_000 * round, 20);
    await request(place.store, 1_000 * round + 500, 20);
    expect(await place.store.backups.archive(place.folder, round)).toMatchObject({ unbroken: true });
    await request(beside, 1_000 * round + 800, 20);
  }
  expect(await place.store.backups.archive(place.folder, 9)).toMatchObject({ unbroken: true });
  expect(await recovered(backup)).toEqual({ rows: rowsOf(place.file), recoveredTo: 9 });
});

test("a log that somebody else ended is noticed, and the archive stays at the last true point", async () => {
  const place = await aPlace();
  const backup = await backUp(place);
  await request(place.store, 1_000, 50);
  await place.store.backups.archive(place.folder, 7);
  const then = rowsOf(place.file);
  await request(place.store, 2_000, 50);
  const tool = new Sqlite(place.file);
  tool.pragma("wal_checkpoint(truncate)");
  tool.close();
  await request(place.store, 3_000, 50);
  expect(await place.store.backups.archive(place.folder, 8)).toEqual({ pages: 0, unbroken: false });
  expect(await recovered(backup)).toEqual({ rows: then, recoveredTo: 7 });
  // The next backup begins a log of its own.
  const next = await backUp(place, 9);
  await request(place.store, 4_000, 50);
  expect(await place.store.backups.archive(place.folder, 10)).toMatchObject({ unbroken: true });
  expect(await recovered(next)).toEqual({ rows: rowsOf(place.file), recoveredTo: 10 });
});

test("a log that went on after it was read, and was then begun again by somebody else, is not taken for complete", async () => {
  const place = await aPlace();
  const backup = await backUp(place);
  const reader = new Sqlite(place.file, { readonly: true });
  reader.exec("begin");
  reader.prepare("select count(*) from orders").get();
  // A reader keeps the log from beginning again: nothing is sealed, and it goes on in the same log.
  await request(place.store, 1_000, 50);
  expect(await place.store.backups.archive(place.folder, 7)).toMatchObject({ unbroken: true });
  reader.exec("commit");
  reader.close();
  await request(place.store, 2_000, 50);
  const tool = new Sqlite(place.file);
  tool.pragma("wal_checkpoint(restart)");
  tool.close();
  await request(place.store, 3_000, 50);
  expect(await place.store.backups.archive(place.folder, 8)).toEqual({ pages: 0, unbroken: false });
  expect(await recovered(backup)).toMatchObject({ recoveredTo: 7 });
});

test.each([
  [
    "is damaged",
    (path: string) =>
      writeFileSync(
        path,
        readFileSync(path).map((byte, at) => (at === 5_000 ? byte ^ 1 : byte)),
      ),
  ],
  ["is missing", (path: string) => rmSync(path)],
  ["was interrupted", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 700))],
])("a file of the log that %s ends it before", async (_, spoil) => {
  const place = await aPlace();
  const backup = await backUp(place);
  const rows: string[] = [];
  for (let round = 1; round <= 3; round += 1) {
    await request(place.store, 1_000 * round, 50);
    await place.store.backups.archive(place.folder, round);
    rows.push(rowsOf(place.file));
  }
  expect(readdirSync(`${backup.path}.log`).sort()).toEqual(["000001", "000002", "000003"]);
  spoil(join(`${backup.path}.log`, "000002"));
  expect(await recovered(backup)).toEqual({ rows: rows[0], recoveredTo: 1 });
});

test("a log of another backup is not replayed", async () => {
  const place = await aPlace();
  const first = await backUp(place);
  await request(place.store, 1_000, 50);
  await place.store.backups.archive(place.folder, 6);
  const second = await backUp(place, 7);
  const log = readFileSync(join(`${first.path}.log`, "000001"));
  await request(place.store, 2_000, 50);
  await place.store.backups.archive(place.folder, 8);
  writeFileSync(join(`${second.path}.log`, "000001"), log);
  expect(await recovered(second)).toMatchObject({ recoveredTo: null });
});

test("for a recovery the backup counts from which the newest state can be had, by its time or by its log", async () => {
  const place = await aPlace();
  const { file, folder } = place;
  const bySnapshot = (now: number) =>
    takeBackup({ databaseFile: file, copy: snapshotOf(file), out: null, folder, now, program: "1" });
  const logged = await backUp(place, 5);
  await bySnapshot(20);
  expect((await furthestBackup(folder))?.manifest.takenAt).toBe(20);
  await request(place.store, 1_000, 50);
  await place.store.backups.archive(folder, 50);
  expect((await furthestBackup(folder))?.path).toBe(logged.path);
  const later = await bySnapshot(60);
  expect((await furthestBackup(folder))?.path).toBe(later.path);
  writeFileSync(later.path, "damaged");
  expect((await furthestBackup(folder))?.path).toBe(logged.path);
});

/** In a process of its own: bytes read and memory are counted by process. */
test("a look costs what is new, not what the log holds, and memory holds little of it", {
  timeout: 60_000,
}, async (context) => {
  if (process.platform !== "linux") {
    context.skip("bytes and memory of a process are read from /proc, which only Linux has");
  }
  const script = join(import.meta.dirname, "children", "archive.ts");
  const folder = await fastFolder();
  const child = startChild(process.execPath, ["--expose-gc", script, folder]);
  const { code, stdout, stderr } = await child.exited;
  rmSync(folder, { recursive: true, force: true });
  expect(code, stderr).toBe(0);
  const { rounds, large } = JSON.parse(stdout) as {
    readonly rounds: readonly { readonly read: number; readonly pages: number }[];
    readonly large: {
      readonly read: number;
      readonly pages: number;
      readonly roseBytes: number;
    };
  };
  const [, , third] = rounds;
  const last = rounds.at(-1);
  expect(third?.pages).toBeGreaterThan(200);
  expect(last?.read).toBeLessThan(1.5 * (third?.read ?? 0));
  const bytes = large.pages * 4_096;
  expect(bytes).toBeGreaterThan(20_000_000);
  expect(large.roseBytes).toBeLessThan((2 * bytes) / 3);
});

test("an older file of the log that rots is noticed within a turn of looks, and ends the log before it", async () => {
  const place = await aPlace();
  await backUp(place);
  const [backup] = await listBackups(place.folder);
  const target = { path: backup?.path ?? "", sha256: backup?.manifest.sha256 ?? "" };
  const known = new VerifiedLog();
  for (let round = 1; round <= 4; round += 1) {
    await request(place.store, 1_000 * round, 50);
    await place.store.backups.archive(place.folder, round);
    expect(await known.last(target)).toMatchObject({ number: round });
  }
  const path = join(`${target.path}.log`, "000002");
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  bytes[5_000] = (bytes[5_000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
  expect(await known.last(target)).toMatchObject({ number: 1 });
});
