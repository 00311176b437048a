/** What a user sees when shop, provider, settings, database or terminal are in trouble. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { programPath } from "../support/built-program.ts";
import { startChild } from "../support/child.ts";
import { expectPlain, expectTwoLines, readJson, useFloor, WITHOUT_WEIGHT } from "./shop-floor.ts";

/** Nobody listens on port 1 of the loopback. */
const NOBODY = "http://127.0.0.1:1";
const SHORT = ["--timeout", "2s"];

describe("a refused credential", () => {
  const floor = useFloor();

  it("is one error with what to change, exit 1, when the shop must be asked first", async () => {
    floor().addOrder({ name: "#1001" });
    const { code, stdout, stderr } = await floor().run(["sync"], { SHOPIFY_ACCESS_TOKEN: "wrong" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expectTwoLines(stderr, /Shopify refuses us: .*401 \[unauthorized\]/, /Check SHOPIFY_ACCESS_TOKEN/);
    const json = await floor().run(["sync", "--json"], { SHOPIFY_ACCESS_TOKEN: "wrong" });
    expect(json).toMatchObject({ code: 1, stdout: "" });
    expect(JSON.parse(json.stderr)).toMatchObject({ version: 1, error: { kind: "unauthorized" } });
  });

  it("is told once for many orders, and again by status until it is mended", async () => {
    floor().addOrder({ name: "#1002" });
    await floor().run(["hold", "--order", "1001", "--order", "1002", "--why", "test"]);
    const orders = ["--order", "1001", "--order", "1002"];
    const refused = await floor().run(["sync", ...orders], { SHOPIFY_ACCESS_TOKEN: "wrong" });
    expect(refused.code).toBe(1);
    expectPlain(refused.stdout);
    expect(refused.stdout.match(/Check SHOPIFY_ACCESS_TOKEN/g)).toHaveLength(1);
    const status = await floor().run(["status"]);
    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(/\nFAIL {2}shopify refuses us, for \d+s: /);
    await floor().run(["sync", ...orders]);
    expect(await floor().run(["status"])).toMatchObject({ code: 0 });
  });

  it("of the provider leaves the order ready and says what to change", async () => {
    floor().addOrder({ name: "#1003" });
    const { code, stdout } = await floor().run(["sync", "--order", "1003"], { SHIPPING_API_KEY: "wrong" });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^#1003 {2}ready_to_ship, not finished\n/);
    expect(stdout).toMatch(/\nFAIL {3}shipping refuses us: /);
    expect(stdout.match(/SHIPPING_API_KEY/g)).toHaveLength(1);
    expect(stdout).toMatch(/Bought 0 labels\.\n$/);
    expect((await floor().run(["sync", "--order", "1003"])).stdout).toMatch(/ready_to_ship -> pending_pickup/);
  });
});

describe("a shop that does not answer", () => {
  const floor = useFloor();

  it("is exit 69, for an order that is known and for one that is not", async () => {
    floor().addOrder({ name: "#1001", ...WITHOUT_WEIGHT });
    await floor().run(["sync"]);
    floor().sandbox.shopify.closedWith = 503;
    const known = await floor().run(["sync", "--order", "1001", ...SHORT]);
    expect(known.code).toBe(69);
    expectPlain(known.stdout);
    expect(known.stdout).toMatch(/FAIL {3}shopify does not answer: /);
    expect(readJson(await floor().run(["sync", "--order", "1001", "--json", ...SHORT]))).toMatchObject({
      troubles: [{ remote: "shopify", state: "unreachable" }],
    });
    const unknown = await floor().run(["sync", "--order", "1002"], { SHOPIFY_SHOP_URL: NOBODY });
    expect(unknown).toMatchObject({ code: 69, stdout: "" });
    expectTwoLines(unknown.stderr, /Shopify does not answer: .*\[unavailable\]/, /wait and run it again/);
  });

  it("does not keep why from telling what was decided last, and how long ago", async () => {
    floor().sandbox.shopify.closedWith = 503;
    const unreachable = await floor().run(["why", "--order", "1001"]);
    expect(unreachable.code).toBe(0);
    expectPlain(unreachable.stdout);
    expect(unreachable.stderr).toMatch(/the shop was not asked \(.*503\)/);
    expect(unreachable.stdout).toMatch(/^#1001 is parked: GIFT-BOX has no weight \(decided \d+s ago/);
    const without = await floor().run(["why", "--order", "1001", "--json"], { SHOPIFY_ACCESS_TOKEN: "" });
    expect(without.code).toBe(0);
    expect(without.stderr).toMatch(/settings are missing/);
    expect(readJson(without)).toMatchObject({ source: "stored", judgement: { reason: "no_weight" } });
  });
});

describe("an order that does not exist", () => {
  const floor = useFloor();

  it("is exit 2 with the nearest names, and nothing is done for the others", async () => {
    for (const name of ["#1001", "#1010"]) {
      floor().addOrder({ name });
    }
    await floor().run(["hold", "--order", "1001", "1010", "--why", "test"]);
    const { code, stdout, stderr } = await floor().run(["release", "--order", "1001", "--order", "1011"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expectTwoLines(
      stderr,
      /there is no order 1011, neither here nor in the shop/,
      /did you mean #1010, #1001\?|#1001, #1010/,
    );
    const local = await floor().run(["status", "--order", "1100"]);
    expect(local.code).toBe(2);
    expectTwoLines(local.stderr, /no order 1100 is known here/, /did you mean .*shipbot sync --order 1100/);
    expect(floor().sandbox.easypost.ledger().purchases).toHaveLength(0);
  });
});

describe("settings", () => {
  const floor = useFloor();

  it("that are missing are told all at once, exit 78, and status works without them", async () => {
    const none = { SHOPIFY_SHOP_URL: "", SHOPIFY_ACCESS_TOKEN: "", SHIPPING_API_KEY: "" };
    const { code, stdout, stderr } = await floor().run(["sync"], none);
    expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
    expectPlain(stderr);
    expectTwoLines(stderr, /3 problems.*SHOPIFY_SHOP_URL.*SHOPIFY_ACCESS_TOKEN.*SHIPPING_API_KEY/, /config check/);
    floor().addOrder({ name: "#1001" });
    await floor().run(["sync"]);
    expect((await floor().run(["status"], none)).stdout).toMatch(/\npending_pickup 1\n/);
  });

  it("that name a shop that is none are told by status too", async () => {
    const { code, stderr } = await floor().run(["status"], { SHOPIFY_SHOP_URL: "https://example.com/shop" });
    expect(code).toBe(78);
    expectTwoLines(stderr, /SHOPIFY_SHOP_URL .*storefront address/, /config check/);
  });

  it("of two shops in one database need to be told apart", async () => {
    const { sandbox, withStore } = floor();
    await withStore((store) => store.orders.request([{ id: "gid://shopify/Order/1", name: "#1" }], 0));
    const { openStore } = await import("../../src/store/store.ts");
    const { systemClock } = await import("../../src/base/system.ts");
    const url = `sqlite:${join(floor().folder, "shipbot.db")}`;
    const other = await openStore({ url, shopId: "other.myshopify.com", clock: systemClock });
    await other.orders.request([{ id: "gid://shopify/Order/2", name: "#2" }], 0);
    await other.close();
    const { code, stderr } = await floor().run(["status"], { SHOPIFY_SHOP_URL: "" });
    expect(code).toBe(2);
    expectTwoLines(stderr, /2 shops: 127\.0\.0\.1:\d+, other\.myshopify\.com/, /SHOPIFY_SHOP_URL=/);
    expect((await floor().run(["status"], { SHOPIFY_SHOP_URL: sandbox.url })).stdout).toMatch(/^127/);
  });
});

describe("a database that cannot be used", () => {
  it("is told without a stack", async () => {
    const folder = await mkdtemp(join(tmpdir(), "shipbot-broken-"));
    try {
      await writeFile(
        join(folder, "shipbot.db"),
        "this is no database, and it is long enough to be looked at".repeat(40),
      );
      const env = { SHIPBOT_DATA_DIR: folder, SHOPIFY_SHOP_URL: "a-shop" };
      const { code, stderr } = await startChild(process.execPath, [programPath(), "status"], { env }).exited;
      expect([70, 78]).toContain(code);
      expectTwoLines(stderr, /./, /./);
    } finally {
      await chmod(folder, 0o700);
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("a terminal that is none", () => {
  const floor = useFloor();
  const shell = (command: string, env: Readonly<Record<string, string>> = {}) =>
    startChild("/bin/sh", ["-c", command], { cwd: floor().folder, env: { ...floor().env, ...env } }).exited;
  const program = () => `'${process.execPath}' '${programPath()}'`;

  it("gets text without an escape byte, and colours only where they are forced", async () => {
    floor().addOrder({ name: "#1001", ...WITHOUT_WEIGHT });
    await floor().run(["sync"]);
    for (const args of [["status"], ["why", "--order", "1001"], ["status", "--order", "1001"]]) {
      const piped = await floor().run(args);
      expectPlain(piped.stdout);
      const coloured = await floor().run(args, { FORCE_COLOR: "1" });
      expect(coloured.stdout).toContain("\u001b[");
      const ages = (text: string): string => text.replaceAll(/\d+s|\d\d:\d\d:\d\d/g, "-");
      expect(ages(stripVTControlCharacters(coloured.stdout))).toBe(ages(piped.stdout));
      expectPlain((await floor().run(args, { NO_COLOR: "1" })).stdout);
    }
  });

  it("may close early without a word", async () => {
    const { code, stdout, stderr } = await shell(`${program()} config show | head -1`);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: expect.stringMatching(/^SETTING/), stderr: "" });
  });

  it("may be full: that is said without a stack", async () => {
    const { code, stderr } = await shell(`${program()} config show > /dev/full`);
    expect(code).not.toBe(0);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("gets one JSON document whatever is logged", async () => {
    const env = { LOG_LEVEL: "debug", CI: "1" };
    readJson(await floor().run(["status", "--json"], env));
    readJson(await floor().run(["sync", "--order", "1001", "--json"], env));
    readJson(await floor().run(["sync", "--order", "1001", "--json", "--verbose"], env));
  });
});
