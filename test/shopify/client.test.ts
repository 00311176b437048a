import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { RemoteError } from "../../src/base/errors.ts";
import type { Log, LogFields } from "../../src/base/log.ts";
import { Secret } from "../../src/base/secret.ts";
import { DEFAULT_SCOPES } from "../../src/sandbox/shopify/auth.ts";
import { ACCESS_SCOPES } from "../../src/shopify/answer.ts";
import {
  createShopifyClient,
  READ_TRIES,
  type ShopifyClientOptions,
  THROTTLE_TRIES,
} from "../../src/shopify/client.ts";
import { shopIdentity } from "../../src/shopify/operations.ts";
import { fulfillmentCreate } from "../../src/shopify/write-operations.ts";
import { LeapingClock } from "./leaping-clock.ts";
import {
  costBlock,
  dataAnswer,
  errorAnswer,
  HTML_502,
  type Scripted,
  type ScriptedServer,
  serveScript,
} from "./scripted-server.ts";

const TOKEN = "token-that-nobody-may-see";
const SHOP = { shop: { name: "Small" }, currentAppInstallation: { accessScopes: [] } };
const MADE = { fulfillmentCreate: { fulfillment: { id: "gid://shopify/Fulfillment/1" }, userErrors: [] } };
const INPUT = { fulfillment: { lineItemsByFulfillmentOrder: [] } };

const open: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** A client whose shop answers with these, the last for ever. */
async function clientOf(answers: readonly Scripted[], options: Partial<ShopifyClientOptions> = {}) {
  const server = await serveScript((_request, index) => answers[Math.min(index, answers.length - 1)] ?? "reset");
  open.push(server);
  const clock = new LeapingClock();
  const warnings: [string, LogFields | undefined][] = [];
  const log: Log = { error() {}, warn: (message, fields) => warnings.push([message, fields]), info() {}, debug() {} };
  const client = createShopifyClient({
    baseUrl: server.url,
    apiVersion: "2026-10",
    auth: { kind: "token", token: new Secret(TOKEN) },
    clock,
    log,
    ...options,
  });
  return {
    server,
    clock,
    warnings,
    read: () => client.run(shopIdentity, {}),
    write: () => client.run(fulfillmentCreate, INPUT),
  };
}

async function failure(call: Promise<unknown>): Promise<RemoteError> {
  const error = await call.then(
    () => new Error("the call succeeded"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RemoteError)) {
    throw error;
  }
  return error;
}

describe("a call to Shopify", () => {
  it("goes to the pinned version with token, name and variables", async () => {
    const { server, write } = await clientOf([dataAnswer(MADE)]);

    expect(await write()).toEqual(MADE);

    const [request] = server.requests;
    expect(request?.path).toBe("/admin/api/2026-10/graphql.json");
    expect(request?.headers["x-shopify-access-token"]).toBe(TOKEN);
    expect(JSON.parse(request?.body ?? "")).toEqual({
      query: fulfillmentCreate.document,
      operationName: "FulfillmentCreate",
      variables: INPUT,
    });
  });

  it("never shows the token in an error", async () => {
    const { read } = await clientOf([{ status: 401, body: { errors: `[API] Invalid API key ${TOKEN.length}` } }]);
    const error = await failure(read());
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain(TOKEN);
  });

  it("warns once when the shop serves another version than asked for", async () => {
    const headers = { "x-shopify-api-version": "2027-01" };
    const drifting: Scripted = { status: 200, headers, body: { data: SHOP } };
    const { read, warnings } = await clientOf([drifting]);

    await read();
    await read();

    expect(warnings).toEqual([[expect.any(String), { asked: "2026-10", served: "2027-01" }]]);
  });
});

