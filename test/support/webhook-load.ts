/**
 * A sender of webhooks that does not give up: each message is sent again, under the same id, until it is answered 200, as
 * a shop does. What was answered 200 is written down here, apart from whatever the receiver remembers.
 */
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { type Message, sign } from "./webhook-sender.ts";

export interface Acknowledged {
  readonly webhookId: string;
  readonly orderId: string;
  /** On the wall clock, as the receiver's rows are. */
  readonly at: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly secret: string;
  readonly senders: number;
  /** The orders that the messages may name, at this moment. */
  readonly orderIds: () => readonly string[];
  /** In `[0, 1)`. */
  readonly random: () => number;
  /** Between an answer and the next message of the same sender. */
  readonly pauseMs: number;
}

/** While nobody listens: short against the time that a start takes, long enough to leave it the processor. */
const RETRY_MS = 3;
const ANSWER_TIMEOUT_MS = 10_000;

export class WebhookLoad {
  readonly acknowledged: Acknowledged[] = [];
  /** Answers by status, and `0` for connections that broke or were refused. */
  readonly answers = new Map<number, number>();
  readonly #options: LoadOptions;
  readonly #running: Promise<unknown>;
  readonly #agent: Agent;
  #waiting: (() => void)[] = [];
  #isOver = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.senders });
    this.#running = Promise.all(Array.from({ length: options.senders }, () => this.#send()));
  }

  /** Resolves at the next answer 200, with the moment on the monotonic clock. Call it while nobody listens. */
  nextAcknowledged(): Promise<number> {
    return new Promise((resolve) => this.#waiting.push(() => resolve(performance.now())));
  }

  /** Lets every message come to its end: the receiver must listen, and go on doing so until this resolves. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#running;
    this.#agent.destroy();
  }

  async #send(): Promise<void> {
    const { orderIds, random, pauseMs } = this.#options;
    while (!this.#isOver) {
      const ids = orderIds();
      const orderId = ids[Math.floor(random() * ids.length)];
      if (orderId !== undefined) {
        await this.#untilAcknowledged(orderId);
      }
      await pause(pauseMs);
    }
  }

  async #untilAcknowledged(orderId: string): Promise<void> {
    const webhookId = randomUUID();
    // The id in the body, too: a repeated body is a repeated message, whatever its id.
    const body = JSON.stringify({ admin_graphql_api_id: orderId, nonce: webhookId });
    const headers = {
      "content-type": "application/json",
      "x-shopify-topic": "orders/updated",
      "x-shopify-webhook-id": webhookId,
      "x-shopify-hmac-sha256": sign(body, this.#options.secret),
    };
    for (;;) {
      const status = await this.#post({ body, headers });
      this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
      if (status === 200) {
        this.acknowledged.push({ webhookId, orderId, at: Date.now() });
        for (const tell of this.#waiting.splice(0)) {
          tell();
        }
        return;
      }
      await pause(RETRY_MS);
    }
  }

  #post({ body, headers }: Message): Promise<number> {
    const { port } = this.#options;
    return new Promise((resolve) => {
      const sent = request(
        { host: "127.0.0.1", port, path: "/webhooks/shopify", method: "POST", headers, agent: this.#agent },
        (answer) => {
          // The status is the answer: what breaks after it does not take it back.
          answer.on("error", () => {}).resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      sent.setTimeout(ANSWER_TIMEOUT_MS, () => sent.destroy());
      sent.on("error", () => resolve(0));
      sent.end(body);
    });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
