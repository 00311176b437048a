/**
 * EasyPost's HTTP (API v2, docs.easypost.com and @easypost/api 8.9.0, read 2026-11-22): Basic auth, JSON in and out, every
 * failure as a `RemoteError` with the right kind. Knows nothing of shipments.
 *
 * GET is repeated when the network or EasyPost fails; POST never is, whatever it does: a repeated purchase is decided by
 * the caller, after a read. A 429 is not waited for here either: the caller learns when to come back.
 */

import { RemoteError } from "../../base/errors.ts";
import type { HttpHeaders } from "../../base/exchange.ts";
import { callHttp, type HttpCall, type HttpRequest, type HttpResponse, readRetryAfter } from "../../base/http.ts";
import type { Log } from "../../base/log.ts";
import type { Secret } from "../../base/secret.ts";
import { type DurationMs, type Instant, MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import type { Clock } from "../../ports/clock.ts";
import { classifyError, codeOf, describeError, readError, remedyFor } from "./failures.ts";
import { asFields, type Fields } from "./fields.ts";

/** Reads are answered from EasyPost's database, recorded in well under a second. */
export const READ_TIMEOUT_MS: DurationMs = 10 * SECOND_MS;
/** Rating and buying wait for carriers: recorded 0.2 to 0.8 s, but up to 60 accounts are asked. */
export const CARRIER_TIMEOUT_MS: DurationMs = 30 * SECOND_MS;
/** A label of at most ten megabytes over a slow line. */
const DOWNLOAD_TIMEOUT_MS: DurationMs = 30 * SECOND_MS;
/** Two repeats: a restart of EasyPost's front end is over by then, a real outage is the scheduler's business. */
export const READ_ATTEMPTS_MAX = 3;
/** Doubled before each repeat. */
export const READ_BACKOFF_MS: DurationMs = 300;
/** A shipment with all rates of 60 carrier accounts is some hundred kilobytes. */
const JSON_BYTES_MAX = 5 * 1024 * 1024;
/** Recorded labels have 20 to 200 kilobytes. */
export const LABEL_BYTES_MAX = 10 * 1024 * 1024;
/** When a 429 does not say when to come back: EasyPost gives no number either. */
export const THROTTLE_DEFAULT_MS: DurationMs = 5 * SECOND_MS;
/** The longest that a `Retry-After` is believed. */
const THROTTLE_MAX_MS: DurationMs = 15 * MINUTE_MS;
/** The support id: letters, digits and dashes; anything else is not worth keeping. */
const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

export interface PostCall {
  /** For errors and logs: `POST /shipments/{id}/buy`. */
  readonly operation: string;
  readonly path: string;
  readonly body: Fields;
  /** `read` where a repeat and a lost answer are harmless: new rates, a tracker that is only looked up. */
  readonly effect: "read" | "write";
  readonly timeoutMs: DurationMs;
}

/** All three throw `RemoteError` and nothing else. */
export interface EasyPostClient {
  /** `path` begins with a slash and may carry a query. May be called at any time. */
  get(operation: string, path: string): Promise<Fields>;
  /** Sent once. Of kind `outcome_unknown` when a write may have been carried out. */
  post(call: PostCall): Promise<Fields>;
  /** A file from an address that EasyPost gave. The key is not sent along: labels lie with a storage company. */
  download(url: string): Promise<Uint8Array>;
}

export interface EasyPostClientOptions {
  /** With the version: `https://api.easypost.com/v2`. */
  readonly baseUrl: string;
  readonly apiKey: Secret;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: HTTP. */
  readonly call?: HttpCall;
}

export function createClient(options: EasyPostClientOptions): EasyPostClient {
  const { call: send = callHttp } = options;
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const headers = (): Record<string, string> => ({
    // The key is the user, the password is empty.
    authorization: `Basic ${Buffer.from(`${options.apiKey.reveal()}:`).toString("base64")}`,
    accept: "application/json",
  });
  return {
    get: (operation, path) =>
      repeatRead(options, operation, async () => {
        const request: HttpRequest = {
          remote: "shipping",
          operation,
          method: "GET",
          url: baseUrl + path,
          headers: headers(),
          effect: "read",
          timeoutMs: READ_TIMEOUT_MS,
          bodyBytesMax: JSON_BYTES_MAX,
        };
        return readJson(request, await send(request), options.clock);
      }),
    post: async (call) => {
      const request: HttpRequest = {
        remote: "shipping",
        operation: call.operation,
        method: "POST",
        url: baseUrl + call.path,
        headers: { ...headers(), "content-type": "application/json" },
        body: JSON.stringify(call.body),
        effect: call.effect,
        timeoutMs: call.timeoutMs,
        bodyBytesMax: JSON_BYTES_MAX,
      };
      return readJson(request, await send(request), options.clock);
    },
    download: (url) =>
      repeatRead(options, "GET label file", () => readFile(send, checkFileUrl(url, baseUrl), options.clock)),
  };
}

/** Repeats what failed as `unavailable`, at most `READ_ATTEMPTS_MAX` times in all. */
async function repeatRead<T>(
  { clock, log }: EasyPostClientOptions,
  operation: string,
  read: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      const passes = error instanceof RemoteError && error.kind === "unavailable" && error.retryAt === null;
      if (!passes || attempt >= READ_ATTEMPTS_MAX) {
        throw error;
      }
      log.debug("shipping read is repeated", { operation, attempt, code: error.code, requestId: error.requestId });
      await clock.sleep(READ_BACKOFF_MS * 2 ** (attempt - 1));
    }
  }
}

