/**
 * The access token. Either one that never ends (an app made in the shop's admin before 2026), or one that lives for a day
 * and is got with the app's client id and secret (client credentials grant; Shopify docs client-credentials-grant, read
 * 2026-11-22):
 *
 *   none ──call──► fetching ──answer──► fresh ──80 % of its life──► due ──call──► fetching …
 *                                         └──the shop refuses it──► none
 *
 * However many callers want one at a moment, one request is made. While a token is due but still valid, a failed renewal
 * is logged and the old token used on. Tokens live in memory only: a crash costs one request at the next start.
 */
import { RemoteError } from "../base/errors.ts";
import { callHttp, type HttpCall, type HttpResponse, readRetryAfter } from "../base/http.ts";
import type { Log } from "../base/log.ts";
import { Secret } from "../base/secret.ts";
import { type DurationMs, type Instant, MINUTE_MS, SECOND_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";

export type ShopifyAuth =
  | { readonly kind: "token"; readonly token: Secret }
  | { readonly kind: "client_credentials"; readonly clientId: string; readonly clientSecret: Secret };

export interface TokenSource {
  /** The token to use now. Throws `RemoteError` when none can be got. */
  current(): Promise<Secret>;
  /** The shop refused this one: whether another can be had, which `current` then gives. Throws like `current`. */
  replace(refused: Secret): Promise<boolean>;
}

const OPERATION = "access token";
const TOKEN_TIMEOUT_MS: DurationMs = 15 * SECOND_MS;
/** Everything waits for this call, so a passing trouble is bridged here. */
const TOKEN_TRIES = 3;
/** A real answer has 200 bytes. */
const TOKEN_BYTES_MAX = 64 * 1024;
const RENEW_AT_SHARE = 0.8;
const RENEW_BEFORE_END_MS: DurationMs = 5 * MINUTE_MS;
/** However short a token lives, half of that is used, so that short lives do not make every call fetch one. */
const RENEW_SHARE_MIN = 0.5;
/** After a failed renewal of a token that is still valid. */
const RENEW_PAUSE_MS: DurationMs = MINUTE_MS;
const RETRY_AFTER_CAP_MS: DurationMs = MINUTE_MS;

export function createTokenSource(options: {
  /** `https://my-shop.myshopify.com`, no slash at the end. */
  readonly baseUrl: string;
  readonly auth: ShopifyAuth;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: HTTP. */
  readonly call?: HttpCall;
}): TokenSource {
  const { auth, call = callHttp } = options;
  if (auth.kind === "token") {
    return { current: async () => auth.token, replace: async () => false };
  }
  return new ClientCredentialsTokens(
    options.baseUrl,
    auth.clientId,
    auth.clientSecret,
    options.clock,
    options.log,
    call,
  );
}

interface HeldToken {
  readonly token: Secret;
  readonly renewAt: Instant;
  readonly endsAt: Instant;
}

class ClientCredentialsTokens implements TokenSource {
  readonly #baseUrl: string;
  readonly #clientId: string;
  readonly #clientSecret: Secret;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #call: HttpCall;
  #held: HeldToken | null = null;
  #fetching: Promise<HeldToken> | null = null;
  #renewNotBefore: Instant = 0;

  constructor(baseUrl: string, clientId: string, clientSecret: Secret, clock: Clock, log: Log, call: HttpCall) {
    this.#baseUrl = baseUrl;
    this.#clientId = clientId;
    this.#clientSecret = clientSecret;
    this.#clock = clock;
    this.#log = log;
    this.#call = call;
  }

  async current(): Promise<Secret> {
    const held = this.#held;
    const now = this.#clock.now();
    if (held === null || now >= held.endsAt) {
      return (await this.#fetch()).token;
    }
    if (now < held.renewAt || now < this.#renewNotBefore) {
      return held.token;
    }
    try {
      return (await this.#fetch()).token;
    } catch (error) {
      if (!(error instanceof RemoteError)) {
        throw error;
      }
      this.#renewNotBefore = this.#clock.now() + RENEW_PAUSE_MS;
      this.#log.warn("access token could not be renewed yet", {
        remote: "shopify",
        kind: error.kind,
        code: error.code,
      });
      return held.token;
    }
  }

  async replace(refused: Secret): Promise<boolean> {
    // Compared by identity: another caller may have replaced it already, and its successor is not to be thrown away.
    if (this.#held?.token === refused) {
      this.#held = null;
    }
    await this.current();
    return true;
  }

  /** One request for all who wait. */
  #fetch(): Promise<HeldToken> {
    this.#fetching ??= this.#requestPatiently().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  async #requestPatiently(): Promise<HeldToken> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#request();
      } catch (error) {
        const passing = error instanceof RemoteError && (error.kind === "unavailable" || error.kind === "throttled");
        if (!passing || tries >= TOKEN_TRIES) {
          throw error;
        }
        const waitMs = error.retryAt === null ? tries * SECOND_MS : error.retryAt - this.#clock.now();
        await this.#clock.sleep(Math.max(0, waitMs));
      }
    }
  }

  async #request(): Promise<HeldToken> {
    const askedAt = this.#clock.now();
    const response = await this.#send();
    const { token, lifeMs } = readTokenAnswer(response, this.#clock);
    const renewAfterMs = Math.max(
      Math.min(lifeMs * RENEW_AT_SHARE, lifeMs - RENEW_BEFORE_END_MS),
      lifeMs * RENEW_SHARE_MIN,
    );
    this.#held = { token, renewAt: askedAt + renewAfterMs, endsAt: askedAt + lifeMs };
    return this.#held;
  }

  #send(): Promise<HttpResponse> {
    const answer = this.#call({
      remote: "shopify",
      operation: OPERATION,
      method: "POST",
      url: `${this.#baseUrl}/admin/oauth/access_token`,
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: this.#clientId,
        client_secret: this.#clientSecret.reveal(),
      }).toString(),
      // A second token does no harm, so the call may be repeated like a read.
      effect: "read",
      timeoutMs: TOKEN_TIMEOUT_MS,
      bodyBytesMax: TOKEN_BYTES_MAX,
    });
    return answer.catch((error: unknown) => {
      throw error instanceof RemoteError && error.kind === "malformed"
        ? unreadable(`the answer has more than ${TOKEN_BYTES_MAX} bytes`, error)
        : error;
    });
  }
}

