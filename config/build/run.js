/**
 * `node config/build/run.js <what> [args…]`: makes ready what is missing or stale, then does `<what>` on Node 24.
 *
 * 1. Dependencies: `npm ci` when `node_modules` is absent or is not what the lock file says.
 * 2. Bundle: `dist/` is rebuilt when its sources changed.
 * 3. The target, as a child with our stdin, stdout and stderr, and with its exit code as ours.
 *
 * What this file says goes to stderr; stdout belongs to the target. Plain JavaScript without dependencies: the first
 * run happens on whatever Node the machine has (18 or newer), with nothing installed.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, rmSync, symlinkSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import {
  BUNDLED_NODE,
  builtBundle,
  findNode,
  installIsCurrent,
  PROGRAM,
  ROOT,
  stampInstall,
  wantedBundle,
} from "./checkout.js";
import { withLock } from "./lock.js";

/** sysexits: EX_CONFIG and EX_SOFTWARE, as the program itself uses them. */
const EXIT_ENVIRONMENT = 78;
const EXIT_INTERNAL = 70;
const EXIT_USAGE = 2;

const NODE_ADVICE = "install Node 24 or newer (https://nodejs.org), then run it again";

const BIOME = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

/** biome colours what it writes into a pipe too, letter by letter. */
const PLAIN = process.stdout.isTTY && !process.env["NO_COLOR"] ? [] : ["--colors=off"];

/**
 * Each target is a list of steps; extra arguments go to the last one. `bundle` says whether it needs `dist/`.
 * @type {Record<string, { bundle: boolean, steps: string[][] }>}
 */
const TARGETS = {
  shipbot: { bundle: true, steps: [[PROGRAM]] },
  demo: { bundle: true, steps: [[PROGRAM, "demo"]] },
  start: { bundle: true, steps: [[PROGRAM, "daemon"]] },
  test: { bundle: true, steps: [[join(ROOT, "config", "build", "test.js")]] },
  bench: { bundle: true, steps: [[join(ROOT, "test", "bench", "run.ts")]] },
  sim: { bundle: false, steps: [[join(ROOT, "test", "sim", "run.ts")]] },
  fuzz: { bundle: true, steps: [[join(ROOT, "test", "fuzz", "run.ts")]] },
  kills: { bundle: true, steps: [[join(ROOT, "test", "e2e", "kills.ts")]] },
  build: { bundle: true, steps: [] },
  format: { bundle: false, steps: [[BIOME, "format", "--write", ...PLAIN]] },
  lint: { bundle: false, steps: [[BIOME, "ci", ...PLAIN]] },
  types: { bundle: false, steps: [[TSC]] },
  check: { bundle: false, steps: [[BIOME, "ci", ...PLAIN], [TSC]] },
};

/** Signals that reach this process alone and that the target has to hear of. */
const FORWARDED = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

class Stop extends Error {
  /**
   * @param {string} message what happened
   * @param {string} advice what to do
   * @param {number} exitCode
   */
  constructor(message, advice, exitCode) {
    super(message);
    this.advice = advice;
    this.exitCode = exitCode;
  }
}

async function main() {
  const [what = "", ...args] = process.argv.slice(2);
  const target = Object.hasOwn(TARGETS, what) ? TARGETS[what] : undefined;
  if (target === undefined) {
    throw new Stop(`"${what}" is nothing to run`, `one of: ${Object.keys(TARGETS).join(", ")}`, EXIT_USAGE);
  }
  if (!installIsCurrent() || findNode() === null || (target.bundle && builtBundle() !== wantedBundle())) {
    await withLock(
      join(ROOT, "dist", ".lock"),
      (pid) => say(`waiting for process ${pid}, which is preparing this folder`),
      () => prepare(target.bundle),
    );
  }
  const node = requireNode();
  for (const [index, step] of target.steps.entries()) {
    const stepArgs = index === target.steps.length - 1 ? [...step, ...args] : step;
    // The program runs where the user is; the tools run where their settings are.
    const cwd = step[0] === PROGRAM ? process.cwd() : ROOT;
    // Files that somebody edits while they run do not spoil them.
    const env =
      what === "test" || what === "kills" ? { ...process.env, TESTED_BUNDLE: builtBundle() ?? "" } : process.env;
    const code = await exitCodeOf(spawn(node, stepArgs, { stdio: "inherit", cwd, env }));
    if (code !== 0) {
      process.exitCode = code;
      return;
    }
  }
}

