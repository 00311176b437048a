/** Real connections on loopback: what a failed call says about whether the other side may have acted. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { RemoteError } from "../../src/base/errors.ts";
import { callHttp, type HttpRequest, readRetryAfter, wasNeverSent } from "../../src/base/http.ts";

const LIMIT = 1_000;
const open: (Server | TcpServer)[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) {
    socket.destroy();
  }
  sockets.clear();
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen(server: Server | TcpServer): Promise<string> {
  open.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${portOf(server)}/thing`;
}

function portOf(server: Server | TcpServer): number {
  const address: string | AddressInfo | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

function aRequest(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    remote: "shipping",
    operation: "POST /thing",
    method: "POST",
    url,
    headers: { authorization: "Bearer canary-token", "content-type": "application/json" },
    body: '{"name":"canary-body"}',
    effect: "write",
    timeoutMs: 5_000,
    bodyBytesMax: LIMIT,
    ...more,
  };
}

async function failureOf(request: HttpRequest): Promise<RemoteError> {
  try {
    await callHttp(request);
  } catch (error) {
    if (error instanceof RemoteError) {
      return error;
    }
    throw error;
  }
  return expect.unreachable();
}

/** The kinds of failure of the same call as a write and as a read. */
async function kindsOf(url: string, more: Partial<HttpRequest> = {}): Promise<readonly string[]> {
  const write = await failureOf(aRequest(url, more));
  const read = await failureOf(aRequest(url, { ...more, effect: "read" }));
  return [write.kind, read.kind];
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
  }
  return text;
}

describe("a complete answer", () => {
  it("is returned with status, headers and bytes, and the request arrived as it was", async () => {
    const seen: unknown[] = [];
    const url = await serve(async (request, response) => {
      seen.push([request.method, request.url, request.headers.authorization, await readAll(request)]);
      response.writeHead(201, { "x-request-id": "r1" }).end("made");
    });
    const { status, headers, bytes } = await callHttp(aRequest(url));
    expect([status, headers.get("x-request-id"), Buffer.from(bytes).toString()]).toEqual([201, "r1", "made"]);
    expect(seen).toEqual([["POST", "/thing", "Bearer canary-token", '{"name":"canary-body"}']]);
  });

  it.each([
    204, 400, 401, 404, 422, 429, 500, 503,
  ])("of status %i is the caller's business, and asked for once", async (status) => {
    let calls = 0;
    const url = await serve((_request, response) => {
      calls += 1;
      response.writeHead(status).end();
    });
    expect(await callHttp(aRequest(url))).toMatchObject({ status, bytes: { length: 0 } });
    expect(await callHttp(aRequest(url, { effect: "read" }))).toMatchObject({ status });
    expect(calls).toBe(2);
  });

  it("that points elsewhere is not followed", async () => {
    const visited: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      visited.push(request.url);
      response.writeHead(307, { location: "/elsewhere" }).end("moved");
    });
    const { status, headers } = await callHttp(aRequest(url));
    expect([status, headers.get("location"), visited]).toEqual([307, "/elsewhere", ["/thing"]]);
  });

  it("may be as long as the limit", async () => {
    const url = await serve((_request, response) => response.end("x".repeat(LIMIT)));
    expect((await callHttp(aRequest(url))).bytes).toHaveLength(LIMIT);
  });
});

describe("a connection that is refused", () => {
  it("is unavailable for writes too: nothing was sent", async () => {
    const server = createServer();
    const url = await listen(server);
    server.close();
    await once(server, "close");
    open.length = 0;
    expect(await kindsOf(url)).toEqual(["unavailable", "unavailable"]);
    const error = await failureOf(aRequest(url));
    expect(error).toMatchObject({ remote: "shipping", operation: "POST /thing", code: "ECONNREFUSED", retryAt: null });
    expect(error.message).toBe("POST /thing: cannot connect (ECONNREFUSED)");
  });
});

describe("what an error of the system says about a request", () => {
  const failed = (code: string, syscall?: string) => Object.assign(new Error("x"), { code }, syscall && { syscall });
  const wrapped = (cause: Error) => new TypeError("fetch failed", { cause });
  /** As Node makes it when a name has several addresses. */
  const ofTries = (...tries: readonly Error[]) =>
    Object.assign(new AggregateError(tries), { code: tries[0] && "code" in tries[0] ? tries[0].code : undefined });

  it.each<readonly [string, unknown, boolean]>([
    ["refused", failed("ECONNREFUSED", "connect"), true],
    ["no such name", failed("ENOTFOUND", "getaddrinfo"), true],
    ["no route while connecting", failed("EHOSTUNREACH", "connect"), true],
    ["no network while connecting", failed("ENETUNREACH", "connect"), true],
    ["no network while looking up the name", failed("ENETUNREACH", "getaddrinfo"), true],
    ["no route while writing", failed("EHOSTUNREACH", "write"), false],
    ["no route while reading", failed("EHOSTUNREACH", "read"), false],
    ["no network while reading", failed("ENETUNREACH", "read"), false],
    ["no route, nobody knows when", failed("EHOSTUNREACH"), false],
    ["no route to any address", ofTries(failed("EHOSTUNREACH", "connect"), failed("ENETUNREACH", "connect")), true],
    ["no route in one of two tries", ofTries(failed("EHOSTUNREACH", "connect"), failed("ENETUNREACH", "read")), false],
    ["no tries at all", Object.assign(new AggregateError([]), { code: "EHOSTUNREACH" }), false],
    ["reset", failed("ECONNRESET", "read"), false],
    ["no code", new Error("x"), false],
    ["nothing", undefined, false],
  ])("%s", (_name, error, neverSent) => {
    expect(wasNeverSent(error)).toBe(neverSent);
    expect(wasNeverSent(wrapped(wrapped(error instanceof Error ? error : new Error("x"))))).toBe(neverSent);
  });
});

