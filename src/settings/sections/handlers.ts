/** The section `handlers`: what is done when an order comes to a status. */
import { z } from "zod";
import {
  DEFAULT_HANDLERS,
  findHandlerProblems,
  type HandlersPolicy,
  STEP_PLACES,
  type Step,
  type StepKind,
} from "../../core/handlers.ts";
import { ORDER_STATUSES, type OrderStatus } from "../../core/status.ts";
import type { Parsed } from "../parsed.ts";
import { setting } from "../setting-facts.ts";
import { suggestWord } from "../suggest.ts";

const STEPS_MAX = 20;
const KINDS = Object.keys(STEP_PLACES) as readonly StepKind[];

type ReadStep = (value: unknown) => Parsed<Step>;

/** Steps that are a word, and those that have a value: `set_status: pending_pickup`. */
const READERS: Readonly<Record<StepKind, ReadStep | null>> = {
  create_shipment: null,
  fulfil: null,
  post_event: null,
  void_label: null,
  set_status: (value) => {
    const status = ORDER_STATUSES.find((word) => word === value);
    return status === undefined
      ? { problem: `set_status must be one of ${ORDER_STATUSES.join(", ")}` }
      : { value: { kind: "set_status", status } };
  },
};

/** For editors; what is wrong is told by `readStep`, in words. */
const STEP_SCHEMA = {
  anyOf: [
    { enum: KINDS.filter((kind) => READERS[kind] === null) },
    {
      type: "object",
      properties: { set_status: { enum: [...ORDER_STATUSES] } },
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
    },
  ],
};

const step = z
  .unknown()
  .meta(STEP_SCHEMA)
  .transform((written, context): Step => {
    const parsed = readStep(written);
    if ("problem" in parsed) {
      context.addIssue({ code: "custom", message: parsed.problem });
      return z.NEVER;
    }
    return parsed.value;
  });

function readStep(written: unknown): Parsed<Step> {
  const entries: readonly (readonly [string, unknown])[] =
    typeof written === "object" && written !== null ? Object.entries(written) : [[String(written), undefined]];
  const [first, second] = entries;
  if (first === undefined || second !== undefined || Array.isArray(written)) {
    return { problem: "must be one step: a word, or one such as set_status: delivered" };
  }
  const [word, value] = first;
  const kind = KINDS.find((known) => known === word);
  // A word alone stands before the sentence already, as the value that is refused.
  const subject = typeof written === "string" ? "" : `${word} `;
  if (kind === undefined) {
    const near = suggestWord(word, KINDS);
    const meant = near === null ? "" : `: did you mean ${near}?`;
    return { problem: `${subject}is no step${meant} (${KINDS.join(", ")})` };
  }
  const read = READERS[kind];
  if (read !== null) {
    return value === undefined ? { problem: `${subject}needs a value` } : read(value);
  }
  return value === undefined ? { value: { kind } as Step } : { problem: `${subject}takes no value` };
}

const DOCS: Readonly<Record<OrderStatus, string>> = {
  waiting: "Something has to happen first: payment, tag, an hour.",
  ready_to_ship: "All checks passed. Without create_shipment no label is bought.",
  pending_pickup: "The label is bought. A status that ready_to_ship sets is shown from here on.",
  in_transit: "The carrier has it. With fulfil here and not before, Shopify is told when it leaves.",
  out_for_delivery: "The carrier brings it today.",
  delivered: "It is there.",
  returned: "It comes back.",
  delivery_failed: "The carrier lost it or could not deliver it.",
  cancelled: "The order was cancelled. Without void_label a label that is not used is parked for somebody.",
  skipped: "No label is ever bought for it.",
  parked: "Somebody has to look at it.",
};

/** Whether a list may be written as one word is no question: it is a list. */
function listOf(status: OrderStatus) {
  const steps = z.array(step).max(STEPS_MAX);
  return setting(steps.prefault(DEFAULT_HANDLERS[status].map(writeStep)), { doc: DOCS[status], form: "json" });
}

function writeStep(one: Step): unknown {
  return one.kind === "set_status" ? { set_status: one.status } : one.kind;
}

export const handlersSection = z
  .strictObject({
    waiting: listOf("waiting"),
    ready_to_ship: listOf("ready_to_ship"),
    pending_pickup: listOf("pending_pickup"),
    in_transit: listOf("in_transit"),
    out_for_delivery: listOf("out_for_delivery"),
    delivered: listOf("delivered"),
    returned: listOf("returned"),
    delivery_failed: listOf("delivery_failed"),
    cancelled: listOf("cancelled"),
    skipped: listOf("skipped"),
    parked: listOf("parked"),
  } satisfies Record<OrderStatus, unknown>)
  .superRefine((written: HandlersPolicy, context) => {
    for (const { status, step: index, message } of findHandlerProblems(written)) {
      // A word alone stands before the sentence already.
      const kind = written[status][index]?.kind;
      const isWord = kind !== undefined && READERS[kind] === null;
      context.addIssue({
        code: "custom",
        path: [status, index],
        message: isWord ? message.replace(`${kind} `, "") : message,
      });
    }
  });
