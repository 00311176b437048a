/** Each setting is either policy, which a running daemon takes, or named as what needs a restart: none falls between. */
import { expect, test } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { findRestarts } from "../../src/settings/restart.ts";
import type { Settings } from "../../src/settings/types.ts";

const ENV = {
  ...{ SHOPIFY_SHOP_URL: "my-shop", SHOPIFY_ACCESS_TOKEN: "shpat_one", SHOPIFY_WEBHOOK_SECRET: "one" },
  ...{ SHIPPING_API_KEY: "key-one", SHIPPING_WEBHOOK_SECRET: "one", PUBLIC_URL: "https://ship.example.com" },
  ...{ REDIS_URL: "redis://one", SHIPBOT_BACKUP_FOLDER: "/backups" },
};

const settings: Settings = loadSettings({ env: ENV, cwd: "/nowhere", readFile: () => notThere() });

function notThere(): never {
  throw Object.assign(new Error("no such file"), { code: "ENOENT" });
}

/** Paths of all single values, except those of the policy and where the file lies. */
function leavesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  // Another kind of credential is another credential, and `kind` alone cannot change.
  if (["policy", "configPath"].includes(path[0] ?? "") || path.join(".") === "shopify.auth.kind") {
    return [];
  }
  if (typeof value !== "object" || value === null || value instanceof Secret) {
    return [path];
  }
  return Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]));
}

function changed(value: unknown, path: readonly string[]): unknown {
  const [first, ...rest] = path;
  if (first === undefined) {
    return value instanceof Secret ? new Secret("another") : `another than ${String(value)}`;
  }
  const copy: unknown = Array.isArray(value) ? [...value] : { ...(value as object) };
  Reflect.set(copy as object, first, changed(Reflect.get(value as object, first), rest));
  return copy;
}

test("a change of anything but the policy is named", () => {
  const leaves = leavesOf(settings);
  expect(leaves.length).toBeGreaterThan(30);
  const untold = leaves.filter((path) => findRestarts(settings, changed(settings, path) as Settings).length === 0);
  expect(untold).toEqual([]);
});

test("the same, or another policy, needs no restart", () => {
  expect(findRestarts(settings, settings)).toEqual([]);
  expect(findRestarts(settings, { ...settings, policy: { ...settings.policy, relookMs: 1 } })).toEqual([]);
});
