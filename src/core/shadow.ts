/**
 * An order that was only watched has come to its end by other hands: what shipbot would have done beside what was done.
 * Pure. Shopify tells who carried it, and neither the service nor what the label cost.
 */
import type { FactValue, Judgement } from "./decision.ts";
import { isLiveFulfillment, type Order } from "./order.ts";

export interface Comparison {
  /** `unknown`: the shop was not told the carrier, or the people were quicker than shipbot's decision. */
  readonly verdict: "agree" | "differ" | "unknown";
  /** `USPS GroundAdvantage`, or `nothing: no_weight`. */
  readonly would: string;
  /** What the labels would have cost, such as `6.10 USD`. */
  readonly price: string | null;
  /** `sent with UPS`, `cancelled`. */
  readonly did: string;
}

/** `before`: where it stood when it was looked at last. `null` when there is nothing to compare: it is not over, or was over already. */
export function compareWithPeople(order: Order, before: Judgement, now: Judgement): Comparison | null {
  const isSent = now.status === "skipped" && now.reason === "already_fulfilled";
  const isCancelled = now.status === "cancelled";
  if (!["waiting", "ready_to_ship", "parked"].includes(before.status) || !(isSent || isCancelled)) {
    return null;
  }
  const wouldBuy = before.reason === "shadow";
  if (isCancelled) {
    return wouldBuy ? { ...wish(before.input), did: "cancelled", verdict: "differ" } : null;
  }
  const carriers = carriersOf(order);
  const did = carriers.length === 0 ? "sent, carrier not told" : `sent with ${carriers.join(" + ")}`;
  if (!wouldBuy) {
    const would = before.reason === null ? "not decided yet" : `nothing: ${before.reason}`;
    return { would, price: null, did, verdict: before.reason === null ? "unknown" : "differ" };
  }
  return { ...wish(before.input), did, verdict: compareCarriers(String(before.input["carriers"]), carriers) };
}

function wish(input: Readonly<Record<string, FactValue>>): Pick<Comparison, "would" | "price"> {
  return { would: String(input["service"]), price: String(input["price"]) };
}

function carriersOf(order: Order): readonly string[] {
  const tracking = order.fulfillments.filter(isLiveFulfillment).flatMap((fulfillment) => fulfillment.tracking);
  return [...new Set(tracking.flatMap(({ company }) => (company === null || company === "" ? [] : [company])))].sort();
}

/** Names are written in many ways: `DHL Express`, `DHLExpress`, `UPS®`. */
function compareCarriers(wanted: string, used: readonly string[]): Comparison["verdict"] {
  if (used.length === 0) {
    return "unknown";
  }
  const ours = wanted.split(" + ").map(plain);
  const theirs = used.map(plain);
  const isSame = (a: string) => (b: string) => a.startsWith(b) || b.startsWith(a);
  const agree = ours.every((name) => theirs.some(isSame(name))) && theirs.every((name) => ours.some(isSame(name)));
  return agree ? "agree" : "differ";
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
