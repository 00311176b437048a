/** `status` without an order: as text, and as the contract's document (DESIGN §7). Pure. */
import { formatMoney } from "../core/money.ts";
import { isReason, remedyFor } from "../core/reasons.ts";
import { ORDER_STATUSES } from "../core/status.ts";
import { DAY_MS, formatAge, formatInstant, type Instant } from "../core/time.ts";
import type { Alarm } from "../ports/notifier.ts";
import type { GenerationCause } from "../store/generation-types.ts";
import type { StoredRemoteState } from "../store/process-types.ts";
import type { StoredOrder } from "../store/types.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import {
  ageOf,
  cleanText,
  countOf,
  indentText,
  type Paint,
  printTable,
  shellName,
  withoutRemedy,
  wrapText,
} from "./output.ts";
import type { Overview } from "./overview.ts";
import { moneyJson } from "./render-outcome.ts";
import { providerTitle } from "./render-plan.ts";

export function overviewExitCode(overview: Overview): ExitCode {
  const isRefused = overview.remotes.some((remote) => remote.state === "refused");
  return overview.counts.parked > 0 || isRefused || overview.alarms.length > 0 ? EXIT.attention : EXIT.fine;
}

export function overviewJson(overview: Overview): unknown {
  const { at, due, instances, parked, schedule, spend } = overview;
  return {
    version: 1,
    at: formatInstant(at),
    shop: overview.shopId === "" ? null : overview.shopId,
    mode: overview.mode,
    orders: overview.counts,
    parked: parked.map((order) => ({
      order: order.name,
      id: order.id,
      reason: order.reason,
      since: formatInstant(order.statusSince),
    })),
    due: {
      count: due.count,
      oldestSeconds: due.oldestAt === null ? null : Math.max(0, Math.floor((at - due.oldestAt) / 1_000)),
    },
    instances: instances.map(({ id, pid, host, version, startedAt, heartbeatAt, alive }) => ({
      ...{ id, pid, host, version, alive },
      startedAt: formatInstant(startedAt),
      heartbeatAt: formatInstant(heartbeatAt),
    })),
    remotes: { shopify: remoteJson(overview, "shopify"), shipping: remoteJson(overview, "shipping") },
    alarms: overview.alarms.map(({ key, message, remedy, since }) => ({
      ...{ kind: key, message, remedy },
      since: formatInstant(since),
    })),
    schedule: schedule.map((task) => ({
      task: task.task,
      schedule: task.schedule,
      lastRunAt: instantJson(task.lastRunAt),
      lastStatus: task.lastStatus,
      lastError: task.lastError,
      lastDurationMs: task.lastDurationMs,
      nextRunAt: formatInstant(task.nextRunAt),
    })),
    spend: { since: formatInstant(spend.since), amounts: spend.amounts.map(moneyJson) },
    restored: restoredJson(overview),
  };
}

function restoredJson({ restored }: Overview): unknown {
  if (restored === null) {
    return null;
  }
  const { beganAt, cause, takenAt } = restored.generation;
  return { cause, since: formatInstant(beganAt), takenAt: instantJson(takenAt), unverified: restored.unverified };
}

/** The same document before there is a database. */
export function emptyOverviewJson(at: Instant): unknown {
  const counts = Object.fromEntries(ORDER_STATUSES.map((status) => [status, 0])) as Overview["counts"];
  return overviewJson({
    ...{
      at,
      shopId: "",
      provider: "",
      mode: null,
      counts,
      parked: [],
      instances: [],
      remotes: [],
      alarms: [],
      schedule: [],
    },
    due: { count: 0, oldestAt: null },
    restored: null,
    spend: { since: Math.floor(at / DAY_MS) * DAY_MS, amounts: [] },
  });
}

function instantJson(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}

function remoteJson({ remotes }: Overview, name: string): unknown {
  const state = remotes.find((remote) => remote.remote === name);
  return state === undefined
    ? { state: "unknown", since: null, at: null, message: null, remedy: null }
    : {
        state: state.state,
        since: formatInstant(state.since),
        at: formatInstant(state.at),
        message: state.message,
        remedy: state.remedy,
      };
}

/** What was done since, in one line each; what needs a human last. */
export function overviewText(
  overview: Overview,
  style: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  const { paint, width } = style;
  return [
    ...wrapText(headLine(overview), width, 2),
    ...modeLines(overview, style),
    ...wrapText(countLine(overview), width, 2),
    ...wrapText(dueLine(overview), width, 2),
    ...restoredLines(overview, style),
    ...failedTasks(overview, width),
    ...overview.alarms.flatMap((alarm) => alarmLines(alarm, overview.at, style)),
    ...overview.remotes.flatMap((remote) => remoteLines(remote, overview.at, style)),
    ...parkedLines(overview, paint),
  ];
}

function headLine(overview: Overview): string {
  const { at, schedule, shopId } = overview;
  const shop = cleanText(shopId).replace(/\.myshopify\.com$/, "");
  const poll = schedule.find((task) => task.task === "poll_orders")?.lastRunAt ?? null;
  const polled = poll === null ? [] : [`polled ${ageOf(poll, at)} ago`];
  return [shop, providerTitle(overview.provider), daemonText(overview), ...polled].join(" · ");
}

