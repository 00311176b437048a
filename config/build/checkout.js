/**
 * What is in this checkout and whether it is current: the dependencies against the lock file, the bundle against its
 * sources. Plain JavaScript without dependencies, because it runs before anything is installed, on Node 18 and newer.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The Node 24 that `npm ci` brings along, for machines whose own Node is older. */
export const BUNDLED_NODE = join(ROOT, "node_modules", "node", "bin", "node");

export const REQUIRED_NODE_MAJOR = 24;

/** The program as it is shipped. */
export const PROGRAM = join(ROOT, "bin", "shipbot.js");

const INSTALL_STAMP = join(ROOT, "node_modules", ".shipbot-install");
const BUNDLE_STAMP = join(ROOT, "dist", ".shipbot-bundle");

/** What the bundle is made from. The lock file counts: dependencies are bundled too. */
const BUNDLE_SOURCES = ["src", "bin", "config/build", "package.json", "package-lock.json", "tsconfig.json"];

/** The path to a Node of the required version, or `null` when neither this process nor the dependencies have one. */
export function findNode() {
  if (existsSync(BUNDLED_NODE)) {
    return BUNDLED_NODE;
  }
  return Number.parseInt(process.versions.node, 10) >= REQUIRED_NODE_MAJOR ? process.execPath : null;
}

/** Names the state of the dependencies that the lock file and package.json ask for. */
export function wantedInstall() {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const asked = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies, manifest.overrides];
  return digest([JSON.stringify(asked), readFileSync(join(ROOT, "package-lock.json"))]);
}

/**
 * Whether `node_modules` is what the lock file says. Without our stamp, or with an old one (somebody ran npm by hand),
 * npm's own record of what it installed is compared; npm writes it last, so an interrupted install has none.
 */
export function installIsCurrent() {
  const wanted = wantedInstall();
  if (readIfThere(INSTALL_STAMP) === wanted) {
    return true;
  }
  if (!installedMatchesLock()) {
    return false;
  }
  stampInstall();
  return true;
}

/** Remembers that `node_modules` is current. Call it after a successful install only. */
export function stampInstall() {
  writeFileSync(INSTALL_STAMP, wantedInstall());
}

/** Names the contents of everything that the bundle is made from. */
export function wantedBundle() {
  /** @type {(string | Buffer)[]} */
  const parts = [];
  for (const path of BUNDLE_SOURCES.flatMap((source) => filesUnder(join(ROOT, source)))) {
    parts.push(relative(ROOT, path).split(sep).join("/"), readFileSync(path));
  }
  return digest(parts);
}

/** The name of the contents that `dist/` was built from; `null` when there is no complete build. */
export function builtBundle() {
  return existsSync(join(ROOT, "dist", "main.js")) ? readIfThere(BUNDLE_STAMP) : null;
}

/**
 * Remembers what `dist/` was built from. `wanted` is taken before the build, so that a file which changed during the
 * build makes the next run build again.
 * @param {string} wanted
 */
export function stampBundle(wanted) {
  writeFileSync(BUNDLE_STAMP, wanted);
}

function installedMatchesLock() {
  const lock = readIfThere(join(ROOT, "package-lock.json"));
  const record = readIfThere(join(ROOT, "node_modules", ".package-lock.json"));
  if (lock === null || record === null) {
    return false;
  }
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const locked = JSON.parse(lock).packages;
  const installed = JSON.parse(record).packages;
  const sameRoot = ["dependencies", "devDependencies"].every(
    (field) => JSON.stringify(manifest[field] ?? {}) === JSON.stringify(locked[""]?.[field] ?? {}),
  );
  return (
    sameRoot &&
    Object.keys(locked).every((path) => {
      // Optional packages are for other platforms: npm leaves them out.
      return path === "" || locked[path].optional || installed[path]?.version === locked[path].version;
    })
  );
}

/**
 * @param {string} path a file or a folder; absent ones give nothing
 * @returns {string[]}
 */
function filesUnder(path) {
  if (!existsSync(path)) {
    return [];
  }
  try {
    const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    return entries.flatMap((entry) =>
      entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)],
    );
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOTDIR") {
      return [path];
    }
    throw error;
  }
}

/**
 * Each part is preceded by its length: two lists of parts have one digest only when they are equal.
 * @param {(string | Buffer)[]} parts
 */
function digest(parts) {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  }
  return hash.digest("hex");
}

/** @param {string} path */
function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}
