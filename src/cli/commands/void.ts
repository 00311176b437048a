/**
 * `shipbot void`: asks for the money of a label back. It sets a hold, because otherwise the next look would buy a new
 * label for an order that is still ready; `release` ends it.
 */
import { formatMoney } from "../../core/money.ts";
import { hasLeft, isLive, type ShipmentRecord } from "../../core/shipment.ts";
import type { DurationMs } from "../../core/time.ts";
import { confirm } from "../ask.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { finishPreview, finishReport } from "../finish.ts";
import { lookAgain, NOTHING_DONE } from "../look-again.ts";
import { type FoundOrder, resolveOrders } from "../order-reference.ts";
import { cleanText, countOf, shellName } from "../output.ts";
import { withHold } from "../preview.ts";
import { labelText, outcomeJson, sumLabels } from "../render-outcome.ts";
import { setStaffHold } from "../staff-hold.ts";
import { type Everything, openEverything, whoDecides } from "../surroundings.ts";
import { WAIT_FOR_ORDERS_MS } from "../wait.ts";

export interface VoidFlags {
  readonly order: readonly string[];
  readonly why?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly timeout?: DurationMs;
}

export async function run(flags: VoidFlags, invocation: Invocation): Promise<ExitCode> {
  const json = flags.json === true;
  const { terminal } = invocation;
  const everything = await openEverything(invocation, { readOnly: flags.dryRun === true });
  try {
    const orders = await resolveOrders(flags.order, everything.store.orders, everything.lookup);
    const hold = {
      ...{ who: whoDecides(invocation), why: flags.why ?? "void", at: invocation.clock.now() },
      voidLabels: true,
    };
    if (flags.dryRun === true) {
      return await finishPreview(invocation, everything, orders, { json, change: withHold(hold) });
    }
    const { voidable, labels } = await findVoidable(everything, orders, (line) => terminal.note(line));
    if (labels.length === 0) {
      if (json) {
        terminal.printJson(outcomeJson(NOTHING_DONE));
      } else {
        terminal.print(["Voided 0 labels."]);
      }
      return EXIT.attention;
    }
    const money = sumLabels(labels).map(formatMoney).join(" + ");
    const what = labels.length === 1 ? labels.map(labelText).join("") : `${countOf(labels.length, "label")}, ${money}`;
    const names = voidable.map((order) => cleanText(order.name)).join(", ");
    if (!(await confirm(terminal, `void ${what} of ${names}`, flags.yes === true))) {
      terminal.note("Nothing was voided.");
      return EXIT.fine;
    }
    const report = await lookAgain(invocation, everything, voidable, {
      why: "void",
      timeoutMs: flags.timeout ?? WAIT_FOR_ORDERS_MS,
      quiet: json,
      prepare: async (id) => {
        const order = voidable.find((candidate) => candidate.id === id);
        if (order !== undefined) {
          await setStaffHold(everything, order, hold, "void asked");
        }
      },
    });
    return finishReport(invocation, report, { json, tellAll: true });
  } finally {
    await everything.close();
  }
}

/** Orders with a label that the carrier does not have yet; says of the others why they are left alone. */
async function findVoidable(
  everything: Everything,
  orders: readonly FoundOrder[],
  note: (line: string) => void,
): Promise<{ readonly voidable: readonly FoundOrder[]; readonly labels: readonly ShipmentRecord[] }> {
  const voidable: FoundOrder[] = [];
  const labels: ShipmentRecord[] = [];
  for (const order of orders) {
    const live = (await everything.store.shipments.ofOrder(order.id)).filter(isLive);
    const here = live.filter((shipment) => !hasLeft(shipment));
    if (here.length > 0) {
      voidable.push(order);
      labels.push(...here);
    } else if (live.length > 0) {
      note(`${cleanText(order.name)} is on its way: its label can no longer be voided`);
    } else {
      note(`${cleanText(order.name)} has no label to void. To have none bought:`);
      note(`  do: shipbot hold --order ${shellName(order.name)} --why <reason>`);
    }
  }
  return { voidable, labels };
}
