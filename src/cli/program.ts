/** Runs one command line: finds the command, gives it its surroundings, and makes two lines of what is not understood. */
import { type Command, CommanderError, Command as Program } from "commander";
import { StoreError, UsageError } from "../base/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Invocation } from "./command.ts";
import { GROUPS, type Start } from "./declarations.ts";
import { EXIT, EXIT_CODES_TEXT } from "./exit-codes.ts";
import type { Terminal } from "./output.ts";
import { reportError, runCommand } from "./run-command.ts";

/** What the program stands in. */
export interface World {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly version: string;
  readonly clock: Clock;
}

const CONCISE_HELP = `shipbot buys labels for ready Shopify orders, once each, and follows parcels.

  shipbot demo                  the whole job with fakes: no account, no money
  shipbot status                how things stand

All commands: shipbot --help`;

/** Runs one command line to its end and gives its exit code. Never rejects. */
export async function runCommandLine(args: readonly string[], world: World): Promise<number> {
  if (args.length === 0) {
    world.terminal.note(CONCISE_HELP);
    return EXIT.usage;
  }
  const ended: { code: number } = { code: EXIT.fine };
  const program = createProgram(
    world,
    (code) => {
      ended.code = code;
    },
    args[0],
  );
  try {
    await program.parseAsync([...args], { from: "user" });
    return ended.code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      return EXIT.fine;
    }
    const style = { terminal: world.terminal, json: args.includes("--json"), verbose: false, version: world.version };
    return await reportError(error instanceof CommanderError ? toUsageError(error, args, program) : error, style);
  }
}

/** commander's sentence, its suggestion, and what to do. */
function toUsageError(error: CommanderError, args: readonly string[], program: Command): UsageError {
  const [what = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = /\(Did you mean (.+)\?\)/.exec(rest.join(" "))?.[1];
  const command = program.commands.find((candidate) => args.includes(candidate.name()));
  const help = command === undefined ? "shipbot --help" : `shipbot ${command.name()} --help`;
  if (error.code === "commander.help") {
    const choices = (command?.commands ?? program.commands).map((choice) => choice.name()).join(", ");
    return new UsageError(`${command?.name() ?? "shipbot"} needs one of: ${choices}`, help);
  }
  if (error.code === "commander.optionMissingArgument" && what.includes("--order")) {
    // Where a number was typed as #1001 the shell took it, and all after it, for a comment.
    return new UsageError("--order names no order", "write the number without #, or quote it: --order 1001");
  }
  return new UsageError(what, suggestion === undefined ? help : `did you mean ${suggestion}? See ${help}`);
}

/** A damaged database: which backup to take. */
async function adviseBackup(error: unknown, invocation: Invocation): Promise<unknown> {
  return error instanceof StoreError && error.kind === "corrupt"
    ? (await import("./damaged-database.ts")).nameBackup(error, invocation)
    : error;
}

/**
 * `end` is told the exit code of the command that ran. `wanted`: the command's name where it is known, so that the others
 * need not be declared, which takes a tenth of the time of a `status`.
 */
export function createProgram(world: World, end: (exitCode: number) => void, wanted?: string): Command {
  const program = new Program("shipbot")
    .description("Order-to-parcel automation for Shopify: never loses an order, never buys a label twice.")
    .version(world.version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .option("--config <file>", "config file (default: ./shipbot.yaml where there is one)")
    .option("--data-dir <folder>", "data folder: database, labels, logs")
    .option("--verbose", "show log lines and stacks on stderr")
    .configureHelp({ showGlobalOptions: true, helpWidth: 80 })
    // Before the commands are declared: they inherit it. Errors become two lines of ours, and no call may end the
    // process before its output is written.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.terminal.print([text.trimEnd()]),
      writeErr: () => undefined,
    })
    .addHelpText("after", `\n${EXIT_CODES_TEXT}\nSettings: docs/settings.md. JSON: docs/json.md.`);
  const start: Start = (command, work) => async () => {
    const globals = command.optsWithGlobals<{ config?: string; dataDir?: string; verbose?: boolean; json?: boolean }>();
    const { terminal, version } = world;
    const verbose = globals.verbose === true;
    const invocation: Invocation = { ...world, configPath: globals.config, dataDir: globals.dataDir, verbose };
    const style = { terminal, json: globals.json === true, verbose, version };
    const isRestore = command.name() === "restore";
    end(
      await runCommand(style, async () => {
        try {
          return await work(invocation);
        } catch (error) {
          // What is to be restored instead of a damaged backup, `restore` says itself.
          throw isRestore ? error : await adviseBackup(error, invocation);
        }
      }),
    );
  };
  const group = GROUPS.find(({ names }) => names.includes(wanted ?? ""));
  for (const { declare } of group === undefined ? GROUPS : [group]) {
    declare(program, start);
  }
  return program;
}
