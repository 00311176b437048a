import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SILENT } from "../../../src/base/log.ts";
import { Secret } from "../../../src/base/secret.ts";
import { NO_OPTIONS } from "../../../src/core/label-options.ts";
import type { ShippingProvider } from "../../../src/ports/shipping-provider.ts";
import { createEasyPost } from "../../../src/shipping/easypost/provider.ts";
import { boughtAnswer, errorAnswer, RATE, shipmentAnswer, TO_ADDRESS } from "./answers.ts";
import { type ScriptedAnswer, type ScriptedServer, serveScript } from "./scripted-server.ts";
import { createTestClock } from "./test-clock.ts";

let server: ScriptedServer;
let provider: ShippingProvider;
let logged: string[];

beforeEach(async () => {
  server = await serveScript();
  logged = [];
  const keep = (message: string, fields?: unknown): void => {
    logged.push(`${message} ${JSON.stringify(fields)}`);
  };
  provider = createEasyPost({
    baseUrl: `${server.url}/v2`,
    apiKey: new Secret("EZTKkey"),
    clock: createTestClock(),
    log: { ...SILENT, error: keep, warn: keep, info: keep, debug: keep },
  });
});
afterEach(() => server.close());

const ok = (body: unknown): ScriptedAnswer => ({ status: 200, body });
const refused = (code: string, status = 422): ScriptedAnswer => ({ status, body: errorAnswer(code) });
const HTML: ScriptedAnswer = { status: 502, headers: { "content-type": "text/html" }, body: "<html>502</html>" };
const lines = () => server.seen.map(({ line }) => line);

const REQUEST = {
  reference: "shipbot/shop.example/1-1-1",
  from: address({ company: "Shop", street1: "1 Depot Road" }),
  to: address({ name: TO_ADDRESS.name, street1: TO_ADDRESS.street1, email: TO_ADDRESS.email }),
  parcel: { preset: "box", lengthMm: 300, widthMm: 200, heightMm: 100, weightGrams: 436 },
  options: NO_OPTIONS,
} as const;

function address(known: Readonly<Record<string, string>>) {
  return {
    name: null,
    company: null,
    street1: null,
    street2: null,
    city: "Boise",
    province: "ID",
    postalCode: "83702",
    country: "US",
    phone: null,
    email: null,
    ...known,
  };
}

