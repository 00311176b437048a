/** What an acting command says at its end: a line per order, then counts and money, then what needs a human. Pure. */
import { formatAmount, formatMoney, type Money } from "../core/money.ts";
import { explainReason, isReason, remedyFor } from "../core/reasons.ts";
import type { ShipmentRecord } from "../core/shipment.ts";
import { formatInstant } from "../core/time.ts";
import type { StoredRemoteState } from "../store/process-types.ts";
import type { StoredOrder } from "../store/types.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { LookAgainReport, OrderResult } from "./look-again.ts";
import {
  cleanText,
  countOf,
  formatElapsed,
  indentText,
  type Paint,
  printTable,
  shellName,
  widthOf,
  withoutRemedy,
  wrapText,
} from "./output.ts";

/** Orders told one by one; the rest are counted. */
const ORDERS_TOLD_MAX = 40;
const INDENT = 7;

export function exitCodeOf(report: LookAgainReport): ExitCode {
  const isStuck = report.results.some((result) => !result.finished || isDeferred(result));
  if (isStuck && report.troubles.some((trouble) => trouble.state === "unreachable")) {
    return EXIT.unreachable;
  }
  const needsHuman = report.results.some((result) => result.after.status === "parked" || !result.finished);
  return needsHuman || report.troubles.some((trouble) => trouble.state === "refused") ? EXIT.attention : EXIT.fine;
}

function isDeferred(result: OrderResult): boolean {
  return result.after.dueAt !== null && result.after.lastError !== null;
}

export interface OutcomeStyle {
  readonly paint: Paint;
  readonly width: number;
  /** Every order was named by the user: each is told, also when nothing changed. */
  readonly tellAll: boolean;
}

export function outcomeText(report: LookAgainReport, style: OutcomeStyle): readonly string[] {
  const told = report.results.filter((result) => style.tellAll || hasMoved(result) || needsHuman(result));
  const shown = told.slice(0, ORDERS_TOLD_MAX);
  const wide = tableOf(shown, style.paint, labelsOf);
  const fits = wide.every((line) => widthOf(line) <= style.width);
  const table = fits ? wide : tableOf(shown, style.paint, () => "");
  const lines = shown.flatMap((result, index) => [
    table[index] ?? "",
    ...(fits || labelsOf(result) === "" ? [] : indentText(labelsOf(result), style.width, INDENT)),
    ...explanationOf(result, report, style),
  ]);
  if (told.length > shown.length) {
    lines.push(`and ${told.length - shown.length} more: shipbot status`);
  }
  return [...lines, ...troubleLines(report.troubles, style), summaryOf(report)];
}

function tableOf(
  results: readonly OrderResult[],
  paint: Paint,
  labels: (result: OrderResult) => string,
): readonly string[] {
  return printTable(
    [{}, {}, {}, { align: "right" }],
    results.map((result) => [
      cleanText(result.name),
      changeOf(result, paint),
      labels(result),
      result.finished && hasMoved(result) ? formatElapsed(result.elapsedMs) : "",
    ]),
  );
}

function hasMoved(result: OrderResult): boolean {
  const { before, after } = result;
  const isOther = before?.status !== after.status || before.reason !== after.reason;
  return isOther || result.bought.length > 0 || result.voided.length > 0;
}

function needsHuman(result: OrderResult): boolean {
  return result.after.status === "parked";
}

/** The reason's own word helps to find a parked order's way out; of others the sentence below says enough. */
function standingOf(order: StoredOrder): string {
  return order.status === "parked" && order.reason !== null ? `parked: ${order.reason}` : order.status;
}

function changeOf(result: OrderResult, paint: Paint): string {
  const { before, after } = result;
  const now = needsHuman(result) ? paint("yellow", standingOf(after)) : standingOf(after);
  if (!result.finished) {
    return `${now}, not finished`;
  }
  if (before === null || (before.status === "waiting" && before.reason === null && before.lastRunAt === null)) {
    return `new -> ${now}`;
  }
  return hasMoved(result) && before.status !== after.status ? `${before.status} -> ${now}` : `${now}, unchanged`;
}

function labelsOf(result: OrderResult): string {
  const bought = result.bought.map((shipment) => labelText(shipment));
  const voided = result.voided.map((shipment) => `voided ${labelText(shipment)}`);
  return [...bought, ...voided].join(", ");
}

/** `USPS GroundAdvantage 6.10 USD`. */
export function labelText(shipment: ShipmentRecord): string {
  const { label } = shipment;
  return label === null ? "no label" : cleanText(`${label.carrier} ${label.service} ${formatMoney(label.cost)}`);
}

/** The sentence and the way out, for an order that waits for something or somebody. */
function explanationOf(result: OrderResult, report: LookAgainReport, style: OutcomeStyle): readonly string[] {
  const { after } = result;
  const lines: string[] = [];
  const push = (text: string): void => {
    lines.push(...indentText(cleanText(text), style.width, INDENT));
  };
  if (after.reason !== null && isReason(after.reason)) {
    push(explainReason(after.reason, after.reasonInput));
    if (needsHuman(result) || style.tellAll) {
      push(`do: ${remedyFor(after.reason, after.name)}`);
    }
  }
  // Trouble with a remote is told once, at the end.
  if (after.lastError !== null && style.tellAll && report.troubles.length === 0) {
    push(`${after.lastError.message} [${after.lastError.kind}]`);
  }
  if (after.dueAt !== null && (isDeferred(result) || !result.finished)) {
    const when = `at ${formatInstant(after.dueAt).slice(11, 19)} UTC`;
    const name = shellName(after.name);
    push(report.daemon ? `the daemon looks again ${when}` : `later: shipbot sync --order ${name}, or shipbot daemon`);
  }
  return lines;
}

