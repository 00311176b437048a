/**
 * Another process holds the write lock of the database (`begin immediate` and nothing more): a backup tool, somebody's
 * SQL shell. Webhooks are late or refused and never answered 200 without being stored; health answers all the while.
 */
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import type { RunningChild } from "../support/child.ts";
import { type DaemonSettings, listening, openBeside, quickSandbox, startDaemon } from "../support/daemon-process.ts";
import { useDatabases } from "../support/database.ts";
import { until } from "../support/until.ts";
import { post, sign, signed } from "../support/webhook-sender.ts";

const databases = useDatabases();
const RARELY = { SHIPBOT_POLL_ORDERS: "1h", SHIPBOT_POLL_FULFILLMENT_ORDERS: "1h", SHIPBOT_POLL_TRACKING: "1h" };
/** The event loop stands still for 50 ms at a time at most (sqlite-connection.ts); the rest is for a busy machine. */
const HEALTH_ANSWER_MAX_MS = 2_000;
let sandbox: Sandbox;
let settings: DaemonSettings;
let daemon: RunningChild;
let url: string;
let other: Sqlite.Database;
let number = 800_000;

beforeEach(async () => {
  sandbox = await quickSandbox();
  settings = { sandbox, dataDir: databases.folder(), env: RARELY };
  daemon = startDaemon(settings);
  url = await listening(daemon);
  const store = await openBeside(settings);
  await until("the first polls", async () => {
    const tasks = await store.schedule.list();
    return tasks.length > 0 && tasks.every(({ lastStatus }) => lastStatus === "ok");
  });
  await store.close();
  other = new Sqlite(join(settings.dataDir, "shipbot.db"), { timeout: 5_000 });
});
afterEach(async () => {
  other.close();
  daemon.kill("SIGKILL");
  await daemon.exited;
  await sandbox.close();
});

interface Sent {
  readonly id: string;
  readonly status: number;
  /** Whether it is in the inbox, as another process sees it at that moment. */
  readonly isStored: boolean;
  readonly wasHeld: boolean;
}

function isStored(id: string): boolean {
  return other.prepare("select count(*) from inbox where external_id = ?").pluck().get(id) === 1;
}

async function send(): Promise<Sent> {
  number += 1;
  const body = JSON.stringify({ admin_graphql_api_id: `gid://shopify/Order/${number}` });
  const secret = sandbox.environment["SHOPIFY_WEBHOOK_SECRET"] ?? "";
  const message = signed(body, { "x-shopify-hmac-sha256": sign(body, secret) });
  const id = message.headers["x-shopify-webhook-id"] ?? "";
  const { status } = await post(url, message);
  return { id, status, isStored: isStored(id), wasHeld: other.inTransaction };
}

/** Asks for health again and again until `isOver`; gives the slowest answer. */
async function watchHealth(isOver: () => boolean): Promise<number> {
  let slowestMs = 0;
  while (!isOver()) {
    const askedAt = performance.now();
    await (await fetch(`${url}/health`)).text();
    slowestMs = Math.max(slowestMs, performance.now() - askedAt);
  }
  return slowestMs;
}

test("for three seconds: webhooks are stored late, and health answers meanwhile", async () => {
  other.exec("begin immediate");
  const heldAt = performance.now();
  const sent = Promise.all(Array.from({ length: 5 }, send));
  const slowestMs = await watchHealth(() => performance.now() - heldAt > 3_000);
  other.exec("rollback");
  const answers = await sent;
  expect(answers.map(({ status, isStored: stored, wasHeld }) => ({ status, stored, wasHeld }))).toEqual(
    answers.map(() => ({ status: 200, stored: true, wasHeld: false })),
  );
  expect(slowestMs).toBeLessThan(HEALTH_ANSWER_MAX_MS);
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toMatchObject({ code: 0 });
});

test("for longer than it waits: webhooks are refused, health says why, and all goes on by itself", async () => {
  other.exec("begin immediate");
  let refused: Sent | null = null;
  void send().then((answer) => {
    refused = answer;
  });
  const slowestMs = await watchHealth(() => refused !== null);
  expect(refused).toMatchObject({ status: 503, isStored: false });
  expect(slowestMs).toBeLessThan(HEALTH_ANSWER_MAX_MS);
  const health = await fetch(`${url}/health`);
  expect([health.status, await health.json()]).toMatchObject([503, { services: { database: false, shopify: true } }]);
  other.exec("rollback");
  await until("a webhook to be stored", async () => {
    const { status, isStored: stored } = await send();
    expect(stored).toBe(status === 200);
    return stored;
  });
  await until("health", async () => (await fetch(`${url}/health`)).status === 200);
  sandbox.shopify.setWebhookSink(`${url}/webhooks/shopify`);
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"] });
  await until("the fulfillment", () => sandbox.shopify.ledger().fulfillments.length === 1);
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toMatchObject({ code: 0 });
});
