/** An HTTP server on loopback that answers by script, for answers that no decent Shopify gives. It keeps every request. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to answer: a reply, a socket that is destroyed, or a body of which half arrives. */
export type Scripted =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown }
  | "reset"
  | "truncated";

export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly ScriptedRequest[];
  close(): Promise<void>;
}

/** `script` gives the answer to each request; `index` counts from 0. */
export async function serveScript(
  script: (request: ScriptedRequest, index: number) => Scripted | Promise<Scripted>,
): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) {
      body += chunk;
    }
    const request = { path: incoming.url ?? "", headers: incoming.headers, body };
    requests.push(request);
    send(outgoing, await script(request, requests.length - 1));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(outgoing: ServerResponse, scripted: Scripted): void {
  if (scripted === "reset") {
    outgoing.socket?.destroy();
    return;
  }
  if (scripted === "truncated") {
    outgoing.writeHead(200, { "content-type": "application/json", "content-length": 200 });
    outgoing.write('{"data":{"shop":', () => outgoing.socket?.destroy());
    return;
  }
  const text = typeof scripted.body === "string" ? scripted.body : JSON.stringify(scripted.body);
  const type = typeof scripted.body === "string" ? "text/html" : "application/json";
  outgoing.writeHead(scripted.status, { "content-type": type, ...scripted.headers });
  outgoing.end(text);
}

export const HTML_502: Scripted = { status: 502, body: "<html><body><h1>502 Bad Gateway</h1></body></html>" };

/** `extensions.cost` as Shopify writes it. */
export function costBlock(requested: number, available: number, maximum = 2_000, restoreRate = 100): object {
  return {
    requestedQueryCost: requested,
    actualQueryCost: null,
    throttleStatus: { maximumAvailable: maximum, currentlyAvailable: available, restoreRate },
  };
}

export function dataAnswer(data: unknown, extensions: object = { cost: costBlock(10, 1_990) }): Scripted {
  return { status: 200, body: { data, extensions } };
}

export function errorAnswer(
  code: string | null,
  options: { readonly message?: string; readonly path?: readonly unknown[]; readonly data?: unknown } & Readonly<
    Record<string, unknown>
  > = {},
): Scripted {
  const { message, path, data, ...extensions } = options;
  const error = {
    message: message ?? "refused",
    ...(path === undefined ? {} : { path }),
    ...(code === null ? {} : { extensions: { code, ...extensions } }),
  };
  return { status: 200, body: { errors: [error], ...(data === undefined ? {} : { data }) } };
}
