/**
 * The API we buy labels from. Same rules as `shop.ts`: reads throw `RemoteError`, calls that change something return an
 * `Outcome`. Anything between "certainly done" and "certainly not done" is `unknown`.
 */

import type { CustomsDeclaration } from "../core/customs.ts";
import type { Outcome } from "../core/failure.ts";
import type { KeyKind } from "../core/key-guard.ts";
import type { InsuranceTerms, LabelOptions } from "../core/label-options.ts";
import type { Money } from "../core/money.ts";
import type { Address } from "../core/order.ts";
import type { Parcel } from "../core/parcel.ts";
import type { Rate } from "../core/rate.ts";
import type { LabelFormat, TrackingCheckpoint } from "../core/shipment.ts";
import type { Instant } from "../core/time.ts";

export interface ShipmentRequest {
  /** Carried by the provider's object; the way back to it after a lost answer. */
  readonly reference: string;
  readonly from: Address;
  readonly to: Address;
  readonly parcel: Parcel;
  /**
   * Insurance is paid for with the label, everything else has to be said before. What a provider cannot do with the parcel
   * at all is refused; what a single carrier cannot do gives no rate of that carrier, with a message that says so.
   */
  readonly options: LabelOptions;
  /** For a parcel that crosses a customs border; otherwise left out or `null`. */
  readonly customs?: CustomsDeclaration | null;
}

/** The provider's free object before the purchase, and the paid one after it. */
export interface ProviderShipment {
  readonly id: string;
  readonly reference: string | null;
  readonly rates: readonly Rate[];
  /** Why carriers gave no rate, in their words, without personal data. */
  readonly messages: readonly string[];
  /** Set when a label was bought for it, whoever asked. */
  readonly purchase: Purchase | null;
}

export interface Purchase {
  readonly rate: Rate;
  /** What was charged for insurance besides the rate; `null` when nothing was. */
  readonly insuranceCost: Money | null;
  /** What it is insured for by the answer; `null` when it says nothing of it. */
  readonly insured: Money | null;
  readonly trackingNumber: string;
  readonly trackingUrl: string | null;
  readonly trackerId: string | null;
  readonly labelUrl: string | null;
  /** `true` when a refund was asked for or granted: the label must not be used. */
  readonly refunded: boolean;
  /** When the provider says that it was bought; `null` when it does not say. */
  readonly boughtAt: Instant | null;
}

export interface LabelFile {
  readonly bytes: Uint8Array;
  /** What the bytes are, whatever was asked for. */
  readonly format: LabelFormat;
}

export interface ShippingProvider {
  /** As in the setting SHIPPING_PROVIDER. */
  readonly name: string;
  /**
   * Whether one provider shipment can hold only one label, so that buying the SAME object again after a read showed no
   * purchase cannot pay twice. Where this is false an unknown purchase that a read cannot find is parked.
   */
  readonly purchaseIsGuarded: boolean;
  /** What the key says of itself, without a call. */
  readonly keyKind: KeyKind;
  /** What it insures and what for at most; `null` when it sells no insurance. */
  readonly insurance: InsuranceTerms | null;

  /** Proves the credential with a cheap read. */
  verify(): Promise<{ readonly mode: "test" | "live" | "unknown" }>;

  /** Creates the free object and asks for rates. A repeat makes another free object with the same reference: harmless. */
  createShipment(request: ShipmentRequest): Promise<Outcome<ProviderShipment>>;

  /** The newest object that carries our reference, bought ones first; `null` when there is none. */
  findShipment(reference: string): Promise<ProviderShipment | null>;

  /** The object as it stands. Kind `missing` when the provider does not know it. */
  readShipment(id: string): Promise<ProviderShipment>;

  /** Asks for new prices for the same object; old rate ids may stop working. */
  refreshRates(id: string): Promise<ProviderShipment>;

  /** Pays, for insurance of `insured` too. `done` also when the provider says that it was paid before: the value is what was bought. Never retried inside. */
  buy(id: string, rateId: string, insured?: Money | null): Promise<Outcome<Purchase>>;

  /** Asks for the money back. `done` when the refund was accepted or had been before. */
  void(id: string): Promise<Outcome<void>>;

  /** The label's bytes; may be fetched any number of times while the provider keeps it. */
  downloadLabel(id: string, format: LabelFormat): Promise<LabelFile>;

  /** Everything the carrier said so far, in any order; the caller sorts out what is new. */
  track(parcel: {
    readonly trackerId: string | null;
    readonly trackingNumber: string;
    readonly carrier: string;
  }): Promise<readonly TrackingCheckpoint[]>;

  /** The page where a customer follows the parcel, when the provider gives none. */
  trackingPage(carrier: string, trackingNumber: string): string | null;
  /** The carrier's name as Shopify spells it, so that it links the number (`USPS`, `DHL Express`). */
  shopCarrierName(carrier: string): string;
}
