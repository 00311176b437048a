/**
 * Shopify's requests about the data of customers, sent to the built daemon: what was asked is done, also over a crash,
 * nothing of the customer is left anywhere in the data folder, and no label is bought for a second time by it.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import type { StoredOrder } from "../../src/sandbox/shopify/records.ts";
import type { Store } from "../../src/store/types.ts";
import { runProgram } from "../support/built-program.ts";
import { hitsBelow, POSTAL_CODE, personOf } from "../support/canaries.ts";
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
import { sign } from "../support/webhook-sender.ts";

/** Backups are not changed: what was erased is gone from them when the policy has deleted them (docs/backup.md). */
const AGING = ["backups"];

const databases = useDatabases();
const running: RunningChild[] = [];
const stores: Store[] = [];
let sandbox: Sandbox;
let with_: DaemonSettings;

beforeEach(async () => {
  sandbox = await quickSandbox({ stepMs: 60 });
  with_ = {
    sandbox,
    dataDir: databases.folder(),
    env: { SHIPBOT_POLL_ORDERS: "300ms", SHIPBOT_POLL_TRACKING: "400ms" },
  };
});
afterEach(async () => {
  for (const store of stores.splice(0)) {
    await store.close();
  }
  for (const daemon of running.splice(0)) {
    daemon.kill("SIGKILL");
    await daemon.exited;
  }
  await sandbox.close();
});

function start(): RunningChild {
  const daemon = startDaemon(with_);
  running.push(daemon);
  return daemon;
}

async function beside(): Promise<Store> {
  const store = await openBeside(with_);
  stores.push(store);
  return store;
}

function addOrder(number: number, spec: { readonly zip?: null } = {}): StoredOrder {
  const { address, email } = personOf(number);
  return sandbox.shopify.addOrder({
    ...{ name: `#${number}`, email, phone: address.phone, tags: ["ready_to_ship"], placedAgoMs: 60_000 },
    address: { ...address, ...spec },
  });
}

const numberOf = (order: StoredOrder): number => Number(order.id.split("/").at(-1));

let sent = 0;

/** A body as Shopify sends it; the ids are written as digits, because some do not fit into a number. */
function send(url: string, topic: string, orders: readonly StoredOrder[] = []): Promise<Response> {
  const domain = new URL(sandbox.environment["SHOPIFY_SHOP_URL"] ?? "").host;
  const customer = `"customer":{"id":191167,"email":"zmail1@zhost.example","phone":"555-625-1199"}`;
  const ids = `[${orders.map((order) => order.id.split("/").at(-1)).join(",")}]`;
  const rest = {
    "customers/redact": `,${customer},"orders_to_redact":${ids}`,
    "customers/data_request": `,${customer},"orders_requested":${ids},"data_request":{"id":9999}`,
    "shop/redact": "",
  }[topic];
  sent += 1;
  // The same body within five minutes is a repeat.
  const body = `{"shop_id":${954_888 + sent},"shop_domain":"${domain}"${rest}}`;
  return fetch(`${url}/webhooks/shopify`, {
    method: "POST",
    headers: {
      "x-shopify-topic": topic,
      "x-shopify-webhook-id": randomUUID(),
      "x-shopify-hmac-sha256": sign(body, sandbox.environment["SHOPIFY_WEBHOOK_SECRET"]),
    },
    body,
  });
}

/** All that could tell who the customer of these orders was. */
const TELLS = [POSTAL_CODE, "sandbox.example", "/labels/", "Znote"];

async function untilDelivered(store: Store, orders: readonly StoredOrder[]): Promise<void> {
  for (const { id } of orders) {
    const isOver = async (): Promise<boolean> => {
      const order = await store.orders.get(id);
      return order?.status === "delivered" && order.leaseOwner === null && order.dueAt === null;
    };
    await until(`${id} to be delivered`, isOver, 30_000);
  }
}

async function untilDone(store: Store, count: number): Promise<void> {
  await until("the requests to be done", async () => {
    const requests = await store.personalData.list(10);
    return requests.length === count && requests.every(({ doneAt }) => doneAt !== null);
  });
}

