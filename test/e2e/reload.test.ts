/** Another policy while the built daemon runs: by signal and by file, replaced as editors and clusters do; and bad ones. */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { runProgram } from "../support/built-program.ts";
import type { RunningChild } from "../support/child.ts";
import {
  type DaemonSettings,
  daemonEnvironment,
  listening,
  openBeside,
  quickSandbox,
  startDaemon,
} from "../support/daemon-process.ts";
import { useDatabases } from "../support/database.ts";
import { until } from "../support/until.ts";

const databases = useDatabases();
const running: RunningChild[] = [];
let sandbox: Sandbox;
let folder = "";
let file = "";

const HELD = "ready:\n  tags: [another]\n";
const FREE = "ready:\n  tags: [ready_to_ship]\n";

beforeEach(async () => {
  sandbox = await quickSandbox();
  folder = databases.folder();
  file = join(folder, "shipbot.yaml");
});
afterEach(async () => {
  for (const daemon of running.splice(0)) {
    daemon.kill("SIGKILL");
    await daemon.exited;
  }
  await sandbox.close();
});

/** After its first polls nothing looks at an order by itself: what moves then was moved by the new policy. */
function settings(env: Record<string, string> = {}): DaemonSettings {
  const rarely = { SHIPBOT_POLL_ORDERS: "1h", SHIPBOT_POLL_FULFILLMENT_ORDERS: "1h", SHIPBOT_RESYNC: "1h" };
  return { sandbox, dataDir: folder, env: { ...rarely, ...env } };
}

async function startWith(text: string, env: Record<string, string> = {}): Promise<RunningChild> {
  writeFileSync(file, text);
  const daemon = startDaemon(settings(env));
  running.push(daemon);
  await listening(daemon);
  return daemon;
}

async function untilHeld(count: number): Promise<void> {
  const store = await openBeside(settings());
  await until("the orders to be held", async () => {
    const held = await store.orders.list({ statuses: ["waiting"], reason: "not_tagged", limit: 9 });
    return held.length === count && held.every(({ dueAt }) => dueAt === null);
  });
  await store.close();
}

function purchases(): number {
  return sandbox.easypost.ledger().purchases.length;
}

function status() {
  return runProgram(["status"], { cwd: folder, env: daemonEnvironment(settings()) });
}

test("a file that an editor renames into its place frees what the old rule held, without retry", async () => {
  const order = sandbox.shopify.addOrder({ tags: ["ready_to_ship"], placedAgoMs: 60_000 });
  const daemon = await startWith(HELD);
  await untilHeld(1);
  writeFileSync(`${file}.swp`, FREE);
  renameSync(`${file}.swp`, file);
  await daemon.waitForLine(/"policy taken".*"changed":"ready"/);
  await until("the fulfillment", () => sandbox.shopify.ledger().fulfillments.length === 1);
  expect(sandbox.shopify.ledger().fulfillments[0]?.orderId).toBe(order.id);
  expect(purchases()).toBe(1);
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toMatchObject({ code: 0 });
});

test("links that a cluster switches are a change, and so is the next switch", async () => {
  const version = (name: string, text: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "policy.yaml"), text);
    symlinkSync(name, join(folder, "..tmp"));
    renameSync(join(folder, "..tmp"), join(folder, "..data"));
  };
  version("..1", HELD);
  symlinkSync(join("..data", "policy.yaml"), join(folder, "policy.yaml"));
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"], placedAgoMs: 60_000 });
  const daemon = startDaemon(settings({ SHIPBOT_CONFIG: join(folder, "policy.yaml") }));
  running.push(daemon);
  await listening(daemon);
  await untilHeld(1);
  version("..2", `${HELD}label:\n  format: png\n`);
  await daemon.waitForLine(/"policy taken".*"changed":"label"/);
  version("..3", FREE);
  await until("the label", () => purchases() === 1);
});

