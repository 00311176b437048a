/**
 * What an operator reads afterwards: fixed messages with fields, never a sentence built from outside text. Fields never
 * hold secrets, names, addresses, phones or e-mails (P9); order names and ids are fine.
 */

export type LogLevel = "error" | "warn" | "info" | "debug";

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

/** A log that says nothing, for commands that only answer. */
export const SILENT: Log = { error() {}, warn() {}, info() {}, debug() {} };
