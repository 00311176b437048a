/** Every recorded EasyPost answer with a shipment or a tracker in it can be read, and nothing in it is lost. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { asFields, type Fields, listAt, textAt } from "../../../src/shipping/easypost/fields.ts";
import { toCheckpoints } from "../../../src/shipping/easypost/tracking.ts";
import { showsPurchase, toProviderShipment } from "../../../src/shipping/easypost/translate.ts";

const RECORDINGS = new URL("../../../../shared/recordings/easypost/", import.meta.url);
const isThere = existsSync(RECORDINGS);
if (!isThere) {
  process.stderr.write("skipped: the recorded EasyPost answers are not beside the project\n");
}

/** Every object of this type, however deep, with the file that it is from. */
function collect(type: string): readonly { readonly file: string; readonly found: Fields }[] {
  if (!isThere) {
    return [];
  }
  return ["docs-responses", "normalized-python", "webhooks"].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, RECORDINGS))
      .filter((name) => name.endsWith(".json"))
      .flatMap((name) => {
        const parsed: unknown = JSON.parse(readFileSync(new URL(`${folder}/${name}`, RECORDINGS), "utf8"));
        return [...findAll(parsed, type)].map((found) => ({ file: `${folder}/${name}`, found }));
      }),
  );
}

function* findAll(value: unknown, type: string): Generator<Fields> {
  const fields = asFields(value);
  if (fields?.["object"] === type && textAt(fields, "id") !== null) {
    yield fields;
  }
  for (const child of Array.isArray(value) ? value : Object.values(fields ?? {})) {
    yield* findAll(child, type);
  }
}

describe.skipIf(!isThere)("recorded answers", () => {
  it("are all readable shipments", () => {
    const shipments = collect("Shipment");
    expect(shipments.length).toBeGreaterThan(50);
    let bought = 0;
    for (const { file, found } of shipments) {
      const shipment = toProviderShipment(found);
      expect(shipment, file).not.toBeNull();
      expect(shipment?.rates.length, file).toBe(listAt(found, "rates").length);
      expect(shipment?.purchase !== null, file).toBe(showsPurchase(found));
      if (shipment?.purchase) {
        bought += 1;
        expect(shipment.purchase.rate.price.amountMinor, file).toBeGreaterThan(0);
        expect(shipment.purchase.trackingNumber, file).toMatch(/^\w+$/);
        expect(shipment.purchase.trackerId, file).toMatch(/^trk_/);
        expect(shipment.purchase.labelUrl, file).toMatch(/^https:/);
      }
    }
    expect(bought).toBeGreaterThan(10);
  });

  it("are all readable trackers", () => {
    const trackers = collect("Tracker");
    expect(trackers.length).toBeGreaterThan(50);
    for (const { file, found } of trackers) {
      const checkpoints = toCheckpoints(found);
      expect(checkpoints, file).not.toBeNull();
      const known = listAt(found, "tracking_details").filter((entry) => !isSilent(entry));
      expect(checkpoints?.length, file).toBeGreaterThanOrEqual(known.length);
      if (isSilent(found)) {
        expect(checkpoints?.length, file).toBe(known.length);
      }
    }
  });
});

/** Says nothing about the parcel. */
function isSilent(entry: Fields): boolean {
  return entry["status"] === "unknown" || entry["status"] === "error";
}
