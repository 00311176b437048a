/**
 * `shipbot sync`: look again now, wait, say what happened. With `--order` at those orders; without it at whatever changed
 * in the shop since the last poll, and at all that is due.
 */
import { RemoteError, UsageError } from "../../base/errors.ts";
import type { OrderId } from "../../core/order.ts";
import { DAY_MS, type DurationMs, formatInstant, type Instant } from "../../core/time.ts";
import { REQUEST_MAX } from "../../store/types.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { finishPreview, finishReport } from "../finish.ts";
import type { When } from "../flags.ts";
import { awaitOrders, lookAgain, type Snapshot, takeSnapshot } from "../look-again.ts";
import { noteRequests } from "../noted-requests.ts";
import { resolveOrders } from "../order-reference.ts";
import { startProgress } from "../progress.ts";
import { requestSince } from "../request-since.ts";
import { type Everything, openEverything } from "../surroundings.ts";
import { WAIT_FOR_BACKLOG_MS, WAIT_FOR_ORDERS_MS } from "../wait.ts";

export interface SyncFlags {
  readonly order?: readonly string[];
  readonly since?: When;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly timeout?: DurationMs;
}

/** As far back as Shopify shows orders to an app without a special permission. */
const ALL_SINCE_MS: DurationMs = 60 * DAY_MS;
/** Orders whose decision `--dry-run` shows. */
const PREVIEWS_MAX = 50;
/** The tasks of the daemon that find what is new. */
const POLLS = ["poll_orders", "poll_fulfillment_orders", "poll_tracking"];

export async function run(flags: SyncFlags, invocation: Invocation): Promise<ExitCode> {
  const named = flags.order ?? [];
  if (named.length > 0 && (flags.since !== undefined || flags.all === true)) {
    throw new UsageError("--order cannot be combined with --since or --all", "use one of them");
  }
  const everything = await openEverything(invocation, { readOnly: flags.dryRun === true });
  try {
    return named.length > 0
      ? await syncOrders(named, flags, invocation, everything)
      : await syncChanges(flags, invocation, everything);
  } finally {
    await everything.close();
  }
}

async function syncOrders(
  named: readonly string[],
  flags: SyncFlags,
  invocation: Invocation,
  everything: Everything,
): Promise<ExitCode> {
  const json = flags.json === true;
  const progress = startProgress(invocation.terminal, invocation.clock, json);
  progress.say(`Looking for ${named.length === 1 ? "the order" : `${named.length} orders`}`);
  const orders = await resolveOrders(named, everything.store.orders, everything.lookup).finally(() => progress.end());
  if (flags.dryRun === true) {
    return await finishPreview(invocation, everything, orders, { json });
  }
  const report = await lookAgain(invocation, everything, orders, {
    why: "sync",
    timeoutMs: flags.timeout ?? WAIT_FOR_ORDERS_MS,
    quiet: json,
  });
  return finishReport(invocation, report, { json, tellAll: true });
}

async function syncChanges(flags: SyncFlags, invocation: Invocation, everything: Everything): Promise<ExitCode> {
  const json = flags.json === true;
  const { clock, terminal } = invocation;
  const { store } = everything;
  if (flags.dryRun === true) {
    return await previewChanges(flags, invocation, everything);
  }
  const progress = startProgress(terminal, clock, json);
  progress.say("Asking the shop what changed");
  const noted = noteRequests(store, (id) => takeSnapshot(everything, id));
  const since = readSince(flags, clock.now());
  if (since === null) {
    await runPolls(everything, noted.store);
  } else {
    const { guardShop, shop } = everything.remotes;
    const read = (cursor: string | null) => guardShop(() => shop.changedOrders(since, cursor));
    const requested = await requestSince(read, noted.store.orders, clock.now());
    if (!requested.isWhole) {
      terminal.note(`${requested.seen} changed orders are enough for one command; there are more. When it is done:`);
      terminal.note(`  do: shipbot sync --since ${formatInstant(Math.max(requested.newest, since))}`);
    }
  }
  if (flags.all === true) {
    await requestAll(everything, clock.now());
  }
  progress.end();
  const before = new Map<OrderId, Snapshot>(noted.before);
  for (const id of await store.orders.due(clock.now(), REQUEST_MAX)) {
    if (!before.has(id)) {
      before.set(id, await takeSnapshot(everything, id));
    }
  }
  const pending = new Map<OrderId, number>();
  for (const id of before.keys()) {
    pending.set(id, (await store.orders.get(id))?.requestedSeq ?? 0);
  }
  const timeoutMs = flags.timeout ?? WAIT_FOR_BACKLOG_MS;
  const report = await awaitOrders(invocation, everything, { before, pending }, { timeoutMs, quiet: json });
  if (report.results.length === 0 && report.troubles.length === 0 && !json) {
    terminal.print(["Nothing changed in the shop and nothing is due. Bought 0 labels."]);
    return EXIT.fine;
  }
  return finishReport(invocation, report, { json, tellAll: false });
}

function readSince(flags: SyncFlags, now: Instant): Instant | null {
  if (flags.since !== undefined) {
    return "at" in flags.since ? flags.since.at : now - flags.since.agoMs;
  }
  return flags.all === true ? now - ALL_SINCE_MS : null;
}

/** The daemon's own polls, once, in this process. Beside a running daemon they do no harm: both only ask to look. */
async function runPolls(everything: Everything, store: Everything["store"]): Promise<void> {
  const { wireTasks } = await import("../../wiring.ts");
  const { settings, log, remotes } = everything;
  const { clock } = remotes.context;
  const tasks = await wireTasks({ settings, store, log, clock }, remotes, () => undefined);
  for (const name of POLLS) {
    const task = tasks.find((candidate) => candidate.name === name);
    try {
      await task?.run(new AbortController().signal);
    } catch (error) {
      // Tracking is asked at the provider: its silence must not keep changed orders waiting.
      if (!(error instanceof RemoteError && error.remote === "shipping")) {
        throw error;
      }
    }
  }
}

/** And every stored order that is not at its end. */
async function requestAll(everything: Everything, now: Instant): Promise<void> {
  const { orders } = everything.store;
  while ((await orders.requestUnsettled(now + 1, now, REQUEST_MAX)) > 0) {
    // The next slice.
  }
}

/** What a sync would do, as far as the shop can be asked without remembering anything. */
async function previewChanges(flags: SyncFlags, invocation: Invocation, everything: Everything): Promise<ExitCode> {
  const { clock, terminal } = invocation;
  const { store, remotes } = everything;
  const now = clock.now();
  const watermark = Number((await store.cursors.get("orders.watermark")) ?? now - ALL_SINCE_MS);
  const since = readSince(flags, now) ?? watermark;
  const page = await remotes.guardShop(() => remotes.shop.changedOrders(since, null));
  const changed = page.items.filter((order) => !order.over);
  const due = await store.orders.due(now, PREVIEWS_MAX);
  const orders = new Map<OrderId, string>(changed.map((order) => [order.id, order.name]));
  for (const id of due) {
    orders.set(id, (await store.orders.get(id))?.name ?? id);
  }
  const all = [...orders].map(([id, name]) => ({ id, name }));
  if (all.length === 0 && flags.json !== true) {
    terminal.print(["Nothing changed in the shop and nothing is due. Nothing was sent."]);
    return EXIT.fine;
  }
  if (all.length > PREVIEWS_MAX) {
    terminal.note(`${all.length} orders would be looked at; these are the first ${PREVIEWS_MAX}`);
  }
  return await finishPreview(invocation, everything, all.slice(0, PREVIEWS_MAX), { json: flags.json === true });
}
