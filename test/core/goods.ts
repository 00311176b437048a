/**
 * The goods behind an order, which no decision can see: how many of each product were ordered, and where they are. It
 * outlives splits, cancelled fulfillments and new ids, so that a second label for the same goods is noticed.
 */
import type { FulfillmentOrder, Order } from "../../src/core/order.ts";
import { isLiveFulfillment } from "../../src/core/order.ts";
import { isLive, type ShipmentLine, type ShipmentRecord } from "../../src/core/shipment.ts";

export type Units = ReadonlyMap<string, number>;

/** Labels that shipbot bought have numbers that begin so; all others are of staff. */
export const OWN_NUMBER = "TRACK-";

export class Goods {
  readonly #products = new Map<string, string>();
  readonly #onFulfillment = new Map<string, Units>();

  /** Line ids are the shop's and change; the product stays. */
  learn(fulfillmentOrders: readonly FulfillmentOrder[]): void {
    for (const line of fulfillmentOrders.flatMap(({ lines }) => lines)) {
      this.#products.set(line.id, line.sku ?? line.title);
    }
  }

  of(lines: readonly ShipmentLine[]): Units {
    return sum(lines.map(({ id, quantity }) => new Map([[this.#products.get(id) ?? id, quantity]])));
  }

  put(fulfillmentId: string, units: Units): void {
    this.#onFulfillment.set(fulfillmentId, units);
  }

  take(fulfillmentId: string): Units {
    const units = this.on(fulfillmentId);
    this.#onFulfillment.delete(fulfillmentId);
    return units;
  }

  on(fulfillmentId: string): Units {
    return this.#onFulfillment.get(fulfillmentId) ?? new Map();
  }

  /** The broken promise of buying this label now; `null` when no unit would be shipped twice. */
  problemOfBuying(shipment: ShipmentRecord, order: Order, shipments: readonly ShipmentRecord[]): string | null {
    const byStaff = order.fulfillments.filter(
      (fulfillment) =>
        isLiveFulfillment(fulfillment) && !fulfillment.tracking.some(({ number }) => number?.startsWith(OWN_NUMBER)),
    );
    const shipped = sum([
      ...shipments.filter((it) => isLive(it) || it.id === shipment.id).map(({ lines }) => this.of(lines)),
      ...byStaff.map(({ id }) => this.on(id)),
    ]);
    const ordered = this.#ordered(order);
    const [twice] = [...shipped].filter(([product, units]) => units > (ordered.get(product) ?? 0));
    return twice === undefined ? null : `${twice[1]} x ${twice[0]} are shipped with ${shipment.id}, fewer were ordered`;
  }

  /** Of a label that replaces another on a fulfillment. */
  problemOfShowing(shipment: ShipmentRecord, fulfillmentId: string): string | null {
    const shown = String([...this.on(fulfillmentId)].sort());
    return shown === String([...this.of(shipment.lines)].sort())
      ? null
      : `${shipment.id} is shown for goods that are not in it`;
  }

  #ordered(order: Order): Units {
    const open = order.fulfillmentOrders.filter(({ status }) => status !== "closed" && status !== "cancelled");
    const listed = open.flatMap(({ lines }) => lines.map((it) => ({ id: it.id, quantity: it.quantityRemaining })));
    return sum([...this.#onFulfillment.values(), this.of(listed)]);
  }
}

function sum(parts: readonly Units[]): Units {
  const total = new Map<string, number>();
  for (const [product, units] of parts.flatMap((part) => [...part])) {
    total.set(product, (total.get(product) ?? 0) + units);
  }
  return total;
}
