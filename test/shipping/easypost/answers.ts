/** Own small answers in EasyPost's shape: only what the adapter looks at, plus fields and words that it must not mind. */

export const RATE = {
  id: "rate_1",
  object: "Rate",
  carrier: "USPS",
  service: "GroundAdvantage",
  rate: "6.07",
  currency: "USD",
  delivery_days: null,
  est_delivery_days: 3,
  shipment_id: "shp_1",
};

export const TO_ADDRESS = {
  id: "adr_1",
  object: "Address",
  name: "Ottilie Brückner",
  company: null,
  street1: "77 Larkspur Terrace",
  street2: "Flat 9",
  city: "Boise",
  state: "ID",
  zip: "83702",
  country: "US",
  phone: "2085550147",
  email: "ottilie@shop.example",
};

export function shipmentAnswer(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: "shp_1",
    object: "Shipment",
    mode: "test",
    reference: "shipbot/shop.example/1-1-1",
    status: "unknown",
    messages: [],
    rates: [RATE],
    selected_rate: null,
    postage_label: null,
    tracking_code: null,
    tracker: null,
    refund_status: null,
    to_address: TO_ADDRESS,
    from_address: null,
    a_field_of_next_year: { word: "new" },
    ...changes,
  };
}

export function boughtAnswer(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return shipmentAnswer({
    selected_rate: RATE,
    postage_label: {
      id: "pl_1",
      created_at: "2026-11-22T10:00:00Z",
      label_file_type: "image/png",
      label_url: "https://files.example/label.png",
      label_pdf_url: null,
      label_zpl_url: null,
    },
    tracking_code: "9400100000000000000001",
    tracker: { id: "trk_1", status: "unknown", public_url: "https://track.example/1" },
    fees: [{ type: "PostageFee", amount: "6.07000" }],
    ...changes,
  });
}

export function errorAnswer(code: string, errors: readonly unknown[] = [], message: unknown = "A sentence."): unknown {
  return { error: { code, message, errors } };
}
