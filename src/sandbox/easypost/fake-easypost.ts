/**
 * The fake EasyPost: its routes for `serveSandbox`, and the control API by which demos and tests drive it. It speaks the
 * HTTP of EasyPost's API v2 as far as shipbot uses it (facts from docs.easypost.com, @easypost/api 8.9.0 and recorded
 * traffic, read 2026-11-22); the official client works against `http://127.0.0.1:PORT/v2/`. What the real API does and
 * nobody has recorded is chosen to be the harder case for a client, and says so where it stands.
 */
import { type DurationMs, HOUR_MS, SECOND_MS } from "../../core/time.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { Faults } from "../faults.ts";
import type { SandboxRequest, SandboxRoute } from "../serve.ts";
import { Deliveries } from "./deliveries.ts";
import { Ids } from "./ids.ts";
import { type JourneyMix, type TrackerStatus, USUAL_MIX } from "./journeys.ts";
import { Ledger, type LedgerSnapshot } from "./ledger.ts";
import { describeCall, handleCall, handleLabelFile } from "./router.ts";
import { LABEL_PREFIX } from "./serialize.ts";
import { type Mode, type NoResponseMode, type RatingQuestion, settleRefunds, type World } from "./state.ts";
import { findTracker, forceStatus } from "./trackers.ts";
import { createWebhook } from "./webhooks.ts";

/** How often the loop looks for due webhooks: often enough for the pace, seldom enough to cost nothing. */
const PUMP_MIN_MS = 20;
const PUMP_MAX_MS = SECOND_MS;

export interface FakeEasyPostOptions {
  readonly clock: Clock;
  /** Decides ids, tracking codes and journeys: one seed and one order of requests give one history. */
  readonly random: Random;
  /** The same faults that the server uses; the fake asks them about webhooks. */
  readonly faults: Faults;
  /** The only key that is let in. */
  readonly apiKey: string;
  /** What every object says in `mode`. Default `test`. */
  readonly mode?: Mode;
  /** Time between two scans of a parcel. Default 6 hours; a demo takes 150 ms. */
  readonly stepMs?: DurationMs;
  readonly journeyMix?: Partial<JourneyMix>;
  /** How long a purchase waits for its carrier. Default 0. */
  readonly purchaseMs?: DurationMs;
  /** From `submitted` to `refunded`. Default ten steps. */
  readonly refundMs?: DurationMs;
  /** Pause before the first repeat of a webhook, doubled each time. Default 1 second. */
  readonly webhookRetryMs?: DurationMs;
  /** A webhook that exists from the start. Only loopback addresses are ever sent to. */
  readonly webhook?: { readonly url: string; readonly secret: string };
}

export interface FakeEasyPost {
  /** For `serveSandbox`: the API, the label files, and the control route. */
  readonly routes: readonly SandboxRoute[];
  /** Everything that happened so far. Also at GET /sandbox/easypost/ledger, for other processes. */
  ledger(): LedgerSnapshot;
  /** Adds a webhook, as an owner does in the dashboard. */
  subscribe(url: string, secret: string): void;
  /** `false`: purchases are answered 402. */
  setFunds(ok: boolean): void;
  /** `false`: every call is answered 401, as after a revoked key. */
  setKeyValid(valid: boolean): void;
  /** The next `times` purchases (default: all) are answered SHIPMENT.POSTAGE.NO_RESPONSE. */
  setNoResponse(mode: NoResponseMode, times?: number): void;
  /** Shipments for which this is true get no rates; `null` lifts it. */
  setNoRates(predicate: ((question: RatingQuestion) => boolean) | null): void;
  /** Puts the parcel of a tracker into a status now and ends its own journey. Throws for an unknown tracker. */
  advanceTracker(trackerId: string, status: TrackerStatus): void;
  /** Sends the webhooks that are due and resolves when all were answered or put off. For tests with their own clock. */
  pump(): Promise<void>;
  /** Starts sending webhooks by itself. A second start without a stop between does nothing. */
  start(): void;
  /** Stops sending; resolves when nothing is under way. May be called at any time. */
  stop(): Promise<void>;
}

