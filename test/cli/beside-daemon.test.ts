/** The same commands while a daemon works on the same database, and when it goes away. */
import { describe, expect, it } from "vitest";
import type { RunningChild } from "../support/child.ts";
import { until } from "../support/until.ts";
import { type Floor, readJson, useFloor, WITHOUT_WEIGHT } from "./shop-floor.ts";

/** Polls are too rare to get ahead of the commands. */
const RARELY = { SHIPBOT_POLL_ORDERS: "1h", SHIPBOT_POLL_FULFILLMENT_ORDERS: "1h", SHIPBOT_RESYNC: "1h" };

/** Starts a daemon and waits until each of its tasks ran once. */
async function startDaemon(floor: Floor): Promise<RunningChild> {
  const daemon = floor.start(["daemon"], RARELY);
  await daemon.waitForLine(/shipbot is running/);
  await until("the first polls", () =>
    floor.withStore(async (store) => {
      const tasks = await store.schedule.list();
      return tasks.length > 0 && tasks.every((task) => task.lastStatus === "ok");
    }),
  );
  return daemon;
}

describe("beside a running daemon", () => {
  const floor = useFloor();

  it("sync waits for the daemon's run, status shows the daemon, and both go on without it", async () => {
    const { run, sandbox, withStore } = floor();
    const daemon = await startDaemon(floor());
    try {
      floor().addOrder({ name: "#1001" });
      floor().addOrder({ name: "#1002", ...WITHOUT_WEIGHT });
      const synced = await run(["sync", "--order", "1001", "--order", "1002"]);
      expect(synced.code).toBe(1);
      expect(synced.stdout).toMatch(/#1001 {2}new -> pending_pickup/);
      expect(synced.stdout).toMatch(/#1002 {2}new -> parked: no_weight/);
      await withStore(async (store) => {
        const [shipment] = await store.shipments.ofOrder(sandbox.shopify.find("1001").id);
        expect(shipment?.state).toBe("bought");
      });
      const status = await run(["status"]);
      expect(status.stdout).toMatch(/ · 1 daemon, up \d+s · polled \d+s ago\n/);
      expect(readJson(await run(["status", "--json"]))).toMatchObject({
        instances: [{ pid: daemon.pid, alive: true }],
        schedule: expect.arrayContaining([expect.objectContaining({ task: "poll_orders", lastStatus: "ok" })]),
      });
      expect((await run(["why", "--order", "1002"])).code).toBe(0);
      expect(sandbox.easypost.ledger().purchases).toHaveLength(1);
    } finally {
      daemon.kill("SIGTERM");
      await daemon.exited;
    }
    expect((await run(["status"])).stdout).toMatch(/ · no daemon for \d+s · /);
    floor().addOrder({ name: "#1003" });
    expect((await run(["sync", "--order", "1003"])).stdout).toMatch(/#1003 {2}new -> pending_pickup/);
  });

  it("a daemon that was killed leaves nothing that a sync has to wait for", async () => {
    const { run, start } = floor();
    const daemon = start(["daemon"]);
    await daemon.waitForLine(/shipbot is running/);
    daemon.kill("SIGKILL");
    await daemon.exited;
    floor().addOrder({ name: "#1020" });
    expect((await run(["sync", "--order", "1020"])).stdout).toMatch(/#1020 {2}new -> pending_pickup/);
    const status = await run(["status"]);
    expect(status.stdout).toMatch(/no daemon for/);
    expect(readJson(await run(["status", "--json"]))["instances"]).toEqual([expect.objectContaining({ alive: false })]);
  });
});

describe("a plain sync beside a daemon", () => {
  const floor = useFloor();

  it("tells what moved, although the daemon moves it", async () => {
    const daemon = await startDaemon(floor());
    try {
      floor().addOrder({ name: "#1010" });
      const { code, stdout } = await floor().run(["sync"]);
      expect(stdout).toMatch(
        /^#1010 {2}new -> pending_pickup {2}USPS[\s\S]*\n1 moved, \d unchanged\. Bought 1 label, /,
      );
      expect(code).toBe(0);
      expect(floor().sandbox.easypost.ledger().purchases).toHaveLength(1);
    } finally {
      daemon.kill("SIGTERM");
      await daemon.exited;
    }
  });
});

describe("Ctrl+C during a wait", () => {
  const floor = useFloor();

  it("says what it does, ends the wait, and leaves the order to the next look", async () => {
    const id = floor().addOrder({ name: "#1001" });
    await floor().run(["hold", "--order", "1001", "--why", "test"]);
    floor().sandbox.shopify.closedWith = 503;
    const sync = floor().start(["sync", "--order", "1001", "--timeout", "25s"]);
    await sync.waitForLine(/Looking at 1 order/);
    await until("the first failed run", () =>
      floor().withStore(async (store) => (await store.orders.get(id))?.lastError?.kind === "unavailable"),
    );
    sync.kill("SIGINT");
    const { code, stdout, stderr } = await sync.exited;
    expect(stderr).toMatch(/finishing what runs; Ctrl\+C again stops at once/);
    expect(stdout).toMatch(/not finished/);
    expect(code).toBe(69);
    floor().sandbox.shopify.closedWith = null;
    expect((await floor().run(["sync", "--order", "1001"])).code).toBe(0);
  });
});
