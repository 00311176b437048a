/**
 * What every database must do for the store, as suites that are run on each of them. `setup` gives a store on an empty
 * database; stores given the same `url` share it.
 */
import { describe } from "vitest";
import type { Store } from "../../src/store/types.ts";
import { inboxSuite } from "./store-inbox.ts";
import { leaseSuite } from "./store-leases.ts";
import { moneySuite } from "./store-money.ts";
import { operationsSuite } from "./store-operations.ts";
import { orderFactsSuite } from "./store-order-facts.ts";
import { orderSuite } from "./store-orders.ts";

export interface StoreSetup {
  open(options?: { readonly shopId?: string; readonly url?: string }): Promise<Store>;
  /** The address of a new empty database, for tests that open it more than once. `null` where that is not possible. */
  url(): string | null;
}

export function testStore(setup: StoreSetup): void {
  describe("orders", () => orderSuite(setup));
  describe("leases", () => leaseSuite(setup));
  describe("shipments and effects", () => moneySuite(setup));
  describe("facts of orders", () => orderFactsSuite(setup));
  describe("inbox", () => inboxSuite(setup));
  describe("tasks, instances, cursors, timeline and remotes", () => operationsSuite(setup));
}
