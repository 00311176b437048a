/**
 * What every queue engine must do: hand ids to the workers of this process, no more at once than they can take, and let
 * go of everything when it is told to. `setup` gives an engine that runs at most `concurrency` ids at a time.
 */
import { expect, test } from "vitest";
import type { QueueEngine } from "../../src/ports/queue.ts";
import { until } from "../support/until.ts";

export interface QueueSetup {
  /** `onRoom` is called when a place became free. */
  engine(options: { readonly concurrency: number; readonly onRoom?: () => void }): QueueEngine;
}

/** A worker whose runs end when the test says so. */
class Workers {
  readonly started: string[] = [];
  readonly #open = new Map<string, (() => void)[]>();
  most = 0;
  #running = 0;

  readonly run = async (orderId: string): Promise<void> => {
    this.started.push(orderId);
    this.#running += 1;
    this.most = Math.max(this.most, this.#running);
    await new Promise<void>((resolve) => {
      this.#open.set(orderId, [...(this.#open.get(orderId) ?? []), resolve]);
    });
    this.#running -= 1;
  };

  running(): number {
    return this.#running;
  }

  end(orderId: string): void {
    const [first, ...rest] = this.#open.get(orderId) ?? [];
    this.#open.set(orderId, rest);
    first?.();
  }

  async hasStarted(count: number): Promise<void> {
    await until(`${count} runs to start`, () => this.started.length >= count);
  }
}

export function testQueue(setup: QueueSetup): void {
  test("what is offered is run once", async () => {
    const engine = setup.engine({ concurrency: 4 });
    const workers = new Workers();
    await engine.start(workers.run);
    expect(await engine.offer("order-1")).toBe(true);
    await workers.hasStarted(1);
    workers.end("order-1");
    await engine.stop();
    expect(workers.started).toEqual(["order-1"]);
  });

  test("no more run at once than there are places, and a full engine says so", async () => {
    const engine = setup.engine({ concurrency: 2 });
    const workers = new Workers();
    await engine.start(workers.run);
    expect(engine.room()).toBe(2);
    await engine.offer("order-1");
    await engine.offer("order-2");
    await workers.hasStarted(2);
    expect(engine.room()).toBe(0);
    expect(await engine.offer("order-3")).toBe(false);
    workers.end("order-1");
    await until("a place to become free", () => engine.room() === 1);
    expect(await engine.offer("order-3")).toBe(true);
    await workers.hasStarted(3);
    workers.end("order-2");
    workers.end("order-3");
    await engine.stop();
    expect([workers.started, workers.most]).toEqual([["order-1", "order-2", "order-3"], 2]);
  });

  test("an id that runs already is accepted and not run beside itself", async () => {
    const engine = setup.engine({ concurrency: 2 });
    const workers = new Workers();
    await engine.start(workers.run);
    await engine.offer("order-1");
    expect(await engine.offer("order-1")).toBe(true);
    await workers.hasStarted(1);
    expect(engine.room()).toBe(1);
    workers.end("order-1");
    await until("the run to end", () => engine.room() === 2);
    expect(await engine.offer("order-1")).toBe(true);
    await workers.hasStarted(2);
    workers.end("order-1");
    await engine.stop();
    expect(workers.most).toBe(1);
  });

  test("a place that becomes free is announced when it is free", async () => {
    const rooms: number[] = [];
    const engine: QueueEngine = setup.engine({ concurrency: 1, onRoom: () => rooms.push(engine.room()) });
    const workers = new Workers();
    await engine.start(workers.run);
    await engine.offer("order-1");
    await workers.hasStarted(1);
    expect(rooms).toEqual([]);
    workers.end("order-1");
    await until("the announcement", () => rooms.length > 0);
    expect(rooms).toEqual([1]);
    await engine.stop();
  });

  test("stopping takes no more and waits for what runs", async () => {
    const engine = setup.engine({ concurrency: 2 });
    const workers = new Workers();
    await engine.start(workers.run);
    await engine.offer("order-1");
    await workers.hasStarted(1);
    let stopped = false;
    const stopping = engine.stop().then(() => {
      stopped = true;
    });
    expect(engine.room()).toBe(0);
    expect(await engine.offer("order-2")).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    workers.end("order-1");
    await stopping;
    expect(workers.running()).toBe(0);
    expect(workers.started).toEqual(["order-1"]);
  });

  test("stopping with a signal waits no longer than that", async () => {
    const engine = setup.engine({ concurrency: 1 });
    const workers = new Workers();
    await engine.start(workers.run);
    await engine.offer("order-1");
    await workers.hasStarted(1);
    const abort = new AbortController();
    const stopping = engine.stop(abort.signal);
    abort.abort();
    await stopping;
    expect(workers.running()).toBe(1);
    await engine.stop(AbortSignal.abort());
    workers.end("order-1");
  });

  test("stopping may come twice and before a start, and after it the engine can be started again", async () => {
    const engine = setup.engine({ concurrency: 1 });
    const workers = new Workers();
    expect(await engine.offer("order-0")).toBe(false);
    await engine.stop();
    for (let round = 1; round <= 10; round += 1) {
      await engine.start(workers.run);
      expect(await engine.offer(`order-${round}`)).toBe(true);
      await workers.hasStarted(round);
      workers.end(`order-${round}`);
      await engine.stop();
      await engine.stop();
      expect([engine.room(), workers.running()]).toEqual([0, 0]);
    }
    expect(workers.started).toHaveLength(10);
  });
}
