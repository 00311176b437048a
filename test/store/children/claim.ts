/** Claims every order that is due, one by one, and writes which it got. It keeps its leases. */
import { systemClock } from "../../../src/base/system.ts";
import { openStore } from "../../../src/store/store.ts";

const [url = "", owner = ""] = process.argv.slice(2);
const LEASE_MS = 600_000;

const store = await openStore({ url, shopId: "shop-1", clock: systemClock });
for (;;) {
  const ids = await store.orders.due(systemClock.now(), 10);
  if (ids.length === 0) {
    break;
  }
  for (const id of ids) {
    const lease = await store.orders.claim(id, owner, systemClock.now(), LEASE_MS);
    if (lease !== null) {
      process.stdout.write(`claimed ${id}\n`);
    }
  }
}
await store.close();
