/**
 * One exchange over node:http or node:https: a request out, a whole answer in. Not over `fetch`: what Node loads for it
 * takes 26 MB of a daemon that is to stay below 90 (Node 24.21, twenty calls on loopback: 79 MB against 53).
 */
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as requestPlainly } from "node:http";
import { pipeline, type Readable } from "node:stream";

/** What an answer said about itself; names in any case of letters. */
export interface HttpHeaders {
  get(name: string): string | null;
}

export interface Exchange {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Unpacked; `null`: longer than the limit, and the rest was not read. */
  readonly bytes: Uint8Array | null;
}

/**
 * To one remote at once; more wait, and their deadline runs meanwhile. Twice the most workers that the settings allow, so
 * that this is only ever reached by a mistake of ours.
 */
const SOCKETS_MAX = 128;
const plainAgent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });

/**
 * Follows no redirect and repeats nothing. Rejects with the system's error, whose code says how far it got; with an
 * `AbortError` when `signal` fires, which then also ends the reading; with a `TypeError` for an address that is none.
 */
export async function exchange(request: {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  readonly bodyBytesMax: number;
}): Promise<Exchange> {
  const answer = await send(request);
  const bytes = await readLimited(await unpacked(answer), request.bodyBytesMax);
  // A response that came over a connection always has a status.
  return { status: answer.statusCode ?? 0, headers: readable(answer.headers), bytes };
}

async function send(request: Parameters<typeof exchange>[0]): Promise<IncomingMessage> {
  const { method, body, signal } = request;
  const url = new URL(request.url);
  const headers = { "accept-encoding": "gzip", ...request.headers };
  const isSecure = url.protocol === "https:";
  // Loaded where it is needed: TLS is not, beside a sandbox.
  const https = isSecure ? await import("node:https") : null;
  return await new Promise((resolve, reject) => {
    const outgoing =
      https === null
        ? requestPlainly(url, { method, headers, signal, agent: plainAgent })
        : https.request(url, { method, headers, signal, agent: secureAgentOf(https) });
    // Once the answer has begun, what goes wrong is an error of its stream; a listener has to be there all the same.
    outgoing.on("response", resolve).on("error", reject);
    outgoing.end(body);
  });
}

let secureAgent: import("node:https").Agent | null = null;

function secureAgentOf(https: typeof import("node:https")): import("node:https").Agent {
  secureAgent ??= new https.Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });
  return secureAgent;
}

/** The limit is on what comes out of it: a small packed body may hold gigabytes. */
async function unpacked(answer: IncomingMessage): Promise<Readable> {
  if (answer.headers["content-encoding"]?.trim().toLowerCase() !== "gzip") {
    return answer;
  }
  const { createGunzip } = await import("node:zlib");
  // Its reader hears of every failure; without the callback it would also be thrown.
  return pipeline(answer, createGunzip(), () => {});
}

async function readLimited(stream: Readable, bytesMax: number): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early ends the stream and with it the connection.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      return null;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readable(headers: IncomingHttpHeaders): HttpHeaders {
  return {
    get(name) {
      const value = headers[name.toLowerCase()];
      return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
    },
  };
}
