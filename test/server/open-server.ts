/** The web server on a free port, what it logs, and a raw socket for what fetch cannot say. */
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { Log, LogFields } from "../../src/base/log.ts";
import { systemClock } from "../../src/base/system.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { judgeHealth } from "../../src/server/health.ts";
import { createServer, type Server, type ServerOptions } from "../../src/server/server.ts";
import type { WebhookSource } from "../../src/server/webhook-route.ts";
import type { Store } from "../../src/store/types.ts";
import { type Message, shopifySource } from "../support/webhook-sender.ts";

/** Somebody whose secret nobody has set. */
export const mutedSource: WebhookSource = {
  ...shopifySource,
  name: "parcelco",
  path: "/webhooks/shipping/parcelco",
  secretSetting: "SHIPPING_WEBHOOK_SECRET",
  verify: () => "unconfigured",
};

export interface LogLine {
  readonly level: "error" | "warn" | "info" | "debug";
  readonly message: string;
  readonly fields: LogFields;
}

export class LineLog implements Log {
  readonly lines: LogLine[] = [];
  readonly error = this.#writer("error");
  readonly warn = this.#writer("warn");
  readonly info = this.#writer("info");
  readonly debug = this.#writer("debug");

  at(level: LogLine["level"]): readonly LogLine[] {
    return this.lines.filter((line) => line.level === level);
  }

  #writer(level: LogLine["level"]) {
    return (message: string, fields: LogFields = {}): void => {
      this.lines.push({ level, message, fields });
    };
  }
}

export interface OpenServer {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly log: LineLog;
  /** Sources of new messages, in their order. */
  readonly announced: readonly string[];
}

/** Listens on a free port and is stopped after the test. */
export async function openServer(
  options: Partial<ServerOptions> & { readonly store?: Store; readonly clock?: Clock } = {},
): Promise<OpenServer> {
  const log = new LineLog();
  const announced: string[] = [];
  const { store, ...given } = options;
  const server = createServer({
    host: "127.0.0.1",
    port: 0,
    clock: systemClock,
    log,
    inbox: store?.inbox ?? { ingest: () => Promise.reject(new Error("this test has no store")) },
    sources: [shopifySource, mutedSource],
    health: async () => judgeHealth(WELL),
    isReady: () => true,
    onStored: ({ source }) => announced.push(source),
    ...given,
  });
  const { port } = await server.start();
  onTestFinished(() => server.stop(AbortSignal.abort()));
  return { url: `http://127.0.0.1:${port}`, port, server, log, announced };
}

export const WELL = {
  isDatabaseWritable: true,
  isLoopAlive: true,
  mode: "live",
  remotes: [],
  version: "1.2.3",
  startedAt: 10_000,
  now: 75_900,
};

/** A request as bytes, for callers with bad manners. */
export function toBytes(message: Message, path = "/webhooks/shopify"): Buffer {
  const lines = Object.entries(message.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = Buffer.from(message.body);
  const head = `POST ${path} HTTP/1.1\r\nhost: test\r\ncontent-length: ${body.length}\r\n${lines.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** One connection and what came back on it. */
export class RawClient {
  readonly socket: Socket;
  /** Resolves with all that was received, when the connection has ended in whatever way. */
  readonly closed: Promise<string>;
  /** Why the connection broke; `null` while it has not, and when it was closed properly. */
  error: Error | null = null;
  #received = "";
  readonly #listeners = new Set<() => void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.#received += text;
      this.#notify();
    });
    socket.on("error", (error) => {
      this.error = error;
    });
    this.closed = new Promise((resolve) =>
      socket.once("close", () => {
        resolve(this.#received);
        this.#notify();
      }),
    );
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    const client = new RawClient(socket);
    onTestFinished(() => {
      socket.destroy();
    });
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return client;
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Everything so far, once it matches `times` times. Rejects when the connection ends without that. */
  async received(pattern: RegExp, times = 1): Promise<string> {
    const all = new RegExp(pattern, "g");
    return await new Promise((resolve, reject) => {
      const look = (): void => {
        if ((this.#received.match(all)?.length ?? 0) >= times) {
          this.#listeners.delete(look);
          resolve(this.#received);
        } else if (this.socket.destroyed) {
          this.#listeners.delete(look);
          reject(new Error(`the connection ended without ${pattern}: ${this.#received}`));
        }
      };
      this.#listeners.add(look);
      look();
    });
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }
}
