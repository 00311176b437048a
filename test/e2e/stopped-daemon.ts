/**
 * SIGSTOP in the middle of a purchase: the daemon stands still, with the lease on the order and the answer on its way,
 * until another process has taken the order over; then it goes on where it stood. What it writes then is stale.
 */
import Sqlite from "better-sqlite3";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { runProgram } from "../support/built-program.ts";
import type { ChildExit, RunningChild } from "../support/child.ts";
import { type DaemonSettings, daemonEnvironment, startDaemon } from "../support/daemon-process.ts";
import { holdUp } from "../support/hold-up.ts";
import { until } from "../support/until.ts";

const POLLS = { SHIPBOT_POLL_ORDERS: "200ms", SHIPBOT_POLL_TRACKING: "1h" };
/** Later than the other process needs to look, to believe what it sees (2 s) and to buy. */
const LATE_MS = 6_000;
/** As long as a lease lasts, and room for a busy machine. */
const LEASE_END_MAX_MS = 90_000;

export interface StopReport {
  /** How long the daemon stood still. */
  readonly stoppedMs: number;
  /** `shipbot sync --order` by the other process. */
  readonly sync: ChildExit;
  /** The end of the daemon that was stopped, after SIGCONT and SIGTERM. */
  readonly daemon: ChildExit;
  readonly purchases: number;
  readonly fulfillments: number;
  /** Kind and state of each effect of the order. */
  readonly effects: readonly string[];
  readonly orderStatus: string;
}

export async function runStoppedDaemon(options: {
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  /** `moved`: the rows are made to say that the time is over. `awaited`: it truly passes, a minute. */
  readonly leaseEnd: "moved" | "awaited";
  /** When the purchase reaches the provider: before the other process looks, or after it bought. Only with `moved`. */
  readonly lands: "before" | "after";
}): Promise<StopReport> {
  const { sandbox, dataDir, leaseEnd, lands } = options;
  const settings: DaemonSettings = { sandbox, dataDir, env: POLLS };
  const { name } = sandbox.shopify.addOrder({ tags: ["ready_to_ship"] });
  const purchases = (): number => sandbox.easypost.ledger().purchases.length;
  const buying = holdUp(sandbox.faults, "POST /v2/shipments/:id/buy", lands === "before" ? 100 : LATE_MS);
  const daemon = startDaemon(settings);
  try {
    await buying;
    await stopUnlocked(daemon, dataDir);
    const stoppedAt = performance.now();
    if (lands === "before") {
      await until("the purchase", () => purchases() === 1);
    }
    await untilLeaseEnds(dataDir, leaseEnd);
    const env = daemonEnvironment(settings);
    const sync = await runProgram(["sync", "--order", name], { cwd: dataDir, env, timeoutMs: 60_000 });
    daemon.kill("SIGCONT");
    const stoppedMs = performance.now() - stoppedAt;
    await daemon.waitForLine(/lease lost/);
    return { stoppedMs, sync, daemon: await end(daemon), ...readEnd(sandbox, dataDir), purchases: purchases() };
  } finally {
    // Also one that stands still ends by this.
    daemon.kill("SIGKILL");
    await daemon.exited;
  }
}

/** Stops it at a moment when it holds no lock on the database: one that it holds nobody could take over from it. */
async function stopUnlocked(daemon: RunningChild, dataDir: string): Promise<void> {
  await until("a moment without a lock", () => {
    daemon.kill("SIGSTOP");
    const isUnlocked = canWrite(dataDir);
    if (!isUnlocked) {
      daemon.kill("SIGCONT");
    }
    return isUnlocked;
  });
}

function canWrite(dataDir: string): boolean {
  const database = new Sqlite(`${dataDir}/shipbot.db`, { timeout: 0 });
  try {
    database.exec("begin immediate; rollback");
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}

function end(daemon: RunningChild): Promise<ChildExit> {
  daemon.kill("SIGTERM");
  return daemon.exited;
}

async function untilLeaseEnds(dataDir: string, leaseEnd: "moved" | "awaited"): Promise<void> {
  const database = new Sqlite(`${dataDir}/shipbot.db`);
  try {
    if (leaseEnd === "moved") {
      database.prepare("update orders set lease_until = 1 where lease_until is not null").run();
      database.prepare("update instances set heartbeat_at = 1").run();
    }
    const leased = database.prepare("select count(*) from orders where lease_until > ?").pluck();
    await until("the lease to end", () => leased.get(Date.now()) === 0, LEASE_END_MAX_MS);
  } finally {
    database.close();
  }
}

function readEnd(sandbox: Sandbox, dataDir: string): Pick<StopReport, "fulfillments" | "effects" | "orderStatus"> {
  const database = new Sqlite(`${dataDir}/shipbot.db`, { readonly: true });
  try {
    const effects = database.prepare("select kind || ' ' || state from effects order by begun_at, key").pluck().all();
    return {
      fulfillments: sandbox.shopify.ledger().fulfillments.length,
      effects: effects.map(String),
      orderStatus: String(database.prepare("select status from orders").pluck().get()),
    };
  } finally {
    database.close();
  }
}
