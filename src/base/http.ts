/**
 * One HTTP call with a deadline and a size limit, and an honest answer to the only question that matters when it fails:
 * may the other side have acted? A write that may have been sent fails as `outcome_unknown`; a read, or a write whose
 * connection was never made, fails as `unavailable`. Statuses are the caller's business: any complete answer is returned.
 * Nothing is retried here and redirects are not followed.
 */
import { validateHeaderValue } from "node:http";
import type { DurationMs, Instant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import { type Remote, RemoteError } from "./errors.ts";
import { exchange, type HttpHeaders } from "./exchange.ts";

export interface HttpRequest {
  readonly remote: Remote;
  /** For errors and logs, e.g. `POST /shipments`; no ids of people, no query. */
  readonly operation: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether the call changes something at the other side. GraphQL reads are POSTs and still reads. */
  readonly effect: "read" | "write";
  /** Over all: connect, send, wait and read. */
  readonly timeoutMs: DurationMs;
  readonly bodyBytesMax: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly bytes: Uint8Array;
}

/** Codes of Node and the system that mean: no byte of the request left (Node 24, tried 2026-11-25). */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ERR_INVALID_URL",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/**
 * These mean the same only when they end the connecting. A route can also vanish under a connection that was made: then the
 * failing call is `read` or `write`, and the request may be at the other side.
 */
const NEVER_SENT_WHILE_CONNECTING = new Set(["EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"]);
const CONNECTING = new Set(["connect", "getaddrinfo"]);

/** How clients make a call. `callHttp` is the real one; a simulation hands in its own network. */
export type HttpCall = (request: HttpRequest) => Promise<HttpResponse>;

/** Throws `RemoteError` of kind `unavailable`, `outcome_unknown` or `malformed` (answer over the size limit, of a read). */
export async function callHttp(request: HttpRequest): Promise<HttpResponse> {
  checkHeaders(request);
  const deadline = AbortSignal.timeout(request.timeoutMs);
  try {
    const { method, url, headers, body, bodyBytesMax } = request;
    const answer = await exchange({ method, url, headers, body, signal: deadline, bodyBytesMax });
    const { bytes } = answer;
    if (bytes === null) {
      throw failedCall(request, "malformed", `answered with more than ${request.bodyBytesMax} bytes`, undefined);
    }
    return { ...answer, bytes };
  } catch (error) {
    if (error instanceof RemoteError) {
      throw error;
    }
    const code = findCode(error);
    const neverSent = wasNeverSent(error);
    const lost = neverSent ? "cannot connect" : "the connection was lost";
    const why = deadline.aborted
      ? `no answer in ${Math.round(request.timeoutMs / 1_000)}s`
      : `${lost}${code === null ? "" : ` (${code})`}`;
    throw failedCall(request, neverSent ? "never_sent" : "unavailable", why, error);
  }
}

/**
 * Outside of the call, because nothing was sent when this fails, and without a cause, because an error about a credential
 * with a line break in it may repeat what it is about.
 */
function checkHeaders(request: HttpRequest): void {
  try {
    for (const [name, value] of Object.entries(request.headers)) {
      validateHeaderValue(name, value);
    }
  } catch {
    throw new RemoteError({
      remote: request.remote,
      operation: request.operation,
      kind: "unavailable",
      message: `${request.operation}: a header holds a character that cannot be sent`,
      code: "ERR_INVALID_HEADER",
      remedy: "set the credential anew: it holds a line break or another unprintable character",
    });
  }
}

/** What a call without a usable answer means for the caller: the one place where that is decided. */
export function failedCall(
  request: HttpRequest,
  what: "never_sent" | "unavailable" | "malformed",
  why: string,
  cause: unknown,
): RemoteError {
  const mayHaveActed = request.effect === "write" && what !== "never_sent";
  const kind = mayHaveActed ? "outcome_unknown" : what === "malformed" ? "malformed" : "unavailable";
  return new RemoteError(
    {
      remote: request.remote,
      operation: request.operation,
      kind,
      message: `${request.operation}: ${why}`,
      code: findCode(cause),
    },
    { cause },
  );
}

/** Whether an error says that no byte of the request left. When in doubt it may have: `false`. */
export function wasNeverSent(error: unknown): boolean {
  const found = findSystemError(error);
  if (found === null) {
    return false;
  }
  if (!NEVER_SENT_WHILE_CONNECTING.has(found.code)) {
    return NEVER_SENT.has(found.code);
  }
  // Where a name has several addresses, Node tries them all and throws one error with those of all tries.
  const tries: readonly unknown[] = found instanceof AggregateError ? found.errors : [found];
  return tries.length > 0 && tries.every(isOfConnecting);
}

function isOfConnecting(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && CONNECTING.has(String(error.syscall));
}

function findCode(error: unknown): string | null {
  return findSystemError(error)?.code ?? null;
}

/** The first error with a system code in the chain of causes. */
function findSystemError(error: unknown): (Error & { readonly code: string }) | null {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if (hasCode(current)) {
      return current;
    }
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return null;
}

function hasCode(error: Error): error is Error & { readonly code: string } {
  return "code" in error && typeof error.code === "string";
}

/**
 * `Retry-After` as an instant: seconds or an HTTP date. `null` when absent or nonsense; at most `capMs` ahead, because a
 * remote that says "next year" must not stop a shop.
 */
export function readRetryAfter(headers: HttpHeaders, clock: Clock, capMs: DurationMs): Instant | null {
  const value = headers.get("retry-after");
  if (value === null) {
    return null;
  }
  const now = clock.now();
  const at = readInstant(value, now);
  return at === null ? null : Math.min(Math.max(at, now), now + capMs);
}

/**
 * The two forms of RFC 9110 §10.2.3, and fractions of a second (`2.0`), which some send. Strict, because
 * `Date.parse` finds a day in words such as `try 5`.
 */
function readInstant(value: string, now: Instant): Instant | null {
  if (/^\d+(\.\d+)?$/.test(value)) {
    return now + Number(value) * 1_000;
  }
  const at = /^[A-Za-z]+, .+ GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
