/**
 * The composition root: the only file that names concrete adapters. Everything else gets its parts handed in. Adapters
 * and the web server are imported when they are asked for, so that `status` opens a database and nothing more.
 */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { RemoteError } from "./base/errors.ts";
import type { HttpCall } from "./base/http.ts";
import type { Log } from "./base/log.ts";
import { systemClock, systemRandom } from "./base/system.ts";
import { describeMode } from "./core/mode.ts";
import type { Policy } from "./core/policy.ts";
import type { DurationMs } from "./core/time.ts";
import { type Configuration, createConfiguration } from "./daemon/configuration.ts";
import { createHealth } from "./daemon/health-facts.ts";
import { createLogNotifier } from "./daemon/log-notifier.ts";
import { type Service, startAll, stopAll } from "./daemon/service.ts";
import { createWork, kindOf, type Work } from "./daemon/work.ts";
import type { Clock, Random } from "./ports/clock.ts";
import type { ShippingProvider } from "./ports/shipping-provider.ts";
import type { Shop } from "./ports/shop.ts";
import { DEFAULT_TIMING, type ReconcileContext, type ReconcileTiming } from "./reconcile/context.ts";
import { type Door, READ, RemoteGate } from "./reconcile/remote-gate.ts";
import { createShopKind } from "./reconcile/shop-kind.ts";
import { backUp } from "./scheduler/backup.ts";
import { personalData } from "./scheduler/personal-data.ts";
import { pollFulfillmentOrders, pollOrders } from "./scheduler/poll-orders.ts";
import { pollTracking } from "./scheduler/poll-tracking.ts";
import type { Task } from "./scheduler/scheduler.ts";
import { keepWebhooks, prune, resync } from "./scheduler/upkeep.ts";
import type { WebhookSource } from "./server/webhook-route.ts";
import type { Settings } from "./settings/types.ts";
import { databaseFile } from "./store/database-file.ts";
import { LabelFiles } from "./store/label-files.ts";
import type { InboxEntry, Store } from "./store/types.ts";

/** How long a refused credential rests before one order tries it again: soon enough to recover by itself. */
const PROBE_MS: DurationMs = 30_000;

/** Where label files lie; a simulation keeps its own. */
export type LabelFolder = Pick<LabelFiles, "save" | "prune" | "remove" | "pathOf">;

export interface Surroundings {
  readonly settings: Settings;
  readonly store: Store;
  readonly log: Log;
  /** Default: the real ones. */
  readonly clock?: Clock;
  readonly random?: Random;
  readonly call?: HttpCall;
  readonly labels?: LabelFolder;
  readonly timing?: Partial<ReconcileTiming>;
  readonly probeMs?: DurationMs;
  /** For this process; default: a new one. */
  readonly instanceId?: string;
  /** Default: the policy of `settings`, for ever. */
  readonly policy?: () => Policy;
}

/** Where settings come from, for a process that takes a new policy while it runs. */
export interface SettingsSource {
  /** Reads everything anew; throws `SettingsError`. */
  readonly read: () => Settings;
  /** The config file, absolute; it need not exist. */
  readonly file: string;
}

/** The remotes and what a run needs: enough for `sync`, `why` and `webhooks`. Makes no call. */
export interface Remotes {
  readonly shop: Shop;
  readonly provider: ShippingProvider;
  readonly gate: RemoteGate;
  readonly context: ReconcileContext;
  readonly labels: LabelFolder;
  /** Runs a call to the shop or the provider and notes how it went. */
  readonly guardShop: Guard;
  readonly guardProvider: Guard;
}

/** `door`: see `RemoteGate`; default: plain reading. */
export type Guard = <T>(call: () => Promise<T>, door?: Door) => Promise<T>;