describe("a write whose outcome nobody knows, and a read that may simply be repeated", () => {
  it("is reset before a byte was read", async () => {
    const url = await listen(createTcpServer((socket) => socket.resetAndDestroy()));
    expect(await kindsOf(url)).toEqual(["outcome_unknown", "unavailable"]);
  });

  it("is reset after all was read", async () => {
    const bodies: string[] = [];
    const url = await serve(async (request) => {
      bodies.push(await readAll(request));
      request.socket.resetAndDestroy();
    });
    expect(await kindsOf(url)).toEqual(["outcome_unknown", "unavailable"]);
    // Once each: a repeated write would be a second label.
    expect(bodies).toHaveLength(2);
  });

  it("is closed politely without an answer", async () => {
    const url = await serve((request) => request.socket.end());
    expect(await kindsOf(url)).toEqual(["outcome_unknown", "unavailable"]);
  });

  it("is reset on a connection that worked before", async () => {
    let calls = 0;
    const url = await serve((request, response) => {
      calls += 1;
      if (calls === 1) {
        response.end("first");
      } else {
        request.socket.resetAndDestroy();
      }
    });
    await callHttp(aRequest(url));
    expect((await failureOf(aRequest(url))).kind).toBe("outcome_unknown");
    expect(calls).toBe(2);
  });

  it("is cut in the middle of the body", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("0123456789", () => response.socket?.destroy());
    });
    expect(await kindsOf(url)).toEqual(["outcome_unknown", "unavailable"]);
  });

  it("is cut in the middle of a chunked body", async () => {
    const url = await serve((_request, response) => {
      response.write('{"id":', () => response.socket?.destroy());
    });
    expect(await kindsOf(url)).toEqual(["outcome_unknown", "unavailable"]);
  });

  it("is not HTTP", async () => {
    const url = await listen(createTcpServer((socket) => socket.end("SSH-2.0-OpenSSH\r\n")));
    expect(await kindsOf(url)).toEqual(["outcome_unknown", "unavailable"]);
  });

  it("is said to be compressed and is not", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end("this is not gzip");
    });
    expect(await kindsOf(url)).toEqual(["outcome_unknown", "unavailable"]);
  });

  it("gets no answer in time", async () => {
    const url = await serve(() => {});
    expect(await kindsOf(url, { timeoutMs: 60 })).toEqual(["outcome_unknown", "unavailable"]);
    expect((await failureOf(aRequest(url, { timeoutMs: 60 }))).message).toMatch(/^POST \/thing: no answer in /);
  });

  it("gets an answer that never ends", async () => {
    const url = await serve((_request, response) => {
      response.write("x");
    });
    expect(await kindsOf(url, { timeoutMs: 60 })).toEqual(["outcome_unknown", "unavailable"]);
  });
});

describe("an answer over the size limit", () => {
  it("is malformed for a read and unknown for a write, and the rest is not read", async () => {
    const closed: Promise<unknown>[] = [];
    const url = await serve((_request, response) => {
      closed.push(once(response, "close"));
      const chunk = "x".repeat(LIMIT);
      const pump = () => {
        while (!response.destroyed && response.write(chunk)) {}
      };
      response.on("drain", pump);
      pump();
    });
    expect(await kindsOf(url)).toEqual(["outcome_unknown", "malformed"]);
    await Promise.all(closed);
    expect((await failureOf(aRequest(url))).message).toBe(`POST /thing: answered with more than ${LIMIT} bytes`);
  });

  it("is measured after decompression", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(5_000_000)));
    });
    expect(await kindsOf(url)).toEqual(["outcome_unknown", "malformed"]);
  });
});

describe("an error", () => {
  it("holds neither headers nor body, also when it is printed with all its causes", async () => {
    const url = await serve((request) => request.socket.destroy());
    for (const more of [{}, { url: "nonsense" }, { headers: { authorization: "Bearer canary\nheader" } }]) {
      const error = await failureOf(aRequest(url, more));
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("canary");
      expect(`${JSON.stringify(error)}${error.stack}`).not.toContain("canary");
    }
  });

  it("of a request that cannot even be built is unavailable: nothing was sent", async () => {
    const url = await serve((_request, response) => response.end());
    expect(await kindsOf("http://127.0.0.1:99999/")).toEqual(["unavailable", "unavailable"]);
    expect(await kindsOf(url, { headers: { authorization: "two\nlines" } })).toEqual(["unavailable", "unavailable"]);
  });
});

describe("readRetryAfter", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  const clock = { now: () => now, sleep: async () => {} };
  const CAP_MS = 3_600_000;

  it.each<readonly [string | null, number | null]>([
    [null, null],
    ["", null],
    ["0", 0],
    ["2", 2_000],
    ["2.0", 2_000],
    ["1.5", 1_500],
    ["86400", CAP_MS],
    ["1e99", null],
    ["-5", null],
    ["0x10", null],
    ["Infinity", null],
    ["soon", null],
    ["try 5", null],
    ["Sun, 22 Nov 2026 12:00:30 GMT", 30_000],
    ["Sun, 22 Nov 2026 11:00:00 GMT", 0],
    ["Fri, 31 Dec 2099 23:59:59 GMT", CAP_MS],
    ["Sun, 99 Nov 2026 12:00:30 GMT", null],
    ["9".repeat(320), CAP_MS],
  ])("reads %j as %j milliseconds from now", (value, waitMs) => {
    const headers = new Headers(value === null ? {} : { "retry-after": value });
    expect(readRetryAfter(headers, clock, CAP_MS)).toBe(waitMs === null ? null : now + waitMs);
  });
});
