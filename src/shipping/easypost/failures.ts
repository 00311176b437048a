/**
 * What an EasyPost error means for us: its HTTP status and code become one of our failure kinds. Pure. The groups are
 * ours (docs.easypost.com/docs/errors and the code list of @easypost/api 8.9.0, read 2026-11-22): what may have happened,
 * what certainly did not and may be tried again, and what needs a person.
 *
 * EasyPost's own sentences are not taken over. Some are fixed, but others pass on what a carrier said about an address,
 * and nothing tells them apart. A failure names the code, a sentence of ours, the fields and codes of the single errors
 * (words of the API, checked to be such) and EasyPost's id of the request, under which its dashboard shows the rest.
 */
import { RemoteError } from "../../base/errors.ts";
import type { FailureKind } from "../../core/failure.ts";
import { asFields, type Fields, listAt } from "./fields.ts";

export interface EasyPostError {
  /** `null` when the body is none of the documented shapes: a proxy's page, say. */
  readonly code: string | null;
  /** `street1: E.HOUSE_NUMBER.MISSING`; only words of the API. */
  readonly details: readonly string[];
}

export const POSTAGE_EXISTS = "SHIPMENT.POSTAGE.EXISTS";
export const REFUND_NO_RESPONSE = "REFUND.NO_RESPONSE";

/** The purchase may be made or under way. */
const UNKNOWN_OUTCOME = new Set([
  POSTAGE_EXISTS,
  "SHIPMENT.POSTAGE.NO_RESPONSE",
  "SHIPMENT.POSTAGE.TIMED_OUT",
  "SHIPMENT.PURCHASE.IN_PROGRESS",
  // Insurance is asked for with the label: that it failed does not say that the label was not sold.
  "INSURANCE.PURCHASE.FAILED",
  "INSURANCE.CREATE.FAILURE",
]);

/** Nothing was bought, and the trouble passes by itself. */
const PASSING = new Set([
  "ADDRESS.VERIFY.UNAVAILABLE",
  "ADDRESS.VERIFY.UPSTREAM_UNAVAILABLE",
  "SHIPMENT.RATES.UNAVAILABLE",
  REFUND_NO_RESPONSE,
  "BATCH.STATE.CREATING",
  "TRACKER.RETRIEVE.ERROR",
  "TRACKER.RUN.ERROR",
  "PAYMENT_GATEWAY.ERROR",
]);

/** The rate that was asked for has been replaced by new ones, whoever asked for those: nothing was bought. */
const MISSING_RATE = "SHIPMENT.MISSING_RATE";

/** No key, no money, no right: nothing works for this account until somebody acts. */
const UNAUTHORIZED_STATUSES = new Set([401, 402, 403]);
const PAYMENT_REQUIRED = "PAYMENT_REQUIRED";

/** Words of the API: upper case with dots, and field paths in lower case. Names and streets look like neither. */
const CODE = /^[A-Z][A-Z0-9_]*(\.[A-Z0-9_]+)*$/;
const FIELD = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/;
const WORD_CHARACTERS_MAX = 80;
/** Enough to see what is wrong; an error list may be long. */
const DETAILS_MAX = 5;

/**
 * Takes the code and what is safe of the rest out of an error body. `errors` may hold objects, plain texts or nothing,
 * `message` may be a text, a list or an object: all recorded or documented, none of them is needed.
 */
export function readError(body: unknown): EasyPostError {
  const error = asFields(asFields(body)?.["error"]);
  if (error === null) {
    return { code: null, details: [] };
  }
  return { code: wordAt(error, "code", CODE), details: listAt(error, "errors").slice(0, DETAILS_MAX).flatMap(detail) };
}

function detail(entry: Fields): readonly string[] {
  const field = wordAt(entry, "field", FIELD);
  const code = wordAt(entry, "code", CODE);
  const words = [field, code].filter((word) => word !== null).join(": ");
  return words === "" ? [] : [words];
}

function wordAt(parent: Fields, name: string, shape: RegExp): string | null {
  const value = parent[name];
  return typeof value === "string" && value.length <= WORD_CHARACTERS_MAX && shape.test(value) ? value : null;
}

/**
 * The kind of a complete answer that is no success. For a write, everything that is not certainly refused is
 * `outcome_unknown`: 5xx, a redirect, 408 and 409, and a 4xx without a readable code, because it is the code that says
 * whether something was bought (`SHIPMENT.POSTAGE.EXISTS` comes as a 4xx like any refusal).
 */
