/** What the simulated program runs with: its own defaults, with the pauses of a day made those of some minutes. */

import { SANDBOX_API_KEY, SANDBOX_WEBHOOK_SECRET } from "../../src/sandbox/sandbox.ts";
import { loadSettings } from "../../src/settings/load.ts";
import type { Settings } from "../../src/settings/types.ts";
import { HOST } from "./world.ts";

const every = (seconds: number) => ({ kind: "every", everyMs: seconds * 1_000, text: `${seconds}s` }) as const;

export const RELOOK_MS = 120_000;

export function simulatedSettings(hasJourney: boolean): Settings {
  const settings = loadSettings({
    cwd: "/simulation",
    flags: {},
    configPath: undefined,
    env: {
      SHOPIFY_SHOP_URL: `http://${HOST}`,
      SHOPIFY_ACCESS_TOKEN: "shpat_sandbox",
      SHOPIFY_WEBHOOK_SECRET: "sandbox-client-secret",
      SHIPPING_PROVIDER: "easypost",
      SHIPPING_API_KEY: SANDBOX_API_KEY,
      SHIPPING_API_URL: `http://${HOST}/v2`,
      SHIPPING_WEBHOOK_SECRET: SANDBOX_WEBHOOK_SECRET,
    },
    readFile: (path) => {
      throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
    },
  });
  return {
    ...settings,
    database: { url: "sqlite::memory:" },
    server: { ...settings.server, publicUrl: null },
    schedule: {
      ...settings.schedule,
      pollOrders: every(30),
      pollFulfillmentOrders: every(30),
      pollTracking: every(hasJourney ? 4 : 300),
      resync: every(60),
      prune: every(86_400),
    },
    policy: { ...settings.policy, relookMs: RELOOK_MS },
  };
}
