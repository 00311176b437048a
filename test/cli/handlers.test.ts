/** Handlers on the built program: the guide's example, checked, explained and carried out. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../tidy/source.ts";
import { expectPlain, readJson, useFloor } from "./shop-floor.ts";

const [, EXAMPLE = ""] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "docs", "handlers.md"), "utf8")) ?? [];

describe("handlers", () => {
  const floor = useFloor();

  beforeAll(async () => {
    await writeFile(join(floor().folder, "shipbot.yaml"), EXAMPLE);
    floor().addOrder({ name: "#1001" });
  });

  it("of the guide are right", async () => {
    const check = await floor().run(["config", "check"]);
    expect([check.code, check.stdout]).toEqual([0, expect.stringMatching(/^ok: /)]);
  });

  it("are told by `why` and the dry run before anything is done", async () => {
    const { stdout } = await floor().run(["why", "--order", "1001"]);
    expectPlain(stdout);
    expect(stdout).toMatch(/\ndoes {2}create_shipment, set_status: pending_pickup \(ready_to_ship\)\n/);
    expect(stdout).toMatch(/\nthen {2}nothing \(pending_pickup\)\n/);
    const dry = await floor().run(["sync", "--order", "1001", "--dry-run"]);
    expect(dry.stdout).not.toContain("fulfil");
  });

  it("do what they say and no more", async () => {
    await floor().run(["sync"]);
    const { easypost, shopify } = floor().sandbox;
    expect(easypost.ledger().purchases).toHaveLength(1);
    expect(shopify.ledger().fulfillments).toEqual([]);
    expect(shopify.ledger().metafields.map(({ value }) => value)).toEqual(["pending_pickup"]);
    const { stdout } = await floor().run(["why", "--order", "1001"]);
    expect(stdout).toMatch(/\ndid {3}nothing \(pending_pickup\)\nthen {2}fulfil, post_event, set_status: in_transit/);
    const { handlers } = readJson(await floor().run(["why", "--order", "1001", "--json"])) as { handlers: object[] };
    expect(handlers).toContainEqual({
      ...{ status: "ready_to_ship", stands: "ran", steps: ["create_shipment", "set_status: pending_pickup"] },
    });
  });

  it("that contradict themselves are told with their line, and nothing runs on them", async () => {
    const path = join(floor().folder, "circle.yaml");
    await writeFile(path, "handlers:\n  waiting: [set_status: parked]\n  parked: [set_status: waiting, buy]\n");
    const check = await floor().run(["config", "check"], { SHIPBOT_CONFIG: path });
    expect([check.code, check.stdout]).toEqual([78, expect.stringMatching(/circle\.yaml:3:33 .*"buy" is no step/)]);
    await writeFile(path, "handlers:\n  waiting: [set_status: parked]\n  parked: [set_status: waiting]\n");
    const { code, stderr } = await floor().run(["sync"], { SHIPBOT_CONFIG: path });
    expect(code).toBe(78);
    expect(stderr).toMatch(/circle\.yaml:2:13/);
    expect(stderr).toMatch(/set_status goes round in a circle/);
  });
});
