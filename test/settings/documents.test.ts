/** What is generated from the settings is current: `node config/build/settings-docs.ts` writes it anew. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { writeSettingsFiles } from "../../config/build/settings-docs.ts";
import { findSetting, SETTINGS } from "../../src/settings/catalog.ts";
import { ADDRESS_FIELDS } from "../../src/settings/schema.ts";
import { load, problemsOf } from "./support.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const example = read("config/shipbot.example.yaml");

describe("the generated files", () => {
  it.each([...writeSettingsFiles().keys()])("%s is current", (path) => {
    expect(read(path)).toBe(writeSettingsFiles().get(path));
  });
});

describe("the example", () => {
  it("names its schema in the first line, for editors", () => {
    expect(example.split("\n")[0]).toBe("# yaml-language-server: $schema=./shipbot.schema.json");
  });

  it("loads without a problem, and changes nothing", () => {
    expect(problemsOf({ yaml: example })).toEqual([]);
    const { configPath, ...settings } = load({ yaml: example });
    const { configPath: none, ...defaults } = load({});
    expect([configPath, none]).toEqual(["/work-folder/shipbot.yaml", null]);
    expect(JSON.stringify(settings)).toBe(JSON.stringify(defaults));
  });

  it("loads with its commented sender too", () => {
    const [senders = ""] = /(?<=ship_from: \{\}\n# .*\n)(?:# {3}.*\n)+/.exec(example) ?? [];
    const yaml = example.replace("ship_from: {}", "ship_from:").replace(senders, senders.replaceAll(/^#/gm, ""));
    expect(problemsOf({ yaml })).toEqual([]);
    const sender = load({ yaml }).policy.shipFrom["default"];
    expect(Object.values(sender ?? {}).every((value) => typeof value === "string")).toBe(true);
    for (const field of ADDRESS_FIELDS) {
      expect(yaml).toMatch(new RegExp(`^ {5}${field}:`, "m"));
    }
  });

  it("has every key of the config file, each with a comment before it", () => {
    const values: unknown = parse(example);
    const lines = example.split("\n");
    for (const { key, inFile } of SETTINGS) {
      const [group = "", name] = key.split(".");
      if (!inFile) {
        continue;
      }
      expect(values, key).toHaveProperty(name === undefined ? [group] : [group, name]);
      const start =
        name === undefined
          ? lines.indexOf(lines.find((line) => line.startsWith(`${group}:`)) ?? "")
          : lines.indexOf(`${group}:`);
      const line =
        name === undefined ? start : lines.findIndex((text, index) => index > start && text.startsWith(`  ${name}:`));
      expect(lines[line - 1], key).toMatch(/^ *# \S.*\.? \(SHIPBOT_/);
    }
  });
});

describe("the JSON Schema", () => {
  it("refuses unknown keys in every group, so that editors mark them", () => {
    const open: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) {
        return;
      }
      if ("properties" in node && !("additionalProperties" in node && node.additionalProperties === false)) {
        open.push(path);
      }
      for (const [key, child] of Object.entries(node)) {
        walk(child, `${path}/${key}`);
      }
    };
    const schema: unknown = JSON.parse(read("config/shipbot.schema.json"));
    walk(schema, "");
    expect(open).toEqual([]);
    expect(schema).toHaveProperty("$schema", "http://json-schema.org/draft-07/schema#");
  });
});

describe("the names of settings", () => {
  it("are unambiguous in every spelling", () => {
    for (const setting of SETTINGS) {
      expect(findSetting(setting.key)?.key).toBe(setting.key);
      expect(findSetting(setting.env)?.key).toBe(setting.key);
    }
    expect(new Set(SETTINGS.map((setting) => setting.env)).size).toBe(SETTINGS.length);
  });

  it("have the env names of the contract", () => {
    expect(SETTINGS.map((setting) => setting.env)).toEqual(
      expect.arrayContaining(
        `SHOPIFY_SHOP_URL SHOPIFY_ACCESS_TOKEN SHOPIFY_CLIENT_ID SHOPIFY_CLIENT_SECRET SHOPIFY_WEBHOOK_SECRET
        SHOPIFY_API_VERSION SHIPPING_PROVIDER SHIPPING_API_KEY SHIPPING_API_URL SHIPPING_WEBHOOK_SECRET DATABASE_URL
        REDIS_URL PORT HOST PUBLIC_URL SHIPBOT_CONFIG SHIPBOT_DATA_DIR LOG_LEVEL LOG_FORMAT NODE_ENV
        SHIPBOT_POLL_ORDERS SHIPBOT_POLL_TRACKING SHIPBOT_RESYNC SHIPBOT_CONCURRENCY`.split(/\s+/),
      ),
    );
  });
});