test("a bad file keeps the old policy and raises an alarm with its line, which ends with the next good file", async () => {
  const daemon = await startWith(FREE);
  const url = await listening(daemon);
  writeFileSync(file, "ready:\n  tags: [another]\nguards:\n  label_max: much\n");
  const line = await daemon.waitForLine(/"alarm"/);
  expect(line).toMatch(/shipbot\.yaml is not taken.*shipbot\.yaml:4:14 guards\.label_max \\"much\\"/);
  const told = await status();
  expect(told.code).toBe(1);
  expect(told.stdout.replaceAll(/\s+/g, " ")).toMatch(
    /FAIL for \d+s: shipbot.yaml is not taken, the policy from before goes on: shipbot.yaml:4:14 guards.label_max .* do: correct it/,
  );
  sandbox.shopify.setWebhookSink(`${url}/webhooks/shopify`);
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"] });
  await until("the label under the old policy", () => purchases() === 1);
  writeFileSync(file, `${FREE}label:\n  format: png\n`);
  await daemon.waitForLine(/"alarm resolved".*config_refused/);
  expect(await status()).toMatchObject({ code: 0, stdout: expect.not.stringContaining("FAIL") });
});

test("a file that is emptied or gone is no policy", async () => {
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"], placedAgoMs: 60_000 });
  const daemon = await startWith(HELD);
  await untilHeld(1);
  writeFileSync(file, "");
  await daemon.waitForLine(/"alarm".*is empty/);
  renameSync(file, `${file}.away`);
  await daemon.waitForLine(/"alarm".*is gone/);
  writeFileSync(file, HELD);
  await daemon.waitForLine(/"alarm resolved"/);
  // The default would have let it through.
  await untilHeld(1);
  expect(purchases()).toBe(0);
});

test("SIGHUP reads everything again, names what needs a restart, and ends nothing", async () => {
  const key = join(folder, "key");
  writeFileSync(key, sandbox.environment["SHIPPING_API_KEY"] ?? "");
  const daemon = await startWith(FREE, { SHIPPING_API_KEY: "", SHIPPING_API_KEY_FILE: key });
  daemon.kill("SIGHUP");
  await daemon.waitForLine(/"policy read again, nothing changed"/);
  // Nobody watches this one.
  writeFileSync(key, "EZTKanother");
  writeFileSync(file, `${FREE}concurrency: 2\nbackup:\n  keep_daily: 3\n`);
  daemon.kill("SIGHUP");
  await daemon.waitForLine(/"concurrency, backup and SHIPPING_API_KEY changed and need a restart/);
  const told = await status();
  expect(told.stdout.replaceAll(/\s+/g, " ")).toMatch(
    /concurrency, backup and SHIPPING_API_KEY changed and need a restart/,
  );
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toMatchObject({ code: 0 });
  // It was about that process.
  expect((await status()).stdout).not.toContain("restart");
});

test("a file that was changed while no daemon ran frees what the old rule held, at the start", async () => {
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"], placedAgoMs: 60_000 });
  const daemon = await startWith(HELD);
  await untilHeld(1);
  daemon.kill("SIGTERM");
  await daemon.exited;
  await startWith(FREE);
  await until("the label", () => purchases() === 1);
});

test("a daemon in shadow says so wherever it is asked, and buys when the mode is live", async () => {
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"], placedAgoMs: 60_000 });
  const daemon = await startWith("mode: shadow\n", { PUBLIC_URL: "https://ship.example.com" });
  const url = await listening(daemon);
  await daemon.waitForLine(/"shipbot is running".*"mode":"shadow"/);
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ mode: "shadow" });
  const store = await openBeside(settings());
  await until("the decision", async () => {
    return (await store.orders.list({ statuses: ["waiting"], reason: "shadow", limit: 9 })).length === 1;
  });
  await store.close();
  const told = await status();
  expect(told.stdout.split("\n")[1]).toBe("mode  shadow: it decides, and buys and writes nothing");
  expect(Object.keys(sandbox.shopify.ledger().requests).filter((name) => name.startsWith("mutation"))).toEqual([]);
  expect(purchases()).toBe(0);
  writeFileSync(file, "mode: live\n");
  await until("the label", () => purchases() === 1);
  expect((await status()).stdout).not.toContain("shadow");
});
