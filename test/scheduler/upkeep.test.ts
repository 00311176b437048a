/** The tasks that keep the house: resync, webhook subscriptions, prune. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { access, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { SILENT } from "../../src/base/log.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/time.ts";
import { prune } from "../../src/scheduler/upkeep.ts";
import { WEBHOOK_TOPICS } from "../../src/shopify/webhook-topics.ts";
import { pruneReplaced, replacedPath } from "../../src/store/replaced-database.ts";
import { type Shop, withShop } from "../support/shop-bench.ts";
import { taskOf } from "./tasks.ts";

const ENV = { PUBLIC_URL: "https://ship.example.com" };
const OURS = "https://ship.example.com/webhooks/shopify";

const run = async (shop: Shop, name: string): Promise<void> => (await taskOf(shop, name)).run();

test("resync looks again at what is unsettled and did not run for an hour, and at nothing else", async () => {
  await withShop({}, async (shop) => {
    const waiting = shop.addOrder({ tags: [] });
    const parked = shop.addOrder({ address: null });
    const recent = shop.addOrder({ tags: [] });
    const over = shop.addOrder({ test: true });
    for (const order of [waiting, parked, over]) {
      await shop.reconcile(order);
    }
    shop.clock.move(HOUR_MS);
    await shop.reconcile(recent);
    shop.clock.move(1);
    await run(shop, "resync");
    expect([...(await shop.store.orders.due(shop.clock.now(), 10))].sort()).toEqual([waiting, parked].sort());
  });
});

test("resync finds an order whose due time was lost, and one that hangs in the air", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    await shop.request(order);
    const lease = (await shop.store.orders.claim(order, "gone", shop.clock.now(), 1_000)) ?? expect.fail();
    await shop.store.orders.release(lease, shop.clock.now(), { dueAt: null, attempts: 0, lastError: null });
    expect(await shop.store.orders.due(shop.clock.now() + DAY_MS, 10)).toEqual([]);
    shop.clock.move(HOUR_MS + 1);
    await run(shop, "resync");
    await shop.drain();
    expect(await shop.row(order)).toMatchObject({ status: "pending_pickup" });
  });
});

test("webhook subscriptions are made once, and made again where the shop deleted them", async () => {
  await withShop({ env: ENV }, async (shop) => {
    await run(shop, "webhooks");
    const made = shop.sandbox.shopify.subscriptions();
    expect(made.map(({ topic, uri }) => [topic, uri]).sort()).toEqual(
      WEBHOOK_TOPICS.map(({ topic }) => [topic, OURS]).sort(),
    );
    await run(shop, "webhooks");
    expect(shop.asked("mutation WebhookSubscriptionCreate")).toBe(WEBHOOK_TOPICS.length);
    const lost = made.slice(0, 3);
    for (const { id } of lost) {
      await shop.remotes.shop.deleteWebhook(id);
    }
    await run(shop, "webhooks");
    expect(shop.sandbox.shopify.subscriptions()).toHaveLength(WEBHOOK_TOPICS.length);
    expect(shop.asked("mutation WebhookSubscriptionCreate")).toBe(WEBHOOK_TOPICS.length + 3);
  });
});

test("subscriptions of others are left alone", async () => {
  await withShop({ env: ENV }, async (shop) => {
    await shop.remotes.shop.createWebhook("ORDERS_CREATE", "https://other.example.com/hook");
    await run(shop, "webhooks");
    expect(shop.sandbox.shopify.subscriptions()).toHaveLength(WEBHOOK_TOPICS.length + 1);
  });
});

test("without a public address there is no such task", async () => {
  await withShop({}, async (shop) => {
    await expect(taskOf(shop, "webhooks")).rejects.toThrow("there is no task webhooks");
  });
});

test("old messages and old timelines are removed, in slices, and what is younger stays", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    await shop.reconcile(order);
    const remembered = (await shop.store.timeline.ofOrder(order, 100)).length;
    expect(remembered).toBeGreaterThan(3);
    const ingest = (externalId: string) =>
      shop.store.inbox.ingest({
        ...{ source: "shopify", externalId, topic: "orders/updated", bodyHash: externalId },
        ...{ receivedAt: shop.clock.now(), orderId: null, fulfillmentOrderId: null },
      });
    await Promise.all(Array.from({ length: 300 }, (_, index) => ingest(`old-${index}`)));
    shop.clock.move(shop.settings.retention.inboxMs);
    await ingest("young");
    shop.clock.move(MINUTE_MS);
    await run(shop, "prune");
    expect(await ingest("old-7")).toBe("stored");
    expect(await ingest("young")).toBe("duplicate");
    expect((await shop.store.timeline.ofOrder(order, 100)).length).toBe(remembered);
    shop.clock.move(shop.settings.retention.timelineMs);
    await run(shop, "prune");
    expect(await shop.store.timeline.ofOrder(order, 100)).toEqual([]);
    // What money was spent on is never forgotten.
    expect(await shop.store.effects.ofOrder(order)).not.toEqual([]);
    expect(await shop.store.shipments.ofOrder(order)).toHaveLength(1);
  });
});

test("old label files are removed, young ones stay, and what we know of the label stays too", async () => {
  await withShop({}, async (shop) => {
    const order = shop.addOrder();
    await shop.reconcile(order);
    const [shipment] = await shop.store.shipments.ofOrder(order);
    const path = shop.remotes.labels.pathOf(shipment?.label?.path ?? expect.fail());
    const storedAt = shop.clock.now() - shop.settings.retention.labelsMs;
    await utimes(path, storedAt / 1_000, storedAt / 1_000);
    await run(shop, "prune");
    await access(path);
    shop.clock.move(1_000);
    await run(shop, "prune");
    await expect(access(path)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await shop.store.shipments.ofOrder(order)).toEqual([shipment]);
  });
});

test("a database that a restore replaced goes after its time, with its logs, and nothing else does", async () => {
  const folder = mkdtempSync(join(tmpdir(), "shipbot-replaced-"));
  try {
    const file = join(folder, "shipbot.db");
    const [old, young] = [replacedPath(file, 1_000), replacedPath(file, 2_000)];
    const kept = [file, `${file}-wal`, young, `${file}.before-mine`, `${file}.before-19700101T000000000Z.txt`];
    for (const path of [old, `${old}-wal`, `${old}-shm`, ...kept]) {
      writeFileSync(path, "");
    }
    expect(await pruneReplaced(file, 1_000)).toBe(0);
    expect(await pruneReplaced(file, 2_000)).toBe(3);
    expect(readdirSync(folder).sort()).toEqual(kept.map((path) => basename(path)).sort());
    await withShop({}, async (shop) => {
      const databaseFile = file;
      const { clock } = shop;
      const deps = { store: shop.store, labels: shop.remotes.labels, clock, log: SILENT, ...shop.settings.retention };
      await prune({ ...deps, databaseFile }, shop.settings.schedule.prune).run(new AbortController().signal);
    });
    expect(readdirSync(folder)).not.toContain(basename(young));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