describe("while the shop is down", () => {
  const DOWN: readonly [string, Scripted][] = [
    ["a 502 in HTML", HTML_502],
    ["a lost connection", "reset"],
    ["half a body", "truncated"],
    ["an internal error in a 200", errorAnswer("INTERNAL_SERVER_ERROR", { data: null })],
  ];

  it.each(DOWN)("a read is repeated after %s", async (_name, answer) => {
    const { server, read, clock } = await clientOf([answer, answer, dataAnswer(SHOP)]);
    expect(await read()).toEqual(SHOP);
    expect(server.requests).toHaveLength(3);
    expect(clock.slept).toEqual([375, 750]);
  });

  it.each(DOWN)("a read gives up as unavailable when %s goes on", async (_name, answer) => {
    const { server, read } = await clientOf([answer]);
    expect((await failure(read())).kind).toBe("unavailable");
    expect(server.requests).toHaveLength(READ_TRIES);
  });

  it.each(DOWN)("a mutation is sent once and its outcome unknown after %s", async (_name, answer) => {
    const { server, write } = await clientOf([answer, dataAnswer(MADE)]);
    expect((await failure(write())).kind).toBe("outcome_unknown");
    expect(server.requests).toHaveLength(1);
  });

  it("a mutation that found nobody listening did not happen", async () => {
    const { server, write } = await clientOf([HTML_502]);
    await server.close();
    expect((await failure(write())).kind).toBe("unavailable");
  });

  it("a call without an answer ends at its deadline", async () => {
    const server = await serveScript(() => new Promise<Scripted>(() => {}));
    open.push(server);
    const timeouts = { readMs: 30, writeMs: 30 };
    const { read, write } = await clientOf([], { baseUrl: server.url, timeouts });
    expect((await failure(write())).kind).toBe("outcome_unknown");
    expect((await failure(read())).kind).toBe("unavailable");
  });
});

describe("an answer that makes no sense", () => {
  const ODD: readonly [string, Scripted][] = [
    ["HTML with a 200", { status: 200, body: "<html>please wait</html>" }],
    ["a list", { status: 200, body: ["no"] }],
    ["no data", { status: 200, body: {} }],
    ["errors of another shape", { status: 200, body: { errors: { query: "Required parameter missing" } } }],
    ["an error without a code", errorAnswer(null, { message: "Something" })],
  ];

  it.each(ODD)("%s is malformed for a read and unknown for a mutation", async (_name, answer) => {
    const { server, read, write } = await clientOf([answer]);
    expect((await failure(read())).kind).toBe("malformed");
    expect((await failure(write())).kind).toBe("outcome_unknown");
    expect(server.requests).toHaveLength(2);
  });

  it("a search that Shopify did not understand is malformed, whatever was found", async () => {
    const warnings = [{ field: "updatd_at", message: "Invalid search field", code: "invalid_field" }];
    const search = [{ path: ["orders"], query: "updatd_at:1", parsed: {}, warnings }];
    const { read } = await clientOf([dataAnswer(SHOP, { search })]);
    const error = await failure(read());
    expect([error.kind, error.code]).toEqual(["malformed", "search_warning"]);
    expect(error.message).toContain("invalid_field of updatd_at");
  });

  it("a mistake of ours is malformed for a read and refused for a mutation", async () => {
    const wrong = errorAnswer("undefinedField", { path: ["mutation FulfillmentCreate", "fulfillmentCreate", "x"] });
    for (const answer of [wrong, errorAnswer("MAX_COST_EXCEEDED"), errorAnswer("INVALID_VARIABLE")]) {
      const { read, write } = await clientOf([answer]);
      expect((await failure(read())).kind).toBe("malformed");
      expect((await failure(write())).kind).toBe("rejected");
    }
  });

  it("an id that Shopify cannot read is missing", async () => {
    const path = ["fulfillmentCreate"];
    const { read, write } = await clientOf([errorAnswer("RESOURCE_NOT_FOUND", { path, message: "invalid id" })]);
    expect((await failure(read())).kind).toBe("missing");
    expect((await failure(write())).kind).toBe("missing");
  });
});

describe("a mutation with errors", () => {
  it("did not happen when access was denied to it as a whole", async () => {
    const { write } = await clientOf([
      errorAnswer("ACCESS_DENIED", { path: ["fulfillmentCreate"], data: { fulfillmentCreate: null } }),
    ]);
    expect((await failure(write())).kind).toBe("unauthorized");
  });

  it("may have happened when the error lies in what is read back", async () => {
    const path = ["fulfillmentCreate", "fulfillment", "trackingInfo"];
    for (const data of [{ fulfillmentCreate: { fulfillment: null, userErrors: [] } }, null]) {
      const { server, write } = await clientOf([errorAnswer("ACCESS_DENIED", { path, data })]);
      expect((await failure(write())).kind).toBe("outcome_unknown");
      expect(server.requests).toHaveLength(1);
    }
  });

  it("may have happened when the code is one we do not know", async () => {
    const { write } = await clientOf([errorAnswer("SOMETHING_NEW", { path: ["fulfillmentCreate"] })]);
    expect((await failure(write())).kind).toBe("outcome_unknown");
  });
});

