/** What one caller, and all callers together, may take from the web server. Tests use smaller ones. */
import type { DurationMs } from "../core/time.ts";

export interface ServerLimits {
  readonly headerBytesMax: number;
  readonly headersTimeoutMs: DurationMs;
  readonly requestTimeoutMs: DurationMs;
  readonly checkIntervalMs: DurationMs;
  readonly inactivityTimeoutMs: DurationMs;
  readonly keepAliveTimeoutMs: DurationMs;
  readonly connectionsMax: number;
  readonly readBodyBytesMax: number;
  readonly bodyBytesMax: number;
  readonly sharedBodyBytes: number;
  readonly lingerMs: DurationMs;
  readonly healthTimeoutMs: DurationMs;
}

export const DEFAULT_LIMITS: ServerLimits = {
  /** A webhook's headers are about 1 KB; proxies add some. Node answers 431 above it. */
  headerBytesMax: 16 * 1024,
  /** Shopify gives the whole exchange 5 s: slower headers are of no use to anybody. Node waits 60 s by default. */
  headersTimeoutMs: 5_000,
  /** Headers and body. Twice what Shopify grants, for a proxy that spools. Node waits 300 s by default. */
  requestTimeoutMs: 10_000,
  /** How late the two above may be noticed. Node looks every 30 s by default. */
  checkIntervalMs: 1_000,
  /** A caller that does not take its answer. */
  inactivityTimeoutMs: 20_000,
  /**
   * Longer than any proxy in front keeps an idle connection (Caddy 120 s, nginx and AWS 60 s): the proxy must be the one
   * that closes. Were it us, a webhook could meet a closing connection, and proxies do not repeat a POST.
   */
  keepAliveTimeoutMs: 130_000,
  /** An idle one costs about 20 KB, so this is 20 MB; a proxy uses tens. */
  connectionsMax: 1_024,
  /** Bodies up to here are searched for ids. Orders are 5 to 500 KB. */
  readBodyBytesMax: 2 * 1024 * 1024,
  /** Genuine ones up to here are still taken, with their hash only: a refusal would count against the subscription. */
  bodyBytesMax: 16 * 1024 * 1024,
  /** What all bodies together may hold beyond the small share that each request has for itself. */
  sharedBodyBytes: 48 * 1024 * 1024,
  /** How long a caller that is refused early may go on sending before the connection is cut. */
  lingerMs: 1_000,
  /** Container health checks give up after 3 s. */
  healthTimeoutMs: 2_500,
};
