/** The scheduler on a real database: when tasks run, what a restart and a clock that jumps do to them. */
import { expect, test } from "vitest";
import { StoreError } from "../../src/base/errors.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/core/time.ts";
import { nextRun, Scheduler, type Task, type TaskSchedule } from "../../src/scheduler/scheduler.ts";
import type { Store } from "../../src/store/types.ts";
import { useDatabases } from "../support/database.ts";
import { MovedClock } from "../support/moved-clock.ts";
import { intercept, type LogLine, recordingLog } from "../support/shop-bench.ts";
import { until } from "../support/until.ts";

const databases = useDatabases();

const every = (everyMs: number): TaskSchedule => ({ kind: "every", everyMs, text: `${everyMs}ms` });

class Bench {
  readonly clock = new MovedClock();
  readonly runs: string[] = [];
  readonly log: LogLine[] = [];
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  task(name: string, everyMs: number, run: Task["run"] = async () => {}): Task {
    return {
      name,
      schedule: every(everyMs),
      run: async (signal) => {
        this.runs.push(name);
        await run(signal);
      },
    };
  }

  scheduler(tasks: readonly Task[], schedule = this.store.schedule): Scheduler {
    return new Scheduler({ tasks, store: schedule, clock: this.clock, log: recordingLog(this.log) });
  }

  resting(): Promise<unknown> {
    return until("the scheduler to rest", () => this.clock.sleepers() > 0);
  }

  async ran(count: number): Promise<void> {
    await until(`${count} runs, so far ${this.runs.join(" ")}`, () => this.runs.length >= count);
    await this.resting();
  }

  async row(task: string) {
    return (await this.store.schedule.list()).find((row) => row.task === task) ?? expect.fail(`no task ${task}`);
  }
}

const open = async (): Promise<Bench> => new Bench(await databases.open());

test("a task that never ran is due at once, and then by its interval", async () => {
  const bench = await open();
  const scheduler = bench.scheduler([bench.task("poll", 30 * SECOND_MS)]);
  await scheduler.start();
  await bench.ran(1);
  await until("the end", async () => (await bench.row("poll")).lastStatus === "ok");
  expect(await bench.row("poll")).toMatchObject({
    lastRunAt: bench.clock.now(),
    nextRunAt: bench.clock.now() + 30 * SECOND_MS,
    schedule: "30000ms",
  });
  bench.clock.move(29 * SECOND_MS);
  await bench.resting();
  expect(bench.runs).toHaveLength(1);
  bench.clock.move(SECOND_MS);
  await bench.ran(2);
  await scheduler.stop();
  expect(bench.clock.sleepers()).toBe(0);
});

test("runs that were missed while nobody was there happen once, at once, and not once for each", async () => {
  const bench = await open();
  const task = bench.task("poll", MINUTE_MS);
  const first = bench.scheduler([task]);
  await first.start();
  await bench.ran(1);
  await first.stop();
  bench.clock.move(DAY_MS);
  const second = bench.scheduler([task]);
  await second.start();
  await bench.ran(2);
  bench.clock.move(59 * SECOND_MS);
  await bench.resting();
  expect(bench.runs).toHaveLength(2);
  await second.stop();
});

test("a restart does not repeat what ran a moment ago", async () => {
  const bench = await open();
  const task = bench.task("poll", MINUTE_MS);
  const first = bench.scheduler([task]);
  await first.start();
  await bench.ran(1);
  await until("the end", async () => (await bench.row("poll")).lastStatus === "ok");
  await first.stop();
  bench.clock.move(SECOND_MS);
  const second = bench.scheduler([task]);
  await second.start();
  await bench.resting();
  expect((await bench.row("poll")).nextRunAt).toBe(bench.clock.now() + 59 * SECOND_MS);
  await second.stop();
  expect(bench.runs).toEqual(["poll"]);
});

