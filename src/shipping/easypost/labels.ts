/** Fetching a label. Reads only, so it may be done as often as wanted. Throws `RemoteError`. */
import { RemoteError } from "../../base/errors.ts";
import type { LabelFormat } from "../../core/shipment.ts";
import type { LabelFile } from "../../ports/shipping-provider.ts";
import type { EasyPostClient } from "./client.ts";
import { unusable } from "./failures.ts";
import { anyLabelUrl, labelFormatOf, labelUrl, showsPurchase } from "./translate.ts";

/** In the wanted format if EasyPost has it or can make it, else in the one that there is. */
export async function downloadLabel(client: EasyPostClient, id: string, format: LabelFormat): Promise<LabelFile> {
  const path = `/shipments/${encodeURIComponent(id)}`;
  const shipment = await client.get("GET /shipments/{id}", path);
  if (!showsPurchase(shipment)) {
    throw new RemoteError({
      remote: "shipping",
      operation: "GET /shipments/{id}",
      kind: "missing",
      message: "EasyPost: no label was bought for this shipment",
    });
  }
  const url = labelUrl(shipment, format) ?? (await convertLabel(client, path, format)) ?? anyLabelUrl(shipment);
  if (url === null) {
    throw unusable("GET /shipments/{id}", "malformed");
  }
  const bytes = await client.download(url);
  const actual = labelFormatOf(bytes);
  if (actual === null) {
    throw new RemoteError({
      remote: "shipping",
      operation: "GET label file",
      kind: "malformed",
      message: "The label file is neither PDF nor PNG nor ZPL",
    });
  }
  return { bytes, format: actual };
}

/** The address of the label in another format; `null` when EasyPost will not make it (it converts PNG only). */
async function convertLabel(client: EasyPostClient, path: string, format: LabelFormat): Promise<string | null> {
  try {
    const query = `?file_format=${format.toUpperCase()}`;
    return labelUrl(await client.get("GET /shipments/{id}/label", `${path}/label${query}`), format);
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "rejected") {
      return null;
    }
    throw error;
  }
}
