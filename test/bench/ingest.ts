/**
 * Durable ingest: our server with its shared commits against one transaction per request, both at `synchronous=FULL`, on
 * a disk whose sync takes 1 ms. Each side is a process of its own with a new database for every pass; passes alternate.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningChild, startChild } from "../support/child.ts";
import { SECRET } from "../support/webhook-sender.ts";
import { runLoad } from "./load.ts";
import { OrderMessages } from "./order-messages.ts";
import { type BenchLine, type BenchRow, figure, median, NotMeasured, quantile } from "./row.ts";
import { buildSlowFsync, fastFolder } from "./slow-fsync.ts";

const CONNECTIONS = 32;
const PASSES = 5;
const WARM_UP_MS = 1_500;
const MEASURED_MS = 2_500;
/** As many as a pass needs at 10,000/s. */
const MESSAGES = 40_000;
const RATE_RATIO_MIN = 8;
const P99_RATIO_MAX = 0.1;
const RATE_BUDGET = { what: "durable ingest, rate", budget: `≥ ${RATE_RATIO_MIN} × one transaction per request` };
const P99_BUDGET = { what: "durable ingest, p99", budget: "≤ 1/10 of one transaction per request" };

const OURS = fileURLToPath(new URL("../support/ingest-program.ts", import.meta.url));
const NAIVE = fileURLToPath(new URL("ingest-naive.ts", import.meta.url));

interface Pass {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export const INGEST: BenchRow = {
  name: "ingest",
  budgets: [RATE_BUDGET, P99_BUDGET],
  async measure(say) {
    const folder = mkdtempSync(join(fastFolder(), "shipbot-bench-"));
    try {
      const env = buildSlowFsync(folder);
      const sides = {
        ours: (file: string) => startChild(process.execPath, [OURS, `sqlite:${file}`], { env }),
        naive: (file: string) => startChild(process.execPath, [NAIVE, file, SECRET], { env }),
      };
      const passes: Record<keyof typeof sides, Pass[]> = { ours: [], naive: [] };
      for (let pass = 0; pass < PASSES; pass += 1) {
        const order = pass % 2 === 0 ? (["ours", "naive"] as const) : (["naive", "ours"] as const);
        for (const side of order) {
          const result = await runPass(sides[side](join(folder, `${side}-${pass}.db`)));
          passes[side].push(result);
          say(
            `pass ${pass + 1} of ${PASSES}, ${side}: ${figure(result.perSecond)}/s, p50 ${figure(result.p50Ms)} ms, p99 ${figure(result.p99Ms)} ms`,
          );
        }
      }
      return compare(passes.ours, passes.naive);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function runPass(child: RunningChild): Promise<Pass> {
  try {
    const port = Number(/\d+$/.exec(await child.waitForLine(/^listening on \d+$/))?.[0]);
    const messages = new OrderMessages({ secret: SECRET, path: "/webhooks/shopify" });
    messages.prepare(MESSAGES);
    const { perSecond, latenciesMs, failures } = await runLoad({
      port,
      connections: CONNECTIONS,
      warmUpMs: WARM_UP_MS,
      measuredMs: MEASURED_MS,
      nextRequest: () => messages.next(),
    });
    if (failures > 0) {
      throw new NotMeasured(`${failures} requests were not answered 200`);
    }
    return { perSecond, p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) };
  } finally {
    child.kill("SIGKILL");
    const { stdout } = await child.exited;
    assertSlowDisk(stdout);
  }
}

/** The naive side tells how long its commits took: without the emulation they are far below a millisecond. */
function assertSlowDisk(output: string): void {
  const commitMs = Number(/^commit ([\d.]+) ms$/m.exec(output)?.[1] ?? Number.NaN);
  if (commitMs < 1) {
    throw new NotMeasured(`the emulation of a slow disk has no effect: a commit takes ${commitMs} ms`);
  }
}

function compare(ours: readonly Pass[], naive: readonly Pass[]): readonly BenchLine[] {
  const rate = (passes: readonly Pass[]) => median(passes.map(({ perSecond }) => perSecond));
  const p99 = (passes: readonly Pass[]) => median(passes.map(({ p99Ms }) => p99Ms));
  const rateRatio = rate(ours) / rate(naive);
  const p99Ratio = p99(ours) / p99(naive);
  return [
    {
      ...RATE_BUDGET,
      measured: `${figure(rateRatio)} ×`,
      detail: `${figure(rate(ours))}/s against ${figure(rate(naive))}/s`,
      holds: rateRatio >= RATE_RATIO_MIN,
      value: rateRatio,
    },
    {
      ...P99_BUDGET,
      measured: `1/${figure(1 / p99Ratio)}`,
      detail: `${figure(p99(ours))} ms against ${figure(p99(naive))} ms`,
      holds: p99Ratio <= P99_RATIO_MAX,
      value: p99Ratio,
    },
  ];
}
