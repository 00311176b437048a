/** `why`: every check with what it looked at, the one that decides, the rates, and what comes next. Pure. */
import type { FactValue, Finding, Judgement } from "../core/decision.ts";
import type { EffectRecord } from "../core/effect.ts";
import type { HandlerTrace } from "../core/handler-trace.ts";
import { formatMoney } from "../core/money.ts";
import { type FulfillmentOrderId, gidNumber } from "../core/order.ts";
import type { Rate } from "../core/rate.ts";
import { explainReason, remedyFor } from "../core/reasons.ts";
import { chooseRate, describeWish, type RateChoice, type RateVerdict, type ServiceWish } from "../core/services.ts";
import type { ShipmentRecord } from "../core/shipment.ts";
import { formatAge, formatInstant, type Instant } from "../core/time.ts";
import { findEffect } from "../core/verdict.ts";
import {
  ageOf,
  cleanText,
  formatTime,
  type Paint,
  printField,
  printTable,
  toWords,
  widthOf,
  wrapText,
} from "./output.ts";
import { handlerLines } from "./render-handlers.ts";
import { moneyJson } from "./render-outcome.ts";
import { ruleLines, type TracedRules, tracedJson } from "./render-rules.ts";

export interface Explanation {
  readonly id: string;
  readonly name: string;
  /** `live`: read and decided just now. `stored`: decided at `at`, by the last run. */
  readonly source: "live" | "stored";
  readonly at: Instant;
  readonly now: Instant;
  /** Whether a daemon runs that goes on with it. */
  readonly daemon: boolean;
  readonly judgement: Judgement;
  readonly findings: readonly Finding[];
  /** How each rule was judged, by fulfillment order; `null` when the order was not read. */
  readonly rules: readonly TracedRules[] | null;
  /** Empty when the order was not read. */
  readonly handlers: readonly HandlerTrace[];
  readonly shipments: readonly ShipmentRecord[];
  /** The journal: what was wanted and what the guards saw when a label was bought. */
  readonly effects: readonly EffectRecord[];
  /** What would be done now, as infinitives. */
  readonly steps: readonly string[];
  readonly lookAgainAt: Instant | null;
  /** Of the order; `null` when it was not read. */
  readonly currency: string | null;
  /** Which service is wanted, by fulfillment order. Empty when the order was not read. */
  readonly wishes: ReadonlyMap<FulfillmentOrderId, ServiceWish>;
}

/** Rates told one by one. */
const RATES_TOLD_MAX = 8;
const WORDS: Readonly<Record<Finding["verdict"], string>> = { pass: "ok", wait: "wait", skip: "skip", park: "FAIL" };
const COLOURS = { pass: "green", wait: "yellow", skip: "dim", park: "red" } as const;

/** The finding that is the reason, or `null` when the reason lies in a label and not in a check. */
function decidingFinding({ findings, judgement }: Explanation): Finding | null {
  return findings.find((finding) => finding.verdict !== "pass" && finding.reason === judgement.reason) ?? null;
}

export function explanationText(
  explanation: Explanation,
  terminal: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  const { width } = terminal;
  return [
    ...wrapText(headLine(explanation, terminal.paint), width, 2),
    ...findingLines(explanation, terminal),
    ...ruleLines(explanation.rules ?? [], terminal),
    ...explanation.shipments.flatMap((shipment) => rateLines(shipment, explanation, terminal)),
    ...handlerLines(explanation.handlers, terminal),
    ...printField("next", nextText(explanation), terminal, 6),
  ];
}

function headLine(explanation: Explanation, paint: Paint): string {
  const { judgement, name, now, at } = explanation;
  const { status, reason, input } = judgement;
  const state = status === "parked" ? paint("yellow", status) : status;
  const why = reason === null ? "" : `: ${cleanText(explainReason(reason, input))}`;
  const when =
    explanation.source === "live" ? `read ${formatTime(at)}` : `decided ${ageOf(at, now)} ago, ${formatTime(at)}`;
  return `${cleanText(name)} is ${state}${why} (${when})`;
}

