/** I9, P1: a process that stood still for longer than its lease cannot write any more, and what it asked for is not asked again. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { quickSandbox } from "../support/daemon-process.ts";
import { useDatabases } from "../support/database.ts";
import { runStoppedDaemon } from "./stopped-daemon.ts";

const databases = useDatabases();
let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await quickSandbox();
});
afterEach(() => sandbox.close());

test.each([
  "before",
  "after",
] as const)("a purchase that lands %s another process takes the order over is one purchase", async (lands) => {
  const report = await runStoppedDaemon({ sandbox, dataDir: databases.folder(), leaseEnd: "moved", lands });
  expect(report.sync).toMatchObject({ code: 0, stdout: expect.stringContaining("pending_pickup") });
  expect(report).toMatchObject({ purchases: 1, fulfillments: 1, daemon: { code: 0 } });
  expect(report.effects.filter((effect) => effect.startsWith("buy"))).toEqual(["buy done"]);
  expect(report.effects.filter((effect) => /begun|unknown/.test(effect))).toEqual([]);
});
