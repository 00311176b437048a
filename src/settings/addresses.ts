/**
 * Reads the addresses that point the program at a shop, a provider, a database and back at itself. Plain http is for
 * loopback only: everywhere else a credential would travel in the clear. No message repeats what was written.
 */
import { resolve } from "node:path";
import type { Parsed } from "./parsed.ts";

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const SHOP_NAME = /^[a-z0-9][a-z0-9-]{0,99}$/;
const SHOP_DOMAIN = /^[a-z0-9][a-z0-9-]{0,99}\.myshopify\.com$/;

export interface ShopAddress {
  readonly baseUrl: string;
  readonly domain: string;
}

/** Takes `my-shop`, `my-shop.myshopify.com`, a full address of either kind, the admin's address, or a loopback URL. */
export function readShopUrl(text: string): Parsed<ShopAddress> {
  const written = text.trim();
  if (SHOP_NAME.test(written.toLowerCase())) {
    return { value: shopAt(`${written.toLowerCase()}.myshopify.com`) };
  }
  const url = parseUrl(written.includes("://") ? written : `https://${written}`);
  if (url === null || url.username !== "" || url.password !== "") {
    return { problem: "is no shop: write my-shop or my-shop.myshopify.com" };
  }
  if (isLoopback(url)) {
    return url.pathname === "/" && url.search === "" && written.includes("://")
      ? { value: { baseUrl: url.origin, domain: url.host } }
      : { problem: "is a loopback address: write it as http://127.0.0.1:4000, without a path" };
  }
  if (url.protocol !== "https:") {
    return { problem: "must be https: plain http is only for loopback addresses" };
  }
  const adminShop = url.host === "admin.shopify.com" ? /^\/store\/([a-z0-9-]+)/.exec(url.pathname)?.[1] : undefined;
  const domain = adminShop === undefined ? url.host : `${adminShop}.myshopify.com`;
  if (!SHOP_DOMAIN.test(domain)) {
    return { problem: "is a storefront address: write <name>.myshopify.com (Admin, Settings, Domains)" };
  }
  return { value: shopAt(domain) };
}

function shopAt(domain: string): ShopAddress {
  return { baseUrl: `https://${domain}`, domain };
}

/** A provider's base address with its path, without a slash at the end. */
export function readApiUrl(text: string): Parsed<string> {
  const url = parseUrl(text.trim());
  if (url === null || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return { problem: "is no base address: write https://host/path, without user or query" };
  }
  return requireHttps(url) ?? { value: `${url.origin}${url.pathname}`.replace(/\/+$/, "") };
}

/** Where the outside reaches this server. Shopify delivers webhooks to https only (shopify.dev, read 2026-11-22). */
export function readPublicUrl(text: string): Parsed<string> {
  const url = parseUrl(text.trim());
  if (url === null || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return { problem: "is no address: write https://shipbot.example.com" };
  }
  return requireHttps(url) ?? { value: `${url.origin}${url.pathname}`.replace(/\/+$/, "") };
}

/** `sqlite:` and a path (relative to `cwd`), or `postgres://…`. Gives `sqlite:/absolute/path` or the URL as written. */
export function readDatabaseUrl(text: string, cwd: string): Parsed<string> {
  const written = text.trim();
  if (written.startsWith("sqlite:")) {
    const path = written.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "");
    if (path === "" || path.startsWith("//")) {
      return { problem: "names no file: write sqlite:/path/shipbot.db" };
    }
    if (path.includes(":memory:")) {
      return { problem: "would forget every label at a restart: write sqlite:/path/shipbot.db" };
    }
    return { value: `sqlite:${resolve(cwd, path)}` };
  }
  if (/^postgres(ql)?:\/\//.test(written)) {
    const url = parseUrl(written);
    // An unencoded # or / ends the host early; URL then takes half the password for a path or a fragment.
    return url === null || url.hostname === "" || url.hash !== ""
      ? { problem: "cannot be read near the host: percent-encode the password (@ is %40, # is %23)" }
      : { value: written };
  }
  return { problem: "is no database: write sqlite:/path/shipbot.db or postgres://…" };
}

export function readRedisUrl(text: string): Parsed<string> {
  const url = parseUrl(text.trim());
  return url !== null && (url.protocol === "redis:" || url.protocol === "rediss:")
    ? { value: text.trim() }
    : { problem: "is no Redis address: write redis://host:6379" };
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

function requireHttps(url: URL): { readonly problem: string } | null {
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))) {
    return null;
  }
  return url.protocol === "http:"
    ? { problem: "must be https: plain http is only for loopback addresses" }
    : { problem: "is no web address: it begins with https://" };
}
