import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  API_KEY,
  call,
  code,
  createOne,
  type OpenSandbox,
  openSandbox,
  rateId,
  shipmentInput,
  text,
} from "./support.ts";

let sandbox: OpenSandbox;

beforeEach(async () => {
  sandbox = await openSandbox();
});

afterEach(async () => {
  await sandbox.close();
});

type Loose = Record<string, unknown>;

async function create(overrides: Loose): Promise<Loose> {
  const answer = await sandbox.call("POST", "/v2/shipments", { shipment: shipmentInput(overrides) });
  expect(answer.status).toBe(201);
  return answer.body;
}

function prices(shipment: Loose): Record<string, string> {
  const rates = shipment["rates"] as Loose[];
  return Object.fromEntries(rates.map((rate) => [`${rate["carrier"]} ${rate["service"]}`, text(rate, "rate")]));
}

const CUSTOMS = {
  contents_type: "merchandise",
  customs_items: [{ description: "T-shirt", quantity: 1, value: 10, weight: 5, origin_country: "US" }],
};
const CANADA = {
  name: "Sam Example",
  street1: "1 King Street",
  city: "Toronto",
  state: "ON",
  zip: "M5H 1A1",
  country: "CA",
};

describe("rates", () => {
  it("meet the recorded ones of zone 4 for one pound and for five", async () => {
    expect(prices(await create({}))).toEqual({
      "USPS Express": "34.15",
      "USPS Priority": "7.42",
      "USPS GroundAdvantage": "6.07",
      "UPS Ground": "9.68",
      "FedEx FEDEX_GROUND": "9.84",
    });
    const heavier = prices(await create({ parcel: { length: 20.2, width: 10.9, height: 5, weight: 65.9 } }));
    expect(heavier).toMatchObject({
      "USPS Express": "51.20",
      "USPS Priority": "11.01",
      "USPS GroundAdvantage": "8.20",
    });
  });

  it("grow with distance and with volume", async () => {
    const near = prices(await create({}));
    const far = prices(
      await create({
        to_address: { street1: "1 Main Street", city: "Boston", state: "MA", zip: "02101", country: "US" },
      }),
    );
    const bulky = prices(await create({ parcel: { length: 24, width: 20, height: 10, weight: 15.4 } }));
    for (const service of Object.keys(near)) {
      expect(Number(far[service])).toBeGreaterThan(Number(near[service]));
      expect(Number(bulky[service])).toBeGreaterThan(Number(near[service]));
    }
  });

  it("are absent above 70 pounds, and each carrier says why", async () => {
    const shipment = await create({ parcel: { weight: 70 * 16 + 1 } });
    expect(shipment["rates"]).toEqual([]);
    const messages = shipment["messages"] as Loose[];
    expect(messages.map((message) => [message["carrier"], message["type"]])).toEqual([
      ["USPS", "rate_error"],
      ["UPS", "rate_error"],
      ["FedEx", "rate_error"],
    ]);
    expect(text(messages[0], "carrier_account_id")).toMatch(/^ca_/);
    expect((await create({ parcel: { weight: 70 * 16 } }))["messages"]).toEqual([]);
  });

  it("are international USPS services abroad, with customs info only", async () => {
    const light = await create({ to_address: CANADA, customs_info: CUSTOMS });
    expect(Object.keys(prices(light))).toEqual([
      "USPS ExpressMailInternational",
      "USPS PriorityMailInternational",
      "USPS FirstClassPackageInternationalService",
    ]);
    expect(light["usps_zone"]).toBeNull();
    const heavy = await create({ to_address: CANADA, customs_info: CUSTOMS, parcel: { weight: 65 } });
    expect(Object.keys(prices(heavy))).not.toContain("USPS FirstClassPackageInternationalService");
    expect((await create({ to_address: CANADA }))["rates"]).toEqual([]);
  });

  it("come from the named carrier accounts only", async () => {
    const all = await create({});
    const ups = (all["rates"] as Loose[]).find((rate) => rate["carrier"] === "UPS");
    const some = await create({ carrier_accounts: [text(ups, "carrier_account_id")] });
    expect(Object.keys(prices(some))).toEqual(["UPS Ground"]);
    const unknown = await sandbox.call("POST", "/v2/shipments", {
      shipment: shipmentInput({ carrier_accounts: ["ca_0"] }),
    });
    expect(code(unknown)).toBe("SHIPMENT.RATE.CARRIER_ACCOUNT_INVALID");
  });

  it("are refused where the control API says so", async () => {
    sandbox.fake.setNoRates((question) => question.reference === "refused");
    expect((await create({ reference: "refused" }))["rates"]).toEqual([]);
    expect((await create({ reference: "other" }))["rates"]).toHaveLength(5);
    sandbox.fake.setNoRates(null);
    expect((await create({ reference: "refused" }))["rates"]).toHaveLength(5);
  });
});

