/**
 * Where the database and the data folder are, read without the settings' schema: `status` is asked often and must not
 * wait for it. None of these stands in the config file, so the file is not read. Whatever looks unusual is left to the
 * real loader, which knows every sentence; a test holds both to the same answer.
 */
import { dirname, join, resolve } from "node:path";
import { SettingsError } from "../base/errors.ts";
import { readDatabaseUrl, readShopUrl } from "../settings/addresses.ts";
import { findUnbuilt } from "../settings/unbuilt.ts";
import { databaseFile } from "../store/database-file.ts";
import type { Invocation } from "./command.ts";

export interface Places {
  /** Absolute. */
  readonly dataDir: string;
  /** As in `LocalSettings`. */
  readonly databaseUrl: string;
  /** The shop that is named; `null` when none is. */
  readonly shopId: string | null;
}

const DATA_DIR = "./data";

/** Throws `SettingsError` when one of them cannot be used. */
export async function readPlaces(invocation: Invocation): Promise<Places> {
  const { cwd, env } = invocation;
  const written = [invocation.dataDir ?? env["SHIPBOT_DATA_DIR"], env["DATABASE_URL"]].map(
    (text) => text?.trim() ?? "",
  );
  const [folder = "", database = ""] = written;
  const dataDir = resolve(cwd, folder === "" ? DATA_DIR : folder);
  const read = readDatabaseUrl(database === "" ? `sqlite:${join(dataDir, "shipbot.db")}` : database, cwd);
  if ("problem" in read || written.some((text) => /^["']/.test(text))) {
    const { loadSettings } = await import("../settings/load.ts");
    const settings = loadSettings({ env, cwd, flags: { dataDir: invocation.dataDir }, need: "local" });
    return { dataDir: settings.dataDir, databaseUrl: settings.database.url, shopId: readShop(invocation) };
  }
  const unbuilt = findUnbuilt({ database: { url: read.value }, redisUrl: null });
  if (unbuilt.length > 0) {
    throw new SettingsError(unbuilt);
  }
  return { dataDir, databaseUrl: read.value, shopId: readShop(invocation) };
}

function readShop({ env }: Invocation): string | null {
  const name = "SHOPIFY_SHOP_URL";
  const written = env[name]?.trim() ?? "";
  if (written === "") {
    return null;
  }
  const read = readShopUrl(written);
  if ("value" in read) {
    return read.value.domain;
  }
  throw new SettingsError([{ setting: name, env: name, value: written, message: read.problem, position: null }]);
}

/** Where the daemon's lock lies: beside the database that it protects, else in the data folder. */
export function lockFolderOf(databaseUrl: string, dataDir: string): string {
  const file = databaseFile(databaseUrl);
  return file === null ? dataDir : dirname(file);
}
