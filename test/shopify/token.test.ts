import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { RemoteError } from "../../src/base/errors.ts";
import { SILENT } from "../../src/base/log.ts";
import { Secret } from "../../src/base/secret.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/core/time.ts";
import { createShopifyClient } from "../../src/shopify/client.ts";
import { shopIdentity } from "../../src/shopify/operations.ts";
import { createTokenSource } from "../../src/shopify/token.ts";
import { tagsAdd } from "../../src/shopify/write-operations.ts";
import { LeapingClock } from "./leaping-clock.ts";
import { dataAnswer, HTML_502, type Scripted, type ScriptedServer, serveScript } from "./scripted-server.ts";

const CLIENT_SECRET = "client-secret-that-nobody-may-see";
const ORDER = "gid://shopify/Order/1";
const UNAUTHORIZED: Scripted = { status: 401, body: { errors: "[API] Invalid API key or access token" } };

const open: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

function grant(number: number, expiresIn = 86_399): Scripted {
  return { status: 200, body: { access_token: `token-${number}`, scope: "read_orders", expires_in: expiresIn } };
}

async function sourceOf(answer: (index: number) => Scripted) {
  const server = await serveScript((_request, index) => answer(index));
  open.push(server);
  const clock = new LeapingClock();
  const auth = { kind: "client_credentials", clientId: "id-1", clientSecret: new Secret(CLIENT_SECRET) } as const;
  const tokens = createTokenSource({ baseUrl: server.url, auth, clock, log: SILENT });
  return { server, clock, tokens, current: async () => (await tokens.current()).reveal() };
}

describe("client credentials", () => {
  it("are exchanged for one token, however many ask", async () => {
    const { server, current } = await sourceOf((index) => grant(index));
    expect(await Promise.all([current(), current(), current()])).toEqual(["token-0", "token-0", "token-0"]);
    expect(await current()).toBe("token-0");
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.path).toBe("/admin/oauth/access_token");
    expect(server.requests[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(Object.fromEntries(new URLSearchParams(server.requests[0]?.body))).toEqual({
      grant_type: "client_credentials",
      client_id: "id-1",
      client_secret: CLIENT_SECRET,
    });
  });

  it.each([
    ["a day", 86_400, 0.8 * 24 * HOUR_MS],
    ["ten minutes", 600, 5 * MINUTE_MS],
    ["one minute", 60, MINUTE_MS / 2],
  ])("are exchanged again before a token of %s ends", async (_name, expiresIn, renewAfterMs) => {
    const { clock, current } = await sourceOf((index) => grant(index, expiresIn));
    await current();
    clock.move(renewAfterMs - 1);
    expect(await current()).toBe("token-0");
    clock.move(1);
    expect(await current()).toBe("token-1");
  });

  it("leave the old token in use while a renewal fails", async () => {
    let broken = false;
    const { server, clock, current } = await sourceOf((index) => (broken ? HTML_502 : grant(index)));
    await current();
    clock.move(20 * HOUR_MS);
    broken = true;
    expect(await current()).toBe("token-0");
    const asked = server.requests.length;
    expect(await current()).toBe("token-0");
    expect(server.requests).toHaveLength(asked);

    clock.move(5 * HOUR_MS);
    await expect(current()).rejects.toMatchObject({ kind: "unavailable" });
  });

  it.each([
    [400, { error: "shop_not_permitted" }, "unauthorized", "shop_not_permitted"],
    [401, { error: "Not a word we print: ada@example.com" }, "unauthorized", "401"],
    [404, "<html></html>", "unauthorized", "404"],
  ])("refused with %i give no token and no secret", async (status, body, kind, code) => {
    const { server, current } = await sourceOf(() => ({ status, body }));
    const error = await current().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ kind, code });
    expect(inspect(error, { depth: 9 })).not.toMatch(/nobody-may-see|example\.com/);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ["a page in HTML", "<html></html>"],
    ["an empty token", { access_token: "", expires_in: 5 }],
    ["a token without an end", { access_token: "secret-token" }],
    ["more than any token needs", "x".repeat(100_000)],
  ])("answered with %s are tried again, and no mutation is called unknown for it", async (_name, body) => {
    const { server } = await sourceOf(() => ({ status: 200, body }));
    const client = createShopifyClient({
      baseUrl: server.url,
      apiVersion: "2026-10",
      auth: { kind: "client_credentials", clientId: "id-1", clientSecret: new Secret(CLIENT_SECRET) },
      clock: new LeapingClock(),
      log: SILENT,
    });
    const error = await client.run(tagsAdd, { id: ORDER, tags: ["a"] }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "unavailable", code: "UNREADABLE_TOKEN" });
    expect(inspect(error, { depth: 9 })).not.toMatch(/nobody-may-see|secret-token/);
    expect(server.requests.map(({ path }) => path)).toEqual(Array(3).fill("/admin/oauth/access_token"));
  });

  it("answered properly after that are used", async () => {
    const { current } = await sourceOf((index) => (index === 0 ? { status: 200, body: "<html>" } : grant(index)));
    expect(await current()).toBe("token-1");
  });

  it("are tried again after a passing trouble", async () => {
    const throttled: Scripted = { status: 429, headers: { "retry-after": "3" }, body: "" };
    const { clock, current } = await sourceOf((index) => [HTML_502, throttled, grant(9)][index] ?? HTML_502);
    expect(await current()).toBe("token-9");
    expect(clock.slept).toEqual([1_000, 3_000]);
  });
});

describe("a token that the shop refuses", () => {
  async function clientOf(accepted: (token: string) => boolean) {
    let granted = 0;
    const server = await serveScript((request) => {
      if (request.path === "/admin/oauth/access_token") {
        granted += 1;
        return grant(granted);
      }
      if (!accepted(String(request.headers["x-shopify-access-token"]))) {
        return UNAUTHORIZED;
      }
      return dataAnswer({ tagsAdd: { node: { id: ORDER }, userErrors: [] }, shop: {} });
    });
    open.push(server);
    const client = createShopifyClient({
      baseUrl: server.url,
      apiVersion: "2026-10",
      auth: { kind: "client_credentials", clientId: "id-1", clientSecret: new Secret(CLIENT_SECRET) },
      clock: new LeapingClock(),
      log: SILENT,
    });
    return { server, client, granted: () => granted };
  }

  it("is replaced once and the call repeated, a mutation too", async () => {
    const { server, client, granted } = await clientOf((token) => token === "token-2");
    const data = await client.run(tagsAdd, { id: ORDER, tags: ["a"] });
    expect(data.tagsAdd?.node?.id).toBe(ORDER);
    expect(granted()).toBe(2);
    expect(server.requests.filter((request) => request.path.endsWith("graphql.json"))).toHaveLength(2);
  });

  it("is replaced once for all calls that it failed", async () => {
    let valid = "token-1";
    const { server, client, granted } = await clientOf((token) => token === valid);
    await client.run(shopIdentity, {});
    valid = "token-2";
    await Promise.all([client.run(shopIdentity, {}), client.run(shopIdentity, {}), client.run(shopIdentity, {})]);
    expect(granted()).toBe(2);
    const refused = server.requests.filter((request) => request.headers["x-shopify-access-token"] === "token-1");
    expect(refused).toHaveLength(1 + 3);
  });

  it("ends the call when its successor is refused as well", async () => {
    const { client, granted } = await clientOf(() => false);
    await expect(client.run(shopIdentity, {})).rejects.toMatchObject({ kind: "unauthorized", code: "401" });
    expect(granted()).toBe(2);
  });
});
