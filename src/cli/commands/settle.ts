/**
 * `shipbot settle`: a human says what became of a purchase whose answer was lost. Before that is believed the provider is
 * asked once more, because a wrong "not bought" is how a label would be bought twice.
 *
 *   --bought      a label that the provider shows is taken over by the order's own run; else nothing is done
 *   --not-bought  the provider shows no purchase and a human says so too: the attempt is closed and a new one may begin
 */
import { UsageError } from "../../base/errors.ts";
import type { DurationMs } from "../../core/time.ts";
import { confirm } from "../ask.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { finishReport } from "../finish.ts";
import { lookAgain, NOTHING_DONE } from "../look-again.ts";
import {
  assertNotBought,
  closeAsNotBought,
  describeAttempt,
  findBought,
  findOpenPurchases,
  type OpenPurchase,
} from "../open-purchases.ts";
import { type FoundOrder, resolveOrders } from "../order-reference.ts";
import { cleanText, countOf, shellName } from "../output.ts";
import { outcomeJson } from "../render-outcome.ts";
import { providerTitle } from "../render-plan.ts";
import { type Everything, openEverything, whoDecides } from "../surroundings.ts";
import { WAIT_FOR_ORDERS_MS } from "../wait.ts";

export interface SettleFlags {
  readonly order: readonly string[];
  readonly bought?: boolean;
  readonly notBought?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly timeout?: DurationMs;
}

export async function run(flags: SettleFlags, invocation: Invocation): Promise<ExitCode> {
  const everything = await openEverything(invocation, { readOnly: flags.dryRun === true });
  try {
    const [order] = await resolveOrders(flags.order, everything.store.orders, null);
    if (order === undefined || flags.order.length > 1) {
      throw new UsageError("settle takes one order at a time", "shipbot settle --order 1001 --not-bought");
    }
    const open = await findOpenPurchases(everything, order.id);
    if (open.length === 0) {
      if (flags.json === true) {
        invocation.terminal.printJson(outcomeJson(NOTHING_DONE));
      } else {
        invocation.terminal.print([`${cleanText(order.name)} has no purchase without an outcome: nothing to settle.`]);
      }
      return EXIT.fine;
    }
    if ((flags.bought === true) === (flags.notBought === true)) {
      throw askForAnswer(order, open, everything);
    }
    return flags.bought === true
      ? await settleBought(flags, invocation, everything, order, open)
      : await settleNotBought(flags, invocation, everything, order, open);
  } finally {
    await everything.close();
  }
}

function askForAnswer(order: FoundOrder, open: readonly OpenPurchase[], everything: Everything): UsageError {
  const provider = providerTitle(everything.remotes.provider.name);
  const places = open.map(({ shipment }) => shipment.reference).join(", ");
  const command = `shipbot settle --order ${shellName(order.name)}`;
  return new UsageError(
    `was the label of ${cleanText(order.name)} bought? Look for ${places} at ${provider}`,
    `${command} --bought, or ${command} --not-bought`,
  );
}

async function settleBought(
  flags: SettleFlags,
  invocation: Invocation,
  everything: Everything,
  order: FoundOrder,
  open: readonly OpenPurchase[],
): Promise<ExitCode> {
  const { clock, terminal } = invocation;
  const bought = await findBought(everything, open);
  const missing = open.filter((purchase) => !bought.includes(purchase));
  if (missing.length > 0) {
    // Nothing is requested: a run that finds no purchase may buy, and a human just said that there is a label.
    const provider = providerTitle(everything.remotes.provider.name);
    terminal.note(`${provider} shows no label for ${missing.map(({ shipment }) => shipment.reference).join(", ")}.`);
    terminal.note("If there is one under another name: fulfil the order in Shopify with its number;");
    terminal.note("shipbot leaves the order alone then. If there is none:");
    terminal.note(`  do: shipbot settle --order ${shellName(order.name)} --not-bought`);
    if (flags.json === true) {
      terminal.printJson(outcomeJson(NOTHING_DONE));
    } else {
      terminal.print(["0 settled. Bought 0 labels."]);
    }
    return EXIT.attention;
  }
  if (flags.dryRun === true) {
    terminal.print([`Would take over ${countOf(bought.length, "label")} that was bought. Nothing was sent.`]);
    return EXIT.fine;
  }
  const who = whoDecides(invocation);
  const report = await lookAgain(invocation, everything, [order], {
    why: "settle",
    timeoutMs: flags.timeout ?? WAIT_FOR_ORDERS_MS,
    quiet: flags.json === true,
    prepare: (id) =>
      everything.store.timeline.add(id, {
        ...{ at: clock.now(), kind: "settle", data: { who, bought: true } },
        message: `${who} says that the label was bought`,
      }),
  });
  return finishReport(invocation, report, { json: flags.json === true, tellAll: true });
}

async function settleNotBought(
  flags: SettleFlags,
  invocation: Invocation,
  everything: Everything,
  order: FoundOrder,
  open: readonly OpenPurchase[],
): Promise<ExitCode> {
  const { terminal } = invocation;
  await assertNotBought(everything, order, open);
  const attempts = open.map(({ effect }) => describeAttempt(effect)).join(", ");
  if (flags.dryRun === true) {
    terminal.print([`Would close ${attempts} as not bought, so that a label may be bought. Nothing was sent.`]);
    return EXIT.fine;
  }
  const question = `close ${attempts} of ${cleanText(order.name)} as not bought, to buy it anew`;
  if (!(await confirm(terminal, question, flags.yes === true))) {
    terminal.note("Nothing was settled.");
    return EXIT.fine;
  }
  // Minutes may have gone by: all of it is looked at again.
  await closeAsNotBought(everything, order, open, whoDecides(invocation));
  const report = await lookAgain(invocation, everything, [order], {
    why: "settle",
    timeoutMs: flags.timeout ?? WAIT_FOR_ORDERS_MS,
    quiet: flags.json === true,
  });
  return finishReport(invocation, report, { json: flags.json === true, tellAll: true });
}
