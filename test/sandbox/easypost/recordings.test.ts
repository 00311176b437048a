/**
 * Replays recorded requests of EasyPost's own client tests against the fake and compares the answers' shape: every key of
 * the recorded answer is in ours, with the same JSON type, or one of the two is null.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CARRIER_ACCOUNTS } from "../../../src/sandbox/easypost/rates.ts";
import { type Answer, createOne, type OpenSandbox, openReceiver, openSandbox, STEP_MS, text } from "./support.ts";

const RECORDINGS = join(import.meta.dirname, "../../../../shared/recordings/easypost");
const hasRecordings = existsSync(RECORDINGS);
if (!hasRecordings) {
  process.stdout.write("skipped: recorded traffic is not beside the project (../shared/recordings/easypost)\n");
}

interface Interaction {
  readonly request: { readonly method: string; readonly url: string; readonly body: unknown };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

/** Recordings of everything that the fake serves. */
const REPLAYED: readonly string[] = [
  "test_error",
  "test_shipment_all",
  "test_shipment_buy",
  "test_shipment_convert_label",
  "test_shipment_create",
  "test_shipment_create_empty_objects",
  "test_shipment_create_tax_identifier",
  "test_shipment_lowest_rate",
  "test_shipment_refund",
  "test_shipment_regenerate_rates",
  "test_shipment_retrieve",
  "test_tracker_all",
  "test_tracker_create",
  "test_tracker_retrieve",
  "test_webhook_all",
  "test_webhook_create",
  "test_webhook_delete",
  "test_webhook_retrieve",
  "test_webhook_update",
];

/** All recorded accounts are of USPS. */
const USPS_ACCOUNT = CARRIER_ACCOUNTS[0]?.id ?? "";

let sandbox: OpenSandbox;

beforeEach(async () => {
  sandbox = await openSandbox();
});

afterEach(async () => {
  await sandbox.close();
});

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(RECORDINGS, path), "utf8"));
}

