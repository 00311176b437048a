/**
 * The actions on a label: buy it, void it, fetch it, and look up what became of either. The one that pays:
 *
 *   commit `begun` ──► provider.buy ──► commit the answer
 *        │                 │                 │
 *   crash: nothing     crash: the next    crash: the next run finds `begun`,
 *   was sent           run finds `begun`  reads the provider and adopts the label
 *                      and reads
 *
 * Nothing is sent before its intent is committed under the lease, and nothing is sent twice: `beginEffect` refuses it.
 */
import { RemoteError, StoreError } from "../base/errors.ts";
import { assert } from "../core/assert.ts";
import type { Action } from "../core/decision.ts";
import { type EffectRecord, effectKey } from "../core/effect.ts";
import { countsWindows, firstGuardStop, guardsText, runGuards } from "../core/guards.ts";
import { formatMoney } from "../core/money.ts";
import type { PurchasedLabel, ShipmentRecord } from "../core/shipment.ts";
import type { Instant } from "../core/time.ts";
import type { LabelFile, Purchase } from "../ports/shipping-provider.ts";
import type { LabelStorage } from "./context.ts";
import { AGAIN, type Ending, failureToError, journal, type Run, shipmentOf, UNANSWERED } from "./run.ts";
import { settleAbsent, settleRefused, settleUnknown } from "./settle-effect.ts";
import { resolveSpendLimits } from "./spend-alarm.ts";
import { spendingQuery } from "./spending-query.ts";

export async function buy(run: Run, action: Extract<Action, { kind: "buy" }>): Promise<Ending> {
  const { context } = run;
  const shipment = shipmentOf(run, action.shipmentId);
  const providerId = providerIdOf(shipment);
  const key = effectKey("buy", shipment.id);
  const { rate } = action;
  if (!(await beginPurchase(run, shipment, action))) {
    // Somebody else spent what was left: the next round sees it and says so.
    return AGAIN;
  }
  const outcome = await context.provider.buy(providerId, rate.id);
  switch (outcome.outcome) {
    case "done":
      await keepLabel(run, shipment, outcome.value);
      if (countsWindows(run.input.policy.guards)) {
        await resolveSpendLimits(context);
      }
      return AGAIN;
    case "refused":
      await settleRefused(run, key, "buy refused", outcome.failure);
      if (outcome.failure.kind === "stale") {
        // The rate is no longer sold: the next round asks for new ones.
        await context.store.fenced(run.lease, (tx) => tx.updateShipment(shipment.id, { ratesAt: null }));
        return AGAIN;
      }
      if (outcome.failure.kind !== "rejected") {
        throw failureToError("shipping", "buy", outcome.failure);
      }
      return AGAIN;
    case "unknown":
      await settleUnknown(run, key, "buy unknown", outcome.failure);
      return UNANSWERED;
  }
}

/**
 * Commits the intent, unless a guard stops it by what the database says now: `false`, and nothing is written. Sum and
 * intent are one transaction, so that no interleaving of orders, workers and processes spends more than is allowed (P7).
 */
async function beginPurchase(
  run: Run,
  shipment: ShipmentRecord,
  { rate, wish, beside, approvalRule }: Extract<Action, { kind: "buy" }>,
): Promise<boolean> {
  const { context, input } = run;
  const { guards } = input.policy;
  const key = effectKey("buy", shipment.id);
  const at = context.clock.now();
  const paid = input.order.shippingLine?.price ?? null;
  const message = `asking for ${rate.carrier} ${rate.service} at ${formatMoney(rate.price)}`;
  const isBegun = await context.store.fenced(run.lease, async (tx) => {
    const spending = await tx.readSpending(spendingQuery(guards, at));
    const findings = runGuards(guards, { shipment, rate, beside, paid, approvalRule, now: at }, spending);
    if (firstGuardStop(findings) !== null) {
      return false;
    }
    const { amountMinor, currency } = rate.price;
    const facts = { rate: rate.id, carrier: rate.carrier, service: rate.service, amountMinor, currency, wish };
    const saw = findings.length === 0 ? {} : { guards: guardsText(findings) };
    await tx.beginEffect({ key, kind: "buy", shipmentId: shipment.id, input: { ...facts, ...saw } }, at);
    await tx.addTimeline({ at, kind: "buy begun", message, data: { effect: key } });
    return true;
  });
  if (isBegun) {
    context.log.info("buy begun", { order: input.order.name, effect: key });
  }
  return isBegun;
}

/** Reads the shipment and so learns what became of a purchase or a refund whose answer was lost. */
export async function resolveAtProvider(run: Run, effect: EffectRecord): Promise<Ending> {
  const { context } = run;
  const shipment = shipmentOf(run, effect.shipmentId);
  const found = await context.provider.readShipment(providerIdOf(shipment));
  if (effect.kind === "buy") {
    if (found.purchase !== null) {
      await keepLabel(run, shipment, found.purchase);
      return AGAIN;
    }
    if (!context.provider.purchaseIsGuarded) {
      await journal(run, "buy looked up", "the provider shows no purchase, which proves nothing there", (tx, at) =>
        tx.countLookup(effect.key, at),
      );
      return AGAIN;
    }
    await settleAbsent(run, effect.key, "buy not executed");
    return AGAIN;
  }
  if (found.purchase?.refunded === true) {
    await keepVoid(run, shipment);
    return AGAIN;
  }
  await settleAbsent(run, effect.key, "void not executed");
  return AGAIN;
}

