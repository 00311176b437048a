/**
 * A Shopify shop in one process: the Admin API over the cut schema, client credentials, webhooks, and handles for what
 * people do to orders. Meant to be as strict, as surprising and as wrong as the real one where a client could notice, and
 * to tell afterwards exactly what was done to it (`ledger`).
 */
import { type DurationMs, SECOND_MS } from "../../core/time.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { Faults } from "../faults.ts";
import type { SandboxRequest, SandboxRoute } from "../serve.ts";
import { type Credentials, DEFAULT_SCOPES, Gate } from "./auth.ts";
import { controlRoute } from "./control.ts";
import { CostBucket } from "./cost-bucket.ts";
import { describeGraphql, GraphqlEndpoint, NOT_FOUND } from "./graphql-endpoint.ts";
import { DEFAULT_ADDRESS } from "./orders.ts";
import type { ShopProfile, StoredLocation } from "./records.ts";
import { ShopControl } from "./shop-control.ts";
import { ShopState } from "./state.ts";
import { type WebhookOptions, WebhookSender } from "./webhooks.ts";

export interface FakeShopifyOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: Faults;
  readonly shop?: Partial<ShopProfile>;
  readonly locations?: readonly StoredLocation[];
  readonly credentials?: Partial<Credentials>;
  readonly scopes?: readonly string[];
  /** How long an issued token lives. */
  readonly tokenLifetimeMs?: DurationMs;
  /** The standard plan has 2,000 points and 100 a second. */
  readonly bucket?: { readonly maximum: number; readonly restorePerSecond: number };
  /** How far searches are behind. */
  readonly indexLagMs?: DurationMs;
  /** API version of webhook bodies. */
  readonly webhookVersion?: string;
  readonly webhooks?: WebhookOptions;
}

/** Shopify's day minus a second (recorded form of the answer). */
const TOKEN_LIFETIME_MS = 86_399 * SECOND_MS;

const DEFAULT_PROFILE: ShopProfile = {
  id: "gid://shopify/Shop/548380009",
  name: "Sandbox Supply",
  myshopifyDomain: "sandbox-supply.myshopify.com",
  plan: { partnerDevelopment: true, publicDisplayName: "Development" },
  currencyCode: "USD",
  ianaTimezone: "America/New_York",
};

const DEFAULT_CREDENTIALS: Credentials = {
  accessToken: "shpat_sandbox",
  clientId: "sandbox-client",
  clientSecret: "sandbox-client-secret",
};

export const DEFAULT_LOCATIONS: readonly StoredLocation[] = [
  {
    id: "gid://shopify/Location/106318430514",
    name: "Main warehouse",
    isActive: true,
    fulfillsOnlineOrders: true,
    address: {
      ...DEFAULT_ADDRESS,
      firstName: null,
      lastName: null,
      address1: "164 Townsend Street",
      address2: "Unit 1",
      zip: "94107",
      phone: "+14155550199",
    },
  },
  {
    id: "gid://shopify/Location/112829759794",
    name: "East warehouse",
    isActive: true,
    fulfillsOnlineOrders: true,
    address: {
      ...DEFAULT_ADDRESS,
      firstName: null,
      lastName: null,
      address1: "15 Pearl Street",
      address2: null,
      city: "New York",
      province: "New York",
      provinceCode: "NY",
      zip: "10004",
      phone: "+12125550147",
    },
  },
];

/** The shop's handles, and what to serve it with. */
export type FakeShopify = ShopControl & { routes(): SandboxRoute[] };

/** Makes a shop without orders. Nothing runs until its routes are served; `stop` ends its webhooks. */
export function createFakeShopify(options: FakeShopifyOptions): FakeShopify {
  const { clock, random, faults } = options;
  const credentials = { ...DEFAULT_CREDENTIALS, ...options.credentials };
  const webhookVersion = options.webhookVersion ?? "2026-10";
  const state = new ShopState({
    clock,
    profile: { ...DEFAULT_PROFILE, ...options.shop },
    locations: options.locations ?? DEFAULT_LOCATIONS,
    indexLagMs: options.indexLagMs ?? SECOND_MS,
  });
  const gate = new Gate({
    credentials,
    scopes: options.scopes ?? DEFAULT_SCOPES,
    lifetimeMs: options.tokenLifetimeMs ?? TOKEN_LIFETIME_MS,
    clock,
    random,
    ledger: state.ledger,
  });
  const { maximum, restorePerSecond } = options.bucket ?? { maximum: 2_000, restorePerSecond: 100 };
  const endpoint = new GraphqlEndpoint({
    state,
    gate,
    bucket: new CostBucket(clock, maximum, restorePerSecond),
    faults,
    webhookVersion,
  });
  const settings = options.webhooks ?? {};
  const sender = new WebhookSender({
    ...{ state, clock, random, faults, settings },
    secret: credentials.clientSecret,
    version: webhookVersion,
  });
  state.announce = (topic, subjectId) => sender.announce(topic, subjectId);
  const control = new ShopControl(state, gate, sender, credentials);
  const api: SandboxRoute = {
    prefix: "/admin/",
    faulty: true,
    describe: (request) => (isTokenRequest(request) ? "POST /admin/oauth/access_token" : describeGraphql(request)),
    handle: async (request) => {
      if (control.closedWith !== null) {
        return { ...NOT_FOUND, status: control.closedWith };
      }
      return isTokenRequest(request) ? gate.issue(request) : endpoint.handle(request);
    },
  };
  return Object.assign(control, { routes: (): SandboxRoute[] => [api, controlRoute(control)] });
}

function isTokenRequest(request: SandboxRequest): boolean {
  return request.method === "POST" && request.path === "/admin/oauth/access_token";
}
