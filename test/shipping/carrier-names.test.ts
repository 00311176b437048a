import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { shopCarrierName, trackingPage } from "../../src/shipping/carrier-names.ts";

const SCHEMA = new URL("../../../shared/shopify/admin_2026-10.json.gz", import.meta.url);
const isThere = existsSync(SCHEMA);
if (!isThere) {
  process.stderr.write("skipped: Shopify's schema, which lists the carriers, is not beside the project\n");
}

describe("shopCarrierName", () => {
  it.each([
    ["USPS", "USPS"],
    ["usps", "USPS"],
    ["UPS", "UPS"],
    ["UPSDAP", "UPS"],
    ["UPSMailInnovations", "UPS"],
    ["FedEx", "FedEx"],
    ["FedExDefault", "FedEx"],
    ["FedExSmartPost", "FedEx"],
    ["DHLExpress", "DHL Express"],
    ["DHL Express", "DHL Express"],
    ["DhlEcs", "DHL eCommerce"],
    ["DhlEcommerceAsia", "DHL eCommerce Asia"],
    ["CanadaPost", "Canada Post"],
    ["canada_post", "Canada Post"],
    ["RoyalMail", "Royal Mail"],
    ["AsendiaUsa", "Asendia USA"],
    ["LaserShipV2", "Lasership"],
    ["DPDUK", "DPD UK"],
  ])("calls %s %s", (carrier, company) => {
    expect(shopCarrierName(carrier)).toBe(company);
  });

  it("leaves a carrier alone that it does not know", () => {
    expect(shopCarrierName("Pigeon Post")).toBe("Pigeon Post");
    expect(shopCarrierName("")).toBe("");
  });

  it.skipIf(!isThere)("spells every name as in Shopify's list", () => {
    const schema = gunzipSync(readFileSync(SCHEMA)).toString("utf8");
    const lists = schema.slice(schema.indexOf("Supported tracking companies"));
    const list = lists.slice(0, lists.indexOf("South Africa"));
    const names = new Set(list.split(/\\n\s*\*\s|, |\*\*: |,\\n|\\n/).map((name) => name.trim()));
    expect(names.size).toBeGreaterThan(100);
    const source = readFileSync(new URL("../../src/shipping/carrier-names.ts", import.meta.url), "utf8");
    const ours = [...source.matchAll(/\bcompany: "([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(ours.length).toBeGreaterThan(20);
    for (const name of ours) {
      expect(names, name).toContain(name);
    }
  });
});

describe("trackingPage", () => {
  it("leads to the carrier's page with the number", () => {
    expect(trackingPage("UPSDAP", "1Z999")).toBe("https://www.ups.com/track?tracknum=1Z999");
    expect(trackingPage("USPS", "94 00&x=1")).toBe(
      "https://tools.usps.com/go/TrackConfirmAction?tLabels=94%2000%26x%3D1",
    );
  });

  it("is null where no page is known", () => {
    expect(trackingPage("OnTrac", "1")).toBeNull();
    expect(trackingPage("Pigeon Post", "1")).toBeNull();
  });
});
