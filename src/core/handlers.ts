/**
 * The automation as data: what is done when an order comes to a status. Facts alone decide which status that is (a label
 * is bought, the carrier said something); handlers decide what follows from it, and each step of the default may be left
 * out or moved. No step can do what a check, a guard or the journal forbids: `create_shipment` lets the label be bought
 * once all of them allow it, and nothing else buys.
 */
import { isFinalStatus, ORDER_STATUSES, type OrderStatus } from "./status.ts";

export type Step =
  /** Plan, quote and buy under all checks and guards, and fetch the label. */
  | { readonly kind: "create_shipment" }
  /** Give the shop the fulfillment with its tracking number. */
  | { readonly kind: "fulfil" }
  /** Pass on what the carrier said that led here. */
  | { readonly kind: "post_event" }
  /** Ask for the money back while the carrier does not have the parcel. */
  | { readonly kind: "void_label" }
  /** Show a status in the shop. */
  | { readonly kind: "set_status"; readonly status: OrderStatus };

export type StepKind = Step["kind"];

/** In the order in which they are written; each status has its list. */
export type HandlersPolicy = Readonly<Record<OrderStatus, readonly Step[]>>;

const ON_THE_WAY: readonly OrderStatus[] = ["pending_pickup", "in_transit", "out_for_delivery", "delivered"];

/** Where each step makes sense. */
export const STEP_PLACES: Readonly<Record<StepKind, readonly OrderStatus[]>> = {
  create_shipment: ["ready_to_ship"],
  fulfil: ON_THE_WAY,
  post_event: [...ON_THE_WAY, "returned", "delivery_failed"],
  void_label: ["cancelled"],
  set_status: ORDER_STATUSES,
};

const POST_EVENT: Step = { kind: "post_event" };
const show = (status: OrderStatus): Step => ({ kind: "set_status", status });

/** What holds without a file. */
export const DEFAULT_HANDLERS: HandlersPolicy = {
  waiting: [show("waiting")],
  ready_to_ship: [{ kind: "create_shipment" }, show("pending_pickup")],
  pending_pickup: [{ kind: "fulfil" }, POST_EVENT],
  in_transit: [POST_EVENT, show("in_transit")],
  out_for_delivery: [POST_EVENT, show("out_for_delivery")],
  delivered: [POST_EVENT, show("delivered")],
  returned: [POST_EVENT, show("returned")],
  delivery_failed: [POST_EVENT, show("delivery_failed")],
  cancelled: [{ kind: "void_label" }, show("cancelled")],
  skipped: [show("skipped")],
  parked: [show("parked")],
};

export function hasStep(handlers: HandlersPolicy, status: OrderStatus, kind: StepKind): boolean {
  return handlers[status].some((step) => step.kind === kind);
}

/** Whether the fulfillment is due for a parcel at `status`: it is there, or past a status that asks for it. */
export function isFulfilDue(handlers: HandlersPolicy, status: OrderStatus): boolean {
  // Where a parcel ends, it has passed all of the way.
  const passed = isFinalStatus(status) ? ON_THE_WAY : ON_THE_WAY.slice(0, ON_THE_WAY.indexOf(status) + 1);
  return passed.some((earlier) => hasStep(handlers, earlier, "fulfil"));
}

/**
 * What the shop shows of an order at `status`; `null`: nothing is written. What `ready_to_ship` sets is for after the
 * shipment is created, when the order is at `pending_pickup`.
 */
export function shownStatus(handlers: HandlersPolicy, status: OrderStatus): OrderStatus | null {
  const own = setStatus(handlers[status]);
  if (status === "ready_to_ship") {
    return own === null ? null : "ready_to_ship";
  }
  const created = setStatus(handlers.ready_to_ship);
  return own ?? (status === "pending_pickup" && created !== "ready_to_ship" ? created : null);
}

function setStatus(steps: readonly Step[]): OrderStatus | null {
  return steps.find((step) => step.kind === "set_status")?.status ?? null;
}

export interface HandlerProblem {
  readonly status: OrderStatus;
  /** Which step of its list. */
  readonly step: number;
  readonly message: string;
}

/** What the lists say that makes no sense where it stands, or contradicts itself. Empty: they can be used. */
export function findHandlerProblems(handlers: HandlersPolicy): readonly HandlerProblem[] {
  const found = ORDER_STATUSES.flatMap((status) =>
    handlers[status].flatMap((step, index) => {
      const message = misplaced(status, step) ?? repeated(handlers[status], index) ?? unmade(handlers, status, index);
      return message === null ? [] : [{ status, step: index, message }];
    }),
  );
  return found.length > 0 ? found : findLoops(handlers);
}

function misplaced(status: OrderStatus, { kind }: Step): string | null {
  const places = STEP_PLACES[kind];
  return places.includes(status) ? null : `${kind} has no place at ${status}: it belongs to ${places.join(", ")}`;
}

function repeated(steps: readonly Step[], index: number): string | null {
  const kind = steps[index]?.kind;
  return steps.slice(0, index).some((step) => step.kind === kind) ? `${kind} stands twice in the list` : null;
}

/** At `ready_to_ship` a status is the result of what was done there: creating the shipment makes it `pending_pickup`. */
function unmade(handlers: HandlersPolicy, status: OrderStatus, index: number): string | null {
  const step = handlers[status][index];
  if (status !== "ready_to_ship" || step?.kind !== "set_status" || step.status === "ready_to_ship") {
    return null;
  }
  if (step.status !== "pending_pickup") {
    return `set_status: ${step.status} is nothing that an order becomes at ready_to_ship: write pending_pickup`;
  }
  return handlers[status].slice(0, index).some(({ kind }) => kind === "create_shipment")
    ? null
    : "set_status: pending_pickup needs create_shipment before it: nothing else brings the order there";
}

/** One is set to the other and that back to the first: neither can be what the order is. */
function findLoops(handlers: HandlersPolicy): readonly HandlerProblem[] {
  return ORDER_STATUSES.flatMap((status) => {
    const way = wayFrom(handlers, status);
    const step = handlers[status].findIndex(({ kind }) => kind === "set_status");
    return way.at(-1) === status && way.length > 2
      ? [{ status, step, message: `set_status goes round in a circle: ${way.join(" sets ")}` }]
      : [];
  });
}

/** From status to status as they are set, until one sets none, or itself, or one that was there. */
function wayFrom(handlers: HandlersPolicy, status: OrderStatus): readonly OrderStatus[] {
  const way = [status];
  for (let next = setStatus(handlers[status]); next !== null; next = setStatus(handlers[next])) {
    if (next === way.at(-1)) {
      return way;
    }
    way.push(next);
    if (way.indexOf(next) < way.length - 1) {
      return way;
    }
  }
  return way;
}

/** As it is written in the file: `set_status: pending_pickup`. */
export function describeStep(step: Step): string {
  return step.kind === "set_status" ? `${step.kind}: ${step.status}` : step.kind;
}
