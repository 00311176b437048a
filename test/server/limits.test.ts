import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../src/server/limits.ts";
import { useDatabases } from "../support/database.ts";
import { orderUpdate, post, signed } from "../support/webhook-sender.ts";
import { openServer, RawClient, toBytes } from "./open-server.ts";

const databases = useDatabases();

const IMPATIENT = { headersTimeoutMs: 100, requestTimeoutMs: 200, checkIntervalMs: 20 };
const HEAD = "POST /webhooks/shopify HTTP/1.1\r\nhost: test\r\n";

describe("a slow caller", () => {
  it("that says nothing is sent away", async () => {
    const { port } = await openServer({ limits: IMPATIENT });
    const caller = await RawClient.open(port);
    expect(await caller.closed).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it("that never ends its headers is sent away before its time for the body is over", async () => {
    const { port } = await openServer({ limits: { ...IMPATIENT, requestTimeoutMs: 60_000 } });
    const caller = await RawClient.open(port);
    caller.write(`${HEAD}x-slow: `);
    expect(await caller.closed).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("that never ends its body is sent away, and nothing is stored", async () => {
    const store = await databases.open();
    let stored = 0;
    const { port } = await openServer({
      limits: IMPATIENT,
      inbox: {
        ingest: (entry) => {
          stored += 1;
          return store.inbox.ingest(entry);
        },
      },
    });
    const caller = await RawClient.open(port);
    caller.write(toBytes(orderUpdate(7)).subarray(0, -1));
    expect(await caller.closed).toMatch(/^HTTP\/1\.1 408 /);
    expect(stored).toBe(0);
  });

  it("on a connection where nothing moves is cut", async () => {
    const { port } = await openServer({
      limits: { inactivityTimeoutMs: 50 },
      inbox: { ingest: () => new Promise(() => {}) },
    });
    const caller = await RawClient.open(port);
    caller.write(toBytes(orderUpdate(7)));
    expect(await caller.closed).toBe("");
  });

  it("does not hold up others", async () => {
    const store = await databases.open();
    const { port, url } = await openServer({ store });
    const callers = await Promise.all(Array.from({ length: 200 }, () => RawClient.open(port)));
    for (const caller of callers) {
      caller.write(`${HEAD}x-slow: `);
    }
    expect((await post(url, orderUpdate(7))).status).toBe(200);
  });

  it("is given up by default long before the sender of a webhook gives up", () => {
    const { headersTimeoutMs, requestTimeoutMs, checkIntervalMs, keepAliveTimeoutMs } = DEFAULT_LIMITS;
    expect([headersTimeoutMs, requestTimeoutMs, checkIntervalMs]).toEqual([5_000, 10_000, 1_000]);
    expect(keepAliveTimeoutMs).toBeGreaterThan(120_000);
  });
});

describe("a greedy caller", () => {
  it.each([
    ["one header of 20 KB", `x-much: ${"a".repeat(20_000)}\r\n`],
    ["a thousand headers", Array.from({ length: 1_000 }, (_, n) => `x-many-${n}: ${"a".repeat(20)}\r\n`).join("")],
  ])("with %s is answered 431 and cut", async (_, headers) => {
    const { port } = await openServer();
    const caller = await RawClient.open(port);
    caller.write(`${HEAD + headers}\r\n`);
    expect(await caller.closed).toMatch(/^HTTP\/1\.1 431 /);
  });

  it("gets no connection beyond the limit, which the log tells", async () => {
    const { port, log } = await openServer({ limits: { connectionsMax: 2 } });
    const callers = await Promise.all([RawClient.open(port), RawClient.open(port)]);
    const late = await RawClient.open(port);
    expect(await late.closed).toBe("");
    expect(log.at("warn")).toMatchObject([{ fields: { source: "connections", too_many: 1 } }]);
    callers[0]?.write("GET /ready HTTP/1.1\r\nhost: test\r\n\r\n");
    expect(await callers[0]?.received(/true/)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("that speaks no HTTP is answered 400 and cut", async () => {
    const { port, url } = await openServer();
    const caller = await RawClient.open(port);
    caller.write("\u0016\u0003\u0001 hello\r\n\r\n");
    expect(await caller.closed).toMatch(/^HTTP\/1\.1 400 /);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });

  it("may send several requests at once, which are answered in their order", async () => {
    const store = await databases.open();
    const { port } = await openServer({ store });
    const caller = await RawClient.open(port);
    const requests = [
      orderUpdate(1),
      signed("{}", { "x-shopify-hmac-sha256": "forged" }),
      orderUpdate(2),
      ...Array.from({ length: 50 }, (_, n) => orderUpdate(10 + n)),
    ];
    caller.write(Buffer.concat(requests.map((request) => toBytes(request))));
    const answers = await caller.received(/stored/, 52);
    expect(answers.match(/HTTP\/1\.1 \d+/g)?.slice(0, 4)).toEqual([200, 401, 200, 200].map((s) => `HTTP/1.1 ${s}`));
    expect(await store.orders.get("gid://shopify/Order/59")).not.toBeNull();
  });

  it("keeps its connection for the next webhook", async () => {
    const store = await databases.open();
    const { port } = await openServer({ store });
    const caller = await RawClient.open(port);
    caller.write(toBytes(orderUpdate(1)));
    await caller.received(/stored/);
    caller.write(toBytes(orderUpdate(2)));
    const answers = await caller.received(/stored/, 2);
    expect(answers).toMatch(/connection: keep-alive/i);
    expect(answers).toMatch(/keep-alive: timeout=130/i);
  });

  it("that goes away in the middle leaves nothing behind", async () => {
    const store = await databases.open();
    const { port, url, log } = await openServer({ store });
    const caller = await RawClient.open(port);
    caller.write(toBytes(orderUpdate(7)).subarray(0, -5));
    caller.socket.destroy();
    await caller.closed;
    expect((await post(url, orderUpdate(8))).status).toBe(200);
    expect(await store.orders.get("gid://shopify/Order/7")).toBeNull();
    expect(log.at("warn")).toEqual([]);
    expect(log.at("error")).toEqual([]);
  });
});
