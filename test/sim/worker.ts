/**
 * What runs inside a bundle: does one job and writes its result as the last line of stdout. The jobs are synchronous from
 * their first event to the last, and begin outside of any promise (see `engine.ts`).
 */
import "./replaced/globals.ts";
import { type Enumerated, enumerate, SCENES } from "./enumerate.ts";
import { scheduleOf } from "./generate.ts";
import type { Broken } from "./judge.ts";
import type { Schedule } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulate.ts";

export type Job =
  /** `count` seeds from `from` on, every `step`-th; ends early at the first broken one if `stops`. */
  | {
      readonly kind: "seeds";
      readonly from: number;
      readonly count: number;
      readonly step: number;
      readonly stops: boolean;
    }
  /** No names: all scenes. */
  | {
      readonly kind: "scenes";
      readonly part: number;
      readonly parts: number;
      readonly pairs: boolean;
      readonly names: readonly string[];
    }
  /** One seed's story; shrunk first if `shrinks` and it is broken. */
  | { readonly kind: "story"; readonly seed: number; readonly shrinks: boolean };

export interface SeedsResult {
  readonly schedules: number;
  readonly struck: Readonly<Record<string, number>>;
  /** Different places in a life that were passed, and at which a life ended. */
  readonly points: readonly string[];
  readonly calls: number;
  /** Webhooks that were answered 200. */
  readonly messages: number;
  readonly pointsPassed: number;
  readonly virtualMs: number;
  readonly cpuMs: number;
  readonly broken: readonly { readonly seed: number; readonly broken: readonly Broken[] }[];
}

export interface Story {
  readonly schedule: Schedule;
  readonly runs: number;
  readonly broken: readonly Broken[];
  readonly trace: readonly string[];
}

/** Broken schedules that are reported one by one. */
const BROKEN_MAX = 50;
const PROGRESS_EVERY = 1_000;

// Thousands of errors are made on purpose, and nobody reads where they came from.
Error.stackTraceLimit = 0;

setTimeout(() => {
  const job = JSON.parse(process.argv[2] ?? "{}") as Job;
  process.stdout.write(`${JSON.stringify(perform(job))}\n`);
}, 0);

function perform(job: Job): SeedsResult | readonly Enumerated[] | Story {
  switch (job.kind) {
    case "seeds":
      return runSeeds(job);
    case "scenes":
      return SCENES.filter(({ name }) => job.names.length === 0 || job.names.includes(name)).map((scene) => {
        const result = enumerate(scene, job.part, job.parts, job.pairs);
        process.stderr.write(`progress ${result.singles + result.pairs}\n`);
        return result;
      });
    case "story":
      return tell(job.seed, job.shrinks);
  }
}

function runSeeds({ from, count, step, stops }: Extract<Job, { kind: "seeds" }>): SeedsResult {
  const startedAt = process.cpuUsage();
  const struck: Record<string, number> = {};
  const points = new Set<string>();
  const broken: { seed: number; broken: readonly Broken[] }[] = [];
  let [schedules, calls, messages, pointsPassed, virtualMs] = [0, 0, 0, 0, 0];
  for (let seed = from; seed < from + count; seed += step) {
    const outcome = simulate(scheduleOf(seed));
    schedules += 1;
    calls += outcome.calls;
    messages += outcome.messages;
    virtualMs += outcome.virtualMs;
    pointsPassed += outcome.points.length;
    for (const [name, times] of outcome.struck) {
      struck[name] = (struck[name] ?? 0) + times;
    }
    for (const { what } of outcome.points) {
      points.add(what);
    }
    if (outcome.broken.length > 0 && broken.length < BROKEN_MAX) {
      broken.push({ seed, broken: outcome.broken });
    }
    if (stops && broken.length > 0) {
      break;
    }
    if (schedules % PROGRESS_EVERY === 0) {
      process.stderr.write(`progress ${PROGRESS_EVERY}\n`);
    }
  }
  const { user, system } = process.cpuUsage(startedAt);
  const cpuMs = (user + system) / 1_000;
  return { schedules, struck, points: [...points], calls, messages, pointsPassed, virtualMs, cpuMs, broken };
}

function tell(seed: number, shrinks: boolean): Story {
  const whole = scheduleOf(seed);
  const promise = shrinks ? simulate(whole).broken[0]?.promise : undefined;
  const { schedule, runs } = promise === undefined ? { schedule: whole, runs: 0 } : shrink(whole, promise);
  const { broken, trace } = simulate(schedule, true);
  return { schedule, runs, broken, trace };
}
