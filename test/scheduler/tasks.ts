/** The daemon's own tasks, put together by `wiring.ts`, for tests that run them one at a time. */
import { expect } from "vitest";
import type { Task } from "../../src/scheduler/scheduler.ts";
import type { Store } from "../../src/store/types.ts";
import { type Remotes, wireTasks } from "../../src/wiring.ts";
import type { Shop } from "../support/shop-bench.ts";

/** `run` runs the task once, with everything as in the daemon unless `parts` says otherwise. */
export async function taskOf(
  shop: Shop,
  name: string,
  parts: { readonly store?: Store; readonly remotes?: Partial<Remotes> } = {},
): Promise<{ readonly run: (signal?: AbortSignal) => Promise<void>; readonly wakes: () => number }> {
  let wakes = 0;
  const tasks = await wireTasks(
    { settings: shop.settings, store: parts.store ?? shop.store, log: shop.context.log, clock: shop.context.clock },
    { ...shop.remotes, ...parts.remotes },
    () => {
      wakes += 1;
    },
  );
  const task: Task = tasks.find((candidate) => candidate.name === name) ?? expect.fail(`there is no task ${name}`);
  return { run: (signal = new AbortController().signal) => task.run(signal), wakes: () => wakes };
}
