/** Aims at the command line: whatever is typed, there is an exit code of the contract, two lines, and no stack. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/base/system.ts";
import { GROUPS } from "../../src/cli/declarations.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { Terminal } from "../../src/cli/output.ts";
import { runCommandLine } from "../../src/cli/program.ts";
import type { Chance } from "./chance.ts";
import { type FuzzFailure, type FuzzTarget, judgeSafely } from "./target.ts";

const COMMANDS = [...GROUPS.flatMap(({ names }) => names), "help", "check", "show", "list", "register"];
const FLAGS = [
  "--order",
  "-o",
  "--json",
  "--dry-run",
  "--all",
  "--since",
  "--timeout",
  "--limit",
  "--out",
  "--why",
  "--parked",
  "--reason",
  "--config",
  "--data-dir",
  "--verbose",
  "--once",
  "--help",
  "-h",
  "-V",
  "--port",
  "--orders",
  "--",
  "-",
  "--no-such",
  "-ojson",
  "--order=",
  "--json=1",
];
/** No path among them leads out of the folder: some commands write where they are told. */
const WORDS = [
  "1001",
  "#1001",
  "gid://shopify/Order/1",
  "gid://shopify/Order/99999999999999999999999",
  "https://admin.shopify.com/store/x/orders/1",
  "2h",
  "-1",
  "0",
  "1e999",
  "NaN",
  "",
  " ",
  "\u0000",
  "\u001b[2J",
  "ü",
  "\ud800",
  "a".repeat(5_000),
  "__proto__",
  "constructor",
  "toString",
  "sub/../no-such-file",
  "no-such-folder/file.db",
  ".",
  "'; drop table orders; --",
  "no_rate",
  "2026-02-30",
  "99999999999d",
  "%s%n",
  "--json\n",
];
/** They would run on: whatever is typed with them must be refused. */
const LONG_RUNNING = ["demo", "sandbox", "daemon"];
const CODES: ReadonlySet<number> = new Set([EXIT.fine, EXIT.attention, EXIT.usage, EXIT.unreachable, EXIT.settings]);

export function commandLines(): FuzzTarget {
  return {
    name: "command_line",
    share: 20,
    batch: 16,
    async open() {
      const folder = await mkdtemp(join(tmpdir(), "shipbot-fuzz-"));
      return {
        async run(cases) {
          const failures: FuzzFailure[] = [];
          for (const { index, chance } of cases) {
            const args = makeArgs(chance);
            const what = await judgeSafely(() => judgeRun(args, folder));
            if (what !== null) {
              failures.push({
                index,
                what: `${what} (${JSON.stringify(args).slice(0, 300)})`,
                payload: Buffer.from(JSON.stringify(args)),
              });
            }
          }
          return failures;
        },
        async close() {
          await rm(folder, { recursive: true, force: true });
          return [];
        },
      };
    },
  };
}

function makeArgs(chance: Chance): string[] {
  const args = chance.oneIn(20)
    ? []
    : [
        chance.weighted([
          [12, chance.pick(COMMANDS)],
          [1, chance.pick(WORDS)],
          [1, chance.pick(FLAGS)],
        ]),
      ];
  for (let left = chance.below(6); left > 0; left -= 1) {
    args.push(
      chance.weighted([
        [5, chance.pick(FLAGS)],
        [5, chance.pick(WORDS)],
        [1, chance.pick(COMMANDS)],
      ]),
    );
  }
  // Two: the first may be taken for the value of the flag before it.
  return args.some((arg) => LONG_RUNNING.includes(arg)) ? [...args, "--no-such-a", "--no-such-b"] : args;
}

async function judgeRun(args: readonly string[], folder: string): Promise<string | null> {
  const said = { out: "", err: "" };
  const terminal: Terminal = {
    ...{ width: 80, canAsk: false, isLive: false, paint: (_: unknown, text: string) => text },
    print: (lines) => {
      said.out += lines.map((line) => `${line}\n`).join("");
    },
    printJson: (document) => {
      said.out += `${JSON.stringify(document)}\n`;
    },
    write: (text) => {
      said.err += text;
    },
    note: (line) => {
      said.err += `${line}\n`;
    },
  };
  const world = {
    terminal,
    env: { SHIPBOT_DATA_DIR: folder, HOME: folder },
    cwd: folder,
    version: "9.9.9",
    clock: systemClock,
  };
  const code = await runCommandLine(args, world);
  // 70 also says that a file is no database of ours, which is the file's trouble; a mistake of ours says so.
  const isOurs = /this is a mistake in shipbot|"kind":"internal"/.test(said.err);
  if (isOurs || !(CODES.has(code) || (code === EXIT.internal && args[0] === "restore"))) {
    return `exit code ${code}: ${said.err.slice(0, 200)}`;
  }
  if (/^\s+at .*:\d+:\d+\)?$/m.test(said.err) && !args.includes("--verbose")) {
    return "a stack";
  }
  if ([...(said.err + said.out)].some(isControl)) {
    return "a control character on the terminal";
  }
  return code === EXIT.usage && args.length > 0 && !/(^|\n) {2}do: |"remedy":/.test(said.err)
    ? `no word on what to do: ${said.err.slice(0, 100)}`
    : null;
}

/** Moves the cursor, rings, or does worse; line breaks and tabs are ours. */
function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return (code < 0x20 && character !== "\n" && character !== "\t") || code === 0x7f;
}
