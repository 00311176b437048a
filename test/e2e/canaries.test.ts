/**
 * P9: secrets reach nothing, and what says who a customer is reaches label files only. Each is a canary; the built
 * program lives a whole life with them (faults, parked orders, forged webhooks, refused tokens, answers that repeat what
 * they were sent, a crash), and then everything that it wrote is searched.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { CHAOS } from "../../src/sandbox/faults.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import type { OrderSpec } from "../../src/sandbox/shopify/orders.ts";
import { runProgram, startProgram } from "../support/built-program.ts";
import { hitsBelow, hitsIn, POSTAL_CODE, personOf, SECRETS } from "../support/canaries.ts";
import type { ChildExit, RunningChild } from "../support/child.ts";
import { daemonEnvironment, listening, openBeside, quickSandbox, START_MS } from "../support/daemon-process.ts";
import { useDatabases } from "../support/database.ts";
import { until } from "../support/until.ts";
import { sign } from "../support/webhook-sender.ts";

const databases = useDatabases();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) {
    await close();
  }
});

async function openSandbox(): Promise<Sandbox> {
  const { token, clientId, clientSecret, apiKey, shippingWebhookSecret } = SECRETS;
  const sandbox = await quickSandbox({
    stepMs: 60,
    plan: { rates: { ...CHAOS.rates, latency: 0, rate_limited: 0, throttled: 0 }, delayMaxMs: 50 },
    credentials: { accessToken: token, clientId, clientSecret, apiKey, shippingWebhookSecret },
  });
  closing.push(() => sandbox.close());
  return sandbox;
}

/** Secrets partly from files, as services get them; the token is issued by the shop and changes on the way. */
function environment(sandbox: Sandbox, dataDir: string): Record<string, string> {
  const folder = databases.folder();
  const fileOf = (name: string, text: string) => {
    writeFileSync(join(folder, name), `${text}\n`, { mode: 0o600 });
    return join(folder, name);
  };
  const { SHOPIFY_ACCESS_TOKEN: _, SHIPPING_API_KEY: __, ...given } = daemonEnvironment({ sandbox, dataDir });
  return {
    ...given,
    SHOPIFY_CLIENT_ID: SECRETS.clientId,
    SHOPIFY_CLIENT_SECRET_FILE: fileOf("client-secret", SECRETS.clientSecret),
    SHIPPING_API_KEY_FILE: fileOf("key", SECRETS.apiKey),
    SHOPIFY_WEBHOOK_SECRET: `${SECRETS.webhookSecret},${SECRETS.clientSecret}`,
    SHIPBOT_SHIP_FROM: JSON.stringify({
      default: {
        ...{ name: "Zsendername", company: "Zsendercompany", street1: "1 Zsenderstreet", city: "San Francisco" },
        ...{ province: "CA", postal_code: "94107", country: "US", phone: "+14155550100", email: "z@Zsender.example" },
      },
    }),
    SHIPBOT_POLL_ORDERS: "300ms",
    SHIPBOT_POLL_TRACKING: "500ms",
    LOG_LEVEL: "debug",
    PUBLIC_URL: "https://ship.example.com",
    SHIPBOT_USER: "ada",
  };
}

/** The order of this number, placed a minute ago: paid and ready, unless `spec` says otherwise. */
function orderOf(number: number, spec: OrderSpec = {}): OrderSpec {
  const { address, email } = personOf(number);
  return { name: `#${number}`, address, email, phone: address.phone, tags: ["ready_to_ship"], ...spec };
}

/** Answers everything with what it was sent: headers, body, and a customer's name. */
async function openEcho(answer: (echoed: string) => { status: number; body: string }): Promise<string> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const echoed = `${JSON.stringify(request.headers)} Zfirstname1 1 Zstreetname Road ${Buffer.concat(chunks).toString()}`;
      const { status, body } = answer(echoed);
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

function hitsOf(name: string, exit: ChildExit): readonly string[] {
  return [...hitsIn(`${name} stdout`, exit.stdout), ...hitsIn(`${name} stderr`, exit.stderr)];
}

