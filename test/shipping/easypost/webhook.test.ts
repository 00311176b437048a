import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../../../src/base/secret.ts";
import { readEasyPostWebhook, verifyEasyPostWebhook } from "../../../src/shipping/easypost/webhook.ts";

const RECORDINGS = new URL("../../../../shared/recordings/", import.meta.url);
const NOW = Date.parse("2026-11-22T12:00:00Z");
// An accent that is one character here and two in NFKD form, so a key that is not normalised gives another signature.
const SECRET = new Secret("gel\u00e9e-secret");
const BODY = Buffer.from('{"id":"evt_1","description":"tracker.updated","result":{"id":"trk_1","weight":10.0}}');
/** Computed once by hand: HMAC-SHA256 of BODY with the key "gele\u0301e-secret". */
const SIGNATURE = "hmac-sha256-hex=3d8cbf8b4ebd2c1be1220eb0d60e8342ee10ae2c1f5f553ba6556e78d5a80d4b";

function sign(key: string, signed: string | Buffer): string {
  return `hmac-sha256-hex=${createHmac("sha256", key).update(signed).digest("hex")}`;
}

describe("verifyEasyPostWebhook", () => {
  it("accepts the signature of a known vector", () => {
    expect(verifyEasyPostWebhook(BODY, { "x-hmac-signature": SIGNATURE }, SECRET, NOW)).toEqual({
      valid: true,
      v2: "absent",
    });
  });

  it.each([
    "X-Hmac-Signature",
    "x-hmac-signature",
    "X-HMAC-SIGNATURE",
    "X_HMAC_SIGNATURE",
  ])("finds the header as %s", (name) => {
    expect(verifyEasyPostWebhook(BODY, { [name]: SIGNATURE }, SECRET, NOW).valid).toBe(true);
    expect(verifyEasyPostWebhook(BODY, { [name]: [SIGNATURE] }, SECRET, NOW).valid).toBe(true);
  });

  it("uses the secret in NFKD form and no other", () => {
    const unnormalized = sign(SECRET.reveal(), BODY);
    expect(verifyEasyPostWebhook(BODY, { "x-hmac-signature": unnormalized }, SECRET, NOW).valid).toBe(false);
  });

  it.each([
    ["no header", {}],
    ["an empty header", { "x-hmac-signature": "" }],
    ["another secret", { "x-hmac-signature": sign("other", BODY) }],
    ["bare hex", { "x-hmac-signature": SIGNATURE.slice("hmac-sha256-hex=".length) }],
    ["too few digits", { "x-hmac-signature": SIGNATURE.slice(0, -1) }],
    ["no hex", { "x-hmac-signature": `hmac-sha256-hex=${"z".repeat(64)}` }],
    ["the header twice", { "x-hmac-signature": [SIGNATURE, SIGNATURE] }],
    ["the header twice, joined", { "x-hmac-signature": `${SIGNATURE}, ${SIGNATURE}` }],
    ["a header that is undefined", { "x-hmac-signature": undefined }],
  ])("refuses %s", (_, headers) => {
    expect(verifyEasyPostWebhook(BODY, headers, SECRET, NOW).valid).toBe(false);
  });

  it("refuses a body that was changed, even where JSON means the same", () => {
    const changed = Buffer.from(BODY.toString().replace("10.0", "10"));
    expect(verifyEasyPostWebhook(changed, { "x-hmac-signature": SIGNATURE }, SECRET, NOW).valid).toBe(false);
  });

  it("refuses everything when the secret is empty", () => {
    const headers = { "x-hmac-signature": sign("", BODY) };
    expect(verifyEasyPostWebhook(BODY, headers, new Secret(""), NOW).valid).toBe(false);
  });

  const v2 = (timestamp: string, path = "/webhooks/shipping/easypost", key = "gele\u0301e-secret") => ({
    "x-hmac-signature": SIGNATURE,
    "x-timestamp": timestamp,
    "x-path": path,
    "x-hmac-signature-v2": sign(key, `${timestamp}POST${path}${BODY.toString()}`),
  });
  const recent = "Sun, 22 Nov 2026 11:58:00 -0000";

  it("reports a good version 2 signature", () => {
    expect(verifyEasyPostWebhook(BODY, v2(recent), SECRET, NOW).v2).toBe("valid");
  });

  it.each([
    ["is old", v2("Sun, 22 Nov 2026 11:50:00 -0000")],
    ["is from the future", v2("Sun, 22 Nov 2026 12:06:00 -0000")],
    ["has no time", v2("yesterday")],
    ["was made with another secret", v2(recent, "/webhooks/shipping/easypost", "other")],
    ["is for another path", { ...v2(recent), "x-path": "/elsewhere" }],
    ["lacks its time", { ...v2(recent), "x-timestamp": undefined }],
  ])("reports a version 2 signature that %s, and goes by version 1", (_, headers) => {
    expect(verifyEasyPostWebhook(BODY, headers, SECRET, NOW)).toEqual({ valid: true, v2: "invalid" });
  });

  it("is not satisfied by version 2 alone", () => {
    const headers = { ...v2(recent), "x-hmac-signature": undefined };
    expect(verifyEasyPostWebhook(BODY, headers, SECRET, NOW)).toEqual({ valid: false, v2: "valid" });
  });
});

