import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LabelOptions, NO_OPTIONS } from "../../../src/core/label-options.ts";
import type { Fields } from "../../../src/shipping/easypost/fields.ts";
import {
  labelFormatOf,
  labelUrl,
  modeOf,
  toInches,
  toOunces,
  toProviderShipment,
  toShipmentBody,
} from "../../../src/shipping/easypost/translate.ts";
import { anExport } from "./an-export.ts";
import { boughtAnswer, RATE, shipmentAnswer, TO_ADDRESS } from "./answers.ts";

describe("units", () => {
  it.each([
    [1, 0.1],
    [28, 1],
    [29, 1.1],
    [283, 10],
    [284, 10.1],
    [436, 15.4],
    [31_751, 1_120],
    [0, 0],
  ])("makes %d g %d oz", (grams, ounces) => {
    expect(toOunces(grams)).toBe(ounces);
  });

  it.each([
    [254, 10],
    [255, 10.1],
    [300, 11.9],
    [200, 7.9],
    [100, 4],
    [1, 0.1],
  ])("makes %d mm %d in", (mm, inches) => {
    expect(toInches(mm)).toBe(inches);
  });

  it("never rounds down, and never up by a tenth or more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000_000 }), (grams) => {
        const tenths = Math.round(toOunces(grams) * 10);
        expect((tenths * 28.349523125) / 10).toBeGreaterThanOrEqual(grams);
        expect(((tenths - 1) * 28.349523125) / 10).toBeLessThan(grams);
      }),
    );
  });
});

describe("toShipmentBody", () => {
  const nobody = {
    name: null,
    company: null,
    street1: null,
    street2: null,
    city: null,
    province: null,
    postalCode: null,
    country: null,
    phone: null,
    email: null,
  };

  it("speaks EasyPost's field names, units and label formats", () => {
    const body = toShipmentBody({
      reference: "shipbot/shop/1-1-1",
      from: { ...nobody, company: "Shop", street1: "1 Depot Road", postalCode: "83702", country: "US" },
      to: {
        name: "A",
        company: "B",
        street1: "C",
        street2: "D",
        city: "E",
        province: "ID",
        postalCode: "83702",
        country: "US",
        phone: "F",
        email: "G",
      },
      parcel: { preset: "box", lengthMm: 300, widthMm: 200, heightMm: 100, weightGrams: 436 },
      options: { ...NO_OPTIONS, format: "zpl" },
    });
    expect(body).toEqual({
      shipment: {
        reference: "shipbot/shop/1-1-1",
        from_address: { company: "Shop", street1: "1 Depot Road", zip: "83702", country: "US" },
        to_address: {
          name: "A",
          company: "B",
          street1: "C",
          street2: "D",
          city: "E",
          state: "ID",
          zip: "83702",
          country: "US",
          phone: "F",
          email: "G",
        },
        parcel: { weight: 15.4, length: 11.9, width: 7.9, height: 4 },
        options: { label_format: "ZPL" },
      },
    });
  });

  it("asks for what the label has to have, and leaves out what nobody asked for", () => {
    const asked = (options: Partial<LabelOptions>) =>
      (toShipmentBody({ ...anExport(), customs: null, options: { ...NO_OPTIONS, ...options } })["shipment"] as Fields)[
        "options"
      ];
    expect(asked({})).toEqual({ label_format: "PDF" });
    expect(asked({ signature: "adult", size: "4x6", reference: "Order #1001" })).toEqual({
      ...{
        label_format: "PDF",
        label_size: "4x6",
        delivery_confirmation: "ADULT_SIGNATURE",
        print_custom_1: "Order #1001",
      },
    });
    expect(asked({ signature: "any" })).toMatchObject({ delivery_confirmation: "SIGNATURE" });
    expect(asked({ signature: "none" })).toMatchObject({ delivery_confirmation: "NO_SIGNATURE" });
    const insured = { amountMinor: 10_000, currency: "USD" };
    expect(asked({ insured, deliveryConfirmation: true })).toEqual({ label_format: "PDF" });
  });

  it("declares what crosses a border, with items that never weigh more than they do", () => {
    const shipment = toShipmentBody(anExport())["shipment"] as Record<string, unknown>;
    expect(shipment["options"]).toEqual({ label_format: "PDF", incoterm: "DDP" });
    expect(shipment["customs_info"]).toEqual({
      ...{ contents_type: "other", contents_explanation: "Ceramic mug, Spoon", restriction_type: "none" },
      ...{ customs_certify: true, customs_signer: "Ada Example" },
      ...{ eel_pfc: "NOEEI 30.36", non_delivery_option: "return" },
      customs_items: [
        {
          ...{ description: "Ceramic mug", quantity: 2, value: 28.5, currency: "USD", weight: 28.21 },
          ...{ hs_tariff_number: "691200", origin_country: "PT", code: "MUG-1" },
        },
        {
          ...{ description: "Spoon", quantity: 1, value: 3, currency: "USD", weight: 0.01 },
          ...{ hs_tariff_number: "821599", origin_country: "DE" },
        },
      ],
    });
  });
});

