/**
 * What the fake refuses, in the documented error shape. Handlers throw `ApiRefusal`; the router turns it into a reply.
 * Codes are from the official list (the `TErrorCode` type of @easypost/api 8.9.0); texts are ours where none is recorded.
 */

/** One entry of `errors`: the API answers with such objects or with plain strings (EasyPost docs/errors, read 2026-11-22). */
export type FieldError =
  | string
  | {
      readonly field: string;
      readonly message: string;
      readonly suggestion: string | null;
      readonly code?: string;
    };

/** A request that the API answers with an error. Callers branch on `code`; the text is for people. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  readonly kind = "api_refusal";
  readonly status: number;
  readonly code: string;
  readonly errors: readonly unknown[];

  constructor(status: number, code: string, message: string, errors: readonly unknown[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  /** `{"error":{"code","message","errors"}}`. */
  toBody(): {
    readonly error: { readonly code: string; readonly message: string; readonly errors: readonly unknown[] };
  } {
    return { error: { code: this.code, message: this.message, errors: this.errors } };
  }
}

export function unauthorized(): ApiRefusal {
  return new ApiRefusal(401, "UNAUTHORIZED", "Authentication is required and has failed.");
}

export function notFound(): ApiRefusal {
  return new ApiRefusal(404, "NOT_FOUND", "The requested resource could not be found.");
}

/** The recorded answer to a body without its wrapper: `errors` entries have no `suggestion` here. */
export function parameterRequired(field: string): ApiRefusal {
  return new ApiRefusal(422, "PARAMETER.REQUIRED", "Missing required parameter.", [
    { field, message: "cannot be blank" },
  ]);
}

/** 422 with one entry per bad field. */
export function invalidFields(code: string, message: string, errors: readonly FieldError[]): ApiRefusal {
  return new ApiRefusal(422, code, message, errors);
}

/** The errors of a purchase. Their HTTP status is not recorded anywhere; 422 is what other users' code expects. */
export function purchaseRefused(code: string, message: string): ApiRefusal {
  return new ApiRefusal(422, code, message);
}

export function paymentRequired(): ApiRefusal {
  return new ApiRefusal(402, "PAYMENT_REQUIRED", "Insufficient funds. Please add money to the account and try again.");
}
