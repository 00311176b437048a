/**
 * Archives a database in rounds of the same size, and writes for each how many bytes it read; then a large one, with how
 * far the memory rose for it. Linux only (`/proc`).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/base/system.ts";
import { openStore } from "../../../src/store/store.ts";
import { takeBackup } from "../../../src/store/take-backup.ts";

const [dataDir = ""] = process.argv.slice(2);
const ROUNDS = 12;
const PER_ROUND = 40;
/** As much as the write-ahead log takes before it begins again by itself. */
const MANY = 900;

const file = join(dataDir, "test.db");
const folder = join(dataDir, "backups");
const store = await openStore({ url: `sqlite:${file}`, shopId: "shop-1", clock: systemClock });
const id = "gid://shopify/Order/1";
await store.orders.request([{ id, name: "#1" }], 1);
const copy = (path: string) => store.backups.copyTo(path);
await takeBackup({ databaseFile: file, copy, out: null, folder, now: 1, program: "1" });

function kilobytes(field: string): number {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}

function bytesRead(): number {
  return Number(/rchar: (\d+)/.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}

async function fill(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await store.timeline.add(id, { at: index, kind: "note", message: "x".repeat(35_000) });
  }
}

async function archive(now: number): Promise<{ readonly read: number; readonly pages: number }> {
  const before = bytesRead();
  const { pages } = await store.backups.archive(folder, now);
  return { read: bytesRead() - before, pages };
}

const rounds: unknown[] = [];
for (let round = 1; round <= ROUNDS; round += 1) {
  await fill(PER_ROUND);
  rounds.push(await archive(10 + round));
}
await fill(MANY);
globalThis.gc?.();
// Sets the highest mark to what there is now (man 5 proc_pid_clear_refs).
writeFileSync("/proc/self/clear_refs", "5");
const before = kilobytes("VmHWM");
const large = await archive(100);
process.stdout.write(
  `${JSON.stringify({ rounds, large: { ...large, roseBytes: (kilobytes("VmHWM") - before) * 1_024 } })}\n`,
);
await store.close();
