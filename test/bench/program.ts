/** The built program beside the sandbox, each a process of its own, as a merchant's machine would run them. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { programPath } from "../support/built-program.ts";
import { type RunningChild, startChild } from "../support/child.ts";
import { NotMeasured } from "./row.ts";

const START_TIMEOUT_MS = 20_000;
/** Longer than the longest row. */
const LIFE_MS = 300_000;

let found: string | null = null;

/** Throws `NotMeasured` when it is not built, or built from other sources when it is first asked for. */
export function findProgram(): string {
  try {
    found ??= programPath();
    return found;
  } catch (error) {
    throw new NotMeasured(error instanceof Error ? error.message : String(error));
  }
}

export interface RunningShop {
  /** The sandbox: `http://127.0.0.1:PORT`. */
  readonly sandboxUrl: string;
  readonly daemonPort: number;
  readonly daemonPid: number;
  /** What the daemon signs and checks webhooks with. */
  readonly webhookSecret: string;
  stop(): Promise<void>;
}

/** Starts both and resolves when the daemon is ready. `settings` are added to the daemon's environment. */
export async function startShop(settings: Readonly<Record<string, string>> = {}): Promise<RunningShop> {
  const program = findProgram();
  const folder = mkdtempSync(join(tmpdir(), "shipbot-bench-"));
  const children: RunningChild[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.splice(0).reverse()) {
      child.kill("SIGTERM");
      await child.exited.catch(() => {});
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const start = (args: readonly string[], env: Readonly<Record<string, string>>): RunningChild => {
    const child = startChild(process.execPath, [program, ...args], { env, cwd: folder, timeoutMs: LIFE_MS });
    children.push(child);
    return child;
  };
  try {
    const [sandboxPort, daemonPort] = [await freePort(), await freePort()];
    const sandbox = start(["sandbox", "--port", String(sandboxPort), "--orders", "0"], {});
    const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
    await untilAnswers(`${sandboxUrl}/sandbox/shopify/ledger`, sandbox);
    const environment: Readonly<Record<string, string>> = {
      ...(await readEnvironment(sandbox)),
      PORT: String(daemonPort),
      HOST: "127.0.0.1",
      SHIPBOT_DATA_DIR: join(folder, "data"),
      LOG_LEVEL: "error",
      ...settings,
    };
    const daemon = start(["daemon"], environment);
    await untilAnswers(`http://127.0.0.1:${daemonPort}/ready`, daemon);
    return {
      sandboxUrl,
      daemonPort,
      daemonPid: daemon.pid,
      webhookSecret: environment["SHOPIFY_WEBHOOK_SECRET"] ?? "",
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The sandbox prints what a user would set, as `export NAME=VALUE`. */
async function readEnvironment(sandbox: RunningChild): Promise<Readonly<Record<string, string>>> {
  const names = [
    "SHOPIFY_SHOP_URL",
    "SHOPIFY_ACCESS_TOKEN",
    "SHOPIFY_WEBHOOK_SECRET",
    "SHIPPING_API_KEY",
    "SHIPPING_API_URL",
  ];
  const environment: Record<string, string> = {};
  for (const name of names) {
    const line = await sandbox.waitForLine(new RegExp(`^export ${name}=`), START_TIMEOUT_MS);
    environment[name] = line.slice(`export ${name}=`.length);
  }
  return environment;
}

async function untilAnswers(url: string, child: RunningChild): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  let ended: string | null = null;
  child.exited.then(
    ({ code, stderr }) => {
      ended = `it exits with ${code}: ${stderr.split("\n")[0]}`;
    },
    (error: unknown) => {
      ended = String(error);
    },
  );
  while (performance.now() < until) {
    if (ended !== null) {
      throw new NotMeasured(`${url} does not answer, ${ended}`);
    }
    try {
      if ((await fetch(url)).ok) {
        return;
      }
    } catch {
      // Not listening yet.
    }
    await sleep(25);
  }
  throw new NotMeasured(`${url} does not answer in ${START_TIMEOUT_MS} ms`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** Resident memory of a process, in MB. Throws `NotMeasured` where there is no `/proc`. */
export function readMemoryMb(pid: number): number {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kb) / 1_024;
  } catch (cause) {
    throw new NotMeasured("memory is read from /proc, which needs Linux", { cause });
  }
}
