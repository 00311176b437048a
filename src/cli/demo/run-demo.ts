/**
 * The whole job in one process: fakes of Shopify and EasyPost on loopback, the real daemon between them, a real database
 * in a folder of its own that is gone afterwards. What came of it is judged from the fakes' ledgers.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Log, SILENT } from "../../base/log.ts";
import { systemClock } from "../../base/system.ts";
import { type DurationMs, MINUTE_MS } from "../../core/time.ts";
import { startAll, stopAll } from "../../daemon/service.ts";
import { type DemoOrder, demoOrders } from "../../sandbox/demo-orders.ts";
import { CALM, CHAOS } from "../../sandbox/faults.ts";
import { type BrokenPromise, checkPromises, countLedger, type LedgerFacts } from "../../sandbox/promises.ts";
import { seededRandom } from "../../sandbox/random.ts";
import { SANDBOX_WEBHOOK_SECRET, type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { loadSettings } from "../../settings/load.ts";
import { openStore } from "../../store/store.ts";
import type { Store, StoredOrder } from "../../store/types.ts";
import { type DaemonParts, wireDaemon } from "../../wiring.ts";

export interface DemoOptions {
  readonly orders: number;
  readonly chaos: boolean;
  readonly seed: number;
  readonly version: string;
  readonly log?: Log;
  /** Told a few times a second while it works. */
  readonly onProgress?: (progress: DemoProgress) => void;
  readonly signal?: AbortSignal;
}

export interface DemoProgress {
  readonly bought: number;
  readonly delivered: number;
  readonly parked: number;
  readonly orders: number;
  readonly faults: number;
}

export interface DemoOrderResult {
  readonly name: string;
  readonly status: string;
  readonly reason: string | null;
  readonly carrier: string | null;
  readonly service: string | null;
  readonly cost: { readonly amountMinor: number; readonly currency: string } | null;
  readonly trackingNumber: string | null;
}

export interface DemoReport extends LedgerFacts {
  readonly orders: number;
  readonly delivered: number;
  readonly parked: number;
  readonly promisesBroken: readonly (BrokenPromise | DemoBreach)[];
  readonly faults: ReadonlyMap<string, number>;
  readonly results: readonly DemoOrderResult[];
  readonly elapsedMs: DurationMs;
}

/** An order that did not end as it had to. */
export interface DemoBreach {
  readonly promise: "P3";
  readonly what: string;
}

/** Time between two scans of a parcel: a journey of days in about a second. */
const STEP_MS: DurationMs = 150;
/** Far above what a slow machine needs; an order that is not settled by then breaks P3. */
const DEADLINE_MS: DurationMs = 3 * MINUTE_MS;
const LOOK_MS: DurationMs = 100;