test("a task that was running when the process died runs when it is due", async () => {
  const bench = await open();
  const { schedule } = bench.store;
  await schedule.define([{ task: "poll", schedule: "60000ms", nextRunAt: bench.clock.now() }]);
  await schedule.start("poll", bench.clock.now());
  const scheduler = bench.scheduler([bench.task("poll", MINUTE_MS)]);
  await scheduler.start();
  await bench.ran(1);
  await scheduler.stop();
});

test("asked for by this process, a task runs without time going by; by another, within a second", async () => {
  const bench = await open();
  const scheduler = bench.scheduler([bench.task("poll", HOUR_MS)]);
  await scheduler.start();
  await bench.ran(1);
  await until("the end", async () => (await bench.row("poll")).lastStatus === "ok");
  await scheduler.requestNow("poll");
  await bench.ran(2);
  await until("the end", async () => (await bench.row("poll")).nextRunAt > bench.clock.now());
  await bench.store.schedule.requestNow("poll", bench.clock.now());
  bench.clock.move(SECOND_MS);
  await bench.ran(3);
  await scheduler.stop();
});

test("a request during the run causes one more run, and not two beside each other", async () => {
  const bench = await open();
  const scheduler: Scheduler = bench.scheduler([
    bench.task("poll", HOUR_MS, async () => {
      if (bench.runs.length === 1) {
        bench.clock.move(1);
        await scheduler.requestNow("poll");
        await scheduler.requestNow("poll");
      }
    }),
  ]);
  await scheduler.start();
  await bench.ran(2);
  await until("the end", async () => (await bench.row("poll")).nextRunAt > bench.clock.now());
  bench.clock.move(2 * SECOND_MS);
  await bench.resting();
  await scheduler.stop();
  expect(bench.runs).toEqual(["poll", "poll"]);
});

test("a task that fails keeps nobody else, is written down with its error, and is tried again", async () => {
  const bench = await open();
  const failing = bench.task("bad", MINUTE_MS, async () => {
    throw new Error("no such thing");
  });
  const scheduler = bench.scheduler([failing, bench.task("good", MINUTE_MS)]);
  await scheduler.start();
  await bench.ran(2);
  await until("the end", async () => (await bench.row("bad")).lastStatus === "failed");
  expect(await bench.row("bad")).toMatchObject({ lastError: "no such thing" });
  await until("the end", async () => (await bench.row("good")).lastStatus === "ok");
  bench.clock.move(MINUTE_MS);
  await bench.ran(4);
  await scheduler.stop();
  expect(bench.runs.filter((name) => name === "bad")).toHaveLength(2);
});

test("a task that hangs keeps nobody else", async () => {
  const bench = await open();
  const hang = Promise.withResolvers<void>();
  const scheduler = bench.scheduler([
    bench.task("slow", MINUTE_MS, () => hang.promise),
    bench.task("quick", MINUTE_MS),
  ]);
  await scheduler.start();
  await bench.ran(2);
  await until("the end", async () => (await bench.row("quick")).lastStatus === "ok");
  bench.clock.move(MINUTE_MS);
  await bench.ran(3);
  expect(bench.runs.filter((name) => name === "slow")).toHaveLength(1);
  hang.resolve();
  await scheduler.stop();
});

test("stopping tells what runs to end, waits for it, and starts nothing new", async () => {
  const bench = await open();
  let told = false;
  const scheduler = bench.scheduler([
    bench.task("poll", MINUTE_MS, async (signal) => {
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
      });
      told = true;
    }),
  ]);
  await scheduler.start();
  await bench.ran(1);
  await scheduler.stop();
  expect([told, (await bench.row("poll")).lastStatus]).toEqual([true, "ok"]);
  await scheduler.stop();
  bench.clock.move(DAY_MS);
  expect(bench.runs).toHaveLength(1);
});

test("it can be stopped before it was started, and started ten times", async () => {
  const bench = await open();
  const scheduler = bench.scheduler([bench.task("poll", SECOND_MS)]);
  await scheduler.stop();
  for (let round = 1; round <= 10; round += 1) {
    await scheduler.start();
    await bench.ran(round);
    await scheduler.stop();
    bench.clock.move(SECOND_MS);
  }
  expect(bench.clock.sleepers()).toBe(0);
});

