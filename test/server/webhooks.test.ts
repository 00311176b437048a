import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/system.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { WebhookNews } from "../../src/server/webhook-route.ts";
import type { InboxEntry, Store } from "../../src/store/types.ts";
import { useDatabases } from "../support/database.ts";
import { orderUpdate, post, shopifySource, sign, signed } from "../support/webhook-sender.ts";
import { mutedSource, openServer, RawClient, toBytes } from "./open-server.ts";

const databases = useDatabases();

/** The store's own inbox, with a list of what was handed to it. */
function listening(store: Store): { entries: InboxEntry[]; inbox: Pick<Store["inbox"], "ingest"> } {
  const entries: InboxEntry[] = [];
  return {
    entries,
    inbox: {
      ingest: (entry) => {
        entries.push(entry);
        return store.inbox.ingest(entry);
      },
    },
  };
}

async function openFileStore(): Promise<Store> {
  return await databases.open({ url: databases.fileUrl() });
}

describe("a genuine webhook", () => {
  it("is answered 200 and makes its order due", async () => {
    const store = await openFileStore();
    const { url, announced, log } = await openServer({ store });
    const answer = await post(url, orderUpdate(7));
    expect([answer.status, await answer.json()]).toEqual([200, { status: "stored" }]);
    expect((await store.orders.get("gid://shopify/Order/7"))?.dueAt).not.toBeNull();
    expect(announced).toEqual(["shopify"]);
    expect(log.at("debug")).toMatchObject([
      { message: "webhook stored", fields: { source: "shopify", topic: "orders/updated", isDuplicate: false } },
    ]);
  });

  it("is answered only when the store has it", async () => {
    const store = await openFileStore();
    const reached = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const { port, url } = await openServer({
      inbox: {
        ingest: async (entry) => {
          reached.resolve();
          await gate.promise;
          return await store.inbox.ingest(entry);
        },
      },
    });
    const sender = await RawClient.open(port);
    let answered = "";
    sender.socket.on("data", (text: string) => {
      answered += text;
    });
    sender.write(toBytes(orderUpdate(7)));
    await reached.promise;
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    expect(answered).toBe("");
    gate.resolve();
    expect(await sender.received(/stored/)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("is answered 200 again when it comes again, without effect", async () => {
    const store = await openFileStore();
    const { url, announced } = await openServer({ store });
    const message = orderUpdate(7);
    await post(url, message);
    const before = await store.orders.get("gid://shopify/Order/7");
    const answer = await post(url, message);
    expect([answer.status, await answer.json()]).toEqual([200, { status: "duplicate" }]);
    expect(await store.orders.get("gid://shopify/Order/7")).toEqual(before);
    expect(announced).toEqual(["shopify"]);
  });

  it("is known by the hash of its body when it has no id, or one of absurd length", async () => {
    const { entries, inbox } = listening(await openFileStore());
    const { url } = await openServer({ inbox });
    const first = orderUpdate(7, { "x-shopify-webhook-id": "" });
    const second = orderUpdate(8, { "x-shopify-webhook-id": "a".repeat(201) });
    expect((await post(url, first)).status).toBe(200);
    expect((await post(url, second)).status).toBe(200);
    const hashes = [first, second].map(({ body }) => createHash("sha256").update(body).digest("hex"));
    expect(entries.map(({ externalId }) => externalId)).toEqual(hashes);
    expect(entries.map(({ bodyHash }) => bodyHash)).toEqual(hashes);
  });

  it("is known by its hash when its id is half a character, which the database would make the same as others", async () => {
    const store = await openFileStore();
    const ids = ["\ud800", "\ud801"];
    const read = (): WebhookNews => ({
      externalId: ids.pop() ?? null,
      topic: "x",
      orderId: null,
      fulfillmentOrderId: null,
    });
    const { url } = await openServer({ store, sources: [{ ...shopifySource, read }] });
    const answers = await Promise.all([orderUpdate(7), orderUpdate(8)].map((message) => post(url, message)));
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual([
      { status: "stored" },
      { status: "stored" },
    ]);
  });

  it("has its topic cut to a length that no topic has", async () => {
    const { entries, inbox } = listening(await openFileStore());
    const { url } = await openServer({ inbox });
    await post(url, orderUpdate(7, { "x-shopify-topic": "orders/".padEnd(5_000, "a") }));
    expect(entries[0]?.topic).toHaveLength(100);
  });

  it.each([
    ["cannot be parsed", "{not json"],
    ["is empty", ""],
    ["is not text", Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ])("whose body %s is stored without ids", async (_, body) => {
    const { entries, inbox } = listening(await openFileStore());
    const { url } = await openServer({ inbox });
    expect((await post(url, signed(body))).status).toBe(200);
    expect(entries).toMatchObject([{ topic: "orders/updated", orderId: null, fulfillmentOrderId: null }]);
  });

  it("is stored without ids when reading it fails", async () => {
    const { entries, inbox } = listening(await openFileStore());
    const read = (): never => {
      throw new Error("a mistake in the adapter");
    };
    const { url } = await openServer({ inbox, sources: [{ ...shopifySource, read }] });
    expect((await post(url, orderUpdate(7))).status).toBe(200);
    expect(entries).toMatchObject([{ orderId: null }]);
  });

  it("stays stored and answered when whoever waits for it fails", async () => {
    const store = await openFileStore();
    const onStored = (): never => {
      throw new Error("a mistake in the dispatcher");
    };
    const { url, log } = await openServer({ store, onStored });
    expect((await post(url, orderUpdate(7))).status).toBe(200);
    expect(log.at("error")).toMatchObject([{ message: "a stored webhook could not be announced" }]);
  });

  it("keeps its bytes over many pieces", async () => {
    const { entries, inbox } = listening(await openFileStore());
    const { port } = await openServer({ inbox });
    const message = signed(JSON.stringify({ id: 7, note: "ä".repeat(200_000) }));
    const bytes = Buffer.from(message.body);
    const head = Object.entries(message.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const sender = await RawClient.open(port);
    sender.write(`POST /webhooks/shopify HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n${head.join("")}\r\n`);
    for (let start = 0; start < bytes.length; start += 777) {
      const piece = bytes.subarray(start, start + 777);
      sender.write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]));
    }
    sender.write("0\r\n\r\n");
    expect(await sender.received(/stored/)).toMatch(/^HTTP\/1\.1 200 /);
    expect(entries[0]?.orderId).toBe("gid://shopify/Order/7");
  });

  it("may ask first whether to continue", async () => {
    const store = await openFileStore();
    const { port } = await openServer({ store });
    const sender = await RawClient.open(port);
    const bytes = toBytes(orderUpdate(7, { expect: "100-continue" }));
    const bodyAt = bytes.indexOf("\r\n\r\n") + 4;
    sender.write(bytes.subarray(0, bodyAt));
    await sender.received(/^HTTP\/1\.1 100 Continue/);
    sender.write(bytes.subarray(bodyAt));
    expect(await sender.received(/stored/)).toMatch(/HTTP\/1\.1 200 /);
  });
});

describe("a webhook that is not genuine", () => {
  it.each([
    ["a signature of another secret", { "x-shopify-hmac-sha256": sign('{"id":7}', "other") }],
    ["a signature of another body", { "x-shopify-hmac-sha256": sign('{"id":8}') }],
    ["an empty signature", { "x-shopify-hmac-sha256": "" }],
    ["no readable signature", { "x-shopify-hmac-sha256": "\u00e4\u00f6" }],
  ])("with %s is answered 401 and not stored", async (_, headers) => {
    const { entries, inbox } = listening(await openFileStore());
    const { url } = await openServer({ inbox });
    const answer = await post(url, signed('{"id":7}', headers));
    expect(answer.status).toBe(401);
    expect((await answer.text()).length).toBeLessThan(100);
    expect(entries).toEqual([]);
  });

  it("without any signature is answered 401", async () => {
    const { url } = await openServer();
    expect((await post(url, { body: "{}", headers: {} })).status).toBe(401);
  });

  it("is logged at most once in ten seconds, with a count", async () => {
    let now = 1_000_000;
    const clock: Clock = { now: () => now, sleep: systemClock.sleep };
    const { url, log, server } = await openServer({ clock });
    const forged = signed("{}", { "x-shopify-hmac-sha256": "forged" });
    for (let sent = 0; sent < 5; sent += 1) {
      await post(url, forged);
    }
    const line = { level: "warn", message: "requests refused" };
    expect(log.lines).toEqual([{ ...line, fields: { source: "shopify", signature: 1 } }]);
    now += 10_000;
    await post(url, forged);
    expect(log.lines.slice(1)).toEqual([{ ...line, fields: { source: "shopify", signature: 5 } }]);
    await post(url, forged);
    await server.stop();
    expect(log.lines.slice(2)).toEqual([{ ...line, fields: { source: "shopify", signature: 1 } }]);
  });
});

describe("a webhook that cannot be taken now", () => {
  it("is answered 503 while the store fails, and 200 when it works again", async () => {
    const url = databases.fileUrl();
    let store = await databases.open({ url });
    const server = await openServer({ inbox: { ingest: (entry) => store.inbox.ingest(entry) } });
    await store.close();
    const message = orderUpdate(7);
    const refused = await post(server.url, message);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
    expect(server.announced).toEqual([]);
    store = await databases.open({ url });
    const answer = await post(server.url, message);
    expect([answer.status, await answer.json()]).toEqual([200, { status: "stored" }]);
  });

  it("is answered 503 when storing fails by a mistake of ours", async () => {
    const ingest = () => Promise.reject(new TypeError("a mistake in the store"));
    const { url, log } = await openServer({ inbox: { ingest } });
    expect((await post(url, orderUpdate(7))).status).toBe(503);
    expect(log.at("error")).toMatchObject([{ fields: { source: "shopify", error: "TypeError" } }]);
  });

  it("is answered 503 when checking it fails by a mistake of ours", async () => {
    const { entries, inbox } = listening(await openFileStore());
    const verify = (): never => {
      throw new Error("a mistake in the adapter");
    };
    const { url } = await openServer({ inbox, sources: [{ ...shopifySource, verify }] });
    expect((await post(url, orderUpdate(7))).status).toBe(503);
    expect(entries).toEqual([]);
  });

  it("is answered 503 without a secret, and the log says once which setting is missing", async () => {
    const { url, log } = await openServer();
    for (let sent = 0; sent < 3; sent += 1) {
      const answer = await post(url, orderUpdate(7), mutedSource.path);
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "10"]);
    }
    expect(log.lines).toMatchObject([
      { level: "warn", fields: { source: "parcelco", setting: "SHIPPING_WEBHOOK_SECRET" } },
    ]);
  });
});

