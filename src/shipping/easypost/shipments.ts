/** The calls of EasyPost that find and read shipments and rate them again. None costs anything. All throw `RemoteError`. */
import { RemoteError } from "../../base/errors.ts";
import type { ProviderShipment } from "../../ports/shipping-provider.ts";
import { CARRIER_TIMEOUT_MS, type EasyPostClient } from "./client.ts";
import { POSTAGE_EXISTS, unusable } from "./failures.ts";
import { toProviderShipment } from "./translate.ts";

/**
 * EasyPost finds a shipment by its reference where an id is expected, the newest if there are several. A purchase is made
 * for the last one that was created for a reference, so the newest is also the bought one. An answer with another
 * reference is an error and not `null`: `null` would allow a new shipment.
 */
export async function findShipment(client: EasyPostClient, reference: string): Promise<ProviderShipment | null> {
  const operation = "GET /shipments/{reference}";
  try {
    const shipment = await read(client, operation, `/shipments/${encodeURIComponent(reference)}`);
    if (shipment.reference !== reference) {
      throw unusable(operation, "malformed");
    }
    return shipment;
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "missing") {
      return null;
    }
    throw error;
  }
}

/** An answer about another shipment is an error: "not bought" would be said about the wrong one. */
export async function readShipment(client: EasyPostClient, id: string): Promise<ProviderShipment> {
  const operation = "GET /shipments/{id}";
  const shipment = await read(client, operation, `/shipments/${encodeURIComponent(id)}`);
  if (shipment.id !== id) {
    throw unusable(operation, "malformed");
  }
  return shipment;
}

async function read(client: EasyPostClient, operation: string, path: string): Promise<ProviderShipment> {
  const shipment = toProviderShipment(await client.get(operation, path));
  if (shipment === null) {
    throw unusable(operation, "malformed");
  }
  return shipment;
}

/** The answer to a new rating holds the rates only, so the shipment is read after it: it may have been bought meanwhile. */
export async function refreshRates(client: EasyPostClient, id: string): Promise<ProviderShipment> {
  try {
    await client.post({
      operation: "POST /shipments/{id}/rerate",
      path: `/shipments/${encodeURIComponent(id)}/rerate`,
      body: {},
      effect: "read",
      timeoutMs: CARRIER_TIMEOUT_MS,
    });
  } catch (error) {
    if (!(error instanceof RemoteError && error.code === POSTAGE_EXISTS)) {
      throw error;
    }
  }
  return readShipment(client, id);
}
