/** `status` reads three settings by itself; they must be what the real loader makes of them. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/system.ts";
import type { Invocation } from "../../src/cli/command.ts";
import { createTerminal } from "../../src/cli/output.ts";
import { lockFolderOf, readPlaces } from "../../src/cli/places.ts";
import { loadSettings } from "../../src/settings/load.ts";

const CWD = "/somewhere/else";

function invocationWith(env: Readonly<Record<string, string>>, dataDir?: string): Invocation {
  const { stdout, stderr, stdin } = process;
  const terminal = createTerminal({ stdout, stderr, stdin, env });
  return { terminal, env, cwd: CWD, version: "1", clock: systemClock, configPath: undefined, dataDir, verbose: false };
}

describe("the places", () => {
  it.each([
    [{}, undefined],
    [{ SHIPBOT_DATA_DIR: "here" }, undefined],
    [{ SHIPBOT_DATA_DIR: " /there " }, undefined],
    [{ SHIPBOT_DATA_DIR: "" }, undefined],
    [{ SHIPBOT_DATA_DIR: "here" }, "flag"],
    [{ DATABASE_URL: "sqlite:data/my.db" }, undefined],
    [{ DATABASE_URL: "sqlite:///var/my.db", SHIPBOT_DATA_DIR: "x" }, undefined],
    [{ DATABASE_URL: "   " }, "flag"],
  ])("of %j and --data-dir %s are those of the loader", async (env, dataDir) => {
    const settings = loadSettings({ env, cwd: CWD, flags: { dataDir }, need: "local" });
    expect(await readPlaces(invocationWith(env, dataDir))).toEqual({
      dataDir: settings.dataDir,
      databaseUrl: settings.database.url,
      shopId: null,
    });
  });

  it.each([
    [{ DATABASE_URL: "mysql://x" }],
    [{ DATABASE_URL: "sqlite::memory:" }],
    [{ SHIPBOT_DATA_DIR: '"/quoted"' }],
    [{ DATABASE_URL: "'sqlite:x.db'" }],
  ])("of %j are refused with the loader's problems", async (env) => {
    const refused = await readPlaces(invocationWith(env)).catch((error: unknown) => error);
    const expected = await Promise.resolve()
      .then(() => loadSettings({ env, cwd: CWD, need: "local" }))
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: "SettingsError" });
    expect(refused).toEqual(expected);
  });

  it.each([
    ["my-shop", "my-shop.myshopify.com"],
    ["https://My-Shop.myshopify.com/admin", "my-shop.myshopify.com"],
    ["http://127.0.0.1:4000", "127.0.0.1:4000"],
  ])("name the shop of %s as %s", async (shop, domain) => {
    expect(await readPlaces(invocationWith({ SHOPIFY_SHOP_URL: shop }))).toMatchObject({ shopId: domain });
  });

  it("put the lock beside the database, and into the data folder where it is a server", () => {
    expect(lockFolderOf(`sqlite:${join("/a", "b.db")}`, "/data")).toBe("/a");
    expect(lockFolderOf("postgres://host/db", "/data")).toBe("/data");
  });
});
