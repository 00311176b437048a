#!/usr/bin/env node
// Starts the program on a Node that can run it. This file must parse on old Nodes and may import nothing that is
// native: on Node 20 the SQLite binding ends the process with a segmentation fault instead of an error.
// Whatever is imported here is paid for by every command, so most of it is imported where it is needed.
import { existsSync, readFileSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const EXIT_INTERNAL = 70;
const EXIT_ENVIRONMENT = 78;
/** Set for the process that `continueOnBundledNode` starts. */
const RELAYED = "SHIPBOT_RELAYED";
/** A daemon has loaded everything by then. */
const CACHE_AFTER_MS = 5_000;
const main = new URL("../dist/main.js", import.meta.url);
const bundledNode = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));

/** @param {string} what @param {string} advice */
function refuse(what, advice, exitCode = EXIT_ENVIRONMENT) {
  process.stderr.write(`error: ${what}\n  do: ${advice}\n`);
  process.exitCode = exitCode;
}

/** The same command on the Node that the development dependencies brought, with our signals and its exit as ours. */
async function continueOnBundledNode() {
  const { spawn } = await import("node:child_process");
  // The channel carries nothing: its end tells the program that this process is gone, however it went.
  const child = spawn(bundledNode, process.argv.slice(1), {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [RELAYED]: "1" },
  });
  const forwarded = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  for (const signal of forwarded) {
    process.on(signal, () => {
      // Ctrl+C on a terminal reaches both processes: passing it on would make it two, and the second one aborts.
      if (signal !== "SIGINT" || !process.stdin.isTTY) {
        child.kill(signal);
      }
    });
  }
  child.once("error", (error) => refuse(`${bundledNode} does not run (${error.message})`, "install Node 24 or newer"));
  child.once("exit", (code, signal) => {
    if (signal === null) {
      process.exit(code);
    }
    for (const name of forwarded) {
      process.removeAllListeners(name);
    }
    process.kill(process.pid, signal);
  });
}

/**
 * The daemon runs for months beside other programs: V8 would let its heap grow to several times what is in use before it
 * collects, because it goes by the memory of the machine. These two are read at every collection, so that they count
 * from here on; the sizes themselves are fixed before the first line runs, and would need a second process.
 */
async function keepHeapSmall() {
  const { setFlagsFromString } = await import("node:v8");
  // What is new stays in the 1 MB that it starts with: more collections, each of them short.
  setFlagsFromString("--semi-space-growth-factor=1");
  // The next collection of everything comes when the heap is half as large again as what the last one left.
  setFlagsFromString("--heap-growing-percent=50");
}

/** Whoever kills the process that they started means this one: it ends as suddenly, and leaves what a crash leaves. */
function endWithStarter() {
  if (process.env[RELAYED] === "1" && process.channel !== undefined) {
    process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
    // Listening for its end must not keep a finished command alive.
    process.channel?.unref();
  }
  delete process.env[RELAYED];
}

async function runHere() {
  endWithStarter();
  // A report that somebody asks Node for (--report-on-signal, say) would list the environment, where the secrets are.
  process.report.excludeEnv = true;
  if (process.argv.includes("daemon")) {
    await keepHeapSmall();
    // Node writes the cache down when it ends, and a daemon that is killed never does.
    setTimeout(() => module.flushCompileCache(), CACHE_AFTER_MS).unref();
  }
  // `shipbot … | head -1` closes the pipe early: that is no error of ours.
  process.stdout.on("error", (error) => {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== "EPIPE") {
      refuse(`the output could not be written (${code})`, "look at the disk or the pipe it goes to", EXIT_INTERNAL);
    }
    process.exit();
  });
  // Saves a fifth of the start-up. Beside the bundle and not in the shared temporary folder, where others may write.
  module.enableCompileCache(fileURLToPath(new URL("../dist/.cache", import.meta.url)));
  await import(main.href);
}

if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) {
  // Scripts ask this often, and it needs neither the bundle nor a new Node.
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  process.stdout.write(`${JSON.parse(manifest).version}\n`);
} else if (Number.parseInt(process.versions.node, 10) >= 24) {
  if (existsSync(main)) {
    await runHere();
  } else {
    refuse("this copy of shipbot is not built (dist/main.js is missing)", "npm run build");
  }
} else if (existsSync(bundledNode)) {
  await continueOnBundledNode();
} else {
  refuse(`shipbot needs Node 24 or newer, this is ${process.versions.node}`, "install it from https://nodejs.org");
}
