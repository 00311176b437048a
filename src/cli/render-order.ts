/** `status --order`: one order's state, labels, journal and timeline, as text and as the contract's document. Pure. */
import { type EffectRecord, isUnresolved } from "../core/effect.ts";
import { formatMoney } from "../core/money.ts";
import { explainReason, isReason, remedyFor } from "../core/reasons.ts";
import { currentTracking, type ShipmentRecord } from "../core/shipment.ts";
import { formatAge, formatInstant, type Instant } from "../core/time.ts";
import type { StoredOrder, StoredTimelineEntry } from "../store/types.ts";
import {
  ageOf,
  cleanText,
  countOf,
  formatTime,
  indentText,
  type Paint,
  printField,
  toWords,
  wrapText,
} from "./output.ts";
import { moneyJson, whatAndHow } from "./render-outcome.ts";
import { providerTitle } from "./render-plan.ts";

export interface OrderView {
  readonly order: StoredOrder;
  readonly shipments: readonly ShipmentRecord[];
  readonly effects: readonly EffectRecord[];
  /** Oldest first. */
  readonly timeline: readonly StoredTimelineEntry[];
  readonly now: Instant;
  /** Absolute, with a slash at the end. */
  readonly labelFolder: string;
}

/** Where the messages of the timeline begin: after the time and the longest usual kind. */
const MESSAGE_COLUMN = 31;

export function orderJson(view: OrderView): unknown {
  const { order, shipments, effects, timeline } = view;
  return {
    version: 1,
    order: {
      id: order.id,
      name: order.name,
      status: order.status,
      reason: order.reason,
      ...whatAndHow(order),
      since: formatInstant(order.statusSince),
      dueAt: instantJson(order.dueAt),
      lastRunAt: instantJson(order.lastRunAt),
      lastError: order.lastError,
      heldBy: order.heldBy === null ? null : { ...order.heldBy, at: formatInstant(order.heldBy.at) },
    },
    shipments: shipments.map((shipment) => shipmentJson(shipment, view.labelFolder)),
    effects: effects.map((effect) => ({
      key: effect.key,
      kind: effect.kind,
      shipment: effect.shipmentId,
      state: effect.state,
      attempt: effect.attempt,
      lookups: effect.lookups,
      failure: effect.failure,
      begunAt: formatInstant(effect.begunAt),
      settledAt: instantJson(effect.settledAt),
    })),
    timeline: timeline.map(({ at, kind, message, data }) => ({ at: formatInstant(at), kind, message, data })),
  };
}

function instantJson(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}

function shipmentJson(shipment: ShipmentRecord, labelFolder: string): unknown {
  const { label } = shipment;
  const tracking = currentTracking(shipment);
  return {
    id: shipment.id,
    fulfillmentOrderId: shipment.fulfillmentOrderId,
    parcelNumber: shipment.parcelNumber,
    generation: shipment.generation,
    provider: shipment.provider,
    providerShipmentId: shipment.providerShipmentId,
    reference: shipment.reference,
    carrier: label?.carrier ?? null,
    service: label?.service ?? null,
    trackingNumber: label?.trackingNumber ?? null,
    trackingUrl: label?.trackingUrl ?? null,
    trackingStatus: tracking?.status ?? null,
    trackingAt: instantJson(tracking?.at ?? null),
    state: shipment.state,
    cost: label === null ? null : moneyJson(label.cost),
    labelPath: label?.path === null || label?.path === undefined ? null : labelFolder + label.path,
    boughtAt: instantJson(label?.boughtAt ?? null),
    fulfillmentId: shipment.fulfillmentId,
    parcel: shipment.parcel,
    refusal: shipment.refusal === null ? null : { ...shipment.refusal, at: formatInstant(shipment.refusal.at) },
  };
}

export function orderText(
  view: OrderView,
  terminal: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  const { order, now } = view;
  const lines = [
    ...wrapText(headLine(order, now, terminal.paint), terminal.width, 2),
    ...reasonLines(order, terminal.width),
  ];
  if (order.heldBy !== null) {
    const { who, why, at } = order.heldBy;
    lines.push(...printField("hold", `by ${cleanText(who)}, ${ageOf(at, now)} ago: ${cleanText(why)}`, terminal));
  }
  if (order.lastError !== null) {
    const { kind, message } = order.lastError;
    lines.push(...printField("trouble", `${cleanText(message)} [${kind}]`, terminal));
  }
  if (order.dueAt !== null) {
    const when = order.dueAt <= now ? `now, for ${ageOf(order.dueAt, now)}` : `in ${formatAge(order.dueAt - now)}`;
    lines.push(...printField("due", when, terminal));
  }
  lines.push(
    ...view.shipments.flatMap((shipment) => shipmentLines(shipment, view, terminal)),
    ...effectLines(view.effects, terminal),
    ...timelineLines(view.timeline, terminal),
  );
  const next = nextOf(order);
  return next === null ? lines : [...lines, ...printField("next", next, terminal)];
}