/** The object of a 2xx answer. Throws `RemoteError` for everything else. */
function readJson(request: HttpRequest, response: HttpResponse, clock: Clock): Fields {
  const requestId = readRequestId(response.headers);
  const body = parseJson(response.bytes);
  if (response.status < 200 || response.status > 299) {
    throw toRemoteError(request, response, body, clock);
  }
  const fields = asFields(body);
  if (fields === null) {
    throw unreadable(request, "no JSON object", requestId);
  }
  return fields;
}

/** A 2xx that cannot be used: of a write it means that the thing was probably done. */
function unreadable(request: HttpRequest, what: string, requestId: string | null): RemoteError {
  return new RemoteError({
    remote: request.remote,
    operation: request.operation,
    kind: request.effect === "write" ? "outcome_unknown" : "malformed",
    message: `EasyPost: ${request.operation} was answered with ${what}`,
    requestId,
  });
}

function toRemoteError(request: HttpRequest, response: HttpResponse, body: unknown, clock: Clock): RemoteError {
  const { status, headers } = response;
  const error = readError(body);
  const code = codeOf(status, error);
  const kind = classifyError(status, error.code, request.effect);
  const requestId = readRequestId(headers);
  const remedy = remedyFor(status, error.code);
  const what = describeError(status, error, requestId);
  return new RemoteError({
    remote: request.remote,
    operation: request.operation,
    kind,
    // Outcomes carry the message only, so what to do stands in it.
    message: remedy === null ? what : `${what}. ${remedy}`,
    code,
    retryAt: readRetryAt(kind, headers, clock),
    requestId,
    remedy,
  });
}

function readRetryAt(kind: string, headers: HttpHeaders, clock: Clock): Instant | null {
  const asked = readRetryAfter(headers, clock, THROTTLE_MAX_MS);
  if (kind === "throttled") {
    return asked ?? clock.now() + THROTTLE_DEFAULT_MS;
  }
  return kind === "unavailable" ? asked : null;
}

function readRequestId(headers: HttpHeaders): string | null {
  const id = headers.get("x-ep-request-uuid");
  return id !== null && REQUEST_ID.test(id) ? id : null;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return null;
  }
}

async function readFile(send: HttpCall, url: string, clock: Clock): Promise<Uint8Array> {
  const request: HttpRequest = {
    remote: "shipping",
    operation: "GET label file",
    method: "GET",
    url,
    headers: {},
    effect: "read",
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    bodyBytesMax: LABEL_BYTES_MAX,
  };
  const response = await send(request);
  const { status } = response;
  if (status >= 200 && status <= 299) {
    return response.bytes;
  }
  // Storage has its own error pages. 403 and 404 mean that the file is gone, not that our key is wrong.
  const kind = status >= 500 ? "unavailable" : status === 429 ? "throttled" : status >= 400 ? "missing" : "malformed";
  throw new RemoteError({
    remote: "shipping",
    operation: request.operation,
    kind,
    message: `The label file was answered with HTTP ${status}`,
    retryAt: readRetryAt(kind, response.headers, clock),
  });
}

/**
 * Labels come over https, from any host: EasyPost keeps them at a storage company. Without encryption only from the very
 * server that we talk to, on this machine: the sandbox. Throws `RemoteError` of kind `malformed` for all others, so that
 * no answer can send us to an address inside the shop's network by plain http.
 */
function checkFileUrl(url: string, baseUrl: string): string {
  const target = URL.canParse(url) ? new URL(url) : null;
  const base = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  const isSandbox = target?.protocol === "http:" && isLoopback(target.hostname) && target.host === base?.host;
  if (target === null || (target.protocol !== "https:" && !isSandbox)) {
    throw new RemoteError({
      remote: "shipping",
      operation: "GET label file",
      kind: "malformed",
      message: "EasyPost gave an address for the label that is not https",
    });
  }
  return target.href;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