function findingLines(
  explanation: Explanation,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  const { findings, judgement } = explanation;
  const deciding = decidingFinding(explanation);
  const parts = new Set(findings.flatMap((finding) => finding.fulfillmentOrderId ?? []));
  const rows = findings.map((finding) => ({
    cells: [
      paint(COLOURS[finding.verdict], WORDS[finding.verdict]),
      finding.check +
        (parts.size > 1 && finding.fulfillmentOrderId !== null ? ` (${gidNumber(finding.fulfillmentOrderId)})` : ""),
    ],
    facts: factsText(finding.input),
    decides: finding === deciding,
  }));
  if (deciding === null && judgement.reason !== null) {
    const isParked = judgement.status === "parked";
    const word = isParked ? paint("red", "FAIL") : paint("yellow", "wait");
    rows.push({ cells: [word, judgement.reason], facts: factsText(judgement.input), decides: true });
  }
  const heads = printTable(
    [{}, {}, {}],
    rows.map((row) => [...row.cells, "|"]),
  ).map((line) => line.slice(0, line.lastIndexOf("|")));
  const column = widthOf(heads[0] ?? "");
  return rows.flatMap((row, index) => {
    const text = row.decides ? `${row.facts}  <- decides`.trim() : row.facts;
    const [first = "", ...rest] = wrapText(text, width - column);
    return [`${heads[index] ?? ""}${first}`.trimEnd(), ...rest.map((line) => " ".repeat(column) + line)];
  });
}

function factsText(input: Readonly<Record<string, FactValue>>): string {
  return Object.entries(input)
    .map(([name, value]) => `${toWords(name)}: ${factText(value)}`)
    .join(", ");
}

function factText(value: FactValue): string {
  if (value === null || value === "") {
    return "none";
  }
  return typeof value === "boolean" ? (value ? "yes" : "no") : cleanText(String(value));
}

interface ShownRate {
  readonly rate: Rate;
  readonly isChosen: boolean;
  /** Why it is or is not the one; `null` where it is not known any more what was wished for. */
  readonly verdict: RateVerdict | null;
}

/** Every offer, the cheapest first, with the one that was bought or would be. */
function shownRates(shipment: ShipmentRecord, explanation: Explanation): readonly ShownRate[] {
  const choice = choiceOf(shipment, explanation);
  const rates = choice?.considered.map(({ rate }) => rate) ?? sortedRates(shipment);
  const chosen = shipment.label === null ? (choice?.chosen?.id ?? null) : shipment.label.rateId;
  return rates.map((rate, index) => ({
    rate,
    isChosen: rate.id === chosen,
    verdict: shipment.label === null ? (choice?.considered[index]?.verdict ?? null) : null,
  }));
}

function wishOf(shipment: ShipmentRecord, { wishes }: Explanation): ServiceWish | null {
  return wishes.get(shipment.fulfillmentOrderId) ?? null;
}

function choiceOf(shipment: ShipmentRecord, explanation: Explanation): RateChoice | null {
  const { currency } = explanation;
  const wish = wishOf(shipment, explanation);
  return currency === null || wish === null ? null : chooseRate(shipment.rates, wish, currency);
}

function sortedRates(shipment: ShipmentRecord): readonly Rate[] {
  return [...shipment.rates].sort((a, b) => a.price.amountMinor - b.price.amountMinor);
}

function rateLines(
  shipment: ShipmentRecord,
  explanation: Explanation,
  terminal: { readonly width: number },
): readonly string[] {
  if (shipment.state === "abandoned" || shipment.state === "voided" || shipment.rates.length === 0) {
    return [];
  }
  const wish = wishOf(shipment, explanation);
  const rates = shownRates(shipment, explanation);
  const texts = rates.slice(0, RATES_TOLD_MAX).map((shown) => rateText(shown, shipment, wish));
  const more = rates.length > RATES_TOLD_MAX ? [`${rates.length - RATES_TOLD_MAX} more`] : [];
  const isPlain = wish === null || wish.strategy.kind === "cheapest";
  const wanted =
    shipment.label !== null || (isPlain && wish?.because == null && (wish?.accounts ?? []).length === 0)
      ? []
      : printField("wants", cleanText(wish === null ? "" : describeWish(wish)), terminal, 6);
  return [
    ...wanted,
    ...guardLines(shipment, explanation, terminal),
    ...printField("rates", [...texts, ...more].join(", "), terminal, 6),
  ];
}

