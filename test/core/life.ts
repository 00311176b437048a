/**
 * The life of one order in memory: a shop and a provider that do what `decide` says, as `perform` would. Every round is
 * `decide` on the whole of it, then its actions; a broken promise about money, goods or the customer throws at once.
 */
import { decide } from "../../src/core/decide.ts";
import type { Action, Decision, DecisionInput, OrderRecord, ShipmentPlan } from "../../src/core/decision.ts";
import { type EffectKind, type EffectRecord, effectKey } from "../../src/core/effect.ts";
import { type FulfillmentOrder, findFulfillmentByTracking, type Order } from "../../src/core/order.ts";
import type { Policy } from "../../src/core/policy.ts";
import { advanceTracking, isLive, type ShipmentLine, type ShipmentRecord } from "../../src/core/shipment.ts";
import type { Spending } from "../../src/core/spending.ts";
import { type TrackingStatus, toFulfillmentEvent } from "../../src/core/status.ts";
import { type DurationMs, type Instant, MINUTE_MS } from "../../src/core/time.ts";
import { aFulfillment, aFulfillmentOrder, aLabel, anInput, aRate, aShipment } from "../support/builders.ts";
import { Goods, OWN_NUMBER, type Units } from "./goods.ts";
import { assertPromise, problemOfFulfilling, problemOfResting, problemOfVoiding } from "./promises.ts";

/**
 * `lost`: it did not happen, and the answer was lost on the way. `lost_done`: it happened. `lost_late`: it happens two
 * minutes later, when a look-up has long shown nothing; the provider takes one purchase per object, whatever comes.
 */
export type Answer = "done" | "refused" | "throttled" | "lost" | "lost_done" | "lost_late";

/** More rounds than any legal way of one order between two rests. */
const ROUNDS_MAX = 60;
const LATE_MS = 2 * MINUTE_MS;

export class Life {
  order: Order;
  record: OrderRecord;
  now: Instant;
  policy: Policy;
  /** What was spent before; what is bought here is not added. */
  spending: Spending;
  /** How the next calls of a kind are answered; `done` when there is none left. */
  readonly answers = new Map<EffectKind, Answer[]>();
  /** Every label that was ever paid for, by shipment. */
  readonly sold: string[] = [];
  /** What the customer was told of each shipment, in order. */
  readonly told: string[] = [];
  readonly #base: DecisionInput;
  readonly #goods = new Goods();
  readonly #printed = new Map<string, ShipmentPlan["to"]>();
  /** What happened although its answer was lost. */
  readonly #unseen = new Set<string>();
  readonly #arrivesAt = new Map<string, Instant>();
  #count = 0;

