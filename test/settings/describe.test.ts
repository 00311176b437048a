import { describe, expect, it } from "vitest";
import { SETTINGS } from "../../src/settings/catalog.ts";
import { describeSettings, listSecrets } from "../../src/settings/describe.ts";
import { type Given, inputOf, load } from "./support.ts";

function rowsOf(given: Given): ReadonlyMap<string, { readonly value: string; readonly source: unknown }> {
  return new Map(describeSettings(inputOf(given)).settings.map(({ key, value, source }) => [key, { value, source }]));
}

describe("describeSettings", () => {
  it("tells each setting once, with where it came from", () => {
    const rows = rowsOf({
      yaml: "poll:\n  orders: 20s\nready: {tags: []}\nconcurrency: 2\n",
      env: { SHIPBOT_CONCURRENCY: "3", SHIPBOT_POLL_TRACKING: "1m" },
      flags: { pollTracking: "2m" },
    });
    expect([...rows.keys()]).toEqual(SETTINGS.map((setting) => setting.key));
    expect(rows.get("poll.orders")).toEqual({ value: "20s", source: { kind: "file", position: "shipbot.yaml:2:11" } });
    expect(rows.get("ready.tags")).toEqual({
      value: "(none)",
      source: { kind: "file", position: "shipbot.yaml:3:15" },
    });
    expect(rows.get("concurrency")).toEqual({ value: "3", source: { kind: "env", name: "SHIPBOT_CONCURRENCY" } });
    expect(rows.get("poll.tracking")).toEqual({ value: "2m", source: { kind: "flag", name: "--poll-tracking" } });
    expect(rows.get("resync")).toEqual({ value: "10m", source: { kind: "default" } });
    expect(rows.get("server.public_url")).toEqual({ value: "(not set)", source: { kind: "default" } });
  });

  it("tells the defaults that follow from other settings", () => {
    const rows = rowsOf({ env: { SHIPBOT_DATA_DIR: "d", NODE_ENV: "production" }, yaml: "" });
    expect(rows.get("database.url")?.value).toBe("sqlite:/work-folder/d/shipbot.db");
    expect(rows.get("log.format")?.value).toBe("json");
    expect(rows.get("config")?.value).toBe("/work-folder/shipbot.yaml");
    expect(rowsOf({}).get("data_dir")?.value).toBe("/work-folder/data");
    expect(rowsOf({}).get("config")?.value).toBe("(not set)");
  });

  it("shows no secret and no sender", () => {
    const given: Given = {
      env: {
        SHOPIFY_WEBHOOK_SECRET: "canary1,canary2",
        SHIPPING_WEBHOOK_SECRET: "canary3",
        DATABASE_URL: "postgres://u:canary4@h/d",
        REDIS_URL: "redis://:canary5@h",
        SHIPBOT_SHIP_FROM: '{"default":{"street1":"canary6","city":"b","country":"DE"}}',
      },
      yaml: "ship_from: {default: {street1: canary7, city: b, country: DE}}\nparcel: {name: canary1}\n",
    };
    const report = describeSettings(inputOf(given));
    expect(report.problems).toEqual([]);
    expect(JSON.stringify(report)).not.toContain("canary");
    const rows = rowsOf(given);
    for (const key of [
      "shopify.access_token",
      "shipping.api_key",
      "shopify.webhook_secret",
      "database.url",
      "redis.url",
    ]) {
      expect(rows.get(key)?.value).toBe("[secret]");
    }
    expect(rowsOf({ env: { SHIPPING_API_KEY: "can\nary" } }).get("shipping.api_key")?.value).toBe("[secret]");
    expect(rowsOf({ yaml: given.yaml ?? "" }).get("ship_from")?.value).toBe("default");
    expect(rowsOf({ env: { DATABASE_URL: "sqlite:/a/b.db" } }).get("database.url")?.value).toBe("sqlite:/a/b.db");
  });

  it("works beside problems, and shows what was written", () => {
    const report = describeSettings(
      inputOf({
        yaml: "poll: {orders: soon}\n",
        env: { SHOPIFY_SHOP_URL: undefined, SHIPPING_API_KEY: undefined, SHIPPING_API_KEY_FILE: "/none" },
      }),
    );
    expect(report.problems.map((problem) => problem.setting)).toEqual([
      "poll.orders",
      "SHIPPING_API_KEY_FILE",
      "SHOPIFY_SHOP_URL",
    ]);
    const value = (key: string) => report.settings.find((setting) => setting.key === key)?.value;
    expect(value("poll.orders")).toBe("soon");
    expect(value("shopify.shop_url")).toBe("(not set)");
    expect(value("shipping.api_key")).toBe("(unusable)");
  });

  it("survives a config file that is no YAML, and one that cannot be read", () => {
    expect(describeSettings(inputOf({ yaml: "a: [\n" })).problems).not.toEqual([]);
    expect(describeSettings(inputOf({ configPath: "none.yaml" }))).toMatchObject({
      problems: [{ setting: "--config" }],
    });
  });
});

describe("listSecrets", () => {
  it("holds every secret of the settings, passwords in addresses too", () => {
    const settings = load({
      env: {
        SHOPIFY_WEBHOOK_SECRET: "s1,s2",
        SHIPPING_WEBHOOK_SECRET: "s3",
        DATABASE_URL: "postgres://u:p%40ss@h/d",
        REDIS_URL: "redis://:s4@h",
      },
    });
    const values = listSecrets(settings).map((secret) => secret.reveal());
    expect(values.toSorted()).toEqual(
      ["shpat_canary0token", "EZTKcanary0key", "s1", "s2", "s3", "p@ss", "redis://:s4@h", "s4"].toSorted(),
    );
  });

  it("survives a password with a lone percent sign", () => {
    const settings = load({ env: { DATABASE_URL: "postgres://u:50%x@h/d" } });
    expect(listSecrets(settings).some((secret) => secret.reveal() === "50%x")).toBe(true);
  });
});
