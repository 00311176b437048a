/** What `rules test` prints, and its JSON. Pure. */
import { relative } from "node:path";
import { formatAmount, formatMoney, type Money } from "../core/money.ts";
import { CHANGES, type Change } from "../core/replay/compare.ts";
import type { Outcome, OutcomeParcel } from "../core/replay/replay.ts";
import type { DifferingPart, TalliedMoney, Tally } from "../core/replay/tally.ts";
import type { OrderStatus } from "../core/status.ts";
import { type DurationMs, formatInstant, type Instant } from "../core/time.ts";
import { cleanText, countOf, indentText, type Paint, printField, widthOf, wrapText } from "./output.ts";

export interface Replayed {
  readonly tally: Tally;
  /** `null`: orders that were named. */
  readonly since: Instant | null;
  /** Kept by another version of the program. */
  readonly unreadable: number;
  /** `null`: what was decided then. */
  readonly before: { readonly configPath: string | null } | null;
  readonly after: { readonly configPath: string | null };
  readonly cwd: string;
  readonly elapsedMs: DurationMs;
}

interface Screen {
  readonly width: number;
  readonly paint: Paint;
}

const WORDS: Readonly<Record<Change, string>> = {
  held: "would not ship, and did",
  released: "would ship, and did not",
  reason: "would not ship either way, for another reason",
  approval: "wait for a human, or no longer",
  service: "another service",
  parcels: "other boxes",
  cost: "the same service at another price",
  tags: "other tags",
};

/** Rules named for one order; `--json` has all. */
const RULES_NAMED_MAX = 3;

export function replayText(replayed: Replayed, screen: Screen): readonly string[] {
  const { tally, unreadable } = replayed;
  const { width } = screen;
  if (tally.orders === 0) {
    return wrapText(
      `No order is kept${sinceText(replayed)} that could be replayed. Orders are kept from their next look on: shipbot sync --all`,
      width,
    );
  }
  const more = tally.parts.length < tally.differing ? tally.differing - ordersOf(tally.parts) : 0;
  return [
    ...wrapText(`Replayed ${countOf(tally.orders, "order")}${sinceText(replayed)}: ${filesText(replayed)}.`, width),
    ...(unreadable > 0
      ? wrapText(`${countOf(unreadable, "part")} kept by another version of shipbot could not be replayed.`, width)
      : []),
    "",
    ...changeLines(tally, screen),
    ...tally.money.flatMap((money) => printField("cost", moneyText(money), screen, 6)),
    ...unpricedLines(tally, screen),
    ...unclearLines(tally, screen),
    ...(tally.parts.length > 0 ? ["", ...tally.parts.flatMap((part) => partLines(part, screen))] : []),
    ...(more > 0 ? [`and ${more} more: --limit ${tally.differing}, or --json`] : []),
  ];
}

function ordersOf(parts: readonly DifferingPart[]): number {
  return new Set(parts.map(({ orderId }) => orderId)).size;
}

function sinceText({ since }: Replayed): string {
  return since === null ? "" : ` since ${formatInstant(since).slice(0, 10)}`;
}

function filesText({ before, after, cwd }: Replayed): string {
  return before === null
    ? `what was decided then, and what ${fileText(after.configPath, cwd)} says`
    : `${fileText(before.configPath, cwd)}, and ${fileText(after.configPath, cwd)} in its place`;
}

function fileText(path: string | null, cwd: string): string {
  if (path === null) {
    return "no config file";
  }
  const short = relative(cwd, path);
  return cleanText(short !== "" && short.length < path.length ? short : path);
}

function changeLines({ orders, differing, changes }: Tally, { width }: Screen): readonly string[] {
  if (differing === 0) {
    return [orders === 1 ? "Nothing would differ." : "Nothing would differ for any of them."];
  }
  const counted = CHANGES.filter((change) => changes[change] > 0);
  const digits = Math.max(...counted.map((change) => String(changes[change]).length));
  return [
    `${countOf(differing, "order")} would differ:`,
    ...counted.flatMap((change) =>
      indentText(`${String(changes[change]).padStart(digits)}  ${WORDS[change]}`, width, 2),
    ),
  ];
}

function moneyText({ currency, beforeMinor, afterMinor }: TalliedMoney): string {
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency });
  const difference = afterMinor - beforeMinor;
  const change =
    difference === 0 ? "no difference" : `${money(Math.abs(difference))} ${difference > 0 ? "more" : "less"}`;
  return `${money(beforeMinor)} -> ${money(afterMinor)}: ${change}`;
}

function unpricedLines({ unpriced, unpricedDiffering }: Tally, screen: Screen): readonly string[] {
  if (unpriced === 0) {
    return [];
  }
  const which = unpricedDiffering > 0 ? `, ${unpricedDiffering} of them among those that differ` : "";
  const text = `${countOf(unpriced, "order")} in no sum${which}: the provider was never asked what they cost so`;
  return printField("", text, screen, 6);
}

