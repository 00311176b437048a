/**
 * Events on their way to webhooks. An event becomes one delivery per subscription; a delivery waits until it is due, is
 * sent, and ends `answered` (2xx), or waits again after a failure, or is given up after the last try. Deliveries run side
 * by side, so they may arrive in another order than the events happened, and an answer that gets lost is sent again:
 * at least once, in any order, like the real ones. All of it is in memory: what was not sent when the process ends is lost.
 */
import { ofetch } from "ofetch";
import { formatInstant, type Instant, MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import { serializeWholeTracker } from "./serialize-tracker.ts";
import type { Tracker, WebhookSubscription, World } from "./state.ts";
import { signWebhook, stringifyWithFloats } from "./webhooks.ts";

/** A receiver that takes longer has failed: about what users of EasyPost report. */
const ANSWER_MAX_MS = 7 * SECOND_MS;
/** First try and repeats of one delivery, and the longest pause between two; the real schedule is not published. */
const ATTEMPTS_MAX = 6;
const RETRY_MAX_MS = 10 * MINUTE_MS;
/** Connections to receivers at a time: enough to keep up with a demo, too few to crowd out its own requests. */
const IN_FLIGHT_MAX = 16;
/** Memory for what waits: about 3 KB each. Further events are refused and stand so in the ledger. */
const PENDING_MAX = 50_000;
/** Failures in a row after which a subscription is disabled; a PATCH enables it again. The real number is not known. */
const FAILURES_BEFORE_DISABLED = 200;
/** The only hosts that a sandbox talks to. */
const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

interface Delivery {
  readonly eventId: string;
  readonly description: string;
  readonly trackerId: string;
  readonly webhookId: string;
  readonly body: string;
  readonly attempt: number;
  readonly dueAt: Instant;
}

export class Deliveries {
  readonly #world: World;
  #waiting: Delivery[] = [];
  readonly #due: Delivery[] = [];
  readonly #inFlight = new Set<Promise<void>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Makes an event for everything that happened to parcels since the last call, in order of time per parcel. */
  announce(): void {
    const now = this.#world.clock.now();
    for (const trackerId of this.#world.travelling) {
      const tracker = this.#world.trackers.get(trackerId);
      if (tracker !== undefined) {
        this.#announceTracker(tracker, now);
      }
      if (tracker === undefined || tracker.announced >= tracker.steps.length) {
        this.#world.travelling.delete(trackerId);
      }
    }
  }

  /**
   * Starts what is due and returns without waiting for answers. At most `IN_FLIGHT_MAX` are under way; each that ends
   * lets the next one go. Aborting `signal` breaks off what is under way and starts no more.
   */
  start(signal?: AbortSignal): void {
    const now = this.#world.clock.now();
    const early: Delivery[] = [];
    for (const delivery of this.#waiting) {
      (delivery.dueAt <= now ? this.#due : early).push(delivery);
    }
    this.#waiting = early;
    this.#fill(signal);
  }

  /** Resolves when nothing that is due by now is left: all of it was answered, or put off until later. */
  async drain(signal?: AbortSignal): Promise<void> {
    for (;;) {
      this.start(signal);
      if (this.#inFlight.size === 0) {
        return;
      }
      await Promise.all(this.#inFlight);
    }
  }

  /** Resolves when what is under way has ended; starts nothing. */
  async settle(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  #fill(signal: AbortSignal | undefined): void {
    while (this.#inFlight.size < IN_FLIGHT_MAX && signal?.aborted !== true) {
      const delivery = this.#due.shift();
      if (delivery === undefined) {
        return;
      }
      const sending: Promise<void> = this.#send(delivery, signal).finally(() => {
        this.#inFlight.delete(sending);
        this.#fill(signal);
      });
      this.#inFlight.add(sending);
    }
  }

  #announceTracker(tracker: Tracker, now: Instant): void {
    if (!tracker.createdAnnounced) {
      tracker.createdAnnounced = true;
      this.#enqueue(tracker, "tracker.created", {}, tracker.createdAt);
    }
    for (;;) {
      const step = tracker.steps[tracker.announced];
      if (step === undefined || step.at > now) {
        return;
      }
      const previous = tracker.steps[tracker.announced - 1]?.status ?? "unknown";
      tracker.announced += 1;
      this.#enqueue(tracker, "tracker.updated", { status: previous }, step.at);
    }
  }

  #enqueue(tracker: Tracker, description: string, previous: Record<string, unknown>, at: Instant): void {
    const world = this.#world;
    const eventId = world.ids.next("evt");
    const subscriptions = [...world.webhooks.values()].filter((webhook) => webhook.disabledAt === null);
    if (subscriptions.length === 0) {
      return;
    }
    const body = eventBody(world, tracker, { eventId, description, previous, at, subscriptions });
    for (const webhook of subscriptions) {
      const delivery: Delivery = {
        eventId,
        description,
        trackerId: tracker.id,
        webhookId: webhook.id,
        body,
        attempt: 1,
        dueAt: world.clock.now(),
      };
      this.#accept(delivery, webhook);
    }
  }

  /** Applies the faults of webhooks and queues the rest. */
  #accept(delivery: Delivery, webhook: WebhookSubscription): void {
    const { faults } = this.#world;
    const what = `webhook ${delivery.description}`;
    const host = new URL(webhook.url).hostname;
    if (!LOOPBACK_HOSTS.has(host) || this.#waiting.length + this.#due.length >= PENDING_MAX) {
      this.#note({ ...delivery, attempt: 0 }, "refused", null);
      return;
    }
    if (faults.strikes("webhook_dropped", what)) {
      this.#note({ ...delivery, attempt: 0 }, "dropped", null);
      return;
    }
    const heldMs = faults.strikes("webhook_delayed", what) ? faults.delayMs() : 0;
    const due = { ...delivery, dueAt: delivery.dueAt + heldMs };
    this.#waiting.push(due);
    if (faults.strikes("webhook_doubled", what)) {
      this.#waiting.push(due);
    }
  }

  async #send(delivery: Delivery, signal: AbortSignal | undefined): Promise<void> {
    const webhook = this.#world.webhooks.get(delivery.webhookId);
    if (webhook === undefined || webhook.disabledAt !== null) {
      this.#note(delivery, "abandoned", null);
      return;
    }
    const status = await this.#post(webhook, delivery.body, signal);
    if (status !== null && status >= 200 && status < 300) {
      webhook.failuresInARow = 0;
      this.#note(delivery, "answered", status);
      return;
    }
    webhook.failuresInARow += 1;
    if (webhook.failuresInARow >= FAILURES_BEFORE_DISABLED) {
      webhook.disabledAt = this.#world.clock.now();
    }
    if (delivery.attempt >= ATTEMPTS_MAX) {
      this.#note(delivery, "abandoned", status);
      return;
    }
    this.#note(delivery, "failed", status);
    const pauseMs = Math.min(RETRY_MAX_MS, this.#world.webhookRetryMs * 2 ** (delivery.attempt - 1));
    this.#waiting.push({
      ...delivery,
      attempt: delivery.attempt + 1,
      dueAt: this.#world.clock.now() + Math.max(1, pauseMs),
    });
  }

  /** The HTTP status of the answer, or `null` when there was none in time. */
  async #post(webhook: WebhookSubscription, body: string, signal: AbortSignal | undefined): Promise<number | null> {
    const target = new URL(webhook.url);
    const headers = new Headers({ "content-type": "application/json", "user-agent": "EasyPost Web Hook" });
    for (const { name, value } of webhook.customHeaders) {
      headers.set(name, value);
    }
    if (webhook.secret !== null) {
      headers.set("X-Hmac-Signature", signWebhook(webhook.secret, body));
    }
    if (target.username !== "") {
      // Basic authentication in the url is the API's other way to protect a webhook; fetch does not take it from there.
      const credentials = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
      headers.set("authorization", `Basic ${Buffer.from(credentials).toString("base64")}`);
      target.username = "";
      target.password = "";
    }
    const answered = new AbortController();
    const late = new AbortController();
    void this.#world.clock.sleep(ANSWER_MAX_MS, answered.signal).then(() => late.abort());
    try {
      const stop = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
      const response = await ofetch.raw(target.href, {
        ...{ method: "POST", headers, body, redirect: "manual", signal: stop },
        ...{ responseType: "stream", ignoreResponseError: true, retry: false },
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      // Refused, reset or too late: whichever, there is no answer.
      return null;
    } finally {
      answered.abort();
    }
  }

  #note(
    delivery: Delivery,
    outcome: "answered" | "failed" | "abandoned" | "dropped" | "refused",
    status: number | null,
  ): void {
    this.#world.ledger.addWebhook({
      at: this.#world.clock.now(),
      eventId: delivery.eventId,
      description: delivery.description,
      trackerId: delivery.trackerId,
      webhookId: delivery.webhookId,
      attempt: delivery.attempt,
      outcome,
      status,
    });
  }
}

/** The event with its tracker as it stood when it happened, in the recorded shape. */
function eventBody(
  world: World,
  tracker: Tracker,
  event: {
    readonly eventId: string;
    readonly description: string;
    readonly previous: Record<string, unknown>;
    readonly at: Instant;
    readonly subscriptions: readonly WebhookSubscription[];
  },
): string {
  const at = formatInstant(event.at);
  return stringifyWithFloats({
    description: event.description,
    mode: world.mode,
    previous_attributes: event.previous,
    created_at: at,
    pending_urls: event.subscriptions.map((webhook) => webhook.url),
    completed_urls: [],
    updated_at: at,
    id: event.eventId,
    user_id: world.userId,
    status: "pending",
    object: "Event",
    result: serializeWholeTracker(tracker, world, event.at),
  });
}
