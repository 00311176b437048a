/**
 * What a command that only reads works with: the database. It never creates one: where there is none, nothing has
 * happened yet, and that is the answer. Loaded by `status`, so it imports neither the settings' schema nor adapters.
 */
import { existsSync } from "node:fs";
import { UsageError } from "../base/errors.ts";
import { databaseFile } from "../store/database-file.ts";
import { isDaemonRunning } from "../store/lock.ts";
import { openStore } from "../store/store.ts";
import type { Store } from "../store/types.ts";
import type { Invocation } from "./command.ts";
import { lockFolderOf, type Places, readPlaces } from "./places.ts";

/** Enough to read what is stored. */
export interface Local {
  readonly dataDir: string;
  /** The shop's domain. */
  readonly shopId: string;
  readonly store: Store;
  readonly isDaemonRunning: () => boolean;
  close(): Promise<void>;
}

/**
 * `null` when there is no database yet. Throws `SettingsError`, `StoreError`, and `UsageError` when it cannot be told
 * which shop is meant.
 */
export async function openLocal(invocation: Invocation): Promise<Local | null> {
  const { clock } = invocation;
  const places = await readPlaces(invocation);
  const { dataDir, databaseUrl } = places;
  const file = databaseFile(databaseUrl);
  if (file !== null && !existsSync(file)) {
    return null;
  }
  const shopId = places.shopId ?? (await onlyShop(places, invocation));
  if (shopId === null) {
    return null;
  }
  const store = await openStore({ url: databaseUrl, shopId, clock });
  return {
    ...{ dataDir, shopId, store },
    isDaemonRunning: () => isDaemonRunning(lockFolderOf(databaseUrl, dataDir)),
    close: () => store.close(),
  };
}

async function onlyShop(places: Places, { clock }: Invocation): Promise<string | null> {
  const { listShops } = await import("../store/shops.ts");
  const shops = await listShops({ url: places.databaseUrl, clock });
  if (shops.length > 1) {
    throw new UsageError(
      `the database holds ${shops.length} shops: ${shops.join(", ")}`,
      "say which one you mean: SHOPIFY_SHOP_URL=<shop> shipbot status",
    );
  }
  return shops[0] ?? null;
}
