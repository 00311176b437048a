/** One switch over what `decide` wants done. Each action ends with `again`, `rest` or `wait`, or throws. */

import { AssertionError, type Remote, RemoteError } from "../base/errors.ts";
import { assert } from "../core/assert.ts";
import type { Action } from "../core/decision.ts";
import { backoffMs } from "../core/failure.ts";
import { mayLeave } from "../core/mode.ts";
import { buy, downloadLabel, resolveAtProvider, voidLabel } from "./purchase.ts";
import { abandon, isEverBegun, quote, requote } from "./quote.ts";
import { type Ending, REST, type Run } from "./run.ts";
import { verify } from "./verify.ts";
import { addTags, adoptFulfillment, fulfil, mirror, postEvents, resolveAtShop, updateTracking } from "./writeback.ts";

/** Does the actions in their order. The first that waits ends the round; after any `again` the world is read anew. */
export async function perform(run: Run, actions: readonly Action[]): Promise<Ending> {
  let last: Ending = REST;
  for (const action of actions) {
    // The last place before the world: whatever was decided, in shadow nothing is spent and nothing is written.
    assert(mayLeave(run.input, action), `${action.kind} was decided on for an order that is only watched`);
    const ending = await throughGate(run, action);
    if (ending.kind === "wait") {
      return ending;
    }
    if (ending.kind === "again") {
      last = ending;
    }
  }
  return last;
}

/** Each kind of call has its own door; what needs no call has none. A refusal is the remote's trouble, not the order's. */
async function throughGate(run: Run, action: Action): Promise<Ending> {
  const { gate } = run.context;
  const remote = remoteOf(run, action);
  if (remote === null) {
    return performOne(run, action);
  }
  const closedUntil = gate.enter(remote, action.kind);
  if (closedUntil !== null) {
    gate.turnBack(run.lease.orderId, remote, action.kind);
    return { kind: "wait", until: closedUntil, failure: null };
  }
  try {
    const ending = await performOne(run, action);
    if (ending.kind === "rest" || (ending.kind === "again" && ending.answered)) {
      await gate.answered(remote, action.kind);
    } else {
      gate.leftOpen(remote, action.kind);
    }
    return ending;
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "unauthorized") {
      return { kind: "wait", until: await gate.refused(error, action.kind), failure: error.toFailure() };
    }
    if (error instanceof RemoteError) {
      await gate.failed(error, action.kind);
    }
    throw error;
  }
}

/** Whom the action calls; `null`: nobody. */
function remoteOf(run: Run, action: Action): Remote | null {
  switch (action.kind) {
    case "adopt_fulfillment":
      return null;
    case "abandon":
      return isEverBegun(run, action.shipmentId) ? "shipping" : null;
    case "verify":
    case "quote":
    case "requote":
    case "buy":
    case "void":
    case "download_label":
      return "shipping";
    case "resolve": {
      const effect = findEffect(run, action.effectKey);
      return effect?.kind === "buy" || effect?.kind === "void" ? "shipping" : "shopify";
    }
    case "fulfil":
    case "update_tracking":
    case "post_events":
    case "add_tags":
    case "mirror":
      return "shopify";
  }
}

async function performOne(run: Run, action: Action): Promise<Ending> {
  switch (action.kind) {
    case "quote":
      return quote(run, action.plan, action.isNew);
    case "requote":
      return requote(run, action.shipmentId);
    case "abandon":
      return abandon(run, action.shipmentId);
    case "buy":
      return buy(run, action);
    case "void":
      return voidLabel(run, action.shipmentId);
    case "verify":
      return verify(run);
    case "resolve":
      return resolve(run, action.effectKey);
    case "download_label":
      return downloadLabel(run, action.shipmentId);
    case "fulfil":
      return fulfil(run, action.shipmentId);
    case "adopt_fulfillment":
      return adoptFulfillment(run, action.shipmentId, action.fulfillmentId);
    case "update_tracking":
      return updateTracking(run, action.shipmentId, action.fulfillmentId);
    case "post_events":
      return postEvents(run, action);
    case "add_tags":
      return addTags(run, action.tags);
    case "mirror":
      return mirror(run, action.status, action.digest);
  }
}

/** Looks up what became of a call. A look-up that fails is counted too, so that a human hears of it in the end. */
async function resolve(run: Run, key: string): Promise<Ending> {
  const effect = findEffect(run, key);
  if (effect === null) {
    throw new AssertionError(`effect ${key} was decided on and is not in the record`);
  }
  try {
    return effect.kind === "buy" || effect.kind === "void"
      ? await resolveAtProvider(run, effect)
      : await resolveAtShop(run, effect);
  } catch (error) {
    const { clock, random, store, timing } = run.context;
    await store.fenced(run.lease, (tx) => tx.countLookup(key, clock.now()));
    if (error instanceof RemoteError && ["missing", "malformed", "rejected"].includes(error.kind)) {
      // The other side answered and that settled nothing: the order waits as it stands, and is parked in the end.
      const until = clock.now() + backoffMs(effect.lookups + 1, random.next(), timing.backoffFirstMs);
      return { kind: "wait", until, failure: error.toFailure() };
    }
    throw error;
  }
}

function findEffect(run: Run, key: string) {
  return run.input.record.effects.find((effect) => effect.key === key) ?? null;
}
