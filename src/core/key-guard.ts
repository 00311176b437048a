/**
 * A test key buys labels that no carrier takes, a live key spends money on orders that nobody placed: whether the
 * provider's key and the shop are of one kind. Pure. Where either does not tell, nothing is stopped.
 */
import { type CheckResult, pass, stop } from "./check-result.ts";
import type { DecisionInput } from "./decision.ts";

export type KeyKind = "test" | "live" | "unknown";
export type ShopKind = "development" | "live" | "unknown";

export function checkKey({ policy, provider, shopKind }: DecisionInput): CheckResult {
  const facts = { provider: provider.name, key: provider.keyKind, shop: shopKind };
  if (provider.keyKind === "test" && shopKind === "live" && !policy.guards.allowTestKey) {
    return stop("park", "test_key_on_live_shop", facts);
  }
  if (provider.keyKind === "live" && shopKind === "development" && !policy.guards.allowLiveKey) {
    return stop("park", "live_key_on_development_shop", facts);
  }
  return pass(facts);
}
