/** What a command works with that asks the shop or the provider, or acts: all settings, the database, the remotes. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, join, resolve } from "node:path";
import { SettingsError } from "../base/errors.ts";
import { type Log, SILENT } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import { DEFAULT_CONFIG_FILE } from "../settings/config-file.ts";
import { describeSettings, listSecrets, type SettingsReport } from "../settings/describe.ts";
import { type Exposure, findExposures } from "../settings/exposure.ts";
import { gatherSettings } from "../settings/gather.ts";
import { loadSettings } from "../settings/load.ts";
import type { LocalSettings, Settings } from "../settings/types.ts";
import { findUnbuilt } from "../settings/unbuilt.ts";
import { findWarnings, type SettingsWarning } from "../settings/warnings.ts";
import { databaseFile } from "../store/database-file.ts";
import { isDaemonRunning } from "../store/lock.ts";
import { openStore } from "../store/store.ts";
import type { Remotes, SettingsSource } from "../wiring.ts";
import type { Invocation } from "./command.ts";
import type { Local } from "./local.ts";
import type { ShopLookup } from "./order-reference.ts";
import { lockFolderOf } from "./places.ts";

/** Enough to ask the shop and to act. */
export interface Everything extends Local {
  readonly settings: Settings;
  readonly remotes: Remotes;
  readonly log: Log;
  readonly lookup: ShopLookup;
}

const MEMORY = "sqlite::memory:";

function settingsInput(invocation: Invocation) {
  const { env, cwd, configPath, dataDir } = invocation;
  return { env, cwd, configPath, flags: { dataDir } };
}

/** Throws `SettingsError` with all problems. */
export function loadAll(invocation: Invocation, readFile?: (path: string) => string): Settings {
  const settings = loadSettings({ ...settingsInput(invocation), ...(readFile && { readFile }) });
  const unbuilt = findUnbuilt(settings);
  if (unbuilt.length > 0) {
    throw new SettingsError(unbuilt);
  }
  return settings;
}

/**
 * For a process that reads its settings again. A file that is gone or empty is refused where there was one: whoever is
 * about to replace it does not mean the defaults, under which orders might be shipped that a rule holds.
 */
export function settingsSource(invocation: Invocation, started: Settings): SettingsSource {
  const named = gatherSettings(settingsInput(invocation)).environment.texts.get("config")?.text;
  const file = resolve(invocation.cwd, named ?? DEFAULT_CONFIG_FILE);
  let wasThere = started.configPath !== null;
  const refuse = (message: string): SettingsError =>
    new SettingsError([{ setting: basename(file), env: null, value: null, message, position: null }]);
  return {
    file,
    read() {
      const found: { text: string | null } = { text: null };
      const settings = loadAll(invocation, (path) => {
        const content = readFileSync(path, "utf8");
        found.text = path === file ? content : found.text;
        return content;
      });
      if (wasThere && found.text === null) {
        throw refuse("is gone: put it back, or restart for the defaults");
      }
      if (wasThere && found.text?.trim() === "") {
        throw refuse("is empty: write a comment into it if the defaults are meant");
      }
      wasThere ||= found.text !== null;
      return settings;
    },
  };
}

/** What is there without any credential. Throws `SettingsError` with all problems. */
export function loadLocal(invocation: Invocation): LocalSettings {
  const settings = loadSettings({ ...settingsInput(invocation), need: "local" });
  const unbuilt = findUnbuilt(settings);
  if (unbuilt.length > 0) {
    throw new SettingsError(unbuilt);
  }
  return settings;
}

/** Every setting and every problem, for `config`. Never throws for bad settings. */
export function describeAll(invocation: Invocation): ConfigReport {
  const report = describeSettings(settingsInput(invocation));
  if (report.problems.length > 0) {
    return { ...report, exposures: [], warnings: [] };
  }
  const settings = loadSettings({ ...settingsInput(invocation), need: "local" });
  const warnings = findWarnings(settingsInput(invocation));
  return { ...report, problems: findUnbuilt(settings), exposures: exposuresOf(invocation, settings), warnings };
}

export interface ConfigReport extends SettingsReport {
  readonly exposures: readonly Exposure[];
  /** No mistakes: the settings can be used. */
  readonly warnings: readonly SettingsWarning[];
}

/** What others on this machine could read or change of ours. Empty where there are no such permissions (Windows). */
export function exposuresOf(invocation: Invocation, settings: LocalSettings): readonly Exposure[] {
  if (process.platform === "win32") {
    return [];
  }
  const { env, cwd } = invocation;
  const { dataDir, configPath } = settings;
  const databasePath = databaseFile(settings.database.url);
  return findExposures(
    { env, cwd, dataDir, databasePath, configPath },
    (path) => statSync(path, { throwIfNoEntry: false })?.mode ?? null,
  );
}

/** What the log must never show. */
export function secretsOf(settings: LocalSettings | Settings): readonly Secret[] {
  return listSecrets(settings);
}

/** Where the daemon's lock lies. */
export function lockFolder(settings: LocalSettings): string {
  return lockFolderOf(settings.database.url, settings.dataDir);
}

function hasDatabase(settings: LocalSettings): boolean {
  const file = databaseFile(settings.database.url);
  return file === null || existsSync(file);
}

/**
 * Opens everything. `readOnly`: where there is no database yet, an empty one in memory stands in for it, so that asking
 * leaves no trace. Throws `SettingsError` and `StoreError`; makes no call to the outside.
 */
export async function openEverything(
  invocation: Invocation,
  options: { readonly readOnly: boolean },
): Promise<Everything> {
  const settings = loadAll(invocation);
  const { clock } = invocation;
  const [{ wireRemotes }, log] = await Promise.all([import("../wiring.ts"), openLog(invocation, settings, options)]);
  const shopId = settings.shopify.domain;
  const url = options.readOnly && !hasDatabase(settings) ? MEMORY : settings.database.url;
  const store = await openStore({ url, shopId, clock, log });
  const remotes = await wireRemotes({ settings, store, log, clock });
  return {
    ...{ settings, dataDir: settings.dataDir, shopId, store, remotes, log },
    lookup: {
      findOrders: (name) => remotes.guardShop(() => remotes.shop.findOrders(name)),
      readOrder: (id) => remotes.guardShop(() => remotes.shop.readOrder(id)),
    },
    isDaemonRunning: () => isDaemonRunning(lockFolder(settings)),
    async close() {
      await store.close();
      await log.close();
    },
  };
}

interface ClosingLog extends Log {
  close(): Promise<void>;
}

/** What an acting command does is in the log files beside what the daemon does; the terminal shows it only on demand. */
async function openLog(
  invocation: Invocation,
  settings: Settings,
  options: { readonly readOnly: boolean },
): Promise<ClosingLog> {
  if (options.readOnly && !invocation.verbose) {
    return { ...SILENT, close: async () => undefined };
  }
  const [{ createLog }, { Writable }] = await Promise.all([import("../base/log-output.ts"), import("node:stream")]);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  return createLog({
    level: settings.log.level,
    format: settings.log.format,
    dir: settings.log.files && !options.readOnly ? join(settings.dataDir, "logs") : null,
    clock: invocation.clock,
    secrets: secretsOf(settings),
    ...(invocation.verbose ? {} : { stderr: nowhere }),
  });
}

/** Who decides, for the journal: SHIPBOT_USER, else the user of the operating system. */
export function whoDecides(invocation: Invocation): string {
  const named = invocation.env["SHIPBOT_USER"]?.trim();
  if (named !== undefined && named !== "") {
    return named.slice(0, 64);
  }
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number without a name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
