/** Which settings a running process keeps until it is started anew: everything but the policy. */
import type { Settings } from "./types.ts";

/** By the key that people know it by. What stands for it in `Settings`, as plain data. */
const AT_START: Readonly<Record<string, (settings: Settings) => unknown>> = {
  "poll.orders": ({ schedule }) => schedule.pollOrders,
  "poll.fulfillment_orders": ({ schedule }) => schedule.pollFulfillmentOrders,
  "poll.tracking": ({ schedule }) => schedule.pollTracking,
  resync: ({ schedule }) => schedule.resync,
  check_webhooks: ({ schedule }) => schedule.webhooks,
  prune: ({ schedule }) => schedule.prune,
  concurrency: ({ concurrency }) => concurrency,
  retention: ({ retention }) => retention,
  backup: ({ schedule, backup }) => [schedule.backup, schedule.archive, backup],
  SHOPIFY_SHOP_URL: ({ shopify }) => [shopify.baseUrl, shopify.domain],
  "the credential of the shop": ({ shopify: { auth } }) =>
    auth.kind === "token" ? auth.token.reveal() : [auth.clientId, auth.clientSecret.reveal()],
  SHOPIFY_WEBHOOK_SECRET: ({ shopify }) => shopify.webhookSecrets.map((secret) => secret.reveal()),
  SHOPIFY_API_VERSION: ({ shopify }) => shopify.apiVersion,
  SHIPPING_PROVIDER: ({ shipping }) => shipping.provider,
  SHIPPING_API_KEY: ({ shipping }) => shipping.apiKey.reveal(),
  SHIPPING_API_URL: ({ shipping }) => shipping.apiUrl,
  SHIPPING_WEBHOOK_SECRET: ({ shipping }) => shipping.webhookSecret?.reveal(),
  DATABASE_URL: ({ database }) => database.url,
  REDIS_URL: ({ redisUrl }) => redisUrl?.reveal(),
  HOST: ({ server }) => server.host,
  PORT: ({ server }) => server.port,
  PUBLIC_URL: ({ server }) => server.publicUrl,
  SHIPBOT_DATA_DIR: ({ dataDir }) => dataDir,
  "LOG_LEVEL, LOG_FORMAT or SHIPBOT_LOG_FILES": ({ log }) => log,
};

/** The names of those in which the two differ. No value is named: some are secret. */
export function findRestarts(before: Settings, after: Settings): readonly string[] {
  return Object.entries(AT_START)
    .filter(([, read]) => JSON.stringify(read(before)) !== JSON.stringify(read(after)))
    .map(([name]) => name);
}