function headLine(order: StoredOrder, now: Instant, paint: Paint): string {
  const state = order.reason === null ? order.status : `${order.status}: ${order.reason}`;
  const painted = order.status === "parked" ? paint("yellow", state) : state;
  return `${cleanText(order.name)}  ${painted}, for ${ageOf(order.statusSince, now)}`;
}

function reasonLines(order: StoredOrder, width: number): readonly string[] {
  return order.reason !== null && isReason(order.reason)
    ? indentText(cleanText(explainReason(order.reason, order.reasonInput)), width, 2)
    : [];
}

function nextOf(order: StoredOrder): string | null {
  return order.reason !== null && isReason(order.reason) ? cleanText(remedyFor(order.reason, order.name)) : null;
}

function shipmentLines(
  shipment: ShipmentRecord,
  view: OrderView,
  terminal: { readonly width: number },
): readonly string[] {
  const { label, parcel } = shipment;
  const title = providerTitle(shipment.provider);
  const size = `${parcel.preset}, ${parcel.weightGrams} g`;
  if (label === null) {
    const offers = countOf(shipment.rates.length, "rate");
    return printField("label", `none (${shipment.state}, ${offers} from ${title}, ${size})`, terminal);
  }
  const tracking = currentTracking(shipment);
  const where = tracking === null ? "no news of it yet" : `${tracking.status}, ${ageOf(tracking.at, view.now)} ago`;
  const state = shipment.state === "bought" ? "" : ` (${shipment.state})`;
  return [
    ...printField(
      "label",
      `${cleanText(`${label.carrier} ${label.service}`)} ${formatMoney(label.cost)}${state}, ${formatTime(label.boughtAt)}`,
      terminal,
    ),
    ...printField("parcel", `${cleanText(label.trackingNumber)}  ${where}; ${size}`, terminal),
    ...printField(
      "at",
      `${title} ${shipment.providerShipmentId ?? "unknown"}, our reference ${shipment.reference}`,
      terminal,
    ),
    ...printField("file", label.path === null ? "not fetched yet" : view.labelFolder + label.path, terminal),
  ];
}

/** Settled ones in a line, open ones each with what is known: they are where money may be lost. */
function effectLines(effects: readonly EffectRecord[], terminal: { readonly width: number }): readonly string[] {
  const open = effects.filter((effect) => isUnresolved(effect));
  const settled = effects.filter((effect) => !isUnresolved(effect));
  const counts = new Map<string, number>();
  for (const effect of settled) {
    const word = `${toWords(effect.kind).replaceAll("_", " ")} ${effect.state}`;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const words = [...counts].map(([word, count]) => (count === 1 ? word : `${word} (x${count})`));
  return [
    ...(words.length > 0 ? printField("journal", words.join(", "), terminal) : []),
    ...open.flatMap((effect) =>
      printField(
        "open",
        `${effect.key} ${effect.state}, asked ${formatTime(effect.begunAt)}; not sent again, looked up ${effect.lookups}x`,
        terminal,
      ),
    ),
  ];
}

interface Folded {
  readonly entry: StoredTimelineEntry;
  readonly times: number;
}

/** Equal lines in a row become one with a count. */
function fold(timeline: readonly StoredTimelineEntry[]): readonly Folded[] {
  const folded: Folded[] = [];
  for (const entry of timeline) {
    const last = folded.at(-1);
    if (last?.entry.kind === entry.kind && last.entry.message === entry.message) {
      folded[folded.length - 1] = { entry: last.entry, times: last.times + 1 };
    } else {
      folded.push({ entry, times: 1 });
    }
  }
  return folded;
}

/** The date once a day, and with it the zone; below it the times. */
function timelineLines(
  timeline: readonly StoredTimelineEntry[],
  terminal: { readonly width: number },
): readonly string[] {
  const lines: string[] = [];
  let day = "";
  for (const { entry, times } of fold(timeline)) {
    const at = formatInstant(entry.at);
    if (at.slice(0, 10) !== day) {
      day = at.slice(0, 10);
      lines.push(`${day}, times in UTC`);
    }
    const head = `${at.slice(11, 19)}  ${cleanText(entry.kind)}`.padEnd(MESSAGE_COLUMN - 2);
    const repeat = times > 1 ? ` (x${times})` : "";
    const [first = "", ...rest] = wrapText(cleanText(entry.message) + repeat, terminal.width - MESSAGE_COLUMN);
    lines.push(`${head}  ${first}`, ...rest.map((line) => " ".repeat(MESSAGE_COLUMN) + line));
  }
  return lines;
}
