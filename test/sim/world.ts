/**
 * Shopify and the shipping provider, the very fakes of `src/sandbox`, without HTTP between. They answer in wire format, so
 * that the program's own translation reads it; they keep the ledgers that the judge looks at. Around them: searches that
 * never show some orders, orders that nobody can read, a provider that sells one object twice.
 */
import type { HttpRequest } from "../../src/base/http.ts";
import { DAY_MS, type Instant } from "../../src/core/time.ts";
import { createFakeEasyPost, type FakeEasyPost } from "../../src/sandbox/easypost/fake-easypost.ts";
import { Faults, CALM as NO_FAULTS } from "../../src/sandbox/faults.ts";
import { seededRandom } from "../../src/sandbox/random.ts";
import { SANDBOX_API_KEY, SANDBOX_WEBHOOK_SECRET } from "../../src/sandbox/sandbox.ts";
import type { SandboxReply, SandboxRequest, SandboxRoute } from "../../src/sandbox/serve.ts";
import { createFakeShopify, type FakeShopify } from "../../src/sandbox/shopify/fake-shopify.ts";
import type { OrderSpec } from "../../src/sandbox/shopify/orders.ts";
import type { Engine } from "./engine.ts";
import { count, Facts } from "./facts.ts";
import type { Life } from "./life.ts";
import type { OrderKind, Schedule } from "./schedule.ts";

export const HOST = "127.0.0.1:1";
/** Where both send their webhooks. */
export const SHOP_HOOK = `http://${HOST}/webhooks/shopify`;
export const PROVIDER_HOOK = `http://${HOST}/webhooks/shipping/easypost`;

/** Between two scans of a parcel that moves, and of one that stays where it is for longer than any schedule. */
export const STEP_MS = 12_000;
const STILL_MS = 10 * DAY_MS;
/** A hidden order's first webhook may come late; repeats end within the minutes of a simulation. */
const RETRY_GAPS_MS = [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000];

const SPECS: Readonly<Record<OrderKind, OrderSpec>> = {
  plain: {},
  two_boxes: { lines: [{}, {}], fulfillmentOrders: [{ lines: [0] }, { lines: [1], location: 1 }] },
  many_units: { lines: [{ quantity: 3 }, { quantity: 2 }] },
  held_at_first: { hold: true },
  unpaid_at_first: { financialStatus: "PENDING" },
  untagged_at_first: { tags: [] },
  unrouted_at_first: { routed: false },
  cancelled: { cancelled: true },
  test: { test: true },
  pickup: { delivery: "pickup" },
  weightless: { lines: [{ grams: null }] },
  poisoned: {},
  failing: {},
};

export interface PlacedOrder {
  readonly index: number;
  readonly id: string;
  readonly kind: OrderKind;
  readonly isHidden: boolean;
  readonly placedAt: Instant;
  /** What was done to it behind our back. */
  readonly changes: string[];
}

export class World {
  readonly shopify: FakeShopify;
  readonly easypost: FakeEasyPost;
  readonly facts = new Facts();
  readonly orders: PlacedOrder[] = [];
  readonly faults: Faults;
  readonly #engine: Engine;
  readonly #schedule: Schedule;
  readonly #routes: readonly SandboxRoute[];
  /** Since when each fulfillment order must not ship, in moments. */
  readonly #unwanted = new Map<string, { readonly since: number; readonly why: string }>();
  /** Reference of each object of the provider. */
  readonly #references = new Map<string, string>();
  /** When the provider last answered a life about a parcel, in moments: `<life> <reference>`. */
  readonly #answered = new Map<string, number>();
  /** When a life was told that it bought a label for a fulfillment order, in moments. */
  readonly #boughtAt = new Map<string, number>();
  /** What the provider answered about each object before its purchase. */
  readonly #unbought = new Map<string, SandboxReply>();

