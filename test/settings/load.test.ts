import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/core/time.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { GOOD_ENV, inputOf, load, problemsOf } from "./support.ts";

const temporary: string[] = [];

afterEach(() => {
  for (const folder of temporary.splice(0)) {
    rmSync(folder, { recursive: true });
  }
});

describe("without a config file", () => {
  it("works with three variables, safely", () => {
    const settings = load({});
    expect(settings).toMatchObject({
      shopify: {
        baseUrl: "https://my-shop.myshopify.com",
        domain: "my-shop.myshopify.com",
        auth: { kind: "token" },
        webhookSecrets: [],
        apiVersion: "2026-10",
      },
      shipping: { provider: "easypost", apiUrl: "https://api.easypost.com/v2", webhookSecret: null },
      database: { url: "sqlite:/work-folder/data/shipbot.db" },
      redisUrl: null,
      server: { host: "127.0.0.1", port: 3_000, publicUrl: null },
      dataDir: "/work-folder/data",
      log: { level: "info", format: "pretty", files: true },
      concurrency: 4,
      configPath: null,
    });
    expect(settings.policy).toEqual(DEFAULT_POLICY);
    expect(settings.schedule).toEqual({
      backup: { kind: "every", everyMs: DAY_MS, text: "1d" },
      archive: { kind: "every", everyMs: 5 * MINUTE_MS, text: "5m" },
      pollOrders: { kind: "every", everyMs: 30 * SECOND_MS, text: "30s" },
      pollFulfillmentOrders: { kind: "every", everyMs: MINUTE_MS, text: "1m" },
      pollTracking: { kind: "every", everyMs: 15 * MINUTE_MS, text: "15m" },
      resync: { kind: "every", everyMs: 10 * MINUTE_MS, text: "10m" },
      webhooks: { kind: "every", everyMs: HOUR_MS, text: "1h" },
      prune: { kind: "every", everyMs: DAY_MS, text: "1d" },
    });
    expect(settings.retention).toEqual({
      inboxMs: 30 * DAY_MS,
      timelineMs: 400 * DAY_MS,
      labelsMs: 180 * DAY_MS,
      personalDataMs: 180 * DAY_MS,
      replacedDatabasesMs: 30 * DAY_MS,
    });
  });

  it("keeps secrets from being printed", () => {
    const settings = load({ env: { REDIS_URL: "redis://:canary@h:6379" } });
    expect(JSON.stringify(settings)).not.toContain("canary");
    expect(settings.shipping.apiKey.reveal()).toBe(GOOD_ENV.SHIPPING_API_KEY);
    expect(settings.redisUrl?.reveal()).toBe("redis://:canary@h:6379");
  });
});

describe("precedence", () => {
  const yaml = "concurrency: 2\npoll:\n  orders: 20s\n  tracking: 5m\n";

  it("is flag, environment, config file, default", () => {
    const env = { SHIPBOT_CONCURRENCY: "3", SHIPBOT_POLL_ORDERS: "10s" };
    expect(load({}).concurrency).toBe(4);
    expect(load({ yaml }).concurrency).toBe(2);
    expect(load({ yaml, env }).concurrency).toBe(3);
    expect(load({ yaml, env, flags: { concurrency: "5" } }).concurrency).toBe(5);
    const { schedule, configPath } = load({ yaml, env, flags: { pollOrders: "1s" } });
    expect(schedule.pollOrders).toMatchObject({ everyMs: SECOND_MS });
    expect(schedule.pollTracking).toMatchObject({ everyMs: 5 * MINUTE_MS });
    expect(schedule.pollFulfillmentOrders).toMatchObject({ everyMs: MINUTE_MS });
    expect(configPath).toBe("/work-folder/shipbot.yaml");
  });

  it("takes flags in any spelling, and passes over those that were not given", () => {
    for (const name of ["dataDir", "data-dir", "--data-dir", "SHIPBOT_DATA_DIR"]) {
      expect(load({ flags: { [name]: "/d", port: undefined } }).dataDir).toBe("/d");
    }
  });

  it("takes the config file that --config names, then the one of SHIPBOT_CONFIG", () => {
    const files = { "/work-folder/a.yaml": "concurrency: 11", "/etc/b.yaml": "concurrency: 12" };
    expect(load({ files, yaml, env: { SHIPBOT_CONFIG: "/etc/b.yaml" } }).concurrency).toBe(12);
    expect(load({ files, yaml, env: { SHIPBOT_CONFIG: "/etc/b.yaml" }, configPath: "a.yaml" })).toMatchObject({
      concurrency: 11,
      configPath: "/work-folder/a.yaml",
    });
  });

  it("counts an empty variable as not set", () => {
    expect(load({ yaml, env: { SHIPBOT_CONCURRENCY: "", PORT: " ", SHIPPING_API_KEY_FILE: "" } })).toMatchObject({
      concurrency: 2,
      server: { port: 3_000 },
    });
  });
});

