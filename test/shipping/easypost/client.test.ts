import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RemoteError } from "../../../src/base/errors.ts";
import { SILENT } from "../../../src/base/log.ts";
import { Secret } from "../../../src/base/secret.ts";
import { createClient, LABEL_BYTES_MAX, READ_ATTEMPTS_MAX } from "../../../src/shipping/easypost/client.ts";
import { errorAnswer } from "./answers.ts";
import { type ScriptedAnswer, type ScriptedServer, serveScript } from "./scripted-server.ts";
import { createTestClock, type TestClock } from "./test-clock.ts";

let server: ScriptedServer;
let clock: TestClock;

beforeEach(async () => {
  server = await serveScript();
  clock = createTestClock();
});
afterEach(() => server.close());

const client = (baseUrl = `${server.url}/v2`) =>
  createClient({ baseUrl, apiKey: new Secret("EZTKkey"), clock, log: SILENT });

const write = () =>
  client().post({ operation: "POST /thing", path: "/thing", body: { a: 1 }, effect: "write", timeoutMs: 5_000 });

const HTML: ScriptedAnswer = { status: 502, headers: { "content-type": "text/html" }, body: "<html>502</html>" };

async function failureOf(call: Promise<unknown>): Promise<RemoteError> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RemoteError)) {
    throw new Error("expected a RemoteError", { cause: error });
  }
  return error;
}

describe("requests", () => {
  it("go to the base address with the key as user and no password", async () => {
    server.script({ status: 200, body: { ok: true } }, { status: 201, body: { ok: true } });
    await client(`${server.url}/v2//`).get("GET /thing", "/thing?x=y");
    await write();
    const authorization = `Basic ${Buffer.from("EZTKkey:").toString("base64")}`;
    expect(server.seen).toEqual([
      { line: "GET /v2/thing?x=y", authorization, body: "" },
      { line: "POST /v2/thing", authorization, body: '{"a":1}' },
    ]);
  });
});

describe("a read", () => {
  it.each([
    ["a 502 page", HTML],
    ["a lost connection", "reset"],
    ["half an answer", "truncated"],
    ["a 500 in EasyPost's shape", { status: 500, body: errorAnswer("INTERNAL_SERVER_ERROR") }],
  ] as const)("is repeated after %s", async (_, answer) => {
    server.script(answer, answer, { status: 200, body: { id: "shp_1" } });
    expect(await client().get("GET /thing", "/thing")).toEqual({ id: "shp_1" });
    expect(clock.sleptMs).toEqual([300, 600]);
  });

  it("is given up after a stated number of attempts", async () => {
    server.script(...Array.from({ length: 10 }, () => HTML));
    expect((await failureOf(client().get("GET /thing", "/thing"))).kind).toBe("unavailable");
    expect(server.seen).toHaveLength(READ_ATTEMPTS_MAX);
  });

  it("is not repeated when EasyPost refuses it", async () => {
    server.script({ status: 404, body: errorAnswer("NOT_FOUND") });
    const failure = await failureOf(client().get("GET /thing", "/thing"));
    expect(failure).toMatchObject({ kind: "missing", code: "NOT_FOUND", remote: "shipping", operation: "GET /thing" });
    expect(server.seen).toHaveLength(1);
  });

  it("is not repeated when EasyPost says when to come back", async () => {
    server.script({ status: 503, headers: { "retry-after": "30" }, body: "" });
    const failure = await failureOf(client().get("GET /thing", "/thing"));
    expect(failure).toMatchObject({ kind: "unavailable", retryAt: clock.now() + 30_000 });
    expect(server.seen).toHaveLength(1);
  });

  it("does not take a proxy's 404 page for the word of EasyPost", async () => {
    server.script({ status: 404, headers: { "content-type": "text/html" }, body: "<html>404</html>" });
    expect((await failureOf(client().get("GET /thing", "/thing"))).kind).toBe("malformed");
  });

  it.each([["<html>welcome</html>"], ["[]"], ["null"], [""]])("finds %j malformed", async (body) => {
    server.script({ status: 200, body });
    expect((await failureOf(client().get("GET /thing", "/thing"))).kind).toBe("malformed");
  });
});

