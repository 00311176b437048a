/**
 * A small part of `npm run sim`: some hundred schedules, a crash at every point of some scenes, that one seed is one story,
 * and that every deliberate bug is caught. What runs here is the bundle of `bundle.ts`, in processes of its own.
 */
import { availableParallelism } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import { bundleSimulation } from "./bundle.ts";
import { catchAll } from "./catch-bugs.ts";
import { runScenes, runSeeds, tellStory } from "./jobs.ts";
import { renderBugs, renderScenes, renderSeeds } from "./report.ts";

/** On a machine that may have other things to do. */
const PATIENCE = { timeout: 600_000 };
const SEEDS = 400;
const workers = Math.min(2, availableParallelism());

let bundle = "";
beforeAll(async () => {
  bundle = await bundleSimulation("tested");
});

describe("the program in simulated worlds", () => {
  test("keeps its promises in some hundred schedules full of trouble", PATIENCE, async () => {
    const startedAt = performance.now();
    const result = await runSeeds(bundle, { from: 1, count: SEEDS, workers });
    process.stdout.write(`${renderSeeds(result, performance.now() - startedAt).join("\n")}\n`);
    expect(result.broken).toEqual([]);
    expect(result.schedules).toBe(SEEDS);
    // Each kind of trouble was there, and webhooks were taken: a world that is silent would prove nothing.
    expect(Object.keys(result.struck).length).toBeGreaterThan(28);
    expect(result.messages).toBeGreaterThan(SEEDS);
  });

  test("survives a crash at every point of its life, whatever it was doing", PATIENCE, async () => {
    const startedAt = performance.now();
    const scenes = await runScenes(bundle, { workers, pairs: false, names: ["plain order", "cancelled while down"] });
    process.stdout.write(`${renderScenes(scenes, performance.now() - startedAt).join("\n")}\n`);
    expect(scenes.flatMap(({ broken }) => broken)).toEqual([]);
    expect(scenes.map(({ points }) => points > 60)).toEqual([true, true]);
  });
});

describe("the simulation", () => {
  test("tells the same story of the same seed, byte for byte, and another of another", PATIENCE, async () => {
    for (const seed of [7, 20, 33]) {
      const [first, second] = await Promise.all([tellStory(bundle, seed, false), tellStory(bundle, seed, false)]);
      expect(first.trace.length).toBeGreaterThan(50);
      expect(second).toEqual(first);
      expect((await tellStory(bundle, seed + 1, false)).trace).not.toEqual(first.trace);
    }
  });

  test("refuses a bug whose place in the source is gone", PATIENCE, async () => {
    const patch = { file: "src/store/inbox.ts", find: "this is written nowhere", replace: "" };
    await expect(bundleSimulation("unfit", [patch])).rejects.toThrow(/0 times, not once/);
  });

  test("catches each of the ten deliberate bugs", PATIENCE, async () => {
    const caught = await catchAll(workers);
    process.stdout.write(`${renderBugs(caught).join("\n")}\n`);
    expect(caught.filter(({ result }) => result.broken.length === 0).map(({ name }) => name)).toEqual([]);
    expect(caught).toHaveLength(10);
  });
});