/** That a daemon buys is what everybody expects; that it does not must be seen first. */
function modeLines(
  { mode }: Overview,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  if (mode === null || mode === "live") {
    return [];
  }
  const what =
    mode === "shadow"
      ? "it decides, and buys and writes nothing"
      : "it buys for this share of the orders, and only watches the others";
  return [
    ...wrapText(`${paint("yellow", "mode")}  ${mode}: ${what}`, width, 6),
    "      compare it with what your people do: shipbot report shadow",
  ];
}

/** Whether work flows at all is the first thing to know. */
function daemonText({ at, instances, schedule }: Overview): string {
  const alive = instances.filter((instance) => instance.alive);
  if (alive.length > 0) {
    return `${countOf(alive.length, "daemon")}, up ${ageOf(Math.min(...alive.map((one) => one.startedAt)), at)}`;
  }
  const signs = [
    ...schedule.flatMap((task) => (task.lastRunAt === null ? [] : [task.lastRunAt])),
    ...instances.map((instance) => instance.heartbeatAt),
  ];
  return signs.length === 0 ? "no daemon yet" : `no daemon for ${ageOf(Math.max(...signs), at)}`;
}

function countLine({ counts }: Overview): string {
  const shown = ORDER_STATUSES.filter((status) => counts[status] > 0);
  return shown.length === 0 ? "no orders yet" : shown.map((status) => `${status} ${counts[status]}`).join("  ");
}

function dueLine({ at, due, schedule, spend }: Overview): string {
  const waiting = due.oldestAt === null ? "nothing due" : `due now ${due.count}, oldest ${ageOf(due.oldestAt, at)}`;
  const money = spend.amounts.length === 0 ? "nothing" : spend.amounts.map(formatMoney).join(" + ");
  return `${waiting} · spent today (UTC) ${money}${backupText(at, schedule)}`;
}

function backupText(at: Instant, schedule: Overview["schedule"]): string {
  const task = schedule.find(({ task }) => task === "backup");
  return task?.lastStatus === "ok" && task.lastRunAt !== null ? ` · backup ${ageOf(task.lastRunAt, at)} ago` : "";
}

const CAUSES: Readonly<Record<GenerationCause, string>> = {
  created: "this database is new",
  restored: "this database was restored from a backup",
  older: "this database is an older copy of the one that ran here",
  other: "this is not the database that ran here last",
  unmarked: "this database was brought here, so it may be an older copy",
  lost: "the database that ran here is gone, and this one is new",
};

function restoredLines(
  { at, restored }: Overview,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  if (restored === null) {
    return [];
  }
  const { cause, takenAt, beganAt } = restored.generation;
  const age = takenAt === null ? "" : `, ${ageOf(takenAt, beganAt)} old then`;
  const left =
    restored.unverified === 0 ? "waiting for the polls" : `${countOf(restored.unverified, "order")} still to verify`;
  const text = `${CAUSES[cause]}${age}: each order is looked up at the provider before anything is bought; ${left}`;
  return wrapText(`${paint("yellow", "warn")}  ${text}, since ${ageOf(beganAt, at)}`, width, 6);
}

function failedTasks({ at, schedule }: Overview, width: number): readonly string[] {
  return schedule
    .filter((task) => task.lastStatus === "failed")
    .flatMap((task) => {
      const age = task.lastRunAt === null ? "" : ` ${ageOf(task.lastRunAt, at)} ago`;
      return wrapText(`warn  ${task.task} failed${age}: ${cleanText(task.lastError ?? "no reason given")}`, width, 6);
    });
}

function remoteLines(
  remote: StoredRemoteState,
  at: Instant,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  if (remote.state === "ok") {
    return [];
  }
  const isRefused = remote.state === "refused";
  const word = isRefused ? paint("red", "FAIL") : paint("yellow", "warn");
  const what = `${remote.remote} ${isRefused ? "refuses us" : "does not answer"}, for ${ageOf(remote.since, at)}`;
  return [
    ...wrapText(`${word}  ${what}: ${cleanText(withoutRemedy(remote))}`, width, 6),
    ...(remote.remedy === null ? [] : indentText(`do: ${cleanText(remote.remedy)}`, width, 6)),
  ];
}

function alarmLines(
  { message, remedy, since }: Alarm,
  at: Instant,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  return [
    ...wrapText(`${paint("red", "FAIL")}  for ${ageOf(since, at)}: ${cleanText(message)}`, width, 6),
    ...indentText(`do: ${cleanText(remedy)}`, width, 6),
  ];
}

function parkedLines({ at, counts, parked }: Overview, paint: Paint): readonly string[] {
  if (counts.parked === 0) {
    return [];
  }
  const rows = parked.map((order) => [
    `  ${cleanText(order.name)}`,
    cleanText(order.reason ?? "no reason"),
    formatAge(at - order.statusSince),
    helpingCommand(order),
  ]);
  const hidden = counts.parked - parked.length;
  return [
    paint("yellow", `${counts.parked} parked:`),
    ...printTable([{}, {}, { align: "right" }, {}], rows),
    ...(hidden > 0 ? [`  and ${hidden} more: shipbot status --limit ${counts.parked}`] : []),
  ];
}

/** The command that the reason's way out begins with, else the one that explains it. */
export function helpingCommand(order: Pick<StoredOrder, "name" | "reason">): string {
  const why = `shipbot why --order ${shellName(order.name)}`;
  if (order.reason === null || !isReason(order.reason)) {
    return why;
  }
  const remedy = remedyFor(order.reason, order.name);
  return /^shipbot (settle|release|approve) /.test(remedy) ? remedy : why;
}
