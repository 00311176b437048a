/** What lies in the data folder is the owner's alone, whatever the umask; what others made readable is said. */
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { runProgram } from "../support/built-program.ts";
import { daemonEnvironment, quickSandbox } from "../support/daemon-process.ts";
import { useDatabases } from "../support/database.ts";

const databases = useDatabases();
let sandbox: Sandbox;
let umask = 0;

beforeEach(async () => {
  sandbox = await quickSandbox();
  umask = process.umask(0);
});
afterEach(async () => {
  process.umask(umask);
  await sandbox.close();
});

function modesBelow(folder: string): readonly string[] {
  const own = `${folder} ${(statSync(folder).mode & 0o777).toString(8)}`;
  const inside = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? modesBelow(path) : [`${path} ${(statSync(path).mode & 0o777).toString(8)}`];
  });
  return [own, ...inside];
}

test("without any umask only the owner can read database, labels and logs", async () => {
  const folder = databases.folder();
  const dataDir = join(folder, "data");
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"], placedAgoMs: 60_000 });
  const env = daemonEnvironment({ sandbox, dataDir });
  expect(await runProgram(["daemon", "--once"], { cwd: folder, env })).toMatchObject({ code: 0 });
  const modes = modesBelow(dataDir);
  for (const name of ["shipbot.db", "daemon.lock", "labels", ".pdf", "combined.log"]) {
    expect(modes.join("\n")).toContain(name);
  }
  expect(modes.filter((line) => !/ (?:700|600)$/.test(line))).toEqual([]);
});

test("what others could read or change is told in a line each, with the command that mends it", async () => {
  const folder = databases.folder();
  chmodSync(folder, 0o755);
  const dataDir = join(folder, "data");
  mkdirSync(dataDir, { mode: 0o755 });
  const key = join(folder, "key");
  writeFileSync(key, "EZTK_sandbox\n", { mode: 0o644 });
  const config = join(folder, "shipbot.yaml");
  writeFileSync(config, "concurrency: 2\n", { mode: 0o666 });
  const { SHIPPING_API_KEY: _, ...given } = daemonEnvironment({ sandbox, dataDir });
  const options = { cwd: folder, env: { ...given, SHIPPING_API_KEY_FILE: "key" } };
  const check = await runProgram(["config", "check"], options);
  expect(check.code).toBe(0);
  const told = await runProgram(["daemon", "--once"], options);
  for (const [path, remedy] of [
    [dataDir, `chmod 700 ${dataDir}`],
    [key, `chmod 600 ${key}`],
    [config, `chmod go-w ${config}`],
  ] as const) {
    expect(check.stderr).toMatch(`(${path})\n  do: ${remedy}\n`);
    expect(told.stderr).toContain(`"path":"${path}","do":"${remedy}"`);
  }
  // Whoever cannot enter the folder above reaches none of it.
  chmodSync(folder, 0o700);
  const closed = await runProgram(["config", "check", "--json"], options);
  expect(JSON.parse(closed.stdout)).toMatchObject({ ok: true, exposures: [] });
});
