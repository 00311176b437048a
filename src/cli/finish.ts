/** The two endings of an acting command: what was done, or what would be done. */
import type { DecisionInput } from "../core/decision.ts";
import type { Invocation } from "./command.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { LookAgainReport } from "./look-again.ts";
import type { FoundOrder } from "./order-reference.ts";
import { previewOrder } from "./preview.ts";
import { exitCodeOf, outcomeJson, outcomeText } from "./render-outcome.ts";
import { type NamedPreview, previewJson, previewText } from "./render-plan.ts";
import type { Everything } from "./surroundings.ts";

export function finishReport(
  invocation: Invocation,
  report: LookAgainReport,
  options: { readonly json: boolean; readonly tellAll: boolean },
): ExitCode {
  const { terminal } = invocation;
  if (options.json) {
    terminal.printJson(outcomeJson(report));
  } else {
    terminal.print(outcomeText(report, { ...terminal, tellAll: options.tellAll }));
  }
  return exitCodeOf(report);
}

/** Exit 1 when one of them would be parked. */
export async function finishPreview(
  invocation: Invocation,
  everything: Everything,
  orders: readonly Pick<FoundOrder, "id" | "name">[],
  options: { readonly json: boolean; readonly change?: (input: DecisionInput) => DecisionInput },
): Promise<ExitCode> {
  const previews: NamedPreview[] = [];
  for (const { id, name } of orders) {
    previews.push({ id, name, preview: await previewOrder(everything, id, options.change) });
  }
  if (options.json) {
    invocation.terminal.printJson(previewJson(previews));
  } else {
    invocation.terminal.print(previewText(previews, invocation.terminal.width));
  }
  const isParked = previews.some(({ preview }) => preview?.decision.judgement.status === "parked");
  return isParked ? EXIT.attention : EXIT.fine;
}