test("a whole run leaves no canary", { timeout: 120_000 }, async () => {
  const sandbox = await openSandbox();
  const dataDir = databases.folder();
  const env = environment(sandbox, dataDir);
  sandbox.shopify.addOrder(orderOf(1));
  sandbox.shopify.addOrder(orderOf(2));
  sandbox.shopify.addOrder(orderOf(3, { address: { ...personOf(3).address, city: null } }));
  sandbox.shopify.addOrder(orderOf(4, { lines: [{ sku: "ANVIL", title: "Anvil", grams: 45_000, price: "310.00" }] }));
  sandbox.shopify.addOrder(orderOf(5, { lines: [{ sku: "GIFT", title: "Gift box", grams: null, price: "5.00" }] }));
  const daemon = startProgram(["daemon"], { cwd: dataDir, env, timeoutMs: 100_000 });
  closing.push(() => end(daemon));
  const url = await listening(daemon);
  sandbox.shopify.setWebhookSink(`${url}/webhooks/shopify`);
  sandbox.easypost.subscribe(`${url}/webhooks/shipping/easypost`, SECRETS.shippingWebhookSecret);
  const answers = await sendWebhooks(url);

  const store = await openBeside({ sandbox, dataDir });
  closing.push(() => store.close());
  await until(
    "the parcels to be delivered and the others parked",
    async () => {
      const counts = await store.orders.counts();
      return counts.delivered === 2 && counts.parked === 3;
    },
    60_000,
  );
  sandbox.faults.setPlan({ rates: {}, delayMaxMs: 0 });

  const hits: string[] = answers.flatMap((answer, index) => [...hitsIn(`answer ${index}`, answer, [POSTAL_CODE])]);
  for (const args of [
    ["status"],
    ["status", "--order", "4"],
    ["why", "--order", "4"],
    ["sync", "--order", "1", "2", "5", "--timeout", "20s"],
    ["sync", "--order", "4", "--dry-run"],
    ["hold", "--order", "5", "--why", "the box is missing", "--timeout", "20s"],
    ["label", "--order", "1"],
    ["webhooks", "list"],
    ["config", "show"],
    ["config", "check"],
    ["why", "--order", "999"],
  ]) {
    const runs = await Promise.all(
      ["--verbose", "--json"].map((more) => runProgram([...args, more], { cwd: dataDir, env })),
    );
    hits.push(...runs.flatMap((exit) => hitsOf(args.join(" "), exit)));
  }

  sandbox.shopify.revokeToken();
  await daemon.waitForLine(/"alarm"/, START_MS);
  hits.push(...hitsOf("refused", await runProgram(["sync", "--order", "5", "--verbose"], { cwd: dataDir, env })));
  hits.push(...hitsOf("refused json", await runProgram(["webhooks", "list", "--json"], { cwd: dataDir, env })));
  daemon.kill("SIGTERM");
  const exit = await daemon.exited;
  expect(exit.stderr).toContain('"debug"');
  expect(exit.stderr).toContain("requests refused");
  hits.push(...hitsIn("daemon stderr", exit.stderr, [POSTAL_CODE]), ...hitsIn("daemon stdout", exit.stdout));
  hits.push(...hitsBelow(dataDir, ["labels"]), ...hitsBelow(join(dataDir, "logs"), [], [POSTAL_CODE]));
  expect(hits).toEqual([]);
});

async function end(child: RunningChild): Promise<void> {
  child.kill("SIGKILL");
  await child.exited;
}

