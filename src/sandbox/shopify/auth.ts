/**
 * Who may ask the fake shop, and what for. Two ways in, as at Shopify: a static token that never expires, and tokens from
 * the client credentials grant that live for 24 hours. Shopify's answers to a wrong client are HTML pages of which no
 * recording was found; only the status (400) is meant to be relied on.
 */

import type { DurationMs, Instant } from "../../core/time.ts";
import { SECOND_MS } from "../../core/time.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { SandboxReply, SandboxRequest } from "../serve.ts";
import { randomToken } from "./chance.ts";
import type { Ledger } from "./ledger.ts";

/** Everything that shipbot needs at a shop with locations of its own. */
export const DEFAULT_SCOPES: readonly string[] = [
  "read_orders",
  "write_orders",
  "read_merchant_managed_fulfillment_orders",
  "write_merchant_managed_fulfillment_orders",
  "read_fulfillments",
  "write_fulfillments",
  "read_locations",
  "read_products",
];

/** Tokens that are kept at once; the oldest goes first. A client that needs more has lost its own. */
const TOKENS_MAX = 1_000;

export interface Credentials {
  readonly accessToken: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export class Gate {
  readonly credentials: Credentials;
  scopes: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ledger: Ledger;
  readonly #lifetimeMs: DurationMs;
  /** Issued tokens and when they end. */
  readonly #issued = new Map<string, Instant>();
  #revoked = false;

  constructor(options: {
    readonly credentials: Credentials;
    readonly scopes: readonly string[];
    readonly lifetimeMs: DurationMs;
    readonly clock: Clock;
    readonly random: Random;
    readonly ledger: Ledger;
  }) {
    this.credentials = options.credentials;
    this.scopes = new Set(options.scopes);
    this.#lifetimeMs = options.lifetimeMs;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#ledger = options.ledger;
  }

  /** Nobody gets in until `restore`: the merchant removed the app. */
  revoke(): void {
    this.#revoked = true;
    this.#issued.clear();
  }

  restore(): void {
    this.#revoked = false;
  }

  /** Whether the token opens the shop now. */
  admits(token: string | undefined): boolean {
    if (this.#revoked || token === undefined) {
      return false;
    }
    return token === this.credentials.accessToken || (this.#issued.get(token) ?? 0) > this.#clock.now();
  }

  /** Ends an issued token before its time. A static token cannot end this way: `false`, and nothing happens. */
  expire(token: string | undefined): boolean {
    return token !== undefined && this.#issued.delete(token);
  }

  /** POST /admin/oauth/access_token. */
  issue(request: SandboxRequest): SandboxReply {
    const form = readForm(request);
    if (form.get("grant_type") !== "client_credentials") {
      return refused("unsupported_grant_type");
    }
    const { clientId, clientSecret } = this.credentials;
    if (this.#revoked || form.get("client_id") !== clientId || form.get("client_secret") !== clientSecret) {
      return refused("invalid_client");
    }
    const token = `shpua_${randomToken(this.#random)}`;
    this.#issued.set(token, this.#clock.now() + this.#lifetimeMs);
    const oldest = this.#issued.keys().next().value;
    if (this.#issued.size > TOKENS_MAX && oldest !== undefined) {
      this.#issued.delete(oldest);
    }
    this.#ledger.tokensIssued += 1;
    return {
      status: 200,
      body: {
        access_token: token,
        scope: [...this.scopes].join(","),
        expires_in: Math.floor(this.#lifetimeMs / SECOND_MS),
      },
    };
  }
}

/** The one Admin API error whose `errors` is a string (recorded). */
export const UNAUTHORIZED: SandboxReply = {
  status: 401,
  body: { errors: "[API] Invalid API key or access token (unrecognized login or wrong password)" },
};

function readForm(request: SandboxRequest): Map<string, string> {
  const text = request.body.toString("utf8");
  if (request.headers["content-type"]?.includes("application/json")) {
    const parsed: unknown = parseOrNull(text);
    const entries = typeof parsed === "object" && parsed !== null ? Object.entries(parsed) : [];
    return new Map(entries.map(([key, value]) => [key, String(value)]));
  }
  return new Map(new URLSearchParams(text));
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refused(error: string): SandboxReply {
  return {
    status: 400,
    headers: { "content-type": "text/html" },
    body: `<html><body>Oauth error ${error}</body></html>`,
  };
}
