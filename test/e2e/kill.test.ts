/** P1, P4, P10 under SIGKILL, a small part of `npm run kills`. Another history: TEST_SEED=… npm test. */
import { expect, test } from "vitest";
import { useDatabases } from "../support/database.ts";
import { runKillCycles } from "./kill-cycles.ts";

const databases = useDatabases();
const CYCLES = 10;
const seed = Number(process.env["TEST_SEED"] ?? 1 + (process.pid % 10_000));

test(`${CYCLES} kills: nothing acknowledged lost, no order lost, no label bought twice (seed ${seed})`, {
  timeout: 180_000,
}, async () => {
  const report = await runKillCycles({ cycles: CYCLES, seed, dataDir: databases.folder() });
  expect(report).toMatchObject({ lost: [], unseen: [], astray: [], broken: [], duplicateLabels: 0, integrity: "ok" });
  // It was a test of something.
  expect(report.acknowledged).toBeGreaterThan(CYCLES);
  expect(report.faults).toBeGreaterThan(0);
  expect(report.firstAnswerMs.length).toBeGreaterThan(0);
});