/** Of a label that is bought; before that the guards are among the checks. */
function guardLines(
  { id, label }: ShipmentRecord,
  { effects }: Explanation,
  terminal: { readonly width: number },
): readonly string[] {
  const saw = label === null ? null : (findEffect(effects, "buy", id)?.input["guards"] ?? null);
  return saw === null ? [] : printField("guards", cleanText(String(saw)), terminal, 7);
}

/** The cheapest of all needs no word why the others are not it: their prices say so. */
function rateText({ rate, isChosen, verdict }: ShownRate, shipment: ShipmentRecord, wish: ServiceWish | null): string {
  const days =
    rate.deliveryDays === null || wish === null || wish.strategy.kind === "cheapest" ? "" : ` ${rate.deliveryDays}d`;
  const text = cleanText(`${formatMoney(rate.price)} ${rate.carrier} ${rate.service}${days}`);
  if (isChosen) {
    const word = wish?.strategy.kind === "cheapest" ? "cheapest" : "chosen";
    return `${text} (${shipment.label === null ? word : "bought"})`;
  }
  return verdict === null || verdict === "dearer" ? text : `${text} (${verdict})`;
}

function nextText(explanation: Explanation): string {
  const { daemon, judgement, lookAgainAt, name, now, source, steps } = explanation;
  const parts: string[] = [];
  if (judgement.reason !== null) {
    parts.push(cleanText(remedyFor(judgement.reason, name)));
  }
  if (source === "stored") {
    parts.push(...(judgement.reason === null ? steps : []));
  } else if (steps.length > 0) {
    const actor = daemon ? "the daemon will" : `no daemon runs; shipbot sync --order ${name.replace(/^#/, "")} would`;
    parts.push(`${actor} ${steps.join(", ")}`);
  }
  if (daemon && lookAgainAt !== null && lookAgainAt > now) {
    parts.push(`the daemon looks again in ${formatAge(lookAgainAt - now)}`);
  }
  return parts.length === 0 ? "nothing to do until something changes" : parts.join("; ");
}

export function explanationJson(explanation: Explanation): unknown {
  const { judgement, name } = explanation;
  const { reason } = judgement;
  const deciding = decidingFinding(explanation);
  return {
    version: 1,
    order: { id: explanation.id, name },
    source: explanation.source,
    at: formatInstant(explanation.at),
    judgement: {
      status: judgement.status,
      reason,
      input: judgement.input,
      sentence: reason === null ? null : explainReason(reason, judgement.input),
      remedy: reason === null ? null : remedyFor(reason, name),
    },
    findings: explanation.findings.map((finding) => ({
      check: finding.check,
      fulfillmentOrderId: finding.fulfillmentOrderId,
      verdict: finding.verdict,
      reason: finding.reason,
      input: finding.input,
      decides: finding === deciding,
    })),
    rules: explanation.rules?.map(tracedJson) ?? null,
    handlers: explanation.handlers.map(({ status, stands, steps }) => ({ status, stands, steps })),
    rates: explanation.shipments
      .filter((shipment) => shipment.state !== "abandoned" && shipment.state !== "voided")
      .flatMap((shipment) => ratesJson(shipment, explanation)),
    next: {
      would: explanation.source === "live" ? explanation.steps : [],
      daemonRunning: explanation.daemon,
      lookAgainAt: explanation.lookAgainAt === null ? null : formatInstant(explanation.lookAgainAt),
    },
  };
}

function ratesJson(shipment: ShipmentRecord, explanation: Explanation): readonly unknown[] {
  const wish = wishOf(shipment, explanation);
  return shownRates(shipment, explanation).map(({ rate, isChosen, verdict }) => ({
    shipment: shipment.id,
    wish: wish === null ? null : describeWish(wish),
    carrier: rate.carrier,
    service: rate.service,
    account: rate.accountId,
    price: moneyJson(rate.price),
    deliveryDays: rate.deliveryDays,
    chosen: isChosen,
    verdict,
  }));
}
