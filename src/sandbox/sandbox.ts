/**
 * The whole sandbox: a fake Shopify and a fake EasyPost behind one address on loopback, with one plan of faults. What it
 * hands out is what a user would set: addresses and credentials. `shipbot sandbox` serves it to other processes, `demo`
 * and the tests run it in their own.
 */
import type { DurationMs } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import { createFakeEasyPost, type FakeEasyPost } from "./easypost/fake-easypost.ts";
import type { JourneyMix } from "./easypost/journeys.ts";
import { CALM, type FaultPlan, Faults } from "./faults.ts";
import { seededRandom } from "./random.ts";
import { type SandboxRoute, serveSandbox } from "./serve.ts";
import type { Credentials } from "./shopify/auth.ts";
import { createFakeShopify, type FakeShopify } from "./shopify/fake-shopify.ts";
import type { ShopProfile } from "./shopify/records.ts";

export interface SandboxOptions {
  readonly clock: Clock;
  /** 0 takes a free port. */
  readonly port: number;
  /** One seed, one history. */
  readonly seed: number;
  readonly plan?: FaultPlan;
  /** Time between two scans of a parcel. */
  readonly stepMs: DurationMs;
  /** How often a parcel fails, returns or is late. */
  readonly journeyMix?: Partial<JourneyMix>;
  /** How far Shopify's searches are behind. */
  readonly indexLagMs?: DurationMs;
  /** Size and refill of Shopify's cost bucket; default: the standard plan. */
  readonly bucket?: { readonly maximum: number; readonly restorePerSecond: number };
  readonly tokenLifetimeMs?: DurationMs;
  /** First pause before a webhook is sent again. */
  readonly webhookRetryMs?: DurationMs;
  /** Default: what is easily recognised as the sandbox's. */
  readonly credentials?: Partial<SandboxCredentials>;
  /** What the shop says of itself; default: a development shop. */
  readonly shop?: Partial<ShopProfile>;
}

export interface SandboxCredentials extends Credentials {
  readonly apiKey: string;
  readonly shippingWebhookSecret: string;
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly shopify: FakeShopify;
  readonly easypost: FakeEasyPost;
  readonly faults: Faults;
  /** What a user would put into the environment to work against it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export const SANDBOX_API_KEY = "EZTK_sandbox";
export const SANDBOX_WEBHOOK_SECRET = "sandbox-shipping-secret";

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock, seed, stepMs } = options;
  const { apiKey = SANDBOX_API_KEY, shippingWebhookSecret = SANDBOX_WEBHOOK_SECRET } = options.credentials ?? {};
  const faults = new Faults(options.plan ?? CALM, seededRandom(seed));
  const shopify = createFakeShopify({
    clock,
    faults,
    random: seededRandom(seed + 1),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(options.shop === undefined ? {} : { shop: options.shop }),
    ...(options.indexLagMs === undefined ? {} : { indexLagMs: options.indexLagMs }),
    ...(options.bucket === undefined ? {} : { bucket: options.bucket }),
    ...(options.tokenLifetimeMs === undefined ? {} : { tokenLifetimeMs: options.tokenLifetimeMs }),
    ...(options.webhookRetryMs === undefined ? {} : { webhooks: { retryGapsMs: gaps(options.webhookRetryMs) } }),
  });
  const easypost = createFakeEasyPost({
    clock,
    faults,
    random: seededRandom(seed + 2),
    apiKey,
    stepMs,
    ...(options.journeyMix === undefined ? {} : { journeyMix: options.journeyMix }),
    ...(options.webhookRetryMs === undefined ? {} : { webhookRetryMs: options.webhookRetryMs }),
  });
  const server = await serveSandbox({
    port: options.port,
    clock,
    faults,
    routes: [...shopify.routes(), ...easypost.routes, faultsRoute(faults)],
  });
  easypost.start();
  return {
    url: server.url,
    shopify,
    easypost,
    faults,
    environment: {
      SHOPIFY_SHOP_URL: server.url,
      SHOPIFY_ACCESS_TOKEN: shopify.credentials.accessToken,
      SHOPIFY_WEBHOOK_SECRET: shopify.credentials.clientSecret,
      SHIPPING_PROVIDER: "easypost",
      SHIPPING_API_KEY: apiKey,
      SHIPPING_API_URL: `${server.url}/v2`,
      SHIPPING_WEBHOOK_SECRET: shippingWebhookSecret,
    },
    async close() {
      await Promise.all([easypost.stop(), shopify.stop()]);
      await server.close();
    },
  };
}

/** Eight repeats as Shopify makes them, each twice as late as the one before. */
function gaps(firstMs: DurationMs): readonly DurationMs[] {
  return Array.from({ length: 8 }, (_, index) => firstMs * 2 ** index);
}

/** For other processes: `GET` shows what struck so far, `POST {rates, delayMaxMs}` sets the plan. */
function faultsRoute(faults: Faults): SandboxRoute {
  return {
    prefix: "/sandbox/faults",
    faulty: false,
    describe: (request) => `${request.method} /sandbox/faults`,
    async handle(request) {
      if (request.method === "POST") {
        const plan: unknown = JSON.parse(request.body.toString("utf8"));
        if (!isPlan(plan)) {
          return { status: 400, body: { error: "expected {rates: {<fault>: 0..1}, delayMaxMs: number}" } };
        }
        faults.setPlan(plan);
      }
      return { status: 200, body: { struck: Object.fromEntries(faults.struck), total: faults.total() } };
    },
  };
}

function isPlan(value: unknown): value is FaultPlan {
  return (
    typeof value === "object" &&
    value !== null &&
    "rates" in value &&
    typeof value.rates === "object" &&
    value.rates !== null &&
    Object.values(value.rates).every((rate) => typeof rate === "number" && rate >= 0 && rate <= 1) &&
    "delayMaxMs" in value &&
    typeof value.delayMaxMs === "number"
  );
}
