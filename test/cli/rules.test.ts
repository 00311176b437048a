/** Rules on the built program: the example of docs/rules.md, checked, explained, rehearsed and carried out. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../tidy/source.ts";
import { expectPlain, readJson, useFloor } from "./shop-floor.ts";

/** The guide's example as it stands there, and what the tests add to it. */
const [, EXAMPLE = ""] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "docs", "rules.md"), "utf8")) ?? [];
const MORE = `
  - group: More
    match: all
    rules:
      - name: told
        when: {tag: fragile}
        do: {note: Packed by hand}
      - name: vip
        when: {tag: maybe-vip, customer_tag: vip}
        do: {service: USPS Express}
      - name: by hand
        when: {tag: by-hand}
        do: {skip: true}
`;

/** As the shop itself says. */
async function tagsInShop(env: Readonly<Record<string, string>>, name: string): Promise<readonly string[]> {
  const answer = await fetch(`${env["SHOPIFY_SHOP_URL"]}/admin/api/2026-10/graphql.json`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-shopify-access-token": env["SHOPIFY_ACCESS_TOKEN"] ?? "" },
    body: JSON.stringify({ query: "{ orders(first: 10) { nodes { name tags } } }" }),
  });
  const { data } = (await answer.json()) as { data: { orders: { nodes: { name: string; tags: string[] }[] } } };
  return data.orders.nodes.find((order) => order.name === name)?.tags ?? [];
}

describe("rules", () => {
  const floor = useFloor();

  beforeAll(async () => {
    await writeFile(join(floor().folder, "shipbot.yaml"), `${EXAMPLE.trimEnd()}${MORE}`);
    floor().addOrder({ name: "#1001", tags: ["ready_to_ship", "Fragile"] });
    floor().addOrder({ name: "#1002", lines: [{ price: "600.0" }], riskRecommendation: "INVESTIGATE" });
    floor().addOrder({ name: "#1003", tags: ["ready_to_ship", "maybe-vip"] });
    floor().addOrder({ name: "#1004", tags: ["ready_to_ship", "by-hand"] });
  });

  it("of the guide are right", async () => {
    const check = await floor().run(["config", "check"]);
    expect([check.code, check.stdout]).toEqual([0, expect.stringMatching(/^ok: /)]);
  });

  it("that cannot be meant are warned about with their line, and may be used", async () => {
    const path = join(floor().folder, "odd.yaml");
    const group = "rules:\n  - group: G\n    rules:\n";
    await writeFile(
      path,
      `${group}      - name: early\n        do: {tag: a}\n      - name: late\n        do: {tag: b}\n`,
    );
    const { code, stdout, stderr } = await floor().run(["config", "check"], { SHIPBOT_CONFIG: path });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ok: /)]);
    expect(stderr.replaceAll(/\s+/g, " ")).toMatch(
      /warning: .*odd\.yaml:6:15 the rule "late" is never reached: "early" before it/,
    );
  });

  it("are told by `why`, each with the condition on which it did not match", async () => {
    const { stdout } = await floor().run(["why", "--order", "1001"]);
    expectPlain(stdout);
    expect(stdout).toMatch(/\nok {2}rules can be judged +matched: the rest, glass, told\n/);
    expect(stdout).toMatch(/\nrule {2}glass YES: insurance for what the goods cost, tag glass\n/);
    expect(stdout).toMatch(/\nrule {2}heavy goes UPS no \(weight at least 3000 g: 200 g\)\n/);
    const { rules } = readJson(await floor().run(["why", "--order", "1001", "--json"])) as {
      rules: { rules: object[] }[];
    };
    expect(rules[0]?.rules).toContainEqual({
      ...{ group: "Care", rule: "look first", verdict: "not_matched" },
      ...{ on: [{ condition: "value at least 500.01 USD", saw: "25.00 USD" }], asks: ["hold: check the payment"] },
    });
  });

  it("are told by the dry run too, which sends nothing", async () => {
    const { stdout } = await floor().run(["sync", "--order", "1001", "--dry-run"]);
    expectPlain(stdout);
    expect(stdout).toMatch(/rules that match: the rest, glass, told of 7/);
    expect(stdout).toMatch(/tag it glass/);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("buy USPS GroundAdvantage (rules), insured for 25.00 USD, fulfil");
    expect(stdout).toMatch(/Nothing was sent\.\n$/);
  });

  it("hold, park, skip, tag and note as they say", async () => {
    const { stdout } = await floor().run(["sync"]);
    expect(stdout).toMatch(/#1001 .*pending_pickup/);
    const statusOf = async (name: string) =>
      readJson(await floor().run(["status", "--order", name, "--json"])) as {
        order: { status: string; reason: string | null };
        timeline: { kind: string; message: string }[];
      };
    const [first, ...others] = await Promise.all(["1001", "1002", "1003", "1004"].map(statusOf));
    expect(others.map(({ order }) => [order.status, order.reason])).toEqual([
      ["waiting", "held_by_rule"],
      ["parked", "rule_unclear"],
      ["skipped", "skipped_by_rule"],
    ]);
    const told = first?.timeline.filter(({ kind }) => kind === "note" || kind === "tag") ?? [];
    expect(told.map(({ message }) => message)).toEqual(["Packed by hand", "tagged by rules: glass"]);
    expect(await tagsInShop(floor().env, "#1001")).toContain("glass");
    const bought = await floor().run(["why", "--order", "1001"]);
    expect(bought.stdout).toMatch(/\nlabel +insured for 25\.00 USD\n/);
    const { labels } = readJson(await floor().run(["why", "--order", "1001", "--json"])) as { labels: object[] };
    expect(labels).toMatchObject([{ format: "pdf", signature: null, insured: { amount: "25.00", currency: "USD" } }]);
    const why = await floor().run(["why", "--order", "1003"]);
    expect(why.stdout.replaceAll(/\s+/g, " ")).toContain(
      'the rule "vip" cannot be judged: customer_tag is vip, the customer was not read',
    );
  });
});
