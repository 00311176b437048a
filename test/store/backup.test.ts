/** Backups: whole or not there, checked when they are taken and when they come back, kept by the policy. */
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { DAY_MS } from "../../src/core/time.ts";
import { type Backup, listBackups, newestGoodBackup, pruneBackups } from "../../src/store/backup-files.ts";
import { discardRestore, finishRestore, prepareRestore } from "../../src/store/restore.ts";
import { snapshotOf, takeBackup } from "../../src/store/take-backup.ts";
import type { Store } from "../../src/store/types.ts";
import { orderId } from "../conformance/store-records.ts";
import { useDatabases } from "../support/database.ts";

const databases = useDatabases();

async function aDatabase(
  orders = 3,
): Promise<{ readonly file: string; readonly folder: string; readonly store: Store }> {
  const dataDir = databases.folder();
  const file = join(dataDir, "test.db");
  const store = await databases.open({ url: `sqlite:${file}` });
  await request(store, orders);
  return { file, folder: join(dataDir, "backups"), store };
}

async function request(store: Store, count: number, from = 0): Promise<void> {
  const orders = Array.from({ length: count }, (_, index) => ({ id: orderId(from + index), name: `#${from + index}` }));
  await store.orders.request(orders, 1);
}

function take(database: { file: string; folder: string; store: Store }, now: number): Promise<Backup> {
  const { file, folder, store } = database;
  const copy = (path: string) => store.backups.copyTo(path);
  return takeBackup({ databaseFile: file, folder, out: null, now, program: "1.2.3", copy });
}

/** Of the store of a restored file. */
async function ordersOf(file: string): Promise<number> {
  const store = await databases.open({ url: `sqlite:${file}` });
  const { waiting } = await store.orders.counts();
  await store.close();
  return waiting;
}

test.each([
  ["by the process that writes", (store: Store, _: string) => (path: string) => store.backups.copyTo(path)],
  ["by another one", (_: Store, file: string) => snapshotOf(file)],
])("a backup holds what was committed, %s, and is for the owner only", async (_, copyBy) => {
  const { file, folder, store } = await aDatabase();
  const copy = copyBy(store, file);
  const { path, manifest } = await takeBackup({
    databaseFile: file,
    copy,
    out: null,
    folder,
    now: 5,
    program: "1.2.3",
  });
  expect(manifest).toMatchObject({ takenAt: 5, program: "1.2.3", shops: [{ shop: "shop-1", orders: 3, labels: 0 }] });
  expect(readdirSync(folder).sort()).toEqual(["shipbot-19700101T000000005Z.db", "shipbot-19700101T000000005Z.db.json"]);
  expect([folder, path, `${path}.json`].map((it) => statSync(it).mode & 0o777)).toEqual([0o700, 0o600, 0o600]);
  expect(await listBackups(folder)).toEqual([{ path, manifest }]);
});

test("what is written while the copy is made does not spoil it", async () => {
  const database = await aDatabase(9_000);
  const writing = (async () => {
    for (let round = 1; round <= 40; round += 1) {
      await request(database.store, 50, 10_000 * round);
    }
  })();
  const { path, manifest } = await take(database, 5);
  await writing;
  const copy = new Sqlite(path, { readonly: true });
  const orders = copy.prepare("select count(*) from orders").pluck().get();
  expect(copy.pragma("integrity_check", { simple: true })).toBe("ok");
  copy.close();
  // Whole transactions only.
  expect((Number(orders) - 9_000) % 50).toBe(0);
  expect(manifest.shops[0]?.orders).toBe(orders);
});

test("a backup that fails leaves nothing behind", async () => {
  const { file, folder } = await aDatabase();
  const copy = async (path: string) => {
    writeFileSync(path, "half of a database".repeat(500));
    return null;
  };
  const failing = takeBackup({ databaseFile: file, copy, out: null, folder, now: 5, program: "1" });
  await expect(failing).rejects.toMatchObject({ kind: "corrupt" });
  expect(readdirSync(folder)).toEqual([]);
});

