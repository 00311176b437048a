/**
 * Brings webhooks to the daemon's real route and the answers back. A daemon that is down refuses the connection; one that
 * dies before it answers resets it. What was answered 200 is noted: it must not be lost any more.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../../src/base/log.ts";
import type { DurationMs } from "../../src/core/time.ts";
import type { Clock, Random } from "../../src/ports/clock.ts";
import type { Handler } from "../../src/server/answer.ts";
import { DEFAULT_LIMITS } from "../../src/server/limits.ts";
import type { BodyReader, ReceivedBody } from "../../src/server/raw-body.ts";
import { RefusalLog } from "../../src/server/refusal-log.ts";
import { createWebhookRoute, type WebhookSource } from "../../src/server/webhook-route.ts";
import type { Inbox, InboxEntry } from "../../src/store/types.ts";
import { type Engine, WORLD } from "./engine.ts";
import type { Life } from "./life.ts";
import type { PostedAnswer } from "./replaced/simulation.ts";
import type { World } from "./world.ts";

/** A daemon whose web server listens. */
export interface Listening {
  readonly life: Life;
  readonly handlers: ReadonlyMap<string, Handler>;
}

export interface Posted {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const WAY_MAX_MS: DurationMs = 40;
/** Between two repeats of a storm: longer than the program takes for one look at an order. */
const STORM_PAUSE_MS: DurationMs = 2_000;

export function createHandlers(
  sources: readonly WebhookSource[],
  parts: {
    readonly inbox: Inbox;
    readonly clock: Clock;
    readonly log: Log;
    readonly onStored: (message: InboxEntry) => void;
  },
): ReadonlyMap<string, Handler> {
  const { inbox, clock, log, onStored } = parts;
  return new Map(
    sources.map((source) => [
      source.path,
      createWebhookRoute({
        ...{ source, inbox, clock, log, onStored },
        bodies: wholeBodies,
        limits: DEFAULT_LIMITS,
        refusals: new RefusalLog({ source: source.name, log, clock }),
        isDraining: () => false,
      }),
    ]),
  );
}

/** A request of the simulation has its body already. */
const wholeBodies = {
  receive: async <T>(request: unknown, use: (body: ReceivedBody) => T): Promise<T> =>
    use({ kind: "complete", bytes: (request as { readonly simulatedBody: Buffer }).simulatedBody }),
} as unknown as BodyReader;

export class Postman {
  /** The daemon that answers now. */
  listening: Listening | null = null;
  /** Messages that were answered 200, in their order. */
  readonly acknowledged: Posted[] = [];
  readonly #engine: Engine;
  readonly #world: World;
  readonly #random: Random;
  readonly #onAcknowledged: (nth: number, posted: Posted) => void;
  readonly #known = new Set<string>();
  /** Ends the posts that a dying daemon leaves unanswered. */
  readonly #unanswered = new Set<{ readonly life: Life; readonly reset: () => void }>();

  constructor(engine: Engine, world: World, random: Random, onAcknowledged: (nth: number, posted: Posted) => void) {
    this.#engine = engine;
    this.#world = world;
    this.#random = random;
    this.#onAcknowledged = onAcknowledged;
  }

  post(url: string, init: { readonly headers: unknown; readonly body: string }): Promise<PostedAnswer> {
    const posted = { url, headers: plainHeaders(init.headers), body: init.body };
    return new Promise((resolve, reject) => {
      this.#engine.after(this.#way(), WORLD, () => this.#arrive(posted, resolve, reject));
    });
  }

  /** The daemon is gone, and with it its connections. */
  hangUp(life: Life): void {
    if (this.listening?.life === life) {
      this.listening = null;
    }
    for (const open of this.#unanswered) {
      if (open.life === life) {
        this.#unanswered.delete(open);
        open.reset();
      }
    }
  }

  /** Somebody who has a genuine message sends it again and again, under new ids. */
  storm(posted: Posted, copies: number): void {
    const orderId = this.#orderIn(posted);
    if (orderId === null) {
      return;
    }
    const fromAt = this.#engine.now;
    this.#world.facts.storms.push({ orderId, fromAt, untilAt: fromAt + copies * STORM_PAUSE_MS, copies });
    for (let copy = 1; copy <= copies; copy += 1) {
      const headers = { ...posted.headers, "x-shopify-webhook-id": `again-${this.#engine.moment}-${copy}` };
      this.#engine.after(copy * STORM_PAUSE_MS, WORLD, () => {
        this.post(posted.url, { headers, body: posted.body }).catch(() => undefined);
      });
    }
  }

  #arrive(posted: Posted, resolve: (answer: PostedAnswer) => void, reject: (error: Error) => void): void {
    const { listening } = this;
    const handler = listening?.handlers.get(new URL(posted.url).pathname);
    if (listening === null || handler === undefined) {
      this.#engine.after(this.#way(), WORLD, () => reject(new Error("connection refused")));
      return;
    }
    const { life } = listening;
    const open = { life, reset: () => reject(new Error("connection reset")) };
    this.#unanswered.add(open);
    const answer = (status: number): void => {
      // The answer leaves the process here: what it says is a promise from now on.
      if (life.isDead || !this.#unanswered.delete(open)) {
        return;
      }
      if (status === 200) {
        this.#noteAcknowledged(posted);
      }
      this.#engine.after(this.#way(), WORLD, () => resolve(toAnswer(status)));
    };
    this.#engine.after(0, life, () => {
      const request = {
        method: "POST",
        headers: posted.headers,
        complete: true,
        simulatedBody: Buffer.from(posted.body),
      } as unknown as IncomingMessage;
      let status = 0;
      const response = {
        writeHead: (code: number) => {
          status = code;
        },
        end: () => {
          if (!life.point("before a webhook is answered")) {
            answer(status);
          }
        },
      } as unknown as ServerResponse;
      void Promise.resolve(handler(request, response)).catch((error: unknown) => {
        this.#world.facts.bugs.push(`the webhook route failed: ${String(error)}`);
      });
    });
  }

  #noteAcknowledged(posted: Posted): void {
    const orderId = this.#orderIn(posted);
    const message = `${posted.headers["x-shopify-topic"]} ${posted.body}`;
    // The same body once more says nothing new, whatever its id: the program may take it for a repeat.
    if (orderId !== null && !this.#known.has(message)) {
      this.#known.add(message);
      this.#world.facts.acknowledged.push({
        ...{ orderId, topic: posted.headers["x-shopify-topic"] ?? "" },
        triggeredAt: Date.parse((posted.headers["x-shopify-triggered-at"] ?? "").replace(/\d{6}Z$/, "Z")),
      });
    }
    this.acknowledged.push(posted);
    this.#onAcknowledged(this.acknowledged.length, posted);
  }

  /** Only what names its order is taken: a fulfillment order may be unknown to us. */
  #orderIn(posted: Posted): string | null {
    return this.#world.orders.find(({ id }) => posted.body.includes(`"${id}"`))?.id ?? null;
  }

  #way(): DurationMs {
    return 1 + Math.floor(this.#random.next() * WAY_MAX_MS);
  }
}

function plainHeaders(headers: unknown): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers as Record<string, string>);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

function toAnswer(status: number): PostedAnswer {
  return {
    ok: status >= 200 && status < 300,
    status,
    body: { cancel: async () => undefined },
    arrayBuffer: async () => new ArrayBuffer(0),
  };
}