function troubleLines(troubles: readonly StoredRemoteState[], { paint, width }: OutcomeStyle): readonly string[] {
  return troubles.flatMap((trouble) => {
    const what = trouble.state === "refused" ? "refuses us" : "does not answer";
    const head = `${paint("red", "FAIL")}   ${trouble.remote} ${what}: ${cleanText(withoutRemedy(trouble))}`;
    const remedy = trouble.remedy ?? "wait and run it again; a running daemon goes on by itself";
    return [...wrapText(head, width, INDENT), ...indentText(`do: ${cleanText(remedy)}`, width, INDENT)];
  });
}

function summaryOf(report: LookAgainReport): string {
  const { results } = report;
  const moved = results.filter((result) => result.finished && hasMoved(result)).length;
  const human = results.filter(needsHuman).length;
  const unfinished = results.filter((result) => !result.finished).length;
  const unchanged = results.length - moved - unfinished;
  const counts = [
    `${moved} moved`,
    `${unchanged} unchanged`,
    ...(human > 0 ? [`${human} need${human === 1 ? "s" : ""} you`] : []),
    ...(unfinished > 0 ? [`${unfinished} not finished`] : []),
  ];
  const bought = results.flatMap((result) => result.bought);
  const voided = results.flatMap((result) => result.voided);
  const money = [
    `Bought ${countOf(bought.length, "label")}${sumText(bought)}.`,
    ...(voided.length > 0 ? [`Voided ${countOf(voided.length, "label")}${sumText(voided)}.`] : []),
  ];
  return `${counts.join(", ")}. ${money.join(" ")}`;
}

function sumText(shipments: readonly ShipmentRecord[]): string {
  const sums = sumLabels(shipments);
  return sums.length === 0 ? "" : `, ${sums.map(formatMoney).join(" + ")}`;
}

/** One sum per currency. */
export function sumLabels(shipments: readonly ShipmentRecord[]): readonly Money[] {
  return sumMoney(shipments.flatMap((shipment) => (shipment.label === null ? [] : [shipment.label.cost])));
}

export function sumMoney(amounts: readonly Money[]): readonly Money[] {
  const sums = new Map<string, number>();
  for (const { amountMinor, currency } of amounts) {
    sums.set(currency, (sums.get(currency) ?? 0) + amountMinor);
  }
  return [...sums].map(([currency, amountMinor]) => ({ amountMinor, currency }));
}

/** Money in every JSON document: a decimal text, because a number would be rounded by some readers. */
export function moneyJson(money: Money): { readonly amount: string; readonly currency: string } {
  return { amount: formatAmount(money), currency: money.currency };
}

/** The document of `sync`, `retry`, `release`, `void` and `settle`. */
export function outcomeJson(report: LookAgainReport): unknown {
  const bought = report.results.flatMap((result) => result.bought);
  const voided = report.results.flatMap((result) => result.voided);
  return {
    version: 1,
    dryRun: false,
    orders: report.results.map((result) => ({
      id: result.id,
      name: result.name,
      before: result.before === null ? null : { status: result.before.status, reason: result.before.reason },
      after: { status: result.after.status, reason: result.after.reason },
      ...whatAndHow(result.after),
      moved: hasMoved(result),
      finished: result.finished,
      needsHuman: needsHuman(result),
      bought: result.bought.map(labelJson),
      voided: result.voided.map(labelJson),
      lastError: result.after.lastError,
      dueAt: result.after.dueAt === null ? null : formatInstant(result.after.dueAt),
      elapsedMs: result.elapsedMs,
    })),
    bought: { labels: bought.length, cost: sumLabels(bought).map(moneyJson) },
    voided: { labels: voided.length, cost: sumLabels(voided).map(moneyJson) },
    troubles: report.troubles.map(({ remote, state, message, remedy }) => ({ remote, state, message, remedy })),
    daemonRunning: report.daemon,
    interrupted: report.interrupted,
  };
}

/** The reason's sentence and its remedy; both `null` when the order waits for nothing. */
export function whatAndHow(order: Pick<StoredOrder, "reason" | "reasonInput" | "name">): {
  readonly sentence: string | null;
  readonly remedy: string | null;
} {
  return order.reason !== null && isReason(order.reason)
    ? { sentence: explainReason(order.reason, order.reasonInput), remedy: remedyFor(order.reason, order.name) }
    : { sentence: null, remedy: null };
}

function labelJson(shipment: ShipmentRecord): unknown {
  const { id, label } = shipment;
  return {
    shipment: id,
    carrier: label?.carrier ?? null,
    service: label?.service ?? null,
    trackingNumber: label?.trackingNumber ?? null,
    cost: label === null ? null : moneyJson(label.cost),
  };
}
