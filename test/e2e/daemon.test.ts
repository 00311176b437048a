/** The built daemon from outside: starting, serving, draining, refusing. */
import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/base/system.ts";
import { isUnresolved } from "../../src/core/effect.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import type { RunningChild } from "../support/child.ts";
import { type DaemonSettings, listening, openBeside, quickSandbox, startDaemon } from "../support/daemon-process.ts";
import { useDatabases } from "../support/database.ts";
import { holdUp } from "../support/hold-up.ts";
import { until } from "../support/until.ts";

const databases = useDatabases();
const running: RunningChild[] = [];
let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await quickSandbox();
});
afterEach(async () => {
  for (const daemon of running.splice(0)) {
    daemon.kill("SIGKILL");
    await daemon.exited;
  }
  await sandbox.close();
});

function settings(env: Record<string, string> = {}): DaemonSettings {
  return { sandbox, dataDir: databases.folder(), env };
}

function start(with_: DaemonSettings, flags: readonly string[] = []): RunningChild {
  const daemon = startDaemon(with_, flags);
  running.push(daemon);
  return daemon;
}

/** Only webhooks can be as quick as these polls are slow. */
const RARELY = { SHIPBOT_POLL_ORDERS: "1h", SHIPBOT_POLL_FULFILLMENT_ORDERS: "1h", SHIPBOT_POLL_TRACKING: "1h" };

/** Resolves when the first polls are over: from then on nothing moves an order but a webhook. */
async function untilPolled(with_: DaemonSettings): Promise<void> {
  const store = await openBeside(with_);
  await until("the first polls", async () => {
    const tasks = await store.schedule.list();
    return tasks.length > 0 && tasks.every(({ lastStatus }) => lastStatus === "ok");
  });
  await store.close();
}

test("a webhook buys the label without waiting for a poll, and health and readiness say what is", async () => {
  const with_ = settings(RARELY);
  const daemon = start(with_);
  const url = await listening(daemon);
  await untilPolled(with_);
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  const health = await fetch(`${url}/health`);
  expect([health.status, await health.json()]).toMatchObject([
    200,
    { status: "healthy", services: { database: true, shopify: true, shipping: true } },
  ]);

  sandbox.shopify.setWebhookSink(`${url}/webhooks/shopify`);
  const order = sandbox.shopify.addOrder({ tags: ["ready_to_ship"] });
  await until("the label", () => sandbox.easypost.ledger().purchases.length === 1);
  await until("the fulfillment", () => sandbox.shopify.ledger().fulfillments.length === 1);
  expect(sandbox.shopify.ledger().fulfillments[0]?.orderId).toBe(order.id);

  const forged = await fetch(`${url}/webhooks/shopify`, {
    method: "POST",
    headers: { "x-shopify-hmac-sha256": "AAAA", "x-shopify-topic": "orders/updated", "x-shopify-webhook-id": "1" },
    body: "{}",
  });
  expect(forged.status).toBe(401);
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toMatchObject({ code: 0 });
});

test("a webhook of the provider moves the parcel without waiting for a poll", async () => {
  const with_ = settings(RARELY);
  const daemon = start(with_);
  const url = await listening(daemon);
  await untilPolled(with_);
  sandbox.shopify.setWebhookSink(`${url}/webhooks/shopify`);
  sandbox.easypost.subscribe(`${url}/webhooks/shipping/easypost`, sandbox.environment["SHIPPING_WEBHOOK_SECRET"] ?? "");
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"] });
  await until("the delivery", () => sandbox.shopify.ledger().events.some(({ status }) => status === "DELIVERED"));
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toMatchObject({ code: 0 });
});

test("the first signal waits for the purchase under way, writes it down, and leaves no lease", async () => {
  const with_ = settings({ SHIPBOT_POLL_ORDERS: "200ms" });
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"] });
  const buying = holdUp(sandbox.faults, "POST /v2/shipments/:id/buy", 1_500);
  const daemon = start(with_);
  await buying;
  expect(sandbox.easypost.ledger().purchases).toEqual([]);
  const signalledAt = performance.now();
  daemon.kill("SIGTERM");
  expect(await daemon.exited).toMatchObject({ code: 0, signal: null });
  expect(performance.now() - signalledAt).toBeLessThan(10_000);
  const store = await openBeside(with_);
  const [order] = await store.orders.list({ limit: 1 });
  expect(order).toMatchObject({ leaseOwner: null, status: "pending_pickup" });
  const effects = await store.effects.ofOrder(order?.id ?? "");
  expect(effects.map(({ kind, state }) => [kind, state])).toContainEqual(["buy", "done"]);
  expect(effects.filter(isUnresolved)).toEqual([]);
  expect(await store.instances.list()).toEqual([]);
  await store.close();
  expect(sandbox.easypost.ledger().purchases).toHaveLength(1);
  const next = start(with_);
  await listening(next);
  await untilPolled(with_);
  next.kill("SIGTERM");
  expect(await next.exited).toMatchObject({ code: 0 });
  expect(sandbox.easypost.ledger().purchases).toHaveLength(1);
});

test("while it drains it is not ready", async () => {
  const with_ = settings({ SHIPBOT_POLL_ORDERS: "200ms" });
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"] });
  const buying = holdUp(sandbox.faults, "POST /v2/shipments/:id/buy", 1_500);
  const daemon = start(with_);
  const url = await listening(daemon);
  await buying;
  daemon.kill("SIGTERM");
  await daemon.waitForLine(/draining/);
  expect((await fetch(`${url}/ready`)).status).toBe(503);
  await daemon.exited;
});