describe("buying", () => {
  it("sends the rate and gives what was bought", async () => {
    server.script(ok(boughtAnswer()));
    expect(await provider.buy("shp_1", "rate_1")).toMatchObject({
      outcome: "done",
      value: { trackingNumber: "9400100000000000000001", rate: { price: { amountMinor: 607, currency: "USD" } } },
    });
    expect(server.seen).toMatchObject([{ line: "POST /v2/shipments/shp_1/buy", body: '{"rate":{"id":"rate_1"}}' }]);
  });

  it("is done when the label is there already, with that label", async () => {
    const other = { ...RATE, id: "rate_0", service: "Priority", rate: "7.42" };
    server.script(refused("SHIPMENT.POSTAGE.EXISTS"), ok(boughtAnswer({ selected_rate: other })));
    expect(await provider.buy("shp_1", "rate_1")).toMatchObject({
      outcome: "done",
      value: { rate: { id: "rate_0", service: "Priority" } },
    });
    expect(lines()).toEqual(["POST /v2/shipments/shp_1/buy", "GET /v2/shipments/shp_1"]);
  });

  it.each([
    ["cannot be read", [HTML, HTML, HTML]],
    ["is not shown", [ok(shipmentAnswer())]],
    ["is not shown by another shipment", [ok(boughtAnswer({ id: "shp_2" }))]],
    ["is forbidden to read", [refused("FORBIDDEN", 403)]],
  ] as const)("is unknown when a label is said to be there and %s", async (_, answers) => {
    server.script(refused("SHIPMENT.POSTAGE.EXISTS"), ...answers);
    expect(await provider.buy("shp_1", "rate_1")).toMatchObject({
      outcome: "unknown",
      failure: { kind: "outcome_unknown", code: "SHIPMENT.POSTAGE.EXISTS" },
    });
  });

  it.each([
    ["the carrier did not answer", refused("SHIPMENT.POSTAGE.NO_RESPONSE")],
    ["the carrier timed out", refused("SHIPMENT.POSTAGE.TIMED_OUT")],
    ["another purchase is under way", refused("SHIPMENT.PURCHASE.IN_PROGRESS")],
    ["the gateway failed", HTML],
    ["EasyPost failed", refused("INTERNAL_SERVER_ERROR", 500)],
    ["EasyPost failed and names a refusal", refused("SHIPMENT.POSTAGE.FAILURE", 500)],
    ["the connection was lost", "reset"],
    ["half an answer came", "truncated"],
    ["a refusal came without a code", { status: 422, body: "<html>no</html>" }],
    ["a page came", ok("<html>ok</html>")],
    ["another shipment came", ok(boughtAnswer({ id: "shp_2" }))],
    ["the answer shows no rate", ok(boughtAnswer({ selected_rate: null }))],
    ["the answer shows no label", ok(boughtAnswer({ postage_label: null }))],
    ["the answer shows no number", ok(boughtAnswer({ tracking_code: "" }))],
    ["the answer shows no price", ok(boughtAnswer({ selected_rate: {}, fees: null }))],
  ] as const)("is unknown when %s, and nothing is sent again", async (_, answer) => {
    server.script(answer);
    expect(await provider.buy("shp_1", "rate_1")).toMatchObject({
      outcome: "unknown",
      failure: { kind: "outcome_unknown" },
    });
    expect(lines()).toEqual(["POST /v2/shipments/shp_1/buy"]);
    expect(logged).toHaveLength(1);
  });

  it.each([
    ["throttled", "RATE_LIMITED", { status: 429, headers: { "retry-after": "2" }, body: "Too Many Requests" }],
    ["unauthorized", "PAYMENT_REQUIRED", refused("PAYMENT_REQUIRED", 402)],
    ["unauthorized", "UNAUTHORIZED", refused("UNAUTHORIZED", 401)],
    ["unauthorized", "FORBIDDEN", { status: 403, body: "<html>no</html>" }],
    ["unauthorized", "MODE.CONFLICT", refused("MODE.CONFLICT")],
    ["rejected", "SHIPMENT.POSTAGE.FAILURE", refused("SHIPMENT.POSTAGE.FAILURE")],
    ["stale", "SHIPMENT.MISSING_RATE", refused("SHIPMENT.MISSING_RATE")],
    ["unavailable", "PAYMENT_GATEWAY.ERROR", refused("PAYMENT_GATEWAY.ERROR")],
    ["missing", "NOT_FOUND", refused("NOT_FOUND", 404)],
  ] as const)("is refused as %s for %s", async (kind, code, answer) => {
    server.script(answer);
    expect(await provider.buy("shp_1", "rate_1")).toMatchObject({ outcome: "refused", failure: { kind, code } });
    expect(lines()).toHaveLength(1);
  });

  it("says what to do when the balance is spent", async () => {
    server.script(refused("PAYMENT_REQUIRED", 402));
    expect(await provider.buy("shp_1", "rate_1")).toMatchObject({
      failure: { message: expect.stringContaining("Add funds") },
    });
  });
});

