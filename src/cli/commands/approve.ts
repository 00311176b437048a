/**
 * `shipbot approve`: a human lets a purchase through that a guard or a rule stops. It is good for the shipment as it is
 * planned now and for no more money than it would cost now: anything else asks again. The purchase still counts to every
 * limit, and is made by the order's own run, so that it works beside a running daemon.
 */
import { decide } from "../../core/decide.ts";
import type { DecisionInput } from "../../core/decision.ts";
import { formatMoney } from "../../core/money.ts";
import { explainReason } from "../../core/reasons.ts";
import type { DurationMs } from "../../core/time.ts";
import { confirm } from "../ask.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { finishPreview, finishReport } from "../finish.ts";
import { lookAgain, NOTHING_DONE } from "../look-again.ts";
import { type FoundOrder, resolveOrders } from "../order-reference.ts";
import { cleanText, shellName } from "../output.ts";
import { previewOrder } from "../preview.ts";
import { outcomeJson } from "../render-outcome.ts";
import { findStopped, type StoppedPurchase, toApproval } from "../stopped-purchases.ts";
import { type Everything, openEverything, whoDecides } from "../surroundings.ts";
import { WAIT_FOR_ORDERS_MS } from "../wait.ts";

export interface ApproveFlags {
  readonly order: readonly string[];
  readonly why?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly timeout?: DurationMs;
}

interface Candidate {
  readonly order: FoundOrder;
  readonly stopped: readonly StoppedPurchase[];
}

export async function run(flags: ApproveFlags, invocation: Invocation): Promise<ExitCode> {
  const json = flags.json === true;
  const { terminal } = invocation;
  const everything = await openEverything(invocation, { readOnly: flags.dryRun === true });
  try {
    const orders = await resolveOrders(flags.order, everything.store.orders, everything.lookup);
    const candidates = await findCandidates(everything, orders, (line) => terminal.note(line));
    const who = whoDecides(invocation);
    if (flags.dryRun === true) {
      const approved = candidates.map(({ order }) => order);
      return await finishPreview(invocation, everything, approved, {
        json,
        change: (input) => withApprovals(input, who),
      });
    }
    if (candidates.length === 0) {
      if (json) {
        terminal.printJson(outcomeJson(NOTHING_DONE));
      } else {
        terminal.print(["0 approved. Bought 0 labels."]);
      }
      return EXIT.attention;
    }
    const what = candidates.flatMap(({ order, stopped }) => stopped.map((one) => describe(order, one))).join("; ");
    if (!(await confirm(terminal, `buy ${what}`, flags.yes === true, "it is paid for then"))) {
      terminal.note("Nothing was approved.");
      return EXIT.fine;
    }
    const report = await lookAgain(
      invocation,
      everything,
      candidates.map(({ order }) => order),
      {
        why: "approve",
        timeoutMs: flags.timeout ?? WAIT_FOR_ORDERS_MS,
        quiet: json,
        prepare: async (id) => {
          for (const stopped of candidates.find(({ order }) => order.id === id)?.stopped ?? []) {
            await approve(everything, stopped, who, flags.why ?? null);
          }
        },
      },
    );
    return finishReport(invocation, report, { json, tellAll: true });
  } finally {
    await everything.close();
  }
}

/** Orders with a purchase that waits for a human; says of the others that there is none. */
async function findCandidates(
  everything: Everything,
  orders: readonly FoundOrder[],
  note: (line: string) => void,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const order of orders) {
    const preview = await previewOrder(everything, order.id);
    const stopped = preview === null ? [] : findStopped(preview);
    if (stopped.length > 0) {
      candidates.push({ order, stopped });
    } else {
      note(`${cleanText(order.name)} has no purchase that waits for approval. Where it stands:`);
      note(`  do: shipbot why --order ${shellName(order.name)}`);
    }
  }
  return candidates;
}

function withApprovals(input: DecisionInput, who: string): DecisionInput {
  const stopped = findStopped({ input, decision: decide(input) });
  const approvals = stopped.map((one) => toApproval(one, who, input.now));
  return { ...input, spending: { ...input.spending, approvals } };
}

function describe(order: FoundOrder, { rate, cost, stops }: StoppedPurchase): string {
  const why = stops.flatMap(({ reason, input }) => (reason === null ? [] : [explainReason(reason, input)]));
  return cleanText(
    `${rate.carrier} ${rate.service} ${formatMoney(cost)} for ${order.name}, although ${why.join(", and ")}`,
  );
}

async function approve(
  everything: Everything,
  stopped: StoppedPurchase,
  who: string,
  why: string | null,
): Promise<void> {
  const at = everything.remotes.context.clock.now();
  const approval = toApproval(stopped, who, at);
  const { carrier, service } = stopped.rate;
  const message = `${who} approved ${carrier} ${service} for up to ${formatMoney(stopped.cost)}${why === null ? "" : `: ${why}`}`;
  await everything.store.approve(approval, {
    ...{ at, kind: "approve", message },
    data: { who, why, shipment: approval.shipmentId, guards: approval.guards.join(", ") },
  });
}
