/**
 * `shipbot personal-data`: what is stored of the customers of some orders, and its end. Needs no credentials: it is about
 * what lies here. Shopify and the provider have copies of their own.
 */
import { join } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { formatInstant } from "../../core/time.ts";
import { eraseOrders } from "../../scheduler/personal-data.ts";
import { LabelFiles } from "../../store/label-files.ts";
import type { PersonalDataOfOrder, RecordedRequest } from "../../store/personal-data-reads.ts";
import { confirm } from "../ask.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Local, openLocal } from "../local.ts";
import { type FoundOrder, resolveOrders } from "../order-reference.ts";
import { cleanText, formatTime, printField, printTable, toWords } from "../output.ts";

export type PersonalDataAction = "list" | "show" | "erase";

export interface PersonalDataFlags {
  readonly order?: readonly string[];
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** More requests than this are not read. */
const LIST_MAX = 1_000;

export async function run(
  action: PersonalDataAction,
  flags: PersonalDataFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  const local = await openLocal(invocation);
  if (local === null) {
    throw new UsageError("there is no database yet, hence no data of anybody", "shipbot status");
  }
  try {
    if (action === "list") {
      return await list(local, flags, invocation);
    }
    const orders = await resolveOrders(flags.order ?? [], local.store.orders, null);
    return action === "show"
      ? await show(local, orders, flags, invocation)
      : await erase(local, orders, flags, invocation);
  } finally {
    await local.close();
  }
}

const REQUESTS: Readonly<Record<RecordedRequest["kind"], string>> = {
  data_request: "tell the customer",
  redact: "erase",
  shop_redact: "erase the shop",
};

async function list(local: Local, flags: PersonalDataFlags, { terminal }: Invocation): Promise<ExitCode> {
  const requests = await local.store.personalData.list(LIST_MAX);
  if (flags.json === true) {
    terminal.printJson({
      version: 1,
      requests: requests.map(({ kind, orderId, name, receivedAt, doneAt }) => ({
        kind,
        order: orderId === "" ? null : { id: orderId, name },
        receivedAt: formatInstant(receivedAt),
        doneAt: doneAt === null ? null : formatInstant(doneAt),
      })),
    });
    return EXIT.fine;
  }
  if (requests.length === 0) {
    terminal.print(["Nobody has asked about the data of a customer."]);
    return EXIT.fine;
  }
  const rows = requests.map(({ kind, orderId, name, receivedAt, doneAt }) => [
    orderId === "" ? "all" : cleanText(name ?? orderId),
    REQUESTS[kind],
    formatTime(receivedAt),
    doneAt === null ? "waits" : formatTime(doneAt),
  ]);
  terminal.print(printTable([{ title: "ORDER" }, { title: "ASKED TO" }, { title: "ASKED" }, { title: "DONE" }], rows));
  return EXIT.fine;
}

async function show(
  local: Local,
  orders: readonly FoundOrder[],
  flags: PersonalDataFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  const { terminal } = invocation;
  const found: PersonalDataOfOrder[] = [];
  for (const { id } of orders) {
    const data = await local.store.personalData.collect(id);
    found.push(...(data === null ? [] : [data]));
  }
  if (flags.json === true) {
    terminal.printJson({ version: 1, orders: found.map((data) => toJson(data, local)) });
  } else {
    terminal.print(found.flatMap((data) => toText(data, local, terminal)));
  }
  return EXIT.fine;
}

function toJson(data: PersonalDataOfOrder, local: Local): unknown {
  const {
    id,
    name,
    erasedAt,
    erasedFor,
    facts,
    decision,
    orderFacts,
    holdReason,
    lastError,
    shipments,
    failures,
    timeline,
    messages,
  } = data;
  return {
    order: { id, name },
    erasedAt: erasedAt === null ? null : formatInstant(erasedAt),
    erasedFor,
    ...{ facts, decision, orderFacts, holdReason, lastError, failures, messages },
    shipments: shipments.map(({ labelFile, ...shipment }) => ({ ...shipment, labelFile: pathOf(labelFile, local) })),
    timeline: timeline.map(({ at, kind, message }) => ({ at: formatInstant(at), kind, message })),
  };
}

function pathOf(labelFile: string | null, local: Local): string | null {
  return labelFile === null ? null : new LabelFiles(join(local.dataDir, "labels")).pathOf(labelFile);
}

function toText(data: PersonalDataOfOrder, local: Local, terminal: { readonly width: number }): readonly string[] {
  const field = (label: string, text: string | null) =>
    text === null || text === "" || text === "{}" ? [] : printField(label, cleanText(text), terminal, 11);
  const { facts, decision, orderFacts, holdReason, lastError, shipments, failures, timeline, messages } = data;
  const lines = [
    ...field("facts", JSON.stringify(facts)),
    ...findingsOf(decision).flatMap((finding) => field("check", finding)),
    ...orderFacts.flatMap((kept) => field("kept", keptText(kept))),
    ...field("hold", holdReason),
    ...field("error", lastError),
    ...shipments.flatMap((shipment) => [
      ...field("shipment", shipment.id),
      ...field("tracking", shipment.trackingNumber),
      ...field("", shipment.trackingUrl),
      ...field("label", shipment.labelUrl),
      ...field("file", pathOf(shipment.labelFile, local)),
      ...field("refused", shipment.refusal),
    ]),
    ...failures.flatMap((failure) => field("failure", failure)),
    ...timeline.flatMap(({ at, message }) => field("timeline", `${formatTime(at)} ${message}`)),
    ...field("webhooks", messages === 0 ? null : `${messages}, by id and hash; their bodies are not stored`),
  ];
  return [`${cleanText(data.name)}${erasureOf(data)}`, ...lines.map((line) => `  ${line}`)];
}

function erasureOf({ erasedAt, erasedFor }: PersonalDataOfOrder): string {
  if (erasedAt === null) {
    return "";
  }
  // By age only the records are emptied: the rest has ends of its own.
  return erasedFor === "request"
    ? `: erased ${formatTime(erasedAt)}`
    : `: records emptied by age ${formatTime(erasedAt)}; what is left below ends by its own retention`;
}

/** `address: country US, postal code 94104`; of what passed without looking at anything there is nothing to tell. */
function findingsOf(decision: unknown): readonly string[] {
  const findings = isRecord(decision) && Array.isArray(decision["findings"]) ? (decision["findings"] as unknown[]) : [];
  return findings.filter(isRecord).flatMap(({ check, input }) => {
    const facts = isRecord(input) ? Object.entries(input) : [];
    const words = facts.map(([name, value]) => `${toWords(name)} ${String(value)}`).join(", ");
    return words === "" ? [] : `${String(check)}: ${words}`;
  });
}

/** What is kept for `rules test`, as far as it tells about a person; `--json` has all of it. */
function keptText(kept: unknown): string {
  const at = (value: unknown, ...path: readonly string[]): unknown =>
    path.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), value);
  const order = at(kept, "facts", "order");
  const destination = ["country", "province", "postalCode"].map((name) =>
    at(order, "fulfillmentOrder", "destination", name),
  );
  const tags = [at(order, "tags"), at(order, "customer", "tags")].flat();
  const notes = [at(order, "noteAttributes")]
    .flat()
    .map((note) => `${at(note, "name")} ${at(note, "value") ?? ""}`.trim());
  const told = (label: string, values: readonly unknown[]) => {
    const texts = values.filter((value) => typeof value === "string" && value !== "");
    return texts.length === 0 ? [] : [`${label} ${texts.join(", ")}`];
  };
  return [...told("to", destination), ...told("tags", tags), ...told("note attributes", notes)].join("; ");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

