import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FakeEasyPostOptions } from "../../../src/sandbox/easypost/fake-easypost.ts";
import { signWebhook, stringifyWithFloats } from "../../../src/sandbox/easypost/webhooks.ts";
import {
  code,
  createOne,
  type OpenSandbox,
  openReceiver,
  openSandbox,
  type Receiver,
  STEP_MS,
  text,
} from "./support.ts";

const RECORDINGS = join(import.meta.dirname, "../../../../shared/recordings");
const hasVectors = existsSync(join(RECORDINGS, "signatures/vectors.json"));
if (!hasVectors) {
  process.stdout.write("skipped: the official signature vector is not beside the project (../shared/recordings)\n");
}

let sandbox: OpenSandbox;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await openReceiver();
  sandbox = await openSandbox({ webhook: { url: receiver.url, secret: "whsec" } });
});

afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

async function buyOne(): Promise<string> {
  const { buyPath, buyBody } = await createOne(sandbox);
  return text((await sandbox.call("POST", buyPath, buyBody)).body["tracker"], "id");
}

async function reopen(options: Partial<FakeEasyPostOptions>): Promise<void> {
  await sandbox.close();
  sandbox = await openSandbox({ webhook: { url: receiver.url, secret: "whsec" }, ...options });
}

function outcomes(): string[] {
  return sandbox.fake.ledger().webhooks.map((entry) => `${entry.attempt} ${entry.outcome}`);
}

describe("the signature", () => {
  it("is HMAC-SHA256 over the body with the secret in form NFKD", () => {
    const composed = signWebhook("s\u00e9cret", '{"a":1}');
    expect(composed).toBe(signWebhook("se\u0301cret", '{"a":1}'));
    const expected = createHmac("sha256", Buffer.from([0x73, 0x65, 0xcc, 0x81, 0x63, 0x72, 0x65, 0x74]));
    expect(composed).toBe(`hmac-sha256-hex=${expected.update('{"a":1}').digest("hex")}`);
    expect(composed).not.toBe(signWebhook("secret", '{"a":1}'));
  });

  it.skipIf(!hasVectors)("meets the official vector", () => {
    const vectors = JSON.parse(readFileSync(join(RECORDINGS, "signatures/vectors.json"), "utf8")) as {
      easypost_v1: { secret: string; signature: string };
    };
    const body = readFileSync(join(RECORDINGS, "easypost/webhooks/event-body.json"), "utf8").replace(/\n$/, "");
    expect(signWebhook(vectors.easypost_v1.secret, body)).toBe(vectors.easypost_v1.signature);
  });

  it("is over whole weights as floats, and texts are left alone", () => {
    const sent = stringifyWithFloats({ a: [{ weight: 10 }, { weight: 2.5 }, { weight: null }], b: '"weight":10,' });
    expect(sent).toBe('{"a":[{"weight":10.0},{"weight":2.5},{"weight":null}],"b":"\\"weight\\":10,"}');
  });
});

