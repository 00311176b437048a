/**
 * The control API over HTTP, for tests that run shipbot as a process of its own. Never faulty. Bodies are JSON, trusted:
 * who can reach the sandbox's port may do everything to it.
 *
 *     GET  /sandbox/shopify/ledger
 *     GET  /sandbox/shopify/orders
 *     POST /sandbox/shopify/orders                 an OrderSpec
 *     POST /sandbox/shopify/orders/:id/cancel      {reason}
 *     POST /sandbox/shopify/orders/:id/route
 *     POST /sandbox/shopify/orders/:id/hold        {reason, notes, handle, index}
 *     POST /sandbox/shopify/orders/:id/release     {index}
 *     POST /sandbox/shopify/orders/:id/tag         {add, remove}
 *     POST /sandbox/shopify/orders/:id/address     an address
 *     POST /sandbox/shopify/orders/:id/line        {line, quantity}
 *     POST /sandbox/shopify/orders/:id/payment     {financialStatus}
 *     POST /sandbox/shopify/access                 {revoked, scopes, closedWith}
 *     POST /sandbox/shopify/webhooks               {sink}
 */
import type { SandboxReply, SandboxRequest, SandboxRoute } from "../serve.ts";
import { MerchantRefusal } from "./merchant.ts";
import type { HoldSpec, OrderSpec } from "./orders.ts";
import type { StoredAddress } from "./records.ts";
import { type ShopControl, UnknownOrder } from "./shop-control.ts";

const PREFIX = "/sandbox/shopify/";

interface ControlBody extends HoldSpec {
  readonly index?: number;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly line?: number;
  readonly quantity?: number;
  readonly financialStatus?: string;
  readonly revoked?: boolean;
  readonly scopes?: readonly string[];
  readonly closedWith?: number | null;
  readonly sink?: string | null;
}

export function controlRoute(shop: ShopControl): SandboxRoute {
  return {
    prefix: PREFIX,
    faulty: false,
    describe: (request) => `${request.method} ${request.path}`,
    handle: async (request) => {
      try {
        return answer(shop, request);
      } catch (error) {
        if (error instanceof UnknownOrder || error instanceof MerchantRefusal) {
          return { status: error instanceof UnknownOrder ? 404 : 409, body: { error: error.message } };
        }
        throw error;
      }
    },
  };
}

function answer(shop: ShopControl, request: SandboxRequest): SandboxReply {
  const [what = "", rawId, action] = request.path.slice(PREFIX.length).split("/");
  if (request.method === "GET") {
    switch (what) {
      case "ledger":
        return { status: 200, body: shop.ledger() };
      case "orders":
        return { status: 200, body: shop.orders() };
      default:
        return unknownRoute(request);
    }
  }
  const body: unknown = request.body.length === 0 ? {} : JSON.parse(request.body.toString("utf8"));
  if (what === "orders" && rawId === undefined) {
    const { id, name } = shop.addOrder(body as OrderSpec);
    return { status: 201, body: { id, name } };
  }
  if (what === "orders" && rawId !== undefined && action !== undefined) {
    return act(shop, decodeURIComponent(rawId), action, body as ControlBody) ? DONE : unknownRoute(request);
  }
  return configure(shop, what, body as ControlBody) ? DONE : unknownRoute(request);
}

const DONE: SandboxReply = { status: 200, body: { done: true } };

function act(shop: ShopControl, id: string, action: string, body: ControlBody): boolean {
  switch (action) {
    case "cancel":
      shop.cancelOrder(id, body.reason);
      return true;
    case "route":
      shop.routeOrder(id);
      return true;
    case "hold":
      shop.holdFulfillmentOrder(id, body, body.index);
      return true;
    case "release":
      shop.releaseHold(id, body.index);
      return true;
    case "tag":
      shop.addTags(id, body.add ?? []);
      shop.removeTags(id, body.remove ?? []);
      return true;
    case "address":
      shop.setAddress(id, body as Partial<StoredAddress>);
      return true;
    case "line":
      shop.editLineQuantity(id, body.line ?? 0, body.quantity ?? 0);
      return true;
    case "payment":
      shop.setFinancialStatus(id, body.financialStatus ?? "PAID");
      return true;
    default:
      return false;
  }
}

function configure(shop: ShopControl, what: string, body: ControlBody): boolean {
  if (what === "webhooks") {
    shop.setWebhookSink(body.sink ?? null);
    return true;
  }
  if (what !== "access") {
    return false;
  }
  if (body.revoked !== undefined) {
    body.revoked ? shop.revokeToken() : shop.restoreToken();
  }
  if (body.scopes !== undefined) {
    shop.setScopes(body.scopes);
  }
  if (body.closedWith !== undefined) {
    shop.closedWith = body.closedWith;
  }
  return true;
}

function unknownRoute(request: SandboxRequest): SandboxReply {
  return { status: 404, body: { error: `the sandbox has no ${request.method} ${request.path}` } };
}
