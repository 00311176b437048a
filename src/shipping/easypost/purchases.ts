/**
 * The two calls of EasyPost that move money. Both throw `RemoteError` of kind `outcome_unknown` whenever it may have moved,
 * and neither sends anything twice: what looks like a repeat here is a read.
 */
import { RemoteError } from "../../base/errors.ts";
import type { Failure } from "../../core/failure.ts";
import { formatAmount, type Money } from "../../core/money.ts";
import type { ProviderShipment, Purchase } from "../../ports/shipping-provider.ts";
import { CARRIER_TIMEOUT_MS, type EasyPostClient } from "./client.ts";
import { POSTAGE_EXISTS, REFUND_NO_RESPONSE, unusable } from "./failures.ts";
import { type Fields, textAt } from "./fields.ts";
import { readShipment } from "./shipments.ts";
import { isRefunded, toProviderShipment } from "./translate.ts";

/**
 * Throws of kind `outcome_unknown` whenever the label may have been paid for. Insurance is paid for by the same call: an
 * amount that EasyPost does not insure is refused before the label is sold.
 */
export async function buy(
  client: EasyPostClient,
  id: string,
  rateId: string,
  insured: Money | null,
): Promise<Purchase> {
  const operation = "POST /shipments/{id}/buy";
  try {
    const body = await client.post({
      operation,
      path: `/shipments/${encodeURIComponent(id)}/buy`,
      body: { rate: { id: rateId }, ...(insured === null ? {} : { insurance: formatAmount(insured) }) },
      effect: "write",
      timeoutMs: CARRIER_TIMEOUT_MS,
    });
    const bought = toProviderShipment(body);
    if (bought?.id !== id || bought.purchase === null) {
      throw unusable(operation, "outcome_unknown");
    }
    return bought.purchase;
  } catch (error) {
    if (error instanceof RemoteError && error.code === POSTAGE_EXISTS) {
      return adopt(client, id, error);
    }
    throw error;
  }
}

/** The label that the shipment has already. When it cannot be seen now, the purchase stays unknown. */
async function adopt(client: EasyPostClient, id: string, refusal: RemoteError): Promise<Purchase> {
  const unknown = (cause: unknown): RemoteError =>
    new RemoteError(
      {
        remote: "shipping",
        operation: refusal.operation,
        kind: "outcome_unknown",
        message: "EasyPost: the shipment has a label already, but it cannot be read now",
        code: POSTAGE_EXISTS,
        requestId: refusal.requestId,
      },
      { cause },
    );
  let shipment: ProviderShipment;
  try {
    shipment = await readShipment(client, id);
  } catch (error) {
    throw error instanceof RemoteError ? unknown(error) : error;
  }
  if (shipment.purchase === null) {
    throw unknown(refusal);
  }
  return shipment.purchase;
}

/**
 * Asks for the refund. EasyPost answers 200 also when the refund is `rejected`. A refusal may mean that it was asked for
 * before, so that is looked up: then the label is void, which is all that was wanted.
 */
export async function refund(client: EasyPostClient, id: string): Promise<void> {
  const operation = "POST /shipments/{id}/refund";
  const path = `/shipments/${encodeURIComponent(id)}`;
  let body: Fields;
  try {
    body = await client.post({
      operation,
      path: `${path}/refund`,
      body: {},
      effect: "write",
      timeoutMs: CARRIER_TIMEOUT_MS,
    });
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "rejected" && (await wasRefunded(client, path))) {
      return;
    }
    throw error instanceof RemoteError && error.code === REFUND_NO_RESPONSE ? maybeRefunded(error) : error;
  }
  checkRefundStatus(operation, textAt(body, "refund_status"));
}

/** Throws unless the refund is under way or done. */
function checkRefundStatus(operation: string, status: string | null): void {
  if (isRefunded(status)) {
    return;
  }
  const details: Readonly<Record<string, Pick<Failure, "message" | "code">>> = {
    rejected: {
      code: "REFUND_REJECTED",
      message: "EasyPost: the carrier rejected the refund; soon after buying a repeat may succeed",
    },
    not_applicable: {
      code: "REFUND_NOT_APPLICABLE",
      message: "EasyPost: this label is billed only when it is scanned, so there is nothing to refund: destroy it",
    },
  };
  const known = Object.hasOwn(details, status ?? "") ? details[status ?? ""] : undefined;
  throw known === undefined
    ? unusable(operation, "outcome_unknown")
    : new RemoteError({ remote: "shipping", operation, kind: "rejected", ...known });
}

async function wasRefunded(client: EasyPostClient, path: string): Promise<boolean> {
  try {
    return isRefunded(textAt(await client.get("GET /shipments/{id}", path), "refund_status"));
  } catch (error) {
    if (error instanceof RemoteError) {
      // The refusal stands: this call changed nothing, whatever an earlier one did.
      return false;
    }
    throw error;
  }
}

/** The carrier did not answer the refund: it may be void, and until a read or a repeat says so it must not be used. */
function maybeRefunded(error: RemoteError): RemoteError {
  const { remote, operation, message, code, requestId } = error;
  return new RemoteError({ remote, operation, kind: "outcome_unknown", message, code, requestId }, { cause: error });
}
