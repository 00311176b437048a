/** Genuine messages that nobody can read: the shop is asked what changed, soon, once for many, and never for forged ones. */
import { createHmac, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { startAll, stopAll } from "../../src/daemon/service.ts";
import { PAUSE_MS } from "../../src/scheduler/prompter.ts";
import { wireDaemon } from "../../src/wiring.ts";
import { type Shop, withShop } from "../support/shop-bench.ts";
import { until } from "../support/until.ts";

const POLL = "query OrdersChanged";
/** How long Shopify's search is given to know of the change. */
const SOON_MS = 3_000;
const RARELY = { SHIPBOT_POLL_ORDERS: "1h", SHIPBOT_POLL_FULFILLMENT_ORDERS: "1h", SHIPBOT_RESYNC: "1h" };

interface Sender {
  send(body: string | Buffer, headers?: Readonly<Record<string, string>>): Promise<number>;
}

async function withDaemon(use: (shop: Shop, sender: Sender) => Promise<void>): Promise<void> {
  await withShop({ env: RARELY }, async (shop) => {
    const { settings, store, context, clock } = shop;
    const parts = await wireDaemon({ settings, store, log: context.log, clock, version: "0.0.0" });
    await startAll(parts.services);
    try {
      const { host, port } = parts.address() ?? expect.fail("it does not listen");
      const secret = settings.shopify.webhookSecrets[0]?.reveal() ?? expect.fail("the sandbox hands out a secret");
      await until("the first poll", () => shop.asked(POLL) === 1);
      await until("the first poll's end", async () => (await taskOf(shop))?.lastStatus === "ok");
      await use(shop, {
        async send(body, headers = {}) {
          const answer = await fetch(`http://${host}:${port}/webhooks/shopify`, {
            method: "POST",
            body: typeof body === "string" ? body : new Blob([Uint8Array.from(body)]),
            headers: {
              "x-shopify-topic": "orders/updated",
              "x-shopify-webhook-id": randomUUID(),
              "x-shopify-hmac-sha256": createHmac("sha256", secret).update(body).digest("base64"),
              ...headers,
            },
          });
          await answer.text();
          return answer.status;
        },
      });
    } finally {
      await stopAll(parts.services, new AbortController().signal);
    }
  });
}

async function taskOf(shop: Shop) {
  return (await shop.store.schedule.list()).find(({ task }) => task === "poll_orders");
}

test.each([
  ["no JSON", "{not json"],
  ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00])],
  ["too large to be searched", JSON.stringify({ id: 7, note: "a".repeat(2_100_000) })],
  ["of a form that is new to us", JSON.stringify({ what: { order: "elsewhere" } })],
])("one that is %s makes the poll find the order", async (_, body) => {
  await withDaemon(async (shop, sender) => {
    const order = shop.addOrder();
    expect(await sender.send(body)).toBe(200);
    await until("the request", async () => ((await taskOf(shop))?.nextRunAt ?? 0) <= shop.clock.now() + SOON_MS);
    expect(shop.asked(POLL)).toBe(1);
    shop.clock.move(SOON_MS);
    await until("the order", async () => (await shop.store.orders.get(order)) !== null);
    expect(shop.asked(POLL)).toBe(2);
  });
});

test("a hundred of them cost one poll, and those that follow one more", async () => {
  await withDaemon(async (shop, sender) => {
    for (let sent = 0; sent < 100; sent += 1) {
      expect(await sender.send(`{"unreadable": ${sent}`)).toBe(200);
    }
    shop.clock.move(SOON_MS);
    await until("the poll", async () => shop.asked(POLL) === 2 && (await taskOf(shop))?.lastStatus === "ok");
    expect(await sender.send('{"unreadable": 100')).toBe(200);
    await until("the request", async () => (await taskOf(shop))?.nextRunAt === shop.clock.now() + PAUSE_MS);
    expect(await sender.send('{"unreadable": 101')).toBe(200);
    shop.clock.move(PAUSE_MS);
    await until("the next poll", async () => shop.asked(POLL) === 3 && (await taskOf(shop))?.lastStatus === "ok");
    expect((await taskOf(shop))?.nextRunAt).toBeGreaterThan(shop.clock.now() + PAUSE_MS);
  });
});

test("forged ones and those with an order cost none", async () => {
  await withDaemon(async (shop, sender) => {
    const before = await taskOf(shop);
    for (let sent = 0; sent < 20; sent += 1) {
      expect(await sender.send(`{"unreadable": ${sent}`, { "x-shopify-hmac-sha256": "forged" })).toBe(401);
    }
    expect(await sender.send(JSON.stringify({ id: 7 }))).toBe(200);
    expect(await taskOf(shop)).toEqual(before);
    expect(shop.asked(POLL)).toBe(1);
  });
});

test("a captured body cannot be sent again and again under topics of the sender's own", async () => {
  await withDaemon(async (shop, sender) => {
    const body = JSON.stringify({ id: 7, admin_graphql_api_id: "gid://shopify/Order/7" });
    for (let sent = 0; sent < 20; sent += 1) {
      expect(await sender.send(body, { "x-shopify-topic": `orders/topic_${sent}` })).toBe(200);
    }
    expect((await shop.store.orders.get("gid://shopify/Order/7"))?.requestedSeq).toBe(1);
  });
});