describe.skipIf(!hasRecordings())("the recorded vectors", () => {
  const vectors = hasRecordings()
    ? JSON.parse(readFileSync(new URL("signatures/vectors.json", RECORDINGS), "utf8"))
    : null;
  const recorded = hasRecordings()
    ? Buffer.from(readFileSync(new URL("easypost/webhooks/event-body.json", RECORDINGS), "utf8").replace(/\n$/, ""))
    : Buffer.alloc(0);

  it("accepts EasyPost's official signature", () => {
    const { secret, signature } = vectors.easypost_v1;
    const headers = { "X-Hmac-Signature": signature };
    expect(verifyEasyPostWebhook(recorded, headers, new Secret(secret), NOW).valid).toBe(true);
  });

  it("accepts the version 2 signature computed for the same body", () => {
    const { secret, headers } = vectors.easypost_v2;
    const now = Date.parse(headers["x-timestamp"]) + 1_000;
    expect(verifyEasyPostWebhook(recorded, headers, new Secret(secret), now).v2).toBe("valid");
  });

  it("reads the recorded event", () => {
    expect(readEasyPostWebhook(recorded)).toMatchObject({
      eventId: "evt_1",
      description: "tracker.updated",
      trackerId: "trk_1",
    });
  });
});

function hasRecordings(): boolean {
  const found = existsSync(new URL("signatures/vectors.json", RECORDINGS));
  if (!found) {
    process.stderr.write("skipped: the recorded signatures are not beside the project\n");
  }
  return found;
}

describe("readEasyPostWebhook", () => {
  const read = (value: unknown) => readEasyPostWebhook(Buffer.from(JSON.stringify(value)));

  it("reads the news of a tracker", () => {
    const result = { id: "trk_1", object: "Tracker", shipment_id: "shp_1", tracking_code: "9400" };
    expect(read({ id: "evt_1", object: "Event", description: "tracker.updated", result })).toEqual({
      eventId: "evt_1",
      description: "tracker.updated",
      trackerId: "trk_1",
    });
  });

  it("reads the news of a refund and of a shipment", () => {
    expect(
      read({ id: "evt_2", description: "refund.successful", result: { id: "rfnd_1", shipment_id: "shp_1" } }),
    ).toMatchObject({ eventId: "evt_2", trackerId: null });
    expect(
      read({ id: "evt_3", description: "shipment.x", result: { id: "shp_1", tracker: { id: "trk_1" } } }),
    ).toMatchObject({ eventId: "evt_3", trackerId: "trk_1" });
  });

  const nothing = { eventId: null, description: null, trackerId: null };

  it.each([
    [null],
    [[]],
    ["text"],
    [7],
    [{}],
    [{ id: 7, description: {}, result: [] }],
    [{ result: "trk_1" }],
  ])("finds nothing in %j", (value) => {
    expect(read(value)).toEqual(nothing);
  });

  it("finds nothing in texts that are far too long", () => {
    expect(read({ id: "e".repeat(10_000) })).toEqual(nothing);
  });

  it("never throws, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          readEasyPostWebhook(bytes);
          verifyEasyPostWebhook(bytes, { "x-hmac-signature": "hmac-sha256-hex=00" }, SECRET, NOW);
        },
      ),
    );
  });
});
