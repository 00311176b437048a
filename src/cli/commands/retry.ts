/** `shipbot retry`: forget what the provider or the shop refused, look again, say what happened. */
import { UsageError } from "../../base/errors.ts";
import { isReason } from "../../core/reasons.ts";
import type { DurationMs } from "../../core/time.ts";
import type { NamedOrder } from "../../store/types.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { finishPreview, finishReport } from "../finish.ts";
import { lookAgain } from "../look-again.ts";
import { resolveOrders } from "../order-reference.ts";
import { countOf } from "../output.ts";
import { withRefusalsLifted } from "../preview.ts";
import { type Everything, openEverything, whoDecides } from "../surroundings.ts";
import { WAIT_FOR_BACKLOG_MS, WAIT_FOR_ORDERS_MS } from "../wait.ts";

export interface RetryFlags {
  readonly order?: readonly string[];
  readonly parked?: boolean;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly timeout?: DurationMs;
}

/** Parked orders taken in one go; the rest at the next call. */
const PARKED_MAX = 1_000;
/** More lines than this are not read. */
const PREVIEWS_MAX = 50;

export async function run(flags: RetryFlags, invocation: Invocation): Promise<ExitCode> {
  const named = flags.order ?? [];
  const isMany = flags.parked === true || flags.reason !== undefined;
  if (named.length === 0 && !isMany) {
    throw new UsageError(
      "retry needs to know which orders",
      "shipbot retry --order 1001, or --parked, or --reason no_rate",
    );
  }
  if (named.length > 0 && isMany) {
    throw new UsageError("--order cannot be combined with --parked or --reason", "use one of them");
  }
  if (flags.reason !== undefined && !isReason(flags.reason)) {
    throw new UsageError(`${flags.reason} is no reason for which orders are parked`, "see them with: shipbot status");
  }
  const json = flags.json === true;
  const everything = await openEverything(invocation, { readOnly: flags.dryRun === true });
  try {
    const orders =
      named.length > 0
        ? await resolveOrders(named, everything.store.orders, everything.lookup)
        : await listParked(everything, flags.reason);
    if (orders.length === 0 && !json) {
      invocation.terminal.print([await nothingParked(everything, flags.reason)]);
      return EXIT.fine;
    }
    if (flags.dryRun === true) {
      const change = withRefusalsLifted;
      return await finishPreview(invocation, everything, orders.slice(0, PREVIEWS_MAX), { json, change });
    }
    const who = whoDecides(invocation);
    const report = await lookAgain(invocation, everything, orders, {
      why: "retry",
      timeoutMs: flags.timeout ?? (named.length > 0 ? WAIT_FOR_ORDERS_MS : WAIT_FOR_BACKLOG_MS),
      quiet: json,
      prepare: (id) => liftRefusals(everything, id, who),
    });
    return finishReport(invocation, report, { json, tellAll: named.length > 0 });
  } finally {
    await everything.close();
  }
}

async function liftRefusals(everything: Everything, id: string, who: string): Promise<void> {
  const { store, remotes } = everything;
  if ((await store.orders.get(id)) === null) {
    return;
  }
  const at = remotes.context.clock.now();
  const lifted = await store.orders.liftRefusals(id, at);
  const message = `${who} asked to try again; ${countOf(lifted, "refusal")} forgotten`;
  await store.timeline.add(id, { at, kind: "retry", message, data: { who, lifted } });
}

async function listParked(everything: Everything, reason: string | undefined): Promise<readonly NamedOrder[]> {
  return await everything.store.orders.list({
    statuses: ["parked"],
    ...(reason === undefined ? {} : { reason }),
    limit: PARKED_MAX,
  });
}

async function nothingParked(everything: Everything, reason: string | undefined): Promise<string> {
  const counts = await everything.store.orders.counts();
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return `None of ${countOf(all, "order")} is parked${reason === undefined ? "" : ` as ${reason}`}. Bought 0 labels.`;
}
