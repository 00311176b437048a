/**
 * SIGKILL, again and again: the built daemon works on a shop's orders against the sandbox, which loses answers, while
 * webhooks come all the time. It is killed at random moments (one in five while it starts) and started again at once in
 * the same folder. In the end everything is judged by what others wrote down: the senders, the sandbox's ledgers, and a
 * plain SQLite connection.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { demoOrders } from "../../src/sandbox/demo-orders.ts";
import { type BrokenPromise, checkPromises, countLedger } from "../../src/sandbox/promises.ts";
import { seededRandom } from "../../src/sandbox/random.ts";
import { SANDBOX_WEBHOOK_SECRET } from "../../src/sandbox/sandbox.ts";
import type { RunningChild } from "../support/child.ts";
import { type DaemonSettings, freePort, listening, quickSandbox, startDaemon } from "../support/daemon-process.ts";
import { until } from "../support/until.ts";
import { WebhookLoad } from "../support/webhook-load.ts";

/** About one request in twelve. */
const ROUGH = {
  rates: {
    reset_after: 0.03,
    server_error_after: 0.02,
    truncated_after: 0.01,
    reset_before: 0.01,
    rate_limited: 0.01,
    webhook_dropped: 0.1,
    webhook_doubled: 0.1,
  },
  delayMaxMs: 0,
};

/** Kills while it starts, before it may have answered anything. */
const EARLY_SHARE = 0.2;
/** After spawn, and after the first durable answer. */
const EARLY_WITHIN_MS = 250;
const LATE_WITHIN_MS = 400;
const SENDERS = 8;
const SENDER_PAUSE_MS = 5;
/** Until the senders see the first answer of a start; far above any budget. */
const ANSWER_MAX_MS = 30_000;
const SETTLE_MS = 120_000;
/** A bare Node is started as often as this, for comparison. */
const BARE_EVERY = 5;

export interface KillReport {
  readonly cycles: number;
  readonly seed: number;
  readonly killedEarly: number;
  readonly acknowledged: number;
  /** Ids of messages that were answered 200 and are not in the inbox. */
  readonly lost: readonly string[];
  /** Orders of acknowledged messages that nobody looked at afterwards. */
  readonly unseen: readonly string[];
  readonly orders: number;
  /** Orders that did not end where they have to, as `name: end, wanted end`. */
  readonly astray: readonly string[];
  readonly labelsBought: number;
  readonly duplicateLabels: number;
  readonly broken: readonly BrokenPromise[];
  readonly integrity: unknown;
  readonly faults: number;
  /** From spawn to the first answer 200 that a sender saw, one for each start that lived so long. */
  readonly firstAnswerMs: readonly number[];
  /** Of each of those, how long its main thread had a processor; the rest it waited, for one or for the disk. Linux only. */
  readonly firstAnswerCpuMs: readonly number[];
  /** From spawn until the dead process held no lease any more, where it died with one. */
  readonly leasesFreeMs: readonly number[];
  /** Starting and ending a Node that does nothing, in the same minutes. */
  readonly bareNodeMs: readonly number[];
}