describe("the config file", () => {
  it("holds the whole policy", () => {
    const { policy, schedule } = load({
      yaml: `
ready: { tags: [], financial_statuses: [paid, pending] }
ship_from:
  default: { name: Desk, street1: 1 Street, city: Bonn, country: de }
  12345678901234567890: { company: Shop, street1: 2 Street, city: Boston, province: MA, postal_code: "02134", country: US, phone: "+1 555", email: a@example.com }
parcel: { name: tube, length_mm: 900, width_mm: 80, height_mm: 80, tare_g: 0 }
label: { format: zpl }
writeback: { notify_customer: false, status_tag_prefix: "shipbot:" }
tracking: { give_up_after: 10d }
relook: 30m
poll: { orders: "*/5 * * * *" }
time_zone: america/new_york
`,
    });
    expect(policy).toMatchObject({
      ready: { tags: [], financialStatuses: ["paid", "pending"] },
      parcel: { name: "tube", lengthMm: 900, widthMm: 80, heightMm: 80, tareGrams: 0 },
      label: { format: "zpl" },
      writeback: { notifyCustomer: false, statusTagPrefix: "shipbot:" },
      tracking: { giveUpAfterMs: 10 * DAY_MS },
      relookMs: 30 * MINUTE_MS,
    });
    expect(policy.shipFrom).toEqual({
      default: {
        name: "Desk",
        company: null,
        street1: "1 Street",
        street2: null,
        city: "Bonn",
        province: null,
        postalCode: null,
        country: "DE",
        phone: null,
        email: null,
      },
      "12345678901234567890": {
        name: null,
        company: "Shop",
        street1: "2 Street",
        street2: null,
        city: "Boston",
        province: "MA",
        postalCode: "02134",
        country: "US",
        phone: "+1 555",
        email: "a@example.com",
      },
    });
    expect(schedule.pollOrders).toEqual({
      kind: "cron",
      pattern: "*/5 * * * *",
      timeZone: "America/New_York",
      text: "*/5 * * * *",
    });
  });

  it("gives way to the environment in every form", () => {
    const { policy, schedule } = load({
      yaml: "ready: {tags: [a]}\nship_from: {default: {street1: a, city: b, country: DE}}\n",
      env: {
        SHIPBOT_READY_TAGS: "x, y,",
        SHIPBOT_WRITEBACK_NOTIFY_CUSTOMER: "false",
        SHIPBOT_PARCEL_TARE_G: "250",
        SHIPBOT_SHIP_FROM: '{"7": {"street1": "c", "city": "d", "country": "FR"}}',
        SHIPBOT_RESYNC: "0 3 * * *",
      },
    });
    expect(policy.ready.tags).toEqual(["x", "y"]);
    expect(policy.writeback.notifyCustomer).toBe(false);
    expect(policy.parcel).toEqual({ ...DEFAULT_POLICY.parcel, tareGrams: 250 });
    expect(Object.keys(policy.shipFrom)).toEqual(["7"]);
    expect(schedule.resync).toEqual({ kind: "cron", pattern: "0 3 * * *", timeZone: "UTC", text: "0 3 * * *" });
  });
});

describe("the shop", () => {
  it.each([
    ["my-shop", "https://my-shop.myshopify.com", "my-shop.myshopify.com"],
    ["My-Shop", "https://my-shop.myshopify.com", "my-shop.myshopify.com"],
    ["my-shop.myshopify.com", "https://my-shop.myshopify.com", "my-shop.myshopify.com"],
    ["https://my-shop.myshopify.com/admin/orders", "https://my-shop.myshopify.com", "my-shop.myshopify.com"],
    ["https://admin.shopify.com/store/my-shop/orders", "https://my-shop.myshopify.com", "my-shop.myshopify.com"],
    ["http://127.0.0.1:4000", "http://127.0.0.1:4000", "127.0.0.1:4000"],
    ["http://localhost:4000/", "http://localhost:4000", "localhost:4000"],
    ["http://[::1]:4000", "http://[::1]:4000", "[::1]:4000"],
  ])("may be written as %s", (written, baseUrl, domain) => {
    expect(load({ env: { SHOPIFY_SHOP_URL: written } }).shopify).toMatchObject({ baseUrl, domain });
  });

  it.each([
    "http://127.0.0.1.evil.example:1",
    "http://10.0.0.1",
    "https://x@my-shop.myshopify.com",
    "ftp://my-shop.myshopify.com",
    "a b",
  ])("is not %s", (written) => {
    expect(problemsOf({ env: { SHOPIFY_SHOP_URL: written } })).toHaveLength(1);
  });

  it("takes client credentials, whose secret also signs webhooks unless others are given", () => {
    const env = { SHOPIFY_ACCESS_TOKEN: undefined, SHOPIFY_CLIENT_ID: "id", SHOPIFY_CLIENT_SECRET: "shpss_x" };
    const { shopify } = load({ env });
    expect(
      shopify.auth.kind === "client_credentials" && [shopify.auth.clientId, shopify.auth.clientSecret.reveal()],
    ).toEqual(["id", "shpss_x"]);
    expect(shopify.webhookSecrets.map((secret) => secret.reveal())).toEqual(["shpss_x"]);
    const rotated = load({ env: { ...env, SHOPIFY_WEBHOOK_SECRET: "new,old," } });
    expect(rotated.shopify.webhookSecrets.map((secret) => secret.reveal())).toEqual(["new", "old"]);
  });

  it("takes a client secret beside a token, for webhooks alone", () => {
    const { shopify } = load({ env: { SHOPIFY_CLIENT_SECRET: "shpss_x" } });
    expect(shopify.auth.kind).toBe("token");
    expect(shopify.webhookSecrets.map((secret) => secret.reveal())).toEqual(["shpss_x"]);
  });
});