test("a clock that is set back by a day does not stop a task for a day", async () => {
  const bench = await open();
  const scheduler = bench.scheduler([bench.task("poll", 30 * SECOND_MS)]);
  await scheduler.start();
  await bench.ran(1);
  await until("the end", async () => (await bench.row("poll")).lastStatus === "ok");
  bench.clock.move(-DAY_MS);
  await scheduler.requestNow("nothing");
  await bench.ran(2);
  await until("the end", async () => (await bench.row("poll")).nextRunAt < bench.clock.now() + MINUTE_MS);
  await scheduler.stop();
});

test("a database that takes nothing makes no task spin", async () => {
  const bench = await open();
  const full = new StoreError("unwritable", "no space", "make room");
  const refusing = intercept(
    intercept(bench.store.schedule, "start", async () => {
      throw full;
    }),
    "finish",
    async () => {
      throw full;
    },
  );
  const scheduler = bench.scheduler([bench.task("poll", MINUTE_MS)], refusing);
  await scheduler.start();
  await until("the failure", () => bench.log.some(({ level }) => level === "error"));
  await until("two sleepers", () => bench.clock.sleepers() === 2);
  expect(bench.log.filter(({ message }) => message === "task failed")).toHaveLength(1);
  bench.clock.move(SECOND_MS);
  await until("the next try", () => bench.log.filter(({ message }) => message === "task failed").length === 2);
  await scheduler.stop();
});

test("one full round runs every task in its order and names those that failed", async () => {
  const bench = await open();
  const failing = bench.task("second", MINUTE_MS, async () => {
    throw new Error("no");
  });
  const scheduler = bench.scheduler([bench.task("first", MINUTE_MS), failing, bench.task("third", MINUTE_MS)]);
  expect(await scheduler.runAll()).toEqual(["second"]);
  expect(bench.runs).toEqual(["first", "second", "third"]);
});

test("tasks that are no longer there are forgotten, and a changed interval holds at once", async () => {
  const bench = await open();
  const before = bench.scheduler([bench.task("old", MINUTE_MS), bench.task("poll", HOUR_MS)]);
  await before.runAll();
  const after = bench.scheduler([bench.task("poll", MINUTE_MS)]);
  await after.start();
  await bench.ran(3);
  await after.stop();
  expect((await bench.store.schedule.list()).map(({ task }) => task)).toEqual(["poll"]);
});

test("a daily hour is kept over both changes of the clocks", () => {
  const daily: TaskSchedule = { kind: "cron", pattern: "30 3 * * *", timeZone: "Europe/Berlin", text: "30 3 * * *" };
  const spring = Date.UTC(2026, 2, 28, 12);
  const summer = nextRun(daily, spring, spring);
  expect(new Date(summer).toISOString()).toBe("2026-03-29T01:30:00.000Z");
  expect(new Date(nextRun(daily, summer, summer)).toISOString()).toBe("2026-03-30T01:30:00.000Z");
  const autumn = Date.UTC(2026, 9, 24, 12);
  const winter = nextRun(daily, autumn, autumn);
  expect(new Date(winter).toISOString()).toBe("2026-10-25T02:30:00.000Z");
  expect(new Date(nextRun(daily, winter, winter)).toISOString()).toBe("2026-10-26T02:30:00.000Z");
});

test("an hour that does not exist, or exists twice, is one run", () => {
  const missing: TaskSchedule = { kind: "cron", pattern: "30 2 * * *", timeZone: "Europe/Berlin", text: "30 2 * * *" };
  const runsBetween = (from: number, to: number): number => {
    let count = 0;
    for (let at = nextRun(missing, from, from); at < to; at = nextRun(missing, at, at)) {
      count += 1;
    }
    return count;
  };
  expect(runsBetween(Date.UTC(2026, 2, 28, 12), Date.UTC(2026, 2, 29, 12))).toBe(1);
  expect(runsBetween(Date.UTC(2026, 9, 24, 12), Date.UTC(2026, 9, 25, 12))).toBe(1);
});
