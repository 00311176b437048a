/**
 * A whole shop for one test: the sandbox behind real HTTP, a real database file, the real adapters as `wiring.ts` puts
 * them together, and a clock that stands still. Nothing runs by itself: a test asks for the runs that it wants to see.
 */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect } from "vitest";
import type { Log, LogFields, LogLevel } from "../../src/base/log.ts";
import { advanceTracking } from "../../src/core/shipment.ts";
import { type DurationMs, HOUR_MS } from "../../src/core/time.ts";
import { drainDue } from "../../src/daemon/once.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { ReconcileContext } from "../../src/reconcile/context.ts";
import { type RunResult, reconcileOrder } from "../../src/reconcile/reconcile-order.ts";
import { checkPromises } from "../../src/sandbox/promises.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts";
import type { OrderSpec } from "../../src/sandbox/shopify/orders.ts";
import { loadSettings } from "../../src/settings/load.ts";
import type { Settings } from "../../src/settings/types.ts";
import { openStore } from "../../src/store/store.ts";
import type { Store, StoredOrder } from "../../src/store/types.ts";
import { type Remotes, type Surroundings, wireRemotes } from "../../src/wiring.ts";
import { fastFolder } from "./fast-folder.ts";
import { MovedClock } from "./moved-clock.ts";

/** Runs after which an order that still wants another is taken to be going round in circles. */
const RUNS_MAX = 60;

/** Time between two scans of a parcel. */
const STEP_MS: DurationMs = 6 * HOUR_MS;
/** From the label to the door, with one to spare. */
const JOURNEY_STEPS = 7;

export interface ShopOptions {
  readonly sandbox?: Partial<SandboxOptions>;
  /** Added to what the sandbox hands out. */
  readonly env?: Readonly<Record<string, string>>;
  readonly probeMs?: number;
  /** How far shipbot's clock is ahead of the shop's. */
  readonly aheadMs?: number;
}

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** One shipbot at work: its own database connection, its own gate, its own name. */
export interface Worker {
  readonly store: Store;
  readonly remotes: Remotes;
  readonly context: ReconcileContext;
  /** As a process that dies: the connection goes, whatever was leased stays so. May be called twice. */
  die(): Promise<void>;
}

export interface OrderLedger {
  readonly purchases: ReturnType<Sandbox["easypost"]["ledger"]>["purchases"];
  readonly refunds: ReturnType<Sandbox["easypost"]["ledger"]>["refunds"];
  readonly fulfillments: ReturnType<Sandbox["shopify"]["ledger"]>["fulfillments"];
  readonly trackingUpdates: ReturnType<Sandbox["shopify"]["ledger"]>["trackingUpdates"];
  readonly events: readonly string[];
  /** Values that the status metafield was given, in their order. */
  readonly shown: readonly string[];
}

export interface Shop extends Worker {
  readonly clock: MovedClock;
  readonly sandbox: Sandbox;
  readonly settings: Settings;
  readonly dataDir: string;
  readonly log: readonly LogLine[];
  /** A paid order that is tagged ready, unless `spec` says otherwise. Gives its id. */
  addOrder(spec?: OrderSpec): string;
  /** Asks for the order. */
  request(orderId: string): Promise<void>;
  /** One run, whether it is due or not. */
  runOnce(orderId: string, context?: ReconcileContext): Promise<RunResult>;
  /** Asks for the order and runs it until it rests, moving the clock to each time at which it wants to go on. */
  reconcile(orderId: string, context?: ReconcileContext): Promise<StoredOrder>;
  /** As `reconcile`, without asking for it first: what happens by itself. */
  settle(orderId: string, context?: ReconcileContext): Promise<StoredOrder>;
  /** Lets the parcel make `steps` scans, asking the provider after each, as the tracking poll does. */
  carry(orderId: string, steps?: number): Promise<StoredOrder>;
  /** Runs everything that is due now. */
  drain(): Promise<number>;
  row(orderId: string): Promise<StoredOrder>;
  /** What the fakes saw of this order. */
  ledger(orderId: string): OrderLedger;
  /** What the ledgers say about the promises; empty when all hold. */
  broken(): readonly string[];
  /** Lines of the log with this message. */
  logged(message: string): readonly LogLine[];
  /** Requests that the shop has executed, e.g. `mutation FulfillmentCreate`. */
  asked(what: string): number;
  /** Another process on the same database. It dies with the shop. */
  anotherWorker(surroundings?: Partial<Surroundings>): Promise<Worker>;
}

/** Everything is closed and removed when `use` ends. */
export async function withShop<T>(options: ShopOptions, use: (shop: Shop) => Promise<T>): Promise<T> {
  const opened = await startShop(options);
  try {
    return await use(opened.shop);
  } finally {
    await opened.close();
  }
}

/** One shop for all tests of a file or a `describe`, which then take care to look at their own orders only. */
export function useShop(options: ShopOptions = {}): () => Shop {
  let opened: Awaited<ReturnType<typeof startShop>> | null = null;
  beforeAll(async () => {
    opened = await startShop(options);
  });
  afterAll(async () => {
    await opened?.close();
  });
  return () => opened?.shop ?? expect.fail("the shop is open only while tests run");
}

