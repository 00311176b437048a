/**
 * Ids as Shopify makes them: `gid://shopify/<Type>/<number>`, ascending, with a 64-bit number. Those of orders, lines and
 * fulfillment orders start above 2^53 here, so that a client that makes JavaScript numbers of them gets the wrong order.
 */

const STARTS: Readonly<Record<string, bigint>> = {
  Order: 820_982_911_946_154_508n,
  LineItem: 487_817_672_276_298_554n,
  FulfillmentOrder: 1_046_000_778_000_000_123n,
  FulfillmentOrderLineItem: 1_058_737_482_000_000_301n,
  Fulfillment: 7_879_285_309_746n,
  FulfillmentEvent: 35_254_881_059_122n,
  FulfillmentHold: 299_245_338_930n,
  Metafield: 35_330_177_695_977n,
  WebhookSubscription: 1_834_011_754_802n,
  MailingAddress: 35_614_821_908_786n,
};
const START = 1_000_001n;

export function gid(type: string, number: bigint | string): string {
  return `gid://shopify/${type}/${number}`;
}

export interface ParsedGid {
  readonly type: string;
  readonly number: bigint;
}

/** `null` when it is no gid. */
export function parseGid(id: string): ParsedGid | null {
  const match = /^gid:\/\/shopify\/([A-Za-z]+)\/(\d+)$/.exec(id);
  return match === null ? null : { type: match[1] ?? "", number: BigInt(match[2] ?? "0") };
}

/** The number in a gid that this sandbox made. */
export function numberOf(id: string): bigint {
  return parseGid(id)?.number ?? 0n;
}

/** Hands out ascending ids per type. */
export class IdSource {
  readonly #next = new Map<string, bigint>();

  next(type: string): string {
    const number = this.#next.get(type) ?? STARTS[type] ?? START;
    this.#next.set(type, number + 1n);
    return gid(type, number);
  }
}
