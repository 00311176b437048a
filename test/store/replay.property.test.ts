/** A captured message sent again and again, under whatever ids and in whatever order: one request within the window. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { REPEAT_WINDOW_MS } from "../../src/store/inbox.ts";
import { useDatabases } from "../support/database.ts";

const databases = useDatabases();
const STARTED_AT = 1_000_000_000;

it("any interleaving of repeats within the window asks for each order once, and one after the window asks again", async () => {
  const sends = fc.array(
    fc.record({
      body: fc.nat({ max: 3 }),
      id: fc.nat({ max: 5 }),
      afterMs: fc.nat({ max: Math.floor(REPEAT_WINDOW_MS / 64) }),
    }),
    { minLength: 1, maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(sends, async (messages) => {
      const store = await databases.open();
      let at = STARTED_AT;
      const send = (body: number, id: string) =>
        store.inbox.ingest({
          ...{ source: "shopify", externalId: id, topic: "orders/updated", bodyHash: `hash-${body}`, receivedAt: at },
          ...{ orderId: `gid://shopify/Order/${body}`, fulfillmentOrderId: null },
        });
      const sent = new Set<number>();
      for (const { body, id, afterMs } of messages) {
        at += afterMs;
        // Ids belong to a body, as Shopify's do; that an id comes again with another body is in the fuzzer.
        const name = `${body}-${id}`;
        const isNew = !sent.has(body);
        expect(await send(body, name)).toBe(isNew ? "stored" : "duplicate");
        sent.add(body);
      }
      for (const body of sent) {
        expect((await store.orders.get(`gid://shopify/Order/${body}`))?.requestedSeq).toBe(1);
      }
      at += REPEAT_WINDOW_MS + 1;
      for (const body of sent) {
        expect(await send(body, `${body}-later`)).toBe("stored");
        expect(await send(body, `${body}-later`)).toBe("duplicate");
        expect((await store.orders.get(`gid://shopify/Order/${body}`))?.requestedSeq).toBe(2);
      }
      await store.close();
    }),
    { numRuns: 60 },
  );
});
