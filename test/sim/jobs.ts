/** Starts jobs of the simulation in processes of their own: one per core, and a crash of one takes no other along. */
import { spawn } from "node:child_process";
import type { Enumerated } from "./enumerate.ts";
import type { Job, SeedsResult, Story } from "./worker.ts";

/** Most of what a schedule makes is forgotten at once: with room for it, the collector hardly has anything to keep. */
const YOUNG_MB = 64;

/** Rejects with what the process said when it did not end well. `onProgress`: so many schedules more are done. */
export async function runJob(bundle: string, job: Job, onProgress: (schedules: number) => void): Promise<unknown> {
  const flags = ["--allow-natives-syntax", `--max-semi-space-size=${YOUNG_MB}`];
  const child = spawn(process.execPath, [...flags, bundle, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let trouble = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    for (const [, many] of chunk.matchAll(/^progress (\d+)$/gm)) {
      onProgress(Number(many));
    }
    trouble += chunk.replaceAll(/^progress \d+\n/gm, "");
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  if (code !== 0) {
    throw new Error(`the simulation broke off (exit ${code}):\n${trouble.slice(-4_000)}`);
  }
  return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "null");
}

const quiet = (): void => undefined;

/** The seeds `from` to `from + count - 1`, dealt out to `workers` processes. */
export async function runSeeds(
  bundle: string,
  { from, count, workers }: { readonly from: number; readonly count: number; readonly workers: number },
  onProgress: (schedules: number) => void = quiet,
): Promise<SeedsResult> {
  const parts = await Promise.all(
    Array.from({ length: workers }, async (_, part) => {
      const job: Job = { kind: "seeds", from: from + part, count: count - part, step: workers, stops: false };
      return (await runJob(bundle, job, onProgress)) as SeedsResult;
    }),
  );
  return parts.reduce(add);
}

/** The first broken seed from 1 on, within `most`. */
export async function findBroken(bundle: string, most: number): Promise<SeedsResult> {
  const job: Job = { kind: "seeds", from: 1, count: most, step: 1, stops: true };
  return (await runJob(bundle, job, quiet)) as SeedsResult;
}

/** `names`: of the scenes; all of them if there are none. */
export async function runScenes(
  bundle: string,
  options: { readonly workers: number; readonly pairs: boolean; readonly names?: readonly string[] },
  onProgress: (schedules: number) => void = quiet,
): Promise<readonly Enumerated[]> {
  const { workers, pairs, names = [] } = options;
  const parts = await Promise.all(
    Array.from({ length: workers }, async (_, part) => {
      const job: Job = { kind: "scenes", part, parts: workers, pairs, names };
      return (await runJob(bundle, job, onProgress)) as readonly Enumerated[];
    }),
  );
  return (parts[0] ?? []).map((scene, index) =>
    parts.slice(1).reduce((sum, part) => addScene(sum, part[index] ?? sum), scene),
  );
}

export async function tellStory(bundle: string, seed: number, shrinks: boolean): Promise<Story> {
  return (await runJob(bundle, { kind: "story", seed, shrinks }, quiet)) as Story;
}

function addScene(a: Enumerated, b: Enumerated): Enumerated {
  return { ...a, singles: a.singles + b.singles, pairs: a.pairs + b.pairs, broken: [...a.broken, ...b.broken] };
}

function add(a: SeedsResult, b: SeedsResult): SeedsResult {
  const struck = { ...a.struck };
  for (const [name, times] of Object.entries(b.struck)) {
    struck[name] = (struck[name] ?? 0) + times;
  }
  return {
    struck,
    schedules: a.schedules + b.schedules,
    points: [...new Set([...a.points, ...b.points])],
    calls: a.calls + b.calls,
    messages: a.messages + b.messages,
    pointsPassed: a.pointsPassed + b.pointsPassed,
    virtualMs: a.virtualMs + b.virtualMs,
    cpuMs: a.cpuMs + b.cpuMs,
    broken: [...a.broken, ...b.broken].sort((x, y) => x.seed - y.seed),
  };
}