  constructor(overrides: Parameters<typeof anInput>[0] = {}) {
    this.#base = anInput(overrides);
    this.order = this.#base.order;
    this.record = this.#base.record;
    ({ now: this.now, policy: this.policy, spending: this.spending } = this.#base);
    this.#goods.learn(this.order.fulfillmentOrders);
  }

  /** What was cut off the answer is not seen. */
  get input(): DecisionInput {
    const { order, record, policy, spending, now } = this;
    const seen = order.incomplete.includes("fulfillments") ? { ...order, fulfillments: [] } : order;
    return { ...this.#base, order: seen, record, policy, spending, now };
  }

  decide(): Decision {
    return decide(this.input);
  }

  /** One decision and its actions; their kinds joined, empty at rest. */
  round(): string {
    const decision = this.decide();
    if (decision.actions.length === 0) {
      assertPromise(problemOfResting(decision, this.now));
    }
    for (const action of decision.actions) {
      this.#perform(action);
    }
    return decision.actions.map(({ kind }) => kind).join("+");
  }

  /** Rounds until nothing is left to do; what was done, the kinds of a round joined. Time stands still. */
  run(): readonly string[] {
    const rounds: string[] = [];
    while (rounds.length < ROUNDS_MAX) {
      const kinds = this.round();
      if (kinds === "") {
        return rounds;
      }
      rounds.push(kinds);
    }
    throw new Error(`it never comes to rest: ${rounds.slice(-6).join(", ")}`);
  }

  /** Runs, and again whenever `decide` asked to be called later, for so long. */
  runFor(durationMs: DurationMs): readonly string[] {
    const until = this.now + durationMs;
    const rounds = [...this.run()];
    for (let at = this.decide().lookAgainAt; at !== null && at <= until; at = this.decide().lookAgainAt) {
      this.now = at;
      rounds.push(...this.run());
    }
    this.now = until;
    return [...rounds, ...this.run()];
  }

  shipment(id: string): ShipmentRecord {
    const found = this.record.shipments.find((shipment) => shipment.id === id);
    if (found === undefined) {
      throw new Error(`no shipment ${id}`);
    }
    return found;
  }

  liveLabels(): readonly string[] {
    return this.record.shipments.filter(isLive).map(({ id }) => id);
  }

  // What happens in the world -------------------------------------------------------------------------------------

  set(change: Partial<Order>): void {
    this.order = { ...this.order, ...change };
    this.#goods.learn(this.order.fulfillmentOrders);
  }

  setFulfillmentOrder(index: number, change: Partial<FulfillmentOrder>): void {
    const changed = this.order.fulfillmentOrders.map((it, at) => (at === index ? { ...it, ...change } : it));
    this.set({ fulfillmentOrders: changed });
  }

  hold(hold: OrderRecord["hold"]): void {
    this.record = { ...this.record, hold };
  }

  /** `shipbot retry`. */
  liftRefusals(): void {
    const { shipments, effects } = this.record;
    this.record = {
      ...this.record,
      shipments: shipments.map((it) => (it.label === null ? { ...it, refusal: null, ratesAt: null } : it)),
      effects: effects.map((it) => (it.state === "refused" ? { ...it, state: "lifted" } : it)),
    };
  }

  track(id: string, ...statuses: readonly TrackingStatus[]): void {
    for (const status of statuses) {
      this.now += MINUTE_MS;
      this.#patch(id, { tracking: advanceTracking(this.shipment(id).tracking, [{ status, at: this.now }]) });
    }
  }

  /** Shopify (2026-10): the old fulfillment order stays closed, and a new one with new ids lists the units again. */
  cancelFulfillment(id: string): void {
    this.set({
      fulfillments: this.order.fulfillments.map((it) => (it.id === id ? { ...it, status: "cancelled" } : it)),
      fulfillmentOrders: [...this.order.fulfillmentOrders, this.#newFulfillmentOrder(this.#goods.take(id))],
    });
  }

  /** The first keeps its id and all but one unit of its first line; a new one lists that unit. */
  split(index: number): void {
    const [line, ...others] = this.order.fulfillmentOrders[index]?.lines ?? [];
    if (line !== undefined && line.quantityRemaining > 1) {
      this.setFulfillmentOrder(index, {
        lines: [{ ...line, quantityRemaining: line.quantityRemaining - 1 }, ...others],
      });
      const taken = this.#goods.of([{ id: line.id, quantity: 1 }]);
      this.set({ fulfillmentOrders: [...this.order.fulfillmentOrders, this.#newFulfillmentOrder(taken)] });
    }
  }

  /** Staff ship all that is left of it, with a label of their own. */
  fulfilElsewhere(index: number): void {
    const home = this.order.fulfillmentOrders[index];
    if (home?.canFulfil === true) {
      const lines = home.lines.map(({ id, quantityRemaining }) => ({ id, quantity: quantityRemaining }));
      this.#fulfil(home.id, lines, `STAFF-${this.#next()}`);
    }
  }

  // What decide wants done ----------------------------------------------------------------------------------------

  #perform(action: Action): void {
    switch (action.kind) {
      case "quote":
        this.#quote(action.plan, action.isNew);
        break;
      case "requote":
        this.#patch(action.shipmentId, { rates: [aRate()], ratesAt: this.now });
        break;
      case "abandon":
        this.#abandon(action.shipmentId);
        break;
      case "buy":
        this.#checkBuy(this.shipment(action.shipmentId));
        this.#call("buy", action.shipmentId);
        break;
      case "void":
        assertPromise(problemOfVoiding(this.shipment(action.shipmentId)));
        this.#call("void", action.shipmentId);
        break;
      case "resolve":
        this.#resolve(action.effectKey);
        break;
      case "download_label":
        this.#download(action.shipmentId);
        break;
      case "fulfil":
        this.#checkFulfil(this.shipment(action.shipmentId));
        this.#call("fulfil", action.shipmentId);
        break;
      case "adopt_fulfillment":
        this.#patch(action.shipmentId, { fulfillmentId: action.fulfillmentId });
        break;
      case "update_tracking":
        assertPromise(this.#goods.problemOfShowing(this.shipment(action.shipmentId), action.fulfillmentId));
        this.#call("update_tracking", action.shipmentId, { fulfillment: action.fulfillmentId });
        break;
      case "post_events":
        this.#postEvents(action);
        break;
      case "mirror":
        this.set({ mirroredStatus: { value: action.status, digest: `d${this.#next()}` } });
        break;
    }
  }

  #quote(plan: ShipmentPlan, isNew: boolean): void {
    const { shipmentId, fulfillmentOrderId, parcelNumber, parcelCount, generation, lines, parcel, fingerprint } = plan;
    const beside = this.record.shipments.some(
      (it) => it.fulfillmentOrderId === fulfillmentOrderId && isLive(it) && it.parcelNumber === parcelNumber,
    );
    assertPromise(beside, `${shipmentId} is planned beside a live label`);
    if (isNew) {
      const what = { fulfillmentOrderId, parcelNumber, parcelCount, generation, lines, parcel, fingerprint };
      const planned = aShipment(what);
      this.record = { ...this.record, shipments: [...this.record.shipments, planned] };
    }
    this.#printed.set(shipmentId, plan.to);
    const providerShipmentId = `shp_${shipmentId}`;
    this.#patch(shipmentId, { state: "quoted", providerShipmentId, rates: [aRate()], ratesAt: this.now });
  }

  /** As the contract of the action says: a purchase that arrived meanwhile is looked for, and taken over. */
  #abandon(id: string): void {
    const arrivesAt = this.#arrivesAt.get(id) ?? null;
    assertPromise(arrivesAt !== null && arrivesAt > this.now, `${id} is given up while its purchase is on its way`);
    if (arrivesAt === null) {
      this.#patch(id, { state: "abandoned" });
    } else {
      this.#keepLabel(id);
      this.#patchEffect(effectKey("buy", id), { state: "done", settledAt: this.now, failure: null });
    }
  }

  #postEvents({ shipmentId, fulfillmentId, checkpoints }: Extract<Action, { readonly kind: "post_events" }>): void {
    for (const { status } of checkpoints) {
      const word = toFulfillmentEvent(status) ?? "";
      this.#call("post_event", shipmentId, { fulfillment: fulfillmentId, status: word }, word);
      if (this.#effect(effectKey("post_event", shipmentId, word))?.state !== "done") {
        return;
      }
    }
  }

  /** Every call that changes something: journalled, answered as the test says, and done or not. */
  #call(kind: EffectKind, shipmentId: string, input: EffectRecord["input"] = {}, part?: string): void {
    const key = effectKey(kind, shipmentId, part);
    const earlier = this.#effect(key);
    assertPromise(["begun", "unknown", "done"].includes(earlier?.state ?? ""), `${key} is sent again`);
    const answer = this.answers.get(kind)?.shift() ?? "done";
    const outcomes: Readonly<Record<Answer, [EffectRecord["state"], string]>> = {
      done: ["done", ""],
      refused: ["refused", "rejected"],
      throttled: ["refused", "throttled"],
      lost: ["unknown", "outcome_unknown"],
      lost_done: ["unknown", "outcome_unknown"],
      lost_late: ["unknown", "outcome_unknown"],
    };
    const [state, failure] = outcomes[answer];
    const effect: EffectRecord = {
      ...{ key, kind, shipmentId, orderId: this.order.id, input, state, begunAt: this.now, settledAt: this.now },
      ...{ attempt: (earlier?.attempt ?? 0) + 1, lookups: 0, lookedUpAt: null },
      failure: failure === "" ? null : { kind: failure, message: "as the test says" },
    };
    this.record = { ...this.record, effects: [...this.record.effects.filter((it) => it.key !== key), effect] };
    if (answer === "lost_late" && kind === "buy") {
      this.#arrivesAt.set(shipmentId, this.now + LATE_MS);
    }
    if (answer === "lost_done") {
      this.#unseen.add(key);
    }
    if (answer === "done" || answer === "lost_done") {
      this.#happen(effect);
    }
    if (answer === "done") {
      this.#see(effect);
    }
  }

  /** The other side does it. */
  #happen({ kind, shipmentId, input }: EffectRecord): void {
    const shipment = this.shipment(shipmentId);
    if (kind === "fulfil") {
      this.#fulfil(shipment.fulfillmentOrderId, shipment.lines, `${OWN_NUMBER}${shipmentId}`);
    }
    if (kind === "update_tracking") {
      const tracking = [{ company: "USPS", number: `${OWN_NUMBER}${shipmentId}` }];
      const { fulfillments } = this.order;
      this.set({ fulfillments: fulfillments.map((it) => (it.id === input["fulfillment"] ? { ...it, tracking } : it)) });
    }
    if (kind === "post_event") {
      this.told.push(`${shipmentId} ${input["status"]}`);
    }
  }

  /** We hear of it. */
  #see({ kind, shipmentId }: EffectRecord): void {
    if (kind === "fulfil" || kind === "update_tracking") {
      const shown = findFulfillmentByTracking(this.order, `${OWN_NUMBER}${shipmentId}`);
      this.#patch(shipmentId, { fulfillmentId: shown?.id ?? null });
    }
    if (kind === "buy") {
      this.#keepLabel(shipmentId);
    }
    if (kind === "void") {
      this.#patch(shipmentId, { state: "voided", voidedAt: this.now });
    }
  }