export async function voidLabel(run: Run, shipmentId: string): Promise<Ending> {
  const shipment = shipmentOf(run, shipmentId);
  const key = effectKey("void", shipmentId);
  await journal(
    run,
    "void begun",
    "asking for the money back",
    async (tx, at) => {
      await tx.beginEffect({ key, kind: "void", shipmentId, input: {} }, at);
    },
    { effect: key },
  );
  const outcome = await run.context.provider.void(providerIdOf(shipment));
  switch (outcome.outcome) {
    case "done":
      await keepVoid(run, shipment);
      return AGAIN;
    case "refused":
      await settleRefused(run, key, "void refused", outcome.failure);
      if (outcome.failure.kind !== "rejected") {
        throw failureToError("shipping", "void", outcome.failure);
      }
      return AGAIN;
    case "unknown":
      await settleUnknown(run, key, "void unknown", outcome.failure);
      return UNANSWERED;
  }
}

/** Fetches the label's file. May be repeated. */
export async function downloadLabel(run: Run, shipmentId: string): Promise<Ending> {
  const { context } = run;
  const shipment = shipmentOf(run, shipmentId);
  const file = await fetchFile(run, shipment);
  if ("kind" in file) {
    return file;
  }
  const path = await saveFile(context.labels, shipmentId, file);
  const { label } = shipment;
  if (label !== null) {
    await journal(
      run,
      "label stored",
      `the label is in ${path}`,
      (tx) => tx.updateShipment(shipmentId, { label: { ...label, path, format: file.format } }),
      { shipment: shipmentId },
    );
  }
  return AGAIN;
}

/** Pauses between two tries for the file, in first steps of the back-off: a minute, and the order stands as it is. */
const FILE_PAUSE_STEPS = 30;

/** The file, or when to try again: the label is paid for and the parcel can be told of whatever its file does. */
async function fetchFile(run: Run, shipment: ShipmentRecord): Promise<LabelFile | Extract<Ending, { kind: "wait" }>> {
  const { clock, log, provider, timing } = run.context;
  try {
    return await provider.downloadLabel(providerIdOf(shipment), run.input.policy.label.format);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.kind === "unauthorized") {
      throw error;
    }
    log.warn("label file could not be fetched", { order: run.input.order.name, error: error.message });
    const pauseMs = error.kind === "unavailable" ? timing.backoffFirstMs : FILE_PAUSE_STEPS * timing.backoffFirstMs;
    return { kind: "wait", until: clock.now() + pauseMs, failure: error.toFailure() };
  }
}

async function saveFile(labels: LabelStorage, shipmentId: string, file: LabelFile): Promise<string> {
  try {
    return await labels.save(shipmentId, file.format, file.bytes);
  } catch (error) {
    throw new StoreError(
      "unwritable",
      "The label's file could not be written.",
      "Make room in the data folder and see that shipbot may write there.",
      { cause: error },
    );
  }
}

/** The label is ours: the answer and the record of it in one transaction. */
async function keepLabel(run: Run, shipment: ShipmentRecord, purchase: Purchase): Promise<void> {
  const { context } = run;
  const boughtAt = context.clock.now();
  const label = toLabel(run, purchase, boughtAt);
  await journal(
    run,
    "label bought",
    `${label.carrier} ${label.service} ${formatMoney(label.cost)}`,
    async (tx, at) => {
      await tx.settleEffect(effectKey("buy", shipment.id), "done", null, at);
      await tx.updateShipment(shipment.id, { state: "bought", label });
    },
    { shipment: shipment.id, tracking: label.trackingNumber },
  );
}

async function keepVoid(run: Run, shipment: ShipmentRecord): Promise<void> {
  await journal(
    run,
    "label voided",
    "the provider took the label back",
    async (tx, at) => {
      await tx.settleEffect(effectKey("void", shipment.id), "done", null, at);
      await tx.updateShipment(shipment.id, { state: "voided", voidedAt: at });
    },
    { shipment: shipment.id },
  );
}

export function toLabel(run: Run, purchase: Purchase, boughtAt: Instant): PurchasedLabel {
  const { rate } = purchase;
  return {
    rateId: rate.id,
    carrier: rate.carrier,
    service: rate.service,
    cost: rate.price,
    trackingNumber: purchase.trackingNumber,
    trackingUrl: purchase.trackingUrl ?? run.context.provider.trackingPage(rate.carrier, purchase.trackingNumber),
    trackerId: purchase.trackerId,
    url: purchase.labelUrl,
    path: null,
    format: run.input.policy.label.format,
    boughtAt,
  };
}

/** The provider's id of the shipment; it has one from the moment it was quoted. */
export function providerIdOf(shipment: ShipmentRecord): string {
  assert(shipment.providerShipmentId !== null, `shipment ${shipment.id} has no object at the provider`);
  return shipment.providerShipmentId;
}
