/** Where the program begins. The exit code is set and never forced: an answer into a pipe is written to its end. */
import { systemClock } from "../base/system.ts";
import { createTerminal } from "./output.ts";
import { runCommandLine } from "./program.ts";

for (const stream of [process.stdout, process.stderr]) {
  // Nobody reads any more (`| head -1`): no error of ours. What else can go wrong with stdout bin/shipbot.js tells.
  stream.on("error", () => undefined);
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  terminal: createTerminal(process),
  env: process.env,
  cwd: process.cwd(),
  version: process.env["SHIPBOT_VERSION"] ?? "0.0.0",
  clock: systemClock,
});
