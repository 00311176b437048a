/** Shop and provider: what must be there, which settings belong together, and the settings made of them. */
import { Secret } from "../base/secret.ts";
import { settingAt } from "./catalog.ts";
import type { EnvironmentSettings } from "./environment-schema.ts";
import type { Gathered } from "./gather.ts";
import type { KeyedProblem } from "./problems.ts";
import type { ShippingSettings, ShopifyAuth, ShopifySettings } from "./types.ts";

const EASYPOST_URL = "https://api.easypost.com/v2";

/** What is missing or contradicts itself. A setting that is there and refused already has its own problem. */
export function findRemoteProblems(gathered: Gathered): readonly KeyedProblem[] {
  const { texts, problems: textProblems } = gathered.environment;
  const has = (key: string) => texts.has(key) || textProblems.some((problem) => problem.key === key);
  const problems: KeyedProblem[] = [];
  const add = (key: string, message: string) => {
    const { env } = settingAt(key);
    problems.push({ key, setting: env, env, value: null, message, position: null });
  };
  if (!has("shopify.shop_url")) {
    add("shopify.shop_url", "is missing: the shop, such as my-shop.myshopify.com");
  }
  if (has("shopify.access_token")) {
    if (has("shopify.client_id") && has("shopify.client_secret")) {
      add(
        "shopify.access_token",
        "is set, and so are SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET: keep the token or the pair",
      );
    }
  } else if (has("shopify.client_id") && !has("shopify.client_secret")) {
    add("shopify.client_secret", "is missing: SHOPIFY_CLIENT_ID is set and needs it");
  } else if (has("shopify.client_secret") && !has("shopify.client_id")) {
    add("shopify.client_id", "is missing: SHOPIFY_CLIENT_SECRET is set and needs it");
  } else if (!has("shopify.client_id")) {
    add("shopify.access_token", "is missing: set it, or SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET");
  }
  if (!has("shipping.api_key")) {
    add("shipping.api_key", "is missing: the API key of the provider");
  }
  if (gathered.given.get("shipping.provider") === "sandbox" && !has("shipping.api_url")) {
    add("shipping.api_url", "is missing: the sandbox has no address of its own");
  }
  return problems;
}

/** Only after `findRemoteProblems` found nothing. */
export function readShopify(environment: EnvironmentSettings): ShopifySettings {
  const shop = environment["shopify.shop_url"];
  const token = environment["shopify.access_token"];
  const clientId = environment["shopify.client_id"];
  const clientSecret = environment["shopify.client_secret"];
  if (shop === undefined || (token === undefined && (clientId === undefined || clientSecret === undefined))) {
    throw new TypeError("shop settings are read although some are missing");
  }
  const auth: ShopifyAuth =
    token === undefined
      ? { kind: "client_credentials", clientId: clientId ?? "", clientSecret: new Secret(clientSecret ?? "") }
      : { kind: "token", token: new Secret(token) };
  const webhookSecrets = (environment["shopify.webhook_secret"] ?? clientSecret ?? "").split(",");
  return {
    ...shop,
    auth,
    webhookSecrets: webhookSecrets.filter((secret) => secret !== "").map((secret) => new Secret(secret)),
    apiVersion: environment["shopify.api_version"],
  };
}

/** Only after `findRemoteProblems` found nothing. */
export function readShipping(environment: EnvironmentSettings): ShippingSettings {
  const apiKey = environment["shipping.api_key"];
  const webhookSecret = environment["shipping.webhook_secret"];
  if (apiKey === undefined) {
    throw new TypeError("provider settings are read although some are missing");
  }
  return {
    provider: environment["shipping.provider"],
    apiKey: new Secret(apiKey),
    apiUrl: environment["shipping.api_url"] ?? EASYPOST_URL,
    webhookSecret: webhookSecret === undefined ? null : new Secret(webhookSecret),
  };
}
