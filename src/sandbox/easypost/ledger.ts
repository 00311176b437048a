/**
 * The truth about money and messages: every purchase, refund and webhook attempt, in the order they happened. Entries are
 * only ever added, none is changed or removed; double purchases are judged by this and by nothing else. It grows with what
 * the process did and lives as long as it.
 */
import type { Instant } from "../../core/time.ts";

export interface LedgerPurchase {
  readonly at: Instant;
  readonly shipmentId: string;
  readonly reference: string | null;
  readonly trackingCode: string;
  readonly trackerId: string;
  readonly carrier: string;
  readonly service: string;
  readonly rateId: string;
  /** Of the postage. */
  readonly amountMinor: number;
  /** 0 without insurance. */
  readonly insuredMinor: number;
  /** Rounded up to a cent. */
  readonly insuranceFeeMinor: number;
  readonly currency: string;
}

export interface LedgerRefund {
  readonly at: Instant;
  readonly shipmentId: string;
  readonly trackingCode: string;
  /** `submitted`, and later `refunded` as an entry of its own; or `rejected`. */
  readonly status: "submitted" | "refunded" | "rejected";
}

export interface LedgerWebhook {
  readonly at: Instant;
  readonly eventId: string;
  readonly description: string;
  readonly trackerId: string;
  readonly webhookId: string;
  /** 1 for the first try; 0 when nothing was sent at all. */
  readonly attempt: number;
  /**
   * `answered` with 2xx · `failed`, to be tried again · `abandoned` after the last try · `dropped` by a fault ·
   * `refused` because the address is not loopback or too much is pending.
   */
  readonly outcome: "answered" | "failed" | "abandoned" | "dropped" | "refused";
  /** HTTP status of the answer; `null` without one. */
  readonly status: number | null;
}

export interface LedgerSnapshot {
  readonly purchases: readonly LedgerPurchase[];
  readonly refunds: readonly LedgerRefund[];
  readonly webhooks: readonly LedgerWebhook[];
}

export class Ledger {
  readonly #purchases: LedgerPurchase[] = [];
  readonly #refunds: LedgerRefund[] = [];
  readonly #webhooks: LedgerWebhook[] = [];

  addPurchase(entry: LedgerPurchase): void {
    this.#purchases.push(Object.freeze({ ...entry }));
  }

  addRefund(entry: LedgerRefund): void {
    this.#refunds.push(Object.freeze({ ...entry }));
  }

  addWebhook(entry: LedgerWebhook): void {
    this.#webhooks.push(Object.freeze({ ...entry }));
  }

  /** Copies: what a caller does to them changes nothing here. */
  snapshot(): LedgerSnapshot {
    return { purchases: [...this.#purchases], refunds: [...this.#refunds], webhooks: [...this.#webhooks] };
  }
}
