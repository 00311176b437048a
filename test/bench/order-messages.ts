/**
 * Signed order webhooks of about 5 KB, each with its own order and its own id. Signing costs the load as much as checking
 * costs the server, so they are made beforehand: else the load would be what is measured.
 */
import { createHmac, randomUUID } from "node:crypto";

/** Thirteen digits, as Shopify's ids have. */
const FIRST_ORDER = 6_100_000_000_000;
/** For a message that comes out longer than the first one. */
const SPARE_BYTES = 8;

export class OrderMessages {
  readonly #secret: string;
  readonly #run = randomUUID().slice(0, 23);
  readonly #parts: readonly string[];
  readonly #head: string;
  /** One block: thousands of small ones would be collected as garbage while the load runs, and its pauses measured. */
  #block = Buffer.alloc(0);
  #used = 0;
  readonly #ready: Buffer[] = [];
  #count = 0;

  constructor(options: { readonly secret: string; readonly path: string }) {
    this.#secret = options.secret;
    this.#parts = orderText("#ORDER#").split("#ORDER#");
    this.#head = [
      `POST ${options.path} HTTP/1.1`,
      "host: shipbot.test",
      "content-type: application/json",
      "user-agent: Shopify-Captain-Hook",
      "x-shopify-topic: orders/updated",
      "x-shopify-shop-domain: bench.myshopify.com",
      "x-shopify-api-version: 2026-10",
      "x-shopify-triggered-at: 2026-11-22T12:00:00.000000000Z",
      "",
    ].join("\r\n");
  }

  /** Makes so many now, of some 5 KB each. When they are used up, each is made when it is asked for. */
  prepare(count: number): void {
    this.#block = Buffer.allocUnsafeSlow(count * (this.#make().length + SPARE_BYTES));
    this.#used = 0;
    for (let made = 0; made < count; made += 1) {
      const message = this.#make();
      const end = this.#used + message.copy(this.#block, this.#used);
      this.#ready.push(this.#block.subarray(this.#used, end));
      this.#used = end;
    }
    // In the order in which they were made, as a shop's orders come.
    this.#ready.reverse();
  }

  /** A whole request: head and body. */
  next(): Buffer {
    return this.#ready.pop() ?? this.#make();
  }

  #make(): Buffer {
    this.#count += 1;
    const body = Buffer.from(this.#parts.join(String(FIRST_ORDER + this.#count)));
    const signature = createHmac("sha256", this.#secret).update(body).digest("base64");
    const id = `${this.#run}${String(this.#count).padStart(13, "0")}`;
    const head = `${this.#head}x-shopify-webhook-id: ${id}\r\nx-shopify-hmac-sha256: ${signature}\r\ncontent-length: ${body.length}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), body]);
  }
}

/** An order with ten lines; 5 KB. Everybody in it is invented. */
function orderText(id: string): string {
  const line = (place: number) => ({
    admin_graphql_api_id: `gid://shopify/LineItem/${7_000_000_000_000 + place}`,
    sku: `SKU-${1_000 + place}`,
    title: `Sample product number ${place}, in blue`,
    quantity: 1 + (place % 3),
    grams: 200 + place,
    price: "19.95",
    price_set: {
      shop_money: { amount: "19.95", currency_code: "USD" },
      presentment_money: { amount: "19.95", currency_code: "USD" },
    },
    fulfillable_quantity: 1 + (place % 3),
    fulfillment_status: null,
    requires_shipping: true,
    taxable: true,
    vendor: "Sample",
    properties: [],
  });
  const address = {
    first_name: "Ada",
    last_name: "Sample",
    address1: "1 Sample Street",
    city: "San Francisco",
    zip: "94104",
    province_code: "CA",
    country_code: "US",
  };
  return JSON.stringify({
    id: `@${id}`,
    admin_graphql_api_id: `gid://shopify/Order/${id}`,
    name: `#${id}`,
    created_at: "2026-11-22T12:00:00-05:00",
    updated_at: "2026-11-22T12:00:00-05:00",
    currency: "USD",
    email: "ada@example.com",
    financial_status: "paid",
    fulfillment_status: null,
    tags: "ready_to_ship",
    total_price: "239.40",
    total_weight: 4_200,
    billing_address: address,
    shipping_address: address,
    customer: { id: 1, email: "ada@example.com", default_address: address },
    line_items: Array.from({ length: 10 }, (_, place) => line(place)),
  }).replaceAll(/"@(#ORDER#)"/g, "$1");
}
