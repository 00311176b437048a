/**
 * A message to a webhook address as bytes on the wire, and what the inbox must have of it. Made apart from the product: the
 * signature is computed here, over the bytes that are sent.
 */
import { createHash, createHmac } from "node:crypto";
import { PRIVACY_TOPICS } from "../../src/shopify/privacy-webhook.ts";
import { WEBHOOK_TOPICS } from "../../src/shopify/webhook-topics.ts";

export const SHOPIFY_SECRET = "fuzz-canary-shopify";
export const EASYPOST_SECRET = "fuzz-canary-easypost";

export type Route = "shopify" | "easypost";
export const PATHS: Readonly<Record<Route, string>> = {
  shopify: "/webhooks/shopify",
  easypost: "/webhooks/shipping/easypost",
};

/** A genuine message as the inbox must have it. */
export interface Genuine {
  readonly source: Route;
  readonly externalId: string;
  readonly topic: string;
  readonly bodyHash: string;
}

export interface HostileRequest {
  readonly wire: Buffer;
  /** Statuses that the contract allows; `0`: the connection ends without an answer. */
  readonly allowed: readonly number[];
  readonly genuine: Genuine | null;
  /** The connection cannot be used after it. */
  readonly ends: boolean;
}

export interface Draft {
  route: Route;
  body: Buffer;
  /** As they are written, name and value. */
  headers: [name: string, value: string][];
}

export const TOPICS: ReadonlySet<string> = new Set([...WEBHOOK_TOPICS.map(({ header }) => header), ...PRIVACY_TOPICS]);
/** Documented: longer ids are replaced, longer topics cut. */
export const ID_CHARACTERS_MAX = 200;
export const TOPIC_CHARACTERS_MAX = 100;

export function sha256(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

export function signature(
  route: Route,
  body: Uint8Array,
  secret = route === "shopify" ? SHOPIFY_SECRET : EASYPOST_SECRET,
): string {
  return route === "shopify"
    ? createHmac("sha256", secret).update(body).digest("base64")
    : `hmac-sha256-hex=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

export const SIGNATURE_HEADER: Readonly<Record<Route, string>> = {
  shopify: "x-shopify-hmac-sha256",
  easypost: "x-hmac-signature",
};

export function write(
  draft: Draft,
  extra: readonly (readonly [string, string])[],
  body = draft.body,
  line = `POST ${PATHS[draft.route]} HTTP/1.1`,
): Buffer {
  const headers = [...draft.headers, ...extra].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`${line}\r\nhost: fuzz\r\n${headers}\r\n`, "latin1"), body]);
}

export function length(body: Uint8Array): readonly [string, string] {
  return ["content-length", String(body.length)];
}

export function signed(draft: Draft): readonly [string, string] {
  return [SIGNATURE_HEADER[draft.route], signature(draft.route, draft.body)];
}

export function genuine(draft: Draft): HostileRequest {
  return {
    wire: write(draft, [signed(draft), length(draft.body)]),
    allowed: [200],
    genuine: expected(draft),
    ends: false,
  };
}

/** How node:http gives a header: names without case, repeated ones joined, blanks around it dropped. */
export function headerOf(draft: Draft, wanted: string): string | null {
  const values = draft.headers
    .filter(([name]) => name.toLowerCase() === wanted)
    .map(([, value]) => value.replace(/^[ \t]+|[ \t]+$/g, ""));
  return values.length === 0 ? null : values.join(", ");
}

export function expected({ route, body, headers }: Draft): Genuine {
  const bodyHash = sha256(body);
  if (route === "shopify") {
    const draft = { route, body, headers };
    const given = headerOf(draft, "x-shopify-webhook-id") ?? "";
    const topic = headerOf(draft, "x-shopify-topic") ?? "";
    return {
      source: route,
      externalId: given === "" || given.length > ID_CHARACTERS_MAX ? bodyHash : given,
      topic: TOPICS.has(topic) ? topic : "other",
      bodyHash,
    };
  }
  const event = parse(body);
  const text = (name: string): string | null => {
    const value: unknown =
      typeof event === "object" && event !== null && !Array.isArray(event) && Object.hasOwn(event, name)
        ? Reflect.get(event, name)
        : null;
    return typeof value === "string" && value.trim() !== "" && value.length <= ID_CHARACTERS_MAX ? value : null;
  };
  const given = text("id");
  return {
    source: route,
    externalId: given?.isWellFormed() === true ? given : bodyHash,
    topic: (text("description") ?? "unknown").slice(0, TOPIC_CHARACTERS_MAX).toWellFormed(),
    bodyHash,
  };
}

export function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}

export function refused(wire: Buffer, allowed: readonly number[], ends = false): HostileRequest {
  return { wire, allowed, genuine: null, ends };
}
