/** Each command on a real shop and a real database, in a pipe: its text, its document, its exit code. */
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectPlain, expectTwoLines, readJson, useFloor, WITHOUT_WEIGHT } from "./shop-floor.ts";

describe("before anything happened", () => {
  const floor = useFloor();

  it("status says so and what to do, and leaves no database behind", async () => {
    const { code, stdout, stderr } = await floor().run(["status"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/no database here[\s\S]*next: shipbot sync/);
    expect(readJson(await floor().run(["status", "--json"]))).toMatchObject({
      parked: [],
      instances: [],
      orders: { waiting: 0, parked: 0 },
      remotes: { shopify: { state: "unknown" }, shipping: { state: "unknown" } },
    });
    await expect(readdir(floor().folder)).resolves.toEqual([]);
  });

  it("why and a dry run ask the shop, and leave no database behind either", async () => {
    floor().addOrder({ name: "#1001" });
    let rated = 0;
    floor().sandbox.easypost.setNoRates(() => {
      rated += 1;
      return false;
    });
    const why = await floor().run(["why", "--order", "1001"]);
    expect(why.code).toBe(0);
    expect(why.stdout).toMatch(/^#1001 is ready_to_ship/);
    const dry = await floor().run(["sync", "--order", "1001", "--dry-run"]);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/#1001 {2}would get rates from EasyPost, buy the cheapest/);
    expect(dry.stdout).toMatch(/Would buy 1 label, prices not known yet\. Nothing was sent\.\n$/);
    expect(rated).toBe(0);
    await expect(readdir(floor().folder)).resolves.toEqual([]);
  });

  it("an order that is not known here names the command that asks the shop", async () => {
    const { code, stderr } = await floor().run(["status", "--order", "1001"]);
    expect(code).toBe(2);
    expectTwoLines(stderr, /there is no database yet/, /shipbot sync/);
  });
});

describe("an order on its way", () => {
  const floor = useFloor();

  it("is bought, fulfilled and told with its money; a second look buys nothing", async () => {
    const id = floor().addOrder({ name: "#1001" });
    const first = await floor().run(["sync", "--order", "#1001"]);
    expect(first.code).toBe(0);
    expectPlain(first.stdout);
    expect(first.stdout).toMatch(/^#1001 {2}new -> pending_pickup {2}USPS \w+ \d+\.\d\d USD {2}[\d.]+m?s\n/);
    expect(first.stdout).toMatch(/\n1 moved, 0 unchanged\. Bought 1 label, \d+\.\d\d USD\.\n$/);
    for (const name of ["1001", id, `https://admin.shopify.com/store/x/orders/${id.split("/").at(-1)}`]) {
      const again = await floor().run(["sync", "--order", name]);
      expect(again.code).toBe(0);
      expect(again.stdout).toBe("#1001  pending_pickup, unchanged\n0 moved, 1 unchanged. Bought 0 labels.\n");
    }
    expect(floor().sandbox.easypost.ledger().purchases).toHaveLength(1);
    expect(floor().sandbox.shopify.ledger().fulfillments).toHaveLength(1);
  });

  it("is a document of `sync --json`", async () => {
    floor().addOrder({ name: "#1002" });
    expect(readJson(await floor().run(["sync", "--order", "1002", "--json"]))).toMatchObject({
      dryRun: false,
      orders: [
        {
          name: "#1002",
          before: null,
          after: { status: "pending_pickup", reason: null },
          moved: true,
          finished: true,
          needsHuman: false,
          bought: [{ carrier: "USPS", cost: { amount: expect.stringMatching(/^\d+\.\d\d$/), currency: "USD" } }],
        },
      ],
      bought: { labels: 1 },
      voided: { labels: 0 },
      troubles: [],
    });
  });

  it("has a status with label, parcel, journal and timeline", async () => {
    const { code, stdout, stderr } = await floor().run(["status", "--order", "1001"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expectPlain(stdout.replaceAll(/^file .*$/gm, ""));
    expect(stdout).toMatch(/^#1001 {2}pending_pickup, for \d+s\nlabel {4}USPS/);
    expect(stdout).toMatch(/\njournal {2}buy done, fulfil done\n\d{4}-\d\d-\d\d, times in UTC\n/);
    expect(stdout).toMatch(/\n\d\d:\d\d:\d\d {2}label bought +USPS/);
    const document = readJson(await floor().run(["status", "--order", "1001", "--json"]));
    expect(document).toMatchObject({
      order: { name: "#1001", status: "pending_pickup", reason: null },
      shipments: [{ state: "bought", provider: "easypost", carrier: "USPS", cost: { currency: "USD" } }],
    });
    expect(document["effects"]).toEqual([
      expect.objectContaining({ kind: "buy", state: "done" }),
      expect.objectContaining({ kind: "fulfil", state: "done" }),
    ]);
    expect(document["timeline"]).toContainEqual(expect.objectContaining({ kind: "label bought" }));
  });

  it("has a label that can be copied, and that is fetched again when it is gone", async () => {
    const { folder, run } = floor();
    const shown = await run(["label", "--order", "1001", "--json"]);
    const [label] = (readJson(shown) as { labels: { path: string }[] }).labels;
    await access(label?.path ?? "");
    const copied = await run(["label", "--order", "1001", "--order", "1002", "--out", "here"]);
    expect(copied.code).toBe(0);
    const files = await readdir(join(folder, "here"));
    expect(files.sort().map((name) => name.slice(0, 5))).toEqual(["1001-", "1002-"]);
    const before = await readFile(label?.path ?? "");
    const { rm } = await import("node:fs/promises");
    await rm(label?.path ?? "");
    const fetched = await run(["label", "--order", "1001"]);
    expect(fetched.stderr).toMatch(/Fetching the label/);
    expect(await readFile(label?.path ?? "")).toEqual(before);
    const nowhere = await run(["label", "--order", "1001", "--out", "/dev/null/x"]);
    expect(nowhere.code).toBe(2);
    expectTwoLines(nowhere.stderr, /could not be copied/, /a folder that you may write to/);
  });

  it("shows which rate was chosen", async () => {
    const { stdout } = await floor().run(["why", "--order", "1001"]);
    expectPlain(stdout);
    expect(stdout).toMatch(/\nrates \d+\.\d\d USD USPS \w+ \(bought\), /);
    const document = readJson(await floor().run(["why", "--order", "1001", "--json"]));
    const rates = document["rates"] as { chosen: boolean; price: { amount: string } }[];
    expect(rates.filter((rate) => rate.chosen)).toHaveLength(1);
    expect(rates[0]).toMatchObject({ chosen: true });
  });
});

describe("an order that needs a human", () => {
  const floor = useFloor();

  it("is told with its reason and the way out, exit 1", async () => {
    floor().addOrder({ name: "#1001", ...WITHOUT_WEIGHT });
    const { code, stdout } = await floor().run(["sync"]);
    expect(code).toBe(1);
    expectPlain(stdout);
    expect(stdout).toMatch(/^#1001 {2}new -> parked: no_weight {2}/);
    expect(stdout).toContain(
      "do: set the weight of the product in Shopify, then:\n       shipbot retry --order 1001\n",
    );
    expect(stdout).toMatch(/1 moved, 0 unchanged, 1 needs you\. Bought 0 labels\.\n$/);
  });

  it("is in the overview, with the command that explains it", async () => {
    const { code, stdout, stderr } = await floor().run(["status"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expectPlain(stdout);
    expect(stdout).toMatch(
      /^127\.0\.0\.1:\d+ · EasyPost · no daemon yet\nparked 1\nnothing due · spent today \(UTC\) nothing\n/,
    );
    expect(stdout).toMatch(/1 parked:\n {2}#1001 {2}no_weight {2}\d+s {2}shipbot why --order 1001\n$/);
    expect(readJson(await floor().run(["status", "--json"]))).toMatchObject({
      orders: { parked: 1 },
      parked: [{ order: "#1001", reason: "no_weight", since: expect.stringMatching(/^\d{4}-.*Z$/) }],
      due: { count: 0, oldestSeconds: null },
      remotes: { shopify: { state: "ok" } },
    });
  });

  it("is explained by the check that decides, its input and the command that helps", async () => {
    const { code, stdout } = await floor().run(["why", "--order", "1001"]);
    expect(code).toBe(0);
    expectPlain(stdout);
    expect(stdout).toMatch(/^#1001 is parked: GIFT-BOX has no weight \(read /);
    expect(stdout).toMatch(/\nok {4}address +country: US, postal code: 94104\n/);
    expect(stdout).toMatch(/\nFAIL {2}weight +what: GIFT-BOX {2}<- decides\n/);
    expect(stdout).toMatch(/\nnext {2}set the weight .*shipbot retry --order 1001\n$/);
    expect(stdout).not.toMatch(/Ada|Montgomery|555/);
    const document = readJson(await floor().run(["why", "--order", "1001", "--json"]));
    expect(document).toMatchObject({
      source: "live",
      judgement: {
        status: "parked",
        reason: "no_weight",
        remedy: expect.stringContaining("shipbot retry --order 1001"),
      },
    });
    const findings = document["findings"] as { check: string; decides: boolean }[];
    expect(findings.filter((finding) => finding.decides)).toEqual([
      expect.objectContaining({ check: "weight", verdict: "park", input: { what: "GIFT-BOX" } }),
    ]);
  });

  it("stays parked when it is tried again and nothing changed", async () => {
    const dry = await floor().run(["retry", "--parked", "--dry-run"]);
    expect(dry.code).toBe(1);
    expect(dry.stdout).toMatch(/^#1001 {2}would be parked: GIFT-BOX has no weight\n/);
    const { code, stdout } = await floor().run(["retry", "--reason", "no_weight"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^#1001 {2}parked: no_weight, unchanged\n/);
    const none = await floor().run(["retry", "--reason", "no_rate"]);
    expect(none).toMatchObject({ code: 0, stdout: "None of 1 order is parked as no_rate. Bought 0 labels.\n" });
  });

  it("is shipped after the trouble was mended, by retry", async () => {
    const { easypost } = floor().sandbox;
    floor().addOrder({ name: "#1002" });
    easypost.setNoRates(() => true);
    expect((await floor().run(["sync", "--order", "1002"])).stdout).toMatch(/new -> parked: no_rate/);
    easypost.setNoRates(null);
    const dry = await floor().run(["retry", "--order", "1002", "--dry-run"]);
    expect(dry.stdout).toMatch(/^#1002 {2}would get new rates from EasyPost, buy the cheapest/);
    const { code, stdout } = await floor().run(["retry", "--order", "1002"]);
    expect(stdout).toMatch(/^#1002 {2}parked -> pending_pickup {2}USPS/);
    expect(code).toBe(0);
    expect((await floor().run(["status", "--order", "1002"])).stdout).toMatch(
      /retry +ada asked to try again; 1 refusal/,
    );
  });
});

describe("human decisions", () => {
  const floor = useFloor();

  it("hold an order before its label is bought, and release it", async () => {
    const { run } = floor();
    floor().addOrder({ name: "#1001" });
    const dry = await run(["hold", "--order", "1001", "--why", "customer called", "--dry-run"]);
    expect(dry.stdout).toMatch(/^#1001 {2}would be waiting: ada put it on hold: customer called\n/);
    const held = await run(["hold", "--order", "1001", "--why", "customer called"]);
    expect(held.code).toBe(0);
    expect(held.stdout).toMatch(
      /-> waiting[\s\S]*ada put it on hold: customer called\n {7}do: shipbot release --order 1001/,
    );
    expect((await run(["sync", "--order", "1001"])).stdout).toMatch(/^#1001 {2}waiting, unchanged\n/);
    expect(floor().sandbox.easypost.ledger().purchases).toHaveLength(0);
    const released = await run(["release", "--order", "1001"]);
    expect(released.stdout).toMatch(/^#1001 {2}waiting -> pending_pickup {2}USPS/);
    const again = await run(["release", "--order", "1001"]);
    expect(again).toMatchObject({ code: 0, stdout: "0 moved. Bought 0 labels.\n" });
    expect(again.stderr).toMatch(/#1001 was not held/);
  });

  it("void a label only when told so, keep the order, and buy anew after a release", async () => {
    const { run, sandbox } = floor();
    const unasked = await run(["void", "--order", "1001"]);
    expect(unasked.code).toBe(2);
    expectTwoLines(unasked.stderr, /void USPS \w+ \d+\.\d\d USD of #1001\?/, /--yes/);
    const dry = await run(["void", "--order", "1001", "--dry-run"]);
    expect(dry.stdout).toMatch(/would void USPS .*\n[\s\S]*Would void 1 label, \d+\.\d\d USD\. Nothing was sent\.\n$/);
    expect(sandbox.easypost.ledger().refunds).toHaveLength(0);
    const voided = await run(["void", "--order", "1001", "--yes", "--why", "wrong box"]);
    expect(voided.code).toBe(0);
    expectPlain(voided.stdout);
    expect(voided.stdout).toMatch(/voided USPS[\s\S]*Voided 1 label, \d+\.\d\d USD\.\n$/);
    const nothing = await run(["void", "--order", "1001", "--yes"]);
    expect(nothing).toMatchObject({ code: 1, stdout: "Voided 0 labels.\n" });
    expect(nothing.stderr).toMatch(/has no label to void[\s\S]*shipbot hold --order 1001/);
    const released = await run(["release", "--order", "1001"]);
    expect(released.stdout).toMatch(/Bought 1 label/);
    expect((await run(["status", "--order", "1001"])).stdout).toMatch(
      /void asked +ada asked to void its label: wrong box/,
    );
  });

  it("do not void what is on its way", async () => {
    const { run, sandbox, withStore } = floor();
    const id = floor().addOrder({ name: "#1003" });
    await run(["sync", "--order", "1003"]);
    await withStore(async (store) => {
      const [shipment] = await store.shipments.ofOrder(id);
      const at = shipment?.label?.boughtAt ?? 0;
      await store.shipments.recordTracking(shipment?.id ?? "", [{ status: "in_transit", at }], null);
    });
    const { code, stderr } = await run(["void", "--order", "1003", "--yes"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/#1003 is on its way: its label can no longer be voided/);
    expect(sandbox.easypost.ledger().refunds).toHaveLength(1);
  });

  it("take a label that was cancelled before a scan for one that never left", async () => {
    const { run, withStore } = floor();
    const id = floor().addOrder({ name: "#1004" });
    await run(["sync", "--order", "1004"]);
    await withStore(async (store) => {
      const [shipment] = await store.shipments.ofOrder(id);
      const at = shipment?.label?.boughtAt ?? 0;
      await store.shipments.recordTracking(shipment?.id ?? "", [{ status: "cancelled", at }], null);
    });
    const { code, stderr } = await run(["void", "--order", "1004"]);
    expect(code).toBe(2);
    expectTwoLines(stderr, /nobody is here to answer: void .* of #1004/, /--yes/);
  });
});

describe("everything that changed", () => {
  const floor = useFloor();

  it("is looked at by a plain sync; a second one has nothing to do", async () => {
    for (const name of ["#1001", "#1002", "#1003"]) {
      floor().addOrder({ name });
    }
    const dry = await floor().run(["sync", "--dry-run"]);
    expect(dry.stdout.match(/would get rates/g)).toHaveLength(3);
    const { code, stdout } = await floor().run(["sync"]);
    expect(code).toBe(0);
    expectPlain(stdout);
    expect(stdout.match(/new -> pending_pickup/g)).toHaveLength(3);
    expect(stdout).toMatch(/3 moved, 0 unchanged\. Bought 3 labels, \d+\.\d\d USD\.\n$/);
    const again = await floor().run(["sync"]);
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(
      /(Nothing changed in the shop and nothing is due|0 moved, \d unchanged)\. Bought 0 labels\.\n$/,
    );
  });

  it("and what did not change, with --since and --all", async () => {
    for (const args of [["--since", "1h"], ["--since", "2020-01-01"], ["--all"]]) {
      const document = readJson(await floor().run(["sync", ...args, "--json"]));
      expect(document["orders"]).toHaveLength(3);
      expect(document).toMatchObject({ bought: { labels: 0 } });
    }
  });
});

describe("webhooks", () => {
  const floor = useFloor();

  it("are listed, made and taken away", async () => {
    const { run } = floor();
    const unset = await run(["webhooks"]);
    expect(unset).toMatchObject({ code: 0, stderr: "" });
    expect(unset.stdout).toMatch(/^0 subscriptions\. PUBLIC_URL is not set/);
    const refused = await run(["webhooks", "register"]);
    expect(refused.code).toBe(78);
    expectTwoLines(refused.stderr, /PUBLIC_URL is missing/, /shipbot config check/);
    const env = { PUBLIC_URL: "https://ship.example.com" };
    const missing = await run(["webhooks", "list"], env);
    expect(missing.code).toBe(1);
    expect(missing.stdout).toMatch(/^warn {2}0 of \d+ topics .*\n {2}do: shipbot webhooks register\n$/);
    const dry = await run(["webhooks", "register", "--dry-run"], env);
    expect(dry.stdout).toMatch(/Would make (\d+) of \1 subscriptions\. Nothing was sent\.\n$/);
    expect(floor().sandbox.shopify.subscriptions()).toHaveLength(0);
    expect((await run(["webhooks", "register"], env)).stdout).toMatch(/\d+ made, 0 were there, 0 failed: https:/);
    const there = await run(["webhooks", "list"], env);
    expect(there.code).toBe(0);
    expectPlain(there.stdout);
    const document = readJson(await run(["webhooks", "list", "--json"], env));
    expect(document).toMatchObject({ uri: "https://ship.example.com/webhooks/shopify", missing: [] });
    expect((await run(["webhooks", "remove"], env)).stdout).toMatch(/^Removed (\d+) of \1 subscriptions/);
    expect(floor().sandbox.shopify.subscriptions()).toHaveLength(0);
  });
});

describe("config", () => {
  const floor = useFloor();

  it("shows every setting and its origin, and no secret", async () => {
    const { code, stdout } = await floor().run(["config", "show"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nshopify\.access_token +\[secret\] +SHOPIFY_ACCESS_TOKEN\n/);
    const document = await floor().run(["config", "show", "--json"]);
    expect(readJson(document)).toMatchObject({ ok: true, problems: [] });
    for (const secret of ["shpat_sandbox", "EZTK_sandbox", "sandbox-client-secret"]) {
      expect(stdout + document.stdout).not.toContain(secret);
    }
  });

  it("checks them, all problems at once", async () => {
    expect((await floor().run(["config", "check"])).stdout).toMatch(
      /^ok: \d+ settings given, \d+ by default; no config file\n$/,
    );
    const bad = { SHIPBOT_CONCURRENCY: "many", SHIPPING_API_KEY: "", LOG_LEVEL: "loud" };
    const { code, stdout } = await floor().run(["config", "check"], bad);
    expect(code).toBe(78);
    expect(stdout).toMatch(/SHIPBOT_CONCURRENCY "many"/);
    expect(stdout).toMatch(/SHIPPING_API_KEY is missing/);
    expect(stdout).toMatch(/LOG_LEVEL "loud"/);
    expect(stdout).toMatch(/\n3 problems\n$/);
    const document = readJson(await floor().run(["config", "check", "--json"], bad));
    expect(document).toMatchObject({ ok: false });
    expect(document["problems"]).toHaveLength(3);
  });
});
