/**
 * A value that must never be seen: it prints, logs and serialises as `[secret]`. Only the one call that needs it reveals
 * it. What was made a `Secret` in this process is remembered, so that texts which others wrote (a remote that repeats our
 * token in its error, a stack) can be cleaned of it wherever they leave: errors, log, terminal.
 */
import { inspect } from "node:util";

/** A daemon gets a new token a day and has a handful of settings: the oldest of more than these has long ended. */
const KNOWN_MAX = 256;
/** Replacing shorter texts everywhere would eat what is written: the log hides them where they are the whole value. */
const SECRET_CHARACTERS_MIN = 5;

/** Values with the forms under which they turn up. */
const known = new Map<string, readonly string[]>();
/** All forms, longest first: a secret may contain another. */
let hidden: readonly string[] = [];

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    remember(value);
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** `text` with `[secret]` in the place of every secret of this process, however it is written. Never throws. */
export function hideSecrets(text: string): string {
  let clean = text;
  for (const form of hidden) {
    clean = clean.replaceAll(form, "[secret]");
  }
  return clean;
}

function remember(value: string): void {
  if (value === "" || known.has(value)) {
    return;
  }
  known.set(value, listForms(value));
  const oldest = known.keys().next();
  if (known.size > KNOWN_MAX && !oldest.done) {
    known.delete(oldest.value);
  }
  hidden = [...new Set([...known.values()].flat())].sort((a, b) => b.length - a.length);
}

/** As it is, in a URL, in base64, and as HTTP Basic puts it (EasyPost sends the key as the user, without a password). */
function listForms(secret: string): readonly string[] {
  if (secret.length < SECRET_CHARACTERS_MIN) {
    return [];
  }
  const base64 = (value: string) => Buffer.from(value, "utf8").toString("base64").replace(/=+$/, "");
  return [secret, encodeForm(secret), base64(secret), base64(`${secret}:`)];
}

/** Half of a surrogate pair cannot be encoded; nothing that is sent holds one. */
function encodeForm(secret: string): string {
  return encodeURIComponent(secret.toWellFormed());
}