describe("a refusal that a person must mend", () => {
  it.each([
    [401, /SHOPIFY_ACCESS_TOKEN/],
    [402, /bill/],
    [403, /installed/],
    [404, /SHOPIFY_SHOP_URL/],
    [301, /SHOPIFY_SHOP_URL/],
    [423, /locked/],
  ])("%i says what to do and is not repeated", async (status, remedy) => {
    const { server, read, write } = await clientOf([{ status, body: "<html></html>" }]);
    for (const error of [await failure(read()), await failure(write())]) {
      expect([error.kind, error.code]).toEqual(["unauthorized", String(status)]);
      expect(error.remedy).toMatch(remedy);
    }
    expect(server.requests).toHaveLength(2);
  });

  it("takes errors that are one text for a refused token", async () => {
    const { read } = await clientOf([{ status: 200, body: { errors: "[API] Invalid API key or access token" } }]);
    expect((await failure(read())).kind).toBe("unauthorized");
  });

  it("names all scopes, as the README does, where the shop does not say which is missing", async () => {
    const denied = { message: "Access denied", extensions: { code: "ACCESS_DENIED" } };
    const { read } = await clientOf([{ status: 200, body: { errors: [denied] } }]);
    const { remedy } = await failure(read());
    const named = remedy?.match(/\b(?:read|write)_[a-z_]+/g);
    expect(named).toEqual(ACCESS_SCOPES);
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    expect(readme.match(/(?<=`)(?:read|write)_[a-z_]+(?=`)/g)).toEqual(ACCESS_SCOPES);
    expect(DEFAULT_SCOPES).toEqual(expect.arrayContaining([...ACCESS_SCOPES]));
  });

  it("names the missing scope", async () => {
    const requiredAccess = "`read_orders` access scope or `read_marketplace_orders` access scope.";
    const { read } = await clientOf([errorAnswer("ACCESS_DENIED", { requiredAccess, data: { shop: null } })]);
    const error = await failure(read());
    expect(error.kind).toBe("unauthorized");
    expect(error.remedy).toContain("read_orders or read_marketplace_orders");
  });

  it("points at protected customer data, though the rest of the data came", async () => {
    const message = "This app is not approved to use the address1 field.";
    const { read } = await clientOf([errorAnswer(null, { message, path: ["nodes", 0], data: SHOP })]);
    const error = await failure(read());
    expect(error.kind).toBe("unauthorized");
    expect(error.remedy).toContain("protected customer data");
  });
});

describe("told to slow down", () => {
  const throttled = (available: number): Scripted => ({
    status: 200,
    body: {
      errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
      extensions: { cost: costBlock(177, available) },
    },
  });

  it("waits for exactly the missing points and sends a mutation again", async () => {
    const { server, write, clock } = await clientOf([throttled(77), dataAnswer(MADE)]);
    expect(await write()).toEqual(MADE);
    expect(server.requests).toHaveLength(2);
    expect(clock.slept).toEqual([1_000]);
  });

  it("waits a second when the numbers would let it go", async () => {
    const { read, clock } = await clientOf([throttled(500), dataAnswer(SHOP)]);
    await read();
    expect(clock.slept).toEqual([1_000]);
  });

  it.each([429, 430])("honours Retry-After of a %i, for a mutation too", async (status) => {
    const { server, write, clock } = await clientOf([
      { status, headers: { "retry-after": "7" }, body: "Too Many Requests" },
      dataAnswer(MADE),
    ]);
    expect(await write()).toEqual(MADE);
    expect(server.requests).toHaveLength(2);
    expect(clock.slept).toEqual([7_000]);
  });

  it("gives up after a stated number of tries and says when to come again", async () => {
    const { server, read, clock } = await clientOf([throttled(77)]);
    const error = await failure(read());
    expect(error.kind).toBe("throttled");
    expect(error.retryAt).toBe(clock.now() + 1_000);
    expect(server.requests).toHaveLength(THROTTLE_TRIES);
  });
});
