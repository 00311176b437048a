/** The built daemon on a disk that is full or read-only: nothing is acknowledged that is not stored, nothing is bought. */
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, type TestContext, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import type { RunningChild } from "../support/child.ts";
import { type DaemonSettings, listening, quickSandbox, startDaemon } from "../support/daemon-process.ts";
import { holdUp } from "../support/hold-up.ts";
import { mountSmallDisk, type SmallDisk } from "../support/small-disk.ts";
import { until } from "../support/until.ts";
import { post, sign, signed } from "../support/webhook-sender.ts";

const POLLS = { SHIPBOT_POLL_ORDERS: "300ms", SHIPBOT_POLL_FULFILLMENT_ORDERS: "1h", SHIPBOT_POLL_TRACKING: "1h" };
let sandbox: Sandbox;
let disk: SmallDisk | null = null;
let daemon: RunningChild | null = null;

beforeEach(async () => {
  sandbox = await quickSandbox();
});
afterEach(async () => {
  daemon?.kill("SIGKILL");
  await daemon?.exited;
  daemon = null;
  await sandbox.close();
  disk?.remove();
  disk = null;
});

function mounted(context: TestContext): SmallDisk {
  const found = mountSmallDisk(8);
  if (typeof found === "string") {
    return context.skip(found);
  }
  disk = found;
  return found;
}

function start(folder: string): RunningChild {
  const settings: DaemonSettings = { sandbox, dataDir: folder, env: POLLS };
  daemon = startDaemon(settings);
  return daemon;
}

/** A genuine message about an order that the shop does not have; the status, and its id. */
async function send(url: string, number: number): Promise<{ readonly status: number; readonly id: string }> {
  const body = JSON.stringify({ admin_graphql_api_id: `gid://shopify/Order/${number}` });
  const secret = sandbox.environment["SHOPIFY_WEBHOOK_SECRET"] ?? "";
  const message = signed(body, { "x-shopify-hmac-sha256": sign(body, secret) });
  const { status } = await post(url, message);
  return { status, id: message.headers["x-shopify-webhook-id"] ?? "" };
}

async function healthOf(url: string): Promise<{ readonly status: number; readonly database: boolean }> {
  const answer = await fetch(`${url}/health`);
  const { services } = (await answer.json()) as { readonly services: { readonly database: boolean } };
  return { status: answer.status, database: services.database };
}

test("a full disk: webhooks 503, no purchase is begun, health says so, and all goes on when there is room", async (context) => {
  const place = mounted(context);
  const running = start(place.path);
  const url = await listening(running);
  // The disk becomes full between the quote and the purchase.
  const quoting = holdUp(sandbox.faults, "POST /v2/shipments", 500);
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"] });
  await quoting;
  place.fill();
  await running.waitForLine(/database trouble|run failed/);
  let number = 900_000;
  const acknowledged: string[] = [];
  let refused = 0;
  await until("three refusals", async () => {
    number += 1;
    const { status, id } = await send(url, number);
    expect([200, 503]).toContain(status);
    if (status === 200) {
      acknowledged.push(id);
    } else {
      refused += 1;
    }
    return refused >= 3;
  });
  expect(await healthOf(url)).toEqual({ status: 503, database: false });
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  expect(sandbox.easypost.ledger().purchases).toEqual([]);

  place.makeRoom();
  await until("a webhook to be stored", async () => {
    number += 1;
    const { status, id } = await send(url, number);
    acknowledged.push(...(status === 200 ? [id] : []));
    return status === 200;
  });
  await until("health", async () => (await healthOf(url)).status === 200);
  await until("the fulfillment", () => sandbox.shopify.ledger().fulfillments.length === 1);
  expect(sandbox.easypost.ledger().purchases).toHaveLength(1);
  running.kill("SIGTERM");
  expect(await running.exited).toMatchObject({ code: 0 });
  const reader = new Sqlite(`${place.path}/shipbot.db`, { readonly: true });
  const stored = new Set(reader.prepare("select external_id from inbox").pluck().all());
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  expect(reader.pragma("integrity_check", { simple: true })).toBe("ok");
  reader.close();
});

test.for([
  "an empty folder",
  "a folder that was used",
])("%s that cannot be written is refused in one sentence, exit 78", async (which, context) => {
  const place = mounted(context);
  if (which !== "an empty folder") {
    const first = start(place.path);
    await listening(first);
    first.kill("SIGTERM");
    expect(await first.exited).toMatchObject({ code: 0 });
  }
  place.makeReadOnly();
  const { code, stderr } = await start(place.path).exited;
  expect(code).toBe(78);
  expect(stderr).toMatch(/^error: .*cannot be\s+(written|used)/m);
  expect(stderr).toMatch(/^ {2}do: /m);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test("a disk that is full at the start is refused in one sentence, exit 78", async (context) => {
  const place = mounted(context);
  place.fill();
  const { code, stderr } = await start(place.path).exited;
  expect(code).toBe(78);
  expect(stderr).toMatch(/^error: .*cannot be\s+(written|used)/m);
  expect(stderr).not.toMatch(/\n\s+at /);
});