describe("a second signal", () => {
  test("ends at once, though a purchase hangs, and the next start finds its label", async () => {
    const with_ = settings({ SHIPBOT_POLL_ORDERS: "200ms" });
    sandbox.shopify.addOrder({ tags: ["ready_to_ship"] });
    const buying = holdUp(sandbox.faults, "POST /v2/shipments/:id/buy", 5_000);
    const daemon = start(with_);
    await buying;
    daemon.kill("SIGTERM");
    await daemon.waitForLine(/draining/);
    const startedAt = performance.now();
    daemon.kill("SIGTERM");
    await daemon.exited;
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(sandbox.easypost.ledger().purchases).toEqual([]);
    const next = start(with_);
    await until("the fulfillment", () => sandbox.shopify.ledger().fulfillments.length === 1);
    // The late purchase of the first process may have come through or not; there is one label.
    expect(sandbox.easypost.ledger().purchases).toHaveLength(1);
    next.kill("SIGTERM");
    expect(await next.exited).toMatchObject({ code: 0 });
  });

  test("ends at once, though the shop does not answer a poll", async () => {
    const silent = createServer(() => {});
    const asked = new Promise<void>((resolve) => {
      silent.once("request", () => resolve());
    });
    await new Promise<void>((resolve) => {
      silent.listen(0, "127.0.0.1", resolve);
    });
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const daemon = start(settings({ SHOPIFY_SHOP_URL: `http://127.0.0.1:${port}` }));
    await listening(daemon);
    await asked;
    daemon.kill("SIGTERM");
    await daemon.waitForLine(/draining/);
    const startedAt = performance.now();
    daemon.kill("SIGTERM");
    await daemon.exited;
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    silent.closeAllConnections();
    silent.close();
  });
});

test("a port that is taken is a problem of the settings, told with the way out", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const address = taken.address();
  const port = String(typeof address === "object" && address !== null ? address.port : 0);
  const { code, stderr } = await start(settings({ PORT: port })).exited;
  taken.close();
  expect(code).toBe(78);
  expect(stderr.replaceAll(/\s+/g, " ")).toMatch(
    new RegExp(
      `error: PORT "${port}" is in use by another program: .* do: stop that program, or set PORT to a free one`,
    ),
  );
  expect(stderr).not.toMatch(/\n\s+at /);
});

test("a second daemon in the same folder refuses with a sentence, and the first goes on", async () => {
  const with_ = settings(RARELY);
  const first = start(with_);
  const url = await listening(first);
  const second = await start(with_).exited;
  expect(second.code).toBe(78);
  expect(second.stderr).toMatch(/Another shipbot daemon works in this data folder/);
  expect(second.stderr).not.toMatch(/\n\s+at /);
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  // The kernel gives the lock back with the process: nobody has to remove anything.
  first.kill("SIGKILL");
  await first.exited;
  const third = start(with_);
  await listening(third);
  third.kill("SIGTERM");
  expect(await third.exited).toMatchObject({ code: 0 });
});

test("after kill -9 the next daemon starts at once and frees what the dead one held", async () => {
  const with_ = settings({ SHIPBOT_POLL_ORDERS: "200ms" });
  sandbox.shopify.addOrder({ tags: ["ready_to_ship"] });
  const buying = holdUp(sandbox.faults, "POST /v2/shipments/:id/buy", 60);
  const first = start(with_);
  await buying;
  first.kill("SIGKILL");
  await first.exited;
  const startedAt = systemClock.now();
  const second = start(with_);
  await until("the fulfillment", () => sandbox.shopify.ledger().fulfillments.length === 1);
  // Far below the minute that the dead one's lease would have lasted.
  expect(systemClock.now() - startedAt).toBeLessThan(15_000);
  expect(sandbox.easypost.ledger().purchases).toHaveLength(1);
  second.kill("SIGTERM");
  expect(await second.exited).toMatchObject({ code: 0 });
});

describe("daemon --once", () => {
  test("does one full round and ends with 0", async () => {
    const with_ = settings();
    const orders = [1, 2, 3].map(() => sandbox.shopify.addOrder({ tags: ["ready_to_ship"], placedAgoMs: 60_000 }));
    expect(await start(with_, ["--once"]).exited).toMatchObject({ code: 0 });
    expect(sandbox.shopify.ledger().fulfillments).toHaveLength(orders.length);
    const store = await openBeside(with_);
    expect(await store.orders.counts()).toMatchObject({ pending_pickup: 3 });
    expect(await store.instances.list()).toEqual([]);
    await store.close();
  });

  test("ends with 1 when an order needs somebody, and ships the others", async () => {
    const with_ = settings();
    sandbox.shopify.addOrder({ tags: ["ready_to_ship"], placedAgoMs: 60_000 });
    sandbox.shopify.addOrder({ tags: ["ready_to_ship"], placedAgoMs: 60_000, address: null });
    expect(await start(with_, ["--once"]).exited).toMatchObject({ code: 1 });
    expect(sandbox.shopify.ledger().fulfillments).toHaveLength(1);
  });

  test("ends with 1 when the shop refuses the token, and says what to do", async () => {
    sandbox.shopify.revokeToken();
    const exit = await start(settings(), ["--once"]).exited;
    expect(exit.code).toBe(1);
    expect(exit.stderr + exit.stdout).toMatch(/SHOPIFY_ACCESS_TOKEN/);
  });
});