  #resolve(key: string): void {
    const effect = this.#effect(key);
    assertPromise(effect === undefined, `${key} is looked up and was never begun`);
    const happened = this.#unseen.delete(key);
    this.#patchEffect(key, { state: happened ? "done" : "absent", settledAt: this.now });
    if (effect !== undefined && happened) {
      this.#see(effect);
    }
  }

  #keepLabel(id: string): void {
    this.sold.push(id);
    this.#arrivesAt.delete(id);
    const label = aLabel({ trackingNumber: `${OWN_NUMBER}${id}`, path: null, boughtAt: this.now });
    this.#patch(id, { state: "bought", label });
  }

  #fulfil(fulfillmentOrderId: string, lines: readonly ShipmentLine[], number: string): void {
    const index = this.order.fulfillmentOrders.findIndex((it) => it.id === fulfillmentOrderId);
    const left = (this.order.fulfillmentOrders[index]?.lines ?? []).map((line) => {
      const taken = lines.find((it) => it.id === line.id)?.quantity ?? 0;
      return { ...line, quantityRemaining: line.quantityRemaining - taken };
    });
    const isDone = left.every((line) => line.quantityRemaining === 0);
    this.setFulfillmentOrder(index, { lines: left, ...(isDone && { status: "closed", canFulfil: false }) });
    const id = `gid://shopify/Fulfillment/${9_000 + this.#next()}`;
    this.#goods.put(id, this.#goods.of(lines));
    const fulfillment = aFulfillment({ id, createdAt: this.now, tracking: [{ company: "USPS", number }] });
    this.set({ fulfillments: [...this.order.fulfillments, fulfillment] });
  }

  #checkBuy(shipment: ShipmentRecord): void {
    const stands = this.record.hold !== null || this.order.cancelledAt !== null;
    assertPromise(stands, `${shipment.id} is bought for an order that stands still`);
    assertPromise(this.#goods.problemOfBuying(shipment, this.order, this.record.shipments));
  }

  #checkFulfil(shipment: ShipmentRecord): void {
    assertPromise(problemOfFulfilling(shipment, this.input, this.#printed.get(shipment.id) ?? null));
  }

  #newFulfillmentOrder(units: Units): FulfillmentOrder {
    const lines = [...units].map(([sku, quantityRemaining]) => ({
      ...{ id: `gid://shopify/FulfillmentOrderLineItem/${100 + this.#next()}`, sku, title: sku, quantityRemaining },
      ...{ requiresShipping: true, weightGrams: 400, unitPrice: null, duty: null, vendor: null, productType: null },
    }));
    const id = `gid://shopify/FulfillmentOrder/${7_100 + this.#next()}`;
    return { ...aFulfillmentOrder(), id, lines };
  }

  #download(id: string): void {
    const { label } = this.shipment(id);
    this.#patch(id, { label: label === null ? null : { ...label, path: `${id}.pdf` } });
  }

  #effect = (key: string): EffectRecord | undefined => this.record.effects.find((it) => it.key === key);

  #patchEffect(key: string, change: Partial<EffectRecord>): void {
    const effects = this.record.effects.map((it) => (it.key === key ? { ...it, ...change } : it));
    this.record = { ...this.record, effects };
  }

  #patch(id: string, change: Partial<ShipmentRecord>): void {
    const shipments = this.record.shipments.map((it) => (it.id === id ? { ...it, ...change } : it));
    this.record = { ...this.record, shipments };
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }
}
