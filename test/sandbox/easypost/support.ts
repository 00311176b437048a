/** A fake EasyPost on a real server, with a clock that tests move by hand, and a receiver for its webhooks. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { DurationMs, Instant } from "../../../src/core/time.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import {
  createFakeEasyPost,
  type FakeEasyPost,
  type FakeEasyPostOptions,
} from "../../../src/sandbox/easypost/fake-easypost.ts";
import { CALM, Faults } from "../../../src/sandbox/faults.ts";
import { seededRandom } from "../../../src/sandbox/random.ts";
import { serveSandbox } from "../../../src/sandbox/serve.ts";

export const API_KEY = "EZTKsandbox";
export const STEP_MS = 1_000;

/** A clock that stands still until `advance`; sleepers wake in order of their time. */
export class ManualClock implements Clock {
  #now: Instant = Date.parse("2026-11-22T08:00:00Z");
  readonly #sleepers: { readonly wakeAt: Instant; readonly wake: () => void }[] = [];
  readonly #watchers: { readonly count: number; readonly notify: () => void }[] = [];

  now(): Instant {
    return this.#now;
  }

  async sleep(durationMs: DurationMs, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) {
      return;
    }
    await new Promise<void>((resolve) => {
      const sleeper = { wakeAt: this.#now + durationMs, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        resolve();
      });
      this.#notify();
    });
  }

  advance(durationMs: DurationMs): void {
    this.#now += durationMs;
    for (const sleeper of this.#sleepers.filter((candidate) => candidate.wakeAt <= this.#now)) {
      this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
      sleeper.wake();
    }
  }

  /** Resolves when at least `count` sleep. */
  async sleeping(count: number): Promise<void> {
    await new Promise<void>((notify) => {
      this.#watchers.push({ count, notify });
      this.#notify();
    });
  }

  #notify(): void {
    for (const watcher of this.#watchers) {
      if (this.#sleepers.length >= watcher.count) {
        watcher.notify();
      }
    }
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; `{}` when it is not JSON. */
  readonly body: Record<string, unknown>;
  readonly text: string;
}

export interface OpenSandbox {
  readonly url: string;
  readonly fake: FakeEasyPost;
  readonly faults: Faults;
  readonly clock: ManualClock;
  /** One call with the key; throws when the connection breaks. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

export async function openSandbox(options: Partial<FakeEasyPostOptions> = {}): Promise<OpenSandbox> {
  const clock = new ManualClock();
  const faults = new Faults(CALM, seededRandom(7));
  const fake = createFakeEasyPost({
    clock,
    random: seededRandom(1),
    faults,
    apiKey: API_KEY,
    stepMs: STEP_MS,
    journeyMix: { failed: 0, returned: 0, delayed: 0 },
    ...options,
  });
  const server = await serveSandbox({ port: 0, routes: fake.routes, faults, clock });
  return {
    url: server.url,
    fake,
    faults,
    clock,
    call: (method, path, body) => call(`${server.url}${path}`, method, body, API_KEY),
    close: async () => {
      await fake.stop();
      await server.close();
    },
  };
}

export async function call(url: string, method: string, body: unknown, key: string | null): Promise<Answer> {
  const headers = new Headers({ "content-type": "application/json" });
  if (key !== null) {
    headers.set("authorization", `Basic ${Buffer.from(`${key}:`).toString("base64")}`);
  }
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
    text,
  };
}

export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The event, parsed. */
  readonly event: Record<string, unknown>;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Statuses for the next requests; 200 when empty. `reset` breaks the connection, `hang` never answers. */
  readonly answers: (number | "reset" | "hang")[];
  /** Resolves when `count` requests have come in all. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: Receiver["answers"] = [];
  const watchers: { readonly count: number; readonly notify: () => void }[] = [];
  const notify = (): void => {
    for (const watcher of watchers) {
      if (received.length >= watcher.count) {
        watcher.notify();
      }
    }
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    received.push({
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body,
      event: JSON.parse(body.toString("utf8")) as Record<string, unknown>,
    });
    notify();
    const answer = answers.shift() ?? 200;
    if (answer === "reset") {
      request.socket.destroy();
    } else if (answer !== "hang") {
      response.writeHead(answer).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/webhooks/shipping/easypost`,
    received,
    answers,
    arrived: (count) =>
      new Promise((resolve) => {
        watchers.push({ count, notify: resolve });
        notify();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A parcel from San Francisco to Redondo Beach, zone 4. */
export function shipmentInput(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    from_address: {
      name: "Acme Store",
      street1: "1 Market Street",
      city: "San Francisco",
      state: "CA",
      zip: "94105",
      country: "US",
    },
    to_address: {
      name: "Robin Example",
      street1: "2 Pier Avenue",
      city: "Redondo Beach",
      state: "CA",
      zip: "90277",
      country: "US",
    },
    parcel: { length: 10, width: 8, height: 4, weight: 15.4 },
    ...overrides,
  };
}

/** A field of an answer that must be a text. */
export function text(object: unknown, key: string): string {
  const value = (object as Record<string, unknown>)[key];
  if (typeof value !== "string") {
    throw new TypeError(`${key} is no text`);
  }
  return value;
}

export function code(answer: Answer): unknown {
  return (answer.body["error"] as Record<string, unknown> | undefined)?.["code"];
}

/** The id of a rate of a created shipment. */
export function rateId(shipment: Record<string, unknown>, service: string): string {
  const rates = shipment["rates"] as Record<string, unknown>[];
  return text(
    rates.find((rate) => rate["service"] === service),
    "id",
  );
}

/** Creates a shipment and returns what buying it takes. */
export async function createOne(
  sandbox: OpenSandbox,
  overrides: Record<string, unknown> = {},
): Promise<{ readonly id: string; readonly buyPath: string; readonly buyBody: unknown }> {
  const created = await sandbox.call("POST", "/v2/shipments", { shipment: shipmentInput(overrides) });
  const id = text(created.body, "id");
  const rates = created.body["rates"] as Record<string, unknown>[];
  return { id, buyPath: `/v2/shipments/${id}/buy`, buyBody: { rate: { id: text(rates.at(-1), "id") } } };
}
