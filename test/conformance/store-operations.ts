/** Suite: what the daemon keeps about itself. */
import { expect, test } from "vitest";
import type { StoreSetup } from "./store.ts";
import { claimed, ORDER_ID, orderId } from "./store-records.ts";

export function operationsSuite(setup: StoreSetup): void {
  tasks(setup);
  daemon(setup);
  people(setup);
  alarms(setup);
}

function alarms(setup: StoreSetup): void {
  const alarm = { key: "config_refused", message: "line 3 is wrong", remedy: "mend it", since: 100 };

  test("an alarm is news once, and again when it says something else; it keeps its beginning until it is resolved", async () => {
    const store = await setup.open();
    expect(await store.alarms.raise(alarm)).toBe(true);
    expect(await store.alarms.raise({ ...alarm, since: 200 })).toBe(false);
    expect(await store.alarms.raise({ ...alarm, message: "line 4 is wrong", since: 300 })).toBe(true);
    expect(await store.alarms.list()).toEqual([{ ...alarm, message: "line 4 is wrong" }]);
    expect(await store.alarms.resolve("config_refused")).toBe(true);
    expect(await store.alarms.resolve("config_refused")).toBe(false);
    expect(await store.alarms.list()).toEqual([]);
  });
}

function tasks(setup: StoreSetup): void {
  const poll = { task: "poll-orders", schedule: "30s", nextRunAt: 1_000 };

  test("a task keeps its missed run over a restart, and takes a changed schedule", async () => {
    const { schedule } = await setup.open();
    await schedule.define([poll, { task: "old", schedule: "1h", nextRunAt: 5 }]);
    await schedule.define([{ ...poll, nextRunAt: 9_000 }]);
    expect(await schedule.list()).toEqual([
      { ...poll, lastRunAt: null, lastStatus: null, lastError: null, lastDurationMs: null },
    ]);
    await schedule.define([{ ...poll, nextRunAt: 500 }]);
    expect(await schedule.list()).toMatchObject([{ nextRunAt: 500 }]);
    await schedule.define([{ ...poll, schedule: "1m", nextRunAt: 9_000 }]);
    expect(await schedule.list()).toMatchObject([{ schedule: "1m", nextRunAt: 9_000 }]);
  });

  test("a run is written down from its start to its end", async () => {
    const { schedule } = await setup.open();
    await schedule.define([poll]);
    await schedule.start("poll-orders", 1_100);
    expect(await schedule.list()).toMatchObject([{ lastRunAt: 1_100, lastStatus: "running" }]);
    await schedule.finish("poll-orders", { status: "failed", error: "down", durationMs: 40, nextRunAt: 31_000 });
    expect(await schedule.list()).toMatchObject([
      { lastRunAt: 1_100, lastStatus: "failed", lastError: "down", lastDurationMs: 40, nextRunAt: 31_000 },
    ]);
  });

  test("a run that is asked for during a run follows it", async () => {
    const { schedule } = await setup.open();
    await schedule.define([poll]);
    const end = { status: "ok", error: null, durationMs: 1, nextRunAt: 31_000 } as const;
    expect(await schedule.requestNow("poll-orders", 400)).toBe(true);
    expect(await schedule.list()).toMatchObject([{ nextRunAt: 400 }]);
    await schedule.start("poll-orders", 1_000);
    await schedule.requestNow("poll-orders", 1_050);
    await schedule.finish("poll-orders", end);
    expect(await schedule.list()).toMatchObject([{ nextRunAt: 1_050 }]);
    await schedule.start("poll-orders", 1_100);
    await schedule.finish("poll-orders", end);
    expect(await schedule.list()).toMatchObject([{ nextRunAt: 31_000, lastError: null }]);
    expect(await schedule.requestNow("unknown", 1)).toBe(false);
  });

  test("a run that is asked for later outlives a run before it, and undoes no earlier wish", async () => {
    const { schedule } = await setup.open();
    await schedule.define([poll]);
    const end = { status: "ok", error: null, durationMs: 1, nextRunAt: 31_000 } as const;
    await schedule.requestNow("poll-orders", 9_000);
    await schedule.start("poll-orders", 1_000);
    await schedule.finish("poll-orders", end);
    expect(await schedule.list()).toMatchObject([{ nextRunAt: 9_000 }]);
    await schedule.requestNow("poll-orders", 2_000);
    await schedule.requestNow("poll-orders", 9_000);
    await schedule.start("poll-orders", 1_500);
    await schedule.finish("poll-orders", end);
    expect(await schedule.list()).toMatchObject([{ nextRunAt: 2_000 }]);
  });
}

