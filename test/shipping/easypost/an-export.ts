/** What is asked of EasyPost for a parcel from the United States to Canada. */
import { NO_OPTIONS } from "../../../src/core/label-options.ts";
import type { ShipmentRequest } from "../../../src/ports/shipping-provider.ts";
import { anAddress } from "../../support/builders.ts";

export function anExport(): ShipmentRequest {
  const usd = (amountMinor: number) => ({ amountMinor, currency: "USD" });
  return {
    reference: "shipbot_shop_1-1-1",
    from: anAddress(),
    to: anAddress({ city: "Toronto", province: "ON", postalCode: "M5H 1A1", country: "CA" }),
    parcel: { preset: "box", lengthMm: 300, widthMm: 200, heightMm: 100, weightGrams: 900 },
    options: NO_OPTIONS,
    customs: {
      ...{ contentsType: "other", incoterm: "DDP", eelPfc: "NOEEI 30.36", nonDelivery: "return" },
      signer: "Ada Example",
      items: [
        {
          ...{ description: "Ceramic mug", quantity: 2, value: usd(2_850), weightGrams: 800 },
          ...{ hsCode: "691200", origin: "PT", sku: "MUG-1" },
        },
        {
          ...{ description: "Spoon", quantity: 1, value: usd(300), weightGrams: 0 },
          ...{ hsCode: "821599", origin: "DE", sku: null },
        },
      ],
    },
  };
}
