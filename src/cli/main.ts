/** Where the program begins. The exit code is set and never forced: an answer into a pipe is written to its end. */
import { systemClock } from "../base/system.ts";
import { reportCrashes } from "./crash.ts";
import { createTerminal } from "./output.ts";
import { runCommandLine } from "./program.ts";
import { reportError } from "./run-command.ts";

for (const stream of [process.stdout, process.stderr]) {
  // Nobody reads any more (`| head -1`): no error of ours. What else can go wrong with stdout bin/shipbot.js tells.
  stream.on("error", () => undefined);
}

const args = process.argv.slice(2);
const terminal = createTerminal(process);
const version = process.env["SHIPBOT_VERSION"] ?? "0.0.0";
reportCrashes((error) => reportError(error, { terminal, version, json: args.includes("--json"), verbose: true }));

process.exitCode = await runCommandLine(args, {
  ...{ terminal, version },
  env: process.env,
  cwd: process.cwd(),
  clock: systemClock,
});