describe("toProviderShipment", () => {
  it("reads a shipment with rates", () => {
    expect(toProviderShipment(shipmentAnswer())).toEqual({
      id: "shp_1",
      reference: "shipbot/shop.example/1-1-1",
      rates: [
        {
          id: "rate_1",
          carrier: "USPS",
          service: "GroundAdvantage",
          price: { amountMinor: 607, currency: "USD" },
          deliveryDays: 3,
          accountId: null,
        },
      ],
      messages: [],
      purchase: null,
    });
  });

  it("leaves out rates that cannot be read and says so", () => {
    const rates = [
      RATE,
      { ...RATE, id: "rate_2", rate: "about six" },
      { ...RATE, id: "rate_3", currency: null },
      { ...RATE, id: "rate_4", rate: "-1.00" },
      { ...RATE, id: "rate_5", rate: "6.075" },
      { ...RATE, id: null },
      "no rate at all",
    ];
    const shipment = toProviderShipment(shipmentAnswer({ rates }));
    expect(shipment?.rates.map(({ id }) => id)).toEqual(["rate_1"]);
    expect(shipment?.messages).toEqual(Array(5).fill("USPS: a rate without a readable price was left out"));
  });

  it("takes prices and days also as numbers", () => {
    const rates = [{ ...RATE, rate: 6.07, delivery_days: 2 }];
    expect(toProviderShipment(shipmentAnswer({ rates }))?.rates[0]).toMatchObject({
      price: { amountMinor: 607, currency: "USD" },
      deliveryDays: 2,
    });
  });

  it.each([
    ["1.24995", 125],
    ["0.50000", 50],
    [1, 100],
    ["free", null],
  ])("reads an insurance fee of %s as %s cents, and what is insured", (amount, cents) => {
    const fees = [{ type: "InsuranceFee", amount, charged: true }];
    const purchase = toProviderShipment({ ...boughtAnswer(), insurance: "249.99", fees })?.purchase;
    expect(purchase?.insuranceCost?.amountMinor ?? null).toBe(cents);
    expect(purchase?.insured).toEqual({ amountMinor: 24_999, currency: "USD" });
    const none = toProviderShipment({ ...boughtAnswer(), insurance: 0, fees: [] })?.purchase;
    expect(none).toMatchObject({ insured: null, insuranceCost: null });
  });

  it("reads what was bought", () => {
    expect(toProviderShipment(boughtAnswer())?.purchase).toEqual({
      rate: {
        id: "rate_1",
        carrier: "USPS",
        service: "GroundAdvantage",
        price: { amountMinor: 607, currency: "USD" },
        deliveryDays: 3,
        accountId: null,
      },
      insuranceCost: null,
      insured: null,
      trackingNumber: "9400100000000000000001",
      trackingUrl: "https://track.example/1",
      trackerId: "trk_1",
      labelUrl: "https://files.example/label.png",
      refunded: false,
      boughtAt: Date.parse("2026-11-22T10:00:00Z"),
    });
  });

  it.each(["selected_rate", "postage_label", "tracking_code"])("shows no purchase without %s", (field) => {
    expect(toProviderShipment(boughtAnswer({ [field]: null }))?.purchase).toBeNull();
  });

  it("recognises a purchase whatever new words stand around it", () => {
    const answer = boughtAnswer({
      status: "a_status_of_next_year",
      object: "ShipmentV3",
      mode: "staging",
      refund_status: "pondering",
      rates: null,
      messages: "none",
      tracker: "trk_1",
      fees: 7,
    });
    expect(toProviderShipment(answer)?.purchase).toMatchObject({
      trackingNumber: "9400100000000000000001",
      refunded: false,
    });
  });

  it.each([
    ["submitted", true],
    ["refunded", true],
    ["rejected", false],
    ["not_applicable", false],
    [null, false],
  ])("tells by the refund status %s whether the label is void: %s", (status, refunded) => {
    expect(toProviderShipment(boughtAnswer({ refund_status: status }))?.purchase?.refunded).toBe(refunded);
  });

  it("takes the price of a paid label from wherever it can be read", () => {
    const price = (changes: Readonly<Record<string, unknown>>) =>
      toProviderShipment(boughtAnswer(changes))?.purchase?.rate.price;
    expect(price({ selected_rate: { ...RATE, rate: "6.075" } })).toEqual({ amountMinor: 608, currency: "USD" });
    expect(price({ selected_rate: { ...RATE, rate: null } })).toEqual({ amountMinor: 607, currency: "USD" });
    expect(price({ selected_rate: {} })).toEqual({ amountMinor: 607, currency: "USD" });
  });

  it("never tells a paid label as not bought: without any price the answer is unusable", () => {
    expect(toProviderShipment(boughtAnswer({ selected_rate: {}, fees: [] }))).toBeNull();
  });

  it("gives null without an id", () => {
    expect(toProviderShipment(shipmentAnswer({ id: 7 }))).toBeNull();
  });

  it("passes on why a carrier gave no rate, without the people in it", () => {
    const messages = [
      { carrier: "UPS", type: "rate_error", message: "Package exceeds the maximum weight limit of 70 lb" },
      {
        carrier: "FedEx",
        type: "rate_error",
        message:
          "Cannot deliver to OTTILIE BRUCKNER, 77 larkspur terrace flat 9, Boise 83702-1234; call (208) 555-0147 or ottilie@shop.example",
      },
      { carrier: "DHLExpress", type: "rate_error", message: null },
      { type: "rate_error", message: `Terrace ${"x".repeat(400)}` },
    ];
    const said = toProviderShipment(shipmentAnswer({ messages }))?.messages ?? [];
    expect(said[0]).toBe("UPS: Package exceeds the maximum weight limit of 70 lb");
    expect(said[1]).toMatch(/^FedEx: Cannot deliver to \[removed\]/);
    const personal = Object.values(TO_ADDRESS).flatMap((value) => (value ?? "").split(/\W+/));
    for (const word of ["bruckner", "0147", ...personal.filter((part) => part.length > 3 && part !== "Address")]) {
      expect(said[1]?.toLowerCase()).not.toContain(word.toLowerCase());
    }
    expect(said[2]).toBe("DHLExpress: no rate");
    expect(said[3]?.length).toBeLessThan(230);
  });

  it("passes on a limited number of messages", () => {
    const messages = Array.from({ length: 200 }, () => ({ carrier: "UPS", message: "No." }));
    expect(toProviderShipment(shipmentAnswer({ messages }))?.messages).toHaveLength(20);
  });
});