describe("what the API does not take", () => {
  it.each([
    ["no shipment", {}, "PARAMETER.REQUIRED", "shipment"],
    ["no address", { shipment: { ...shipmentInput(), to_address: null } }, "PARAMETER.REQUIRED", "to_address"],
    ["no parcel", { shipment: { ...shipmentInput(), parcel: undefined } }, "PARAMETER.REQUIRED", "parcel"],
    ["no weight", { shipment: shipmentInput({ parcel: { length: 1 } }) }, "PARCEL.PARAMETERS.INVALID", "weight"],
    ["a weight of zero", { shipment: shipmentInput({ parcel: { weight: 0 } }) }, "PARCEL.PARAMETERS.INVALID", "weight"],
    [
      "a length in words",
      { shipment: shipmentInput({ parcel: { weight: 1, length: "long" } }) },
      "PARCEL.PARAMETERS.INVALID",
      "length",
    ],
    [
      "a country in full",
      { shipment: shipmentInput({ to_address: { ...CANADA, country: "Canada" } }) },
      "ADDRESS.COUNTRY.INVALID",
      "country",
    ],
    [
      "no street",
      { shipment: shipmentInput({ to_address: { city: "Boston", country: "US" } }) },
      "ADDRESS.PARAMETERS.INVALID",
      "street1",
    ],
    [
      "a place that does not exist",
      {
        shipment: shipmentInput({
          to_address: { street1: "000 unknown street", zip: "00001", country: "US", verify_strict: true },
        }),
      },
      "ADDRESS.VERIFY.FAILURE",
      "address",
    ],
    [
      "an unknown label format",
      { shipment: shipmentInput({ options: { label_format: "JPG" } }) },
      "SHIPMENT.OPTIONS.INVALID",
      "label_format",
    ],
  ])("refuses %s with 422 and the field", async (_, body, expectedCode, field) => {
    const answer = await sandbox.call("POST", "/v2/shipments", body);
    expect([answer.status, code(answer)]).toEqual([422, expectedCode]);
    const errors = (answer.body["error"] as Loose)["errors"] as Loose[];
    expect(errors.map((error) => error["field"])).toContain(field);
    expect((await sandbox.call("GET", "/v2/shipments?purchased=false")).body["shipments"]).toEqual([]);
  });

  it("answers 400 to a body that is no JSON, 401 without the key and 404 to unknown paths and ids", async () => {
    const headers = { authorization: `Basic ${Buffer.from(`${API_KEY}:`).toString("base64")}` };
    const broken = await fetch(`${sandbox.url}/v2/shipments`, { method: "POST", headers, body: "{" });
    expect(broken.status).toBe(400);
    expect((await call(`${sandbox.url}/v2/shipments`, "GET", undefined, null)).status).toBe(401);
    for (const path of ["/v2/shipments/shp_1", "/v2/shipments/shp_1/buy/more", "/v2/nothing", "/v2/trackers/trk_1"]) {
      const answer = await sandbox.call("GET", path);
      expect([answer.status, answer.body]).toEqual([
        404,
        { error: { code: "NOT_FOUND", message: "The requested resource could not be found.", errors: [] } },
      ]);
    }
  });

  it("carries a request id on every answer, errors included, and never twice the same", async () => {
    const answers = await Promise.all([
      sandbox.call("GET", "/v2/shipments"),
      sandbox.call("GET", "/v2/shipments/shp_1"),
      call(`${sandbox.url}/v2/shipments`, "GET", undefined, "EZTKwrong"),
    ]);
    const ids = answers.map((answer) => answer.headers.get("x-ep-request-uuid"));
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("reading", () => {
  it("gives the latest of several shipments with one reference", async () => {
    const reference = "shipbot/acme/gid:77/1";
    const first = await create({ reference });
    const second = await create({ reference });
    const read = await sandbox.call("GET", `/v2/shipments/${encodeURIComponent(reference)}`);
    expect(read.body["id"]).toBe(second["id"]);
    expect(read.body["id"]).not.toBe(first["id"]);
  });

  it("pages in both directions and keeps to a window of time", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.push(text(await create({}), "id"));
      sandbox.clock.advance(60_000);
    }
    const list = async (query: string): Promise<[unknown[], unknown]> => {
      const answer = await sandbox.call("GET", `/v2/shipments?purchased=false&${query}`);
      return [(answer.body["shipments"] as Loose[]).map((shipment) => shipment["id"]), answer.body["has_more"]];
    };
    const [a, b, c, d, e] = ids;
    expect(await list("page_size=2")).toEqual([[e, d], true]);
    expect(await list(`page_size=2&before_id=${d}`)).toEqual([[c, b], true]);
    expect(await list(`page_size=2&before_id=${b}`)).toEqual([[a], false]);
    expect(await list(`page_size=2&after_id=${a}`)).toEqual([[c, b], true]);
    expect(await list("start_datetime=2026-11-22T08:03:00Z")).toEqual([[e, d], false]);
    expect(await list("end_datetime=2026-11-22T08:01:00Z")).toEqual([[b, a], false]);
    expect((await sandbox.call("GET", "/v2/shipments?start_datetime=soon")).status).toBe(422);
    sandbox.clock.advance(40 * 86_400_000);
    expect(await list("")).toEqual([[], false]);
  });

  it("lists what was bought unless asked for the rest", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox);
    await create({});
    await sandbox.call("POST", buyPath, buyBody);
    const listed = (await sandbox.call("GET", "/v2/shipments")).body["shipments"] as Loose[];
    expect(listed.map((shipment) => shipment["id"])).toEqual([id]);
  });
});

