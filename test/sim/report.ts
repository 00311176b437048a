/** What a run of the simulation says for itself, in lines of a terminal. */
import type { Enumerated } from "./enumerate.ts";
import type { SeedsResult, Story } from "./worker.ts";

export function renderSeeds(result: SeedsResult, elapsedMs: number): readonly string[] {
  const { schedules, struck, broken } = result;
  const faults = Object.entries(struck).sort(([a], [b]) => (a < b ? -1 : 1));
  const total = faults.reduce((sum, [, times]) => sum + times, 0);
  const days = result.virtualMs / 86_400_000;
  return [
    `${count(schedules)} schedules in ${duration(elapsedMs)} (${(result.cpuMs / schedules).toFixed(1)} ms of processor each), ` +
      `${days.toFixed(0)} simulated days`,
    `${count(result.calls)} calls, ${count(result.messages)} webhooks taken, ${count(result.pointsPassed)} points passed, ${result.points.length} different`,
    `${count(total)} troubles:`,
    ...faults.map(([name, times]) => `  ${count(times).padStart(9)}  ${name}`),
    broken.length === 0 ? "0 promises broken" : `${broken.length} schedules broke a promise:`,
    ...broken
      .slice(0, 20)
      .flatMap(({ seed, broken: what }) => [
        ...what.slice(0, 3).map((it) => `  seed ${seed}: ${it.promise} ${it.what}`),
      ]),
  ];
}

export function renderScenes(scenes: readonly Enumerated[], elapsedMs: number): readonly string[] {
  const width = Math.max(...scenes.map(({ scene }) => scene.length));
  const singles = scenes.reduce((sum, scene) => sum + scene.singles, 0);
  const pairs = scenes.reduce((sum, scene) => sum + scene.pairs, 0);
  return [
    `a crash at every point, and at every pair (${duration(elapsedMs)}):`,
    `  ${"scene".padEnd(width)}  points  singles   pairs  broken`,
    ...scenes.map(
      (it) =>
        `  ${it.scene.padEnd(width)}  ${String(it.points).padStart(6)}  ${String(it.singles).padStart(7)}` +
        `  ${String(it.pairs).padStart(6)}  ${String(it.broken.length).padStart(6)}`,
    ),
    `  ${"all".padEnd(width)}          ${String(singles).padStart(7)}  ${String(pairs).padStart(6)}`,
    ...scenes.flatMap(({ scene, broken }) =>
      broken.slice(0, 3).map(({ schedule, broken: what }) => {
        const at = schedule.crashes.map(({ point }) => point).join(" and then ");
        return `  ${scene}, crash at ${at}: ${what[0]?.promise} ${what[0]?.what}`;
      }),
    ),
  ];
}

export interface CaughtBug {
  readonly name: string;
  readonly result: SeedsResult;
}

export function renderBugs(bugs: readonly CaughtBug[]): readonly string[] {
  const width = Math.max(...bugs.map(({ name }) => name.length));
  return [
    `${"bug".padEnd(width)}  schedules  broken`,
    ...bugs.map(({ name, result: { schedules, broken } }) => {
      const first = broken[0]?.broken[0];
      const what = first === undefined ? "NOT CAUGHT" : `${first.promise.padEnd(3)}  ${first.what.slice(0, 70)}`;
      return `${name.padEnd(width)}  ${String(schedules).padStart(9)}  ${what}`;
    }),
  ];
}

export function renderStory({ schedule, runs, broken, trace }: Story): readonly string[] {
  return [
    ...trace,
    "",
    ...(runs > 0 ? [`reduced in ${runs} simulations to:`] : []),
    JSON.stringify(schedule, null, 1),
    "",
    ...(broken.length === 0 ? ["0 promises broken"] : broken.map(({ promise, what }) => `${promise} ${what}`)),
  ];
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