async function startShop(options: ShopOptions): Promise<{ readonly shop: Shop; close(): Promise<void> }> {
  const clock = new MovedClock();
  const dataDir = await fastFolder();
  const sandbox = await startSandbox({
    clock,
    port: 0,
    seed: 7,
    stepMs: STEP_MS,
    journeyMix: { failed: 0, returned: 0, delayed: 0 },
    ...options.sandbox,
  });
  const workers: Worker[] = [];
  const close = async (): Promise<void> => {
    for (const worker of workers) {
      await worker.die();
    }
    await sandbox.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    return { shop: await openShop(options, clock, dataDir, sandbox, workers), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openShop(
  options: ShopOptions,
  clock: MovedClock,
  dataDir: string,
  sandbox: Sandbox,
  workers: Worker[],
): Promise<Shop> {
  const settings = loadSettings({
    cwd: dataDir,
    env: { ...sandbox.environment, SHIPBOT_DATA_DIR: dataDir, PORT: "0", ...options.env },
  });
  const lines: LogLine[] = [];
  const log = recordingLog(lines);
  const own = clock.leaping(options.aheadMs);
  const anotherWorker = async (surroundings: Partial<Surroundings> = {}): Promise<Worker> => {
    const worker = await openWorker({ settings, log, clock: own, ...surroundings }, options.probeMs);
    workers.push(worker);
    return worker;
  };
  const first = await anotherWorker({ instanceId: "worker-1" });
  const { store, context } = first;

  async function row(orderId: string): Promise<StoredOrder> {
    const found = await store.orders.get(orderId);
    if (found === null) {
      throw new Error(`the database has no order ${orderId}`);
    }
    return found;
  }
  async function request(orderId: string): Promise<void> {
    await store.orders.request([{ id: orderId, name: sandbox.shopify.find(orderId).name }], own.now());
  }
  async function settle(orderId: string, by: ReconcileContext = context): Promise<StoredOrder> {
    for (let runs = 0; runs < RUNS_MAX; runs += 1) {
      const { dueAt, leaseOwner, leaseUntil } = await row(orderId);
      if (dueAt === null) {
        return row(orderId);
      }
      // A lease that somebody died with has to end first.
      const freeAt = leaseOwner === null ? dueAt : Math.max(dueAt, leaseUntil ?? 0);
      clock.moveTo(Math.max(clock.now(), freeAt - (options.aheadMs ?? 0)));
      await reconcileOrder(by, orderId);
    }
    const { status, reason, lastError } = await row(orderId);
    throw new Error(`${orderId} does not rest: ${status} ${reason} ${lastError?.kind}: ${lastError?.message}`);
  }
  async function carry(orderId: string, steps = JOURNEY_STEPS): Promise<StoredOrder> {
    for (let step = 0; step < steps; step += 1) {
      clock.move(STEP_MS);
      for (const { id, label, tracking } of await store.shipments.ofOrder(orderId)) {
        if (label !== null) {
          const history = advanceTracking(tracking, await context.provider.track(label));
          await store.shipments.recordTracking(id, history, null);
        }
      }
      await settle(orderId);
    }
    return row(orderId);
  }
  return {
    ...first,
    ...{ clock, sandbox, settings, dataDir, log: lines, row, request, settle, carry, anotherWorker },
    addOrder: (spec = {}) => sandbox.shopify.addOrder({ tags: ["ready_to_ship"], ...spec }).id,
    runOnce: (orderId, by = context) => reconcileOrder(by, orderId),
    reconcile: async (orderId, by) => {
      await request(orderId);
      return settle(orderId, by);
    },
    drain: () => drainDue(context, settings.concurrency),
    ledger: (orderId) => readLedger(sandbox, orderId),
    broken: () =>
      checkPromises(sandbox.shopify, sandbox.easypost.ledger()).map(({ promise, what }) => `${promise} ${what}`),
    logged: (message) => lines.filter((line) => line.message === message),
    asked: (what) => sandbox.shopify.ledger().requests[what] ?? 0,
  };
}

async function openWorker(
  surroundings: Omit<Surroundings, "store"> & { readonly clock: Clock },
  probeMs: number | undefined,
): Promise<Worker> {
  const { settings, clock, log } = surroundings;
  const store = await openStore({ url: settings.database.url, shopId: settings.shopify.domain, clock, log });
  const remotes = await wireRemotes({
    random: { next: () => 0.5 },
    ...(probeMs === undefined ? {} : { probeMs }),
    ...surroundings,
    store,
  });
  return { store, remotes, context: remotes.context, die: () => store.close() };
}

function readLedger(sandbox: Sandbox, orderId: string): OrderLedger {
  const shopify = sandbox.shopify.ledger();
  const easypost = sandbox.easypost.ledger();
  const numbers = new Set(sandbox.shopify.find(orderId).fulfillmentOrderIds.map((id) => id.split("/").at(-1)));
  const isOurs = (reference: string | null) => numbers.has(/_(\d+)-\d+-\d+$/.exec(reference ?? "")?.[1]);
  const purchases = easypost.purchases.filter(({ reference }) => isOurs(reference));
  const codes = new Set(purchases.map(({ trackingCode }) => trackingCode));
  return {
    purchases,
    refunds: easypost.refunds.filter(({ trackingCode, status }) => codes.has(trackingCode) && status === "submitted"),
    fulfillments: shopify.fulfillments.filter((entry) => entry.orderId === orderId),
    trackingUpdates: shopify.trackingUpdates.filter((entry) => entry.orderId === orderId),
    events: shopify.events.filter((entry) => entry.orderId === orderId).map(({ status }) => status),
    shown: shopify.metafields.filter((entry) => entry.ownerId === orderId).map(({ value }) => value),
  };
}

export function recordingLog(lines: LogLine[]): Log {
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields });
    };
  return { error: write("error"), warn: write("warn"), info: write("info"), debug: write("debug") };
}

/** `parts` with one method that does something around the real one. */
export function intercept<T extends object, K extends keyof T>(parts: T, method: K, replacement: T[K]): T {
  return new Proxy(parts, {
    get: (target, name) => {
      const value: unknown = name === method ? replacement : Reflect.get(target, name);
      return typeof value === "function" && name !== method ? value.bind(target) : value;
    },
  });
}
