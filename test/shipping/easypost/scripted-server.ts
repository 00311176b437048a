import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One answer: complete, or `reset` (the connection is cut instead of an answer), or `truncated` (cut in the body). */
export type ScriptedAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown }
  | "reset"
  | "truncated";

export interface SeenRequest {
  /** `POST /v2/shipments?x=y`. */
  readonly line: string;
  readonly authorization: string | null;
  readonly body: string;
}

export interface ScriptedServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Answers the next requests in this order; without an answer left it says 500 with a text that tests notice. */
  script(...answers: readonly ScriptedAnswer[]): void;
  close(): Promise<void>;
}

/** A server that gives the odd answers that no well-behaved fake gives. Objects are sent as JSON, all else as it is. */
export async function serveScript(): Promise<ScriptedServer> {
  const queue: ScriptedAnswer[] = [];
  const seen: SeenRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      chunks.push(chunk);
    }
    seen.push({
      line: `${incoming.method} ${incoming.url}`,
      authorization: incoming.headers.authorization ?? null,
      body: Buffer.concat(chunks).toString("utf8"),
    });
    give(outgoing, queue.shift() ?? { status: 500, body: "the script has no answer left" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    script: (...answers) => {
      queue.push(...answers);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function give(outgoing: ServerResponse, answer: ScriptedAnswer): void {
  if (answer === "reset") {
    outgoing.socket?.destroy();
    return;
  }
  if (answer === "truncated") {
    outgoing.writeHead(200, { "content-type": "application/json", "content-length": 1_000 });
    outgoing.write('{"id":"shp_1","sel', () => outgoing.socket?.destroy());
    return;
  }
  const isRaw = typeof answer.body === "string" || Buffer.isBuffer(answer.body);
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.end(isRaw ? answer.body : JSON.stringify(answer.body));
}
