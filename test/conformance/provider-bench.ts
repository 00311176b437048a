/** What a shipping provider is tested with: the adapter, a server that it speaks real HTTP with, and that server's books. */
import type { Instant } from "../../src/core/time.ts";
import type { ShippingProvider } from "../../src/ports/shipping-provider.ts";

export type Write = "create" | "buy" | "void";

/** How an answer gets lost: before or after the server acted; by a cut connection, a gateway's page, or half an answer. */
export const LOSSES = [
  "reset_before",
  "reset_after",
  "server_error_before",
  "server_error_after",
  "truncated_after",
] as const;
export type Loss = (typeof LOSSES)[number];

/** One provider with its server, and what tests may do to the server. */
export interface ProviderBench {
  readonly provider: ShippingProvider;
  now(): Instant;
  /** The next call of this kind gets no usable answer. */
  lose(write: Write, loss: Loss): void;
  /** The next call of any kind is cut off. */
  loseAnyRead(): void;
  /** The next purchase is carried out only when a second one has been asked for. */
  overlap(): void;
  /** The next call, whatever it is, is told to slow down and not carried out. */
  throttle(): void;
  setFunds(enough: boolean): void;
  setCredential(valid: boolean): void;
  /** Whether carriers give rates. */
  setRates(available: boolean): void;
  /** Moves time until the parcel is delivered. */
  deliver(): void;
  /** The server's own books: a provider shipment's id for each purchase ever made. */
  purchases(): readonly string[];
  /** And for each refund that was accepted. */
  refunds(): readonly string[];
  close(): Promise<void>;
}