test("customers/redact leaves nothing of the customer, and all that was paid", { timeout: 60_000 }, async () => {
  const order = addOrder(1);
  const daemon = start();
  const url = await listening(daemon);
  const store = await beside();
  await untilDelivered(store, [order]);
  const [before] = await store.shipments.ofOrder(order.id);
  const label = join(with_.dataDir, "labels", before?.label?.path ?? "none");
  expect([existsSync(label), (await store.orders.get(order.id))?.decision]).toEqual([true, expect.anything()]);
  // Without it the search below would prove nothing.
  expect(hitsBelow(with_.dataDir, AGING, TELLS)).not.toEqual([]);

  expect((await send(url, "customers/redact", [order])).status).toBe(200);
  await untilDone(store, 1);
  // While the daemon has the write-ahead log open, where older copies of the pages would be.
  expect(hitsBelow(with_.dataDir, AGING, TELLS)).toEqual([]);
  const [after] = await store.shipments.ofOrder(order.id);
  expect(existsSync(label)).toBe(false);
  expect(after).toEqual({ ...before, label: { ...before?.label, url: null, trackingUrl: null } });
  expect((await store.effects.ofOrder(order.id)).map(({ kind, state }) => [kind, state])).toContainEqual([
    "buy",
    "done",
  ]);
  const timeline = await store.timeline.ofOrder(order.id, 100);
  expect(timeline.map(({ kind }) => kind)).toEqual(["personal data"]);
  // Looked at again, it tells nothing anew and buys nothing again.
  const sync = await runProgram(["sync", "--order", "1", "--timeout", "20s"], {
    cwd: with_.dataDir,
    env: daemonEnvironment(with_),
  });
  expect(sync.code).toBe(0);
  daemon.kill("SIGTERM");
  await daemon.exited;
  expect(hitsBelow(with_.dataDir, AGING, TELLS)).toEqual([]);
  expect(sandbox.easypost.ledger().purchases).toHaveLength(1);
});

test("what was asked before a crash is done after it", { timeout: 60_000 }, async () => {
  const orders = [addOrder(1), addOrder(2)];
  const first = start();
  const url = await listening(first);
  const store = await beside();
  await untilDelivered(store, orders);
  expect((await send(url, "customers/redact", orders)).status).toBe(200);
  first.kill("SIGKILL");
  await first.exited;
  const second = start();
  await listening(second);
  await untilDone(store, 2);
  second.kill("SIGTERM");
  await second.exited;
  expect(hitsBelow(with_.dataDir, AGING, TELLS)).toEqual([]);
});

test("an order that moves is shipped first, and erased when it is at its end", { timeout: 60_000 }, async () => {
  const moving = addOrder(1);
  const parked = addOrder(2, { zip: null });
  const daemon = start();
  const url = await listening(daemon);
  const store = await beside();
  await until("both to be known", async () => {
    const counts = await store.orders.counts();
    return counts.parked === 1 && counts.waiting + counts.ready_to_ship === 0;
  });
  expect((await send(url, "customers/redact", [moving, parked])).status).toBe(200);
  await until("the first look", async () => (await store.schedule.list()).some(isDone("personal_data")));
  await untilDelivered(store, [moving]);
  await store.schedule.requestNow("personal_data", Date.now());
  await until("its end", async () => (await store.personalData.list(2)).some(({ doneAt }) => doneAt !== null));
  const list = await store.personalData.list(2);
  expect(list.map(({ orderId, doneAt }) => [orderId, doneAt !== null])).toEqual(
    expect.arrayContaining([
      [moving.id, true],
      [parked.id, false],
    ]),
  );
  expect((await store.orders.get(parked.id))?.status).toBe("parked");
  expect(sandbox.shopify.ledger().fulfillments).toHaveLength(1);
});

const isDone =
  (name: string) =>
  ({ task, lastStatus }: { readonly task: string; readonly lastStatus: string | null }): boolean =>
    task === name && lastStatus === "ok";

