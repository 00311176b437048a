/**
 * From the answer to a webhook until the label is bought, on an idle daemon: the time comes from the provider's ledger,
 * on the same clock. The next order comes when the last one is done. Polls are far apart, so that only the webhook tells.
 */
import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunningShop, startShop } from "./program.ts";
import { type BenchRow, figure, NotMeasured, quantile } from "./row.ts";

const ORDERS = 50;
/** The first ones find cold code. */
const WARM_UP_ORDERS = 10;
const PURCHASE_TIMEOUT_MS = 10_000;
/**
 * After a purchase the order is written back, and the shop refills what its cost bucket gave (100 points a second): the
 * next order must find the daemon idle and the bucket not empty.
 */
const PAUSE_MS = 1_000;
const P50_MS_MAX = 50;
const P99_MS_MAX = 250;
const P50_BUDGET = { what: "webhook to label, p50", budget: `≤ ${P50_MS_MAX} ms` };
const P99_BUDGET = { what: "webhook to label, p99", budget: `≤ ${P99_MS_MAX} ms` };

export const LATENCY: BenchRow = {
  name: "latency",
  budgets: [P50_BUDGET, P99_BUDGET],
  async measure(say) {
    const seldom = { SHIPBOT_POLL_ORDERS: "1h", SHIPBOT_POLL_FULFILLMENT_ORDERS: "1h", SHIPBOT_RESYNC: "1h" };
    const shop = await startShop(seldom);
    try {
      const latenciesMs: number[] = [];
      for (let order = 0; order < WARM_UP_ORDERS + ORDERS; order += 1) {
        const latencyMs = await measureOne(shop, order);
        if (order >= WARM_UP_ORDERS) {
          latenciesMs.push(latencyMs);
        }
      }
      const p50Ms = quantile(latenciesMs, 0.5);
      const p99Ms = quantile(latenciesMs, 0.99);
      const detail = `${ORDERS} orders, one after the other`;
      say(`slowest ${figure(Math.max(...latenciesMs))} ms`);
      return [
        { ...P50_BUDGET, measured: `${figure(p50Ms)} ms`, detail, holds: p50Ms <= P50_MS_MAX, value: p50Ms },
        { ...P99_BUDGET, measured: `${figure(p99Ms)} ms`, detail, holds: p99Ms <= P99_MS_MAX, value: p99Ms },
      ];
    } finally {
      await shop.stop();
    }
  },
};

async function measureOne(shop: RunningShop, purchasesBefore: number): Promise<number> {
  const spec = JSON.stringify({ tags: ["ready_to_ship"] });
  const made = await fetch(`${shop.sandboxUrl}/sandbox/shopify/orders`, { method: "POST", body: spec });
  const { id } = (await made.json()) as { readonly id: string };
  const body = JSON.stringify({ admin_graphql_api_id: id });
  const answer = await fetch(`http://127.0.0.1:${shop.daemonPort}/webhooks/shopify`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-shopify-topic": "orders/create",
      "x-shopify-webhook-id": randomUUID(),
      "x-shopify-hmac-sha256": createHmac("sha256", shop.webhookSecret).update(body).digest("base64"),
    },
  });
  const answeredAt = Date.now();
  if (answer.status !== 200) {
    throw new NotMeasured(`the daemon answers a webhook with ${answer.status}`);
  }
  const boughtAt = await untilBought(shop, purchasesBefore, answeredAt + PURCHASE_TIMEOUT_MS);
  await sleep(PAUSE_MS);
  return Math.max(0, boughtAt - answeredAt);
}

async function untilBought(shop: RunningShop, purchasesBefore: number, until: number): Promise<number> {
  while (Date.now() < until) {
    const ledger = await fetch(`${shop.sandboxUrl}/sandbox/easypost/ledger`);
    const { purchases } = (await ledger.json()) as { readonly purchases: readonly { readonly at: number }[] };
    const bought = purchases[purchasesBefore];
    if (bought !== undefined) {
      return bought.at;
    }
    // Asking takes time from the sandbox that it needs to answer the daemon.
    await sleep(20);
  }
  throw new NotMeasured(`no label was bought in ${PURCHASE_TIMEOUT_MS / 1_000} s after the webhook`);
}
