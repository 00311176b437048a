/**
 * The sandbox's web server: node:http on loopback, routes by path prefix, and the faults of the wire around every
 * handler. Handlers are plain functions from request to reply and know nothing of faults: `reset_after` runs the handler
 * and then destroys the socket, which is exactly the lost answer that shipbot must survive.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../ports/clock.ts";
import type { Faults } from "./faults.ts";

export interface SandboxRequest {
  readonly method: string;
  /** Path without query, as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface SandboxReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects are sent as JSON, strings and buffers as they are. */
  readonly body: unknown;
}

export interface SandboxRoute {
  /** Requests whose path starts with this are handed to `handle`; the longest prefix wins. */
  readonly prefix: string;
  /** Whether faults of the wire may strike here (not on control routes). */
  readonly faulty: boolean;
  /** What to call a request in faults and logs, e.g. `POST /v2/shipments` or `mutation FulfillmentCreate`. */
  describe(request: SandboxRequest): string;
  handle(request: SandboxRequest): Promise<SandboxReply>;
}

export interface SandboxServer {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 4 * 1024 * 1024;
const HTML_ERROR = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502</h1></center></body></html>";

/** Listens on 127.0.0.1; port 0 takes a free one. */
export async function serveSandbox(options: {
  readonly port: number;
  readonly routes: readonly SandboxRoute[];
  readonly faults: Faults;
  readonly clock: Clock;
}): Promise<SandboxServer> {
  const routes = [...options.routes].sort((a, b) => b.prefix.length - a.prefix.length);
  const server = createServer((incoming, outgoing) => {
    respond(incoming, outgoing, routes, options.faults, options.clock).catch((error: unknown) => {
      // A bug of the fake itself: visible to the caller, never a crash of the process that hosts it.
      if (!outgoing.headersSent) {
        outgoing.writeHead(500, { "content-type": "text/plain" });
      }
      outgoing.end(`sandbox bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  routes: readonly SandboxRoute[],
  faults: Faults,
  clock: Clock,
): Promise<void> {
  const url = new URL(incoming.url ?? "/", "http://sandbox");
  const body = await readBody(incoming);
  if (body === null) {
    return send(outgoing, { status: 413, body: { error: "body too large for the sandbox" } });
  }
  const request: SandboxRequest = {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: flatten(incoming.headers),
    body,
  };
  const route = routes.find((candidate) => request.path.startsWith(candidate.prefix));
  if (route === undefined) {
    return send(outgoing, { status: 404, body: { error: `the sandbox has no ${request.path}` } });
  }
  if (!route.faulty) {
    return send(outgoing, await route.handle(request));
  }
  const what = route.describe(request);
  if (faults.strikes("latency", what)) {
    await clock.sleep(faults.delayMs());
  }
  if (faults.strikes("reset_before", what)) {
    incoming.socket.destroy();
    return;
  }
  if (faults.strikes("rate_limited", what)) {
    return send(outgoing, { status: 429, headers: { "retry-after": "1" }, body: "Too Many Requests" });
  }
  if (faults.strikes("server_error_before", what)) {
    return send(outgoing, { status: 502, headers: { "content-type": "text/html" }, body: HTML_ERROR });
  }
  const reply = await route.handle(request);
  if (faults.strikes("reset_after", what)) {
    incoming.socket.destroy();
    return;
  }
  if (faults.strikes("server_error_after", what)) {
    return send(outgoing, { status: 502, headers: { "content-type": "text/html" }, body: HTML_ERROR });
  }
  if (faults.strikes("truncated_after", what)) {
    return sendTruncated(outgoing, reply);
  }
  return send(outgoing, reply);
}

/** The whole body, or `null` above the limit. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) {
      return null;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flatten(headers: IncomingMessage["headers"]): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) {
      flat[name] = Array.isArray(value) ? value.join(", ") : value;
    }
  }
  return flat;
}

function encode(reply: SandboxReply): { headers: Record<string, string>; bytes: Buffer } {
  const headers: Record<string, string> = { ...reply.headers };
  if (Buffer.isBuffer(reply.body)) {
    return { headers, bytes: reply.body };
  }
  if (typeof reply.body === "string") {
    headers["content-type"] ??= "text/plain; charset=utf-8";
    return { headers, bytes: Buffer.from(reply.body) };
  }
  headers["content-type"] ??= "application/json; charset=utf-8";
  return { headers, bytes: Buffer.from(JSON.stringify(reply.body)) };
}

function send(outgoing: ServerResponse, reply: SandboxReply): void {
  const { headers, bytes } = encode(reply);
  outgoing.writeHead(reply.status, { ...headers, "content-length": bytes.length });
  outgoing.end(bytes);
}

/** Promises the whole length, sends half of it and hangs up. */
function sendTruncated(outgoing: ServerResponse, reply: SandboxReply): void {
  const { headers, bytes } = encode(reply);
  outgoing.writeHead(reply.status, { ...headers, "content-length": bytes.length });
  outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => outgoing.socket?.destroy());
}
