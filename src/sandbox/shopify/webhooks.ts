/**
 * Sends webhooks as Shopify does: signed, at least once, in no order, and with no guarantee at all.
 *
 * A delivery is queued → sending → answered (any 2xx) or waiting for a repeat → … → failed after the last one. Faults may
 * drop it, send it twice under the same id, or hold it back so that a later one overtakes it. The body is made when the
 * change happens and stays as it was through every repeat. A subscription whose delivery fails for good is deleted, as
 * Shopify deletes those that were made through the API. All of this lives in memory: `stop` ends it, and what was not
 * delivered by then is lost, which is exactly what a receiver must be able to live with.
 */
import { createHmac } from "node:crypto";
import { ofetch } from "ofetch";
import { type DurationMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { Faults } from "../faults.ts";
import { randomUuid } from "./chance.ts";
import type { LedgerWebhook } from "./ledger.ts";
import { writeJson } from "./lossless-json.ts";
import { buildPayload } from "./payloads.ts";
import type { ShopState } from "./state.ts";

/** Shopify: 8 repeats over 4 hours with growing gaps; the exact gaps are not published. */
const RETRY_GAPS_MS: readonly DurationMs[] = [
  10 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  20 * MINUTE_MS,
  39 * MINUTE_MS,
  HOUR_MS,
  105 * MINUTE_MS,
];

/** Shopify gives the whole request 5 s (webhooks/verify-deliveries, read 2026-11-22). */
const ANSWER_TIMEOUT_MS = 5 * SECOND_MS;

/** Deliveries that may wait; a receiver that is down for a whole load test must not fill the memory. */
const QUEUE_MAX = 10_000;

/** Requests at once. */
const IN_FLIGHT_MAX = 8;

export interface WebhookOptions {
  readonly retryGapsMs?: readonly DurationMs[];
  readonly queueMax?: number;
  /** An address that gets every topic without a subscription. */
  readonly sink?: string | null;
}

interface Delivery {
  readonly entry: LedgerWebhook;
  readonly subscriptionId: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class WebhookSender {
  sink: string | null;
  readonly #state: ShopState;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #secret: string;
  readonly #version: string;
  readonly #retryGapsMs: readonly DurationMs[];
  readonly #queueMax: number;
  readonly #stopping = new AbortController();
  /** Ready to be sent, oldest first. */
  readonly #ready: (() => void)[] = [];
  /** Every delivery that is not settled, waiting ones included. */
  readonly #pending = new Set<Promise<void>>();
  #inFlight = 0;

  constructor(options: {
    readonly state: ShopState;
    readonly clock: Clock;
    readonly random: Random;
    readonly faults: Faults;
    readonly secret: string;
    readonly version: string;
    readonly settings: WebhookOptions;
  }) {
    this.#state = options.state;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#faults = options.faults;
    this.#secret = options.secret;
    this.#version = options.version;
    this.sink = options.settings.sink ?? null;
    this.#retryGapsMs = options.settings.retryGapsMs ?? RETRY_GAPS_MS;
    this.#queueMax = options.settings.queueMax ?? QUEUE_MAX;
  }

  /** Queues a delivery per subscription of the topic, and one for the sink. Returns at once. */
  announce(topic: string, subjectId: string): void {
    const name = topic.toUpperCase().replace("/", "_");
    const targets = [...this.#state.subscriptions.values()]
      .filter((subscription) => subscription.topic === name)
      .map(({ uri, id }): { uri: string; id: string | null } => ({ uri, id }));
    if (this.sink !== null) {
      targets.push({ uri: this.sink, id: null });
    }
    if (targets.length === 0) {
      return;
    }
    const payload = buildPayload(this.#state, topic, subjectId);
    if (payload === null) {
      return;
    }
    const body = writeJson(payload.body);
    const eventId = randomUuid(this.#random);
    for (const target of targets) {
      const entry: LedgerWebhook = {
        at: this.#clock.now(),
        webhookId: randomUuid(this.#random),
        topic,
        uri: target.uri,
        subjectId,
        attempts: 0,
        answeredAt: null,
        lost: null,
      };
      const headers: Record<string, string> = {
        ...this.#headers(entry, eventId, body),
        "x-shopify-test": String(payload.test),
        ...(payload.orderNumber === null ? {} : { "x-shopify-order-id": String(payload.orderNumber) }),
      };
      this.#enqueue({ entry, subscriptionId: target.id, headers, body });
    }
  }

  /** Resolves when nothing is queued, under way or waiting for a repeat. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) {
      await Promise.all(this.#pending);
    }
  }

  /** Gives up everything that is not delivered and resolves when nothing runs any more. May be called twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.idle();
  }

  #headers(entry: LedgerWebhook, eventId: string, body: string): Record<string, string> {
    return {
      "content-type": "application/json",
      "user-agent": "Shopify-Captain-Hook",
      "x-shopify-topic": entry.topic,
      "x-shopify-hmac-sha256": createHmac("sha256", this.#secret).update(body, "utf8").digest("base64"),
      "x-shopify-shop-domain": this.#state.profile.myshopifyDomain,
      "x-shopify-api-version": this.#version,
      "x-shopify-webhook-id": entry.webhookId,
      "x-shopify-event-id": eventId,
      // Nanoseconds, as observed.
      "x-shopify-triggered-at": new Date(entry.at).toISOString().replace("Z", "000000Z"),
    };
  }

  #enqueue(delivery: Delivery): void {
    const { entry } = delivery;
    this.#state.ledger.webhooks.push(entry);
    const what = `webhook ${entry.topic}`;
    if (this.#faults.strikes("webhook_dropped", what)) {
      entry.lost = "dropped";
      return;
    }
    const copies = this.#faults.strikes("webhook_doubled", what) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.#pending.size >= this.#queueMax || this.#stopping.signal.aborted) {
        entry.lost ??= "overflowed";
        return;
      }
      const delayMs = this.#faults.strikes("webhook_delayed", what) ? this.#faults.delayMs() : 0;
      const settled = this.#deliver(delivery, delayMs).finally(() => this.#pending.delete(settled));
      this.#pending.add(settled);
    }
  }

  async #deliver(delivery: Delivery, delayMs: DurationMs): Promise<void> {
    const { signal } = this.#stopping;
    if (delayMs > 0) {
      await this.#clock.sleep(delayMs, signal);
    }
    for (const gapMs of [...this.#retryGapsMs, null]) {
      if (signal.aborted || (await this.#attempt(delivery))) {
        return;
      }
      if (gapMs !== null) {
        await this.#clock.sleep(gapMs, signal);
      }
    }
    delivery.entry.lost = "failed";
    if (delivery.subscriptionId !== null) {
      this.#state.subscriptions.delete(delivery.subscriptionId);
    }
  }

  /** Whether the receiver answered 2xx. Redirects, timeouts and broken connections count as failures. */
  async #attempt(delivery: Delivery): Promise<boolean> {
    await this.#enter();
    const done = new AbortController();
    const timeout = new AbortController();
    try {
      delivery.entry.attempts += 1;
      this.#clock.sleep(ANSWER_TIMEOUT_MS, done.signal).then(() => timeout.abort());
      const answer = await ofetch.raw(delivery.entry.uri, {
        method: "POST",
        headers: delivery.headers,
        body: delivery.body,
        responseType: "arrayBuffer",
        ignoreResponseError: true,
        redirect: "manual",
        retry: false,
        signal: AbortSignal.any([timeout.signal, this.#stopping.signal]),
      });
      if (!answer.ok) {
        return false;
      }
      delivery.entry.answeredAt ??= this.#clock.now();
      return true;
    } catch {
      return false;
    } finally {
      done.abort();
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#inFlight >= IN_FLIGHT_MAX) {
      await new Promise<void>((resolve) => this.#ready.push(resolve));
    } else {
      this.#inFlight += 1;
    }
  }

  /** Hands the place on, or gives it back. */
  #leave(): void {
    const next = this.#ready.shift();
    if (next === undefined) {
      this.#inFlight -= 1;
    } else {
      next();
    }
  }
}
