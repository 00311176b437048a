/** The settings of the environment: where things are, and credentials. `schema.ts` has those of the config file. */
import { z } from "zod";
import { readApiUrl, readPublicUrl, readRedisUrl, readShopUrl } from "./addresses.ts";
import type { Parsed } from "./parsed.ts";
import { setting, text } from "./setting-facts.ts";

/** Printable and without spaces: anything else in a credential is a copying mistake, and could split a header. */
const secret = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[\x21-\x7e]+$/, { error: "holds a space or an unprintable character: copy it again" });

const accessToken = secret.refine((token) => !token.startsWith("shpss_"), {
  error: "is a client secret (shpss_…): the Admin API access token mostly begins with shpat_",
});

const BUILT_PROVIDERS = ["easypost", "sandbox"] as const;
const PLANNED_PROVIDERS = ["shippo", "shipengine", "shipstation", "karrio", "http"] as const;

const provider = text((written): Parsed<(typeof BUILT_PROVIDERS)[number]> => {
  const built = BUILT_PROVIDERS.find((name) => name === written);
  if (built !== undefined) {
    return { value: built };
  }
  return PLANNED_PROVIDERS.some((name) => name === written)
    ? { problem: "is not built yet: this version buys from easypost" }
    : { problem: `is no provider: write ${BUILT_PROVIDERS.join(" or ")}` };
});

const folder = z
  .string()
  .min(1)
  .max(1_000)
  .regex(/^(?!~)/, { error: "begins with ~, which only a shell expands: write the whole path" });

/**
 * What is set in the environment only: where things are, and credentials. Keys are the names in `config show`; what
 * begins with `shopify.` or `shipping.` is not needed by commands that only look at the local state.
 */
export const environmentSchema = z.object({
  "shopify.shop_url": setting(text(readShopUrl).optional(), {
    doc: "`my-shop`, `my-shop.myshopify.com` or a full URL; `http://` for loopback only.",
    env: "SHOPIFY_SHOP_URL",
    required: "required",
  }),
  "shopify.access_token": setting(accessToken.optional(), {
    doc: "Admin API access token of the shop, or else client id and client secret.",
    env: "SHOPIFY_ACCESS_TOKEN",
    secret: true,
    required: "this, or client id and secret",
  }),
  "shopify.client_id": setting(secret.max(200).optional(), {
    doc: "Client id of the app, for the client credentials grant.",
    env: "SHOPIFY_CLIENT_ID",
  }),
  "shopify.client_secret": setting(secret.optional(), {
    doc: "Client secret of the app, for the client credentials grant and for webhooks.",
    env: "SHOPIFY_CLIENT_SECRET",
    secret: true,
  }),
  "shopify.webhook_secret": setting(secret.optional(), {
    doc: "Signs webhooks from Shopify; several, separated by commas, while it is rotated.",
    env: "SHOPIFY_WEBHOOK_SECRET",
    secret: true,
    defaultText: "the client secret",
  }),
  "shopify.api_version": setting(
    z
      .string()
      .regex(/^20\d\d-(01|04|07|10)$/, { error: "is no version of Shopify's API: write 2026-10" })
      .prefault("2026-10"),
    { doc: "Version of Shopify's Admin API.", env: "SHOPIFY_API_VERSION" },
  ),
  "shipping.provider": setting(provider.prefault("easypost"), {
    doc: "Whom labels are bought from: easypost, or sandbox with SHIPPING_API_URL. Not built yet: shippo, shipengine, shipstation, karrio, http.",
    env: "SHIPPING_PROVIDER",
  }),
  "shipping.api_key": setting(secret.optional(), {
    doc: "API key of the provider.",
    env: "SHIPPING_API_KEY",
    secret: true,
    required: "required",
  }),
  "shipping.api_url": setting(text(readApiUrl).optional(), {
    doc: "Replaces the provider's documented base address, path included.",
    env: "SHIPPING_API_URL",
    defaultText: "https://api.easypost.com/v2",
  }),
  "shipping.webhook_secret": setting(secret.optional(), {
    doc: "Signs webhooks from the provider. Not given: parcels are followed by asking.",
    env: "SHIPPING_WEBHOOK_SECRET",
    secret: true,
  }),
  "database.url": setting(z.string().max(4_096).optional(), {
    doc: "`sqlite:/path/file.db` or `postgres://…`.",
    env: "DATABASE_URL",
    secret: true,
    defaultText: "sqlite: shipbot.db in the data folder",
  }),
  "redis.url": setting(text(readRedisUrl).optional(), {
    doc: "Set: BullMQ hands out the work.",
    env: "REDIS_URL",
    secret: true,
  }),
  "server.host": setting(
    z
      .string()
      .max(253)
      .regex(/^[A-Za-z0-9.:_-]+$/, { error: "is no host: write 127.0.0.1 or 0.0.0.0" })
      .prefault("127.0.0.1"),
    { doc: "Address the web server listens on.", env: "HOST" },
  ),
  "server.port": setting(z.int().min(0).max(65_535).prefault(3_000), {
    doc: "Port of the web server; 0 for any free one.",
    env: "PORT",
    form: "number",
  }),
  "server.public_url": setting(text(readPublicUrl).optional(), {
    doc: "Address that webhook subscriptions use. Not given: none are made, polling does the work.",
    env: "PUBLIC_URL",
  }),
  config: setting(folder.optional(), {
    doc: "The config file (YAML).",
    env: "SHIPBOT_CONFIG",
    defaultText: "./shipbot.yaml, if it is there",
  }),
  data_dir: setting(folder.prefault("data"), {
    doc: "Data folder: database, labels, backups, logs.",
    env: "SHIPBOT_DATA_DIR",
  }),
  "log.level": setting(z.enum(["error", "warn", "info", "debug"]).prefault("info"), {
    doc: "error, warn, info or debug.",
    env: "LOG_LEVEL",
  }),
  "log.format": setting(z.enum(["pretty", "json"]).optional(), {
    doc: "pretty, or json for one object a line.",
    env: "LOG_FORMAT",
    defaultText: "pretty; json when NODE_ENV is production",
  }),
  "log.files": setting(z.boolean().prefault(true), {
    doc: "Also write logs/combined.log and logs/error.log in the data folder.",
    env: "SHIPBOT_LOG_FILES",
    form: "switch",
  }),
  node_env: setting(z.string().max(100).optional(), {
    doc: "`production` changes the default of LOG_FORMAT and nothing else.",
    env: "NODE_ENV",
  }),
});

export type EnvironmentSettings = z.output<typeof environmentSchema>;
