/** Compares the subscriptions that are there with those that should be, and makes what is missing. Repeatable. */
import type { Shop, WebhookSubscription } from "../ports/shop.ts";

export interface WebhookReport {
  /** Ours, by address. */
  readonly present: readonly WebhookSubscription[];
  readonly created: readonly WebhookSubscription[];
  readonly failed: readonly { readonly topic: string; readonly message: string }[];
}

/** Where Shopify is to send: the public address of the web server with the route of the contract. */
export function shopifyWebhookUri(publicUrl: string): string {
  return `${publicUrl.replace(/\/+$/, "")}/webhooks/shopify`;
}

export async function repairWebhooks(shop: Shop, publicUrl: string, topics: readonly string[]): Promise<WebhookReport> {
  const uri = shopifyWebhookUri(publicUrl);
  const present = (await shop.listWebhooks()).filter((subscription) => subscription.uri === uri);
  const created: WebhookSubscription[] = [];
  const failed: { topic: string; message: string }[] = [];
  for (const topic of topics.filter((wanted) => !present.some((subscription) => subscription.topic === wanted))) {
    const outcome = await shop.createWebhook(topic, uri);
    if (outcome.outcome === "done") {
      created.push(outcome.value);
    } else {
      failed.push({ topic, message: outcome.failure.message });
    }
  }
  return { present, created, failed };
}

/** Takes away all subscriptions that point to us. Repeatable. */
export async function removeWebhooks(shop: Shop, publicUrl: string): Promise<readonly WebhookSubscription[]> {
  const uri = shopifyWebhookUri(publicUrl);
  const ours = (await shop.listWebhooks()).filter((subscription) => subscription.uri === uri);
  const removed: WebhookSubscription[] = [];
  for (const subscription of ours) {
    if ((await shop.deleteWebhook(subscription.id)).outcome === "done") {
      removed.push(subscription);
    }
  }
  return removed;
}
