/**
 * One webhook address. A message is answered 200 only after its commit; what cannot be made durable is answered 503, so
 * that the sender repeats it. A genuine message is never refused for what is in it: one that is too large or cannot be
 * read is stored by its hash alone, and `onStored` has the shop asked what changed. The sender counts refusals and in the
 * end stops sending.
 *
 * A crash before the commit leaves nothing, and no answer was sent. A crash between commit and answer leaves the message:
 * the sender repeats it and is told 200, as for every duplicate.
 */
import { hash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { StoreError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { FulfillmentOrderId, OrderId } from "../core/order.ts";
import type { Clock } from "../ports/clock.ts";
import type { PersonalDataRequest } from "../store/personal-data.ts";
import type { Inbox, InboxEntry } from "../store/types.ts";
import { type Answer, type Handler, send, sendEarly } from "./answer.ts";
import type { ServerLimits } from "./limits.ts";
import type { BodyReader, ReceivedBody } from "./raw-body.ts";
import type { RefusalLog } from "./refusal-log.ts";

/** As node:http gives them: names in lower case. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a message says about itself. */
export interface WebhookNews {
  /** The sender's id of the message; `null` when it gave none. */
  readonly externalId: string | null;
  readonly topic: string;
  readonly orderId: OrderId | null;
  readonly orderName?: string;
  readonly fulfillmentOrderId: FulfillmentOrderId | null;
  readonly trackerId?: string | null;
  /**
   * What it asks about the data of customers; stored with it, so that a crash after the answer loses nothing. `unclear`: it
   * asks something, and nobody knows what.
   */
  readonly personalData?: PersonalDataRequest | "unclear";
}

/** Who sends to one address, and how its messages are checked and read. Both functions are pure. */
export interface WebhookSource {
  /** `shopify`, or the provider's name: goes into the inbox and the log. */
  readonly name: string;
  /** Such as `/webhooks/shopify`. */
  readonly path: string;
  /** The setting that holds the secret, for the operator who forgot it. */
  readonly secretSetting: string;
  /** `unconfigured`: there is no secret to check with. */
  verify(rawBody: Uint8Array, headers: WebhookHeaders): "valid" | "invalid" | "unconfigured";
  /** The body is empty when it was too large to be searched. May throw: then only the hash is stored. */
  read(headers: WebhookHeaders, rawBody: Uint8Array): WebhookNews;
}

export interface WebhookRouteOptions {
  readonly source: WebhookSource;
  readonly inbox: Pick<Inbox, "ingest">;
  readonly bodies: BodyReader;
  readonly limits: Pick<ServerLimits, "readBodyBytesMax" | "lingerMs">;
  readonly clock: Clock;
  readonly log: Log;
  readonly refusals: RefusalLog;
  readonly isDraining: () => boolean;
  /** After each message that is new. */
  readonly onStored: (message: InboxEntry) => void;
}

/** For senders that heed it; Shopify repeats by its own plan. */
const RETRY_AFTER = { "retry-after": "10" };
/** Shopify's ids are UUIDs; longer ones come from nobody we know, and are replaced by the hash. */
const ID_CHARACTERS_MAX = 200;
const TOPIC_CHARACTERS_MAX = 100;
const NO_BODY = new Uint8Array();

type Refusal = "signature" | "too_large" | "crowded" | "unconfigured" | "encoding" | "draining" | "not_stored";

const REFUSALS: Readonly<Record<Refusal, Answer>> = {
  signature: { status: 401, body: { error: "the signature does not fit" } },
  too_large: { status: 413, body: { error: "the body is too large" } },
  // A compressed body of 16 MB could hold gigabytes, and no sender that we know compresses.
  encoding: { status: 415, body: { error: "the body must not be encoded" } },
  crowded: { status: 503, body: { error: "too much is being received" }, headers: RETRY_AFTER },
  unconfigured: { status: 503, body: { error: "no secret is set" }, headers: RETRY_AFTER },
  draining: { status: 503, body: { error: "stopping" }, headers: RETRY_AFTER },
  not_stored: { status: 503, body: { error: "it could not be stored" }, headers: RETRY_AFTER },
};

const NOT_POST: Answer = { status: 405, body: { error: "POST only" }, headers: { allow: "POST" } };

export function createWebhookRoute(options: WebhookRouteOptions): Handler {
  return new WebhookRoute(options).handle;
}

class WebhookRoute {
  readonly #options: WebhookRouteOptions;
  #hasToldUnconfigured = false;

  constructor(options: WebhookRouteOptions) {
    this.#options = options;
  }

  readonly handle: Handler = async (request, response) => {
    const { bodies, clock, limits } = this.#options;
    if (request.method !== "POST") {
      return await sendEarly(request, response, NOT_POST, { clock, lingerMs: limits.lingerMs });
    }
    const early = this.#isDraining() ? "draining" : isEncoded(request) ? "encoding" : null;
    if (early !== null) {
      return await this.#refuse(request, response, early);
    }
    let judged: InboxEntry | Refusal | null;
    try {
      judged = await bodies.receive(request, (body) => this.#judge(request, body));
    } catch (error) {
      this.#logFailure("webhook could not be checked", error);
      judged = "not_stored";
    }
    if (judged === null) {
      return;
    }
    if (typeof judged === "string") {
      return await this.#refuse(request, response, judged);
    }
    const outcome = await this.#store(judged);
    if (outcome === "not_stored") {
      return await this.#refuse(request, response, outcome);
    }
    send(response, { status: 200, body: { status: outcome } });
    if (outcome === "stored") {
      this.#announce(judged);
    }
  };

  /** `null`: the caller has gone before its message was complete. */
  #judge(request: IncomingMessage, body: ReceivedBody): InboxEntry | Refusal | null {
    if (body.kind !== "complete") {
      return body.kind === "broken" ? null : body.kind;
    }
    const { source, limits } = this.#options;
    const { bytes } = body;
    const isLarge = bytes.length > limits.readBodyBytesMax;
    switch (source.verify(bytes, request.headers)) {
      case "unconfigured":
        return "unconfigured";
      case "invalid":
        return isLarge ? "too_large" : "signature";
      case "valid":
        return this.#toEntry(request.headers, bytes, isLarge);
    }
  }

  #toEntry(headers: WebhookHeaders, bytes: Buffer, isLarge: boolean): InboxEntry {
    const { source, clock } = this.#options;
    const news = readNews(source, headers, isLarge ? NO_BODY : bytes);
    const bodyHash = hash("sha256", bytes, "hex");
    const { externalId } = news;
    const isUsable = externalId !== null && externalId !== "" && isStorable(externalId);
    return {
      source: source.name,
      externalId: isUsable ? externalId : bodyHash,
      topic: news.topic.slice(0, TOPIC_CHARACTERS_MAX),
      bodyHash,
      receivedAt: clock.now(),
      orderId: news.orderId,
      ...(news.orderName === undefined ? {} : { orderName: news.orderName }),
      fulfillmentOrderId: news.fulfillmentOrderId,
      ...(news.trackerId === undefined ? {} : { trackerId: news.trackerId }),
      ...(news.personalData === undefined ? {} : { personalData: news.personalData }),
    };
  }

  async #store(entry: InboxEntry): Promise<"stored" | "duplicate" | "not_stored"> {
    try {
      const outcome = await this.#options.inbox.ingest(entry);
      this.#options.log.debug("webhook stored", {
        source: entry.source,
        topic: entry.topic,
        id: entry.externalId,
        orderId: entry.orderId,
        isDuplicate: outcome === "duplicate",
      });
      return outcome;
    } catch (error) {
      if (!(error instanceof StoreError)) {
        this.#logFailure("webhook could not be stored", error);
      }
      return "not_stored";
    }
  }

  async #refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): Promise<void> {
    const { source, log, refusals, clock, limits } = this.#options;
    if (refusal !== "unconfigured") {
      refusals.count(refusal);
    } else if (!this.#hasToldUnconfigured) {
      this.#hasToldUnconfigured = true;
      log.warn("webhooks are refused until their secret is set", {
        source: source.name,
        setting: source.secretSetting,
      });
    }
    await sendEarly(request, response, REFUSALS[refusal], { clock, lingerMs: limits.lingerMs });
  }

  /** The message is safe and answered: trouble with whoever wants to know of it must not change that. */
  #announce(message: InboxEntry): void {
    try {
      this.#options.onStored(message);
    } catch (error) {
      this.#logFailure("a stored webhook could not be announced", error);
    }
  }

  #isDraining(): boolean {
    return this.#options.isDraining();
  }

  /** A mistake of ours, one line each: the sender repeats with growing gaps, so it stays within bounds. */
  #logFailure(message: string, error: unknown): void {
    const { log, source } = this.#options;
    log.error(message, { source: source.name, error: error instanceof Error ? error.name : typeof error });
  }
}

/** Half a surrogate pair is stored as the sign for "unreadable": two such ids would be one, and the second message lost. */
function isStorable(id: string): boolean {
  return id.length <= ID_CHARACTERS_MAX && id.isWellFormed();
}

function isEncoded(request: IncomingMessage): boolean {
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "";
  return encoding !== "" && encoding !== "identity";
}

function readNews(source: WebhookSource, headers: WebhookHeaders, body: Uint8Array): WebhookNews {
  try {
    return source.read(headers, body);
  } catch {
    return { externalId: null, topic: "unreadable", orderId: null, fulfillmentOrderId: null };
  }
}
