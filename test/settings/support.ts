import { SettingsError } from "../../src/base/errors.ts";
import type { SettingsInput } from "../../src/settings/gather.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { formatProblem } from "../../src/settings/problems.ts";
import type { Settings } from "../../src/settings/types.ts";

/** The least that a daemon needs. */
export const GOOD_ENV = {
  SHOPIFY_SHOP_URL: "my-shop",
  SHOPIFY_ACCESS_TOKEN: "shpat_canary0token",
  SHIPPING_API_KEY: "EZTKcanary0key",
};

export interface Given {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly yaml?: string;
  /** Other files by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly configPath?: string;
}

/** In `/work-folder`, with the good environment underneath; `undefined` takes a variable away. */
export function inputOf(given: Given): SettingsInput {
  const files = new Map(Object.entries(given.files ?? {}));
  if (given.yaml !== undefined) {
    files.set("/work-folder/shipbot.yaml", given.yaml);
  }
  return {
    env: { ...GOOD_ENV, ...given.env },
    flags: given.flags ?? {},
    configPath: given.configPath,
    cwd: "/work-folder",
    readFile: (path) => {
      const text = files.get(path);
      if (text === undefined) {
        throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
      }
      return text;
    },
  };
}

export function load(given: Given): Settings {
  return loadSettings(inputOf(given));
}

/** The problems as an operator reads them; empty when there is none. */
export function problemsOf(given: Given): readonly string[] {
  try {
    load(given);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) {
      return error.problems.map(formatProblem);
    }
    throw error;
  }
}