  constructor(engine: Engine, schedule: Schedule) {
    this.#engine = engine;
    this.#schedule = schedule;
    const clock = engine.worldClock();
    const { dropped, doubled, delayed } = schedule.webhooks;
    this.faults = new Faults(
      {
        rates: { webhook_dropped: dropped, webhook_doubled: doubled, webhook_delayed: delayed },
        delayMaxMs: 30_000,
      },
      seededRandom(schedule.seed ^ 0x77),
    );
    this.shopify = createFakeShopify({
      ...{ clock, faults: this.faults, random: seededRandom(schedule.seed ^ 0x11), indexLagMs: schedule.indexLagMs },
      webhooks: { retryGapsMs: RETRY_GAPS_MS },
      shop: { myshopifyDomain: HOST },
    });
    this.shopify.setWebhookSink(SHOP_HOOK);
    this.easypost = createFakeEasyPost({
      ...{ clock, faults: this.faults, random: seededRandom(schedule.seed ^ 0x22) },
      ...{
        apiKey: SANDBOX_API_KEY,
        stepMs: schedule.journey ? STEP_MS : STILL_MS,
        refundMs: STEP_MS,
        webhookRetryMs: 5_000,
      },
      webhook: { url: PROVIDER_HOOK, secret: SANDBOX_WEBHOOK_SECRET },
    });
    this.#routes = [...this.shopify.routes(), ...this.easypost.routes];
  }

  /** No more faults of webhooks: from now on what is sent arrives. */
  calm(): void {
    this.faults.setPlan(NO_FAULTS);
  }