async function erase(
  local: Local,
  orders: readonly FoundOrder[],
  flags: PersonalDataFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  const { terminal, clock } = invocation;
  const { store } = local;
  const ids = orders.map(({ id }) => id);
  if (flags.dryRun === true) {
    const left: Left = { waiting: [], busy: [] };
    for (const id of ids) {
      const state = await store.personalData.stateOf(id, clock.now());
      if (state !== "resting") {
        left[state === "busy" ? "busy" : "waiting"].push(id);
      }
    }
    return printOutcome(orders, left, true, flags, invocation);
  }
  const names = orders.map(({ name }) => cleanText(name)).join(", ");
  if (!(await confirm(terminal, `erase what is stored of the customer of ${names}`, flags.yes === true))) {
    terminal.note("Nothing was erased.");
    return EXIT.fine;
  }
  // First the wish, so that a daemon ends what a crash or a reader keeps us from.
  await store.personalData.request({ kind: "redact", orderIds: ids }, clock.now());
  const labels = new LabelFiles(join(local.dataDir, "labels"));
  const report = await eraseOrders(
    { store, labels, clock },
    ids.map((orderId) => ({ orderId, mode: "resting" as const })),
  );
  return printOutcome(orders, { waiting: [...report.waiting], busy: [...report.busy] }, false, flags, invocation);
}

/** Orders that were not erased: they move, or a run works on them at the moment. */
interface Left {
  readonly waiting: string[];
  readonly busy: string[];
}

function printOutcome(
  orders: readonly FoundOrder[],
  left: Left,
  isDryRun: boolean,
  flags: PersonalDataFlags,
  { terminal }: Invocation,
): ExitCode {
  const outcomeOf = (id: string) =>
    left.waiting.includes(id) ? "waiting" : left.busy.includes(id) ? "busy" : "erased";
  const wordOf = { waiting: "waits", busy: "busy", erased: isDryRun ? "would be erased" : "erased" };
  const whyOf = (outcome: "waiting" | "busy" | "erased", status: string) =>
    ({
      waiting: `it is ${status}: erased by the daemon when it is at its end`,
      busy: "it is being worked on: the daemon erases it after that",
      erased: "",
    })[outcome];
  if (flags.json === true) {
    terminal.printJson({
      version: 1,
      dryRun: isDryRun,
      orders: orders.map(({ id, name, stored }) => ({
        order: { id, name, status: stored?.status ?? null },
        outcome: outcomeOf(id),
      })),
    });
  } else {
    const rows = orders.map(({ id, name, stored }) => {
      const outcome = outcomeOf(id);
      return [cleanText(name), wordOf[outcome], whyOf(outcome, stored?.status ?? "unknown")];
    });
    terminal.print(printTable([{}, {}, {}], rows));
  }
  return left.waiting.length + left.busy.length > 0 ? EXIT.attention : EXIT.fine;
}
