import EasyPostClient from "@easypost/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LabelOptions } from "../../../src/core/label-options.ts";
import { toProviderShipment, toShipmentBody } from "../../../src/shipping/easypost/translate.ts";
import { anExport } from "../../shipping/easypost/an-export.ts";
import {
  API_KEY,
  type OpenSandbox,
  openReceiver,
  openSandbox,
  type Receiver,
  rateId,
  STEP_MS,
  shipmentInput,
  text,
} from "./support.ts";

/** What the official client gives back; its own types are stricter than what it really returns. */
type Loose = Record<string, unknown>;

interface OfficialClient {
  readonly Shipment: {
    create(input: Loose): Promise<Loose>;
    retrieve(id: string): Promise<Loose>;
    all(query: Loose): Promise<Loose>;
    getNextPage(page: Loose, size: number): Promise<Loose>;
    buy(id: string, rate: string, insurance?: string): Promise<Loose>;
    regenerateRates(id: string): Promise<Loose>;
    convertLabelFormat(id: string, format: string): Promise<Loose>;
    refund(id: string): Promise<Loose>;
  };
  readonly Tracker: {
    create(input: Loose): Promise<Loose>;
    retrieve(id: string): Promise<Loose>;
    all(query: Loose): Promise<Loose>;
  };
  readonly Webhook: {
    create(input: Loose): Promise<Loose>;
    update(id: string, input: Loose): Promise<Loose>;
    all(): Promise<Loose>;
    delete(id: string): Promise<void>;
  };
  readonly Utils: { validateWebhook(body: Buffer, headers: Loose, secret: string): Loose };
}

/** The package's declarations are read as CommonJS, where the class is one level deeper than it is at run time. */
const Client = EasyPostClient as unknown as new (key: string, options: { readonly baseUrl: string }) => OfficialClient;

const SECRET = "sécret";

let sandbox: OpenSandbox;
let receiver: Receiver;
let client: OfficialClient;

beforeEach(async () => {
  receiver = await openReceiver();
  sandbox = await openSandbox({ webhook: { url: receiver.url, secret: SECRET } });
  client = new Client(API_KEY, { baseUrl: `${sandbox.url}/v2/` });
});

afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

async function createAndBuy(overrides: Loose = {}): Promise<Loose> {
  const created = await client.Shipment.create(shipmentInput(overrides));
  return client.Shipment.buy(text(created, "id"), rateId(created, "GroundAdvantage"));
}

