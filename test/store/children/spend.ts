/**
 * Begins purchases of orders, as a run does: sum and guard and intent in one transaction. Writes which it was allowed.
 * Both begin when a file says so, or one would be done before the other has started.
 */
import { existsSync } from "node:fs";
import { systemClock } from "../../../src/base/system.ts";
import { firstGuardStop, NO_GUARDS, runGuards } from "../../../src/core/guards.ts";
import { spendingQuery } from "../../../src/reconcile/spending-query.ts";
import { openStore } from "../../../src/store/store.ts";

const [url = "", owner = "", capMinor = "0", ...orderIds] = process.argv.slice(2);
const guards = {
  ...NO_GUARDS,
  day: { max: { amountMinor: Number(capMinor), currency: "USD" }, labelsMax: null },
};
const store = await openStore({ url, shopId: "shop-1", clock: systemClock });
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

process.stdout.write("ready\n");
while (!existsSync(`${url.slice("sqlite:".length)}.go`)) {
  await nextTurn();
}
// All at once, each after a moment of its own, so that neither process keeps the other from its turn.
await Promise.all(
  orderIds.map(async (id, index) => {
    for (let turn = 0; turn < index * 50; turn += 1) {
      await nextTurn();
    }
    const lease = await store.orders.claim(id, owner, systemClock.now(), 600_000);
    const [shipment] = await store.shipments.ofOrder(id);
    const [rate] = shipment?.rates ?? [];
    if (lease === null || shipment === undefined || rate === undefined) {
      throw new Error(`${id} cannot be bought`);
    }
    const isBegun = await store.fenced(lease, async (tx) => {
      const at = systemClock.now();
      const spending = await tx.readSpending(spendingQuery(guards, at));
      if (
        firstGuardStop(
          runGuards(guards, { shipment, rate, beside: [], paid: null, approvalRule: null, now: at }, spending),
        )
      ) {
        return false;
      }
      const input = { amountMinor: rate.price.amountMinor, currency: rate.price.currency };
      await tx.beginEffect({ key: `buy:${shipment.id}`, kind: "buy", shipmentId: shipment.id, input }, at);
      return true;
    });
    process.stdout.write(isBegun ? `begun ${rate.price.amountMinor}\n` : "stopped\n");
  }),
);
await store.close();
