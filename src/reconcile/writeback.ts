/**
 * The actions that tell the shop: the fulfillment, its tracking number, its events, the status. Each write is an effect of
 * its own in the journal, with its own retries; before anything is sent again the shop is read for what it already knows.
 */
import { assert } from "../core/assert.ts";
import type { Action } from "../core/decision.ts";
import { type EffectRecord, effectKey } from "../core/effect.ts";
import type { Outcome } from "../core/failure.ts";
import { findFulfillmentByTracking } from "../core/order.ts";
import type { PurchasedLabel, ShipmentRecord, TrackingCheckpoint } from "../core/shipment.ts";
import { type OrderStatus, toFulfillmentEvent } from "../core/status.ts";
import { type DurationMs, HOUR_MS } from "../core/time.ts";
import type { FulfillmentState, TrackingInfo } from "../ports/shop.ts";
import { AGAIN, type Ending, failureToError, journal, REST, type Run, shipmentOf, UNANSWERED } from "./run.ts";
import { settleAbsent, settleRefused, settleUnknown } from "./settle-effect.ts";

export async function fulfil(run: Run, shipmentId: string): Promise<Ending> {
  const { context, input } = run;
  const shipment = shipmentOf(run, shipmentId);
  const tracking = trackingInfo(run, labelOf(shipment));
  const key = effectKey("fulfil", shipmentId);
  await begin(run, { key, kind: "fulfil", shipmentId, input: { tracking: tracking.number } });
  const outcome = await context.shop.fulfil({
    fulfillmentOrderId: shipment.fulfillmentOrderId,
    lines: shipment.lines,
    tracking,
    notifyCustomer: input.policy.writeback.notifyCustomer,
  });
  return settle(run, key, outcome, async (value) => keepFulfillment(run, shipment, key, value.fulfillmentId));
}

/** The shop shows our number already: a lost answer, or staff who typed it in. */
export async function adoptFulfillment(run: Run, shipmentId: string, fulfillmentId: string): Promise<Ending> {
  await journal(
    run,
    "fulfillment found",
    "Shopify already has our tracking number",
    (tx) => tx.updateShipment(shipmentId, { fulfillmentId }),
    { shipment: shipmentId, fulfillment: fulfillmentId },
  );
  return AGAIN;
}

export async function updateTracking(run: Run, shipmentId: string, fulfillmentId: string): Promise<Ending> {
  const { context, input } = run;
  const shipment = shipmentOf(run, shipmentId);
  const tracking = trackingInfo(run, labelOf(shipment));
  const key = effectKey("update_tracking", shipmentId);
  await begin(run, {
    key,
    kind: "update_tracking",
    shipmentId,
    input: { tracking: tracking.number, fulfillment: fulfillmentId },
  });
  const outcome = await context.shop.updateTracking(fulfillmentId, tracking, input.policy.writeback.notifyCustomer);
  return settle(run, key, outcome, async () => keepFulfillment(run, shipment, key, fulfillmentId));
}

/** Passes on what the carrier said, oldest first; stops at the first that does not arrive, so that the order is kept. */
export async function postEvents(run: Run, action: Extract<Action, { kind: "post_events" }>): Promise<Ending> {
  const { context } = run;
  const state = await context.shop.readFulfillment(action.fulfillmentId);
  if (state === null || state.status === "cancelled") {
    // Shopify takes events on cancelled fulfillments without a word; the customer would get mail about nothing.
    return AGAIN;
  }
  for (const checkpoint of action.checkpoints) {
    const ending = await postEvent(run, action.shipmentId, action.fulfillmentId, checkpoint, state);
    if (ending !== null) {
      return ending;
    }
  }
  return AGAIN;
}

/** `null`: the shop has it, go on with the next. */
async function postEvent(
  run: Run,
  shipmentId: string,
  fulfillmentId: string,
  checkpoint: TrackingCheckpoint,
  state: FulfillmentState,
): Promise<Ending | null> {
  const status = toFulfillmentEvent(checkpoint.status);
  assert(status !== null, `no event for ${checkpoint.status}`);
  const key = effectKey("post_event", shipmentId, status);
  const event = { status, happenedAt: checkpoint.at };
  await begin(run, {
    key,
    kind: "post_event",
    shipmentId,
    input: { status, happenedAt: checkpoint.at, fulfillment: fulfillmentId },
  });
  const outcome: Outcome<void> = hasEvent(state, status, labelOf(shipmentOf(run, shipmentId)))
    ? { outcome: "done", value: undefined }
    : await run.context.shop.postEvent(fulfillmentId, event);
  if (outcome.outcome === "done") {
    await journal(run, "event posted", status, (tx, at) => tx.settleEffect(key, "done", null, at), {
      shipment: shipmentId,
      status,
    });
    return null;
  }
  return settle(run, key, outcome, async () => undefined);
}

/** Reads the shop and so learns what became of a write whose answer was lost. */
export async function resolveAtShop(run: Run, effect: EffectRecord): Promise<Ending> {
  const { context, input } = run;
  const shipment = shipmentOf(run, effect.shipmentId);
  if (effect.kind === "fulfil") {
    const known = findFulfillmentByTracking(input.order, labelOf(shipment).trackingNumber);
    if (known !== null) {
      await keepFulfillment(run, shipment, effect.key, known.id);
      return AGAIN;
    }
    return absentUnlessYoung(run, effect);
  }
  const fulfillmentId = String(effect.input["fulfillment"]);
  const state = await context.shop.readFulfillment(fulfillmentId);
  if (effect.kind === "update_tracking" && state?.trackingNumbers.includes(labelOf(shipment).trackingNumber) === true) {
    await keepFulfillment(run, shipment, effect.key, fulfillmentId);
    return AGAIN;
  }
  if (
    effect.kind === "post_event" &&
    state !== null &&
    hasEvent(state, String(effect.input["status"]), labelOf(shipment))
  ) {
    await journal(run, "event found", "Shopify already has it", (tx, at) =>
      tx.settleEffect(effect.key, "done", null, at),
    );
    return AGAIN;
  }
  return absentUnlessYoung(run, effect);
}

