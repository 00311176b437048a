/**
 * Calls to Shopify's GraphQL Admin API. What a caller may rely on: every call ends, in its data or in a `RemoteError`;
 * a mutation is sent again only after an answer that says it was not executed (throttled, token refused); whatever leaves
 * that open is `outcome_unknown`. Reads are repeated a few times while the shop is down. Calls wait here for the rate
 * limit (`cost-budget.ts`), so that they are not sent to be refused. Nothing is stored: a crash loses only the waiting.
 */
import { RemoteError } from "../base/errors.ts";
import { callHttp, type HttpCall } from "../base/http.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import { backoffMs } from "../core/failure.ts";
import { type DurationMs, SECOND_MS } from "../core/time.ts";
import type { Clock, Random } from "../ports/clock.ts";
import { type Answer, type FailedAnswer, readAnswer, THROTTLE_WAIT_MS } from "./answer.ts";
import { CostBudget } from "./cost-budget.ts";
import { throttleWaitMs } from "./cost-report.ts";
import type { Operation } from "./operations.ts";
import { createTokenSource, type ShopifyAuth, type TokenSource } from "./token.ts";

export interface ShopifyClient {
  /**
   * Runs one operation. Throws `RemoteError`: `unavailable`, `throttled` (with `retryAt`), `unauthorized` (with a remedy),
   * `missing`, `malformed`, and for mutations also `rejected` and `outcome_unknown`. User errors are data.
   */
  run<Variables, Data>(operation: Operation<Variables, Data>, variables: Variables): Promise<Data>;
}

export interface ShopifyClientOptions {
  /** `https://my-shop.myshopify.com`. */
  readonly baseUrl: string;
  /** `2026-10`. */
  readonly apiVersion: string;
  readonly auth: ShopifyAuth;
  readonly clock: Clock;
  /** For the spread of back-offs; without it they are not spread. */
  readonly random?: Random;
  readonly log: Log;
  readonly timeouts?: { readonly readMs: DurationMs; readonly writeMs: DurationMs };
  /** Default: HTTP. */
  readonly call?: HttpCall;
}

const READ_TIMEOUT_MS: DurationMs = 20 * SECOND_MS;
/** Longer than for reads: giving up on a mutation makes it `outcome_unknown`, which costs more than patience. */
const WRITE_TIMEOUT_MS: DurationMs = 30 * SECOND_MS;

/** The largest request, eight orders of ten fulfillment orders of fifty lines, stays under 3 MB. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;

/** How often a read is sent while the shop is down; longer troubles are the scheduler's, which keeps them visible. */
export const READ_TRIES = 3;
const READ_BACKOFF_MS: DurationMs = 500;

/** How often a call is sent while the shop says "slow down". Each time the wait is the one that Shopify asks for. */
export const THROTTLE_TRIES = 6;

const UNSPREAD: Random = { next: () => 0.5 };

/** Makes a client for one shop. One per process and shop: it keeps count of the shop's rate limit. */
export function createShopifyClient(options: ShopifyClientOptions): ShopifyClient {
  return new GraphqlClient(options);
}

class GraphqlClient implements ShopifyClient {
  readonly #options: ShopifyClientOptions;
  readonly #url: string;
  readonly #call: HttpCall;
  readonly #tokens: TokenSource;
  readonly #budget: CostBudget;
  readonly #driftsTold = new Set<string>();

  constructor(options: ShopifyClientOptions) {
    const baseUrl = options.baseUrl.replace(/\/+$/, "");
    this.#options = options;
    this.#url = `${baseUrl}/admin/api/${options.apiVersion}/graphql.json`;
    this.#call = options.call ?? callHttp;
    const { auth, clock, log } = options;
    this.#tokens = createTokenSource({ baseUrl, auth, clock, log, call: this.#call });
    this.#budget = new CostBudget(options.clock);
  }

  async run<Variables, Data>(operation: Operation<Variables, Data>, variables: Variables): Promise<Data> {
    const body = JSON.stringify({ query: operation.document, operationName: operation.name, variables });
    let throttled = 0;
    let failed = 0;
    let renewed = false;
    for (;;) {
      const token = await this.#tokens.current();
      const answer = await this.#attempt(operation, body, token);
      if (answer.outcome === "data") {
        return answer.data;
      }
      const { error } = answer;
      if (answer.tokenRefused && !renewed && (await this.#tokens.replace(token))) {
        renewed = true;
      } else if (error.kind === "throttled" && throttled < THROTTLE_TRIES - 1) {
        throttled += 1;
        this.#slowDown(answer);
      } else if (error.kind === "unavailable" && operation.kind === "query" && failed < READ_TRIES - 1) {
        failed += 1;
        const jitter = (this.#options.random ?? UNSPREAD).next();
        await this.#options.clock.sleep(backoffMs(failed, jitter, READ_BACKOFF_MS));
      } else {
        throw error;
      }
    }
  }

  /** Sends the operation once, when its turn has come. */
  async #attempt<Variables, Data>(
    operation: Operation<Variables, Data>,
    body: string,
    token: Secret,
  ): Promise<Answer<Data>> {
    const reservation = await this.#budget.reserve(operation);
    try {
      const answer = await this.#send(operation, body, token);
      reservation.settle(answer.cost);
      return answer;
    } catch (error) {
      reservation.settle(null);
      if (error instanceof RemoteError) {
        return { outcome: "failed", error, cost: null, tokenRefused: false };
      }
      throw error;
    }
  }

  async #send<Variables, Data>(
    operation: Operation<Variables, Data>,
    body: string,
    token: Secret,
  ): Promise<Answer<Data>> {
    const { timeouts, clock } = this.#options;
    const response = await this.#call({
      remote: "shopify",
      operation: operation.name,
      method: "POST",
      url: this.#url,
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "user-agent": "shipbot",
        "x-shopify-access-token": token.reveal(),
      },
      body,
      effect: operation.kind === "mutation" ? "write" : "read",
      timeoutMs:
        operation.kind === "mutation" ? (timeouts?.writeMs ?? WRITE_TIMEOUT_MS) : (timeouts?.readMs ?? READ_TIMEOUT_MS),
      bodyBytesMax: BODY_BYTES_MAX,
    });
    this.#watchVersion(response.headers.get("x-shopify-api-version"));
    return readAnswer(operation, response, clock);
  }

  /**
   * Where the bucket's numbers say how long to wait, the budget waits by itself and lets cheaper calls pass. Otherwise the
   * limit is one that we do not see, and every call waits.
   */
  #slowDown(answer: Pick<FailedAnswer, "error" | "cost">): void {
    const { clock, log } = this.#options;
    const { error, cost } = answer;
    if (throttleWaitMs(cost) === null) {
      this.#budget.pauseUntil(error.retryAt ?? clock.now() + THROTTLE_WAIT_MS);
    }
    log.debug("shopify asked to slow down", { operation: error.operation, code: error.code });
  }

  /** A version that is no longer served is replaced silently by the oldest that is: fields may be missing or different. */
  #watchVersion(served: string | null): void {
    const { apiVersion, log } = this.#options;
    if (served !== null && served !== apiVersion && !this.#driftsTold.has(served)) {
      this.#driftsTold.add(served);
      log.warn("shopify serves another API version than asked for", { asked: apiVersion, served });
    }
  }
}
