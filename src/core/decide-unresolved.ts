/** The part of `decide` that knows calls whose answer was lost: each is looked up, none is sent again. Pure. */
import type { DecisionInput, Judgement } from "./decision.ts";
import { type EffectKind, type EffectRecord, isUnresolved } from "./effect.ts";
import { backoffMs } from "./failure.ts";
import type { Reason } from "./reasons.ts";
import type { Instant } from "./time.ts";
import { parcelStatus, type Verdict } from "./verdict.ts";

/** After so many fruitless look-ups, about three quarters of a minute, a human is told; looking up goes on, ever more slowly. */
const LOOKUPS_BEFORE_PARKING = 5;
/** No chance in `core`: every order waits the middle of its back-off. */
const MIDDLE = 0.5;

/** One verdict for each open call, oldest first. Empty: every answer is known. */
export function decideUnresolved(input: DecisionInput): readonly Verdict[] {
  return input.record.effects
    .filter(isUnresolved)
    .sort((a, b) => a.begunAt - b.begunAt || (a.key < b.key ? -1 : 1))
    .map((effect) => decideOne(input, effect));
}

function decideOne(input: DecisionInput, effect: EffectRecord): Verdict {
  const nextAt = nextLookupAt(effect, input.now);
  return {
    judgement: judgeOpen(input, effect),
    actions: nextAt === null ? [{ kind: "resolve", effectKey: effect.key }] : [],
    lookAgainAt: nextAt,
    findings: [
      {
        check: "answers known",
        fulfillmentOrderId: null,
        verdict: effect.lookups >= LOOKUPS_BEFORE_PARKING ? "park" : "wait",
        reason: effect.lookups >= LOOKUPS_BEFORE_PARKING ? unknownReason(effect.kind) : null,
        input: { effect: effect.key, state: effect.state, lookups: effect.lookups },
      },
    ],
    notes: [],
  };
}

/** `null`: now. Each look-up waits longer after the one before it; a clock that jumped back stops none. */
function nextLookupAt(effect: EffectRecord, now: Instant): Instant | null {
  if (effect.lookedUpAt === null || now < effect.lookedUpAt) {
    return null;
  }
  const nextAt = effect.lookedUpAt + backoffMs(effect.lookups, MIDDLE);
  return now >= nextAt ? null : nextAt;
}

function judgeOpen(input: DecisionInput, effect: EffectRecord): Judgement {
  if (effect.lookups >= LOOKUPS_BEFORE_PARKING) {
    const facts = { lookups: effect.lookups, effect: effect.key };
    return { status: "parked", reason: unknownReason(effect.kind), input: facts };
  }
  return { status: standing(input, effect), reason: null, input: {} };
}

function unknownReason(kind: EffectKind): Reason {
  const reasons: Readonly<Record<EffectKind, Reason>> = {
    buy: "purchase_outcome_unknown",
    void: "void_outcome_unknown",
    fulfil: "writeback_unknown",
    update_tracking: "writeback_unknown",
    post_event: "writeback_unknown",
  };
  return reasons[kind];
}

/** While an answer is open the shipment stands where it stood before the call. */
function standing(input: DecisionInput, effect: EffectRecord): Judgement["status"] {
  const shipment = input.record.shipments.find((candidate) => candidate.id === effect.shipmentId);
  return shipment === undefined || shipment.state !== "bought" ? "ready_to_ship" : parcelStatus(shipment);
}
