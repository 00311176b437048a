/**
 * `shipbot status`: how things stand, from the database alone: no credential, no call. It is what people ask most, so it
 * imports neither adapters nor screens.
 */
import { join, sep } from "node:path";
import { UsageError } from "../../base/errors.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Local, openLocal } from "../local.ts";
import { resolveOrders } from "../order-reference.ts";
import type { Terminal } from "../output.ts";
import { readOverview } from "../overview.ts";
import { type OrderView, orderJson, orderText } from "../render-order.ts";
import { emptyOverviewJson, overviewExitCode, overviewJson, overviewText } from "../render-overview.ts";

export interface StatusFlags {
  readonly order?: readonly string[];
  readonly json?: boolean;
  readonly limit?: number;
}

/** Parked orders of the overview: a screen of 24 lines with the lines around them. */
const PARKED_SHOWN = 15;
/** Of one order; the newest. */
const TIMELINE_SHOWN = 40;

export async function run(flags: StatusFlags, invocation: Invocation): Promise<ExitCode> {
  const local = await openLocal(invocation);
  if (local === null) {
    return sayNothingYet(flags, invocation);
  }
  try {
    const named = flags.order ?? [];
    return named.length === 0
      ? await showOverview(local, flags, invocation)
      : await showOrders(local, named, flags, invocation);
  } finally {
    await local.close();
  }
}

function sayNothingYet(flags: StatusFlags, { terminal, clock }: Invocation): ExitCode {
  if ((flags.order ?? []).length > 0) {
    throw new UsageError("no order is known here: there is no database yet", "shipbot sync, or shipbot daemon");
  }
  if (flags.json === true) {
    terminal.printJson(emptyOverviewJson(clock.now()));
  } else {
    terminal.print(["Nothing has happened yet: there is no database here.", "next: shipbot sync, or shipbot daemon"]);
  }
  return EXIT.fine;
}

async function showOverview(local: Local, flags: StatusFlags, invocation: Invocation): Promise<ExitCode> {
  const { clock, env, terminal } = invocation;
  const provider = env["SHIPPING_PROVIDER"]?.trim() || "easypost";
  const overview = await readOverview(local, { now: clock.now(), limit: flags.limit ?? PARKED_SHOWN, provider });
  if (flags.json === true) {
    terminal.printJson(overviewJson(overview));
  } else {
    terminal.print(overviewText(overview, terminal));
  }
  return overviewExitCode(overview);
}

/** Exit 1 when one of them is parked. Under `--json` one document per order, a line each. */
async function showOrders(
  local: Local,
  named: readonly string[],
  flags: StatusFlags,
  { clock, terminal }: Invocation,
): Promise<ExitCode> {
  const found = await resolveOrders(named, local.store.orders, null);
  let isParked = false;
  for (const [index, { id }] of found.entries()) {
    const view = await readOrder(local, id, flags.limit ?? TIMELINE_SHOWN, clock.now());
    isParked ||= view.order.status === "parked";
    show(view, flags, terminal, index > 0);
  }
  return isParked ? EXIT.attention : EXIT.fine;
}

function show(view: OrderView, flags: StatusFlags, terminal: Terminal, isNext: boolean): void {
  if (flags.json === true) {
    terminal.printJson(orderJson(view));
  } else {
    terminal.print([...(isNext ? [""] : []), ...orderText(view, terminal)]);
  }
}

async function readOrder(local: Local, id: string, limit: number, now: number): Promise<OrderView> {
  const { store, dataDir } = local;
  const [order, shipments, effects, timeline] = await Promise.all([
    store.orders.get(id),
    store.shipments.ofOrder(id),
    store.effects.ofOrder(id),
    store.timeline.ofOrder(id, limit),
  ]);
  if (order === null) {
    throw new UsageError(`no order ${id} is known here`, "shipbot status");
  }
  return { order, shipments, effects, timeline, now, labelFolder: join(dataDir, "labels") + sep };
}