describe("a large body", () => {
  const limits = { readBodyBytesMax: 10_000, bodyBytesMax: 300_000 };
  const large = (bytes: number) => signed(JSON.stringify({ id: 7, note: "a".repeat(bytes) }));

  it("that is genuine is stored by its hash alone", async () => {
    const { entries, inbox } = listening(await openFileStore());
    const { url } = await openServer({ inbox, limits });
    const message = large(200_000);
    expect((await post(url, message)).status).toBe(200);
    expect(entries).toMatchObject([
      {
        orderId: null,
        externalId: message.headers["x-shopify-webhook-id"],
        bodyHash: createHash("sha256").update(message.body).digest("hex"),
      },
    ]);
  });

  it("that is not genuine is answered 413", async () => {
    const { entries, inbox } = listening(await openFileStore());
    const { url } = await openServer({ inbox, limits });
    const { body, headers } = large(200_000);
    expect((await post(url, { body, headers: { ...headers, "x-shopify-hmac-sha256": "forged" } })).status).toBe(413);
    expect(entries).toEqual([]);
  });

  it("beyond every limit is answered 413 as soon as it is announced", async () => {
    const { port } = await openServer({ limits });
    const sender = await RawClient.open(port);
    sender.write("POST /webhooks/shopify HTTP/1.1\r\nhost: test\r\ncontent-length: 300001\r\n\r\n");
    expect(await sender.received(/too large/)).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i);
  });

  it("beyond every limit that was not announced is answered 413 when it gets there", async () => {
    const { port } = await openServer({ limits: { ...limits, lingerMs: 20 } });
    const sender = await RawClient.open(port);
    sender.write("POST /webhooks/shopify HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n");
    sender.write(`${(300_001).toString(16)}\r\n${"a".repeat(300_001)}\r\n`);
    expect(await sender.received(/too large/)).toMatch(/^HTTP\/1\.1 413 /);
    // It would go on for ever: the connection is cut.
    await sender.closed;
  });

  it("that is refused early may be sent to its end, so that its sender reads the answer and meets no reset", async () => {
    const { port } = await openServer({ limits: { ...limits, lingerMs: 60_000 } });
    const sender = await RawClient.open(port);
    sender.write("POST /webhooks/shopify HTTP/1.1\r\nhost: test\r\ncontent-length: 1000000\r\n\r\n");
    await sender.received(/too large/);
    sender.write(Buffer.alloc(1_000_000, 97));
    await sender.closed;
    expect(sender.error).toBeNull();
  });
});