describe("labels", () => {
  const label = (changes: Readonly<Record<string, unknown>>) => ({
    postage_label: { label_file_type: "image/png", label_url: "main", label_pdf_url: null, ...changes },
  });

  it("finds the address by format", () => {
    expect(labelUrl(label({}), "png")).toBe("main");
    expect(labelUrl(label({}), "pdf")).toBeNull();
    expect(labelUrl(label({ label_pdf_url: "own" }), "pdf")).toBe("own");
    expect(labelUrl(label({ label_zpl_url: "own" }), "zpl")).toBe("own");
    expect(labelUrl(label({ label_file_type: "application/pdf" }), "pdf")).toBe("main");
    expect(labelUrl(label({ label_file_type: "application/pdf" }), "png")).toBeNull();
    expect(labelUrl(label({ label_file_type: null }), "png")).toBe("main");
    expect(labelUrl({ postage_label: null }, "png")).toBeNull();
  });

  it.each([
    ["%PDF-1.7\n…", "pdf"],
    ["^XA^FO1^FS^XZ", "zpl"],
    ["~DGR:X.GRF,1,1,FF\n^XA^XZ", "zpl"],
    ["<html>^XA</html>", null],
    ["", null],
    ["PNG", null],
  ])("sees by the bytes of %j that it is %s", (text, format) => {
    expect(labelFormatOf(Buffer.from(text))).toBe(format);
  });

  it("sees a PNG by its signature", () => {
    expect(labelFormatOf(Buffer.from("89504e470d0a1a0a0000", "hex"))).toBe("png");
  });
});

describe("modeOf", () => {
  it("reads the mode of the first object in a list", () => {
    expect(modeOf({ shipments: [{ mode: "production" }] }, "shipments")).toBe("live");
    expect(modeOf({ shipments: [{ mode: "test" }] }, "shipments")).toBe("test");
    expect(modeOf({ shipments: [] }, "shipments")).toBe("unknown");
  });
});

describe("an answer made to keep us busy", () => {
  it("with thousands of messages and a name of a megabyte is read in no time, its names removed", () => {
    const name = "Ottilie Brückner ".repeat(60_000);
    const message = { carrier: "USPS", message: "no rate for Ottilie, a@b ".repeat(80) };
    const body = shipmentAnswer({ to_address: { name }, messages: Array.from({ length: 2_000 }, () => message) });
    const startedAt = performance.now();
    const shipment = toProviderShipment(body);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(shipment?.messages).toHaveLength(20);
    expect(shipment?.messages.join()).not.toContain("Ottilie");
  });
});

it("a purchase for less than nothing is one whose price nobody can read: it would widen what may be spent", () => {
  const below = { selected_rate: { ...RATE, rate: "-6.07" } };
  expect(toProviderShipment(boughtAnswer({ ...below, fees: [] }))).toBeNull();
  expect(toProviderShipment(boughtAnswer(below))?.purchase?.rate.price).toEqual({ amountMinor: 607, currency: "USD" });
});
