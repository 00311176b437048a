/** A fixed part of `npm run fuzz`, with the bases of the project alone, so that it is the same on every machine. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { programPath } from "../support/built-program.ts";
import { readBases } from "./bases.ts";
import { runCampaign, targetOf } from "./campaign.ts";
import { Chance } from "./chance.ts";
import { mutate } from "./mutate.ts";
import { pureTarget } from "./target.ts";
import { allTargets } from "./targets.ts";

const SEED = 20_261_122;
const PAYLOADS = 20_000;

const bases = readBases(true);
const all = allTargets(bases);

test.each(all.map((target) => [target.name, target] as const))(
  "%s takes its part of %# as the contract says",
  async (_, target) => {
    const share = Math.ceil((PAYLOADS * target.share) / 1_000);
    const [report] = await runCampaign({ targets: all, names: [target.name], seed: SEED, payloads: share });
    expect(report?.failures.map(({ index, what }) => `case ${index}: ${what}`)).toEqual([]);
    expect(report?.faults).toEqual([]);
    expect(report?.payloads).toBe(share);
  },
  60_000,
);

describe("the fuzzer", () => {
  test("makes the same case of the same seed and number, and another of another", () => {
    const texts = bases.shopifyWebhooks.map(({ text }) => text);
    const make = (seed: number, index: number): string => mutate(Chance.of(seed, index), texts).toString("hex");
    const cases = Array.from({ length: 200 }, (_, index) => make(7, index));
    expect(Array.from({ length: 200 }, (_, index) => make(7, index))).toEqual(cases);
    expect(new Set(cases).size).toBeGreaterThan(180);
    expect(make(8, 3)).not.toBe(cases[3]);
  });

  test("gives each target its share, and a case to the same target however many there are", () => {
    const targets = all;
    expect(targets.reduce((sum, { share }) => sum + share, 0)).toBe(1_000);
    for (const target of targets) {
      const given = Array.from({ length: 1_000 }, (_, index) => targetOf(targets, index)).filter(
        (one) => one === target,
      );
      expect(given).toHaveLength(target.share);
    }
  });

  test("finds what is planted, cuts it down and finds it again by its number", async () => {
    const planted = pureTarget<null>({
      name: "planted",
      share: 1,
      make: (chance) => ({
        context: null,
        bytes: mutate(chance, [JSON.stringify({ a: [1, 2, 3], b: { c: "text" } })]),
      }),
      judge: (_, bytes) => {
        if (bytes.includes("__proto__")) {
          throw new TypeError("planted");
        }
        return null;
      },
    });
    const [report] = await runCampaign({ targets: [planted], seed: SEED, payloads: 2_000 });
    const found = report?.failures[0] ?? expect.fail("nothing was found");
    expect(found.what).toContain("threw TypeError: planted");
    expect(found.payload.toString()).toBe("__proto__");
    const [again] = await runCampaign({ targets: [planted], seed: SEED, payloads: 1, only: found.index });
    expect(again?.failures).toEqual([found]);
  });
});

test("the built program answers what nobody would type with an exit code of the contract, two lines and no stack", async () => {
  const program = programPath();
  const folder = await mkdtemp(join(tmpdir(), "shipbot-fuzz-"));
  try {
    const lines = [
      ["--order"],
      ["status", "--order", "\u001b[2J"],
      ["why", "--order", "__proto__"],
      ["sync", "--since", "1e999"],
      ["constructor"],
      ["config", "show", "--config", "/dev/null/x", "--no-such"],
      ["status", "--limit", "-1"],
      ["--", "status", "-x"],
      ["a".repeat(100_000)],
    ];
    for (const args of lines) {
      const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
        cwd: folder,
        env: { PATH: process.env["PATH"], SHIPBOT_DATA_DIR: folder },
        encoding: "utf8",
      });
      expect([1, 2, 69, 78], `${args.join(" ").slice(0, 60)}: ${stderr.slice(0, 300)}`).toContain(status);
      expect(stderr).not.toMatch(/^\s+at .*:\d+/m);
      expect(stderr).toMatch(/^error: [\s\S]*\n {2}do: /);
    }
    expect(existsSync(join(folder, "core"))).toBe(false);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
