/** `shipbot hold`: a human says stop. No label is bought until `release`; one that is bought already stays. */
import type { DurationMs } from "../../core/time.ts";
import type { Invocation } from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { finishPreview, finishReport } from "../finish.ts";
import { lookAgain } from "../look-again.ts";
import { resolveOrders } from "../order-reference.ts";
import { withHold } from "../preview.ts";
import { setStaffHold } from "../staff-hold.ts";
import { openEverything, whoDecides } from "../surroundings.ts";
import { WAIT_FOR_ORDERS_MS } from "../wait.ts";

export interface HoldFlags {
  readonly order: readonly string[];
  readonly why: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly timeout?: DurationMs;
}

export async function run(flags: HoldFlags, invocation: Invocation): Promise<ExitCode> {
  const json = flags.json === true;
  const everything = await openEverything(invocation, { readOnly: flags.dryRun === true });
  try {
    const orders = await resolveOrders(flags.order, everything.store.orders, everything.lookup);
    const hold = { who: whoDecides(invocation), why: flags.why, at: invocation.clock.now(), voidLabels: false };
    if (flags.dryRun === true) {
      return await finishPreview(invocation, everything, orders, { json, change: withHold(hold) });
    }
    for (const order of orders) {
      await setStaffHold(everything, order, hold, "hold");
    }
    const report = await lookAgain(invocation, everything, orders, {
      why: "sync",
      timeoutMs: flags.timeout ?? WAIT_FOR_ORDERS_MS,
      quiet: json,
    });
    return finishReport(invocation, report, { json, tellAll: true });
  } finally {
    await everything.close();
  }
}
