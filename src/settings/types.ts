/** What the program runs with, once flag, environment, config file and defaults are merged and checked. Types only. */
import type { LogLevel } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { BackupPolicy } from "../core/backup-policy.ts";
import type { Policy } from "../core/policy.ts";
import type { DurationMs } from "../core/time.ts";

export type ShopifyAuth =
  | { readonly kind: "token"; readonly token: Secret }
  | { readonly kind: "client_credentials"; readonly clientId: string; readonly clientSecret: Secret };

export interface ShopifySettings {
  /** Without a slash at the end: `https://my-shop.myshopify.com`, or a loopback `http://` address. */
  readonly baseUrl: string;
  /** What Shopify calls the shop: `my-shop.myshopify.com`; `127.0.0.1:PORT` for a loopback address. */
  readonly domain: string;
  readonly auth: ShopifyAuth;
  /** Each is tried in turn, so that a secret can be rotated. Empty: webhooks from Shopify cannot be verified. */
  readonly webhookSecrets: readonly Secret[];
  readonly apiVersion: string;
}

export interface ShippingSettings {
  readonly provider: ShippingProviderName;
  readonly apiKey: Secret;
  /** Base address with its path, without a slash at the end: `https://api.easypost.com/v2`. */
  readonly apiUrl: string;
  readonly webhookSecret: Secret | null;
}

/** Providers that `loadSettings` lets through. */
export type ShippingProviderName = "easypost" | "sandbox";

export type LogFormat = "pretty" | "json";

export interface LogSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Whether `logs/combined.log` and `logs/error.log` are written in the data folder. */
  readonly files: boolean;
}

/** When a task runs. `text` is what was written: `30s`, or a cron pattern of five fields. */
export type Schedule =
  | { readonly kind: "every"; readonly everyMs: DurationMs; readonly text: string }
  | { readonly kind: "cron"; readonly pattern: string; readonly timeZone: string; readonly text: string };

export interface Schedules {
  readonly pollOrders: Schedule;
  readonly pollFulfillmentOrders: Schedule;
  readonly pollTracking: Schedule;
  /** Looks again at every unsettled order. */
  readonly resync: Schedule;
  /** Checks that the webhook subscriptions exist. */
  readonly webhooks: Schedule;
  readonly prune: Schedule;
  readonly backup: Schedule;
  /** Adds to the newest backup what changed since. */
  readonly archive: Schedule;
}

export interface Retention {
  /** Received webhooks. */
  readonly inboxMs: DurationMs;
  /** What happened to each order. */
  readonly timelineMs: DurationMs;
  /** Label files of parcels that are settled. */
  readonly labelsMs: DurationMs;
  /** What rows of orders at their end tell about people. */
  readonly personalDataMs: DurationMs;
  /** Databases that a restore put aside. */
  readonly replacedDatabasesMs: DurationMs;
}

export interface BackupSettings extends BackupPolicy {
  /** Absolute. */
  readonly folder: string;
}

/** Settings that are there without any credential: enough to open the database and to describe what is set. */
export interface LocalSettings {
  readonly database: {
    /** `sqlite:/absolute/path/file.db` or `postgres://…`, in which a password may stand: it is never printed. */
    readonly url: string;
  };
  readonly redisUrl: Secret | null;
  readonly server: { readonly host: string; readonly port: number; readonly publicUrl: string | null };
  /** Absolute. Holds the database, labels, backups and logs. */
  readonly dataDir: string;
  readonly log: LogSettings;
  readonly schedule: Schedules;
  /** How many orders are worked on at once. */
  readonly concurrency: number;
  readonly policy: Policy;
  readonly retention: Retention;
  readonly backup: BackupSettings;
  /** The config file that was read, absolute; `null` when there was none. */
  readonly configPath: string | null;
}

export interface Settings extends LocalSettings {
  readonly shopify: ShopifySettings;
  readonly shipping: ShippingSettings;
}
