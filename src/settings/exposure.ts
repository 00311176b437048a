/**
 * What other users of the machine could read or change of us: the data folder, credential files, the config file. Files
 * that we make are ours alone whatever the umask; these were made by somebody else, so it is said and not changed.
 */
import { dirname, resolve } from "node:path";
import { SECRETS } from "./catalog.ts";
import type { Environment } from "./environment.ts";

export interface Exposure {
  /** Absolute. */
  readonly path: string;
  /** One line: who can do what. */
  readonly message: string;
  /** The command that mends it. */
  readonly remedy: string;
}

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
const OTHERS_ENTER = 0o001;
const ALL_WRITE = 0o022;

/** `modeOf` gives the permission bits of a path, `null` where there is nothing. Reads modes and changes nothing. */
export function findExposures(
  of: {
    readonly env: Environment;
    readonly cwd: string;
    readonly dataDir: string;
    /** `null`: no file. */
    readonly databasePath: string | null;
    readonly configPath: string | null;
  },
  modeOf: (path: string) => number | null,
): readonly Exposure[] {
  const found: Exposure[] = [];
  const say = (path: string, message: string, remedy: string) => found.push({ path, message, remedy });
  // Somebody who cannot enter a folder above cannot reach what is in it.
  const has = (path: string, bits: number) => ((modeOf(path) ?? 0) & bits) !== 0 && canEnter(dirname(path), modeOf);
  if (has(of.dataDir, OTHERS_READ | OTHERS_WRITE | OTHERS_ENTER)) {
    say(of.dataDir, "other users of this machine can get into the data folder", `chmod 700 ${of.dataDir}`);
  }
  if (of.databasePath !== null && has(of.databasePath, OTHERS_READ | OTHERS_WRITE)) {
    say(of.databasePath, "other users of this machine can read the database", `chmod 600 ${of.databasePath}*`);
  }
  for (const { env } of SECRETS) {
    const written = of.env[`${env}_FILE`]?.trim() ?? "";
    const path = resolve(of.cwd, written);
    if (written !== "" && has(path, OTHERS_READ | OTHERS_WRITE)) {
      say(path, `other users of this machine can read the file of ${env}`, `chmod 600 ${path}`);
    }
  }
  if (of.configPath !== null && has(of.configPath, ALL_WRITE)) {
    say(of.configPath, "others can change the config file, and with it what is bought", `chmod go-w ${of.configPath}`);
  }
  return found;
}

function canEnter(folder: string, modeOf: (path: string) => number | null): boolean {
  const above = dirname(folder);
  return ((modeOf(folder) ?? 0) & OTHERS_ENTER) !== 0 && (above === folder || canEnter(above, modeOf));
}