/** @param {boolean} bundle */
async function prepare(bundle) {
  if (!installIsCurrent()) {
    await timed("installing dependencies (npm ci)", install);
  }
  if (findNode() === null) {
    await timed(`fetching Node 24 (this is ${process.versions.node})`, fetchNode);
  }
  if (bundle && builtBundle() !== wantedBundle()) {
    const script = join(ROOT, "config", "build", "bundle.js");
    await timed("building dist/", () =>
      runQuietly(requireNode(), [script], ROOT, "the build failed", "mend it: see above"),
    );
  }
}

async function install() {
  // --include=dev: NODE_ENV=production must not leave out the tools that build and test. --ignore-scripts: .npmrc.
  const args = ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await runQuietly("npm", args, ROOT, "npm ci failed", "mend it (network, npm registry setting): see above");
  stampInstall();
}

/** npm's `node` package fetches its binary with an install script; this runs that one script. */
async function fetchNode() {
  const folder = join(ROOT, "node_modules", "node");
  const script = join(folder, "installArchSpecificPackage.js");
  if (!existsSync(script)) {
    throw nodeTooOld();
  }
  await runQuietly(process.execPath, [script], folder, "Node 24 could not be fetched", NODE_ADVICE);
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  if (spawnSync(BUNDLED_NODE, ["--version"]).status !== 0) {
    // A binary for another C library (Alpine) or processor.
    rmSync(BUNDLED_NODE, { force: true });
    throw nodeTooOld();
  }
  const link = join(ROOT, "node_modules", ".bin", "node");
  rmSync(link, { force: true });
  symlinkSync(join("..", "node", "bin", "node"), link);
}

function requireNode() {
  const node = findNode();
  if (node === null) {
    throw nodeTooOld();
  }
  return node;
}

function nodeTooOld() {
  return new Stop(`shipbot needs Node 24 or newer, this is ${process.versions.node}`, NODE_ADVICE, EXIT_ENVIRONMENT);
}

/**
 * Shows what the command wrote only when it failed.
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @param {string} failure
 * @param {string} advice
 */
async function runQuietly(command, args, cwd, failure, advice) {
  const env = { ...process.env, PATH: pathWithoutOwnTools(), npm_config_loglevel: "error" };
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  /** @type {Buffer[]} */
  const output = [];
  child.stdout.on("data", (chunk) => output.push(chunk));
  child.stderr.on("data", (chunk) => output.push(chunk));
  const code = await exitCodeOf(child);
  if (code !== 0) {
    process.stderr.write(`\n${Buffer.concat(output).toString()}`);
    throw new Stop(`${failure} (exit ${code})`, advice, EXIT_INTERNAL);
  }
}

/** npm must not run on the very Node that it is about to replace: `npm run` puts `node_modules/.bin` first. */
function pathWithoutOwnTools() {
  const entries = (process.env["PATH"] ?? "").split(delimiter);
  const others = entries.filter((entry) => !entry.startsWith(join(ROOT, "node_modules")));
  return others.some((entry) => existsSync(join(entry, "node"))) ? others.join(delimiter) : process.env["PATH"];
}

/**
 * The exit code of a child, or 128 + the signal that ended it; our own signals are passed on until then.
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number>}
 */
async function exitCodeOf(child) {
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    // Ctrl+C on a terminal reaches the whole process group: passing it on would make it two, and the second aborts.
    if (signal !== "SIGINT" || !process.stdin.isTTY) {
      child.kill(signal);
    }
  };
  for (const signal of FORWARDED) {
    process.on(signal, forward);
  }
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    for (const signal of FORWARDED) {
      process.off(signal, forward);
    }
  }
}

/**
 * @param {string} what
 * @param {() => Promise<void>} work
 */
async function timed(what, work) {
  const startedAt = Date.now();
  process.stderr.write(`shipbot: ${what} …`);
  await work();
  process.stderr.write(` ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`shipbot: ${text}\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Stop)) {
    throw error;
  }
  process.stderr.write(`error: ${error.message}\n  do: ${error.advice}\n`);
  process.exitCode = error.exitCode;
}
