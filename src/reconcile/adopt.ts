/**
 * Taking over what the provider has and the journal does not know: a label that arrived after it was looked up, or that a
 * database restored from an older copy has forgotten. Each is one commit; nothing is sent.
 */
import { effectKey, isUnresolved } from "../core/effect.ts";
import type { ShipmentRecord } from "../core/shipment.ts";
import { findEffect } from "../core/verdict.ts";
import type { Purchase } from "../ports/shipping-provider.ts";
import type { FencedWriter } from "../store/types.ts";
import { boughtText, toLabel } from "./purchase.ts";
import { journal, type Run } from "./run.ts";

/** A purchase under our reference: journalled as begun and done at once. `planned`: its shipment, when that is new too. */
export async function adoptPurchase(
  run: Run,
  shipmentId: string,
  providerId: string,
  purchase: Purchase,
  planned: ShipmentRecord | null = null,
): Promise<void> {
  // Where we once asked for it, it was bought then; else when the provider says, else nothing older than now can be said.
  const asked = findEffect(run.input.record.effects, "buy", shipmentId);
  const label = toLabel(
    run,
    purchase,
    asked?.begunAt ?? purchase.boughtAt ?? run.context.clock.now(),
    asked?.input ?? {},
  );
  await journal(
    run,
    "label found",
    `the provider has a label under our reference: ${boughtText(label, purchase)}`,
    async (tx, at) => {
      if (planned !== null) {
        await tx.planShipment(planned);
      }
      await settleDone(run, tx, "buy", shipmentId, { rate: label.rateId, adopted: true }, at);
      const state = purchase.refunded ? "voided" : "bought";
      const voidedAt = purchase.refunded ? at : null;
      await tx.updateShipment(shipmentId, { state, label, providerShipmentId: providerId, voidedAt });
    },
    { shipment: shipmentId, tracking: label.trackingNumber },
  );
}

/** The provider took the label back and the journal does not know. */
export async function adoptVoid(run: Run, shipmentId: string): Promise<void> {
  await journal(
    run,
    "void found",
    "the provider has taken this label back",
    async (tx, at) => {
      await settleDone(run, tx, "void", shipmentId, { adopted: true }, at);
      await tx.updateShipment(shipmentId, { state: "voided", voidedAt: at });
    },
    { shipment: shipmentId },
  );
}

/** The journal says done, whatever it said before. */
async function settleDone(
  run: Run,
  tx: FencedWriter,
  kind: "buy" | "void",
  shipmentId: string,
  input: Readonly<Record<string, string | boolean>>,
  at: number,
): Promise<void> {
  const earlier = findEffect(run.input.record.effects, kind, shipmentId);
  if (earlier?.state === "done") {
    return;
  }
  const key = effectKey(kind, shipmentId);
  if (earlier === null || !isUnresolved(earlier)) {
    await tx.beginEffect({ key, kind, shipmentId, input }, at);
  }
  await tx.settleEffect(key, "done", null, at);
}
