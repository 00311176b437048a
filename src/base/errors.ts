/**
 * The families of errors, by who must act. Callers branch on `kind` or on the class, never on message text. Messages name
 * no secret, no name, no address. Each keeps its `cause`.
 */
import type { Failure, FailureKind, Outcome } from "../core/failure.ts";
import type { Instant } from "../core/time.ts";
import { hideSecrets } from "./secret.ts";

export { AssertionError } from "../core/assert.ts";

/** The person at the terminal can mend it. Exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** One line what to do. */
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

export interface SettingsProblem {
  /** Path in the config file or the env name: what the reader has to look for. */
  readonly setting: string;
  readonly env: string | null;
  /** The bad value as written; `null` for secrets and for what is missing. */
  readonly value: string | null;
  readonly message: string;
  /** Where it stands in the file: `shipbot.yaml:3:1`. */
  readonly position: string | null;
}

/** Settings cannot be used; all problems at once. Exit 78. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly problems: readonly SettingsProblem[];
  /** One line what to do, where "correct them" is not enough. */
  readonly remedy: string | null;

  constructor(problems: readonly SettingsProblem[], remedy: string | null = null, options?: ErrorOptions) {
    super(`${problems.length} problem${problems.length === 1 ? "" : "s"} in the settings`, options);
    this.problems = problems;
    this.remedy = remedy;
  }
}

export type StoreFailureKind =
  /** Another process holds the write lock, or the connection went: try again. */
  | "busy"
  /** No space, or the folder is read-only: nothing may be bought until the operator acts. */
  | "unwritable"
  /** The database was made by a newer program. */
  | "newer_schema"
  /** Not a database, or damaged. */
  | "corrupt"
  /** A backup that was named cannot be read: a folder, no right to it, a disk that fails. The database is not meant. */
  | "unreadable"
  /** A worker wrote with a lease it no longer holds: its work is void, another has it. */
  | "lease_lost"
  | "unexpected";

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly kind: StoreFailureKind;
  readonly remedy: string;

  constructor(kind: StoreFailureKind, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.remedy = remedy;
  }
}

export type Remote = "shopify" | "shipping";

/**
 * A call to the outside that did not give what was asked. The only error that adapters throw. What the other side said
 * may be in its message, and it may have repeated our credential: messages end in the database, so it is hidden here.
 */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly remote: Remote;
  /** What was called, e.g. `OrdersByIds` or `POST /shipments`. */
  readonly operation: string;
  readonly kind: FailureKind;
  readonly code: string | null;
  readonly retryAt: Instant | null;
  /** The remote's id of the request, for its support. */
  readonly requestId: string | null;
  /** One line what to do, for kinds that a human must act on. */
  readonly remedy: string | null;

  constructor(
    details: {
      readonly remote: Remote;
      readonly operation: string;
      readonly kind: FailureKind;
      readonly message: string;
      readonly code?: string | null;
      readonly retryAt?: Instant | null;
      readonly requestId?: string | null;
      readonly remedy?: string | null;
    },
    options?: ErrorOptions,
  ) {
    super(hideSecrets(details.message), options);
    this.remote = details.remote;
    this.operation = details.operation;
    this.kind = details.kind;
    this.code = details.code ?? null;
    this.retryAt = details.retryAt ?? null;
    this.requestId = details.requestId ?? null;
    this.remedy = details.remedy ?? null;
  }

  toFailure(): Failure {
    return {
      kind: this.kind,
      message: this.message,
      code: this.code,
      retryAt: this.retryAt,
      remedy: this.remedy,
    };
  }
}

/**
 * What a failed call that changes something amounts to: `unknown` when it may have happened, else `refused`. Anything
 * that is not a `RemoteError` is a bug and is thrown on.
 */
export function toOutcome(error: unknown): Outcome<never> {
  if (!(error instanceof RemoteError)) {
    throw error;
  }
  const failure = error.toFailure();
  return failure.kind === "outcome_unknown" || failure.kind === "malformed"
    ? { outcome: "unknown", failure }
    : { outcome: "refused", failure };
}