/** Makes an empty account. Nothing listens and nothing is sent until it is served and started. */
export function createFakeEasyPost(options: FakeEasyPostOptions): FakeEasyPost {
  const world = createWorld(options);
  const deliveries = new Deliveries(world);
  if (options.webhook !== undefined) {
    createWebhook(world, { url: options.webhook.url, webhook_secret: options.webhook.secret });
  }
  let running: { readonly stopping: AbortController; readonly loop: Promise<void> } | null = null;
  return {
    routes: createRoutes(world),
    ledger: () => readLedger(world),
    subscribe: (url, secret) => {
      createWebhook(world, { url, webhook_secret: secret });
    },
    setFunds: (ok) => {
      world.switches.fundsOk = ok;
    },
    setKeyValid: (valid) => {
      world.switches.keyValid = valid;
    },
    setNoResponse: (mode, times = Number.POSITIVE_INFINITY) => {
      world.switches.noResponse = mode;
      world.switches.noResponseLeft = times;
    },
    setNoRates: (predicate) => {
      world.switches.noRates = predicate;
    },
    advanceTracker: (trackerId, status) => forceStatus(world, findTracker(world, trackerId), status),
    pump: async () => {
      settleRefunds(world);
      deliveries.announce();
      await deliveries.drain();
    },
    start: () => {
      if (running === null) {
        const stopping = new AbortController();
        running = { stopping, loop: pumpUntil(world, deliveries, stopping.signal) };
      }
    },
    stop: async () => {
      const stopped = running;
      running = null;
      stopped?.stopping.abort();
      await stopped?.loop;
    },
  };
}

function createWorld(options: FakeEasyPostOptions): World {
  const ids = new Ids(options.random);
  const stepMs = options.stepMs ?? 6 * HOUR_MS;
  return {
    clock: options.clock,
    random: options.random,
    faults: options.faults,
    ids,
    mode: options.mode ?? "test",
    apiKey: options.apiKey,
    userId: ids.next("user"),
    stepMs,
    purchaseMs: options.purchaseMs ?? 0,
    refundMs: options.refundMs ?? 10 * stepMs,
    webhookRetryMs: options.webhookRetryMs ?? SECOND_MS,
    journeyMix: { ...USUAL_MIX, ...options.journeyMix },
    switches: { fundsOk: true, keyValid: true, noResponse: "never", noResponseLeft: 0, noRates: null },
    ledger: new Ledger(),
    shipments: new Map(),
    trackers: new Map(),
    webhooks: new Map(),
    shipmentIdByReference: new Map(),
    trackerIdByCode: new Map(),
    shipmentIdByLabelFile: new Map(),
    travelling: new Set(),
    refundsDue: new Set(),
  };
}

function createRoutes(world: World): readonly SandboxRoute[] {
  return [
    {
      prefix: "/v2/",
      faulty: true,
      describe: describeCall,
      handle: (request: SandboxRequest) => handleCall(world, request),
    },
    {
      prefix: LABEL_PREFIX,
      faulty: true,
      describe: (request: SandboxRequest) => `${request.method} ${LABEL_PREFIX}:file`,
      handle: async (request: SandboxRequest) => handleLabelFile(world, request),
    },
    {
      prefix: "/sandbox/easypost/",
      faulty: false,
      describe: (request: SandboxRequest) => `${request.method} ${request.path}`,
      handle: async (request: SandboxRequest) =>
        request.method === "GET" && request.path === "/sandbox/easypost/ledger"
          ? { status: 200, body: readLedger(world) }
          : { status: 404, body: { error: "the control route has GET /sandbox/easypost/ledger only" } },
    },
  ];
}

function readLedger(world: World): LedgerSnapshot {
  settleRefunds(world);
  return world.ledger.snapshot();
}

async function pumpUntil(world: World, deliveries: Deliveries, signal: AbortSignal): Promise<void> {
  const everyMs = Math.min(PUMP_MAX_MS, Math.max(PUMP_MIN_MS, world.stepMs / 4));
  while (!signal.aborted) {
    settleRefunds(world);
    deliveries.announce();
    deliveries.start(signal);
    await world.clock.sleep(everyMs, signal);
  }
  await deliveries.settle();
}
