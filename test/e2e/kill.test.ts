/**
 * The built daemon is killed with SIGKILL at twenty random moments of a demo-sized run, some while it starts and most
 * while it works, and started again each time on the same folder, while the wire loses answers. In the end every order is
 * where it has to be, judged by the sandbox's own ledgers.
 */
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { demoOrders } from "../../src/sandbox/demo-orders.ts";
import { checkPromises, countLedger } from "../../src/sandbox/promises.ts";
import { seededRandom } from "../../src/sandbox/random.ts";
import { SANDBOX_WEBHOOK_SECRET } from "../../src/sandbox/sandbox.ts";
import type { StoredOrder } from "../../src/store/types.ts";
import { freePort, listening, openBeside, quickSandbox, startDaemon } from "../support/daemon-process.ts";
import { useDatabases } from "../support/database.ts";
import { until } from "../support/until.ts";

const databases = useDatabases();

const KILLS = 20;
const ORDERS = 25;
/** About one request in twelve. */
const ROUGH = {
  rates: {
    reset_after: 0.03,
    server_error_after: 0.02,
    truncated_after: 0.01,
    reset_before: 0.01,
    rate_limited: 0.01,
    webhook_dropped: 0.1,
    webhook_doubled: 0.1,
  },
  delayMaxMs: 0,
};

/** Another history: TEST_SEED=… npm test. */
const seed = Number(process.env["TEST_SEED"] ?? 1 + (process.pid % 10_000));

test(`twenty kills, no order lost, no label bought twice (seed ${seed})`, { timeout: 120_000 }, async () => {
  const random = seededRandom(seed);
  const wanted = demoOrders(ORDERS, random);
  const sandbox = await quickSandbox({ seed, stepMs: 700, plan: ROUGH });
  const port = await freePort();
  const settings = {
    ...{ sandbox, dataDir: databases.folder() },
    env: {
      PORT: String(port),
      SHIPBOT_POLL_ORDERS: "300ms",
      SHIPBOT_POLL_FULFILLMENT_ORDERS: "1s",
      SHIPBOT_POLL_TRACKING: "300ms",
      SHIPBOT_RESYNC: "5s",
    },
  };
  sandbox.shopify.setWebhookSink(`http://127.0.0.1:${port}/webhooks/shopify`);
  sandbox.easypost.subscribe(`http://127.0.0.1:${port}/webhooks/shipping/easypost`, SANDBOX_WEBHOOK_SECRET);
  const placed: string[] = [];
  const place = (count: number): void => {
    for (const { spec } of wanted.slice(placed.length, placed.length + count)) {
      placed.push(sandbox.shopify.addOrder(spec).id);
    }
  };
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const daemon = startDaemon(settings);
      const isEarly = random.next() < 0.2;
      await (isEarly ? undefined : listening(daemon));
      place(2);
      const momentAt = performance.now() + random.next() * 400;
      await until("the moment", () => performance.now() >= momentAt);
      daemon.kill("SIGKILL");
      expect(await daemon.exited).toMatchObject({ signal: "SIGKILL" });
    }
    place(ORDERS);
    const last = startDaemon(settings);
    const rows = await settledRows(settings, placed);
    last.kill("SIGTERM");
    expect(await last.exited).toMatchObject({ code: 0 });

    const ends = rows.map(({ name, status, reason }) => `${name} ${status} ${reason ?? ""}`.trim());
    expect(ends).toEqual(
      wanted.map(({ parkedAs, spec }) => `${spec.name} ${parkedAs === null ? "delivered" : `parked ${parkedAs}`}`),
    );
    const ledger = sandbox.easypost.ledger();
    const shipped = wanted.filter(({ parkedAs }) => parkedAs === null).length;
    expect(countLedger(sandbox.shopify, ledger)).toMatchObject({
      ...{ labelsBought: shipped, labelsLive: shipped, duplicateLabels: 0, fulfillments: shipped },
    });
    expect(checkPromises(sandbox.shopify, ledger)).toEqual([]);
    expect(sandbox.faults.total()).toBeGreaterThan(0);
    expect(integrityOf(`${settings.dataDir}/shipbot.db`)).toBe("ok");
  } finally {
    await sandbox.close();
  }
});

/** The rows of all orders once none has anything left to do. */
async function settledRows(settings: Parameters<typeof openBeside>[0], placed: readonly string[]) {
  const store = await openBeside(settings);
  try {
    return await until(
      "every order to be delivered or parked",
      async () => {
        const rows = await Promise.all(placed.map((id) => store.orders.get(id)));
        const settled = rows.filter((row): row is StoredOrder => row !== null && isSettled(row));
        return settled.length === placed.length ? settled : null;
      },
      60_000,
    );
  } finally {
    await store.close();
  }
}

function isSettled({ status, leaseOwner, requestedSeq, doneSeq, dueAt }: StoredOrder): boolean {
  return ["delivered", "parked"].includes(status) && leaseOwner === null && requestedSeq === doneSeq && dueAt === null;
}

function integrityOf(path: string): unknown {
  const database = new Sqlite(path, { readonly: true });
  try {
    return database.pragma("integrity_check", { simple: true });
  } finally {
    database.close();
  }
}