/** Rejects when the orders do not come to rest, or when the daemon ends by itself. */
export async function runKillCycles(options: {
  readonly cycles: number;
  readonly seed: number;
  /** Empty, and removed by the caller. */
  readonly dataDir: string;
  readonly say?: (line: string) => void;
}): Promise<KillReport> {
  const { cycles, seed, dataDir, say = () => undefined } = options;
  const random = seededRandom(seed);
  const wanted = demoOrders(Math.ceil(cycles * 1.25), random);
  const sandbox = await quickSandbox({ seed, stepMs: 700, plan: ROUGH });
  const port = await freePort();
  const settings: DaemonSettings = {
    ...{ sandbox, dataDir },
    env: {
      PORT: String(port),
      LOG_LEVEL: "info",
      SHIPBOT_POLL_ORDERS: "300ms",
      SHIPBOT_POLL_FULFILLMENT_ORDERS: "1s",
      SHIPBOT_POLL_TRACKING: "300ms",
      SHIPBOT_RESYNC: "5s",
    },
  };
  sandbox.shopify.setWebhookSink(`http://127.0.0.1:${port}/webhooks/shopify`);
  sandbox.easypost.subscribe(`http://127.0.0.1:${port}/webhooks/shipping/easypost`, SANDBOX_WEBHOOK_SECRET);
  const placed: string[] = [];
  const place = (count: number): void => {
    for (const { spec } of wanted.slice(placed.length, placed.length + count)) {
      placed.push(sandbox.shopify.addOrder(spec).id);
    }
  };
  const loadRandom = seededRandom(seed + 3);
  const load = new WebhookLoad({
    ...{ port, senders: SENDERS, pauseMs: SENDER_PAUSE_MS },
    secret: sandbox.environment["SHOPIFY_WEBHOOK_SECRET"] ?? "",
    orderIds: () => placed,
    random: () => loadRandom.next(),
  });
  const firstAnswerMs: number[] = [];
  const firstAnswerCpuMs: number[] = [];
  const leasesFreeMs: number[] = [];
  const bareNodeMs: number[] = [];
  let killedEarly = 0;
  let dead: RunningChild | null = null;
  let running: RunningChild | null = null;
  try {
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      if (cycle % BARE_EVERY === 1) {
        bareNodeMs.push(await timeBareNode());
      }
      place(cycle % 4 === 0 ? 2 : 1);
      const answered = load.nextAcknowledged();
      const startedAt = performance.now();
      running = startDaemon(settings);
      if (random.next() < EARLY_SHARE) {
        killedEarly += 1;
        await atMoment(startedAt + random.next() * EARLY_WITHIN_MS);
      } else {
        const answeredAt = await inTime(answered, running);
        firstAnswerMs.push(answeredAt - startedAt);
        firstAnswerCpuMs.push(...cpuMs(running.pid));
        const freeAt = dead === null ? null : await untilFree(dataDir, dead.pid);
        if (freeAt !== null) {
          leasesFreeMs.push(freeAt - startedAt);
        }
        await atMoment(answeredAt + random.next() * LATE_WITHIN_MS);
      }
      running.kill("SIGKILL");
      const { signal, stderr, stdout } = await running.exited;
      if (signal !== "SIGKILL") {
        throw new Error(`the daemon ended by itself in cycle ${cycle}:\n${stdout}${stderr}`);
      }
      dead = running;
      if (cycle % 20 === 0) {
        say(`${cycle} kills, ${load.acknowledged.length} webhooks acknowledged`);
      }
    }
    place(wanted.length);
    running = startDaemon(settings);
    await listening(running);
    await load.finish();
    say("waiting for every order to come to rest");
    const reader = openPlainly(dataDir);
    try {
      await until("every order to come to rest", () => isAtRest(reader, placed.length), SETTLE_MS);
    } finally {
      reader.close();
    }
    running.kill("SIGTERM");
    const end = await running.exited;
    if (end.code !== 0) {
      throw new Error(`the last daemon ended with ${end.code}:\n${end.stdout}${end.stderr}`);
    }
    const ledger = sandbox.easypost.ledger();
    const { labelsBought, duplicateLabels } = countLedger(sandbox.shopify, ledger);
    return {
      ...{
        cycles,
        seed,
        killedEarly,
        firstAnswerMs,
        firstAnswerCpuMs,
        leasesFreeMs,
        bareNodeMs,
        labelsBought,
        duplicateLabels,
      },
      ...judgeDatabase(dataDir, load, wanted),
      acknowledged: load.acknowledged.length,
      orders: placed.length,
      broken: checkPromises(sandbox.shopify, ledger),
      faults: sandbox.faults.total(),
    };
  } finally {
    running?.kill("SIGKILL");
    await running?.exited.catch(() => undefined);
    await sandbox.close();
  }
}

