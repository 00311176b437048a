/**
 * What an answer of the Admin API amounts to. Shopify says most of it in the body of a 200, some of it in the status, and
 * proxies before it answer in HTML. The one question behind every branch is whether a mutation may have run: whatever is
 * not surely a refusal before execution is `outcome_unknown` (facts of 2026-11-22, recorded answers). Pure but for the
 * clock, which turns waits into instants.
 */
import { RemoteError } from "../base/errors.ts";
import { type HttpResponse, readRetryAfter } from "../base/http.ts";
import { hideSecrets } from "../base/secret.ts";
import type { FailureKind } from "../core/failure.ts";
import { type DurationMs, type Instant, MINUTE_MS, SECOND_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import { type CostReport, readCost, throttleWaitMs } from "./cost-report.ts";
import { isJson, type Json } from "./json.ts";
import type { Operation } from "./operations.ts";

export interface FailedAnswer {
  readonly outcome: "failed";
  readonly error: RemoteError;
  readonly cost: CostReport | null;
  /** The token was not accepted, hence nothing was executed: with another one the call may be repeated. */
  readonly tokenRefused: boolean;
}

export type Answer<Data> =
  | { readonly outcome: "data"; readonly data: Data; readonly cost: CostReport | null }
  | FailedAnswer;

/** A shop that asks for more is not obeyed: an hour of silence would look like a crash. */
const RETRY_AFTER_CAP_MS: DurationMs = MINUTE_MS;
/** "Recommended backoff is one second" (Shopify usage/limits, read 2026-11-22). */
export const THROTTLE_WAIT_MS: DurationMs = SECOND_MS;
/** Enough to tell what is wrong, too short to carry a document. */
const MESSAGE_LENGTH_MAX = 200;

type AnyOperation = Pick<Operation<unknown, unknown>, "name" | "kind">;

/** Reads a complete HTTP answer. The types of the data are trusted here and checked where they are used. */
export function readAnswer<Variables, Data>(
  operation: Operation<Variables, Data>,
  response: HttpResponse,
  clock: Clock,
): Answer<Data> {
  const context: Context = { operation, requestId: response.headers.get("x-request-id"), cost: null };
  if (response.status < 200 || response.status >= 300) {
    return readStatus(context, response, clock);
  }
  const body = parseBody(response.bytes);
  if (body === null) {
    return fail(context, unclear(operation), "the answer is not the JSON that Shopify promises", {});
  }
  return readBody<Data>({ ...context, cost: readCost(body) }, body, clock);
}

interface Context {
  readonly operation: AnyOperation;
  readonly requestId: string | null;
  readonly cost: CostReport | null;
}

interface Details {
  readonly code?: string | null;
  readonly retryAt?: Instant;
  readonly remedy?: string;
  readonly tokenRefused?: boolean;
}

function fail(context: Context, kind: FailureKind, why: string, details: Details): FailedAnswer {
  const { operation, requestId, cost } = context;
  const { tokenRefused, ...rest } = details;
  const message = `${operation.name}: ${why}`;
  return {
    outcome: "failed",
    error: new RemoteError({ remote: "shopify", operation: operation.name, kind, message, requestId, ...rest }),
    cost,
    tokenRefused: tokenRefused ?? false,
  };
}

/** An answer that cannot be used: a read is repeated or given up, a mutation may have happened. */
function unclear(operation: AnyOperation): FailureKind {
  return operation.kind === "mutation" ? "outcome_unknown" : "malformed";
}

function down(operation: AnyOperation): FailureKind {
  return operation.kind === "mutation" ? "outcome_unknown" : "unavailable";
}

// ---------------------------------------------------------------------------------------------------------------
// By status

const REMEDY_TOKEN =
  "Check SHOPIFY_ACCESS_TOKEN (or SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET): Shopify does not accept it for this shop.";
const REMEDY_SHOP_URL = "Check SHOPIFY_SHOP_URL and SHOPIFY_API_VERSION: there is no Admin API at that address.";

/** Statuses that stop everything until a person acts (Shopify api/usage/response-codes, read 2026-11-22). */
const ACCOUNT_STATUSES: Readonly<Record<number, string>> = {
  402: "The shop is frozen for an unpaid bill: its owner has to settle it with Shopify.",
  403: "Shopify forbids this app to act in the shop: check that the app is installed and has its scopes.",
  423: "Shopify has locked the shop: its owner has to ask Shopify's support.",
};

function readStatus(context: Context, response: HttpResponse, clock: Clock): FailedAnswer {
  const { status } = response;
  const code = String(status);
  const why = `Shopify answered ${status}`;
  const accountRemedy = ACCOUNT_STATUSES[status];
  if (status === 401) {
    return fail(context, "unauthorized", why, { code, remedy: REMEDY_TOKEN, tokenRefused: true });
  }
  if (accountRemedy !== undefined) {
    return fail(context, "unauthorized", why, { code, remedy: accountRemedy });
  }
  // Redirects are those of a renamed or closed shop; they are not followed and nothing was executed.
  if (status === 404 || status < 400) {
    return fail(context, "unauthorized", why, { code, remedy: REMEDY_SHOP_URL });
  }
  if (status === 429 || status === 430) {
    const retryAt = readRetryAfter(response.headers, clock, RETRY_AFTER_CAP_MS) ?? clock.now() + THROTTLE_WAIT_MS;
    return fail(context, "throttled", why, { code, retryAt });
  }
  if (status >= 500 || status === 408) {
    return fail(context, down(context.operation), why, { code });
  }
  return fail(context, context.operation.kind === "mutation" ? "rejected" : "malformed", why, { code });
}

// ---------------------------------------------------------------------------------------------------------------
// By body

function readBody<Data>(context: Context, body: Json, clock: Clock): Answer<Data> {
  const errors = body["errors"];
  if (typeof errors === "string") {
    return fail(context, "unauthorized", clip(errors), { remedy: REMEDY_TOKEN });
  }
  if (errors !== undefined && errors !== null && !(Array.isArray(errors) && errors.every(isJson))) {
    return fail(context, unclear(context.operation), "the answer's errors are not what Shopify promises", {});
  }
  const list = (errors ?? []) as readonly Json[];
  if (list.length > 0) {
    return readErrors(context, list, body["data"], clock);
  }
  const data = body["data"];
  if (!isJson(data)) {
    return fail(context, unclear(context.operation), "the answer has no data", {});
  }
  const warning = findSearchWarning(body);
  if (warning !== null) {
    // Shopify ignores what it does not understand and answers with everything: nothing of this may be used.
    return fail(context, unclear(context.operation), `Shopify did not understand the search (${warning})`, {
      code: "search_warning",
    });
  }
  return { outcome: "data", data: data as Data, cost: context.cost };
}

interface ReadError {
  readonly kind: FailureKind;
  readonly why: string;
  readonly details: Details;
}

/** One failure out of several errors: what is worst for money first, then what tells the operator most. */
const PRECEDENCE: readonly FailureKind[] = [
  "outcome_unknown",
  "throttled",
  "unauthorized",
  "unavailable",
  "malformed",
  "rejected",
  "missing",
];

function readErrors(context: Context, errors: readonly Json[], data: unknown, clock: Clock): FailedAnswer {
  if (context.operation.kind === "mutation" && mayHaveRun(errors, data)) {
    const code = errors.map(codeOf).find((value) => value !== null) ?? null;
    return fail(context, "outcome_unknown", `failed while it ran (${code ?? "no code"})`, { code });
  }
  const read = errors.map((error) => readError(context, error, clock));
  read.sort((a, b) => PRECEDENCE.indexOf(a.kind) - PRECEDENCE.indexOf(b.kind));
  const worst = read[0];
  return worst === undefined
    ? fail(context, unclear(context.operation), "the answer's errors are empty", {})
    : fail(context, worst.kind, worst.why, worst.details);
}

/**
 * A mutation that was refused before it ran has no data, and its errors point at the mutation as a whole. An error deeper
 * down, or data beside it, comes from reading back what the mutation has done.
 */
function mayHaveRun(errors: readonly Json[], data: unknown): boolean {
  if (isJson(data) && Object.values(data).some((value) => value !== null)) {
    return true;
  }
  return errors.some((error) => {
    const path = Array.isArray(error["path"]) ? (error["path"] as readonly unknown[]) : [];
    // Static validation gives paths such as ["mutation FulfillmentCreate", "fulfillmentCreate", "x"].
    return path.length > 1 && !/^(?:mutation|query|fragment)\b/.test(textOf(path[0]));
  });
}

const DOWN_CODES: ReadonlySet<string> = new Set(["INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"]);
/** Codes that surely come before execution; those of static validation are in camel case (`undefinedField`). */
const REFUSAL_CODES: ReadonlySet<string> = new Set([
  "BAD_REQUEST",
  "INVALID",
  "INVALID_VARIABLE",
  "MAX_COST_EXCEEDED",
  "MAX_INPUT_SIZE_EXCEEDED",
]);

function readError(context: Context, error: Json, clock: Clock): ReadError {
  const { operation } = context;
  const code = codeOf(error);
  const text = clip(textOf(error["message"]));
  if (code === "THROTTLED") {
    return {
      kind: "throttled",
      why: "Shopify's rate limit is reached",
      details: { code, retryAt: clock.now() + (throttleWaitMs(context.cost) ?? THROTTLE_WAIT_MS) },
    };
  }
  if (code === "ACCESS_DENIED" || code === "SHOP_INACTIVE" || /^This app is not approved/.test(text)) {
    return { kind: "unauthorized", why: text, details: { code, remedy: accessRemedy(error, text) } };
  }
  if (code !== null && DOWN_CODES.has(code)) {
    return { kind: down(operation), why: `Shopify failed (${code})`, details: { code } };
  }
  if (code === "RESOURCE_NOT_FOUND") {
    return { kind: "missing", why: text, details: { code } };
  }
  if (operation.kind === "query") {
    return { kind: "malformed", why: text, details: { code } };
  }
  const refused = code !== null && (REFUSAL_CODES.has(code) || /^[a-z][A-Za-z]*$/.test(code));
  return { kind: refused ? "rejected" : "outcome_unknown", why: text, details: { code } };
}

/** What the operations of `src/shopify` need at a shop with locations of its own; the README names the same. */
export const ACCESS_SCOPES: readonly string[] = [
  "read_orders",
  "write_orders",
  "read_merchant_managed_fulfillment_orders",
  "write_merchant_managed_fulfillment_orders",
  "read_fulfillments",
  "write_fulfillments",
  "read_locations",
];

function accessRemedy(error: Json, text: string): string {
  if (/^This app is not approved/.test(text)) {
    return "Give the app access to protected customer data (name, address, phone, e-mail) in its API access settings.";
  }
  const extensions = error["extensions"];
  const needed = isJson(extensions) ? extensions["requiredAccess"] : null;
  const words = `${typeof needed === "string" ? needed : ""} ${text}`.match(/`[a-z_]+`/g) ?? [];
  const scopes = [...new Set(words.map((word) => word.slice(1, -1)))];
  return scopes.length === 0
    ? `Give the app all the access scopes that it needs and install it again: ${ACCESS_SCOPES.join(", ")}.`
    : `Give the app the access scope ${scopes.join(" or ")} and install it again.`;
}

function codeOf(error: Json): string | null {
  const extensions = error["extensions"];
  const code = isJson(extensions) ? extensions["code"] : null;
  return typeof code === "string" ? code : null;
}

function findSearchWarning(body: Json): string | null {
  const extensions = body["extensions"];
  const searches = isJson(extensions) ? extensions["search"] : null;
  for (const search of Array.isArray(searches) ? (searches as readonly unknown[]) : []) {
    const warnings = isJson(search) ? search["warnings"] : null;
    const warning: unknown = Array.isArray(warnings) ? warnings[0] : undefined;
    if (isJson(warning)) {
      return clip(`${textOf(warning["code"]) || "warning"} of ${textOf(warning["field"]) || "a field"}`);
    }
  }
  return null;
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

function parseBody(bytes: Uint8Array): Json | null {
  try {
    const value = JSON.parse(UTF_8.decode(bytes)) as unknown;
    return isJson(value) ? value : null;
  } catch {
    return null;
  }
}

/** Not `String`: an object whose `toString` is a number cannot be made a text, and lists may be deeper than the stack. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** One line of bounded length. Should it repeat our token, that goes before the cut: half a token would not be known. */
function clip(text: string): string {
  const line = hideSecrets(text).replaceAll(/\s+/g, " ").trim();
  return line.length > MESSAGE_LENGTH_MAX ? `${line.slice(0, MESSAGE_LENGTH_MAX)}…` : line;
}
