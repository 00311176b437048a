/** The daemon's parts in this process: how they start, beat, stop, and what they leave behind. */
import { describe, expect, test } from "vitest";
import { StoreError } from "../../src/base/errors.ts";
import { HEARTBEAT_MS, instanceService } from "../../src/daemon/instance.ts";
import { type Service, startAll, stopAll } from "../../src/daemon/service.ts";
import type { Store } from "../../src/store/types.ts";
import { wireDaemon } from "../../src/wiring.ts";
import { useDatabases } from "../support/database.ts";
import { MovedClock } from "../support/moved-clock.ts";
import { intercept, type LogLine, recordingLog, withShop } from "../support/shop-bench.ts";
import { until } from "../support/until.ts";
import { post, sign, signed } from "../support/webhook-sender.ts";

const databases = useDatabases();
const NEVER = new AbortController().signal;

function service(name: string, said: string[], fails: { start?: boolean; stop?: boolean } = {}): Service {
  return {
    name,
    async start() {
      said.push(`start ${name}`);
      if (fails.start === true) {
        throw new Error(`${name} cannot start`);
      }
    },
    async stop() {
      said.push(`stop ${name}`);
      if (fails.stop === true) {
        throw new Error(`${name} cannot stop`);
      }
    },
  };
}

describe("services", () => {
  test("start in order and stop in reverse", async () => {
    const said: string[] = [];
    const services = [service("a", said), service("b", said)];
    await startAll(services);
    await stopAll(services, NEVER);
    expect(said).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  test("when one cannot start, those before it are stopped and its failure is the answer", async () => {
    const said: string[] = [];
    const services = [service("a", said), service("b", said, { start: true }), service("c", said)];
    await expect(startAll(services)).rejects.toThrow("b cannot start");
    expect(said).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  test("one that cannot stop keeps no other running", async () => {
    const said: string[] = [];
    const services = [service("a", said), service("b", said, { stop: true })];
    await expect(stopAll(services, NEVER)).rejects.toThrow("b cannot stop");
    expect(said).toEqual(["stop b", "stop a"]);
  });
});

function instance(store: Store, clock: MovedClock, id: string, log: LogLine[] = []) {
  return instanceService({ store, clock, log: recordingLog(log), id, pid: 4711, host: "here", version: "1.2.3" });
}

describe("the instance", () => {
  test("is a row with a heartbeat while it lives, and none after a clean stop", async () => {
    const clock = new MovedClock();
    const store = await databases.open({ clock });
    const self = instance(store, clock, "one");
    expect(self.lastBeatAt()).toBeNull();
    await self.start();
    expect(await store.instances.list()).toMatchObject([{ id: "one", pid: 4711, version: "1.2.3" }]);
    await until("the beat to rest", () => clock.sleepers() === 1);
    const beatAt = clock.move(HEARTBEAT_MS);
    await until("the beat", () => self.lastBeatAt() === beatAt);
    expect(await store.instances.list()).toMatchObject([{ heartbeatAt: beatAt }]);
    await self.stop(NEVER);
    await self.stop(NEVER);
    expect(await store.instances.list()).toEqual([]);
    expect(clock.sleepers()).toBe(0);
  });

  test("frees at its start what dead predecessors held, and not what others hold", async () => {
    const clock = new MovedClock();
    const store = await databases.open({ clock });
    await instance(store, clock, "dead").start();
    await store.orders.request(
      ["order-1", "order-2"].map((id) => ({ id, name: id })),
      clock.now(),
    );
    await store.orders.claim("order-1", "dead", clock.now(), 60_000);
    await store.orders.claim("order-2", "a sync beside us", clock.now(), 60_000);
    const log: LogLine[] = [];
    const next = instance(store, clock, "next", log);
    await next.start();
    expect(await store.orders.due(clock.now(), 10)).toEqual(["order-1"]);
    expect((await store.orders.get("order-2"))?.leaseOwner).toBe("a sync beside us");
    expect((await store.instances.list()).map(({ id }) => id)).toEqual(["next"]);
    expect(log).toMatchObject([{ message: "leases of an earlier run freed", fields: { count: 1 } }]);
    await next.stop(NEVER);
  });

  test("stays written down after an abort, so that the next start frees the leases that runs left behind", async () => {
    const clock = new MovedClock();
    const store = await databases.open({ clock });
    const aborted = instance(store, clock, "aborted");
    await aborted.start();
    await store.orders.request([{ id: "order-1", name: "order-1" }], clock.now());
    await store.orders.claim("order-1", "aborted", clock.now(), 60_000);
    await aborted.stop(AbortSignal.abort());
    const next = instance(store, clock, "next");
    await next.start();
    expect(await store.orders.due(clock.now(), 10)).toEqual(["order-1"]);
    await next.stop(NEVER);
  });

  test("goes on beating after trouble with the database, and comes back when somebody removed it", async () => {
    const clock = new MovedClock();
    const store = await databases.open({ clock });
    let isFull = true;
    const instances = intercept(store.instances, "heartbeat", async (id, at) => {
      if (isFull) {
        throw new StoreError("unwritable", "no space", "make room");
      }
      return store.instances.heartbeat(id, at);
    });
    const log: LogLine[] = [];
    const self = instance(intercept(store, "instances", instances), clock, "one", log);
    await self.start();
    const startedAt = self.lastBeatAt();
    await until("the beat to rest", () => clock.sleepers() === 1);
    clock.move(HEARTBEAT_MS);
    await until("the warning", () => log.some(({ level }) => level === "warn"));
    expect(self.lastBeatAt()).toBe(startedAt);
    isFull = false;
    await store.instances.remove("one");
    await until("the beat to rest", () => clock.sleepers() === 1);
    clock.move(HEARTBEAT_MS);
    await until("the row", async () => (await store.instances.list()).length === 1);
    await self.stop(NEVER);
  });
});

describe("the whole daemon", () => {
  test("stores webhooks before what works on orders is loaded, and is not ready until that runs", async () => {
    await withShop({}, async (shop) => {
      const order = shop.addOrder();
      const surroundings = { settings: shop.settings, store: shop.store, log: shop.context.log, clock: shop.clock };
      const parts = await wireDaemon({ ...surroundings, version: "0.0.0" });
      const [first, ...others] = parts.services;
      await first?.start();
      const { host, port } = parts.address() ?? expect.fail("it does not listen");
      const url = `http://${host}:${port}`;
      const secret = shop.sandbox.environment["SHOPIFY_WEBHOOK_SECRET"] ?? "";
      const body = JSON.stringify({ admin_graphql_api_id: order });
      const answer = await post(url, signed(body, { "x-shopify-hmac-sha256": sign(body, secret) }));
      expect(answer.status).toBe(200);
      expect((await shop.row(order)).requestedSeq).toBe(1);
      expect((await fetch(`${url}/ready`)).status).toBe(503);
      expect((await fetch(`${url}/health`)).status).toBe(200);
      await startAll(others);
      await until("the label", async () => (await shop.row(order)).status === "pending_pickup");
      expect((await fetch(`${url}/ready`)).status).toBe(200);
      await stopAll(parts.services, NEVER);
    });
  });

  test("starts and stops ten times in one process and leaves nothing behind", async () => {
    await withShop({}, async (shop) => {
      const surroundings = { settings: shop.settings, store: shop.store, log: shop.context.log, clock: shop.clock };
      for (let round = 0; round < 10; round += 1) {
        const parts = await wireDaemon({ ...surroundings, version: "0.0.0" });
        expect(parts.address()).toBeNull();
        await startAll(parts.services);
        const address = parts.address() ?? expect.fail("it does not listen");
        const url = `http://${address.host}:${address.port}`;
        expect((await fetch(`${url}/ready`)).status).toBe(200);
        // What starts last stops first.
        await parts.services.at(-1)?.stop(NEVER);
        expect((await fetch(`${url}/ready`)).status).toBe(503);
        await stopAll(parts.services, NEVER);
        await expect(fetch(`${url}/ready`)).rejects.toThrow();
      }
      expect(await shop.store.instances.list()).toEqual([]);
    });
  });

  test("a database that takes no more is unhealthy, makes no run spin, and work goes on when it is mended", async () => {
    await withShop({}, async (shop) => {
      const order = shop.addOrder();
      await shop.request(order);
      let isFull = true;
      const full = async <T>(write: () => Promise<T>): Promise<T> => {
        // As a real database does it: not within the same turn, or a loop that spins would starve the test.
        await new Promise((resolve) => setImmediate(resolve));
        if (isFull) {
          throw new StoreError("unwritable", "no space", "make room");
        }
        return write();
      };
      const orders = intercept(shop.store.orders, "claim", (...args) => full(() => shop.store.orders.claim(...args)));
      const instances = intercept(shop.store.instances, "heartbeat", (...args) =>
        full(() => shop.store.instances.heartbeat(...args)),
      );
      const store = intercept(intercept(shop.store, "orders", orders), "instances", instances);
      const surroundings = { settings: shop.settings, store, log: shop.context.log, clock: shop.clock };
      const parts = await wireDaemon({ ...surroundings, version: "0.0.0" });
      await startAll(parts.services);
      await until("the failed run", () => shop.logged("run failed").length > 0);
      await until("the loops to rest", () => shop.clock.sleepers() > 4);
      expect(shop.logged("run failed")).toHaveLength(1);
      for (let beats = 0; beats < 9; beats += 1) {
        shop.clock.move(HEARTBEAT_MS);
        await until("the loops to rest", () => shop.clock.sleepers() > 3);
      }
      const address = parts.address() ?? expect.fail("it does not listen");
      const health = await fetch(`http://${address.host}:${address.port}/health`);
      expect([health.status, await health.json()]).toMatchObject([503, { services: { database: false } }]);
      expect(shop.logged("run failed").length).toBeLessThanOrEqual(11);
      isFull = false;
      await until("the label", async () => {
        shop.clock.move(HEARTBEAT_MS);
        return (await shop.row(order)).status === "pending_pickup";
      });
      await stopAll(parts.services, NEVER);
      expect(shop.ledger(order).purchases).toHaveLength(1);
    });
  });
});
