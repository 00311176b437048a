/** Several processes on one database file, and processes that are killed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MIGRATIONS } from "../../src/store/migrate.ts";
import { aMessage, orderId } from "../conformance/store-records.ts";
import { type RunningChild, startChild } from "../support/child.ts";
import { useDatabases } from "../support/database.ts";

const databases = useDatabases();

function start(script: string, ...args: readonly string[]): RunningChild {
  return startChild(process.execPath, [join(import.meta.dirname, "children", script), ...args]);
}

test("of two processes that claim the same orders each order goes to one", async () => {
  const url = databases.fileUrl();
  const store = await databases.open({ url });
  await store.orders.request(
    Array.from({ length: 200 }, (_, number) => ({ id: orderId(number), name: `#${number}` })),
    1,
  );
  const exits = await Promise.all(["a", "b"].map((owner) => start("claim.ts", url, owner).exited));
  const claims = exits.flatMap((exit) => exit.stdout.split("\n").filter((line) => line !== ""));
  expect(exits.map((exit) => exit.stderr)).toEqual(["", ""]);
  expect(claims).toHaveLength(200);
  expect(new Set(claims).size).toBe(200);
});

test("twenty processes that open a new database at once migrate it once and all work with it", async () => {
  const url = databases.fileUrl();
  const exits = await Promise.all(Array.from({ length: 20 }, () => start("migrate.ts", url).exited));
  expect(exits.map((exit) => exit.stderr).join("")).toBe("");
  expect(exits.flatMap((exit) => exit.stdout.match(/migrated .*/g) ?? [])).toEqual(
    MIGRATIONS.map(({ name }) => `migrated ${name}`),
  );
  const store = await databases.open({ url });
  expect((await store.orders.counts()).waiting).toBe(20);
});

test("no acknowledged message is lost when the process is killed", async () => {
  const url = databases.fileUrl();
  const acknowledged: string[] = [];
  for (let round = 1; round <= 5; round += 1) {
    const child = start("ingest.ts", url, `round${round}`);
    await child.waitForLine(new RegExp(`^acknowledged round${round}-0-${round * 7}$`));
    child.kill("SIGKILL");
    const { stdout, signal } = await child.exited;
    expect(signal).toBe("SIGKILL");
    acknowledged.push(...[...stdout.matchAll(/^acknowledged (.*)$/gm)].map((match) => match[1] ?? ""));
  }
  expect(acknowledged.length).toBeGreaterThan(5 * 32);

  const store = await databases.open({ url });
  const lost: string[] = [];
  for (const id of acknowledged) {
    // A fresh body, so that only the id can be recognised.
    if ((await store.inbox.ingest(aMessage({ externalId: id, bodyHash: `again-${id}` }))) === "stored") {
      lost.push(id);
    }
  }
  expect(lost).toEqual([]);
  expect(await store.orders.due(Number.MAX_SAFE_INTEGER, 100)).toHaveLength(32);
}, 60_000);

test("messages of one moment share one commit, and it is on disk when they resolve", async () => {
  const url = databases.fileUrl();
  const store = await databases.open({ url });
  const log = `${url.slice("sqlite:".length)}-wal`;
  const before = commitsInLog(log);
  const beyond = databases.open({ url });
  let commitsAtFirstAnswer = -1;
  await Promise.all(
    Array.from({ length: 200 }, async (_, number) => {
      await store.inbox.ingest(
        aMessage({ externalId: `m${number}`, bodyHash: `h${number}`, orderId: orderId(number) }),
      );
      if (commitsAtFirstAnswer === -1) {
        commitsAtFirstAnswer = commitsInLog(log);
      }
    }),
  );
  expect(commitsAtFirstAnswer).toBe(before + 1);
  expect(commitsInLog(log)).toBe(before + 1);
  expect((await (await beyond).orders.counts()).waiting).toBe(200);
});

/**
 * How many transactions a write-ahead log holds. The last frame of each says how large the database is after it; the
 * others say 0 (sqlite.org/fileformat2.html#walformat, read 2026-11-22).
 */
function commitsInLog(path: string): number {
  const log = readFileSync(path);
  const pageBytes = log.readUInt32BE(8);
  let commits = 0;
  for (let frame = 32; frame + 24 + pageBytes <= log.length; frame += 24 + pageBytes) {
    const belongsToThisLog = log.readBigUInt64BE(frame + 8) === log.readBigUInt64BE(16);
    commits += belongsToThisLog && log.readUInt32BE(frame + 4) > 0 ? 1 : 0;
  }
  return commits;
}
