import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/base/errors.ts";
import type { InboxEntry } from "../../src/store/types.ts";
import { useDatabases } from "../support/database.ts";
import { orderUpdate, post } from "../support/webhook-sender.ts";
import { openServer, RawClient, toBytes } from "./open-server.ts";

const databases = useDatabases();

/** A server whose store waits for `release`. */
async function openGatedServer() {
  const store = await databases.open();
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const ingest = async (entry: InboxEntry) => {
    reached.resolve();
    await gate.promise;
    return await store.inbox.ingest(entry);
  };
  const opened = await openServer({ inbox: { ingest } });
  return { ...opened, reached: reached.promise, release: gate.resolve };
}

describe("a server that stops", () => {
  it("is not ready at once, takes no more webhooks, and answers those under way", async () => {
    const { url, port, server, reached, release } = await openGatedServer();
    const sender = await RawClient.open(port);
    sender.write(toBytes(orderUpdate(1)));
    await reached;
    const stopped = server.stop();
    const ready = await fetch(`${url}/ready`);
    expect([ready.status, ready.headers.get("connection")]).toEqual([503, "close"]);
    const late = await post(url, orderUpdate(2));
    expect([late.status, late.headers.get("retry-after")]).toEqual([503, "10"]);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    release();
    await stopped;
    const answer = await sender.closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/connection: close/i);
    await expect(fetch(`${url}/ready`)).rejects.toThrow();
  });

  it("does not wait for callers that ask nothing, or have not finished asking", async () => {
    const { port, server } = await openServer();
    const idle = await RawClient.open(port);
    idle.write("GET /ready HTTP/1.1\r\nhost: test\r\n\r\n");
    await idle.received(/true/);
    const silent = await RawClient.open(port);
    const slow = await RawClient.open(port);
    slow.write("GET /ready HTTP/1.1\r\nhost: ");
    await server.stop();
    await Promise.all([idle.closed, silent.closed, slow.closed]);
  });

  it("cuts what is under way when it is told to", async () => {
    const { port, server, reached } = await openGatedServer();
    const sender = await RawClient.open(port);
    sender.write(toBytes(orderUpdate(1)));
    await reached;
    const abort = new AbortController();
    const stopped = server.stop(abort.signal);
    abort.abort();
    await stopped;
    expect(await sender.closed).toBe("");
  });

  it("can be told to hurry by a second call", async () => {
    const { port, server, reached } = await openGatedServer();
    const sender = await RawClient.open(port);
    sender.write(toBytes(orderUpdate(1)));
    await reached;
    const stopped = server.stop();
    await server.stop(AbortSignal.abort());
    await stopped;
    expect(await sender.closed).toBe("");
  });

  it("may stop twice, and without having started", async () => {
    const { server } = await openServer();
    await server.stop();
    await server.stop();
    await expect(server.start()).rejects.toThrow("starts once");
  });
});

describe("a server that starts", () => {
  it("says where it listens", async () => {
    const { server, port } = await openServer();
    expect(port).toBeGreaterThan(0);
    await expect(server.start()).rejects.toThrow("starts once");
  });

  it("names the address and a remedy when the port is taken", async () => {
    const { port } = await openServer();
    const second = openServer({ port });
    await expect(second).rejects.toBeInstanceOf(SettingsError);
    await expect(second).rejects.toMatchObject({
      problems: [
        {
          ...{ setting: "PORT", value: String(port) },
          message: expect.stringContaining(`cannot listen on 127.0.0.1:${port} (EADDRINUSE)`),
        },
      ],
      remedy: expect.stringContaining("PORT"),
    });
  });
});