export function classifyError(status: number, code: string | null, effect: "read" | "write"): FailureKind {
  if (status >= 500) {
    return effect === "write" ? "outcome_unknown" : "unavailable";
  }
  if (status < 400) {
    return effect === "write" ? "outcome_unknown" : "malformed";
  }
  if (status === 429 || code === "RATE_LIMITED") {
    return "throttled";
  }
  if (UNAUTHORIZED_STATUSES.has(status) || code === PAYMENT_REQUIRED || code?.startsWith("MODE.") === true) {
    return "unauthorized";
  }
  if (code !== null && UNKNOWN_OUTCOME.has(code)) {
    return effect === "write" ? "outcome_unknown" : "rejected";
  }
  if (code !== null && PASSING.has(code)) {
    return "unavailable";
  }
  if (code === MISSING_RATE) {
    return "stale";
  }
  if (status === 408 || status === 409) {
    return effect === "write" ? "outcome_unknown" : "unavailable";
  }
  if (code === null) {
    return effect === "write" ? "outcome_unknown" : "malformed";
  }
  return status === 404 ? "missing" : "rejected";
}

/** The code to report: EasyPost's own, or the documented one of a status that says enough by itself. */
export function codeOf(status: number, error: EasyPostError): string | null {
  const byStatus: Readonly<Record<number, string>> = {
    401: "UNAUTHORIZED",
    402: PAYMENT_REQUIRED,
    403: "FORBIDDEN",
    429: "RATE_LIMITED",
  };
  return error.code ?? byStatus[status] ?? null;
}

const SENTENCES: readonly (readonly [prefix: string, sentence: string])[] = [
  ["ADDRESS.", "it does not accept an address"],
  ["PARCEL.", "it does not accept the parcel's size or weight"],
  ["SHIPMENT.CUSTOMS_INFO.", "it needs customs information"],
  ["CUSTOMS_", "it does not accept the customs information"],
  ["SHIPMENT.OPTIONS.", "it does not accept an option of the label"],
  ["INSURANCE.PURCHASE.", "the insurance did not go through"],
  ["INSURANCE.CREATE.", "the insurance did not go through"],
  ["INSURANCE.", "it does not insure the parcel for this amount"],
  ["SHIPMENT.MISSING_RATE", "the rate is not one of this shipment"],
  ["SHIPMENT.RATES.UNAVAILABLE", "no carrier answers with rates at the moment"],
  ["SHIPMENT.RATE.", "the chosen rate cannot be used"],
  [POSTAGE_EXISTS, "the shipment has a label already"],
  ["SHIPMENT.POSTAGE.NO_RESPONSE", "the carrier did not answer it in time"],
  ["SHIPMENT.POSTAGE.TIMED_OUT", "the carrier did not answer it in time"],
  ["SHIPMENT.PURCHASE.IN_PROGRESS", "a purchase is under way"],
  ["SHIPMENT.POSTAGE.FAILURE", "the carrier refused to sell the label"],
  ["SHIPMENT.PURCHASE.FAILURE", "the carrier refused to sell the label"],
  ["SHIPMENT.REFUND.", "it does not refund this label"],
  ["REFUND.", "the refund did not go through"],
  ["TRACKER.", "it cannot follow this tracking number"],
  ["PARAMETER.", "a field is missing or not allowed"],
  ["MODE.", "the key is for the other mode (test or production)"],
  [PAYMENT_REQUIRED, "the account's balance does not cover it"],
  ["NOT_FOUND", "it has no such object"],
];

/** One sentence about a failed call, without anything that a customer or carrier wrote. */
export function describeError(status: number, error: EasyPostError, requestId: string | null): string {
  const code = codeOf(status, error);
  const sentence = SENTENCES.find(([prefix]) => code?.startsWith(prefix) === true)?.[1] ?? sentenceOf(status);
  const details = [code ?? `HTTP ${status}`, ...error.details].join(", ");
  return `EasyPost: ${sentence} (${details}${requestId === null ? "" : `, request ${requestId}`})`;
}

function sentenceOf(status: number): string {
  const sentences: Readonly<Record<number, string>> = {
    401: "it does not accept the API key",
    403: "it does not allow this to the API key",
    429: "it asks to slow down",
  };
  return sentences[status] ?? (status >= 500 ? "it failed" : "it refused the call");
}

/** What a person can do about it; `null` where waiting is all. */
export function remedyFor(status: number, code: string | null): string | null {
  if (status === 402 || code === PAYMENT_REQUIRED) {
    return "Add funds in EasyPost's dashboard under Billing; shipping goes on by itself.";
  }
  if (code?.startsWith("MODE.") === true) {
    return "Set SHIPPING_API_KEY to a key of the mode that the account's objects have (test or production).";
  }
  if (status === 401 || status === 403) {
    return "Set SHIPPING_API_KEY to a valid key from EasyPost's dashboard under API Keys.";
  }
  return null;
}

/** An answer that was a success by its status and cannot be used. */
export function unusable(operation: string, kind: "malformed" | "outcome_unknown"): RemoteError {
  return new RemoteError({
    remote: "shipping",
    operation,
    kind,
    message: `EasyPost: the answer to ${operation} lacks what the API documents`,
  });
}