describe("the official client", () => {
  it("creates a shipment with rates and retrieves it by id and by reference", async () => {
    const created = await client.Shipment.create(shipmentInput({ reference: "shipbot/acme/77/1" }));
    expect(rateId(created, "GroundAdvantage")).toMatch(/^rate_[0-9a-f]{32}$/);
    expect(created["selected_rate"]).toBeNull();
    const byId = await client.Shipment.retrieve(text(created, "id"));
    const byReference = await client.Shipment.retrieve(encodeURIComponent("shipbot/acme/77/1"));
    expect(byId["id"]).toBe(created["id"]);
    expect(byReference["id"]).toBe(created["id"]);
  });

  it("buys a rate and gets label, tracking code and tracker", async () => {
    const bought = await createAndBuy();
    expect(text(bought, "tracking_code")).toMatch(/^94\d{20}$/);
    expect(bought["status"]).toBe("unknown");
    expect((bought["selected_rate"] as Loose)["rate"]).toBe("6.07");
    expect((bought["tracker"] as Loose)["tracking_code"]).toBe(bought["tracking_code"]);
    expect((bought["fees"] as Loose[]).map((fee) => fee["amount"])).toEqual(["0.00000", "6.07000"]);
    expect(sandbox.fake.ledger().purchases).toMatchObject([
      { shipmentId: bought["id"], trackingCode: bought["tracking_code"], amountMinor: 607, currency: "USD" },
    ]);
  });

  it("declares what shipbot declares, and is refused what lacks a part of it", async () => {
    const { shipment } = toShipmentBody(anExport()) as { readonly shipment: Loose };
    const created = await client.Shipment.create(shipment);
    expect((created["rates"] as Loose[]).map((rate) => rate["carrier"])).toEqual(["USPS", "USPS", "USPS"]);
    expect(created["customs_info"]).toMatchObject({ eel_pfc: "NOEEI 30.36", customs_signer: "Ada Example" });
    const info = shipment["customs_info"] as Loose;
    const [item] = info["customs_items"] as Loose[];
    const codeOf = async (customs_info: Loose) => {
      const refusal = await client.Shipment.create({ ...shipment, customs_info }).then(
        () => ({ code: "taken" }),
        (error: Loose) => error,
      );
      return refusal["code"];
    };
    const withItem = (change: Loose) => codeOf({ ...info, customs_items: [item, { ...item, ...change }] });
    expect(await withItem({ origin_country: null })).toBe("CUSTOMS_ITEM.ORIGIN_COUNTRY.REQUIRED");
    expect(await withItem({ value: 0 })).toBe("CUSTOMS_ITEM.PARAMETERS.INVALID");
    expect(await withItem({ currency: "CAD" })).toBe("CUSTOMS_ITEM.CURRENCY.ONE_CURRENCY_SUPPORTED");
    expect(await withItem({ description: null })).toBe("SHIPMENT.CUSTOMS_INFO.DESCRIPTION_REQUIRED");
    expect(await codeOf({ ...info, customs_signer: null })).toBe("CUSTOMS_INFO.PARAMETERS.INVALID");
    expect(await codeOf({ ...info, contents_explanation: null })).toBe("CUSTOMS_INFO.PARAMETERS.INVALID");
  });

  it("gets the label that shipbot asks for: signed for, insured, with its format, size and text", async () => {
    const plain = await client.Shipment.create(shipmentInput());
    const options: LabelOptions = {
      ...{ format: "zpl", size: "4x8", signature: "adult", deliveryConfirmation: true, reference: "Order #1001" },
      insured: { amountMinor: 24_999, currency: "USD" },
    };
    const { shipment } = toShipmentBody({ ...anExport(), customs: null, options }) as { readonly shipment: Loose };
    const created = await client.Shipment.create(shipmentInput({ options: shipment["options"] }));
    expect(created["options"]).toMatchObject({
      ...{ label_format: "ZPL", label_size: "4x8", delivery_confirmation: "ADULT_SIGNATURE" },
      ...{ print_custom_1: "Order #1001", print_custom: [{ value: "Order #1001" }] },
    });
    const priceOf = (from: Loose) =>
      Number((from["rates"] as Loose[]).find(({ id }) => id === rateId(from, "Priority"))?.["rate"]);
    expect(priceOf(created)).toBeGreaterThan(priceOf(plain));
    const bought = await client.Shipment.buy(text(created, "id"), rateId(created, "Priority"), "249.99");
    expect(bought).toMatchObject({
      insurance: "249.99",
      postage_label: { label_size: "4x8", label_file_type: "application/zpl" },
    });
    expect((bought["fees"] as Loose[]).at(-1)).toMatchObject({ type: "InsuranceFee", amount: "1.24995" });
    expect(toProviderShipment(bought)?.purchase).toMatchObject({
      ...{ insured: options.insured, insuranceCost: { amountMinor: 125, currency: "USD" } },
    });
  });

  it("is refused options that there are not, and insurance beyond the maximum", async () => {
    const refusal = (asked: Promise<Loose>) =>
      asked.then(
        () => ({}),
        (error: Loose) => error,
      );
    const size = client.Shipment.create(shipmentInput({ options: { label_size: "letter" } }));
    expect(await refusal(size)).toMatchObject({ statusCode: 422, code: "SHIPMENT.OPTIONS.INVALID" });
    const signed = client.Shipment.create(shipmentInput({ options: { delivery_confirmation: "adult" } }));
    expect(await refusal(signed)).toMatchObject({ statusCode: 422, code: "SHIPMENT.OPTIONS.INVALID" });
    const created = await client.Shipment.create(shipmentInput());
    const dear = client.Shipment.buy(text(created, "id"), rateId(created, "Priority"), "5000.01");
    expect(await refusal(dear)).toMatchObject({ statusCode: 422, code: "INSURANCE.AMOUNT.ABOVE_MAXIMUM" });
  });

  it("gets the documented error classes", async () => {
    const bought = await createAndBuy();
    const again = client.Shipment.buy(text(bought, "id"), text(bought["selected_rate"], "id"));
    await expect(again).rejects.toMatchObject({ statusCode: 422, code: "SHIPMENT.POSTAGE.EXISTS" });
    await expect(client.Shipment.retrieve("shp_0")).rejects.toMatchObject({ statusCode: 404, code: "NOT_FOUND" });
    const stranger = new Client("EZTKother", { baseUrl: `${sandbox.url}/v2/` });
    await expect(stranger.Shipment.all({})).rejects.toMatchObject({ statusCode: 401, code: "UNAUTHORIZED" });
  });

  it("lists bought shipments by default, page by page, newest first", async () => {
    await client.Shipment.create(shipmentInput());
    const ids: unknown[] = [];
    for (let count = 0; count < 3; count += 1) {
      ids.unshift((await createAndBuy())["id"]);
    }
    const first = await client.Shipment.all({ page_size: 2 });
    const second = await client.Shipment.getNextPage(first, 2);
    expect(first["has_more"]).toBe(true);
    expect(second["has_more"]).toBe(false);
    const listed = [...(first["shipments"] as Loose[]), ...(second["shipments"] as Loose[])];
    expect(listed.map((shipment) => shipment["id"])).toEqual(ids);
    const all = await client.Shipment.all({ purchased: false });
    expect(all["shipments"]).toHaveLength(4);
  });

  it("re-rates with new rate ids at the same prices, and the old ids are gone", async () => {
    const created = await client.Shipment.create(shipmentInput());
    const rerated = await client.Shipment.regenerateRates(text(created, "id"));
    const prices = (shipment: Loose): unknown[] => (shipment["rates"] as Loose[]).map((rate) => rate["rate"]);
    expect(prices(rerated)).toEqual(prices(created));
    const old = rateId(created, "Priority");
    expect(rateId(rerated, "Priority")).not.toBe(old);
    const buying = client.Shipment.buy(text(created, "id"), old);
    await expect(buying).rejects.toMatchObject({ code: "SHIPMENT.MISSING_RATE" });
    expect(sandbox.fake.ledger().purchases).toEqual([]);
  });

  it("refunds a label that was not scanned, and the refund is paid out later", async () => {
    const bought = await createAndBuy();
    const refunded = await client.Shipment.refund(text(bought, "id"));
    expect(refunded["refund_status"]).toBe("submitted");
    sandbox.clock.advance(10 * STEP_MS);
    expect((await client.Shipment.retrieve(text(bought, "id")))["refund_status"]).toBe("refunded");
    expect(sandbox.fake.ledger().refunds.map((refund) => refund.status)).toEqual(["submitted", "refunded"]);
  });

  it("converts a PNG label to PDF and ZPL and downloads all three", async () => {
    const bought = await createAndBuy();
    await client.Shipment.convertLabelFormat(text(bought, "id"), "PDF");
    const converted = await client.Shipment.convertLabelFormat(text(bought, "id"), "ZPL");
    const label = converted["postage_label"] as Loose;
    for (const key of ["label_url", "label_pdf_url", "label_zpl_url"]) {
      const file = await fetch(text(label, key));
      expect(file.status).toBe(200);
      expect(Buffer.from(await file.arrayBuffer()).includes(text(bought, "tracking_code"))).toBe(true);
    }
  });

  it("creates a tracker once per code and retrieves it", async () => {
    const first = await client.Tracker.create({ tracking_code: "EZ4000000004", carrier: "USPS" });
    const second = await client.Tracker.create({ tracking_code: "EZ4000000004", carrier: "USPS" });
    expect(second["id"]).toBe(first["id"]);
    expect(first["status"]).toBe("delivered");
    expect((await client.Tracker.retrieve(text(first, "id")))["tracking_code"]).toBe("EZ4000000004");
    expect((await client.Tracker.all({}))["trackers"]).toHaveLength(1);
  });

  it("creates, changes, lists and deletes webhooks", async () => {
    const created = await client.Webhook.create({ url: "http://127.0.0.1:9/other", webhook_secret: "abc" });
    const headers = [{ name: "X-Shop", value: "acme" }];
    const updated = await client.Webhook.update(text(created, "id"), { custom_headers: headers });
    expect(updated["custom_headers"]).toMatchObject(headers);
    expect((await client.Webhook.all())["webhooks"]).toHaveLength(2);
    await client.Webhook.delete(text(created, "id"));
    expect((await client.Webhook.all())["webhooks"]).toHaveLength(1);
  });

  it("accepts the signature of a webhook, also with a whole weight, and refuses a changed one", async () => {
    await createAndBuy({ parcel: { length: 5, width: 5, height: 5, weight: 10 } });
    sandbox.clock.advance(2 * STEP_MS);
    await sandbox.fake.pump();
    const last = receiver.received.find((entry) => entry.body.includes('"weight":10.0'));
    if (last === undefined) {
      throw new Error("no webhook carried the weight");
    }
    const event = client.Utils.validateWebhook(last.body, last.headers, SECRET);
    expect(event["description"]).toBe("tracker.updated");
    const forged = Buffer.from(last.body.toString().replace("in_transit", "delivered"));
    expect(() => client.Utils.validateWebhook(forged, last.headers, SECRET)).toThrow();
    expect(() => client.Utils.validateWebhook(last.body, last.headers, "secret")).toThrow();
  });
});
