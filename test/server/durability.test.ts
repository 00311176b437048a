/** P4: a webhook that was answered 2xx survives `kill -9`. */
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import type { InboxEntry, Store } from "../../src/store/types.ts";
import { startChild } from "../support/child.ts";
import { useDatabases } from "../support/database.ts";
import { type Message, orderUpdate, post } from "../support/webhook-sender.ts";

const PROGRAM = fileURLToPath(new URL("../support/ingest-program.ts", import.meta.url));
const SENDERS = 16;
const ACKNOWLEDGED = 400;

const databases = useDatabases();

it("every webhook that was answered 200 is there after kill -9", async () => {
  const url = databases.fileUrl();
  const child = startChild(process.execPath, [PROGRAM, url]);
  onTestFinished(() => child.kill("SIGKILL"));
  const port = /\d+/.exec(await child.waitForLine(/listening on \d+/))?.[0];
  const acknowledged: { readonly order: number; readonly message: Message }[] = [];
  let next = 1;
  const send = async (): Promise<void> => {
    for (;;) {
      const order = next;
      next += 1;
      const message = orderUpdate(order);
      try {
        const answer = await post(`http://127.0.0.1:${port}`, message);
        if (answer.status === 200) {
          acknowledged.push({ order, message });
        }
      } catch {
        return;
      }
      if (acknowledged.length >= ACKNOWLEDGED) {
        child.kill("SIGKILL");
      }
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  expect((await child.exited).signal).toBe("SIGKILL");
  expect(acknowledged.length).toBeGreaterThanOrEqual(ACKNOWLEDGED);

  const store = await databases.open({ url });
  const lost = [];
  for (const { order, message } of acknowledged) {
    if (!(await isStored(store, order, message))) {
      lost.push(order);
    }
  }
  expect(lost).toEqual([]);
});

/** The order is due, and the message is known by its id alone: topic and body are given as different ones. */
async function isStored(store: Store, order: number, message: Message): Promise<boolean> {
  const entry: InboxEntry = {
    source: "shopify",
    externalId: message.headers["x-shopify-webhook-id"] ?? "",
    topic: "other",
    bodyHash: "other",
    receivedAt: 0,
    orderId: null,
    fulfillmentOrderId: null,
  };
  const stored = await store.orders.get(`gid://shopify/Order/${order}`);
  return typeof stored?.dueAt === "number" && (await store.inbox.ingest(entry)) === "duplicate";
}
