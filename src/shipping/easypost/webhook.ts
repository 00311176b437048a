/**
 * EasyPost's webhooks: is this body theirs, and what is it about. Pure, and never throwing: what comes in here is what
 * anybody on the internet may send.
 *
 * Version 1 of the signature (`X-Hmac-Signature`, in EasyPost's own clients, with an official test vector) decides.
 * Version 2 (`x-hmac-signature-v2`, 2025) is in none of them and known only from other users' code; it is checked and
 * reported, for the log, until it has been seen to be right.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../base/secret.ts";
import { type DurationMs, type Instant, MINUTE_MS } from "../../core/time.ts";
import { asFields, type Fields, fieldsAt, textAt } from "./fields.ts";

/** As node:http or express give them; spelling of the names does not matter. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface WebhookVerdict {
  /** Signed with our secret (version 1). Nothing else lets a webhook in. */
  readonly valid: boolean;
  readonly v2: "absent" | "valid" | "invalid";
}

export interface WebhookNews {
  /** The same for every delivery of one event. */
  readonly eventId: string | null;
  /** The event's name: `tracker.updated`. */
  readonly description: string | null;
  readonly trackerId: string | null;
}

/** How far a version 2 timestamp may be from now, either way. */
const V2_WINDOW_MS: DurationMs = 5 * MINUTE_MS;
/** Ids and names of events are far shorter; longer ones are of no use to us. */
const TEXT_CHARACTERS_MAX = 200;

/**
 * Compares the signature of the body exactly as it came. EasyPost's Node client rewrites numbers before it compares and
 * so refuses some bodies that were signed properly; nothing is rewritten here. The key is the secret in NFKD form.
 */
export function verifyEasyPostWebhook(
  rawBody: Uint8Array,
  headers: WebhookHeaders,
  secret: Secret,
  now: Instant,
): WebhookVerdict {
  const key = secret.reveal().normalize("NFKD");
  if (key === "") {
    // Anybody can sign with an empty key.
    return { valid: false, v2: "absent" };
  }
  const named = normalizeNames(headers);
  const signature = named.get("x-hmac-signature") ?? null;
  return { valid: matches(signature, key, rawBody), v2: verifyV2(rawBody, named, key, now) };
}

function verifyV2(
  rawBody: Uint8Array,
  named: ReadonlyMap<string, string>,
  key: string,
  now: Instant,
): WebhookVerdict["v2"] {
  const signature = named.get("x-hmac-signature-v2");
  if (signature === undefined) {
    return "absent";
  }
  const timestamp = named.get("x-timestamp") ?? "";
  const path = named.get("x-path") ?? "";
  const isRecent = Math.abs(now - Date.parse(timestamp)) <= V2_WINDOW_MS;
  const signed = Buffer.concat([Buffer.from(`${timestamp}POST${path}`), rawBody]);
  return isRecent && matches(signature, key, signed) ? "valid" : "invalid";
}

/** `hmac-sha256-hex=` and 64 hexadecimal digits. Takes the same time for every wrong signature of the right form. */
function matches(header: string | null, key: string, signed: Uint8Array): boolean {
  const hex = /^hmac-sha256-hex=([0-9a-f]{64})$/i.exec(header?.trim() ?? "")?.[1];
  const expected = createHmac("sha256", key).update(signed).digest();
  return hex !== undefined && timingSafeEqual(Buffer.from(hex, "hex"), expected);
}

/** `X-Hmac-Signature`, `x-hmac-signature` and `X_HMAC_SIGNATURE` are one name. A header that came twice counts as none. */
function normalizeNames(headers: WebhookHeaders): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const single = typeof value === "string" ? value : value?.length === 1 ? value[0] : undefined;
    if (single !== undefined) {
      named.set(name.toLowerCase().replaceAll("_", "-"), single);
    }
  }
  return named;
}

/** What a webhook is about; all `null` for a body that says nothing to us. Events that we do not know are no error. */
export function readEasyPostWebhook(rawBody: Uint8Array): WebhookNews {
  const event = parseObject(rawBody);
  const result = fieldsAt(event, "result") ?? {};
  const id = shortText(result, "id");
  const isTracker = id?.startsWith("trk_") === true || result["object"] === "Tracker";
  return {
    eventId: shortText(event, "id"),
    description: shortText(event, "description"),
    trackerId: isTracker ? id : shortText(fieldsAt(result, "tracker") ?? {}, "id"),
  };
}

function parseObject(rawBody: Uint8Array): Fields {
  try {
    return asFields(JSON.parse(Buffer.from(rawBody).toString("utf8"))) ?? {};
  } catch {
    return {};
  }
}

function shortText(parent: Fields, name: string): string | null {
  const text = textAt(parent, name);
  return text === null || text.length > TEXT_CHARACTERS_MAX ? null : text;
}