describe("events", () => {
  it("tell of the creation and of every step, each with an id of its own and the parcel as it stood then", async () => {
    const trackerId = await buyOne();
    sandbox.clock.advance(20 * STEP_MS);
    await sandbox.fake.pump();
    const events = receiver.received
      .map((entry) => entry.event)
      .sort((a, b) => text(a, "created_at").localeCompare(text(b, "created_at")));
    expect(
      events.map((event) => [event["description"], (event["result"] as Record<string, unknown>)["status"]]),
    ).toEqual([
      ["tracker.created", "unknown"],
      ["tracker.updated", "pre_transit"],
      ["tracker.updated", "in_transit"],
      ["tracker.updated", "in_transit"],
      ["tracker.updated", "in_transit"],
      ["tracker.updated", "out_for_delivery"],
      ["tracker.updated", "delivered"],
    ]);
    expect(new Set(events.map((event) => event["id"])).size).toBe(7);
    expect(events[2]?.["previous_attributes"]).toEqual({ status: "pre_transit" });
    expect((events[2]?.["result"] as Record<string, unknown>)["id"]).toBe(trackerId);
    expect(outcomes()).toEqual(Array.from({ length: 7 }, () => "1 answered"));
    await sandbox.fake.pump();
    expect(receiver.received).toHaveLength(7);
  });

  it("come by themselves once started, and no more after the stop", async () => {
    sandbox.fake.start();
    sandbox.fake.start();
    await sandbox.clock.sleeping(1);
    await buyOne();
    sandbox.clock.advance(250);
    await receiver.arrived(1);
    await sandbox.fake.stop();
    await sandbox.fake.stop();
    sandbox.clock.advance(100 * STEP_MS);
    await sandbox.call("GET", "/v2/shipments");
    expect(receiver.received).toHaveLength(1);
    sandbox.fake.start();
    await receiver.arrived(7);
  });

  it("are sent again after a failure, later each time, and given up in the end", async () => {
    await reopen({ stepMs: 1_000_000 });
    await buyOne();
    receiver.answers.push(503, "reset", 302, 500, 500, 500);
    await sandbox.fake.pump();
    expect(outcomes()).toEqual(["1 failed"]);
    let attempts = 1;
    for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 16_000]) {
      sandbox.clock.advance(pauseMs - 1);
      await sandbox.fake.pump();
      expect(outcomes()).toHaveLength(attempts);
      sandbox.clock.advance(1);
      await sandbox.fake.pump();
      attempts += 1;
      expect(outcomes()).toHaveLength(attempts);
    }
    expect(outcomes().at(-1)).toBe("6 abandoned");
    expect(sandbox.fake.ledger().webhooks.map((entry) => entry.status)).toEqual([503, null, 302, 500, 500, 500]);
    expect(new Set(receiver.received.map((entry) => entry.event["id"])).size).toBe(1);
    sandbox.clock.advance(900_000);
    await sandbox.fake.pump();
    expect(outcomes()).toHaveLength(6);
  });

  it("are tried again when the receiver takes more than seven seconds", async () => {
    await reopen({ stepMs: 1_000_000 });
    await buyOne();
    receiver.answers.push("hang");
    const pumping = sandbox.fake.pump();
    await receiver.arrived(1);
    sandbox.clock.advance(7_000);
    await pumping;
    expect(outcomes()).toEqual(["1 failed"]);
    sandbox.clock.advance(1_000);
    await sandbox.fake.pump();
    expect(outcomes()).toEqual(["1 failed", "2 answered"]);
  });

  it("are broken off by the stop when the receiver hangs", async () => {
    await buyOne();
    receiver.answers.push("hang");
    sandbox.fake.start();
    await receiver.arrived(1);
    await sandbox.fake.stop();
    expect(outcomes()).toEqual(["1 failed"]);
  });

  it("are dropped, doubled and delayed by faults", async () => {
    sandbox.faults.setPlan({ rates: {}, delayMaxMs: 500 });
    sandbox.faults.force("webhook_dropped", (what) => what === "webhook tracker.created");
    await buyOne();
    await sandbox.fake.pump();
    expect(outcomes()).toEqual(["0 dropped"]);
    sandbox.faults.force("webhook_doubled", (what) => what === "webhook tracker.created");
    await buyOne();
    await sandbox.fake.pump();
    expect(outcomes()).toEqual(["0 dropped", "1 answered", "1 answered"]);
    expect(new Set(receiver.received.map((entry) => entry.event["id"])).size).toBe(1);
    sandbox.faults.force("webhook_delayed", (what) => what === "webhook tracker.created");
    await buyOne();
    await sandbox.fake.pump();
    expect(receiver.received).toHaveLength(2);
    sandbox.clock.advance(500);
    await sandbox.fake.pump();
    expect(receiver.received).toHaveLength(3);
  });

  it("are never sent anywhere but loopback", async () => {
    const added = await sandbox.call("POST", "/v2/webhooks", { webhook: { url: "http://example.com/hook" } });
    await buyOne();
    await sandbox.fake.pump();
    const entries = sandbox.fake.ledger().webhooks.filter((entry) => entry.webhookId === added.body["id"]);
    expect(entries).toMatchObject([{ attempt: 0, outcome: "refused", status: null }]);
  });

  it("carry custom headers and the credentials of the url", async () => {
    const url = receiver.url.replace("http://", "http://shop:p%40ss@");
    const custom_headers = [{ name: "X-Shop", value: "acme" }];
    await sandbox.call("POST", "/v2/webhooks", { webhook: { url, webhook_secret: "other", custom_headers } });
    await buyOne();
    await sandbox.fake.pump();
    const entry = receiver.received.find((candidate) => candidate.headers["x-shop"] === "acme");
    expect(entry?.headers["authorization"]).toBe(`Basic ${Buffer.from("shop:p@ss").toString("base64")}`);
    expect(entry?.headers["x-hmac-signature"]).toBe(signWebhook("other", entry?.body.toString() ?? ""));
  });
});

describe("subscriptions", () => {
  it("are disabled by failures without end and enabled again by a change", async () => {
    const { body } = await sandbox.call("GET", "/v2/webhooks");
    const id = text((body["webhooks"] as unknown[])[0], "id");
    receiver.answers.push(...Array.from({ length: 250 }, () => 500));
    for (let count = 0; count < 50; count += 1) {
      await buyOne();
    }
    for (let round = 0; round < 8; round += 1) {
      sandbox.clock.advance(64_000);
      await sandbox.fake.pump();
    }
    const disabled = await sandbox.call("GET", `/v2/webhooks/${id}`);
    expect(disabled.body["disabled_at"]).not.toBeNull();
    const seen = receiver.received.length;
    await buyOne();
    await sandbox.fake.pump();
    expect(receiver.received).toHaveLength(seen);
    receiver.answers.length = 0;
    const enabled = await sandbox.call("PATCH", `/v2/webhooks/${id}`, { webhook_secret: "new" });
    expect([enabled.status, enabled.body["disabled_at"]]).toEqual([201, null]);
    await buyOne();
    await sandbox.fake.pump();
    const last = receiver.received.at(-1);
    expect(last?.headers["x-hmac-signature"]).toBe(signWebhook("new", last?.body.toString() ?? ""));
  });

  it("are refused without a usable url, found by id, and gone when deleted", async () => {
    expect(code(await sandbox.call("POST", "/v2/webhooks", { webhook: { url: "nowhere" } }))).toBe("WEBHOOK.INVALID");
    expect((await sandbox.call("DELETE", "/v2/webhooks/hook_0")).status).toBe(404);
    const added = await sandbox.call("POST", "/v2/webhooks", { webhook: { url: receiver.url } });
    const path = `/v2/webhooks/${text(added.body, "id")}`;
    expect((await sandbox.call("DELETE", path)).text).toBe("{}");
    expect((await sandbox.call("GET", path)).status).toBe(404);
  });
});
