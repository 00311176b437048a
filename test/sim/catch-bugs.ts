/** Is the simulation any good? Each deliberate bug is built into a program of its own, and schedules are run until one finds it. */
import { BUGS } from "./bugs.ts";
import { bundleSimulation } from "./bundle.ts";
import { findBroken } from "./jobs.ts";
import type { CaughtBug } from "./report.ts";

/** A bug that so many schedules do not catch counts as not caught. */
const SCHEDULES_MAX = 1_000;

/** In the order of `BUGS`, `workers` at a time. */
export async function catchAll(workers: number): Promise<readonly CaughtBug[]> {
  const caught: CaughtBug[] = [];
  const waiting = [...BUGS.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, { name, patches }] = next;
      const bundle = await bundleSimulation(`bug-${index + 1}`, patches);
      caught[index] = { name, result: await findBroken(bundle, SCHEDULES_MAX) };
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return caught;
}