/** Shows the status in the shop: the metafield, and the tag if the policy wants one. Repeatable, so it is not journalled. */
export async function mirror(run: Run, status: OrderStatus, digest: string | null): Promise<Ending> {
  const { context, input } = run;
  const outcome = await context.shop.mirrorStatus(input.order.id, status, digest);
  if (outcome.outcome === "refused" && outcome.failure.kind === "stale") {
    return AGAIN;
  }
  const prefix = input.policy.writeback.statusTagPrefix;
  const tagged: Outcome<void> =
    outcome.outcome !== "done" || prefix === null
      ? outcome
      : await context.shop.changeTags(
          input.order.id,
          [`${prefix}${status}`],
          input.order.tags.filter((tag) => tag.startsWith(prefix) && tag !== `${prefix}${status}`),
        );
  if (tagged.outcome !== "done") {
    throw failureToError("shopify", "show the status", {
      ...tagged.failure,
      kind: tagged.outcome === "unknown" ? "unavailable" : tagged.failure.kind,
    });
  }
  return REST;
}

/**
 * Tags that rules ask for. May be repeated: a tag that is there is not put there twice. A refusal holds nothing up: the
 * label is worth more than the tag, and it is asked for again when the order is looked at again.
 */
export async function addTags(run: Run, tags: readonly string[]): Promise<Ending> {
  const { clock, log, shop, store } = run.context;
  const outcome = await shop.changeTags(run.input.order.id, tags, []);
  if (outcome.outcome === "done") {
    const entry = {
      at: clock.now(),
      kind: "tag",
      message: `tagged by rules: ${tags.join(", ")}`,
      data: { tags: tags.length },
    };
    await store.fenced(run.lease, (tx) => tx.addTimeline(entry));
    return AGAIN;
  }
  if (outcome.outcome === "refused" && outcome.failure.kind === "rejected") {
    log.warn("Shopify refused a tag", { order: run.input.order.name, error: outcome.failure.message });
    return REST;
  }
  throw failureToError("shopify", "tag the order", {
    ...outcome.failure,
    kind: outcome.outcome === "unknown" ? "unavailable" : outcome.failure.kind,
  });
}

async function begin(run: Run, intent: Pick<EffectRecord, "key" | "kind" | "shipmentId" | "input">): Promise<void> {
  const at = run.context.clock.now();
  await run.context.store.fenced(run.lease, async (tx) => {
    await tx.beginEffect(intent, at);
  });
}

async function settle<T>(
  run: Run,
  key: string,
  outcome: Outcome<T>,
  keep: (value: T) => Promise<void>,
): Promise<Ending> {
  const kind = key.split(":", 1)[0] ?? key;
  switch (outcome.outcome) {
    case "done":
      await keep(outcome.value);
      return AGAIN;
    case "refused":
      await settleRefused(run, key, `${kind} refused`, outcome.failure);
      if (outcome.failure.kind !== "rejected" && outcome.failure.kind !== "stale") {
        throw failureToError("shopify", kind, outcome.failure);
      }
      return AGAIN;
    case "unknown":
      await settleUnknown(run, key, `${kind} unknown`, outcome.failure);
      return UNANSWERED;
  }
}

async function keepFulfillment(run: Run, shipment: ShipmentRecord, key: string, fulfillmentId: string): Promise<void> {
  await journal(
    run,
    "shop told",
    "Shopify has the tracking number",
    async (tx, at) => {
      await tx.settleEffect(key, "done", null, at);
      await tx.updateShipment(shipment.id, { fulfillmentId });
    },
    { shipment: shipment.id, fulfillment: fulfillmentId },
  );
}

/** "Not there" is believed only when the lost request can no longer be on its way. */
async function absentUnlessYoung(run: Run, effect: EffectRecord): Promise<Ending> {
  const { clock, timing } = run.context;
  // A lost answer is known only when the call has given up; from then on it is counted.
  const until = (effect.settledAt ?? effect.begunAt) + timing.settleMs;
  if (clock.now() < until) {
    return { kind: "wait", until, failure: null };
  }
  await settleAbsent(run, effect.key, `${effect.kind} not executed`);
  return AGAIN;
}

/** Carriers stamp events in their own time; one that is a little older than the purchase can still be about this label. */
const CLOCK_SKEW_MS: DurationMs = HOUR_MS;

/** Each word is told once per label, whoever told it. Events of an earlier label on the same fulfillment do not count. */
function hasEvent(state: FulfillmentState, status: string, label: PurchasedLabel): boolean {
  const sinceAt = label.boughtAt - CLOCK_SKEW_MS;
  return state.events.some((event) => event.status === status && event.happenedAt >= sinceAt);
}

function trackingInfo(run: Run, label: PurchasedLabel): TrackingInfo {
  return {
    company: run.context.provider.shopCarrierName(label.carrier),
    number: label.trackingNumber,
    url: label.trackingUrl,
  };
}

function labelOf(shipment: ShipmentRecord): PurchasedLabel {
  assert(shipment.label !== null, `shipment ${shipment.id} has no label`);
  return shipment.label;
}
