/** What `decide` takes and gives. Plain data: it can be stored, printed by `why`, and compared in tests. */
import type { CustomsDeclaration } from "./customs.ts";
import type { EffectRecord } from "./effect.ts";
import type { Money } from "./money.ts";
import type { Address, FulfillmentOrderId, Order } from "./order.ts";
import type { Parcel } from "./parcel.ts";
import type { Policy } from "./policy.ts";
import type { Rate } from "./rate.ts";
import type { Reason } from "./reasons.ts";
import type { ShipmentLine, ShipmentRecord, TrackingCheckpoint } from "./shipment.ts";
import type { Spending } from "./spending.ts";
import type { OrderStatus } from "./status.ts";
import type { Instant } from "./time.ts";

export interface DecisionInput {
  readonly order: Order;
  readonly record: OrderRecord;
  readonly policy: Policy;
  readonly now: Instant;
  readonly provider: {
    readonly name: string;
    /** See `ShippingProvider.purchaseIsGuarded`. */
    readonly purchaseIsGuarded: boolean;
  };
  /** What was spent, and what humans approved; see `guards.ts`. */
  readonly spending: Spending;
  /** The shop's domain: part of the reference that a provider keeps. */
  readonly shopId: string;
}

/** Our side of one order. */
export interface OrderRecord {
  readonly shipments: readonly ShipmentRecord[];
  readonly effects: readonly EffectRecord[];
  readonly hold: StaffHold | null;
  /**
   * Since when the database is known to be an older copy, while this order was not verified yet: labels may have been paid
   * for that it has forgotten. `null`: nothing is in the way.
   */
  readonly unverifiedSince: Instant | null;
}

/** A human said stop. */
export interface StaffHold {
  readonly who: string;
  readonly why: string;
  readonly at: Instant;
  /** Labels that are not yet on their way are to be voided too. */
  readonly voidLabels: boolean;
}

export type FactValue = string | number | boolean | null;

/** One check with what it looked at and what came out: the walk that `why` prints. */
export interface Finding {
  readonly check: string;
  /** The fulfillment order it was about; `null` for the order as a whole. */
  readonly fulfillmentOrderId: FulfillmentOrderId | null;
  readonly verdict: "pass" | "wait" | "skip" | "park";
  readonly reason: Reason | null;
  /**
   * The facts it judged by: no names, streets, e-mail addresses or phone numbers. The checks of addresses put country and
   * postal code here, because `why` cannot say without them what is wrong.
   */
  readonly input: Readonly<Record<string, FactValue>>;
}

/** Why an order does not move, with the facts that its sentence names. */
export interface Judgement {
  readonly status: OrderStatus;
  readonly reason: Reason | null;
  readonly input: Readonly<Record<string, FactValue>>;
}

export interface ShipmentPlan {
  readonly shipmentId: string;
  readonly fulfillmentOrderId: FulfillmentOrderId;
  readonly parcelNumber: number;
  readonly parcelCount: number;
  readonly generation: number;
  readonly reference: string;
  readonly fingerprint: string;
  readonly lines: readonly ShipmentLine[];
  readonly parcel: Parcel;
  readonly from: Address;
  readonly to: Address;
  /** `null` where none is needed. */
  readonly customs: CustomsDeclaration | null;
}

export type Action =
  /** Make the free object at the provider and learn its rates; may be repeated. */
  | { readonly kind: "quote"; readonly plan: ShipmentPlan; readonly isNew: boolean }
  /** Ask for new rates of an object that exists. */
  | { readonly kind: "requote"; readonly shipmentId: string }
  /**
   * Forget an unbought shipment: what it was planned for is no longer true. Where a purchase of it was ever begun, the
   * provider is read first; a label that is found there after all is taken over, not forgotten.
   */
  | { readonly kind: "abandon"; readonly shipmentId: string }
  /** Pay. Irreversible. */
  | {
      readonly kind: "buy";
      readonly shipmentId: string;
      readonly rate: Rate;
      /** Which service was wanted and why, in words, for the journal. */
      readonly wish: string;
      /** Prices of the parcels that are to be bought after it; see `Purchase.beside`. */
      readonly beside: readonly Money[];
      /** The rule that wants a human to agree. */
      readonly approvalRule: string | null;
    }
  /** Ask for the money back. Irreversible. */
  | { readonly kind: "void"; readonly shipmentId: string }
  /** Look at the provider for labels that a restored database has forgotten, and take them over. */
  | { readonly kind: "verify" }
  /** Find out by reading what became of a call whose answer was lost. */
  | { readonly kind: "resolve"; readonly effectKey: string }
  /** Fetch the label's file. */
  | { readonly kind: "download_label"; readonly shipmentId: string }
  /** Tell the shop that the units left. Irreversible. */
  | { readonly kind: "fulfil"; readonly shipmentId: string }
  /** The shop already has a fulfillment with our number: remember it. */
  | { readonly kind: "adopt_fulfillment"; readonly shipmentId: string; readonly fulfillmentId: string }
  /** Put the number of a newer label on the fulfillment of an older one. Irreversible. */
  | { readonly kind: "update_tracking"; readonly shipmentId: string; readonly fulfillmentId: string }
  /** Pass on what the carrier said, oldest first. */
  | {
      readonly kind: "post_events";
      readonly shipmentId: string;
      readonly fulfillmentId: string;
      readonly checkpoints: readonly TrackingCheckpoint[];
    }
  /** Put the tags on the order that rules ask for; those that are there already change nothing. */
  | { readonly kind: "add_tags"; readonly tags: readonly string[] }
  /** Show the status in the shop. */
  | { readonly kind: "mirror"; readonly status: OrderStatus; readonly digest: string | null };

export type ActionKind = Action["kind"];

/** Actions that cannot be taken back or repeated blindly: at most one in a decision. */
export const IRREVERSIBLE: ReadonlySet<ActionKind> = new Set<ActionKind>(["buy", "void", "fulfil", "update_tracking"]);

export interface Decision {
  readonly judgement: Judgement;
  /** To be done in this order; the first that does not succeed ends the round. */
  readonly actions: readonly Action[];
  /** When to look again although nothing was heard; `null`: events, tracking and resync suffice. */
  readonly lookAgainAt: Instant | null;
  readonly findings: readonly Finding[];
  /** What matching rules want to be told in the timeline, once. */
  readonly notes: readonly string[];
}
