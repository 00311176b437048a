/**
 * The one place where an error becomes two lines and an exit code: what, and what to do. Under `--json` the same as one
 * JSON line, also on stderr. A stack is shown on demand, and for a mistake of ours.
 */
import { RemoteError, SettingsError, StoreError, UsageError } from "../base/errors.ts";
import { hideSecrets } from "../base/secret.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { cleanText, type Terminal, withoutRemedy, wrapText } from "./output.ts";

export interface ErrorStyle {
  readonly terminal: Pick<Terminal, "note" | "width">;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly version: string;
}

/** Never rejects. */
export async function runCommand(style: ErrorStyle, command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    return await reportError(error, style);
  }
}

/** An error as its reader needs it. */
interface Told {
  readonly kind: string;
  /** One line each; more than one only for settings, where all problems are told at once. */
  readonly lines: readonly string[];
  readonly remedy: string;
  readonly exitCode: ExitCode;
  /** For `--json`: each problem of the settings. */
  readonly problems?: readonly unknown[];
}

export async function reportError(error: unknown, style: ErrorStyle): Promise<ExitCode> {
  const { terminal, json, verbose } = style;
  const told = await describeError(error, style.version);
  if (json) {
    const message = told.lines.map(cleanText).join("; ");
    const { kind, remedy, problems } = told;
    const document = { version: 1, error: { kind, message, remedy, ...(problems && { problems }) } };
    terminal.note(hideSecrets(JSON.stringify(document)));
  } else {
    const [first = "", ...others] = told.lines.map(cleanText);
    const lines = [
      ...hang("error: ", first, terminal.width),
      ...others.flatMap((line) => hang("       ", line, terminal.width)),
      ...hang("  do: ", told.remedy, terminal.width),
    ];
    terminal.note(hideSecrets(lines.join("\n")));
  }
  if (error instanceof Error && !json && (verbose || told.kind === "internal")) {
    terminal.note(hideSecrets(stackOf(error)));
  }
  return told.exitCode;
}

/** What does not fit goes on below the text, not below the word before it. */
function hang(head: string, text: string, width: number): readonly string[] {
  const [first = "", ...rest] = wrapText(text, width - head.length);
  return [head + first, ...rest.map((line) => " ".repeat(head.length) + line)];
}

async function describeError(error: unknown, version: string): Promise<Told> {
  if (error instanceof UsageError) {
    return { kind: "usage", lines: [error.message], remedy: error.remedy, exitCode: EXIT.usage };
  }
  if (error instanceof SettingsError) {
    return describeSettingsError(error);
  }
  if (error instanceof RemoteError) {
    return describeRemoteError(error);
  }
  if (error instanceof StoreError && error.kind === "unreadable") {
    return { kind: "backup_unreadable", lines: [withoutRemedy(error)], remedy: error.remedy, exitCode: EXIT.usage };
  }
  if (error instanceof StoreError && error.kind !== "unexpected") {
    // The folder, and who else works in it, is the operator's to mend; the rest is a database in trouble.
    const isPlace = ["unwritable", "newer_schema", "busy"].includes(error.kind);
    const exitCode = isPlace ? EXIT.settings : EXIT.internal;
    return { kind: `database_${error.kind}`, lines: [withoutRemedy(error)], remedy: error.remedy, exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: "internal",
    lines: [`this is a mistake in shipbot ${version}: ${message}`],
    remedy: "run it again; if it stays, report it with the lines below (they name no customer)",
    exitCode: EXIT.internal,
  };
}

async function describeSettingsError(error: SettingsError): Promise<Told> {
  const { formatProblem } = await import("../settings/problems.ts");
  const lines = error.problems.map(formatProblem);
  return {
    kind: "settings",
    lines: lines.length === 1 ? lines : [`${lines.length} problems in the settings`, ...lines],
    remedy: error.remedy ?? "correct them in the environment or the config file, then: shipbot config check",
    exitCode: EXIT.settings,
    problems: error.problems.map(({ setting, env, value, message, position }) => ({
      ...{ setting, env, value, message, position },
    })),
  };
}

const REMOTE_NAMES = { shopify: "Shopify", shipping: "the shipping provider" } as const;

function describeRemoteError(error: RemoteError): Told {
  const name = REMOTE_NAMES[error.remote];
  switch (error.kind) {
    case "unauthorized":
      return {
        kind: error.kind,
        lines: [`${name} refuses us: ${withoutRemedy(error)} [${error.kind}]`],
        remedy: error.remedy ?? "check the credential and its permissions: shipbot config show",
        exitCode: EXIT.attention,
      };
    case "unavailable":
    case "throttled":
    case "outcome_unknown":
      return {
        kind: error.kind,
        lines: [`${name} does not answer: ${withoutRemedy(error)} [${error.kind}]`],
        remedy: error.remedy ?? "wait and run it again; a running daemon goes on by itself",
        exitCode: EXIT.unreachable,
      };
    default:
      return {
        kind: error.kind,
        lines: [`${name} gave an answer of no use: ${withoutRemedy(error)} [${error.kind}]`],
        remedy: error.remedy ?? "run it again; if it stays, report it",
        exitCode: EXIT.attention,
      };
  }
}

/** With its causes, without the messages that were said already. Messages name no secret and no customer. */
function stackOf(error: Error): string {
  const lines: string[] = [];
  for (let current: unknown = error; current instanceof Error && lines.length < 60; current = current.cause) {
    lines.push(`${lines.length === 0 ? "" : "caused by "}${cleanText(current.name)}: ${cleanText(current.message)}`);
    lines.push(...(current.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)));
  }
  return lines.join("\n");
}
