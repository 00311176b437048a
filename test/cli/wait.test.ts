/** Waiting for orders, with a store in memory and a clock that leaps: who runs them, and when the wait ends. */
import { describe, expect, it } from "vitest";
import { type WaitDeps, waitForOrders } from "../../src/cli/wait.ts";
import { type DurationMs, MINUTE_MS, SECOND_MS } from "../../src/core/time.ts";
import type { RunResult } from "../../src/reconcile/reconcile-order.ts";
import { openStore } from "../../src/store/store.ts";
import type { NextRun, Store } from "../../src/store/types.ts";
import { MORNING, MovedClock } from "../support/moved-clock.ts";

const REST: NextRun = { dueAt: null, attempts: 0, lastError: null };
const LIMIT_MS: DurationMs = MINUTE_MS;

interface Bench {
  readonly store: Store;
  readonly clock: MovedClock;
  /** Requests orders and gives what to wait for. */
  request(...ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** What a worker does: lease, judge, release. `"busy"` when another has the order. */
  work(id: string, next: NextRun, status?: "parked" | "pending_pickup"): Promise<RunResult>;
  wait(pending: ReadonlyMap<string, number>, deps: Partial<WaitDeps>): ReturnType<typeof waitForOrders>;
}

async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  const clock = new MovedClock();
  const store = await openStore({ url: "sqlite::memory:", shopId: "a.myshopify.com", clock });
  const bench: Bench = {
    store,
    clock,
    request: (...ids) =>
      store.orders.request(
        ids.map((id) => ({ id, name: `#${id}` })),
        clock.now(),
      ),
    async work(id, next, status = "pending_pickup") {
      const lease = await store.orders.claim(id, "worker", clock.now(), MINUTE_MS);
      if (lease === null) {
        return "busy";
      }
      const judgement = { status, reason: null, reasonInput: {}, decision: null, at: clock.now() };
      await store.fenced(lease, (tx) => tx.saveJudgement(judgement));
      await store.orders.release(lease, clock.now(), next);
      return "rested";
    },
    wait: (pending, deps) =>
      waitForOrders(pending, MORNING + LIMIT_MS, {
        ...{ store, clock: clock.leaping(), isDaemonWorking: async () => false, concurrency: 4 },
        run: () => expect.fail("nobody asked for this run"),
        signal: new AbortController().signal,
        onProgress: () => undefined,
        ...deps,
      }),
  };
  try {
    await use(bench);
  } finally {
    await store.close();
  }
}

describe("without a daemon", () => {
  it("each order is run once, at most so many at a time", async () => {
    await withBench(async ({ request, wait, work }) => {
      const pending = await request("1", "2", "3", "4", "5");
      const ran: string[] = [];
      let atOnce = 0;
      let most = 0;
      const ended = await wait(pending, {
        concurrency: 2,
        run: async (id) => {
          ran.push(id);
          atOnce += 1;
          most = Math.max(most, atOnce);
          const result = await work(id, REST);
          atOnce -= 1;
          return result;
        },
      });
      expect([...ended.keys()].sort()).toEqual(["1", "2", "3", "4", "5"]);
      expect(ran.sort()).toEqual(["1", "2", "3", "4", "5"]);
      expect(most).toBe(2);
    });
  });

  it("an order that backs off is run again when its time has come", async () => {
    await withBench(async ({ clock, request, wait, work }) => {
      const at: number[] = [];
      const unavailable = { kind: "unavailable", message: "no answer" };
      const ended = await wait(await request("1"), {
        run: (id) => {
          at.push(clock.now() - MORNING);
          const retry: NextRun = { dueAt: clock.now() + 2 * SECOND_MS, attempts: 1, lastError: unavailable };
          return work(id, at.length < 3 ? retry : REST);
        },
      });
      expect(ended.size).toBe(1);
      expect(at).toHaveLength(3);
      expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(2 * SECOND_MS);
    });
  });

  it("a parked order is not waited for unless the run could not judge it", async () => {
    await withBench(async ({ clock, request, wait, work }) => {
      let runs = 0;
      const later = (lastError: NextRun["lastError"]): NextRun => ({
        dueAt: clock.now() + SECOND_MS,
        attempts: 1,
        lastError,
      });
      await wait(await request("1"), {
        run: (id) => {
          runs += 1;
          return work(id, later(runs === 1 ? { kind: "unavailable", message: "" } : null), "parked");
        },
      });
      expect(runs).toBe(2);
    });
  });

  it("an order that is due after the wait ends is done; one that never comes to rest is not", async () => {
    await withBench(async ({ clock, request, wait, work }) => {
      const scheduled = await wait(await request("1"), {
        run: (id) => work(id, { ...REST, dueAt: clock.now() + 60 * MINUTE_MS }),
      });
      expect(scheduled.size).toBe(1);
      const failing: NextRun = { dueAt: 0, attempts: 1, lastError: { kind: "unavailable", message: "" } };
      const ended = await wait(await request("2"), {
        run: (id) => work(id, { ...failing, dueAt: clock.now() + 5 * SECOND_MS }),
      });
      expect(ended.size).toBe(0);
      expect(clock.now()).toBeGreaterThanOrEqual(MORNING + LIMIT_MS - 5 * SECOND_MS);
    });
  });

  it("waiting ends at once when a credential is refused, because it does not help", async () => {
    await withBench(async ({ clock, request, store, wait, work }) => {
      const ended = await wait(await request("1"), {
        run: async (id) => {
          await store.remotes.set("shopify", { state: "refused", message: "401", remedy: null, at: clock.now() });
          return work(id, { dueAt: clock.now() + 30 * SECOND_MS, attempts: 0, lastError: null });
        },
      });
      expect(ended.size).toBe(0);
      expect(clock.now()).toBeLessThan(MORNING + 5 * SECOND_MS);
    });
  });

  it("an order that another process has leased is left to it", async () => {
    await withBench(async ({ clock, request, store, wait, work }) => {
      const pending = await request("1");
      const other = await store.orders.claim("1", "other", clock.now(), 10 * SECOND_MS);
      expect(other).not.toBeNull();
      let startedAt = 0;
      const ended = await wait(pending, {
        run: (id) => {
          startedAt = clock.now();
          return work(id, REST);
        },
      });
      expect(ended.size).toBe(1);
      expect(startedAt).toBeGreaterThanOrEqual(MORNING + 10 * SECOND_MS);
    });
  });

  it("more orders than one look takes are all run", async () => {
    await withBench(async ({ request, wait, work }) => {
      const ids = Array.from({ length: 450 }, (_, index) => String(index));
      const ended = await wait(await request(...ids), { concurrency: 8, run: (id) => work(id, REST) });
      expect(ended.size).toBe(450);
    });
  });

  it("an abort begins nothing new and leaves no run behind", async () => {
    await withBench(async ({ request, wait, work }) => {
      const stopping = new AbortController();
      let finished = 0;
      const ended = await wait(await request("1", "2", "3"), {
        concurrency: 1,
        signal: stopping.signal,
        run: async (id) => {
          stopping.abort();
          const result = await work(id, REST);
          finished += 1;
          return result;
        },
      });
      expect({ finished, ended: ended.size }).toEqual({ finished: 1, ended: 0 });
    });
  });
});