test("customers/data_request tells the operator, and show prints what there is", { timeout: 60_000 }, async () => {
  const order = addOrder(1);
  const daemon = start();
  const url = await listening(daemon);
  const store = await beside();
  await untilDelivered(store, [order]);
  expect((await send(url, "customers/data_request", [order])).status).toBe(200);
  const alarm = await daemon.waitForLine(/"alarm"/);
  expect(alarm).toContain("a customer asked through Shopify what is stored of them: #1");
  await untilDone(store, 1);
  const options = { cwd: with_.dataDir, env: daemonEnvironment(with_) };
  const shown = await runProgram(["personal-data", "show", "--order", "1"], options);
  expect(shown.stdout).toContain(sandbox.easypost.ledger().purchases[0]?.trackingCode);
  expect(shown.stdout).toContain(join(with_.dataDir, "labels"));
  expect((await runProgram(["personal-data", "list"], options)).stdout).toMatch(/#1 +tell the customer/);
  expect((await runProgram(["personal-data", "erase", "--order", "1", "--dry-run"], options)).stdout).toMatch(
    /#1 +would be erased/,
  );
  expect(await runProgram(["personal-data", "erase", "--order", "1"], options)).toMatchObject({ code: 2 });
  expect((await runProgram(["personal-data", "show", "--order", "1"], options)).stdout).toBe(shown.stdout);
  expect((await runProgram(["personal-data", "erase", "--order", "1", "--yes"], options)).stdout).toMatch(/#1 +erased/);
  daemon.kill("SIGTERM");
  await daemon.exited;
  expect(hitsBelow(with_.dataDir, AGING, TELLS)).toEqual([]);
});

test("shop/redact is believed only when the shop lets nobody in, and ends what moves", {
  timeout: 60_000,
}, async () => {
  const orders = [addOrder(1), addOrder(2, { zip: null })];
  const daemon = start();
  const url = await listening(daemon);
  const store = await beside();
  await until("both to be known", async () => {
    const counts = await store.orders.counts();
    return counts.parked === 1 && counts.waiting + counts.ready_to_ship === 0;
  });
  await send(url, "shop/redact");
  await daemon.waitForLine(/still lets us in: nothing was erased/);
  await untilDone(store, 1);
  expect((await store.orders.counts()).skipped).toBe(0);
  await until("the label", async () => (await store.shipments.ofOrder(orders[0]?.id ?? ""))[0]?.state === "bought");

  sandbox.shopify.revokeToken();
  await send(url, "shop/redact");
  // Messages ask for the task once in ten seconds at most.
  await store.schedule.requestNow("personal_data", Date.now());
  await daemon.waitForLine(/the personal data of this shop was erased/);
  const counts = await store.orders.counts();
  expect(counts.parked + counts.pending_pickup + counts.in_transit).toBe(0);
  daemon.kill("SIGTERM");
  await daemon.exited;
  expect(hitsBelow(with_.dataDir, AGING, TELLS)).toEqual([]);
  expect((await store.effects.ofOrder(orders[0]?.id ?? ""))[0]).toMatchObject({ kind: "buy", state: "done" });
});

test("the topic is not signed: a body of another kind erases nothing", { timeout: 60_000 }, async () => {
  const order = addOrder(1);
  const daemon = start();
  const url = await listening(daemon);
  const store = await beside();
  const domain = new URL(url).host;
  for (const [topic, body] of [
    ["customers/redact", `{"id":${numberOf(order)},"shop_domain":"${domain}"}`],
    ["shop/redact", `{"shop_id":1,"shop_domain":"${domain}","customer":{"id":1}}`],
    ["shop/redact", `{"shop_id":1,"shop_domain":"other.myshopify.com"}`],
    ["customers/redact", "nothing readable"],
  ] as const) {
    const answer = await fetch(`${url}/webhooks/shopify`, {
      method: "POST",
      headers: {
        "x-shopify-topic": topic,
        "x-shopify-webhook-id": randomUUID(),
        "x-shopify-hmac-sha256": sign(body, sandbox.environment["SHOPIFY_WEBHOOK_SECRET"]),
      },
      body,
    });
    expect(answer.status).toBe(200);
    await daemon.waitForLine(/a request about personal data was not understood/);
  }
  expect(await store.personalData.list(10)).toEqual([]);
});