describe("other requests", () => {
  it.each(["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])("%s on a webhook address is answered 405", async (method) => {
    const { url } = await openServer();
    const answer = await fetch(`${url}/webhooks/shopify`, { method });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it.each(["gzip", "br", "deflate", "gzip, identity"])("an encoded body (%s) is answered 415", async (encoding) => {
    const { url } = await openServer();
    const message = signed(gzipSync("{}"), { "content-encoding": encoding });
    expect((await post(url, message)).status).toBe(415);
  });

  it("a body with the encoding `identity` is not encoded", async () => {
    const { url } = await openServer({ store: await openFileStore() });
    expect((await post(url, orderUpdate(7, { "content-encoding": "identity" }))).status).toBe(200);
  });

  it.each([
    ["GET", "/"],
    ["GET", "/metrics"],
    ["POST", "/webhooks/shipping/nobody"],
    ["POST", "/webhooks/shipping/%zz"],
    ["POST", "/webhooks/shopify/orders"],
    ["POST", "/health"],
    ["GET", "/health/../webhooks"],
  ])("%s %s is answered 404 in JSON", async (method, path) => {
    const { url } = await openServer();
    const answer = await fetch(url + path, method === "POST" ? { method, body: "{}" } : { method });
    expect([answer.status, await answer.json()]).toEqual([404, { error: "not found" }]);
    expect(answer.headers.get("x-powered-by")).toBeNull();
    expect(answer.headers.get("etag")).toBeNull();
  });

  it("nothing of a body and no secret reaches the log or an answer", async () => {
    const { url, log } = await openServer({ store: await openFileStore() });
    const body = JSON.stringify({ id: 7, email: "ada@example.com" });
    const answers = await Promise.all([
      post(url, signed(body)),
      post(url, signed(body, { "x-shopify-hmac-sha256": "forged" })),
      post(url, signed(body), mutedSource.path),
    ]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(JSON.stringify(log.lines) + texts.join("")).not.toMatch(/ada|hush|hmac/);
    expect(log.lines.length).toBeGreaterThan(2);
  });
});
