/**
 * How people name an order: `1001`, `#1001`, `gid://shopify/Order/820982911946154508`, or the address of its page in
 * Shopify's admin. Names may repeat over the years; ids do not.
 */
import { UsageError } from "../base/errors.ts";
import type { OrderId } from "../core/order.ts";
import { formatInstant } from "../core/time.ts";
import type { Orders, StoredOrder } from "../store/types.ts";
import { cleanText, shellName } from "./output.ts";

/** `id`: what it is if it is an id; `name`: what it is if it is a name. A long number may be either. */
export interface OrderReference {
  readonly text: string;
  readonly id: OrderId | null;
  readonly name: string | null;
}

/** An order that exists, here or in the shop. */
export interface FoundOrder {
  readonly id: OrderId;
  readonly name: string;
  /** `null` when shipbot has not seen it yet. */
  readonly stored: StoredOrder | null;
}

/** The questions to the shop when an order is not known here. They may throw `RemoteError`. */
export interface ShopLookup {
  findOrders(name: string): Promise<readonly { readonly id: OrderId; readonly name: string }[]>;
  readOrder(id: OrderId): Promise<{ readonly id: OrderId; readonly name: string } | null>;
}

const GID = /^gid:\/\/shopify\/Order\/(\d{1,20})(?:\?.*)?$/;
const ADMIN_PAGE = /^https?:\/\/[^/]+\/(?:store\/[^/]+|admin)\/orders\/(\d{1,20})(?:[/?#].*)?$/;
/** Shopify's ids have 13 digits and more for years; the shortest ever seen have 9. */
const ID_DIGITS_MIN = 9;
/** Longer than any name that Shopify lets a merchant choose. */
const NAME_CHARACTERS_MAX = 64;
const SUGGESTIONS_MAX = 3;

/** Throws `UsageError` for what cannot be an order. */
export function parseOrderReference(text: string): OrderReference {
  const written = text.trim();
  const number = GID.exec(written)?.[1] ?? ADMIN_PAGE.exec(written)?.[1];
  if (number !== undefined) {
    return { text: written, id: toGid(number), name: null };
  }
  const bare = written.replace(/^#/, "");
  if (bare === "" || bare.length > NAME_CHARACTERS_MAX || /:\/\/|\s{2,}/.test(bare)) {
    throw new UsageError(
      `"${cleanText(written).slice(0, NAME_CHARACTERS_MAX)}" names no order`,
      "write its number (1001), its gid, or the address of its page in Shopify's admin",
    );
  }
  const maybeId = /^\d+$/.test(bare) && bare.length >= ID_DIGITS_MIN ? toGid(bare) : null;
  return { text: written, id: maybeId, name: bare };
}

function toGid(number: string): OrderId {
  return `gid://shopify/Order/${number}`;
}

/**
 * Finds every order or throws `UsageError` with what else may have been meant: nothing is done for some of them only.
 * `shop` `null`: only what is known here counts. `suggest` is the command that the remedy names.
 */
export async function resolveOrders(
  texts: readonly string[],
  orders: Orders,
  shop: ShopLookup | null,
): Promise<readonly FoundOrder[]> {
  const found = new Map<OrderId, FoundOrder>();
  for (const reference of texts.map(parseOrderReference)) {
    const order = (await findStored(reference, orders)) ?? (await findInShop(reference, orders, shop));
    if (order === null) {
      throw await unknownOrder(reference, orders, shop !== null);
    }
    found.set(order.id, order);
  }
  return [...found.values()];
}

async function findStored(reference: OrderReference, orders: Orders): Promise<FoundOrder | null> {
  const named = reference.name === null ? [] : await orders.findByName(reference.name);
  if (named.length > 1) {
    throw severalOrders(
      reference,
      named.map((order) => `${order.id} (first seen ${formatInstant(order.firstSeenAt).slice(0, 10)})`),
    );
  }
  const stored = named[0] ?? (reference.id === null ? null : await orders.get(reference.id));
  return stored === null ? null : { id: stored.id, name: stored.name, stored };
}

async function findInShop(
  reference: OrderReference,
  orders: Orders,
  shop: ShopLookup | null,
): Promise<FoundOrder | null> {
  if (shop === null) {
    return null;
  }
  const named = reference.name === null ? [] : await shop.findOrders(reference.name);
  if (named.length > 1) {
    throw severalOrders(
      reference,
      named.map((order) => order.id),
    );
  }
  const order = named[0] ?? (reference.id === null ? null : await shop.readOrder(reference.id));
  return order === null ? null : { id: order.id, name: order.name, stored: await orders.get(order.id) };
}

function severalOrders(reference: OrderReference, ids: readonly string[]): UsageError {
  return new UsageError(
    `${ids.length} orders are called ${cleanText(reference.text)}`,
    `name one by its id: ${ids.join(", ")}`,
  );
}

async function unknownOrder(reference: OrderReference, orders: Orders, askedShop: boolean): Promise<UsageError> {
  const text = cleanText(reference.text);
  const near = reference.name === null ? [] : await orders.nearestNames(reference.name, SUGGESTIONS_MAX);
  const suggestion = near.length === 0 ? null : `did you mean ${near.map(cleanText).join(", ")}?`;
  return askedShop
    ? new UsageError(
        `there is no order ${text}, neither here nor in the shop`,
        suggestion ?? "check the number in Shopify; one placed just now is found a few seconds later",
      )
    : new UsageError(
        `no order ${text} is known here`,
        `${suggestion === null ? "" : `${suggestion} Or ask the shop: `}shipbot sync --order ${shellName(text)}`,
      );
}