describe("a run that rejects", () => {
  /** Two runs: the first fails by `fail`, the second ends only after `wait` had every chance to leave it behind. */
  async function failBeside(bench: Bench, fail: () => Promise<void>, deps: Partial<WaitDeps> = {}): Promise<string[]> {
    const events: string[] = [];
    const slow = Promise.withResolvers<void>();
    const waiting = bench
      .wait(await bench.request("1", "2", "3"), {
        concurrency: 2,
        run: async (id) => {
          events.push(`begun ${id}`);
          if (id === "1") {
            await fail();
            throw new Error("the disk is full");
          }
          await slow.promise;
          const result = await bench.work(id, REST);
          events.push(`finished ${id}`);
          return result;
        },
        ...deps,
      })
      .catch((error: unknown) => events.push(`thrown: ${error instanceof Error ? error.message : error}`));
    // Everything that could happen without the slow run has happened by then.
    for (let turn = 0; turn < 50; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    slow.resolve();
    await waiting;
    return events;
  }

  const EXPECTED = ["begun 1", "begun 2", "finished 2", "thrown: the disk is full"];

  it("is thrown after all others are finished, and nothing more is begun", async () => {
    await withBench(async (bench) => {
      const looked = Promise.withResolvers<void>();
      const onProgress = (): void => looked.resolve();
      expect(await failBeside(bench, () => looked.promise, { onProgress })).toEqual(EXPECTED);
    });
  });

  it("is heard also when it rejects while the orders are being read", async () => {
    await withBench(async (bench) => {
      const unheard: unknown[] = [];
      const hear = (reason: unknown): void => void unheard.push(reason);
      process.on("unhandledRejection", hear);
      try {
        const read = Promise.withResolvers<void>();
        const get: Store["orders"]["get"] = async (id) => {
          if (id === "3") {
            read.resolve();
            await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
          }
          return await bench.store.orders.get(id);
        };
        const store = { ...bench.store, orders: { ...bench.store.orders, get } };
        expect(await failBeside(bench, () => read.promise, { store })).toEqual(EXPECTED);
        expect(unheard).toEqual([]);
      } finally {
        process.off("unhandledRejection", hear);
      }
    });
  });

  it("is not the only error that waits for the others: a read that fails does too", async () => {
    await withBench(async (bench) => {
      const get: Store["orders"]["get"] = async (id) =>
        id === "3" ? Promise.reject(new Error("no database")) : await bench.store.orders.get(id);
      const store = { ...bench.store, orders: { ...bench.store.orders, get } };
      const slow = Promise.withResolvers<void>();
      let finished = false;
      const waiting = bench.wait(await bench.request("1", "3"), {
        store,
        run: async (id) => {
          setImmediate(slow.resolve);
          await slow.promise;
          finished = true;
          return await bench.work(id, REST);
        },
      });
      await expect(waiting).rejects.toThrow("no database");
      expect(finished).toBe(true);
    });
  });
});

describe("beside a daemon", () => {
  it("no order is run here; the wait ends when the daemon's run has answered", async () => {
    await withBench(async ({ request, wait, work }) => {
      const pending = await request("1");
      let looks = 0;
      const ended = await wait(pending, {
        isDaemonWorking: async () => true,
        onProgress: () => {
          looks += 1;
          if (looks === 3) {
            void work("1", REST);
          }
        },
      });
      expect(ended.size).toBe(1);
      expect(looks).toBeGreaterThan(3);
    });
  });

  it("the orders are run here when the daemon goes away", async () => {
    await withBench(async ({ clock, request, wait, work }) => {
      const ended = await wait(await request("1"), {
        isDaemonWorking: async () => clock.now() < MORNING + 3 * SECOND_MS,
        run: (id) => work(id, REST),
      });
      expect(ended.size).toBe(1);
      expect(clock.now()).toBeGreaterThanOrEqual(MORNING + 3 * SECOND_MS);
    });
  });
});
