/**
 * Runs the tasks when they are due. When each ran last and runs next is a row (`scheduled_tasks`), so that a restart
 * neither forgets a task nor repeats all of them; a run that was missed happens once, at once. croner only computes.
 *
 *   idle ──next_run_at came, or requestNow──► running ──ok | failed──► idle (next_run_at moved on)
 *
 * A crash while running leaves `running` in the row; the next start runs the task when it is due. Tasks are repeatable.
 */
import { Cron } from "croner";
import type { Log } from "../base/log.ts";
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Schedule as ScheduleStore } from "../store/types.ts";

/** When a task runs: every so often, or by a cron pattern in a time zone. `text` is what the user wrote. */
export type TaskSchedule =
  | { readonly kind: "every"; readonly everyMs: DurationMs; readonly text: string }
  | { readonly kind: "cron"; readonly pattern: string; readonly timeZone: string; readonly text: string };

export interface Task {
  readonly name: string;
  readonly schedule: TaskSchedule;
  /** One full round leaves it out when it is not due: it costs too much to be done each time. */
  readonly onlyWhenDue?: boolean;
  /** May be repeated at any time; throws when it could not do its work. */
  run(signal: AbortSignal): Promise<void>;
}

/** How soon a `requestNow` of another process is seen. */
const TICK_MS: DurationMs = 1_000;

export class Scheduler {
  readonly #tasks: readonly Task[];
  readonly #store: ScheduleStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #running = new Map<string, Promise<void>>();
  #loop: Promise<void> | null = null;
  #stopping = new AbortController();
  #rouse = new AbortController();
  #isAwake = false;

  constructor(options: {
    readonly tasks: readonly Task[];
    readonly store: ScheduleStore;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#tasks = options.tasks;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Writes the tasks down and begins. Tasks that never ran, or ran by another schedule, are due at once. */
  async start(): Promise<void> {
    await this.#define();
    this.#stopping = new AbortController();
    this.#loop = this.#run(this.#stopping.signal);
  }

  /** Runs this task now, or at `at`, instead of when it is due. */
  async requestNow(task: string, at: Instant = this.#clock.now()): Promise<void> {
    await this.#store.requestNow(task, at);
    this.#isAwake = true;
    this.#rouse.abort();
  }

  /** Runs every task once (see `onlyWhenDue`), in their order, and waits: one full round without the loop. Gives the names that failed. */
  async runAll(): Promise<readonly string[]> {
    await this.#define();
    const resting = (await this.#store.list())
      .filter(({ nextRunAt }) => nextRunAt > this.#clock.now())
      .map(({ task }) => task);
    const failed: string[] = [];
    for (const task of this.#tasks) {
      if (task.onlyWhenDue === true && resting.includes(task.name)) {
        continue;
      }
      if (!(await this.#runTask(task, this.#stopping.signal))) {
        failed.push(task.name);
      }
    }
    return failed;
  }

  /** Starts nothing new, tells running tasks to end and waits for them. May be called twice, and before `start`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#isAwake = true;
    this.#rouse.abort();
    await this.#loop;
    await Promise.all(this.#running.values());
  }

  async #define(): Promise<void> {
    const now = this.#clock.now();
    const known = await this.#store.list();
    await this.#store.define(
      this.#tasks.map(({ name, schedule }) => {
        const row = known.find(({ task }) => task === name);
        const isUnchanged = row !== undefined && row.lastRunAt !== null && row.schedule === schedule.text;
        return { task: name, schedule: schedule.text, nextRunAt: isUnchanged ? row.nextRunAt : now };
      }),
    );
  }

  async #run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      this.#isAwake = false;
      this.#rouse = new AbortController();
      const pauseMs = await this.#tick(stopping);
      if (!this.#isAwake && !stopping.aborted) {
        await this.#clock.sleep(pauseMs, this.#rouse.signal);
      }
    }
  }

  /** Starts what is due; gives how long to rest. */
  async #tick(stopping: AbortSignal): Promise<DurationMs> {
    try {
      const now = this.#clock.now();
      let restMs: DurationMs = TICK_MS;
      for (const row of await this.#store.list()) {
        const task = this.#tasks.find((candidate) => candidate.name === row.task);
        if (task === undefined || this.#running.has(task.name)) {
          continue;
        }
        if (row.nextRunAt <= now || isTooFar(task.schedule, row.nextRunAt, now)) {
          this.#begin(task, stopping);
        } else {
          restMs = Math.min(restMs, row.nextRunAt - now);
        }
      }
      return restMs;
    } catch (error) {
      this.#log.error("schedule could not be read", { error: error instanceof Error ? error.message : String(error) });
      return TICK_MS;
    }
  }

  #begin(task: Task, stopping: AbortSignal): void {
    const done = this.#runTask(task, stopping).then(() => {
      this.#running.delete(task.name);
      this.#isAwake = true;
      this.#rouse.abort();
    });
    this.#running.set(task.name, done);
  }

  /** `false` when it failed. Never rejects: a task's trouble is its own. */
  async #runTask(task: Task, stopping: AbortSignal): Promise<boolean> {
    const startedAt = this.#clock.now();
    let error: string | null = null;
    try {
      await this.#store.start(task.name, startedAt);
      await task.run(stopping);
    } catch (caught) {
      error = caught instanceof Error ? caught.message : String(caught);
      this.#log.warn("task failed", { task: task.name, error });
    }
    const endedAt = this.#clock.now();
    try {
      await this.#store.finish(task.name, {
        status: error === null ? "ok" : "failed",
        error,
        durationMs: Math.max(0, endedAt - startedAt),
        nextRunAt: nextRun(task.schedule, startedAt, endedAt),
      });
    } catch (caught) {
      this.#log.error("task result could not be stored", { task: task.name, error: String(caught) });
      // The row still says that it is due: without a pause it would run again and again.
      await this.#clock.sleep(TICK_MS, stopping);
      return false;
    }
    return error === null;
  }
}

/** The clock was set back: a task must not rest until it has caught up with itself. */
function isTooFar(schedule: TaskSchedule, nextRunAt: Instant, now: Instant): boolean {
  return nextRunAt > nextRun(schedule, now, now);
}

/** Never in the past: a task that takes longer than its interval runs again at once, not twice. */
export function nextRun(schedule: TaskSchedule, startedAt: Instant, now: Instant): Instant {
  if (schedule.kind === "every") {
    return Math.max(startedAt + schedule.everyMs, now);
  }
  const next = new Cron(schedule.pattern, { timezone: schedule.timeZone, paused: true }).nextRun(new Date(now));
  // A pattern that never comes again (a fixed date in the past) is asked about once a year.
  return next?.getTime() ?? now + 365 * 86_400_000;
}
