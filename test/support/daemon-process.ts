/** `shipbot daemon` as users run it: the built program in a process of its own, against a sandbox in the test's process. */
import { createServer } from "node:net";
import { systemClock } from "../../src/base/system.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts";
import { openStore } from "../../src/store/store.ts";
import type { Store } from "../../src/store/types.ts";
import { startProgram } from "./built-program.ts";
import type { RunningChild } from "./child.ts";

/** Long enough for a start on a machine that does other things too. */
export const START_MS = 20_000;

/** A sandbox whose parcels travel in seconds, and whose rate limit is nobody's trouble. */
export function quickSandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  return startSandbox({
    clock: systemClock,
    port: 0,
    seed: 5,
    stepMs: 250,
    indexLagMs: 200,
    webhookRetryMs: 200,
    journeyMix: { failed: 0, returned: 0, delayed: 0 },
    bucket: { maximum: 40_000, restorePerSecond: 2_000 },
    ...options,
  });
}

export interface DaemonSettings {
  readonly sandbox: Pick<Sandbox, "environment">;
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function daemonEnvironment({ sandbox, dataDir, env }: DaemonSettings): Record<string, string> {
  return { ...sandbox.environment, SHIPBOT_DATA_DIR: dataDir, PORT: "0", LOG_FORMAT: "json", ...env };
}

/** Starts it and returns at once. The caller ends it. */
export function startDaemon(settings: DaemonSettings, flags: readonly string[] = []): RunningChild {
  const { dataDir } = settings;
  return startProgram(["daemon", ...flags], { cwd: dataDir, env: daemonEnvironment(settings), timeoutMs: 120_000 });
}

/** Where it listens, once it runs. */
export async function listening(daemon: RunningChild): Promise<string> {
  const line = await daemon.waitForLine(/shipbot is running/, START_MS);
  const address = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
  if (address === undefined) {
    throw new Error(`no address in: ${line}`);
  }
  return address;
}

/** A second look at the daemon's database, from outside. The caller closes it. */
export function openBeside({ sandbox, dataDir }: DaemonSettings): Promise<Store> {
  const shopId = new URL(sandbox.environment["SHOPIFY_SHOP_URL"] ?? "").host;
  return openStore({ url: `sqlite:${dataDir}/shipbot.db`, shopId, clock: systemClock });
}

/** A port that was free a moment ago, for a daemon that has to come back at the same address. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