function readTokenAnswer(
  response: HttpResponse,
  clock: Clock,
): { readonly token: Secret; readonly lifeMs: DurationMs } {
  const { status } = response;
  const body = parseObject(response.bytes);
  if (status === 429) {
    const retryAt = readRetryAfter(response.headers, clock, RETRY_AFTER_CAP_MS) ?? clock.now() + SECOND_MS;
    throw tokenError("throttled", `Shopify answered ${status}`, { code: null, retryAt });
  }
  if (status >= 500) {
    throw tokenError("unavailable", `Shopify answered ${status}`, { code: String(status) });
  }
  if (status < 200 || status >= 300) {
    const code = readErrorCode(body) ?? String(status);
    throw tokenError("unauthorized", `Shopify gives this app no access token (${code})`, {
      code,
      remedy:
        status === 404 || (status >= 300 && status < 400)
          ? "Check SHOPIFY_SHOP_URL: there is no such shop at that address."
          : "Check SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET; the app must be installed in this shop and belong to its organization.",
    });
  }
  const token = body?.["access_token"];
  const expiresIn = body?.["expires_in"];
  if (typeof token !== "string" || token === "" || typeof expiresIn !== "number" || !(expiresIn > 0)) {
    throw unreadable("the answer has no access_token with expires_in", undefined);
  }
  return { token: new Secret(token), lifeMs: expiresIn * SECOND_MS };
}

/** OAuth's error word (`shop_not_permitted`, `invalid_client`), never its prose. */
function readErrorCode(body: Readonly<Record<string, unknown>> | null): string | null {
  const code = body?.["error"];
  return typeof code === "string" && /^[a-z_]{1,60}$/.test(code) ? code : null;
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

/**
 * Not `malformed`: to the caller of a mutation that would mean an answer to the mutation, which was not even sent. Without a
 * token nothing happened, so it is `unavailable`, and like other passing troubles asked for again.
 */
function unreadable(why: string, cause: unknown): RemoteError {
  return tokenError("unavailable", why, { code: "UNREADABLE_TOKEN" }, cause);
}

function tokenError(
  kind: RemoteError["kind"],
  why: string,
  details: { readonly code: string | null; readonly retryAt?: Instant; readonly remedy?: string },
  cause?: unknown,
): RemoteError {
  const message = `${OPERATION}: ${why}`;
  return new RemoteError({ remote: "shopify", operation: OPERATION, kind, message, ...details }, { cause });
}