describe("the provider", () => {
  it("may be the sandbox at an address, and keeps a path without the slash at its end", () => {
    const env = {
      SHIPPING_PROVIDER: "sandbox",
      SHIPPING_API_URL: "http://127.0.0.1:4001/v2/",
      SHIPPING_WEBHOOK_SECRET: "w",
    };
    expect(load({ env }).shipping).toMatchObject({ provider: "sandbox", apiUrl: "http://127.0.0.1:4001/v2" });
  });
});

describe("the database", () => {
  it.each([
    ["sqlite:/abs/file.db", "sqlite:/abs/file.db"],
    ["sqlite:///abs/file.db", "sqlite:/abs/file.db"],
    ["sqlite:rel/file.db", "sqlite:/work-folder/rel/file.db"],
    ["postgres://u:p%40ss@h:5432/d", "postgres://u:p%40ss@h:5432/d"],
  ])("may be written as %s", (written, url) => {
    expect(load({ env: { DATABASE_URL: written } }).database.url).toBe(url);
  });

  it("lies in the data folder by default, wherever that is", () => {
    expect(load({ env: { SHIPBOT_DATA_DIR: "other" } }).database.url).toBe("sqlite:/work-folder/other/shipbot.db");
  });
});

describe("secrets from files", () => {
  it("lose the newlines at their end and nothing else", () => {
    const env = { SHIPPING_API_KEY: undefined, SHIPPING_API_KEY_FILE: "secrets/key" };
    const files = { "/work-folder/secrets/key": "EZTKx\r\n\n" };
    expect(load({ env, files }).shipping.apiKey.reveal()).toBe("EZTKx");
  });

  it("are read from real files", () => {
    const folder = mkdtempSync(join(tmpdir(), "shipbot-settings-"));
    temporary.push(folder);
    writeFileSync(join(folder, "key"), "EZTKreal\n");
    writeFileSync(join(folder, "shipbot.yaml"), "concurrency: 9\n");
    const settings = loadSettings({
      env: { ...GOOD_ENV, SHIPPING_API_KEY: undefined, SHIPPING_API_KEY_FILE: "key" },
      cwd: folder,
    });
    expect(settings.shipping.apiKey.reveal()).toBe("EZTKreal");
    expect(settings).toMatchObject({ concurrency: 9, configPath: join(folder, "shipbot.yaml") });
  });
});

describe("logs", () => {
  it("are JSON by default in production, and nothing else changes there", () => {
    const { log, ...rest } = load({ env: { NODE_ENV: "production" } });
    const { log: usual, ...usualRest } = load({});
    expect(log).toEqual({ ...usual, format: "json" });
    expect(JSON.stringify(rest)).toBe(JSON.stringify(usualRest));
    expect(load({ env: { NODE_ENV: "production", LOG_FORMAT: "pretty" } }).log.format).toBe("pretty");
    expect(load({ env: { SHIPBOT_LOG_FILES: "false" } }).log.files).toBe(false);
  });
});

describe("commands that only look at the local state", () => {
  const none = { SHOPIFY_SHOP_URL: undefined, SHOPIFY_ACCESS_TOKEN: undefined, SHIPPING_API_KEY: undefined };

  it("need no credential, and do not look at bad ones", () => {
    const local = loadSettings({ ...inputOf({ env: none }), need: "local" });
    expect(local).toMatchObject({ dataDir: "/work-folder/data", concurrency: 4 });
    expect(local).not.toHaveProperty("shopify");
    const bad = {
      ...none,
      SHOPIFY_SHOP_URL: "http://x",
      SHIPPING_API_KEY_FILE: "/root/unreadable",
      SHIPPING_PROVIDER: "ups",
    };
    expect(loadSettings({ ...inputOf({ env: bad }), need: "local" }).dataDir).toBe("/work-folder/data");
  });

  it("are told about everything else", () => {
    expect(() => loadSettings({ ...inputOf({ yaml: "relook: 1\n", env: none }), need: "local" })).toThrow(
      "1 problem in the settings",
    );
    expect(() => loadSettings({ ...inputOf({ env: { DATABASE_URL: "x" } }), need: "local" })).toThrow(
      "1 problem in the settings",
    );
  });
});