function typeName(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

/** Where `actual` lacks what `recorded` has, as paths. Lists are compared by their first elements. */
function differences(recorded: unknown, actual: unknown, path: string): string[] {
  if (actual === undefined) {
    return [`${path} is missing`];
  }
  if (recorded === null || actual === null) {
    return [];
  }
  if (typeName(recorded) !== typeName(actual)) {
    return [`${path} is ${typeName(actual)} and was ${typeName(recorded)}`];
  }
  if (Array.isArray(recorded)) {
    const [first] = recorded;
    const [ours] = actual as unknown[];
    return first === undefined || ours === undefined ? [] : differences(first, ours, `${path}[0]`);
  }
  if (typeof recorded !== "object") {
    return [];
  }
  const ours = actual as Record<string, unknown>;
  return Object.entries(recorded).flatMap(([key, value]) =>
    // What an address service found out about an address: the fake verifies none.
    key === "verifications" ? [] : differences(value, ours[key], `${path}.${key}`),
  );
}

/** Pairs the ids of a recorded answer with ours, wherever both have one at the same place. */
function pairIds(recorded: unknown, actual: unknown, ids: Map<string, string>): void {
  if (typeof recorded === "string" && typeof actual === "string" && /^[a-z]+_[0-9a-f]{32}$/.test(recorded)) {
    ids.set(recorded, actual);
  }
  if (typeof recorded === "object" && recorded !== null && typeof actual === "object" && actual !== null) {
    for (const [key, value] of Object.entries(recorded)) {
      pairIds(value, (actual as Record<string, unknown>)[key], ids);
    }
  }
}

function withOurIds(text: string, ids: ReadonlyMap<string, string>): string {
  const named = [...ids].reduce((changed, [recorded, ours]) => changed.replaceAll(recorded, ours), text);
  return named.replace(/ca_[0-9a-f]{32}/g, USPS_ACCOUNT);
}

/** Rates come in another order and number: pair those of one carrier and service. */
function pairRates(recorded: unknown, actual: unknown, ids: Map<string, string>): void {
  const ratesOf = (body: unknown): Record<string, unknown>[] =>
    ((body as Record<string, unknown>)["rates"] as Record<string, unknown>[] | undefined) ?? [];
  for (const rate of ratesOf(recorded)) {
    const ours = ratesOf(actual).find(
      (candidate) => candidate["carrier"] === rate["carrier"] && candidate["service"] === rate["service"],
    );
    if (ours !== undefined) {
      ids.set(text(rate, "id"), text(ours, "id"));
    }
  }
}

async function replay({ request }: Interaction, ids: ReadonlyMap<string, string>): Promise<Answer> {
  const { pathname, search } = new URL(request.url);
  const body = request.body === null ? undefined : JSON.parse(withOurIds(JSON.stringify(request.body), ids));
  return sandbox.call(request.method, withOurIds(`${pathname}${search}`, ids), body);
}

describe.skipIf(!hasRecordings)("recorded requests", () => {
  it.each([...REPLAYED])("are answered in the recorded shape: %s", async (name) => {
    const { interactions } = readJson(`normalized-python/${name}.json`) as { interactions: Interaction[] };
    const ids = new Map<string, string>();
    // Lists are compared by an element, so there has to be one.
    const seed = await createOne(sandbox);
    await sandbox.call("POST", seed.buyPath, seed.buyBody);
    for (const interaction of interactions) {
      const answer = await replay(interaction, ids);
      const { response } = interaction;
      // The same test code was registered before in the recordings, which is 200 and not 201.
      const status = answer.status === 201 && interaction.request.url.endsWith("/trackers") ? 200 : answer.status;
      expect([status, differences(response.body, answer.body, "body")]).toEqual([response.status, []]);
      expect(answer.headers.get("x-ep-request-uuid")).toHaveLength(32);
      expect(answer.headers.has("location")).toBe("location" in response.headers);
      pairIds(response.body, answer.body, ids);
      pairRates(response.body, answer.body, ids);
    }
  });

  it("are all known: no recording of a shipment, tracker or webhook is passed over unseen", () => {
    const known = new Set(REPLAYED);
    const passedOver = readdirSync(join(RECORDINGS, "normalized-python"))
      .map((file) => file.replace(/\.json$/, ""))
      .filter((name) => /^test_(shipment|tracker|webhook)_/.test(name) && !known.has(name));
    expect(passedOver).toEqual(NOT_SERVED);
  });
});

/** Recordings of what the fake does not have: it answers 404 there. */
const NOT_SERVED = [
  "test_shipment_buy_with_end_shipper_id",
  "test_shipment_create_with_ids",
  "test_shipment_generate_form",
  "test_shipment_get_lowest_smart_rate",
  "test_shipment_insure",
  "test_shipment_lowest_smart_rate",
  "test_shipment_recommend_ship_date",
  "test_shipment_retrieve_estimated_delivery_date",
  "test_shipment_smart_rate",
  "test_tracker_delete",
  "test_tracker_get_next_page",
  "test_tracker_retrieve_batch",
];

describe.skipIf(!hasRecordings)("the answers of the documentation", () => {
  it("have the shape of ours: shipments, rates, refunds and labels", async () => {
    const { id, buyPath, buyBody } = await createOne(sandbox, {
      customs_info: {
        contents_type: "merchandise",
        customs_items: [{ description: "T-shirt", quantity: 1, value: 10, weight: 5, origin_country: "US" }],
      },
    });
    const created = (await sandbox.call("GET", `/v2/shipments/${id}`)).body;
    const rerated = (await sandbox.call("POST", `/v2/shipments/${id}/rerate`, {})).body;
    const rate = (rerated["rates"] as Record<string, unknown>[]).at(-1);
    const bought = (await sandbox.call("POST", buyPath, { ...(buyBody as object), rate })).body;
    sandbox.clock.advance(STEP_MS);
    const labelled = (await sandbox.call("GET", `/v2/shipments/${id}/label?file_format=ZPL`)).body;
    const listed = (await sandbox.call("GET", "/v2/shipments")).body;
    const refunded = (await sandbox.call("POST", `/v2/shipments/${id}/refund`, {})).body;
    const pairs: [string, unknown][] = [
      ["shipments-create", created],
      ["shipments-retrieve", created],
      ["rates-regenerate", rerated],
      ["shipments-buy", bought],
      ["shipments-label", labelled],
      ["shipments-list", listed],
      ["shipping-refund-refund", refunded],
      ["returns-create", created],
    ];
    for (const [name, ours] of pairs) {
      expect([name, differences(readJson(`docs-responses/${name}.json`), ours, "body")]).toEqual([name, []]);
    }
  });

  it("have the shape of ours: trackers", async () => {
    const created = await sandbox.call("POST", "/v2/trackers", { tracker: { tracking_code: "EZ1000000001" } });
    const retrieved = await sandbox.call("GET", `/v2/trackers/${text(created.body, "id")}`);
    const listed = await sandbox.call("GET", "/v2/trackers");
    expect(differences(readJson("docs-responses/trackers-create.json"), created.body, "body")).toEqual([]);
    expect(differences(readJson("docs-responses/trackers-retrieve.json"), retrieved.body, "body")).toEqual([]);
    expect(differences(readJson("docs-responses/trackers-list.json"), listed.body, "body")).toEqual([]);
  });

  it("have the shape of ours: the bodies of webhooks", async () => {
    const receiver = await openReceiver();
    await sandbox.call("POST", "/v2/webhooks", { webhook: { url: receiver.url, webhook_secret: "whsec" } });
    const { buyPath, buyBody } = await createOne(sandbox);
    await sandbox.call("POST", buyPath, buyBody);
    sandbox.clock.advance(3 * STEP_MS);
    await sandbox.fake.pump();
    const updated = receiver.received
      .map((entry) => entry.event)
      .filter((event) => event["description"] === "tracker.updated");
    await receiver.close();
    expect(updated).toHaveLength(3);
    for (const recording of [
      "webhooks/event-body.json",
      "webhooks/tracking-webhook.json",
      "docs-responses/events-retrieve.json",
    ]) {
      expect([recording, differences(readJson(recording), updated.at(-1), "event")]).toEqual([recording, []]);
    }
  });
});
