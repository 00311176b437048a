/** A fake shop behind a real port, a clock that only tests move, and a client that speaks plain HTTP. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DurationMs, Instant } from "../../../src/core/time.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { CALM, Faults } from "../../../src/sandbox/faults.ts";
import { seededRandom } from "../../../src/sandbox/random.ts";
import { serveSandbox } from "../../../src/sandbox/serve.ts";
import {
  createFakeShopify,
  type FakeShopify,
  type FakeShopifyOptions,
} from "../../../src/sandbox/shopify/fake-shopify.ts";
import type { Operation } from "../../../src/shopify/operations.ts";

/** Stands still until `advance`; sleepers wake in the order of their time. */
export class ManualClock implements Clock {
  #now: Instant;
  readonly #sleepers = new Set<{ readonly at: Instant; wake: () => void }>();

  constructor(at: Instant = Date.UTC(2026, 10, 22, 10, 0, 0, 250)) {
    this.#now = at;
  }

  now(): Instant {
    return this.#now;
  }

  sleep(durationMs: DurationMs, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted || durationMs <= 0) {
        resolve();
        return;
      }
      const sleeper = { at: this.#now + durationMs, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        resolve();
      });
    });
  }

  advance(durationMs: DurationMs): void {
    this.#now += durationMs;
    const due = [...this.#sleepers].filter((sleeper) => sleeper.at <= this.#now).sort((a, b) => a.at - b.at);
    for (const sleeper of due) {
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }

  /** How many are asleep for exactly this long from now on. */
  sleeping(durationMs: DurationMs): number {
    return [...this.#sleepers].filter((sleeper) => sleeper.at === this.#now + durationMs).length;
  }
}

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>> & { readonly code?: string };
}

export interface GraphqlAnswer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly GraphqlError[] | string;
  readonly extensions?: {
    readonly cost: {
      readonly requestedQueryCost: number;
      readonly actualQueryCost: number | null;
      readonly throttleStatus: { maximumAvailable: number; currentlyAvailable: number; restoreRate: number };
    };
    readonly search?: readonly { readonly path: readonly string[]; readonly warnings: readonly { code: string }[] }[];
  };
}

export interface TestShop {
  readonly shop: FakeShopify;
  readonly clock: ManualClock;
  readonly faults: Faults;
  readonly url: string;
  /** The data of an answer without errors; throws otherwise. */
  run<Variables, Data>(operation: Operation<Variables, Data>, variables: Variables): Promise<Data>;
  /** The whole answer. */
  ask<Data>(document: string, variables?: object, token?: string): Promise<GraphqlAnswer<Data>>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

export async function startShop(options: Partial<FakeShopifyOptions> = {}): Promise<TestShop> {
  const clock = new ManualClock();
  const random = seededRandom(7);
  const faults = new Faults(CALM, random);
  const shop = createFakeShopify({ clock, random, faults, ...options });
  const server = await serveSandbox({ port: 0, routes: shop.routes(), faults, clock });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const ask = async <Data>(document: string, variables: object = {}, token = shop.credentials.accessToken) => {
    const headers = { "x-shopify-access-token": token };
    const answer = await post("/admin/api/2026-10/graphql.json", { query: document, variables }, headers);
    return (await answer.json()) as GraphqlAnswer<Data>;
  };
  return {
    shop,
    clock,
    faults,
    url: server.url,
    ask,
    post,
    run: async <Variables, Data>(operation: Operation<Variables, Data>, variables: Variables) => {
      const answer = await ask<Data>(operation.document, variables as object);
      if (answer.errors !== undefined || answer.data === null || answer.data === undefined) {
        throw new Error(`${operation.name}: ${JSON.stringify(answer.errors)}`);
      }
      return answer.data;
    },
    close: async () => {
      await shop.stop();
      await server.close();
    },
  };
}

const SHARED = join(import.meta.dirname, "../../../../shared/shopify");

/** A file of the recordings beside the project, or `null` with a printed reason where they are absent. */
export function readShared(path: string): Buffer | null {
  const file = join(SHARED, path);
  if (!existsSync(file)) {
    process.stdout.write(`skipped: there is no ../shared/shopify/${path} beside the project\n`);
    return null;
  }
  return readFileSync(file);
}