export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const startedAt = systemClock.now();
  const random = seededRandom(options.seed);
  const wanted = demoOrders(options.orders, random);
  const dataDir = await mkdtemp(join(tmpdir(), "shipbot-demo-"));
  const sandbox = await startSandbox({
    clock: systemClock,
    port: 0,
    seed: options.seed,
    stepMs: STEP_MS,
    indexLagMs: 200,
    webhookRetryMs: 200,
    journeyMix: { failed: 0, returned: 0, delayed: 0.1 },
    // The largest plan's: the demo is about correctness, and an hour of waiting for points shows nothing.
    bucket: { maximum: 40_000, restorePerSecond: 2_000 },
    plan: options.chaos ? CHAOS : CALM,
  });
  try {
    return await workThrough(options, wanted, sandbox, dataDir, startedAt);
  } finally {
    await sandbox.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function workThrough(
  options: DemoOptions,
  wanted: readonly DemoOrder[],
  sandbox: Sandbox,
  dataDir: string,
  startedAt: number,
): Promise<DemoReport> {
  const settings = loadSettings({
    cwd: dataDir,
    env: {
      ...sandbox.environment,
      SHIPBOT_DATA_DIR: dataDir,
      PORT: "0",
      SHIPBOT_CONCURRENCY: "8",
      SHIPBOT_POLL_ORDERS: "500ms",
      SHIPBOT_POLL_FULFILLMENT_ORDERS: "2s",
      SHIPBOT_POLL_TRACKING: "250ms",
      SHIPBOT_RESYNC: "5s",
    },
  });
  const log = options.log ?? SILENT;
  const store = await openStore({
    url: settings.database.url,
    shopId: settings.shopify.domain,
    clock: systemClock,
    log,
  });
  const parts = await wireDaemon({
    ...{ settings, store, log, version: options.version },
    timing: { backoffFirstMs: 100, settleMs: 500 },
    probeMs: 500,
  });
  // Half of the orders are there before, as in a shop that begins to use shipbot; the others come while it runs.
  const half = Math.ceil(wanted.length / 2);
  const placed: string[] = wanted.slice(0, half).map((order) => sandbox.shopify.addOrder(order.spec).id);
  await startAll(parts.services);
  try {
    await subscribe(sandbox, parts);
    placed.push(...wanted.slice(half).map((order) => sandbox.shopify.addOrder(order.spec).id));
    const rows = await waitUntilSettled(options, store, sandbox, placed);
    const elapsedMs = systemClock.now() - startedAt;
    return await report(wanted, placed, rows, store, sandbox, elapsedMs);
  } finally {
    await stopAll(parts.services, AbortSignal.timeout(5_000));
    await store.close();
  }
}

/** What a user does once in EasyPost's dashboard, and shipbot itself in the shop. */
async function subscribe(sandbox: Sandbox, parts: DaemonParts): Promise<void> {
  const address = parts.address();
  const url = `http://${address?.host ?? "127.0.0.1"}:${address?.port ?? 0}`;
  sandbox.shopify.setWebhookSink(`${url}/webhooks/shopify`);
  sandbox.easypost.subscribe(`${url}/webhooks/shipping/easypost`, SANDBOX_WEBHOOK_SECRET);
}

async function waitUntilSettled(
  options: DemoOptions,
  store: Store,
  sandbox: Sandbox,
  placed: readonly string[],
): Promise<ReadonlyMap<string, StoredOrder>> {
  const deadlineAt = systemClock.now() + DEADLINE_MS;
  for (;;) {
    const rows = await readRows(store, placed);
    const settled = [...rows.values()].filter(isSettled);
    options.onProgress?.({
      bought: sandbox.easypost.ledger().purchases.length,
      delivered: settled.filter((row) => row.status === "delivered").length,
      parked: settled.filter((row) => row.status === "parked").length,
      orders: placed.length,
      faults: sandbox.faults.total(),
    });
    const isOver = settled.length === placed.length;
    if (isOver || options.signal?.aborted === true || systemClock.now() > deadlineAt) {
      return rows;
    }
    await systemClock.sleep(LOOK_MS, options.signal);
  }
}

/** Delivered and told, or parked; and nothing more is to be done for it now. */
function isSettled(row: StoredOrder): boolean {
  return (
    (row.status === "delivered" || row.status === "parked") &&
    row.dueAt === null &&
    row.leaseOwner === null &&
    row.requestedSeq === row.doneSeq
  );
}

async function readRows(store: Store, ids: readonly string[]): Promise<ReadonlyMap<string, StoredOrder>> {
  const rows = new Map<string, StoredOrder>();
  for (const id of ids) {
    const row = await store.orders.get(id);
    if (row !== null) {
      rows.set(id, row);
    }
  }
  return rows;
}

async function report(
  wanted: readonly DemoOrder[],
  placed: readonly string[],
  rows: ReadonlyMap<string, StoredOrder>,
  store: Store,
  sandbox: Sandbox,
  elapsedMs: DurationMs,
): Promise<DemoReport> {
  const ledger = sandbox.easypost.ledger();
  const delivered = new Set(
    sandbox.shopify
      .ledger()
      .events.filter((event) => event.status === "DELIVERED")
      .map((event) => event.orderId),
  );
  const breaches: DemoBreach[] = [];
  const results: DemoOrderResult[] = [];
  for (const [index, id] of placed.entries()) {
    const row = rows.get(id);
    const expected = wanted[index]?.parkedAs ?? null;
    const breach = judge(row, expected, delivered.has(id));
    if (breach !== null) {
      breaches.push({ promise: "P3", what: `${row?.name ?? id} ${breach}` });
    }
    const label = (await store.shipments.ofOrder(id)).find((shipment) => shipment.state === "bought")?.label ?? null;
    results.push({
      name: row?.name ?? id,
      status: row?.status ?? "never seen",
      reason: row?.reason ?? null,
      carrier: label?.carrier ?? null,
      service: label?.service ?? null,
      cost: label?.cost ?? null,
      trackingNumber: label?.trackingNumber ?? null,
    });
  }
  return {
    ...countLedger(sandbox.shopify, ledger),
    orders: placed.length,
    delivered: [...rows.values()].filter((row) => row.status === "delivered" && delivered.has(row.id)).length,
    parked: [...rows.values()].filter((row) => row.status === "parked").length,
    promisesBroken: [...checkPromises(sandbox.shopify, ledger), ...breaches],
    faults: new Map(sandbox.faults.struck),
    results,
    elapsedMs,
  };
}

/** What is wrong with how an order ended; `null` when nothing is. */
function judge(row: StoredOrder | undefined, parkedAs: string | null, isToldDelivered: boolean): string | null {
  if (row === undefined) {
    return "was never seen";
  }
  if (parkedAs !== null) {
    return row.status === "parked" && row.reason === parkedAs
      ? null
      : `had to be parked as ${parkedAs} and is ${row.status} (${row.reason ?? "no reason"})`;
  }
  if (row.status !== "delivered") {
    return `is ${row.status} (${row.reason ?? "no reason"}) and not delivered`;
  }
  return isToldDelivered ? null : "was delivered and the shop was not told";
}