describe("creating", () => {
  it("is refused with EasyPost's code and without the address", async () => {
    const errors = [{ field: "street1", code: "E.HOUSE_NUMBER.MISSING", message: `${TO_ADDRESS.street1} has none` }];
    server.script({ status: 422, body: errorAnswer("ADDRESS.VERIFY.FAILURE", errors, TO_ADDRESS.street1) });
    const outcome = await provider.createShipment(REQUEST);
    expect(outcome).toMatchObject({
      outcome: "refused",
      failure: { kind: "rejected", code: "ADDRESS.VERIFY.FAILURE" },
    });
    expect(JSON.stringify([outcome, logged])).not.toMatch(/Larkspur|Ottilie|shop\.example"/);
  });

  it("is unknown when the answer is lost or has no id", async () => {
    server.script("reset", ok({ object: "Shipment" }));
    expect((await provider.createShipment(REQUEST)).outcome).toBe("unknown");
    expect((await provider.createShipment(REQUEST)).outcome).toBe("unknown");
    expect(logged.join()).not.toMatch(/Larkspur|Ottilie/);
  });
});

describe("finding by reference", () => {
  it("asks with the reference as one part of the path", async () => {
    server.script(ok(shipmentAnswer()));
    expect((await provider.findShipment("shipbot/shop.example/1-1-1"))?.id).toBe("shp_1");
    expect(lines()).toEqual(["GET /v2/shipments/shipbot%2Fshop.example%2F1-1-1"]);
  });

  it("gives null only when EasyPost itself says that there is none", async () => {
    server.script(refused("NOT_FOUND", 404), { status: 404, body: "<html>404</html>" });
    expect(await provider.findShipment("shipbot/shop.example/1-1-1")).toBeNull();
    await expect(provider.findShipment("shipbot/shop.example/1-1-1")).rejects.toMatchObject({ kind: "malformed" });
  });

  it("does not take a shipment with another reference", async () => {
    server.script(ok(shipmentAnswer({ reference: "shipbot/shop.example/1-1-2" })));
    await expect(provider.findShipment("shipbot/shop.example/1-1-1")).rejects.toMatchObject({ kind: "malformed" });
  });
});

describe("reading and rating", () => {
  it("does not take another shipment's answer", async () => {
    server.script(ok(shipmentAnswer({ id: "shp_2" })));
    await expect(provider.readShipment("shp_1")).rejects.toMatchObject({ kind: "malformed" });
  });

  it("rates again and then reads the whole shipment", async () => {
    server.script(ok({ rates: [] }), ok(shipmentAnswer({ rates: [{ ...RATE, id: "rate_9" }] })));
    expect((await provider.refreshRates("shp_1")).rates.map(({ id }) => id)).toEqual(["rate_9"]);
    expect(lines()).toEqual(["POST /v2/shipments/shp_1/rerate", "GET /v2/shipments/shp_1"]);
  });

  it("finds the label instead of rates when it was bought meanwhile", async () => {
    server.script(refused("SHIPMENT.POSTAGE.EXISTS"), ok(boughtAnswer()));
    expect((await provider.refreshRates("shp_1")).purchase).not.toBeNull();
  });

  it("says that rates are not to be had at the moment", async () => {
    server.script(refused("SHIPMENT.RATES.UNAVAILABLE"));
    await expect(provider.refreshRates("shp_1")).rejects.toMatchObject({ kind: "unavailable" });
  });
});

describe("voiding", () => {
  it.each(["submitted", "refunded"])("is done when the refund is %s", async (status) => {
    server.script(ok(boughtAnswer({ refund_status: status })));
    expect(await provider.void("shp_1")).toEqual({ outcome: "done", value: undefined });
    expect(server.seen).toMatchObject([{ line: "POST /v2/shipments/shp_1/refund" }]);
  });

  it.each([
    ["rejected", "REFUND_REJECTED"],
    ["not_applicable", "REFUND_NOT_APPLICABLE"],
  ])("is refused when the refund is %s", async (status, code) => {
    server.script(ok(boughtAnswer({ refund_status: status })));
    expect(await provider.void("shp_1")).toMatchObject({ outcome: "refused", failure: { kind: "rejected", code } });
  });

  it("may have happened when the refund is in a state of which every object has one by that name", async () => {
    server.script(ok(boughtAnswer({ refund_status: "constructor" })));
    expect((await provider.void("shp_1")).outcome).toBe("unknown");
  });

  it("is done when it had been asked for before", async () => {
    server.script(refused("SHIPMENT.REFUND.UNAVAILABLE"), ok(boughtAnswer({ refund_status: "submitted" })));
    expect((await provider.void("shp_1")).outcome).toBe("done");
  });

  it.each([
    ["is not", [ok(boughtAnswer())]],
    ["may be, but cannot be read", [HTML, HTML, HTML]],
  ] as const)("is refused when EasyPost refuses it and it %s refunded", async (_, answers) => {
    server.script(refused("SHIPMENT.REFUND.UNAVAILABLE"), ...answers);
    expect(await provider.void("shp_1")).toMatchObject({
      outcome: "refused",
      failure: { code: "SHIPMENT.REFUND.UNAVAILABLE" },
    });
  });

  it.each([
    ["the carrier did not answer", refused("REFUND.NO_RESPONSE")],
    ["the answer is lost", "reset"],
    ["the gateway failed", HTML],
    ["the answer does not say", ok(boughtAnswer({ refund_status: null }))],
    ["the answer says something new", ok(boughtAnswer({ refund_status: "pondering" }))],
  ] as const)("is unknown when %s", async (_, answer) => {
    server.script(answer);
    expect(await provider.void("shp_1")).toMatchObject({ outcome: "unknown", failure: { kind: "outcome_unknown" } });
    expect(lines()).toHaveLength(1);
  });
});

describe("the label", () => {
  const withLabel = (changes: Readonly<Record<string, unknown>>) =>
    ok(
      boughtAnswer({
        postage_label: {
          label_file_type: "image/png",
          label_url: `${server.url}/files/label.png`,
          label_pdf_url: null,
          label_zpl_url: null,
          ...changes,
        },
      }),
    );
  const PNG = Buffer.from("89504e470d0a1a0a00000000", "hex");

  it("comes as it was bought", async () => {
    server.script(withLabel({}), ok(PNG));
    expect(await provider.downloadLabel("shp_1", "png")).toEqual({ bytes: PNG, format: "png" });
    expect(lines()).toEqual(["GET /v2/shipments/shp_1", "GET /files/label.png"]);
  });

  it("is asked for in another format", async () => {
    server.script(withLabel({}), withLabel({ label_pdf_url: `${server.url}/files/label.pdf` }), ok("%PDF-1.4"));
    expect((await provider.downloadLabel("shp_1", "pdf")).format).toBe("pdf");
    expect(lines()).toEqual([
      "GET /v2/shipments/shp_1",
      "GET /v2/shipments/shp_1/label?file_format=PDF",
      "GET /files/label.pdf",
    ]);
  });

  it("comes in the format that there is when EasyPost cannot make another", async () => {
    server.script(withLabel({}), refused("SHIPMENT.POSTAGE.FORMAT_UNAVAILABLE"), ok(PNG));
    expect((await provider.downloadLabel("shp_1", "zpl")).format).toBe("png");
  });

  it("is what its bytes are, whatever EasyPost calls it", async () => {
    server.script(withLabel({ label_file_type: "application/pdf" }), ok(PNG));
    expect((await provider.downloadLabel("shp_1", "pdf")).format).toBe("png");
  });

  it("is malformed when the file is a page", async () => {
    server.script(withLabel({}), ok("<html>sign in</html>"));
    await expect(provider.downloadLabel("shp_1", "png")).rejects.toMatchObject({ kind: "malformed" });
  });

  it("is missing before the purchase", async () => {
    server.script(ok(shipmentAnswer()));
    await expect(provider.downloadLabel("shp_1", "png")).rejects.toMatchObject({ kind: "missing" });
  });
});

describe("tracking", () => {
  const tracker = {
    id: "trk_1",
    status: "delivered",
    tracking_details: [{ status: "delivered", datetime: "2026-11-20T10:00:00Z" }],
  };
  const parcel = { trackerId: "trk_1", trackingNumber: "9400", carrier: "USPS" };

  it("reads the tracker of the purchase", async () => {
    server.script(ok(tracker));
    expect(await provider.track(parcel)).toEqual([{ status: "delivered", at: Date.parse("2026-11-20T10:00:00Z") }]);
    expect(lines()).toEqual(["GET /v2/trackers/trk_1"]);
  });

  it("makes one by number and carrier without it, or when it is gone", async () => {
    server.script(ok(tracker), refused("TRACKER.NOT_FOUND", 404), ok(tracker));
    await provider.track({ ...parcel, trackerId: null });
    await provider.track(parcel);
    expect(lines()).toEqual(["POST /v2/trackers", "GET /v2/trackers/trk_1", "POST /v2/trackers"]);
    expect(server.seen[0]?.body).toBe('{"tracker":{"tracking_code":"9400","carrier":"USPS"}}');
  });

  it("is unavailable when the look-up fails, whatever was looked up", async () => {
    server.script(
      refused("TRACKER.RETRIEVE.ERROR"),
      refused("TRACKER.RETRIEVE.ERROR"),
      refused("TRACKER.RETRIEVE.ERROR"),
    );
    await expect(provider.track(parcel)).rejects.toMatchObject({ kind: "unavailable" });
    server.script("reset");
    await expect(provider.track({ ...parcel, trackerId: null })).rejects.toMatchObject({ kind: "unavailable" });
  });
});

describe("verify", () => {
  it.each([
    [[{ mode: "production" }], "live"],
    [[{ mode: "test" }], "test"],
    [[], "unknown"],
  ])("reads the mode of %j as %s", async (shipments, mode) => {
    server.script(ok({ shipments, has_more: false }));
    expect(await provider.verify()).toEqual({ mode });
  });

  it("does not take a stranger's answer for EasyPost's", async () => {
    server.script(ok({ hello: "world" }));
    await expect(provider.verify()).rejects.toMatchObject({ kind: "malformed" });
  });

  it("is unauthorized with a wrong key", async () => {
    server.script(refused("UNAUTHORIZED", 401));
    await expect(provider.verify()).rejects.toMatchObject({ kind: "unauthorized" });
  });
});
