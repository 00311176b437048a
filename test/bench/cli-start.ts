/** How long the program takes to answer, as a multiple of what Node itself needs to start and do nothing. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/base/system.ts";
import { openStore } from "../../src/store/store.ts";
import { findProgram } from "./program.ts";
import { type BenchLine, type BenchRow, figure, median, NotMeasured } from "./row.ts";

const RUNS = 21;
const ORDERS = 1_000;
const SHOP = "shipbot-bench.myshopify.com";
const COMMAND_TIMEOUT_MS = 20_000;

const COMMANDS = [
  { what: "shipbot --version", args: ["--version"], ratioMax: 1.25 },
  { what: "shipbot status", args: ["status"], ratioMax: 2.6 },
];

const budgetOf = ({ what, ratioMax }: (typeof COMMANDS)[number]) => ({ what, budget: `≤ ${ratioMax} × node -e 0` });

export const CLI_START: BenchRow = {
  name: "cli-start",
  budgets: COMMANDS.map(budgetOf),
  async measure(say) {
    const program = findProgram();
    const folder = mkdtempSync(join(tmpdir(), "shipbot-bench-"));
    try {
      await storeOrders(folder);
      const path = process.env["PATH"] ?? "";
      const env = { PATH: path, HOME: folder, SHOPIFY_SHOP_URL: SHOP, SHIPBOT_DATA_DIR: folder };
      const contenders = [["-e", "0"], ...COMMANDS.map(({ args }) => [program, ...args])];
      const times: number[][] = contenders.map(() => []);
      // The first round fills the caches of the disk and of the compiler; it does not count.
      for (let run = 0; run <= RUNS; run += 1) {
        for (const [index, args] of contenders.entries()) {
          const elapsedMs = await timeOf(args, env, folder);
          if (run > 0) {
            times[index]?.push(elapsedMs);
          }
        }
      }
      const [bare = Number.NaN, ...ours] = times.map(median);
      say(`${RUNS} interleaved runs, ${ORDERS} orders stored`);
      return COMMANDS.map((command, index): BenchLine => {
        const commandMs = ours[index] ?? Number.NaN;
        const ratio = commandMs / bare;
        return {
          ...budgetOf(command),
          measured: `${ratio.toFixed(2)} ×`,
          detail: `${figure(commandMs)} ms against ${figure(bare)} ms`,
          holds: ratio <= command.ratioMax,
          value: ratio,
        };
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function storeOrders(folder: string): Promise<void> {
  const store = await openStore({ url: `sqlite:${join(folder, "shipbot.db")}`, shopId: SHOP, clock: systemClock });
  const orders = Array.from({ length: ORDERS }, (_, n) => ({
    id: `gid://shopify/Order/${n + 1}`,
    name: `#${1001 + n}`,
  }));
  await store.orders.request(orders, systemClock.now());
  await store.close();
}

async function timeOf(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...args], {
    env,
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: COMMAND_TIMEOUT_MS,
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = Promise.withResolvers<number>();
  child.once("error", ended.reject);
  child.once("exit", () => ended.resolve(performance.now() - startedAt));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const elapsedMs = await ended.promise;
  await closed;
  // 1: it ran, and something needs attention.
  if (child.exitCode !== 0 && child.exitCode !== 1) {
    throw new NotMeasured(
      `\`shipbot ${args.slice(1).join(" ")}\` exits with ${child.exitCode}: ${errors.split("\n")[0]}`,
    );
  }
  return elapsedMs;
}