describe("insurance", () => {
  it("is bought with the label and charged half a per cent, half a dollar at least", async () => {
    const created = await create({});
    const path = `/v2/shipments/${text(created, "id")}/buy`;
    const bought = await sandbox.call("POST", path, { rate: { id: rateId(created, "Priority") }, insurance: "249.99" });
    expect(bought.body["insurance"]).toBe("249.99");
    expect((bought.body["fees"] as Loose[]).at(-1)).toMatchObject({ type: "InsuranceFee", amount: "1.24995" });
    const small = await create({});
    const buying = { rate: { id: rateId(small, "Priority") }, insurance: "20.00" };
    const { body } = await sandbox.call("POST", `/v2/shipments/${text(small, "id")}/buy`, buying);
    expect((body["fees"] as Loose[]).at(-1)).toMatchObject({ type: "InsuranceFee", amount: "0.50000" });
    expect(sandbox.fake.ledger().purchases).toMatchObject([
      { insuredMinor: 24_999, insuranceFeeMinor: 125 },
      { insuredMinor: 2_000, insuranceFeeMinor: 50 },
    ]);
  });

  it.each([
    ["5000.01", "INSURANCE.AMOUNT.ABOVE_MAXIMUM"],
    ["a lot", "INSURANCE.PARAMETERS.INVALID"],
    ["-1", "INSURANCE.PARAMETERS.INVALID"],
  ])("of %s is refused with %s, and nothing is sold", async (insurance, code) => {
    const created = await create({});
    const path = `/v2/shipments/${text(created, "id")}/buy`;
    const refused = await sandbox.call("POST", path, { rate: { id: rateId(created, "Priority") }, insurance });
    expect([refused.status, (refused.body["error"] as Loose)["code"]]).toEqual([422, code]);
    expect(sandbox.fake.ledger().purchases).toEqual([]);
  });
});
