/**
 * The web server: webhooks, health, readiness.
 *
 * It is made → listening → draining → closed. While it drains, `/ready` answers 503 and new webhooks are answered 503
 * (their sender repeats them); requests that were under way are finished and answered. Then the listener and all
 * connections are closed. To be kinder to a balancer, let `isReady` turn false some seconds before `stop`: until then
 * webhooks are still stored. Nothing lives here that a crash could lose: what was answered 200 is in the store.
 */
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler } from "express";
import { AssertionError, SettingsError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Inbox, InboxEntry } from "../store/types.ts";
import { type Answer, type Handler, send, sendEarly } from "./answer.ts";
import type { HealthReport } from "./health.ts";
import { createHealthRoute, createReadyRoute } from "./health-route.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";
import { BodyReader } from "./raw-body.ts";
import { RefusalLog } from "./refusal-log.ts";
import { createWebhookRoute, type WebhookSource } from "./webhook-route.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly inbox: Pick<Inbox, "ingest">;
  readonly sources: readonly WebhookSource[];
  readonly health: () => Promise<HealthReport>;
  /** Migrated, leased and able to work. */
  readonly isReady: () => boolean;
  /** After each new message, when it is durable and answered. Must be quick. */
  readonly onStored: (message: InboxEntry) => void;
  readonly limits?: Partial<ServerLimits>;
}

export interface Server {
  /** Resolves when it listens. Once only. `SettingsError` when it cannot listen there. */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * Drains and closes; resolves when no connection is left. When `signal` aborts, what is under way is cut. May be called
   * twice, also to cut short the first call, and before `start`.
   */
  stop(signal?: AbortSignal): Promise<void>;
}

export function createServer(options: ServerOptions): Server {
  return new WebServer(options);
}

const NOT_FOUND: Answer = { status: 404, body: { error: "not found" } };
const FAILED: Answer = { status: 500, body: { error: "internal error" } };

/** System codes of `listen` that whoever set HOST and PORT can mend. */
const LISTEN_PROBLEMS: Readonly<Record<string, { readonly env: "HOST" | "PORT"; what: string; remedy: string }>> = {
  EADDRINUSE: {
    env: "PORT",
    what: "is in use by another program",
    remedy: "stop that program, or set PORT to a free one",
  },
  EACCES: { env: "PORT", what: "needs a privilege, as all below 1024", remedy: "set PORT to a higher one" },
  EADDRNOTAVAIL: {
    env: "HOST",
    what: "is no address of this machine",
    remedy: "set HOST to one of its own, such as 127.0.0.1 or 0.0.0.0",
  },
  ENOTFOUND: {
    env: "HOST",
    what: "is not known",
    remedy: "set HOST to an address of this machine, such as 127.0.0.1 or 0.0.0.0",
  },
};

