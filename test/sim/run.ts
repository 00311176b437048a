/**
 * `npm run sim -- --seeds N [--from S]`: N random schedules, then a crash at every point of the scenes.
 * `npm run sim -- --pairs`: a crash at every point of the scenes, and at every pair of points. `npm run sim`: all of it.
 * `npm run sim -- --seed S [--trace] [--shrink]`: one schedule again. `npm run sim -- --bugs`: is the simulation any good?
 * Exit 1 when a promise was broken, or a bug was not caught.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { bundleSimulation } from "./bundle.ts";
import { catchAll } from "./catch-bugs.ts";
import { runScenes, runSeeds, tellStory } from "./jobs.ts";
import { renderBugs, renderScenes, renderSeeds, renderStory } from "./report.ts";

/** Without arguments: some minutes. */
const SEEDS = 10_000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string" },
    seed: { type: "string" },
    trace: { type: "boolean" },
    shrink: { type: "boolean" },
    bugs: { type: "boolean" },
    pairs: { type: "boolean" },
  },
});
const workers = Math.max(1, Math.min(availableParallelism(), 4));
const say = (lines: readonly string[]): void => void process.stdout.write(`${lines.join("\n")}\n`);

if (values.bugs === true) {
  process.exitCode = (await catchBugs()) ? 0 : 1;
} else if (values.seed !== undefined) {
  process.exitCode = (await replay(number("seed", values.seed, 1))) ? 0 : 1;
} else {
  process.exitCode = (await search()) ? 0 : 1;
}

async function search(): Promise<boolean> {
  const bundle = await bundleSimulation("plain");
  const wantsAll = values.seeds === undefined && values.pairs !== true;
  const areSeedsWhole = wantsAll || values.seeds !== undefined ? await searchSeeds(bundle) : true;
  const scenesAt = performance.now();
  const scenes = await runScenes(bundle, { workers, pairs: wantsAll || values.pairs === true }, progress(null));
  say(["", ...renderScenes(scenes, performance.now() - scenesAt)]);
  return areSeedsWhole && scenes.every(({ broken }) => broken.length === 0);
}

async function searchSeeds(bundle: string): Promise<boolean> {
  const count = number("seeds", values.seeds, SEEDS);
  const from = number("from", values.from, 1);
  const startedAt = performance.now();
  const seeds = await runSeeds(bundle, { from, count, workers }, progress(count));
  say(renderSeeds(seeds, performance.now() - startedAt));
  const [first] = seeds.broken;
  if (first !== undefined) {
    say([
      "",
      `the shortest way to what seed ${first.seed} found (npm run sim -- --seed ${first.seed} --shrink --trace):`,
    ]);
    const story = await tellStory(bundle, first.seed, true);
    say(renderStory({ ...story, trace: [] }));
  }
  return seeds.broken.length === 0;
}

async function replay(seed: number): Promise<boolean> {
  const story = await tellStory(await bundleSimulation("plain"), seed, values.shrink === true);
  say(renderStory(values.trace === true ? story : { ...story, trace: [] }));
  return story.broken.length === 0;
}

async function catchBugs(): Promise<boolean> {
  const caught = await catchAll(workers);
  say(renderBugs(caught));
  return caught.every(({ result }) => result.broken.length > 0);
}

/** A line that counts on a terminal, nothing elsewhere. `null`: how many there will be shows only on the way. */
function progress(all: number | null): (more: number) => void {
  let done = 0;
  return (more) => {
    done += more;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${done} ${all === null ? "crashes" : `of ${all}`}`);
    }
  };
}

function number(name: string, value: string | undefined, fallback: number): number {
  const read = value === undefined ? fallback : Number(value);
  if (!Number.isSafeInteger(read) || read < 0) {
    process.stderr.write(`error: --${name} must be a whole number\n`);
    process.exit(2);
  }
  return read;
}
