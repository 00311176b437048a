/**
 * `npm run kills [-- --cycles N] [--seed S]`: SIGKILL for the built daemon, N times under load, then the verdict and the
 * time that recovery took beside its budget. `--stop` instead: SIGSTOP in the middle of a purchase until the lease has
 * truly ended, which takes more than a minute. Exit 1 when a promise is broken; a missed budget is only told, because it
 * depends on the machine.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, constants, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { figure, quantile } from "../bench/row.ts";
import { quickSandbox } from "../support/daemon-process.ts";
import { type KillReport, runKillCycles } from "./kill-cycles.ts";
import { runStoppedDaemon } from "./stopped-daemon.ts";

/** DESIGN §11. */
const FIRST_ANSWER_MS_MAX = 150;
const LEASES_FREE_MS_MAX = 5_000;

function readCount(text: string, name: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new TypeError(`--${name} ${text}: a whole number above 0 is wanted`);
  }
  return count;
}

function isBroken(report: KillReport): boolean {
  const { lost, unseen, astray, broken, duplicateLabels, integrity } = report;
  return [lost, unseen, astray, broken].some(({ length }) => length > 0) || duplicateLabels > 0 || integrity !== "ok";
}

function tell(report: KillReport): readonly string[] {
  const { cycles, killedEarly, acknowledged, lost, unseen, orders, astray, labelsBought, duplicateLabels } = report;
  const details = [
    ...lost.map((id) => `lost: webhook ${id}`),
    ...new Set(unseen.map((id) => `not looked at: ${id}`)),
    ...astray.map((line) => `astray: ${line}`),
    ...report.broken.map(({ promise, what }) => `${promise}: ${what}`),
  ];
  return [
    `kills                  ${cycles}, ${killedEarly} of them while it started; ${report.faults} faults of the wire`,
    `acknowledged webhooks  ${acknowledged}, lost ${lost.length}, not looked at ${unseen.length}`,
    `orders                 ${orders}, not where they have to be ${astray.length}`,
    `labels                 ${labelsBought}, duplicates ${duplicateLabels}`,
    `broken promises        ${report.broken.length}`,
    `integrity_check        ${String(report.integrity)}`,
    `recovery from spawn    ${measured("first durable 200", report.firstAnswerMs, FIRST_ANSWER_MS_MAX)}`,
    `                       ${measured("leases free", report.leasesFreeMs, LEASES_FREE_MS_MAX)}`,
    `                       of the first answer, its main thread had a processor for ${median(report.firstAnswerCpuMs)}`,
    `                       for comparison, a bare node -e 0: ${median(report.bareNodeMs)}`,
    ...details.slice(0, 20),
  ];
}

function median(values: readonly number[]): string {
  return values.length === 0 ? "an unknown time" : `${figure(quantile(values, 0.5))} ms (p50)`;
}

function measured(what: string, values: readonly number[], budgetMs: number): string {
  if (values.length === 0) {
    return `${what}: never seen`;
  }
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(values, share));
  const verdict = (p50 ?? 0) > budgetMs ? "MISSED" : (p99 ?? 0) > budgetMs ? "holds at p50 only" : "holds";
  const figures = `p50 ${figure(p50 ?? 0)}, p99 ${figure(p99 ?? 0)}, max ${figure(max ?? 0)} ms`;
  return `${what}: ${figures} (${values.length} times); budget ${budgetMs} ms: ${verdict}`;
}

// Ctrl+C: the daemon of this moment ends with us (test/support/child.ts), as after any other end.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

async function stopOnce(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "shipbot-kills-"));
  const sandbox = await quickSandbox();
  try {
    const report = await runStoppedDaemon({ sandbox, dataDir, leaseEnd: "awaited", lands: "before" });
    const { stoppedMs, sync, daemon, purchases, fulfillments, effects } = report;
    process.stdout.write(
      `stopped in a purchase  for ${figure(stoppedMs / 1_000)} s, until its lease had ended\n` +
        `sync by another        exit ${sync.code}: ${sync.stdout.split("\n")[0]}\n` +
        `continued              lease lost, stale write refused, exit ${daemon.code}\n` +
        `labels bought          ${purchases}, fulfillments ${fulfillments}; ${effects.join(", ")}\n`,
    );
    process.exitCode = purchases === 1 && fulfillments === 1 && sync.code === 0 && daemon.code === 0 ? 0 : 1;
  } finally {
    await sandbox.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cycles: { type: "string", default: "200" },
      seed: { type: "string" },
      stop: { type: "boolean", default: false },
    },
  });
  if (values.stop) {
    await stopOnce();
    return;
  }
  const cycles = readCount(values.cycles, "cycles");
  const seed = values.seed === undefined ? 1 + (Date.now() % 1_000_000) : readCount(values.seed, "seed");
  const again = `npm run kills -- --cycles ${cycles} --seed ${seed}`;
  const say = (line: string): void => void process.stderr.write(`kills: ${line}\n`);
  say(`seed ${seed}; load ${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} cores`);
  const dataDir = mkdtempSync(join(tmpdir(), "shipbot-kills-"));
  try {
    const report = await runKillCycles({ cycles, seed, dataDir, say });
    process.stdout.write(`${tell(report).join("\n")}\n`);
    if (isBroken(report)) {
      throw new Error("a promise was broken, see above");
    }
    rmSync(dataDir, { recursive: true, force: true });
  } catch (error) {
    process.stderr.write(
      `error: ${error instanceof Error ? error.message : String(error)}\n` +
        `  do: look into ${dataDir} (kept), and repeat the same history: ${again}\n`,
    );
    process.exitCode = error instanceof TypeError ? 2 : 1;
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof TypeError)) {
    throw error;
  }
  process.stderr.write(`error: ${error.message}\n  do: npm run kills -- [--cycles N] [--seed S] [--stop]\n`);
  process.exitCode = 2;
}
