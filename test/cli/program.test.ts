/** The command line itself: what it takes, what it says about what it does not take, and that help tells the truth. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/system.ts";
import type { Terminal } from "../../src/cli/output.ts";
import { createProgram, runCommandLine, type World } from "../../src/cli/program.ts";
import { REASONS } from "../../src/core/reasons.ts";

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbot-program-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function worldThatSays(said: { stdout: string; stderr: string }, env: Readonly<Record<string, string>> = {}): World {
  const terminal: Terminal = {
    width: 80,
    paint: (_, text) => text,
    canAsk: false,
    isLive: false,
    print: (lines) => {
      said.stdout += lines.map((line) => `${line}\n`).join("");
    },
    printJson: (document) => {
      said.stdout += `${JSON.stringify(document)}\n`;
    },
    write: (text) => {
      said.stderr += text;
    },
    note: (line) => {
      said.stderr += `${line}\n`;
    },
  };
  return { terminal, env, cwd: folder, version: "9.9.9", clock: systemClock };
}

async function say(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
  const said = { stdout: "", stderr: "" };
  const code = await runCommandLine(args, worldThatSays(said, env));
  return { code, ...said };
}

function allCommands(program: Command): readonly Command[] {
  return program.commands.flatMap((command) => [command, ...allCommands(command)]);
}

function declared(): Command {
  return createProgram(worldThatSays({ stdout: "", stderr: "" }), () => undefined);
}

describe("a command line that makes no sense", () => {
  it.each([
    [["stauts"], /unknown command 'stauts'/, /did you mean status\?/],
    [["status", "--jsn"], /unknown option '--jsn'/, /did you mean --json\?/],
    [["status", "everything"], /too many arguments/, /shipbot status --help/],
    [["why"], /required option .*--order/, /shipbot why --help/],
    [["sync", "--order"], /--order names no order/, /quote it: --order 1001/],
    [["sync", "--since", "yesterday"], /how long ago \(2h, 7d\) or a date/, /shipbot sync --help/],
    [["sync", "--timeout", "5"], /expected a time such as 30s/, /shipbot sync --help/],
    [["status", "--limit", "0"], /a whole number from 1/, /shipbot status --help/],
    [["hold", "--order", "1001"], /required option .*--why/, /shipbot hold --help/],
    [["config"], /config needs one of: check, show/, /shipbot config --help/],
    [["config", "chek"], /unknown command 'chek'/, /did you mean check\?/],
    [["demo", "--orders", "many"], /a whole number from 1/, /shipbot demo --help/],
    [["retry"], /which orders/, /shipbot retry --order 1001/],
    [["retry", "--order", "1", "--parked"], /cannot be combined/, /one of them/],
    [["retry", "--reason", "bad_mood"], /bad_mood is no reason/, /shipbot status/],
    [["sync", "--order", "1", "--all"], /cannot be combined/, /one of them/],
  ])("%j exits 2 with what and what to do", async (args, what, todo) => {
    const { code, stdout, stderr } = await say(args);
    const [told = "", remedy = ""] = stderr.trimEnd().split("\n  do: ");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(told.replaceAll(/\n\s+/g, " ")).toMatch(what);
    expect(remedy.replaceAll(/\n\s+/g, " ")).toMatch(todo);
    expect(stderr).toMatch(/^error: /);
  });

  it("is told as one JSON line when JSON was asked for", async () => {
    const { code, stdout, stderr } = await say(["status", "--json", "--lmit", "3"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(JSON.parse(stderr)).toEqual({
      version: 1,
      error: { kind: "usage", message: "unknown option '--lmit'", remedy: expect.stringContaining("--limit") },
    });
  });

  it("is told concisely when it is empty, with two examples", async () => {
    const { code, stdout, stderr } = await say([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.match(/^ {2}shipbot /gm)).toHaveLength(2);
    expect(stderr).toContain("shipbot --help");
  });
});

describe("help", () => {
  it("is on stdout, exits 0, and stays within 80 columns for every command", async () => {
    for (const command of [null, ...declared().commands]) {
      const { code, stdout, stderr } = await say([...(command === null ? [] : [command.name()]), "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain("Usage: shipbot");
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
  });

  it("shows examples and exit codes, also as `help <command>`", async () => {
    const asked = await say(["help", "sync"]);
    expect(asked.code).toBe(0);
    expect(asked.stdout).toMatch(/Examples:\n {2}\$ shipbot sync\n/);
    expect(asked.stdout).toContain("Exit codes: 0 fine");
    expect(asked.stdout).toBe((await say(["sync", "--help"])).stdout);
  });

  it("gives examples that the program takes", async () => {
    for (const command of declared().commands) {
      const { stdout } = await say([command.name(), "--help"]);
      const examples = [...stdout.matchAll(/^ {2}\$ shipbot ([^|&$()>\n]*)/gm)].map((match) => match[1] ?? "");
      for (const example of examples) {
        expect(commandProblem(example.replaceAll(/'[^']*'/g, "x")), example).toBeNull();
      }
    }
  });

  it("is the version for --version", async () => {
    expect(await say(["--version"])).toEqual({ code: 0, stdout: "9.9.9\n", stderr: "" });
  });
});

/** What is wrong with `retry --order 1001`; `null` when the program takes it. Nothing is run. */
function commandProblem(line: string): string | null {
  const program = declared();
  for (const command of allCommands(program)) {
    command.action(() => undefined);
  }
  try {
    program.parse(line.trim().split(/\s+/), { from: "user" });
    return null;
  } catch (error) {
    return error instanceof CommanderError ? error.message : String(error);
  }
}

describe("the commands", () => {
  it("are the same when only the wanted one is declared", () => {
    const describeOptions = (command: Command | undefined) =>
      command?.options.map((option) => [option.flags, option.description]);
    for (const command of declared().commands) {
      const program = createProgram(worldThatSays({ stdout: "", stderr: "" }), () => undefined, command.name());
      const alone = program.commands.find((candidate) => candidate.name() === command.name());
      expect(describeOptions(alone)).toEqual(describeOptions(command));
      expect(program.commands.length).toBeLessThan(declared().commands.length);
    }
  });
});

describe("the ways out of the reasons", () => {
  const commands = Object.entries(REASONS).flatMap(([reason, { remedy }]) =>
    [...remedy.matchAll(/shipbot (\w+(?: --[\w-]+(?: \{order\})?)+)/g)].map(
      (match) => [reason, (match[1] ?? "").replace("{order}", "1001")] as const,
    ),
  );

  it("name commands at all", () => {
    expect(commands.length).toBeGreaterThan(10);
  });

  it.each(commands)("%s: `shipbot %s` is a command with these flags", (_reason, line) => {
    expect(commandProblem(line)).toBeNull();
  });

  it("would be noticed if a command were not there", () => {
    expect(commandProblem("mend --order 1001")).toMatch(/unknown command/);
    expect(commandProblem("retry --orders 1001")).toMatch(/unknown option/);
  });
});
