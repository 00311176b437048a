/** Asks before what cannot be taken back. Without somebody to ask, the flag `--yes` has to say it. */
import { createInterface } from "node:readline/promises";
import { UsageError } from "../base/errors.ts";
import type { Terminal } from "./output.ts";

/** `true`: go on. Throws `UsageError` when nobody can be asked and `yes` was not given. No is the default. */
export async function confirm(
  terminal: Terminal,
  question: string,
  yes: boolean,
  warning = "it cannot be taken back",
): Promise<boolean> {
  if (yes) {
    return true;
  }
  if (!terminal.canAsk) {
    throw new UsageError(`nobody is here to answer: ${question}?`, `add --yes, if so; ${warning}`);
  }
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await dialogue.question(`${question.charAt(0).toUpperCase()}${question.slice(1)}? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    dialogue.close();
  }
}