function daemon(setup: StoreSetup): void {
  test("instances are known while they say that they live", async () => {
    const { instances } = await setup.open();
    const one = { id: "one", pid: 11, host: "h", version: "1.0.0", startedAt: 100 };
    await instances.register(one);
    await instances.register({ ...one, id: "two", startedAt: 200 });
    expect(await instances.heartbeat("one", 5_000)).toBe(true);
    expect(await instances.list()).toMatchObject([
      { ...one, heartbeatAt: 5_000 },
      { id: "two", heartbeatAt: 200 },
    ]);
    await instances.remove("two");
    expect(await instances.heartbeat("two", 6_000)).toBe(false);
    await instances.remove("one");
    expect(await instances.list()).toEqual([]);
  });

  test("a cursor is what was last written", async () => {
    const { cursors } = await setup.open();
    expect(await cursors.get("orders")).toBeNull();
    await cursors.set("orders", "1", 1);
    await cursors.set("orders", "2", 2);
    await cursors.set("others", "3", 3);
    expect(await cursors.get("orders")).toBe("2");
  });

  test("a change of a remote's state is news once", async () => {
    const { remotes } = await setup.open();
    const set = (state: "ok" | "refused" | "unreachable", message: string | null, at: number) =>
      remotes.set("shopify", { state, message, remedy: message === null ? null : "change the token", at });
    expect(await set("ok", null, 1)).toBe(false);
    expect(await set("refused", "the token is wrong", 1_000)).toBe(true);
    expect(await set("refused", "the token is wrong", 2_000)).toBe(false);
    expect(await set("refused", "a scope is missing", 3_000)).toBe(true);
    expect(await set("unreachable", "timeout", 4_000)).toBe(true);
    expect(await set("unreachable", "reset", 30_000)).toBe(false);
    expect(await remotes.list()).toEqual([
      {
        remote: "shopify",
        state: "unreachable",
        message: "reset",
        remedy: "change the token",
        since: 4_000,
        at: 30_000,
      },
    ]);
    expect(await set("ok", null, 40_000)).toBe(true);
    expect(await set("ok", null, 40_001)).toBe(false);
    expect(await remotes.list()).toMatchObject([{ state: "ok", since: 40_000, at: 40_000 }]);
  });
}

function people(setup: StoreSetup): void {
  test("the timeline tells what happened, in order, with the newest kept in view", async () => {
    const store = await setup.open();
    const lease = await claimed(store);
    await store.fenced(lease, async (tx) => {
      await tx.addTimeline({ at: 1, kind: "planned", message: "planned a parcel", data: { shipment: "7001-1-1" } });
      await tx.addTimeline({ at: 2, kind: "bought", message: "bought a label" });
    });
    await store.timeline.add(ORDER_ID, { at: 3, kind: "held", message: "held by ann" });
    await store.timeline.add(orderId(2), { at: 4, kind: "held", message: "held by bob" });
    expect(await store.timeline.ofOrder(ORDER_ID, 2)).toEqual([
      { orderId: ORDER_ID, at: 2, kind: "bought", message: "bought a label", data: {} },
      { orderId: ORDER_ID, at: 3, kind: "held", message: "held by ann", data: {} },
    ]);
    expect((await store.timeline.ofOrder(ORDER_ID, 9))[0]?.data).toEqual({ shipment: "7001-1-1" });
  });

  test("an old timeline is pruned in slices", async () => {
    const { timeline } = await setup.open();
    for (let at = 1; at <= 4; at += 1) {
      await timeline.add(ORDER_ID, { at, kind: "k", message: "m" });
    }
    expect(await timeline.prune(4, 2)).toBe(2);
    expect(await timeline.prune(4, 2)).toBe(1);
    expect(await timeline.prune(4, 2)).toBe(0);
    expect(await timeline.ofOrder(ORDER_ID, 9)).toHaveLength(1);
  });
}
