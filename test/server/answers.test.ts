/** What every answer carries, and what none repeats. */
import { expect, it } from "vitest";
import { useDatabases } from "../support/database.ts";
import { orderUpdate } from "../support/webhook-sender.ts";
import { openServer, RawClient } from "./open-server.ts";

const databases = useDatabases();

const MARK = "Zmark7";
const valid = orderUpdate(7);

/** Every route, and every way to be refused that an answer is made for by us. */
const REQUESTS: readonly (readonly [status: number, method: string, path: string, headers: Record<string, string>])[] =
  [
    [200, "GET", "/health", {}],
    [200, "GET", "/ready", {}],
    [200, "POST", "/webhooks/shopify", valid.headers],
    [401, "POST", "/webhooks/shopify", { "x-shopify-hmac-sha256": MARK }],
    [401, "POST", `/webhooks/shopify?note=${MARK}`, {}],
    [405, "GET", "/webhooks/shopify", {}],
    [415, "POST", "/webhooks/shopify", { "content-encoding": MARK }],
    [503, "POST", "/webhooks/shipping/parcelco", {}],
    [404, "GET", "/", {}],
    [404, "GET", `/${MARK}?note=${MARK}`, { cookie: MARK }],
    [404, "GET", "/metrics", {}],
    [404, "POST", "/health/..%2f..%2fetc/passwd", {}],
    [404, "OPTIONS", "/health/x", { origin: `https://${MARK}.example` }],
    [404, "GET", `/%E0%A4%A${MARK}`, {}],
  ];

it.each(REQUESTS)("%i to %s %s is safe in a browser and repeats nothing", async (status, method, path, headers) => {
  const { url, log } = await openServer({ store: await databases.open() });
  const body = method === "POST" ? { body: String(valid.body) } : {};
  const answer = await fetch(url + path, { method, headers: { ...headers }, ...body });
  expect(answer.status).toBe(status);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  });
  for (const banner of ["server", "x-powered-by", "etag", "access-control-allow-origin", "set-cookie"]) {
    expect(answer.headers.has(banner), banner).toBe(false);
  }
  expect(JSON.stringify([...answer.headers]) + (await answer.text())).not.toContain(MARK);
  expect(JSON.stringify(log.lines)).not.toContain(MARK);
});

it("what is no HTTP is answered without a word about us", async () => {
  const { port } = await openServer();
  const caller = await RawClient.open(port);
  caller.write(`${MARK}\r\n\r\n`);
  expect(await caller.closed).toBe("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
});