/** Authentic, forged, unreadable, with everything that could be repeated in an answer or a log line. */
async function sendWebhooks(url: string): Promise<readonly string[]> {
  const person = { ...personOf(9), note: "Znote leave it with the neighbour", customer: { first_name: "Zfirstname9" } };
  const order = JSON.stringify({ id: 99, admin_graphql_api_id: "gid://shopify/Order/99", ...person });
  const headersOf = (body: string, secret: string) => ({
    "x-shopify-topic": "orders/updated",
    "x-shopify-webhook-id": randomUUID(),
    "x-shopify-hmac-sha256": sign(body, secret),
  });
  const unreadable = `{"id": 99, "name": Zfirstname9 ${SECRETS.token}`;
  const requests: readonly (readonly [string, RequestInit])[] = [
    ["/webhooks/shopify", { headers: headersOf(order, SECRETS.webhookSecret), body: order }],
    ["/webhooks/shopify", { headers: headersOf(unreadable, SECRETS.clientSecret), body: unreadable }],
    ["/webhooks/shopify", { headers: headersOf(order, SECRETS.token), body: order }],
    ["/webhooks/shopify", { headers: { ...headersOf(order, "x"), "x-shopify-hmac-sha256": SECRETS.token } }],
    ["/webhooks/shipping/easypost", { headers: { "x-hmac-signature": SECRETS.apiKey }, body: order }],
    [`/Zfirstname9?token=${SECRETS.token}`, { body: order }],
    [`/webhooks/shopify?note=Znote`, { body: order }],
    ["/%E0%A4%A", { body: order }],
  ];
  const answers: string[] = [];
  for (const [path, init] of requests) {
    const answer = await fetch(url + path, { method: "POST", ...init });
    answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`);
  }
  return answers;
}

test("remotes that repeat what they were sent leave no canary", { timeout: 60_000 }, async () => {
  const sandbox = await openSandbox();
  sandbox.faults.setPlan({ rates: {}, delayMaxMs: 0 });
  const order = sandbox.shopify.addOrder(orderOf(1, { placedAgoMs: 60_000 }));
  const answers: readonly ((echoed: string) => { status: number; body: string })[] = [
    (echoed) => ({ status: 200, body: `not JSON ${echoed}` }),
    (echoed) => ({ status: 401, body: JSON.stringify({ errors: echoed, error: { message: echoed, code: "X" } }) }),
    (echoed) => ({ status: 200, body: JSON.stringify({ errors: `refused, you sent ${secretsOf(echoed)}` }) }),
    (echoed) => ({ status: 200, body: JSON.stringify({ errors: [{ message: secretsOf(echoed) }] }) }),
    (echoed) => ({ status: 500, body: echoed }),
    (echoed) => ({
      status: 422,
      body: JSON.stringify({ error: { code: "ADDRESS.X", message: echoed, errors: [echoed] } }),
    }),
  ];
  const hits: string[] = [];
  const rounds = answers.map(async (answer, index) => {
    const echo = await openEcho(answer);
    const dataDir = databases.folder();
    mkdirSync(dataDir, { recursive: true });
    const base = daemonEnvironment({ sandbox, dataDir });
    const shop = { ...base, SHOPIFY_SHOP_URL: echo };
    const provider = { ...base, SHIPPING_API_URL: `${echo}/v2` };
    // Errors are told by the daemon's log and by a command; what differs between the answers is what they are made of.
    const sync = ["sync", "--order", order.id, index % 2 === 0 ? "--verbose" : "--json", "--timeout", "1s"];
    for (const args of index === 2 || index === 3 ? [sync, ["daemon", "--once"]] : [["daemon", "--once"]]) {
      for (const [name, env] of Object.entries({ shop, provider })) {
        const exit = await runProgram(args, { cwd: dataDir, env: { ...env, LOG_LEVEL: "debug" } });
        hits.push(...hitsOf(`${name} ${index} ${args.join(" ")}`, exit));
      }
    }
    hits.push(...hitsBelow(dataDir, []));
  });
  await Promise.all(rounds);
  expect(hits).toEqual([]);
});

/** Of an echo that may not hold a customer: Shopify does not know what it would have to be. */
function secretsOf(echoed: string): string {
  return echoed.slice(0, echoed.indexOf("Zfirstname1"));
}

test("a crash says where it happened and none of the secrets", { timeout: 60_000 }, async () => {
  const sandbox = await openSandbox();
  const dataDir = databases.folder();
  const env = daemonEnvironment({ sandbox, dataDir });
  const thrown = `Object.assign(new Error("lost " + process.env.SHOPIFY_ACCESS_TOKEN, { cause: new Error(process.env.SHIPPING_API_KEY) }),
    { headers: { authorization: "Basic " + Buffer.from(process.env.SHIPPING_API_KEY + ":").toString("base64") } })`;
  for (const crash of [`throw ${thrown}`, `Promise.reject(${thrown})`]) {
    const reports = databases.folder();
    const preload = join(reports, "crash.mjs");
    writeFileSync(preload, `process.on("SIGUSR2", () => { process.report.writeReport(); ${crash} });\n`);
    const flags = `--import=${preload} --report-uncaught-exception --report-directory=${reports}`;
    const daemon = startProgram(["daemon"], { cwd: dataDir, env: { ...env, NODE_OPTIONS: flags } });
    closing.push(() => end(daemon));
    await listening(daemon);
    daemon.kill("SIGUSR2");
    const exit = await daemon.exited;
    expect(exit).toMatchObject({ code: 70, signal: null });
    expect(exit.stderr).toMatch(/error: this is a mistake in shipbot .*lost \[secret\]/);
    expect(exit.stderr).toMatch(/\n +at /);
    expect(readdirSync(reports)).toContainEqual(expect.stringMatching(/^report\./));
    expect([...hitsOf("crash", exit), ...hitsBelow(reports, []), ...hitsBelow(dataDir, [])]).toEqual([]);
  }
});