describe("a write", () => {
  it.each([
    ["a 502 page", HTML],
    ["a lost connection", "reset"],
    ["half an answer", "truncated"],
    ["a page instead of JSON", { status: 200, body: "<html>ok</html>" }],
    ["a redirect", { status: 302, headers: { location: "/elsewhere" }, body: "" }],
  ] as const)("is sent once, and after %s its outcome is unknown", async (_, answer) => {
    server.script(answer);
    expect((await failureOf(write())).kind).toBe("outcome_unknown");
    expect(server.seen).toHaveLength(1);
  });

  it("is certainly not done when nobody listens", async () => {
    await server.close();
    expect((await failureOf(write())).kind).toBe("unavailable");
  });
});

describe("being told to slow down", () => {
  it.each([
    ["7", 7_000],
    ["86400000", 15 * 60_000],
    [undefined, 5_000],
    ["soon", 5_000],
  ])("with Retry-After %s gives an instant", async (after, inMs) => {
    const headers = after === undefined ? {} : { "retry-after": after };
    server.script({ status: 429, headers, body: "Too Many Requests" });
    const failure = await failureOf(write());
    expect(failure).toMatchObject({ kind: "throttled", code: "RATE_LIMITED", retryAt: clock.now() + inMs });
    expect(clock.sleptMs).toEqual([]);
  });
});

describe("errors", () => {
  it("keep the id that EasyPost's support asks for", async () => {
    server.script({
      status: 422,
      headers: { "x-ep-request-uuid": "0a1b2c" },
      body: errorAnswer("PARCEL.PARAMETERS.INVALID"),
    });
    const failure = await failureOf(write());
    expect(failure.requestId).toBe("0a1b2c");
    expect(failure.message).toContain("0a1b2c");
  });

  it("say what to do about money", async () => {
    server.script({ status: 402, body: errorAnswer("PAYMENT_REQUIRED") });
    const failure = await failureOf(write());
    expect(failure).toMatchObject({ kind: "unauthorized", code: "PAYMENT_REQUIRED" });
    expect(failure.remedy).toContain("Add funds");
    expect(failure.toFailure().message).toContain("Add funds");
  });

  it("hold neither the key nor a word of what EasyPost wrote", async () => {
    const personal = "77 Larkspur Terrace, Ottilie";
    const body = errorAnswer("ADDRESS.VERIFY.FAILURE", [{ field: personal, message: personal }, personal], personal);
    server.script({ status: 422, headers: { "x-ep-request-uuid": personal }, body });
    const failure = await failureOf(write());
    for (const text of [failure.message, JSON.stringify(failure), String(failure.stack)]) {
      expect(text).not.toMatch(/Larkspur|Ottilie|EZTK/);
    }
  });
});

describe("a label file", () => {
  it("is fetched without the key from the server that we talk to", async () => {
    server.script({ status: 200, body: Buffer.from("%PDF-1.4") });
    const bytes = await client().download(`${server.url}/files/label.pdf?sig=1`);
    expect(Buffer.from(bytes).toString()).toBe("%PDF-1.4");
    expect(server.seen).toEqual([{ line: "GET /files/label.pdf?sig=1", authorization: null, body: "" }]);
  });

  it("is fetched again when storage fails", async () => {
    server.script(HTML, "reset", { status: 200, body: "%PDF-1.4" });
    await client().download(`${server.url}/files/label.pdf`);
    expect(server.seen).toHaveLength(3);
  });

  it.each([403, 404, 410])("is missing when storage answers %d: the key is not at fault", async (status) => {
    server.script({ status, body: "<Error/>" });
    expect((await failureOf(client().download(`${server.url}/files/label.pdf`))).kind).toBe("missing");
  });

  it("is refused above the size limit", async () => {
    server.script({ status: 200, body: Buffer.alloc(LABEL_BYTES_MAX + 1) });
    expect((await failureOf(client().download(`${server.url}/files/label.pdf`))).kind).toBe("malformed");
  });

  it.each([
    "http://files.example/label.pdf",
    "http://127.0.0.1:1/label.pdf",
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
    "label.pdf",
    "",
  ])("is not fetched from %j", async (url) => {
    expect((await failureOf(client().download(url))).kind).toBe("malformed");
    expect(server.seen).toEqual([]);
  });
});
