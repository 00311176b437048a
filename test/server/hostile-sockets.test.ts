/** Thousands of connections with bad manners at once, while a sender with good ones goes on being answered. */
import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { useDatabases } from "../support/database.ts";
import { orderUpdate, SECRET, sign, signed } from "../support/webhook-sender.ts";
import { openServer, RawClient, toBytes } from "./open-server.ts";

const databases = useDatabases();

const SOCKETS = 2_000;
const SLICE = 100;
/** Genuine messages in one go. */
const ROUND = 10;
const HEAD = "POST /webhooks/shopify HTTP/1.1\r\nhost: test\r\n";
/** A tenth of the real ones, so that nobody waits for them. */
const LIMITS = { headersTimeoutMs: 500, requestTimeoutMs: 1_000, checkIntervalMs: 100, connectionsMax: SOCKETS + 50 };
/** What the project promises: closed so soon after its limit. */
const CLOSED_AFTER_MS = 10_000;

interface BadSocket {
  readonly socket: Socket;
  readonly closed: Promise<void>;
}

async function openBad(port: number, greeting: string): Promise<BadSocket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined).resume();
  onTestFinished(() => {
    socket.destroy();
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve) => socket.once("connect", resolve).once("close", resolve));
  socket.write(greeting);
  return { socket, closed };
}

const MANNERS: readonly (readonly [count: number, what: string, greeting: string, drip: string])[] = [
  [SOCKETS, "say nothing", "", ""],
  [SOCKETS, "send a header letter by letter", `${HEAD}x-slow: `, "a"],
  [SOCKETS / 4, "send header after header", HEAD, "x-more: 1\r\n"],
  [SOCKETS / 4, "send a body letter by letter", `${HEAD}content-length: 1000000\r\n\r\n`, "a"],
  [SOCKETS / 4, "send a body in pieces of one byte", `${HEAD}transfer-encoding: chunked\r\n\r\n`, "1\r\na\r\n"],
];

it.each(MANNERS)(
  "of %d connections that %s all are closed in time, and every genuine message is answered 200",
  async (count, what, greeting, drip) => {
    const store = await databases.open({ url: databases.fileUrl() });
    const { port, log } = await openServer({ store, limits: LIMITS });
    const before = process.memoryUsage.rss();
    // In slices: what does not fit the kernel's queue looks open to its caller, and the server never hears of it.
    const bad: BadSocket[] = [];
    while (bad.length < count) {
      bad.push(...(await Promise.all(Array.from({ length: SLICE }, () => openBad(port, greeting)))));
    }
    const openedAt = performance.now();
    let open = bad.length;
    const allClosed = Promise.all(
      bad.map(({ closed }) =>
        closed.then(() => {
          open -= 1;
        }),
      ),
    );
    const sender = await RawClient.open(port);
    let answers = 0;
    let most = before;
    while (open > 0 && performance.now() - openedAt < LIMITS.requestTimeoutMs + CLOSED_AFTER_MS) {
      for (const { socket } of drip === "" ? [] : bad) {
        if (!socket.destroyed) {
          socket.write(drip);
        }
      }
      sender.write(Buffer.concat(Array.from({ length: ROUND }, (_, place) => toBytes(orderUpdate(answers + place)))));
      answers += ROUND;
      await sender.received(/"stored"/, answers);
      most = Math.max(most, process.memoryUsage.rss());
    }
    const tookMs = performance.now() - openedAt;
    expect(open).toBe(0);
    await allClosed;
    expect(tookMs).toBeLessThan(LIMITS.requestTimeoutMs + CLOSED_AFTER_MS);
    expect(answers).toBeGreaterThan(ROUND);
    expect(log.at("error")).toEqual([]);
    const grownMb = Math.round((most - before) / 1_048_576);
    process.stdout.write(
      `${count} that ${what}: closed after ${Math.round(tookMs)} ms, ${answers} genuine answered, +${grownMb} MB with both ends\n`,
    );
    expect(grownMb).toBeLessThan(200);
  },
  60_000,
);

