/** What is particular to SQLite: how it is opened, what its errors become, how it waits for others. */
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Sqlite from "better-sqlite3";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { StoreError } from "../../src/base/errors.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { Mutex } from "../../src/store/mutex.ts";
import { openStore } from "../../src/store/store.ts";
import { TestClock, useDatabases } from "../support/database.ts";

const databases = useDatabases();
const clock = new TestClock();

/** Does not wait at all, so that giving up takes only the time that SQLite itself blocks. */
const impatient: Clock = { now: () => 0, sleep: async () => undefined };

async function pragma(database: Database, name: string): Promise<unknown> {
  const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(database.kysely);
  return Object.values(rows[0] ?? {})[0];
}

test("a database is opened so that a commit is synced and references hold", async () => {
  const database = await openDatabase(databases.fileUrl(), clock);
  expect(await pragma(database, "journal_mode")).toBe("wal");
  expect(await pragma(database, "synchronous")).toBe(2);
  expect(await pragma(database, "foreign_keys")).toBe(1);
  expect(await pragma(database, "busy_timeout")).toBeLessThanOrEqual(250);
  await database.close();
});

test("only the owner may read what was created", async () => {
  const path = join(databases.folder(), "new", "data", "test.db");
  const store = await databases.open({ url: `sqlite:${path}` });
  await store.cursors.set("a", "b", 1);
  const mode = (name: string) => statSync(name).mode & 0o777;
  expect([path, `${path}-wal`, `${path}-shm`].map(mode)).toEqual([0o600, 0o600, 0o600]);
  expect([dirname(path), dirname(dirname(path))].map(mode)).toEqual([0o700, 0o700]);
});

test("the mode of an existing folder and file is left alone", async () => {
  const folder = join(databases.folder(), "theirs");
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(join(folder, "test.db"), "", { mode: 0o640 });
  await databases.open({ url: `sqlite:${join(folder, "test.db")}` });
  expect(statSync(folder).mode & 0o777).toBe(0o755);
  expect(statSync(join(folder, "test.db")).mode & 0o777).toBe(0o640);
});

test("an address that is no database of ours is refused", async () => {
  for (const url of ["", "sqlite:", "postgres://localhost/shipbot", "/tmp/x.db"]) {
    await expect(openDatabase(url, clock)).rejects.toMatchObject({ kind: "unexpected" });
  }
});

test("a file that is no database is called corrupt and is not changed", async () => {
  const path = join(databases.folder(), "test.db");
  writeFileSync(path, "this is not a database ".repeat(1_000));
  await expect(openStore({ url: `sqlite:${path}`, shopId: "s", clock })).rejects.toMatchObject({ kind: "corrupt" });
  expect(statSync(path).size).toBe(23_000);
});

test("a place that cannot hold a database is called unwritable", async () => {
  const folder = databases.folder();
  writeFileSync(join(folder, "file"), "");
  for (const path of [folder, join(folder, "file", "test.db")]) {
    const failure = await openDatabase(`sqlite:${path}`, clock).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreError);
    expect(failure).toMatchObject({ kind: "unwritable" });
  }
});

test("a full disk is reported as unwritable, leaves nothing half done, and is over when there is room", async () => {
  const database = await openDatabase(databases.fileUrl(), clock);
  await sql`create table boxes (content text)`.execute(database.kysely);
  const pages = Number(await pragma(database, "page_count"));
  await pragma(database, `max_page_count = ${pages + 2}`);
  const fill = (times: number) =>
    database.exclusive((statements) => {
      for (let count = 0; count < times; count += 1) {
        statements.change("insert into boxes values (?)", "x".repeat(3_000));
      }
    });
  await expect(fill(20)).rejects.toMatchObject({ kind: "unwritable" });
  const survivors = database.transaction(async (tx) => {
    for (let count = 0; count < 20; count += 1) {
      await sql`insert into boxes values (${"x".repeat(3_000)})`.execute(tx).catch(() => undefined);
    }
    throw new Error("taken back");
  });
  await expect(survivors).rejects.toThrow();
  expect((await sql`select * from boxes`.execute(database.kysely)).rows).toEqual([]);
  await pragma(database, "max_page_count = 10000");
  await fill(20);
  expect((await sql`select * from boxes`.execute(database.kysely)).rows).toHaveLength(20);
  await database.close();
});

test("a database opens while another process writes, and a write waits for it without stopping the event loop", async () => {
  const url = databases.fileUrl();
  await (await databases.open({ url })).close();
  const other = new Sqlite(url.slice("sqlite:".length));
  other.exec("begin immediate");
  let pauses = 0;
  const store = await databases.open({
    url,
    clock: {
      now: () => 0,
      async sleep() {
        pauses += 1;
        if (pauses === 3) {
          other.exec("commit");
        }
      },
    },
  });
  expect(pauses).toBe(0);
  await store.cursors.set("orders", "1", 1);
  expect(pauses).toBe(3);
  other.close();
});

test("a write gives up after a while when another process never ends its transaction, and reads go on", async () => {
  const url = databases.fileUrl();
  const store = await databases.open({ url, clock: impatient });
  const other = new Sqlite(url.slice("sqlite:".length));
  other.exec("begin immediate");
  await expect(store.orders.request([{ id: "1", name: "#1" }], 1)).rejects.toMatchObject({ kind: "busy" });
  expect(await store.orders.get("1")).toBeNull();
  other.exec("commit");
  await store.orders.request([{ id: "1", name: "#1" }], 1);
  expect(await store.orders.get("1")).not.toBeNull();
  other.close();
});

test("more different statements than are kept prepared all work", async () => {
  const database = await openDatabase("sqlite::memory:", clock);
  const ask = (number: number) => sql<{ n: number }>`select ${sql.raw(String(number))} as n`.execute(database.kysely);
  for (const round of [1, 2]) {
    for (let number = 0; number < 300; number += 1) {
      expect((await ask(number)).rows, `round ${round}`).toEqual([{ n: number }]);
    }
  }
  await database.close();
});

test("the mutex serves in the order of asking, also after a failure", async () => {
  const mutex = new Mutex();
  const served: number[] = [];
  const first = await mutex.acquire();
  const others = [1, 2, 3].map(async (number) => {
    const release = await mutex.acquire();
    served.push(number);
    release();
    release();
  });
  expect(served).toEqual([]);
  first();
  await Promise.all(others);
  expect(served).toEqual([1, 2, 3]);
});

test("a database closes with what is under way, once", async () => {
  const url = databases.fileUrl();
  const database = await openDatabase(url, clock);
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const work = database.transaction(async (tx) => {
    begun.resolve();
    await goOn.promise;
    return await sql`select 1 as one`.execute(tx);
  });
  await begun.promise;
  const closed = Promise.all([database.close(), database.close()]);
  goOn.resolve();
  expect((await work).rows).toEqual([{ one: 1 }]);
  await closed;
  await expect(sql`select 1`.execute(database.kysely)).rejects.toMatchObject({ kind: "unexpected" });
  expect(existsSync(`${url.slice("sqlite:".length)}-wal`)).toBe(false);
});