  place(index: number, kind: OrderKind, isHidden: boolean): void {
    const { id } = this.shopify.addOrder({ tags: ["ready_to_ship"], ...SPECS[kind] });
    this.orders.push({ index, id, kind, isHidden, placedAt: this.#engine.now, changes: [] });
    this.judgeWishes();
  }

  /** Notes which fulfillment orders must not ship from this moment on. Called after every change. */
  judgeWishes(): void {
    for (const order of this.shopify.orders()) {
      for (const fulfillmentOrder of order.fulfillmentOrders) {
        const why = reasonNotToShip(order, fulfillmentOrder);
        const known = this.#unwanted.get(fulfillmentOrder.id);
        if (why === null) {
          this.#unwanted.delete(fulfillmentOrder.id);
        } else if (known === undefined) {
          this.#unwanted.set(fulfillmentOrder.id, { since: this.#engine.moment, why });
        }
      }
    }
  }

  /** Whether some of it could still be shipped. */
  hasOpenWork(order: Listed): boolean {
    return order.fulfillmentOrders.some(({ id, status }) => status === "OPEN" && this.isWanted(id));
  }

  isWanted(fulfillmentOrderId: string): boolean {
    return !this.#unwanted.has(fulfillmentOrderId);
  }

  now(): Instant {
    return this.#engine.now;
  }

  /** Called when a call leaves its process. */
  noteSending(life: Life, request: HttpRequest): void {
    this.#noteFulfilling(life, request);
    const bought = /\/shipments\/([^/]+)\/buy$/.exec(request.url)?.[1];
    const reference = this.#references.get(bought ?? "");
    if (reference === undefined) {
      return;
    }
    const number = /_(\d+)-\d+-\d+$/.exec(reference)?.[1] ?? "";
    const fulfillmentOrderId = `gid://shopify/FulfillmentOrder/${number}`;
    const unwanted = this.#unwanted.get(fulfillmentOrderId);
    const orderId = this.orderOf(fulfillmentOrderId);
    this.facts.sentPurchases.push({
      ...{ reference, life: life.name, at: this.#engine.now },
      unwantedSince: unwanted?.since ?? null,
      why: unwanted?.why ?? null,
      readAt: orderId === null ? null : this.facts.lastReadBy(life.name, orderId),
      answeredAt: this.#answered.get(`${life.name} ${reference}`) ?? null,
    });
  }

  /** What was noted of purchases has to be all that were made, or the judge is blind. */
  assertNoted(): void {
    const noted = new Set(this.facts.sentPurchases.map(({ reference }) => reference));
    for (const { reference } of this.easypost.ledger().purchases) {
      if (!noted.has(reference ?? "")) {
        throw new Error(`a purchase was made that nobody was seen to send: ${reference}`);
      }
    }
  }

  /** A fulfillment is told after a look at the order that is younger than the purchase of its label. */
  #noteFulfilling(life: Life, { operation, body = "" }: HttpRequest): void {
    const fulfillmentOrderId =
      operation === "FulfillmentCreate" ? /gid:\/\/shopify\/FulfillmentOrder\/\d+/.exec(body)?.[0] : undefined;
    const orderId = fulfillmentOrderId === undefined ? null : this.orderOf(fulfillmentOrderId);
    if (orderId !== null) {
      const boughtAt = this.#boughtAt.get(`${life.name} ${fulfillmentOrderId}`) ?? null;
      const readAt = this.facts.lastReadBy(life.name, orderId);
      this.facts.sentFulfillments.push({ orderId, boughtAt, readAt });
    }
  }

  /** Called when an answer has reached its process. */
  noteAnswered(life: Life, request: HttpRequest): void {
    const reference = this.#referenceIn(request);
    if (reference !== null) {
      this.#answered.set(`${life.name} ${reference}`, this.#engine.moment);
      if (request.url.endsWith("/buy")) {
        const number = /_(\d+)-\d+-\d+$/.exec(reference)?.[1] ?? "";
        this.#boughtAt.set(`${life.name} gid://shopify/FulfillmentOrder/${number}`, this.#engine.moment);
      }
    }
  }

  /** Another app tells the shop that it shipped this, through the same API. */
  fulfilFromElsewhere(fulfillmentOrderId: string): void {
    const [route] = this.#routes;
    const query = `mutation Elsewhere($id: ID!) { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder:
      [{ fulfillmentOrderId: $id }], trackingInfo: { number: "ELSEWHERE-1" } }) { fulfillment { id } } }`;
    void route?.handle({
      method: "POST",
      path: "/admin/api/2026-10/graphql.json",
      query: new URLSearchParams(),
      headers: { "x-shopify-access-token": this.shopify.credentials.accessToken },
      body: Buffer.from(JSON.stringify({ query, operationName: "Elsewhere", variables: { id: fulfillmentOrderId } })),
    });
  }

  orderOf(fulfillmentOrderId: string): string | null {
    const order = this.shopify
      .orders()
      .find(({ fulfillmentOrderIds }) => fulfillmentOrderIds.includes(fulfillmentOrderId));
    return order?.id ?? null;
  }

  /** The request arrives: the effect happens now, all at once. */
  async handle(life: Life, request: HttpRequest, isStale = false): Promise<SandboxReply> {
    const url = new URL(request.url);
    const arrived: SandboxRequest = {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: { ...lowered(request.headers), host: HOST },
      body: Buffer.from(request.body ?? ""),
    };
    const route = this.#routes.find(({ prefix }) => arrived.path.startsWith(prefix));
    if (route === undefined) {
      return { status: 404, body: "not found" };
    }
    const reply = arrived.path.startsWith("/admin/")
      ? await this.#askShop(life, route, arrived, request)
      : await this.#askProvider(route, arrived, isStale);
    if (request.effect === "write") {
      this.#engine.effects += 1;
      this.judgeWishes();
    }
    return reply;
  }

  async #askShop(
    life: Life,
    route: SandboxRoute,
    arrived: SandboxRequest,
    { operation, effect, body = "" }: HttpRequest,
  ): Promise<SandboxReply> {
    const named = this.orders.filter(({ id }) => operation === "OrdersByIds" && body.includes(id));
    if (named.some(({ kind }) => kind === "failing")) {
      return { status: 500, body: "Internal Server Error" };
    }
    const reply = await route.handle(arrived);
    for (const { id } of named) {
      this.facts.addRead(id, { life: life.name, at: this.#engine.now, moment: this.#engine.moment });
    }
    if (effect === "write") {
      count(this.facts.shopWrites, operation);
    }
    return this.#disguise(operation, reply, named);
  }

  /** Leaves hidden orders out of searches, and makes nonsense of poisoned ones. */
  #disguise(operation: string, reply: SandboxReply, named: readonly PlacedOrder[]): SandboxReply {
    const hidden = this.orders.filter(({ isHidden }) => isHidden);
    const isSearch = operation === "OrdersChanged" || operation === "FulfillmentOrdersChanged";
    const isPoisoned = named.some(({ kind }) => kind === "poisoned");
    if (!isPoisoned && !(isSearch && hidden.length > 0)) {
      return reply;
    }
    const body = JSON.parse(JSON.stringify(reply.body)) as {
      data?: Record<string, { nodes?: Record<string, unknown>[] } | Record<string, unknown>[]>;
    };
    for (const value of Object.values(body.data ?? {})) {
      const nodes = (Array.isArray(value) ? value : value?.nodes) ?? [];
      const ids = new Set(hidden.map(({ id }) => id));
      const kept = isSearch ? nodes.filter((node) => !ids.has(String(node["orderId"] ?? node["id"]))) : nodes;
      nodes.splice(0, nodes.length, ...kept);
      for (const node of nodes) {
        if (!isSearch && named.some(({ id, kind }) => id === node["id"] && kind === "poisoned")) {
          node["fulfillmentOrders"] = { nodes: "?" };
        }
      }
    }
    return { ...reply, body };
  }

  async #askProvider(route: SandboxRoute, arrived: SandboxRequest, isStale: boolean): Promise<SandboxReply> {
    const id = /^\/v2\/shipments\/(shp_[^/]+)/.exec(arrived.path)?.[1] ?? "";
    const isCreation = arrived.method === "POST" && arrived.path === "/v2/shipments";
    const earlier = this.#unbought.get(id);
    const isRead = arrived.method === "GET";
    if (isRead && isStale && earlier !== undefined) {
      return earlier;
    }
    const reply = await route.handle(arrived);
    if (isCreation && reply.status === 201) {
      const created = JSON.parse(String(reply.body)) as { readonly id: string; readonly reference: string };
      this.#references.set(created.id, created.reference);
      this.#unbought.set(created.id, reply);
    }
    const reference = this.#references.get(id);
    if (!isRead && reference !== undefined) {
      count(this.facts.providerWrites, reference);
    }
    if (!this.#schedule.isGuarded && isRefusedAsSold(reply) && reference !== undefined) {
      // Another kind of provider: the same object is sold once more, for money.
      this.facts.soldTwice.push(reference);
      return route.handle({ ...arrived, method: "GET", path: `/v2/shipments/${id}`, body: Buffer.alloc(0) });
    }
    return reply;
  }

  #referenceIn(request: HttpRequest): string | null {
    const id = /\/shipments\/([^/?]+)/.exec(request.url)?.[1];
    if (id !== undefined) {
      return this.#references.get(id) ?? (id.startsWith("shipbot_") ? decodeURIComponent(id) : null);
    }
    return /"reference":"([^"]+)"/.exec(request.body ?? "")?.[1] ?? null;
  }
}