class WebServer implements Server {
  readonly #options: ServerOptions;
  readonly #limits: ServerLimits;
  readonly #refusalLogs: RefusalLog[] = [];
  readonly #http: HttpServer;
  /** Responses that are not finished yet. */
  readonly #underWay = new Set<ServerResponse>();
  #isStarted = false;
  #isDraining = false;
  #stopped: Promise<void> | null = null;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#http = this.#createHttp();
  }

  async start(): Promise<{ readonly host: string; readonly port: number }> {
    if (this.#isStarted || this.#isDraining) {
      throw new AssertionError("A server starts once.");
    }
    this.#isStarted = true;
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#http.once("error", (error) => reject(toListenError(error, host, port)));
      this.#http.listen(port, host, resolve);
    });
    return { host, port: (this.#http.address() as AddressInfo).port };
  }

  async stop(signal?: AbortSignal): Promise<void> {
    this.#isDraining = true;
    for (const response of this.#underWay) {
      askToClose(response);
    }
    const cut = (): void => this.#http.closeAllConnections();
    if (signal?.aborted === true) {
      cut();
    } else {
      signal?.addEventListener("abort", cut, { once: true });
    }
    this.#stopped ??= this.#drain();
    try {
      await this.#stopped;
    } finally {
      signal?.removeEventListener("abort", cut);
    }
  }

  async #drain(): Promise<void> {
    await ended([...this.#underWay]);
    if (this.#http.listening) {
      const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
      // Those that came while it drained were refused; they need a moment to take their answer.
      await ended([...this.#underWay]);
      this.#http.closeAllConnections();
      await closed;
    }
    for (const log of this.#refusalLogs) {
      log.flush();
    }
  }

  #createHttp(): HttpServer {
    const limits = this.#limits;
    const http = createHttpServer({
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
    });
    http.timeout = limits.inactivityTimeoutMs;
    http.maxConnections = limits.connectionsMax;
    const drops = this.#refusalLog("connections");
    http.on("drop", () => drops.count("too_many"));
    const webhooks = this.#createWebhooks();
    const app = this.#createApp(webhooks);
    http.on("request", (request, response) => {
      this.#underWay.add(response);
      response.once("close", () => this.#underWay.delete(response));
      if (this.#isDraining) {
        askToClose(response);
      }
      const webhook = webhooks.get(request.url ?? "");
      if (webhook === undefined) {
        app(request, response);
      } else {
        void this.#handle(webhook, request, response);
      }
    });
    return http;
  }

  /** By path. */
  #createWebhooks(): ReadonlyMap<string, Handler> {
    const { clock, log, inbox, onStored, sources } = this.#options;
    const bodies = new BodyReader(this.#limits);
    const limits = this.#limits;
    const isDraining = (): boolean => this.#isDraining;
    return new Map(
      sources.map((source) => {
        const refusals = this.#refusalLog(source.name);
        const route = { source, inbox, bodies, limits, clock, log, refusals, isDraining, onStored };
        return [source.path, createWebhookRoute(route)] as const;
      }),
    );
  }

  /** Past Express: webhooks come in masses, and its way to a route is work for each. Never rejects. */
  async #handle(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await handler(request, response);
    } catch (error) {
      this.#fail(error, response);
    }
  }

  #fail(error: unknown, response: ServerResponse): void {
    this.#options.log.error("a request failed", { error: error instanceof Error ? error.name : typeof error });
    if (response.headersSent) {
      response.destroy();
    } else {
      send(response, FAILED);
    }
  }

  /** Everything but a webhook's address as its sender was given it: those with a query or a slash at the end, too. */
  #createApp(webhooks: ReadonlyMap<string, Handler>): express.Express {
    const { clock, log, health, isReady } = this.#options;
    const app = express();
    app.disable("x-powered-by").set("etag", false).set("query parser", false);
    for (const [path, webhook] of webhooks) {
      app.all(path, webhook);
    }
    app.get("/health", createHealthRoute({ health, timeoutMs: this.#limits.healthTimeoutMs, clock, log }));
    app.get(
      "/ready",
      createReadyRoute(() => !this.#isDraining && isReady()),
    );
    const linger = { clock, lingerMs: this.#limits.lingerMs };
    const handleUnknown: Handler = (request, response) => sendEarly(request, response, NOT_FOUND, linger);
    app.use(handleUnknown);
    // Express knows error handlers by their four parameters.
    const handleError: ErrorRequestHandler = (error, _request, response, _next) => this.#fail(error, response);
    app.use(handleError);
    return app;
  }

  #refusalLog(source: string): RefusalLog {
    const { log, clock } = this.#options;
    const created = new RefusalLog({ source, log, clock });
    this.#refusalLogs.push(created);
    return created;
  }
}

function askToClose(response: ServerResponse): void {
  if (!response.headersSent) {
    response.setHeader("connection", "close");
  }
}

async function ended(responses: readonly ServerResponse[]): Promise<void> {
  await Promise.all(
    responses.map((response) => new Promise<void>((resolve) => response.once("close", () => resolve()))),
  );
}

function toListenError(error: Error, host: string, port: number): Error {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const problem = LISTEN_PROBLEMS[code];
  if (problem === undefined) {
    return error;
  }
  const { env, what, remedy } = problem;
  const value = env === "PORT" ? String(port) : host;
  const message = `${what}: the web server cannot listen on ${host}:${port} (${code})`;
  return new SettingsError([{ setting: env, env, value, message, position: null }], remedy, { cause: error });
}