export async function wireRemotes(surroundings: Surroundings): Promise<Remotes> {
  const { settings, store, log } = surroundings;
  const clock = surroundings.clock ?? systemClock;
  const random = surroundings.random ?? systemRandom;
  const call = surroundings.call === undefined ? {} : { call: surroundings.call };
  const [{ createShopifyClient }, { createShopifyShop }, { createEasyPost }] = await Promise.all([
    import("./shopify/client.ts"),
    import("./shopify/shop.ts"),
    import("./shipping/easypost/provider.ts"),
  ]);
  const client = createShopifyClient({ ...settings.shopify, clock, random, log, ...call });
  const shop = createShopifyShop({ client });
  // The sandbox speaks EasyPost's protocol; it is named apart so that nobody takes it for the real thing.
  const { apiUrl: baseUrl, apiKey } = settings.shipping;
  const easypost = createEasyPost({ baseUrl, apiKey, clock, log, ...call });
  const provider: ShippingProvider = { ...easypost, name: settings.shipping.provider };
  const labels = surroundings.labels ?? new LabelFiles(join(settings.dataDir, "labels"));
  const probeMs = surroundings.probeMs ?? PROBE_MS;
  const notifier = createLogNotifier(log);
  const gate = new RemoteGate({ remotes: store.remotes, notifier, clock, log, probeMs });
  const policy = surroundings.policy ?? ((): Policy => settings.policy);
  const context: ReconcileContext = {
    shopKind: createShopKind(shop, log),
    ...{ store, shop, provider, labels, gate, notifier, policy, clock, random, log },
    instanceId: surroundings.instanceId ?? `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    timing: { ...DEFAULT_TIMING, ...surroundings.timing },
  };
  return {
    ...{ shop, provider, gate, context, labels },
    guardShop: createGuard(gate, "shopify"),
    guardProvider: createGuard(gate, "shipping"),
  };
}

/** What a task does not see in an order's run: success opens the gate, refusal closes it, silence is noted. */
function createGuard(gate: RemoteGate, remote: "shopify" | "shipping"): Guard {
  return async (call, door = READ) => {
    try {
      const value = await call();
      await gate.answered(remote, door);
      return value;
    } catch (error) {
      if (error instanceof RemoteError) {
        if (error.kind === "unauthorized") {
          await gate.refused(error, door);
        } else if (error.kind === "unavailable" || error.kind === "outcome_unknown") {
          await gate.unreachable(error);
        }
      }
      throw error;
    }
  };
}

/** Enough to take a connection, store what it brings and answer. */
const KNOCKED_MS: DurationMs = 10;

/** Everything that `daemon` runs, in the order in which it starts. */
export interface DaemonParts {
  readonly services: readonly Service[];
  /** Where the web server listens, once started. */
  readonly address: () => { readonly host: string; readonly port: number } | null;
}

/**
 * The web server comes first, and what works on orders is loaded only when it listens: after a crash the shop's webhooks
 * are taken from the first moment that they can be stored. `/ready` waits for everything.
 */
export async function wireDaemon(
  /** Without a `source` it keeps its policy to its end. */
  surroundings: Surroundings & { readonly version: string; readonly source?: SettingsSource },
): Promise<DaemonParts> {
  const { settings, store, log, version } = surroundings;
  const clock = surroundings.clock ?? systemClock;
  const { createServer } = await import("./server/server.ts");
  let work: Work | null = null;
  const { source } = surroundings;
  const configuration =
    source === undefined ? null : wireConfiguration({ ...surroundings, source }, () => work?.dispatcher.wake());
  let isRunning = false;
  let address: { host: string; port: number } | null = null;
  /** Messages that were stored before there was anybody to tell: one of each kind that is told apart. */
  const early = new Map<string, InboxEntry>();
  const health = createHealth({
    ...{ store, clock, version },
    mode: () => describeMode((configuration?.policy() ?? settings.policy).mode),
    lastBeatAt: () => work?.instance.lastBeatAt() ?? null,
    lastSweepAt: () => work?.dispatcher.lastSweepAt() ?? null,
  });
  const server = createServer({
    ...{ host: settings.server.host, port: settings.server.port, clock, log, inbox: store.inbox, health },
    sources: await wireWebhooks(settings, clock, log),
    isReady: () => isRunning,
    onStored: (message) => {
      if (work === null) {
        early.set(kindOf(message), message);
      } else {
        work.tell(message);
      }
    },
  });
  const services: readonly Service[] = [
    {
      name: "server",
      start: async () => {
        address = await server.start();
        // Loading the rest blocks the event loop for as long again: whoever knocked in the meantime is answered before.
        await new Promise((resolve) => setTimeout(resolve, KNOCKED_MS));
      },
      stop: (abort) => server.stop(abort),
    },
    {
      name: "work",
      start: async () => {
        work = await wireWork(
          configuration === null ? surroundings : { ...surroundings, policy: configuration.policy },
        );
        await startAll(work.services);
        for (const message of early.values()) {
          work.tell(message);
        }
        early.clear();
      },
      stop: async (abort) => {
        await stopAll(work?.services ?? [], abort);
      },
    },
    ...(configuration === null ? [] : [configuration]),
    // Last to start and first to stop: `/ready` says 200 only while everything runs.
    {
      name: "readiness",
      start: async () => {
        isRunning = true;
      },
      stop: async () => {
        isRunning = false;
      },
    },
  ];
  return { services, address: () => address };
}

/** `wake`: orders became due. */
export function wireConfiguration(
  surroundings: Surroundings & { readonly source: SettingsSource },
  wake: () => void,
): Configuration {
  const { settings, store, log, source } = surroundings;
  const clock = surroundings.clock ?? systemClock;
  return createConfiguration({ settings, ...source, store, clock, log, wake });
}

/** What works on orders, without a web server: enough for one round. */
export async function wireWork(
  surroundings: Surroundings & { readonly version: string },
): Promise<Work & { readonly remotes: Remotes }> {
  const { settings, store, log, version } = surroundings;
  const clock = surroundings.clock ?? systemClock;
  const remotes = await wireRemotes(surroundings);
  const { concurrency } = settings;
  const work: Work = createWork({
    ...{ context: remotes.context, store, clock, log, concurrency },
    tasks: [
      ...(await wireTasks(surroundings, remotes, () => work.dispatcher.wake())),
      ...wireBackups(surroundings, clock),
    ],
    process: { version, pid: process.pid, host: hostname() },
  });
  return { ...work, remotes };
}

/** None where the database lies in memory, or on a server that has backups of its own. */
function wireBackups(surroundings: Surroundings & { readonly version: string }, clock: Clock): readonly Task[] {
  const { settings, store, log, version } = surroundings;
  const { backup, database, schedule } = settings;
  const file = databaseFile(database.url);
  return file === null ? [] : backUp({ store, databaseFile: file, backup, version, clock, log }, schedule);
}

/** The tasks of the daemon that ask the outside or keep the house, in the order of one full round. */
export async function wireTasks(
  surroundings: Surroundings,
  remotes: Remotes,
  wake: () => void,
): Promise<readonly Task[]> {
  const { settings, store, log } = surroundings;
  const clock = surroundings.clock ?? systemClock;
  const { schedule, retention, server } = settings;
  const { shop, provider, context, guardShop, guardProvider } = remotes;
  // A task's door is its own: that one call is refused says nothing of another.
  const through =
    (guard: Guard, door: Door): Guard =>
    (call) =>
      guard(call, door);
  const polling = (task: Door) => ({ store, shop, clock, log, wake, guard: through(guardShop, task) });
  const intervalMs = schedule.pollTracking.kind === "every" ? schedule.pollTracking.everyMs : TRACKING_UNIT_MS;
  const tasks: Task[] = [
    pollOrders(polling("poll_orders"), schedule.pollOrders),
    pollFulfillmentOrders(polling("poll_fulfillment_orders"), schedule.pollFulfillmentOrders),
    pollTracking(
      {
        ...{ store, provider, policy: context.policy, clock, log, wake, intervalMs },
        guard: through(guardProvider, "poll_tracking"),
      },
      schedule.pollTracking,
    ),
    resync({ store, policy: context.policy, clock, log, wake }, schedule.resync),
    personalData({
      ...{ store, shop, labels: remotes.labels, clock, log, notifier: createLogNotifier(log) },
      guard: through(guardShop, "personal_data"),
    }),
    prune(
      { store, labels: remotes.labels, databaseFile: databaseFile(settings.database.url), clock, log, ...retention },
      schedule.prune,
    ),
  ];
  if (server.publicUrl !== null) {
    const { WEBHOOK_TOPICS } = await import("./shopify/webhook-topics.ts");
    const topics = WEBHOOK_TOPICS.map(({ topic }) => topic);
    const guard = through(guardShop, "webhooks");
    const { policy } = context;
    tasks.push(keepWebhooks({ shop, log, policy, publicUrl: server.publicUrl, topics, guard }, schedule.webhooks));
  }
  return tasks;
}

/** The unit of the tracking intervals where the poll follows a cron pattern. */
const TRACKING_UNIT_MS: DurationMs = 15 * 60_000;

/** Who may send webhooks, by the secrets that are set. */
export async function wireWebhooks(
  settings: {
    readonly shopify: Pick<Settings["shopify"], "webhookSecrets" | "domain">;
    readonly shipping: Pick<Settings["shipping"], "webhookSecret">;
  },
  clock: Clock,
  log: Log,
): Promise<readonly WebhookSource[]> {
  const [shopify, easypost, { WEBHOOK_TOPICS }, { PRIVACY_TOPICS, readPrivacyWebhook }] = await Promise.all([
    import("./shopify/webhook.ts"),
    import("./shipping/easypost/webhook.ts"),
    import("./shopify/webhook-topics.ts"),
    import("./shopify/privacy-webhook.ts"),
  ]);
  const topics: ReadonlySet<string> = new Set([...WEBHOOK_TOPICS.map(({ header }) => header), ...PRIVACY_TOPICS]);
  let hasToldV2 = false;
  const { webhookSecrets, domain } = settings.shopify;
  const { webhookSecret } = settings.shipping;
  return [
    {
      name: "shopify",
      path: "/webhooks/shopify",
      secretSetting: "SHOPIFY_WEBHOOK_SECRET",
      verify: (rawBody, headers) => {
        if (webhookSecrets.length === 0) {
          return "unconfigured";
        }
        const signature = headers["x-shopify-hmac-sha256"];
        const given = typeof signature === "string" ? signature : null;
        return shopify.verifyShopifyWebhook(rawBody, given, webhookSecrets) ? "valid" : "invalid";
      },
      read: (headers, rawBody) => {
        const { webhookId, topic, orderId, fulfillmentOrderId } = shopify.readShopifyWebhook(headers, rawBody);
        // The topic is not signed, and a repeat is known by topic and body: with a topic of his own for each, somebody
        // who has one signed body could send it as often as he likes. All that we did not ask for are one topic.
        const known = topic !== null && topics.has(topic) ? topic : "other";
        const news = { externalId: webhookId, topic: known, orderId, fulfillmentOrderId };
        return PRIVACY_TOPICS.has(known)
          ? { ...news, personalData: readPrivacyWebhook(known, rawBody, domain) ?? "unclear" }
          : news;
      },
    },
    {
      name: "easypost",
      path: "/webhooks/shipping/easypost",
      secretSetting: "SHIPPING_WEBHOOK_SECRET",
      verify: (rawBody, headers) => {
        if (webhookSecret === null) {
          return "unconfigured";
        }
        const verdict = easypost.verifyEasyPostWebhook(rawBody, headers, webhookSecret, clock.now());
        // Only of genuine ones, and once: anybody can send a header.
        if (verdict.valid && verdict.v2 === "invalid" && !hasToldV2) {
          hasToldV2 = true;
          log.warn("webhook signature version 2 does not fit", { source: "easypost" });
        }
        return verdict.valid ? "valid" : "invalid";
      },
      read: (_, rawBody) => {
        const { eventId, description, trackerId } = easypost.readEasyPostWebhook(rawBody);
        return {
          ...{ externalId: eventId, topic: description ?? "unknown" },
          ...{ orderId: null, fulfillmentOrderId: null, trackerId },
        };
      },
    },
  ];
}

/** The topics that `webhooks` subscribes, as the Admin API spells them. */
export async function webhookTopics(): Promise<readonly string[]> {
  const { WEBHOOK_TOPICS } = await import("./shopify/webhook-topics.ts");
  return WEBHOOK_TOPICS.map(({ topic }) => topic);
}