function unclearLines({ unclear }: Tally, { width, paint }: Screen): readonly string[] {
  const text = `${countOf(unclear, "order")} would be parked because a rule cannot be judged on what is kept of them`;
  return unclear === 0 ? [] : wrapText(`${paint("yellow", "look:")} ${text}`, width, 6);
}

/** The order, what it was and what it would be, and by which rule. */
function partLines(part: DifferingPart, screen: Screen): readonly string[] {
  const { orderName, before, after } = part;
  const name = cleanText(orderName);
  const label = Math.max(widthOf(name) + 2, 7);
  return [
    ...printField(name, `${outcomeText(before, part)} -> ${outcomeText(after, part)}`, screen, label),
    ...printField("", becauseText(part), screen, label),
  ];
}

const STATUS_WORDS: Partial<Record<OrderStatus, string>> = {
  waiting: "waits",
  parked: "parked",
  skipped: "skipped",
  cancelled: "cancelled",
};

function outcomeText({ status, sentence, wanted, parcels, tags }: Outcome, { difference }: DifferingPart): string {
  const tagged = difference.changes.includes("tags")
    ? `, ${tags.length === 0 ? "no tag" : `tag ${tags.join(", ")}`}`
    : "";
  if (status !== "ready_to_ship") {
    const word = STATUS_WORDS[status] ?? status;
    return cleanText(`${word}${sentence === null ? "" : ` (${sentence})`}${tagged}`);
  }
  const isBoxTold = difference.changes.includes("parcels");
  const told = parcels.map((parcel) => parcelText(parcel, wanted, isBoxTold)).join(" and ");
  return cleanText(`${told}${tagged}`);
}

function parcelText({ preset, rate }: OutcomeParcel, wanted: string | null, isBoxTold: boolean): string {
  const box = isBoxTold ? ` in ${preset}` : "";
  return rate === null
    ? `${wanted ?? "ships"}${box}, price not known`
    : `${rate.carrier} ${rate.service} ${formatMoney(rate.price)}${box}`;
}

function becauseText({ before, after, difference }: DifferingPart): string {
  const { matches, matchesNoMore } = difference;
  const parts = [
    ...(matches.length > 0 ? [`now matches: ${namesText(matches)}`] : []),
    ...(matchesNoMore.length > 0 ? [`no longer: ${namesText(matchesNoMore)}`] : []),
  ];
  if (parts.length > 0) {
    return parts.join("; ");
  }
  const named = after.rule ?? before.rule;
  if (named !== null) {
    return `rule: ${cleanText(named)}`;
  }
  return after.matched.length > 0
    ? `the same rules match (${namesText(after.matched)}): they ask for something else, or another setting does`
    : "by no rule: another setting";
}

function namesText(names: readonly string[]): string {
  const more = names.length - RULES_NAMED_MAX;
  return cleanText(`${names.slice(0, RULES_NAMED_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`);
}

export function replayJson({ tally, since, unreadable, before, after, elapsedMs }: Replayed): unknown {
  const amount = (amountMinor: number, currency: string) => formatAmount({ amountMinor, currency });
  return {
    version: 1,
    since: since === null ? null : formatInstant(since),
    before: before === null ? { source: "decided", configPath: null } : { source: "file", ...before },
    after,
    orders: tally.orders,
    differing: tally.differing,
    changes: tally.changes,
    money: tally.money.map(({ currency, beforeMinor, afterMinor }) => ({
      currency,
      before: amount(beforeMinor, currency),
      after: amount(afterMinor, currency),
      difference: amount(afterMinor - beforeMinor, currency),
    })),
    ...{ unpriced: tally.unpriced, unclear: tally.unclear, unreadable },
    differences: tally.parts.map((part) => ({
      order: { id: part.orderId, name: part.orderName },
      fulfillmentOrderId: part.fulfillmentOrderId,
      decidedAt: formatInstant(part.at),
      ...part.difference,
      before: outcomeJson(part.before),
      after: outcomeJson(part.after),
    })),
    elapsedMs,
  };
}

function outcomeJson({ parcels, ...outcome }: Outcome): unknown {
  const { status, reason, sentence, rule, wanted, tags, matched } = outcome;
  return {
    ...{ status, reason, sentence, rule, wanted },
    parcels: parcels.map(({ preset, rate }) => ({
      preset,
      carrier: rate?.carrier ?? null,
      service: rate?.service ?? null,
      cost: rate === null ? null : costJson(rate.price),
    })),
    ...{ tags, matched },
  };
}

function costJson(money: Money): unknown {
  return { amount: formatAmount(money), currency: money.currency };
}
