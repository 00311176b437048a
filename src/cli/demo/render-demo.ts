/** The demo's report as text and as the contract's JSON line. Pure. */
import { formatMoney } from "../../core/money.ts";
import { printTable } from "../output.ts";
import type { DemoProgress, DemoReport } from "./run-demo.ts";

/** Rows of the table; parked orders are always among them. */
const ROWS_MAX = 25;

/** What the promises say, for those that the ledgers can judge. */
const PROMISES: readonly (readonly [string, string])[] = [
  ["P1", "no parcel has two paid labels"],
  ["P2", "no label for an order that must not ship"],
  ["P3", "every order is delivered or parked with its reason"],
  ["P5", "each label's number is on one live fulfillment"],
  ["P6", "tracking events in order, forward, once each"],
];

/** The contract's last line of `demo --json` (DESIGN §7). */
export function demoJson(report: DemoReport): Readonly<Record<string, unknown>> {
  const { orders, delivered, parked, labelsBought, labelsLive, duplicateLabels, fulfillments, eventsPosted } = report;
  return {
    version: 1,
    ...{ orders, delivered, parked, labelsBought, labelsLive, duplicateLabels, fulfillments, eventsPosted },
    promisesBroken: report.promisesBroken.map(({ promise, what }) => `${promise}: ${what}`),
    elapsedMs: report.elapsedMs,
  };
}

export function demoText(report: DemoReport): string {
  const lines = [...orderTable(report), "", ...summaryTable(report), ""];
  for (const [promise, sentence] of PROMISES) {
    const broken = report.promisesBroken.filter((entry) => entry.promise === promise);
    lines.push(`${broken.length === 0 ? "ok    " : "BROKEN"}  ${promise}  ${sentence}`);
    lines.push(...broken.slice(0, 5).map((entry) => `        ${entry.what}`));
  }
  const faults = [...report.faults.values()].reduce((sum, count) => sum + count, 0);
  const held = report.promisesBroken.length === 0;
  lines.push(
    "",
    held
      ? `All ${PROMISES.length} promises held${faults > 0 ? ` under ${faults} faults` : ""}, judged by the fakes' own ledgers.`
      : `Broken: ${report.promisesBroken.length}, under ${faults} faults. This is a bug: please report this output.`,
    "Next: shipbot config check, and README.md for your own shop.",
  );
  return `${lines.join("\n")}\n`;
}

function orderTable(report: DemoReport): readonly string[] {
  const parked = report.results.filter((result) => result.status !== "delivered");
  const others = report.results.filter((result) => result.status === "delivered");
  const shown = [...parked, ...others.slice(0, Math.max(0, ROWS_MAX - parked.length))].sort((a, b) =>
    a.name.localeCompare(b.name, "en", { numeric: true }),
  );
  const table = printTable(
    [
      { title: "ORDER" },
      { title: "STATUS" },
      { title: "LABEL" },
      { title: "COST", align: "right" },
      { title: "TRACKING" },
    ],
    shown.map((result) => [
      result.name,
      result.reason === null ? result.status : `${result.status}: ${result.reason}`,
      result.carrier === null ? "none" : `${result.carrier} ${result.service ?? ""}`.trim(),
      result.cost === null ? "" : formatMoney(result.cost),
      result.trackingNumber ?? "",
    ]),
  );
  const hidden = report.results.length - shown.length;
  return hidden > 0 ? [...table, `and ${hidden} more, all delivered`] : table;
}

function summaryTable(report: DemoReport): readonly string[] {
  return printTable(
    ["ORDERS", "DELIVERED", "PARKED", "LABELS", "LIVE", "BOUGHT TWICE", "FULFILLED", "EVENTS", "TIME"].map((title) => ({
      title,
      align: "right" as const,
    })),
    [
      [
        String(report.orders),
        String(report.delivered),
        String(report.parked),
        String(report.labelsBought),
        String(report.labelsLive),
        String(report.duplicateLabels),
        String(report.fulfillments),
        String(report.eventsPosted),
        `${(report.elapsedMs / 1_000).toFixed(1)}s`,
      ],
    ],
  );
}

export function progressText(progress: DemoProgress): string {
  const done = progress.delivered + progress.parked;
  const percent = progress.orders === 0 ? 100 : Math.floor((100 * done) / progress.orders);
  const faults = progress.faults > 0 ? `  ${progress.faults} faults` : "";
  return `${String(percent).padStart(3)}%  bought ${progress.bought}  delivered ${progress.delivered}  parked ${progress.parked}${faults}`;
}
