/** Asking ahead of time: every reason is followed by a run, and however many reasons there are, runs stay rare. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { PAUSE_MS, Prompter } from "../../src/scheduler/prompter.ts";
import { MovedClock } from "../support/moved-clock.ts";
import { type LogLine, recordingLog } from "../support/shop-bench.ts";
import { until } from "../support/until.ts";

test("every reason is followed by a run within the pause, and two runs are never closer than the pause", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 * PAUSE_MS }), { maxLength: 60 }), (gaps) => {
      const clock = new MovedClock();
      const startedAt = clock.now();
      const runs: number[] = [];
      const reasons: number[] = [];
      const prompter = new Prompter({
        request: async (_, at) => {
          runs.push(at);
        },
        clock,
        log: recordingLog([]),
      });
      for (const gap of gaps) {
        reasons.push(clock.move(gap));
        prompter.prompt("poll");
      }
      for (const reason of reasons) {
        expect(runs.some((run) => run >= reason && run <= reason + PAUSE_MS)).toBe(true);
      }
      for (const [index, run] of runs.entries()) {
        expect(run - (runs[index - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(PAUSE_MS);
      }
      expect(runs.length).toBeLessThanOrEqual(2 + (clock.now() - startedAt) / PAUSE_MS);
    }),
    { numRuns: 500 },
  );
});

test("a clock that is set back by hours silences nobody", () => {
  const clock = new MovedClock();
  const runs: number[] = [];
  const request = async (_: string, at: number): Promise<void> => {
    runs.push(at);
  };
  const prompter = new Prompter({ request, clock, log: recordingLog([]) });
  prompter.prompt("poll");
  const now = clock.move(-5 * 3_600_000);
  prompter.prompt("poll");
  expect(runs.at(-1)).toBe(now);
});

test("what could not be asked for is told, and asked for again by the next reason", async () => {
  const lines: LogLine[] = [];
  let asked = 0;
  const request = async (): Promise<void> => {
    asked += 1;
    throw new Error("the disk is full");
  };
  const prompter = new Prompter({ request, clock: new MovedClock(), log: recordingLog(lines) });
  prompter.prompt("poll");
  await until("the warning", () => lines.length === 1);
  expect(lines[0]).toMatchObject({ level: "warn", fields: { task: "poll", error: "the disk is full" } });
  prompter.prompt("poll");
  expect(asked).toBe(2);
});