test("what is not kept is deleted, with what an interrupted backup left, and nothing of others", async () => {
  const database = await aDatabase();
  for (const day of [0, 1, 2, 3]) {
    await take(database, day * DAY_MS);
  }
  const { folder } = database;
  writeFileSync(join(folder, "shipbot-19700101T000000009Z.db.partial"), "");
  writeFileSync(join(folder, "mine.db"), "");
  // Another process takes one in this very hour.
  const underWay = "shipbot-19700109T233000000Z.db.partial";
  writeFileSync(join(folder, underWay), "");
  await pruneBackups(folder, { keepDaily: 2, keepWeekly: 0 }, 9 * DAY_MS);
  const names = ["shipbot-19700103T000000000Z.db", "shipbot-19700104T000000000Z.db"];
  expect(readdirSync(folder).sort()).toEqual(["mine.db", ...names.flatMap((name) => [name, `${name}.json`]), underWay]);
});

test("a restore keeps what is there, and the restored database knows what it is", async () => {
  const database = await aDatabase();
  const { path } = await take(database, 5);
  await request(database.store, 2, 100);
  await database.store.close();
  const prepared = await prepareRestore(path, database.file);
  expect(prepared).toMatchObject({ contents: { shops: [{ orders: 3 }] }, present: { shops: [{ orders: 5 }] } });
  const aside = await finishRestore(database.file, prepared, 0);
  expect(aside).toBe(`${database.file}.before-19700101T000000000Z`);
  const store = await databases.open({ url: `sqlite:${database.file}` });
  expect(await store.generations.current()).toMatchObject({ number: 2, cause: "restored", takenAt: 5 });
  await store.close();
  expect([await ordersOf(database.file), await ordersOf(aside ?? "")]).toEqual([3, 5]);
});

test("while somebody works on the database nothing is put in its place", async () => {
  const database = await aDatabase();
  const { path } = await take(database, 5);
  await expect(prepareRestore(path, database.file)).rejects.toMatchObject({ kind: "busy" });
});

test.each([
  [
    "a byte is another one",
    (path: string) =>
      writeFileSync(
        path,
        readFileSync(path).map((byte, at) => (at === 9_000 ? byte ^ 1 : byte)),
      ),
  ],
  ["its end is missing", (path: string) => truncateSync(path, 30_000)],
  ["it is empty", (path: string) => truncateSync(path, 0)],
  ["it is something else", (path: string) => writeFileSync(path, "label,cost\n".repeat(900))],
])("a backup is refused, with nothing changed, when %s", async (_, spoil) => {
  const database = await aDatabase();
  await take(database, 5);
  const { path } = await take(database, 6);
  await database.store.close();
  spoil(path);
  const present = readFileSync(database.file);
  await expect(prepareRestore(path, database.file)).rejects.toMatchObject({ kind: "corrupt" });
  // Nor without its manifest, by SQLite's own checks; a flipped byte in a free place is nothing that they see.
  expect(readFileSync(database.file)).toEqual(present);
  expect(existsSync(`${database.file}.restoring`)).toBe(false);
  expect((await newestGoodBackup(database.folder))?.manifest.takenAt).toBe(5);
});

test("a backup of a newer program is refused", async () => {
  const database = await aDatabase();
  const { path } = await take(database, 5);
  await database.store.close();
  const copy = join(databases.folder(), "newer.db");
  writeFileSync(copy, readFileSync(path));
  const file = new Sqlite(copy);
  file.exec("insert into schema_migrations values ('9999-later', 1)");
  file.close();
  await expect(prepareRestore(copy, database.file)).rejects.toMatchObject({ kind: "newer_schema" });
});

test("a damaged database is put aside as it is", async () => {
  const database = await aDatabase();
  const { path } = await take(database, 5);
  await database.store.close();
  writeFileSync(database.file, "no database any more".repeat(300));
  const prepared = await prepareRestore(path, database.file);
  expect(prepared.present).toBe("damaged");
  const aside = await finishRestore(database.file, prepared, 0);
  expect(readFileSync(aside ?? "", "utf8")).toContain("no database any more");
  expect(await ordersOf(database.file)).toBe(3);
  await discardRestore(database.file);
});
