/**
 * A backup is taken, twenty more orders are bought, the daemon is killed, and the backup comes back: by our command, by
 * hand, and on another machine. The next daemon repeats no purchase and finds all of them again, by the sandbox's ledgers.
 */
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DAY_MS } from "../../src/core/time.ts";
import { checkPromises, countLedger } from "../../src/sandbox/promises.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { runProgram } from "../support/built-program.ts";
import {
  type DaemonSettings,
  daemonEnvironment,
  listening,
  openBeside,
  quickSandbox,
  startDaemon,
} from "../support/daemon-process.ts";
import { fastFolder } from "../support/fast-folder.ts";
import { until } from "../support/until.ts";

const BEFORE = 3;
const REBOUGHT = 2;
const UNTOLD = 5;
const MORE = 20;

const POLLS = {
  SHIPBOT_POLL_ORDERS: "300ms",
  SHIPBOT_POLL_FULFILLMENT_ORDERS: "300ms",
  SHIPBOT_POLL_TRACKING: "300ms",
};

async function shipbot(settings: DaemonSettings, ...args: readonly string[]): Promise<string> {
  const { dataDir } = settings;
  const exit = await runProgram(args, { cwd: dataDir, env: daemonEnvironment(settings), timeoutMs: 60_000 });
  expect(exit, exit.stderr).toMatchObject({ code: 0 });
  return exit.stdout;
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** In memory, because this is not about the disk. */
async function aFolder(): Promise<string> {
  const folder = await fastFolder();
  folders.push(folder);
  return folder;
}

const numberOf = (index: number): string => String(1_001 + index);

interface Past {
  readonly settings: DaemonSettings;
  readonly backup: string;
  readonly orders: readonly string[];
}

/** From the first order to the kill. */
async function live(sandbox: Sandbox): Promise<Past> {
  const settings: DaemonSettings = { sandbox, dataDir: await aFolder(), env: POLLS };
  const place = (count: number, from: number): readonly string[] =>
    Array.from({ length: count }, (_, index) =>
      sandbox.shopify.addOrder({ name: `#${numberOf(from + index)}`, tags: ["ready_to_ship"] }),
    ).map(({ id }) => id);
  const bought = (count: number) =>
    until(`${count} purchases`, () => sandbox.easypost.ledger().purchases.length >= count, 40_000);
  const told = (count: number) =>
    until(`${count} fulfillments`, () => sandbox.shopify.ledger().fulfillments.length >= count, 40_000);

  const daemon = startDaemon(settings);
  await listening(daemon);
  const known = place(BEFORE, 0);
  await told(BEFORE);
  await shipbot(settings, "backup", "--json");
  const [backup] = readdirSync(join(settings.dataDir, "backups"))
    .filter((name) => name.endsWith(".db"))
    .sort()
    .slice(-1);

  const more = place(MORE - UNTOLD, BEFORE);
  await told(BEFORE + MORE - UNTOLD);
  // One that the backup knows, and one that it does not.
  const rebought = [numberOf(BEFORE - 1), numberOf(BEFORE)];
  await shipbot(settings, "void", "--yes", "--order", ...rebought);
  await shipbot(settings, "release", "--order", ...rebought);
  for (const { trackerId } of sandbox.easypost.ledger().purchases.slice(-6, -2)) {
    sandbox.easypost.advanceTracker(trackerId, "in_transit");
  }
  await until("news to be told", () => sandbox.shopify.ledger().events.length >= 4, 40_000);
  for (let count = 0; count < UNTOLD; count += 1) {
    sandbox.faults.force("reset_before", (what) => what === "mutation FulfillmentCreate");
  }
  const last = place(UNTOLD, BEFORE + MORE - UNTOLD);
  await bought(BEFORE + MORE + REBOUGHT);
  daemon.kill("SIGKILL");
  await daemon.exited;
  const path = join(settings.dataDir, "backups", backup ?? expect.fail("no backup"));
  return { settings, backup: path, orders: [...known, ...more, ...last] };
}

const WAYS: readonly (readonly [string, string, (past: Past) => Promise<DaemonSettings>])[] = [
  [
    "by shipbot restore",
    "restored",
    async ({ settings, backup }) => {
      const told = JSON.parse(await shipbot(settings, "restore", backup, "--recover", "--yes", "--json"));
      expect(told).toMatchObject({ backup: { orders: BEFORE, labels: BEFORE }, replaced: { orders: BEFORE + MORE } });
      return settings;
    },
  ],
  [
    "by a copy over the database",
    "older",
    async ({ settings, backup }) => {
      const file = join(settings.dataDir, "shipbot.db");
      rmSync(`${file}-wal`);
      rmSync(`${file}-shm`);
      copyFileSync(backup, file);
      return settings;
    },
  ],
  [
    "by a copy in an empty folder",
    "unmarked",
    async ({ settings, backup }) => {
      const dataDir = await aFolder();
      copyFileSync(backup, join(dataDir, "shipbot.db"));
      return { ...settings, dataDir };
    },
  ],
];

const TITLE = "of twenty purchases after the backup none is repeated, and all are found: %s";

test.concurrent.each(WAYS)(TITLE, { timeout: 120_000 }, async (_, cause, restore) => {
  const sandbox = await quickSandbox({ stepMs: DAY_MS, indexLagMs: 0 });
  try {
    const past = await live(sandbox);
    const paid = sandbox.easypost.ledger().purchases.length;
    const settings = await restore(past);
    const daemon = startDaemon(settings);
    await listening(daemon);
    expect(JSON.parse(await status(settings))).toMatchObject({ restored: { cause } });
    await until("every order to be verified", async () => JSON.parse(await status(settings)).restored === null, 60_000);

    // The lost answers of before the kill strike once more; the shop is told after a pause.
    await until("the shop to be told", () => sandbox.shopify.ledger().fulfillments.length >= BEFORE + MORE, 60_000);
    expect(sandbox.easypost.ledger().purchases).toHaveLength(paid);
    const orders = BEFORE + MORE;
    expect(JSON.parse(await status(settings))).toMatchObject({
      orders: { pending_pickup: orders - 4, in_transit: 4, skipped: 0, parked: 0 },
    });
    daemon.kill("SIGTERM");
    expect(await daemon.exited).toMatchObject({ code: 0 });
    expect(await numbersHere(settings, past.orders)).toEqual(liveNumbers(sandbox));
    const ledger = sandbox.easypost.ledger();
    expect(countLedger(sandbox.shopify, ledger)).toMatchObject({
      ...{ labelsBought: orders + REBOUGHT, labelsLive: orders, duplicateLabels: 0, fulfillments: orders },
    });
    expect(checkPromises(sandbox.shopify, ledger)).toEqual([]);
  } finally {
    await sandbox.close();
  }
});

async function status(settings: DaemonSettings): Promise<string> {
  const { dataDir } = settings;
  return (await runProgram(["status", "--json"], { cwd: dataDir, env: daemonEnvironment(settings) })).stdout;
}

/** Tracking numbers of the labels that the database takes for good. */
async function numbersHere(settings: DaemonSettings, orders: readonly string[]): Promise<readonly string[]> {
  const store = await openBeside(settings);
  try {
    const shipments = await Promise.all(orders.map((id) => store.shipments.ofOrder(id)));
    return shipments
      .flat()
      .flatMap(({ state, label }) => (state === "bought" ? [label?.trackingNumber ?? ""] : []))
      .sort();
  } finally {
    await store.close();
  }
}

function liveNumbers(sandbox: Sandbox): readonly string[] {
  const { purchases, refunds } = sandbox.easypost.ledger();
  const gone = new Set(refunds.map(({ trackingCode }) => trackingCode));
  return purchases
    .map(({ trackingCode }) => trackingCode)
    .filter((code) => !gone.has(code))
    .sort();
}