type Listed = ReturnType<FakeShopify["orders"]>[number];

/** In the shop's own terms, without a look at the program's checks. */
function reasonNotToShip(order: Listed, fulfillmentOrder: Listed["fulfillmentOrders"][number]): string | null {
  if (order.cancelledAt !== null) {
    return "cancelled";
  }
  if (order.test) {
    return "a test";
  }
  if (!["PAID", "PARTIALLY_REFUNDED"].includes(order.financialStatus)) {
    return "not paid";
  }
  if (!order.tags.some((tag) => tag === "ready_to_ship" || tag === "ready-to-ship")) {
    return "not tagged";
  }
  if (fulfillmentOrder.holds.length > 0) {
    return "on hold";
  }
  if (fulfillmentOrder.methodType !== "SHIPPING" && fulfillmentOrder.methodType !== null) {
    return "not shipped by carrier";
  }
  // A label that replaces a voided one is bought for units that the shop counts as fulfilled.
  const hasFulfillment = order.fulfillments.some(
    ({ status, parts }) =>
      status === "SUCCESS" && parts.some((part) => part.fulfillmentOrderId === fulfillmentOrder.id),
  );
  return fulfillmentOrder.status === "CLOSED" && !hasFulfillment ? "closed" : null;
}

function isRefusedAsSold(reply: SandboxReply): boolean {
  return reply.status === 422 && String(reply.body).includes("SHIPMENT.POSTAGE.EXISTS");
}

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