describe("large bodies from many at once", () => {
  const bytes = 10 * 1024 * 1024;
  const body = Buffer.alloc(bytes, 0x61);
  const piece = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65_536, 0x61), Buffer.from("\r\n")]);

  it.each([
    [
      "announced",
      Buffer.concat([Buffer.from(`${HEAD}x-shopify-hmac-sha256: forged\r\ncontent-length: ${bytes}\r\n\r\n`), body]),
    ],
    [
      "in pieces",
      Buffer.concat([
        Buffer.from(`${HEAD}x-shopify-hmac-sha256: forged\r\ntransfer-encoding: chunked\r\n\r\n`),
        ...Array.from({ length: bytes / 65_536 }, () => piece),
        Buffer.from("0\r\n\r\n"),
      ]),
    ],
  ])(
    "(%s) are refused, take no more memory than all bodies together may, and hold up no small one",
    async (how, wire) => {
      const store = await databases.open({ url: databases.fileUrl() });
      const { port } = await openServer({ store });
      const callers = await Promise.all(Array.from({ length: 20 }, () => RawClient.open(port)));
      const sender = await RawClient.open(port);
      const before = process.memoryUsage();
      let most = 0;
      for (const caller of callers) {
        caller.write(wire);
      }
      let refused = 0;
      const all = Promise.all(
        callers.map(async (caller) => {
          expect(await caller.received(/HTTP\/1\.1 (413|503) /)).not.toMatch(/HTTP\/1\.1 200/);
          refused += 1;
        }),
      );
      for (let answers = 1; refused < callers.length; answers += 1) {
        sender.write(toBytes(orderUpdate(answers)));
        await sender.received(/"stored"/, answers);
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      }
      await all;
      const heldMb = Math.round((most - before.arrayBuffers) / 1_048_576);
      process.stdout.write(`20 bodies of 10 MB, ${how}: at most +${heldMb} MB of buffers\n`);
      // 48 MB for all bodies, and what the sockets have read and nobody has taken yet.
      expect(heldMb).toBeLessThan(120);
    },
    60_000,
  );
});

describe("a request that means two things", () => {
  const hidden = toBytes(orderUpdate(66));
  it.each([
    ["a length and pieces", `${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["two lengths", `${HEAD}content-length: 0\r\ncontent-length: 5\r\n\r\n`],
    ["pieces spelled with a tab", `${HEAD}transfer-encoding:\tchunked, identity\r\n\r\n0\r\n\r\n`],
    ["a header with a blank before its colon", `${HEAD}content-length : 0\r\n\r\n`],
    ["line ends of one character", `${HEAD.replaceAll("\r\n", "\n")}content-length: 0\n\n`],
  ])("(%s) is answered 400 and cut, and the genuine message behind it is not taken", async (_, start) => {
    const store = await databases.open();
    const { port } = await openServer({ store });
    const caller = await RawClient.open(port);
    caller.write(Buffer.concat([Buffer.from(start), hidden]));
    expect((await caller.closed).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
    expect(await store.orders.get("gid://shopify/Order/66")).toBeNull();
  });
});

it("an offer to change to HTTP/2 is not taken up, and the message is answered as any other", async () => {
  const store = await databases.open();
  const { port } = await openServer({ store });
  const caller = await RawClient.open(port);
  caller.write(
    toBytes(
      orderUpdate(7, { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQAAP__" }),
    ),
  );
  expect(await caller.received(/"stored"/)).toMatch(/^HTTP\/1\.1 200 /);
  const direct = await RawClient.open(port);
  direct.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  expect(await direct.closed).toMatch(/^HTTP\/1\.1 400 /);
});

it("a body that unpacks to a thousand times its size is refused without being unpacked, though it is signed", async () => {
  const { port } = await openServer();
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const before = process.memoryUsage().arrayBuffers;
  const caller = await RawClient.open(port);
  caller.write(toBytes(signed(bomb, { "content-encoding": "gzip" })));
  expect(await caller.received(/must not be encoded/)).toMatch(/^HTTP\/1\.1 415 /);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
});

it("ten thousand forged messages change nothing and cost a few lines of the log", async () => {
  const store = await databases.open({ url: databases.fileUrl() });
  const { port, log, server } = await openServer({ store });
  const caller = await RawClient.open(port);
  const body = JSON.stringify({ id: 7, note: "a".repeat(500) });
  const forged = toBytes({
    body,
    headers: { "x-shopify-topic": "orders/updated", "x-shopify-hmac-sha256": sign(body, `${SECRET}!`) },
  });
  for (let sent = 500; sent <= 10_000; sent += 500) {
    caller.write(Buffer.concat(Array.from({ length: 500 }, () => forged)));
    await caller.received(/HTTP\/1\.1 401 /, sent);
  }
  await server.stop();
  expect(await store.orders.get("gid://shopify/Order/7")).toBeNull();
  expect(log.lines.length).toBeLessThanOrEqual(2 + 3);
  expect(log.at("warn").reduce((sum, { fields }) => sum + Number(fields["signature"]), 0)).toBe(10_000);
}, 60_000);
