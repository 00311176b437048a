/**
 * What Shopify's user errors mean. Most mutations that we use give no code with them, only a sentence in English, so this
 * file is the one place where text of the outside is looked at: recorded sentences (facts of 2026-11-22) become kinds, and
 * every other sentence is `rejected`, which parks the order for a person. Nothing of a mutation with user errors happened.
 */
import { hideSecrets } from "../base/secret.ts";
import type { Failure, FailureKind, Outcome } from "../core/failure.ts";
import { isJson } from "./json.ts";
import type { UserErrorNode } from "./operations.ts";

const MESSAGE_LENGTH_MAX = 300;

type UserError = UserErrorNode & { readonly code?: string | null };

interface Meaning {
  readonly pattern: RegExp;
  readonly kind: FailureKind;
  readonly remedy?: string;
}

const FULFILMENT_MEANINGS: readonly Meaning[] = [
  // "Fulfillment order 123 has an unfulfillable status= closed.": shipped, held or cancelled since it was read.
  { pattern: /unfulfillable status/i, kind: "stale" },
  { pattern: /^fulfillment order (?:line item )?does not exist/i, kind: "stale" },
  {
    pattern: /does not have access to the fulfillment order/i,
    kind: "unauthorized",
    remedy: "Give the app the access scope write_merchant_managed_fulfillment_orders and install it again.",
  },
  {
    pattern: /^fulfillment does not exist|could not find the fulfillment|fulfillment (?:was )?not found/i,
    kind: "missing",
  },
];

/** The errors of an answer that may hold anything; `null` when that is no list of errors. */
function listErrors(errors: readonly UserError[] | null | undefined): readonly UserError[] | null {
  const list: unknown = errors ?? [];
  return Array.isArray(list) && list.every((error) => isJson(error) && typeof error["message"] === "string")
    ? (list as readonly UserError[])
    : null;
}

/** The refusal that user errors amount to, `null` when there are none, unknown when they are not as Shopify promises. */
export function readUserErrors(
  operation: string,
  given: readonly UserError[] | null | undefined,
): Outcome<never> | null {
  const errors = listErrors(given);
  if (errors === null) {
    return noResult(operation);
  }
  const first = errors[0];
  if (first === undefined) {
    return null;
  }
  if (errors.some((error) => error.code === "STALE_OBJECT")) {
    return refused({ kind: "stale", message: `${operation}: it was changed meanwhile`, code: "STALE_OBJECT" });
  }
  for (const { message, code } of errors) {
    const meaning = FULFILMENT_MEANINGS.find(({ pattern }) => pattern.test(message));
    if (meaning !== undefined) {
      const { kind, remedy } = meaning;
      return refused({ kind, message: `${operation}: ${clip(message)}`, code: codeOf(code), remedy: remedy ?? null });
    }
  }
  return refused({ kind: "rejected", message: `${operation}: ${clip(first.message)}`, code: codeOf(first.code) });
}

function codeOf(code: unknown): string | null {
  return typeof code === "string" ? clip(code) : null;
}

/** "Address for this topic has already been taken": the subscription is there. */
export function isAlreadyTaken(errors: readonly UserErrorNode[] | null | undefined): boolean {
  return listErrors(errors)?.some((error) => /has already been taken/i.test(error.message)) ?? false;
}

/** What was to be deleted is not there. */
export function isGone(errors: readonly UserErrorNode[] | null | undefined): boolean {
  return listErrors(errors)?.some((error) => /does not exist|not found/i.test(error.message)) ?? false;
}

export function refused(
  failure: Pick<Failure, "kind" | "message"> & Partial<Pick<Failure, "code" | "remedy">>,
): Outcome<never> {
  return { outcome: "refused", failure: { code: null, retryAt: null, remedy: null, ...failure } };
}

/** A 200 in which the mutation's result is missing: it may have run. */
export function noResult(operation: string): Outcome<never> {
  const message = `${operation}: the answer does not say what happened`;
  const failure: Failure = { kind: "outcome_unknown", message, code: null, retryAt: null, remedy: null };
  return { outcome: "unknown", failure };
}

/** One line of bounded length. Should it repeat our token, that goes before the cut: half a token would not be known. */
function clip(text: string): string {
  const line = hideSecrets(text).replaceAll(/\s+/g, " ").trim();
  return line.length > MESSAGE_LENGTH_MAX ? `${line.slice(0, MESSAGE_LENGTH_MAX)}…` : line;
}
