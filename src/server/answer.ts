/** Small JSON answers, and the care that an answer needs which comes before the request was read to its end. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { DurationMs } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";

export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * On every answer. They are JSON for programs: no browser is to keep one, guess another type, draw it, or tell the next
 * page where it came from. What the server is made of is nobody's business.
 */
const SAFE_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** What Express calls. Rejections end in its error handler. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Sends it, unless the caller has gone. Head and body leave in one piece, because the body is a text. */
export function send(response: ServerResponse, answer: Answer): void {
  response.end(writeHead(response, answer));
}

/**
 * For requests whose body was not read. Closing at once would reset the connection and could destroy the answer on its
 * way, so what still comes is thrown away for at most `lingerMs`, and the connection is closed then.
 */
export async function sendEarly(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  linger: { readonly clock: Clock; readonly lingerMs: DurationMs },
): Promise<void> {
  if (request.complete || !announcesBody(request)) {
    send(response, answer);
    return;
  }
  response.write(writeHead(response, { ...answer, headers: { ...answer.headers, connection: "close" } }));
  const over = new AbortController();
  // Comes after the last byte, and when the caller goes away.
  request.once("close", () => over.abort());
  request.resume();
  await linger.clock.sleep(linger.lingerMs, over.signal);
  response.end();
}

/** Gives the body that must follow. */
function writeHead(response: ServerResponse, answer: Answer): string {
  const body = `${JSON.stringify(answer.body)}\n`;
  response.writeHead(answer.status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...SAFE_HEADERS,
    ...answer.headers,
  });
  return body;
}

function announcesBody(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && Number(length) > 0);
}
