/** `shipbot release`: takes back a hold, also the one that `void` leaves, and looks again. */
import type { DurationMs } from "../../core/time.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { finishPreview, finishReport } from "../finish.ts";
import { lookAgain } from "../look-again.ts";
import { resolveOrders } from "../order-reference.ts";
import { cleanText } from "../output.ts";
import { withHold } from "../preview.ts";
import { clearStaffHold } from "../staff-hold.ts";
import { openEverything, whoDecides } from "../surroundings.ts";
import { WAIT_FOR_ORDERS_MS } from "../wait.ts";

export interface ReleaseFlags {
  readonly order: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly timeout?: DurationMs;
}

export async function run(flags: ReleaseFlags, invocation: Invocation): Promise<ExitCode> {
  const json = flags.json === true;
  const everything = await openEverything(invocation, { readOnly: flags.dryRun === true });
  try {
    const orders = await resolveOrders(flags.order, everything.store.orders, everything.lookup);
    const held = orders.filter((order) => (order.stored?.heldBy ?? null) !== null);
    for (const order of orders.filter((candidate) => !held.includes(candidate))) {
      invocation.terminal.note(`${cleanText(order.name)} was not held by shipbot: nothing to release`);
    }
    if (flags.dryRun === true) {
      return await finishPreview(invocation, everything, held, { json, change: withHold(null) });
    }
    if (held.length === 0 && !json) {
      invocation.terminal.print(["0 moved. Bought 0 labels."]);
      return EXIT.fine;
    }
    const report = await lookAgain(invocation, everything, held, {
      why: "release",
      timeoutMs: flags.timeout ?? WAIT_FOR_ORDERS_MS,
      quiet: json,
      prepare: (id) => clearStaffHold(everything, id, whoDecides(invocation)),
    });
    return finishReport(invocation, report, { json, tellAll: true });
  } finally {
    await everything.close();
  }
}
