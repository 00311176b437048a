/** `shipbot report shadow`: what shipbot would have done with watched orders, beside what the merchant's people did. */
import { UsageError } from "../../base/errors.ts";
import { DAY_MS, formatInstant } from "../../core/time.ts";
import type { StoredTimelineEntry } from "../../store/types.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { When } from "../flags.ts";
import { openLocal } from "../local.ts";
import { cleanText, countOf, printTable, wrapText } from "../output.ts";

export interface ReportFlags {
  readonly since?: When;
  readonly limit?: number;
  readonly json?: boolean;
}

const SINCE_MS = 30 * DAY_MS;
const SHOWN = 50;
/** Comparisons that are read for the sums. */
const READ_MAX = 10_000;

export async function run(flags: ReportFlags, invocation: Invocation): Promise<ExitCode> {
  const { clock, terminal } = invocation;
  const local = await openLocal(invocation);
  if (local === null) {
    throw new UsageError("there is no database yet, hence nothing to report", "shipbot sync, or shipbot daemon");
  }
  try {
    const { since } = flags;
    const sinceAt = since === undefined ? clock.now() - SINCE_MS : "at" in since ? since.at : clock.now() - since.agoMs;
    const rows = (await local.store.timeline.ofKind("shadow", sinceAt, READ_MAX)).map(toRow);
    if (flags.json === true) {
      const orders = rows.map((row) => ({ ...row, price: moneyOf(row.price) }));
      terminal.printJson({ version: 1, since: formatInstant(sinceAt), counts: countsOf(rows), orders });
    } else {
      terminal.print(reportText(rows, flags.limit ?? SHOWN, terminal.width));
    }
    return EXIT.fine;
  } finally {
    await local.close();
  }
}

interface Row {
  readonly order: string;
  readonly id: string;
  readonly at: string;
  readonly verdict: string;
  readonly would: string;
  readonly price: string | null;
  readonly did: string;
}

function toRow({ orderId, at, data }: StoredTimelineEntry): Row {
  const text = (name: string) => String(data[name] ?? "");
  const price = data["price"] ?? null;
  return {
    ...{ order: text("order"), id: orderId, at: formatInstant(at), verdict: text("verdict") },
    ...{ would: text("would"), price: price === null ? null : String(price), did: text("did") },
  };
}

/** `null` too for labels in several currencies: the text of the report has them. */
function moneyOf(price: string | null): { readonly amount: string; readonly currency: string } | null {
  const [amount = "", currency = "", ...more] = (price ?? "").split(" ");
  return currency === "" || more.length > 0 ? null : { amount, currency };
}

function countsOf(rows: readonly Row[]) {
  const count = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  return { agree: count("agree"), differ: count("differ"), unknown: count("unknown") };
}

function reportText(rows: readonly Row[], limit: number, width: number): readonly string[] {
  if (rows.length === 0) {
    return [
      "No watched order has come to its end yet.",
      ...wrapText(
        "With mode: shadow or ramp in the config file, orders that your people ship are compared here.",
        width,
      ),
    ];
  }
  const { agree, differ, unknown } = countsOf(rows);
  const hidden = rows.length - Math.min(limit, rows.length);
  const sum = `${countOf(rows.length, "order")}: ${agree} agree, ${differ} differ, ${unknown} cannot be told.`;
  return [
    ...printTable(
      [{ title: "ORDER" }, { title: "SHIPBOT WOULD" }, { title: "COST", align: "right" }, { title: "DONE" }, {}],
      rows
        .slice(0, limit)
        .map(({ order, would, price, did, verdict }) => [
          ...[cleanText(order), cleanText(would), price ?? "", cleanText(did), verdict],
        ]),
    ),
    ...(hidden > 0 ? [`and ${hidden} more: shipbot report shadow --limit ${rows.length}`] : []),
    ...wrapText(`${sum} Carriers are compared: Shopify does not tell the service, nor what a label cost.`, width),
  ];
}