function atMoment(momentAt: number): Promise<true> {
  return until("the moment", () => performance.now() >= momentAt);
}

/** The moment of the first answer; rejects when the daemon ends instead. */
async function inTime(answered: Promise<number>, daemon: RunningChild): Promise<number> {
  let at: number | null = null;
  let ended = false;
  void answered.then((moment) => {
    at = moment;
  });
  void daemon.exited.then(
    () => {
      ended = true;
    },
    () => undefined,
  );
  const found = await until("the first answer", () => at ?? (ended ? -1 : null), ANSWER_MAX_MS);
  if (found < 0) {
    const { stdout, stderr } = await daemon.exited;
    throw new Error(`the daemon ended by itself while it started:\n${stdout}${stderr}`);
  }
  return found;
}

/** When the dead process held no lease any more, at the latest; `null` when it died without one. */
async function untilFree(dataDir: string, pid: number): Promise<number | null> {
  // Only while the daemon has the database open: the last one to close it would tidy up what the kill left.
  const reader = openPlainly(dataDir);
  try {
    const held = reader.prepare("select count(*) from orders where lease_owner like ?").pluck();
    const isFree = (): boolean => held.get(`%-${pid}-%`) === 0;
    if (isFree()) {
      return null;
    }
    await until("the leases of the dead process to be freed", isFree);
    return performance.now();
  } finally {
    reader.close();
  }
}

/** One figure, or none where the system does not tell (docs.kernel.org, scheduler/sched-stats: ns on the processor). */
function cpuMs(pid: number): readonly number[] {
  try {
    return [Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6];
  } catch {
    return [];
  }
}

function openPlainly(dataDir: string): Sqlite.Database {
  return new Sqlite(join(dataDir, "shipbot.db"), { readonly: true });
}

function isAtRest(reader: Sqlite.Database, orders: number): boolean {
  const settled = reader
    .prepare(
      `select count(*) from orders where status in ('delivered', 'parked') and lease_owner is null
       and requested_seq = done_seq and due_at is null`,
    )
    .pluck()
    .get();
  return settled === orders;
}

function judgeDatabase(
  dataDir: string,
  load: WebhookLoad,
  wanted: ReturnType<typeof demoOrders>,
): Pick<KillReport, "lost" | "unseen" | "astray" | "integrity"> {
  const reader = openPlainly(dataDir);
  try {
    const stored = new Set(reader.prepare("select external_id from inbox where source = 'shopify'").pluck().all());
    // All were at rest once, after the last message. A resync may have asked for some again since.
    const lookedAt = new Map(
      reader.prepare("select id, last_run_at from orders").raw().all() as [string, number | null][],
    );
    const ends = new Map(
      reader.prepare("select name, status || coalesce(' ' || reason, '') from orders").raw().all() as [
        string,
        string,
      ][],
    );
    return {
      lost: load.acknowledged.filter(({ webhookId }) => !stored.has(webhookId)).map(({ webhookId }) => webhookId),
      // The message is stored before it is acknowledged, so that a look may come between the two: a second is allowed.
      unseen: load.acknowledged
        .filter(({ orderId, at }) => (lookedAt.get(orderId) ?? 0) < at - 1_000)
        .map(({ orderId }) => orderId),
      astray: wanted.flatMap(({ spec, parkedAs }) => {
        const end = ends.get(spec.name ?? "") ?? "unknown";
        const right = parkedAs === null ? "delivered" : `parked ${parkedAs}`;
        return end === right ? [] : [`${spec.name}: ${end}, wanted ${right}`];
      }),
      integrity: reader.pragma("integrity_check", { simple: true }),
    };
  } finally {
    reader.close();
  }
}

function timeBareNode(): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    spawn(process.execPath, ["-e", "0"], { stdio: "ignore" })
      .once("error", reject)
      .once("exit", () => resolve(performance.now() - startedAt));
  });
}
