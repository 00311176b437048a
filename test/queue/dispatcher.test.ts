/** The dispatcher on a real database: what is due is offered soon, whoever made it due, and nothing is held. */
import { expect, test } from "vitest";
import { StoreError } from "../../src/base/errors.ts";
import { Dispatcher, SWEEP_MS } from "../../src/queue/dispatcher.ts";
import { LocalEngine } from "../../src/queue/local.ts";
import type { Store } from "../../src/store/types.ts";
import { useDatabases } from "../support/database.ts";
import { MovedClock } from "../support/moved-clock.ts";
import { intercept, type LogLine, recordingLog } from "../support/shop-bench.ts";
import { until } from "../support/until.ts";

const databases = useDatabases();

interface Bench {
  readonly store: Store;
  readonly clock: MovedClock;
  readonly dispatcher: Dispatcher;
  readonly engine: LocalEngine;
  readonly runs: string[];
  readonly log: LogLine[];
  /** Resolves when the loop rests. */
  resting(): Promise<unknown>;
  request(id: string, at?: number): Promise<void>;
}

async function open(
  options: {
    readonly concurrency?: number;
    readonly orders?: (store: Store) => Store["orders"];
    readonly run?: (id: string) => Promise<void>;
  } = {},
): Promise<Bench> {
  const clock = new MovedClock();
  const store = await databases.open({ clock });
  const runs: string[] = [];
  const log: LogLine[] = [];
  const engine = new LocalEngine(options.concurrency ?? 4, () => dispatcher.wake());
  const dispatcher: Dispatcher = new Dispatcher({
    ...{ engine, clock, log: recordingLog(log) },
    orders: options.orders?.(store) ?? store.orders,
  });
  await engine.start(async (id) => {
    runs.push(id);
    const lease = (await store.orders.claim(id, "me", clock.now(), 60_000)) ?? expect.fail("the order is taken");
    await options.run?.(id);
    await store.orders.release(lease, clock.now(), { dueAt: null, attempts: 0, lastError: null });
  });
  return {
    ...{ store, clock, dispatcher, engine, runs, log },
    resting: () => until("the dispatcher to rest", () => clock.sleepers() > 0),
    request: async (id, at = clock.now()) => {
      await store.orders.request([{ id, name: id }], at);
    },
  };
}

async function close({ dispatcher, engine }: Bench): Promise<void> {
  await dispatcher.stop();
  await engine.stop();
}

test("a wake is answered at once, without time going by", async () => {
  const bench = await open();
  await bench.dispatcher.start();
  await bench.resting();
  await bench.request("order-1");
  bench.dispatcher.wake();
  await until("the run", () => bench.runs.length === 1);
  expect(bench.clock.now()).toBe(new MovedClock().now());
  await close(bench);
});

test("a wake that comes while it sweeps is not lost", async () => {
  let woken = false;
  const bench: Bench = await open({
    orders: (store) =>
      intercept(store.orders, "nextDueAt", async () => {
        const next = await store.orders.nextDueAt();
        if (!woken) {
          woken = true;
          await bench.request("order-1");
          bench.dispatcher.wake();
        }
        return next;
      }),
  });
  await bench.dispatcher.start();
  await until("the run", () => bench.runs.length === 1);
  await close(bench);
});

test("what another process made due is seen within a sweep", async () => {
  const bench = await open();
  await bench.dispatcher.start();
  await bench.resting();
  await bench.request("order-1");
  bench.clock.move(SWEEP_MS - 1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(bench.runs).toEqual([]);
  bench.clock.move(1);
  await until("the run", () => bench.runs.length === 1);
  await close(bench);
});

test("an order that is due later is run when its time comes, though that is before the next sweep", async () => {
  const bench = await open();
  await bench.request("order-1", bench.clock.now() + 40);
  await bench.dispatcher.start();
  await bench.resting();
  bench.clock.move(40);
  await until("the run", () => bench.runs.length === 1);
  await close(bench);
});

test("more orders than places are all run, oldest first, each once", async () => {
  const bench = await open({ concurrency: 3 });
  const ids = Array.from({ length: 40 }, (_, index) => `order-${String(index).padStart(2, "0")}`);
  for (const id of [...ids].reverse()) {
    await bench.request(id);
  }
  await bench.dispatcher.start();
  await until("all runs", () => bench.runs.length >= 40);
  await bench.resting();
  expect([...bench.runs].sort()).toEqual(ids);
  expect(bench.runs[0]).toBe("order-00");
  await close(bench);
});

test("a database in trouble is asked again after a pause, and nothing is lost", async () => {
  let failures = 3;
  const bench = await open({
    orders: (store) =>
      intercept(store.orders, "due", async (now, limit) => {
        failures -= 1;
        if (failures >= 0) {
          throw new StoreError("busy", "locked", "wait");
        }
        return store.orders.due(now, limit);
      }),
  });
  await bench.request("order-1");
  await bench.dispatcher.start();
  for (let pause = 0; pause < 3; pause += 1) {
    await bench.resting();
    expect(bench.runs).toEqual([]);
    bench.clock.move(2_000);
  }
  await until("the run", () => bench.runs.length === 1);
  expect(bench.log.filter(({ message }) => message === "due sweep failed")).toHaveLength(3);
  await close(bench);
});

test("it says when it last swept, and that stops when it stands still", async () => {
  const bench = await open();
  expect(bench.dispatcher.lastSweepAt()).toBeNull();
  await bench.dispatcher.start();
  await bench.resting();
  expect(bench.dispatcher.lastSweepAt()).toBe(bench.clock.now());
  await close(bench);
  const stoppedAt = bench.dispatcher.lastSweepAt();
  bench.clock.move(60_000);
  expect(bench.dispatcher.lastSweepAt()).toBe(stoppedAt);
});

test("it starts and stops ten times in a row, in the middle of work, and loses nothing", async () => {
  const bench = await open({ concurrency: 2 });
  await bench.dispatcher.stop();
  for (let round = 0; round < 10; round += 1) {
    await bench.request(`order-${round}`);
    await bench.dispatcher.start();
    bench.dispatcher.wake();
    await bench.dispatcher.stop();
    await bench.dispatcher.stop();
  }
  expect(bench.clock.sleepers()).toBe(0);
  await bench.dispatcher.start();
  await until("all runs", () => bench.runs.length >= 10);
  await close(bench);
  expect(new Set(bench.runs).size).toBe(10);
});

test("a request during the run is run again as soon as the run ends", async () => {
  const bench: Bench = await open({
    run: async (id) => {
      if (bench.runs.length === 1) {
        await bench.request(id);
      }
    },
  });
  await bench.request("order-1");
  await bench.dispatcher.start();
  await until("both runs", () => bench.runs.length === 2);
  await close(bench);
  expect(bench.runs).toEqual(["order-1", "order-1"]);
});
