/**
 * `rules test` on the built program: orders of a sandbox are decided on, the file changes, and what the replay says is
 * held against what a real run under the new file does.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { expectPlain, expectTwoLines, readJson, useFloor } from "./shop-floor.ts";

interface Side {
  readonly status: string;
  readonly reason: string | null;
  readonly sentence: string | null;
  readonly rule: string | null;
  readonly parcels: readonly {
    readonly preset: string;
    readonly carrier: string | null;
    readonly service: string | null;
    readonly cost: { readonly amount: string; readonly currency: string } | null;
  }[];
  readonly tags: readonly string[];
}

interface Report {
  readonly since: string | null;
  readonly before: { readonly source: string };
  readonly orders: number;
  readonly differing: number;
  readonly changes: Readonly<Record<string, number>>;
  readonly money: readonly { readonly before: string; readonly after: string; readonly difference: string }[];
  readonly unpriced: number;
  readonly unclear: number;
  readonly differences: readonly {
    readonly order: { readonly name: string };
    readonly changes: readonly string[];
    readonly matches: readonly string[];
    readonly before: Side;
    readonly after: Side;
  }[];
}

const PRESENT = "ready: {tags: [ready_to_ship]}\n";
const NEW = `
ready: {tags: [ready_to_ship]}
rules:
  - group: Service
    match: first
    rules:
      - name: glass goes fast
        when: {sku: GLASS-*}
        do: {service: USPS Express, tag: glass}
  - group: Care
    match: all
    rules:
      - name: dear ones wait
        when: {value: {above: 500, currency: USD}}
        do: {hold: check the payment}
      - name: gifts are agreed to
        when: {tag: gift}
        do: {approval: true}
`;

const EXPRESS = { carrier: "USPS", service: "Express" };

describe("rules test", () => {
  const floor = useFloor();
  const replayed = async (...args: readonly string[]): Promise<Report> =>
    readJson(await floor().run(["rules", "test", "--json", ...args])) as unknown as Report;
  const newFile = () => join(floor().folder, "new.yaml");

  beforeAll(async () => {
    await writeFile(join(floor().folder, "shipbot.yaml"), PRESENT);
    await writeFile(newFile(), NEW);
    floor().addOrder({ name: "#1001" });
    floor().addOrder({ name: "#1002", lines: [{ sku: "GLASS-1" }] });
    floor().addOrder({ name: "#1003", lines: [{ price: "600.0" }] });
    floor().addOrder({ name: "#1004", tags: ["ready_to_ship", "gift"] });
    floor().addOrder({ name: "#1005", tags: [] });
  });

  it("says what to do where nothing was stored yet", async () => {
    const { code, stderr } = await floor().run(["rules", "test"]);
    expect(code).toBe(2);
    expectTwoLines(stderr, /there is nothing to replay/, /shipbot sync/);
  });

  it("changes nothing with the file by which the orders were decided", async () => {
    await floor().run(["sync"]);
    const report = await replayed();
    expect(report).toMatchObject({ before: { source: "decided" }, orders: 5, differing: 0, unpriced: 0, unclear: 0 });
    expect(report.money).toMatchObject([{ difference: "0.00" }]);
    // What it says was spent is what was spent.
    const spent = await floor().withStore((store) => store.shipments.spendSince(0));
    expect([report.money[0]?.before, spent[0]?.amountMinor]).toEqual([
      ((spent[0]?.amountMinor ?? 0) / 100).toFixed(2),
      expect.any(Number),
    ]);
    const same = await replayed("--config", join(floor().folder, "shipbot.yaml"));
    expect(same).toMatchObject({ before: { source: "file" }, orders: 5, differing: 0 });
  });

  it("tells what a new file would change, by which rule, and in money", async () => {
    const report = await replayed("--config", "new.yaml");
    expect(report).toMatchObject({ orders: 5, differing: 3, unpriced: 0, unclear: 0 });
    expect(report.changes).toMatchObject({ service: 1, held: 1, approval: 1, tags: 1, released: 0 });
    const of = (name: string) => report.differences.find(({ order }) => order.name === name) ?? expect.fail(name);
    expect(of("#1002")).toMatchObject({ matches: ["glass goes fast"], after: { tags: ["glass"], parcels: [EXPRESS] } });
    expect(of("#1003").after).toMatchObject({ status: "waiting", reason: "held_by_rule", rule: "dear ones wait" });
    expect(of("#1004").after).toMatchObject({
      status: "parked",
      reason: "approval_needed",
      rule: "gifts are agreed to",
    });
    const cents = (text: string | undefined) => Math.round(Number(text) * 100);
    const sum = (side: "before" | "after") =>
      report.differences.reduce((total, { [side]: one }) => total + cents(one.parcels[0]?.cost?.amount ?? "0"), 0);
    expect(cents(report.money[0]?.difference)).toBe(sum("after") - sum("before"));
  });

  it("says it in plain words that fit a screen", async () => {
    const { code, stdout, stderr } = await floor().run(["rules", "test", "--config", "new.yaml"]);
    expect([code, stderr]).toEqual([0, ""]);
    expectPlain(stdout);
    const text = stdout.replaceAll(/\s+/g, " ");
    expect(text).toMatch(/^Replayed 5 orders since \d{4}-\d\d-\d\d: shipbot\.yaml, and new\.yaml in its place\. /);
    expect(text).toMatch(/3 orders would differ: 1 would not ship, and did 1 wait for a human/);
    expect(text).toMatch(/cost \d+\.\d\d USD -> \d+\.\d\d USD: \d+\.\d\d USD (less|more)/);
    expect(text).toMatch(/#1002 USPS \w+ \d+\.\d\d USD, no tag -> USPS Express \d+\.\d\d USD, tag glass/);
    expect(text).toMatch(/#1003 .* -> waits \(the rule "dear ones wait" holds it: check the payment\)/);
    const [one, other] = await Promise.all([
      floor().run(["rules", "test", "--config", "new.yaml", "--limit", "1"]),
      floor().run(["rules", "test", "--config", "new.yaml", "--order", "1002"]),
    ]);
    expect(one.stdout).toMatch(/\nand 2 more: --limit 3, or --json\n$/);
    expect(other.stdout).toMatch(/^Replayed 1 order: /);
    expect((await floor().run(["rules", "test", "--order", "1002", "--since", "1d"])).code).toBe(2);
  });

  it("reports a bad file as `config check` does", async () => {
    await writeFile(
      join(floor().folder, "bad.yaml"),
      "rules:\n  - group: G\n    rules:\n      - name: a\n        when: {tga: x}\n",
    );
    const { code, stdout, stderr } = await floor().run(["rules", "test", "--config", "bad.yaml"]);
    const check = await floor().run(["config", "check", "--config", "bad.yaml"]);
    expect([code, stdout, check.code]).toEqual([78, "", 78]);
    expect(stderr).toContain(check.stdout.split("\n")[0]?.slice(0, 40));
  });

  it("knows no price of a box that nobody asked for", async () => {
    await writeFile(newFile(), `${PRESENT}parcel: {name: crate, length_mm: 600}\n`);
    const report = await replayed("--config", "new.yaml");
    expect(report).toMatchObject({ differing: 4, unpriced: 4, changes: { parcels: 4, service: 0 }, money: [] });
    const { stdout } = await floor().run(["rules", "test", "--config", "new.yaml"]);
    expectPlain(stdout);
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
      /4 orders in no sum, 4 of them among those that differ: the provider was never asked what they cost so/,
    );
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/in box -> the cheapest in crate, price not known/);
  });

  it("is what a real run with the new file then does with the same orders", async () => {
    await writeFile(newFile(), NEW);
    const specs = [
      { name: "#2001" },
      { name: "#2002", lines: [{ sku: "GLASS-2" }] },
      { name: "#2003", lines: [{ price: "700.0" }] },
      { name: "#2004", tags: ["ready_to_ship", "gift"] },
    ];
    // Held back while they are quoted, so that the very orders are there to be bought under the new file.
    await writeFile(join(floor().folder, "hold.yaml"), `${PRESENT}guards: {label_max: 0.01 USD}\n`);
    for (const spec of specs) {
      floor().addOrder(spec);
    }
    const held = { SHIPBOT_CONFIG: join(floor().folder, "hold.yaml") };
    await floor().run(["sync"], held);
    const names = specs.flatMap(({ name }) => ["--order", name]);
    const before = await replayed("--config", "new.yaml", ...names);
    await writeFile(join(floor().folder, "shipbot.yaml"), NEW);
    await floor().run(["sync", ...names]);
    const after = await replayed(...names);
    expect(after).toMatchObject({ orders: 4, differing: 0 });
    for (const { name } of specs) {
      const real = readJson(await floor().run(["status", "--order", name, "--json"])) as {
        order: { status: string; reason: string | null };
        shipments: { carrier: string; service: string; cost: unknown }[];
      };
      const told = before.differences.find(({ order }) => order.name === name)?.after;
      const bought = real.shipments.map(({ carrier, service, cost }) => ({ carrier, service, cost }));
      if (told !== undefined && told.status === "ready_to_ship") {
        expect(told.parcels, name).toMatchObject(bought);
      } else if (told !== undefined) {
        expect([real.order.status, real.order.reason], name).toEqual([told.status, told.reason]);
      }
    }
    expect(before.differences.map(({ order }) => order.name).sort()).toEqual(["#2002", "#2003", "#2004"]);
  });
});
