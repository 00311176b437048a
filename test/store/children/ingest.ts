/** Stores messages as fast as it can and writes each id when it is acknowledged, until it is killed. */
import { writeSync } from "node:fs";
import { systemClock } from "../../../src/base/system.ts";
import { openStore } from "../../../src/store/store.ts";

const [url = "", prefix = ""] = process.argv.slice(2);
/** So many are under way at once, as from a busy shop. */
const LANES = 32;

const store = await openStore({ url, shopId: "shop-1", clock: systemClock });

async function lane(number: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const id = `${prefix}-${number}-${count}`;
    await store.inbox.ingest({
      source: "shopify",
      externalId: id,
      topic: "orders/updated",
      bodyHash: id,
      receivedAt: systemClock.now(),
      orderId: `gid://shopify/Order/${number}`,
      fulfillmentOrderId: null,
    });
    writeSync(1, `acknowledged ${id}\n`);
  }
}

await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
