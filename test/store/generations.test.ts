/** Whether a database notices that it is not the one that ran here last, however it came there. */
import { copyFileSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeMarker } from "../../src/store/marker-file.ts";
import type { Store } from "../../src/store/types.ts";
import { aShipment, claimed, orderId } from "../conformance/store-records.ts";
import { useDatabases } from "../support/database.ts";

const databases = useDatabases();

/** A database file with one order, as it was left by a process that closed it. */
async function aDatabase(): Promise<{ readonly file: string; readonly url: string }> {
  const file = join(databases.folder(), "test.db");
  const url = `sqlite:${file}`;
  const store = await databases.open({ url });
  await store.orders.request([{ id: orderId(1), name: "#1" }], 1);
  await store.close();
  return { file, url };
}

async function use<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await databases.open({ url });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Journals a purchase, as a run does before it asks for it. */
async function beginPurchase(store: Store): Promise<void> {
  const lease = await claimed(store, "worker", orderId(1));
  await store.fenced(lease, async (tx) => {
    const record = aShipment({ orderId: orderId(1) });
    await tx.planShipment(record);
    const { id } = record;
    await tx.beginEffect({ key: `buy:${id}`, kind: "buy", shipmentId: id, input: {} }, 1);
  });
  await store.orders.release(lease, 1_000_000, { dueAt: null, attempts: 0, lastError: null });
}

const current = (url: string) => use(url, (store) => store.generations.current());

test("a new database begins verified, and goes on as the same one", async () => {
  const { url, file } = await aDatabase();
  const first = await current(url);
  expect(first).toMatchObject({ number: 1, cause: "created", mark: 0 });
  expect(first.verifiedAt).not.toBeNull();
  await use(url, beginPurchase);
  expect(await current(url)).toMatchObject({ number: 1, id: first.id, mark: 1 });
  expect(statSync(`${file}.generation`).mode & 0o777).toBe(0o600);
});

test("a copy put back by hand is noticed when something was begun since", async () => {
  const { url, file } = await aDatabase();
  copyFileSync(file, `${file}.copy`);
  await use(url, beginPurchase);
  copyFileSync(`${file}.copy`, file);
  await use(url, async (store) => {
    expect(await store.generations.current()).toMatchObject({ number: 2, cause: "older", mark: 2, verifiedAt: null });
    expect(await store.generations.unverified()).toBe(1);
    expect(await store.orders.get(orderId(1))).toMatchObject({ dueAt: expect.any(Number), verifiedGeneration: null });
  });
  // Once is enough: it goes on as a generation of its own.
  expect(await current(url)).toMatchObject({ number: 2 });
});

test("a copy from which nothing is missing is the same database", async () => {
  const { url, file } = await aDatabase();
  await use(url, beginPurchase);
  copyFileSync(file, `${file}.copy`);
  await use(url, (store) => store.cursors.set("orders", "7", 1));
  copyFileSync(`${file}.copy`, file);
  expect(await current(url)).toMatchObject({ number: 1 });
});

test("the one that was put aside is noticed when it comes back", async () => {
  const { url, file } = await aDatabase();
  await use(url, beginPurchase);
  const aside = await current(url);
  copyFileSync(file, `${file}.aside`);
  writeMarker(file, "shop-1", { generation: aside.id, mark: aside.mark, restored: { takenAt: 77 } });
  expect(await current(url)).toMatchObject({ number: 2, cause: "restored", takenAt: 77, mark: 2 });
  copyFileSync(`${file}.aside`, file);
  expect(await current(url)).toMatchObject({ number: 2, cause: "other", mark: 3 });
});

test("a database in another folder, without its marker, is taken for an older one", async () => {
  const { file } = await aDatabase();
  const elsewhere = join(databases.folder(), "test.db");
  copyFileSync(file, elsewhere);
  expect(await current(`sqlite:${elsewhere}`)).toMatchObject({ number: 2, cause: "unmarked" });
});

test.each([
  ["is gone", (path: string) => rmSync(path)],
  ["is empty", (path: string) => writeFileSync(path, "")],
  ["holds something else", (path: string) => writeFileSync(path, '{"shops":{"shop-1":{"generation":7}}}')],
])("a marker that %s means that nothing is known", async (_, spoil) => {
  const { url, file } = await aDatabase();
  spoil(`${file}.generation`);
  expect(await current(url)).toMatchObject({ number: 2, cause: "unmarked", verifiedAt: null });
});

test("a new database where another one ran is not taken for the first", async () => {
  const { url, file } = await aDatabase();
  await use(url, beginPurchase);
  rmSync(file);
  expect(await current(url)).toMatchObject({ number: 1, cause: "lost", mark: 2, verifiedAt: null });
});

test("each shop of a database has its own generation", async () => {
  const { url, file } = await aDatabase();
  const other = await databases.open({ url, shopId: "shop-2" });
  expect(await other.generations.current()).toMatchObject({ number: 1, cause: "created" });
  await other.close();
  expect(Object.keys(JSON.parse(readFileSync(`${file}.generation`, "utf8")).shops)).toEqual(["shop-1", "shop-2"]);
  expect(await current(url)).toMatchObject({ number: 1 });
});

test("a purchase whose marker cannot be written is not sent", async () => {
  const { url, file } = await aDatabase();
  await use(url, async (store) => {
    // A folder in the way of the file: no writing, whoever runs the test.
    mkdirSync(`${file}.generation.partial`);
    await expect(beginPurchase(store)).rejects.toMatchObject({ kind: "unwritable" });
    rmdirSync(`${file}.generation.partial`);
  });
});

test("the verification ends only when no unsettled order is left", async () => {
  const { url, file } = await aDatabase();
  rmSync(`${file}.generation`);
  await use(url, async (store) => {
    expect(await store.generations.endVerification(2, 5)).toBe(false);
    const lease = await claimed(store, "worker", orderId(1));
    await store.fenced(lease, (tx) => tx.markVerified());
    expect(await store.generations.endVerification(1, 5)).toBe(false);
    expect(await store.generations.endVerification(2, 5)).toBe(true);
    expect(await store.generations.current()).toMatchObject({ number: 2, verifiedAt: 5 });
  });
});
