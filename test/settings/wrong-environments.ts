/** Environments and flags with one mistake each, and what the operator reads about it. */
import type { Given } from "./support.ts";

export const WRONG_ENVIRONMENTS: readonly (readonly [name: string, given: Given, problem: string])[] = [
  [
    "no shop",
    { env: { SHOPIFY_SHOP_URL: undefined } },
    "SHOPIFY_SHOP_URL is missing: the shop, such as my-shop.myshopify.com",
  ],
  [
    "an empty shop",
    { env: { SHOPIFY_SHOP_URL: " " } },
    "SHOPIFY_SHOP_URL is missing: the shop, such as my-shop.myshopify.com",
  ],
  [
    "a storefront",
    { env: { SHOPIFY_SHOP_URL: "shop.example.com" } },
    'SHOPIFY_SHOP_URL "shop.example.com" is a storefront address: write <name>.myshopify.com (Admin, Settings, Domains)',
  ],
  [
    "a shop over http",
    { env: { SHOPIFY_SHOP_URL: "http://my-shop.myshopify.com" } },
    'SHOPIFY_SHOP_URL "http://my-shop.myshopify.com" must be https: plain http is only for loopback addresses',
  ],
  [
    "no credential",
    { env: { SHOPIFY_ACCESS_TOKEN: undefined } },
    "SHOPIFY_ACCESS_TOKEN is missing: set it, or SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET",
  ],
  [
    "a client id alone",
    { env: { SHOPIFY_ACCESS_TOKEN: undefined, SHOPIFY_CLIENT_ID: "id" } },
    "SHOPIFY_CLIENT_SECRET is missing: SHOPIFY_CLIENT_ID is set and needs it",
  ],
  [
    "a client secret alone",
    { env: { SHOPIFY_ACCESS_TOKEN: undefined, SHOPIFY_CLIENT_SECRET: "shpss_canary" } },
    "SHOPIFY_CLIENT_ID is missing: SHOPIFY_CLIENT_SECRET is set and needs it",
  ],
  [
    "two ways to sign in",
    { env: { SHOPIFY_CLIENT_ID: "id", SHOPIFY_CLIENT_SECRET: "shpss_canary" } },
    "SHOPIFY_ACCESS_TOKEN is set, and so are SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET: keep the token or the pair",
  ],
  [
    "a client secret as token",
    { env: { SHOPIFY_ACCESS_TOKEN: "shpss_canary" } },
    "SHOPIFY_ACCESS_TOKEN is a client secret (shpss_…): the Admin API access token mostly begins with shpat_",
  ],
  [
    "a token with a space",
    { env: { SHOPIFY_ACCESS_TOKEN: "shpat_can ary" } },
    "SHOPIFY_ACCESS_TOKEN holds a space or an unprintable character: copy it again",
  ],
  [
    "a token with a line break",
    { env: { SHIPPING_API_KEY: "EZAKcan\nary" } },
    "SHIPPING_API_KEY holds a space or an unprintable character: copy it again",
  ],
  ["no key", { env: { SHIPPING_API_KEY: undefined } }, "SHIPPING_API_KEY is missing: the API key of the provider"],
  [
    "a version that Shopify never made",
    { env: { SHOPIFY_API_VERSION: "2026-11" } },
    'SHOPIFY_API_VERSION "2026-11" is no version of Shopify\'s API: write 2026-10',
  ],
  [
    "a provider of later",
    { env: { SHIPPING_PROVIDER: "shippo" } },
    'SHIPPING_PROVIDER "shippo" is not built yet: this version buys from easypost',
  ],
  [
    "a provider of nowhere",
    { env: { SHIPPING_PROVIDER: "ups" } },
    'SHIPPING_PROVIDER "ups" is no provider: write easypost or sandbox',
  ],
  [
    "a sandbox without an address",
    { env: { SHIPPING_PROVIDER: "sandbox" } },
    "SHIPPING_API_URL is missing: the sandbox has no address of its own",
  ],
  [
    "a provider over http",
    { env: { SHIPPING_API_URL: "http://api.example.com/v2" } },
    'SHIPPING_API_URL "http://api.example.com/v2" must be https: plain http is only for loopback addresses',
  ],
  [
    "a provider's address with a password",
    { env: { SHIPPING_API_URL: "https://user:canary@api.example.com" } },
    'SHIPPING_API_URL "https://[secret]@api.example.com" is no base address: write https://host/path, without user or query',
  ],
  [
    "a public address over http",
    { env: { PUBLIC_URL: "http://203.0.113.7:3000" } },
    'PUBLIC_URL "http://203.0.113.7:3000" must be https: plain http is only for loopback addresses',
  ],
  [
    "a database that we do not speak",
    { env: { DATABASE_URL: "mysql://u:canary@h/d" } },
    "DATABASE_URL is no database: write sqlite:/path/shipbot.db or postgres://…",
  ],
  [
    "a database in memory",
    { env: { DATABASE_URL: "sqlite::memory:" } },
    "DATABASE_URL would forget every label at a restart: write sqlite:/path/shipbot.db",
  ],
  [
    "a password with a #",
    { env: { DATABASE_URL: "postgres://u:can#ary@h/d" } },
    "DATABASE_URL cannot be read near the host: percent-encode the password (@ is %40, # is %23)",
  ],
  [
    "a password that looks like a port",
    { env: { DATABASE_URL: "postgres://u:1234#canary@h/d" } },
    "DATABASE_URL cannot be read near the host: percent-encode the password (@ is %40, # is %23)",
  ],
  [
    "a variable that has another name",
    { env: { SHIPBOT_LOG_LEVEL: "debug" } },
    "SHIPBOT_LOG_LEVEL is no setting: did you mean LOG_LEVEL?",
  ],
  ["a port under another name", { env: { SHIPBOT_PORT: "8080" } }, "SHIPBOT_PORT is no setting: did you mean PORT?"],
  [
    "a Redis over http",
    { env: { REDIS_URL: "http://h:6379" } },
    "REDIS_URL is no Redis address: write redis://host:6379",
  ],
  ["a port that no machine has", { env: { PORT: "99999" } }, 'PORT "99999" must be at most 65535'],
  ["a port in words", { env: { PORT: "http" } }, 'PORT "http" must be a number without a unit'],
  [
    "a level in capitals",
    { env: { LOG_LEVEL: "DEBUG" } },
    'LOG_LEVEL "DEBUG" must be one of error, warn, info, debug: did you mean debug?',
  ],
  [
    "a home folder that nobody expands",
    { env: { SHIPBOT_DATA_DIR: "~/shipbot" } },
    'SHIPBOT_DATA_DIR "~/shipbot" begins with ~, which only a shell expands: write the whole path',
  ],
  [
    "quotes that Docker kept",
    { env: { SHIPPING_PROVIDER: '"easypost"' } },
    "SHIPPING_PROVIDER is in quotes that are part of the value (Docker keeps them in env files): remove them",
  ],
  [
    "quotes around a token",
    { env: { SHOPIFY_ACCESS_TOKEN: "'shpat_canary'" } },
    "SHOPIFY_ACCESS_TOKEN is in quotes that are part of the value (Docker keeps them in env files): remove them",
  ],
  [
    "a misspelt variable",
    { env: { SHIPBOT_POLL_ORDRES: "5s" } },
    "SHIPBOT_POLL_ORDRES is no setting: did you mean SHIPBOT_POLL_ORDERS?",
  ],
  [
    "a bad entry of a list",
    { env: { SHIPBOT_READY_FINANCIAL_STATUSES: "paid, payd" } },
    'SHIPBOT_READY_FINANCIAL_STATUSES "payd" must be one of paid, partially_refunded, partially_paid, authorized, pending: did you mean paid?',
  ],
  ["a sender that is no JSON", { env: { SHIPBOT_SHIP_FROM: "{default" } }, "SHIPBOT_SHIP_FROM is not JSON"],
  [
    "a sender in JSON without a city",
    { env: { SHIPBOT_SHIP_FROM: '{"default":{"street1":"a","country":"DE"}}' } },
    "SHIPBOT_SHIP_FROM.default.city is missing",
  ],
  [
    "a secret twice",
    { env: { SHIPPING_API_KEY_FILE: "/run/key" }, files: { "/run/key": "EZAKcanary" } },
    "SHIPPING_API_KEY_FILE is set, and so is SHIPPING_API_KEY: keep one of them",
  ],
  [
    "a secret file that is not there",
    { env: { SHIPPING_API_KEY: undefined, SHIPPING_API_KEY_FILE: "/run/key" } },
    "SHIPPING_API_KEY_FILE names a file that cannot be read (ENOENT)",
  ],
  [
    "a secret file without a secret",
    { env: { SHIPPING_API_KEY: undefined, SHIPPING_API_KEY_FILE: "/run/key" }, files: { "/run/key": "\n" } },
    "SHIPPING_API_KEY_FILE names an empty file",
  ],
  [
    "a secret file that is something else",
    {
      env: { SHIPPING_API_KEY: undefined, SHIPPING_API_KEY_FILE: "/run/key" },
      files: { "/run/key": "x".repeat(70_000) },
    },
    "SHIPPING_API_KEY_FILE names a file that is too large for a credential",
  ],
  [
    "a secret on the command line",
    { flags: { shopifyAccessToken: "shpat_canary" } },
    "--shopify-access-token is secret, and others can read command lines: set SHOPIFY_ACCESS_TOKEN or SHOPIFY_ACCESS_TOKEN_FILE in the environment",
  ],
  ["a bad flag", { flags: { port: "abc" } }, '--port "abc" must be a number without a unit'],
  ["a flag that is none", { flags: { prot: "1" } }, "--prot is no setting"],
  [
    "a config file that is not there",
    { configPath: "other.yaml" },
    '--config "other.yaml" names a config file that is not there',
  ],
  [
    "a config file in the environment that is not there",
    { env: { SHIPBOT_CONFIG: "/etc/x.yaml" } },
    'SHIPBOT_CONFIG "/etc/x.yaml" names a config file that is not there',
  ],
  [
    "a secret where something else belongs",
    { env: { SHOPIFY_SHOP_URL: "shpat_canary" } },
    'SHOPIFY_SHOP_URL "[secret]" is a storefront address: write <name>.myshopify.com (Admin, Settings, Domains)',
  ],
  [
    "the key where the level belongs",
    { env: { LOG_LEVEL: "x-EZTKcanary0key" } },
    'LOG_LEVEL "x-[secret]" must be one of error, warn, info, debug',
  ],
];
