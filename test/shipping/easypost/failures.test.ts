import { describe, expect, it } from "vitest";
import { classifyError, codeOf, describeError, readError, remedyFor } from "../../../src/shipping/easypost/failures.ts";
import { errorAnswer } from "./answers.ts";

/** [status, code, kind of a write, kind of a read] */
const GROUPS: readonly (readonly [number, string | null, string, string])[] = [
  // What may have happened.
  [500, "INTERNAL_SERVER_ERROR", "outcome_unknown", "unavailable"],
  [502, null, "outcome_unknown", "unavailable"],
  [503, "SHIPMENT.RATES.UNAVAILABLE", "outcome_unknown", "unavailable"],
  [504, null, "outcome_unknown", "unavailable"],
  [408, null, "outcome_unknown", "unavailable"],
  [409, null, "outcome_unknown", "unavailable"],
  [302, null, "outcome_unknown", "malformed"],
  [422, "SHIPMENT.POSTAGE.NO_RESPONSE", "outcome_unknown", "rejected"],
  [422, "SHIPMENT.POSTAGE.TIMED_OUT", "outcome_unknown", "rejected"],
  [409, "SHIPMENT.PURCHASE.IN_PROGRESS", "outcome_unknown", "rejected"],
  [422, "SHIPMENT.POSTAGE.EXISTS", "outcome_unknown", "rejected"],
  [422, null, "outcome_unknown", "malformed"],
  [404, null, "outcome_unknown", "malformed"],
  // What did not happen and passes.
  [429, null, "throttled", "throttled"],
  [429, "RATE_LIMITED", "throttled", "throttled"],
  [422, "RATE_LIMITED", "throttled", "throttled"],
  [422, "ADDRESS.VERIFY.UNAVAILABLE", "unavailable", "unavailable"],
  [422, "ADDRESS.VERIFY.UPSTREAM_UNAVAILABLE", "unavailable", "unavailable"],
  [422, "SHIPMENT.RATES.UNAVAILABLE", "unavailable", "unavailable"],
  [422, "REFUND.NO_RESPONSE", "unavailable", "unavailable"],
  [422, "BATCH.STATE.CREATING", "unavailable", "unavailable"],
  [422, "TRACKER.RETRIEVE.ERROR", "unavailable", "unavailable"],
  [422, "TRACKER.RUN.ERROR", "unavailable", "unavailable"],
  [422, "PAYMENT_GATEWAY.ERROR", "unavailable", "unavailable"],
  // What needs a person.
  [401, "UNAUTHORIZED", "unauthorized", "unauthorized"],
  [401, null, "unauthorized", "unauthorized"],
  [402, "PAYMENT_REQUIRED", "unauthorized", "unauthorized"],
  [402, null, "unauthorized", "unauthorized"],
  [422, "PAYMENT_REQUIRED", "unauthorized", "unauthorized"],
  [403, "FORBIDDEN", "unauthorized", "unauthorized"],
  [422, "MODE.CONFLICT", "unauthorized", "unauthorized"],
  [422, "MODE.UNAUTHORIZED", "unauthorized", "unauthorized"],
  [400, "BAD_REQUEST", "rejected", "rejected"],
  [405, "METHOD_NOT_ALLOWED", "rejected", "rejected"],
  [404, "NOT_FOUND", "missing", "missing"],
  [422, "ADDRESS.VERIFY.FAILURE", "rejected", "rejected"],
  [422, "SHIPMENT.POSTAGE.FAILURE", "rejected", "rejected"],
  [422, "SHIPMENT.MISSING_RATE", "stale", "stale"],
  [422, "A.CODE.OF.NEXT_YEAR", "rejected", "rejected"],
];

describe("classifyError", () => {
  it.each(GROUPS)("makes %d %s of a write %s, of a read %s", (status, code, ofWrite, ofRead) => {
    expect(classifyError(status, code, "write")).toBe(ofWrite);
    expect(classifyError(status, code, "read")).toBe(ofRead);
  });
});

describe("readError", () => {
  it.each([
    ["objects", [{ field: "street1", message: "cannot be blank", suggestion: null }], ["street1"]],
    [
      "objects with codes",
      [{ code: "E.ADDRESS.NOT_FOUND", field: "address", message: "x" }],
      ["address: E.ADDRESS.NOT_FOUND"],
    ],
    ["plain texts", ["No eligible insurance found for Ottilie."], []],
    ["nothing", [], []],
  ])("reads errors that are %s", (_, errors, details) => {
    expect(readError(errorAnswer("ADDRESS.PARAMETERS.INVALID", errors))).toEqual({
      code: "ADDRESS.PARAMETERS.INVALID",
      details,
    });
  });

  it.each([[["a", "b"]], [{ field: ["is wrong"] }], [null], [7]])("does not mind a message like %j", (message) => {
    expect(readError(errorAnswer("NOT_FOUND", [], message)).code).toBe("NOT_FOUND");
  });

  it.each([
    [null],
    ["<html>"],
    [[]],
    [{}],
    [{ error: "no" }],
    [{ error: { code: 7, errors: { a: 1 } } }],
  ])("finds no code in %j", (body) => {
    expect(readError(body)).toEqual({ code: null, details: [] });
  });

  it("takes nothing over that is not a word of the API", () => {
    const errors = [
      { field: "77 Larkspur Terrace", code: "Ottilie Brückner" },
      { field: "to_address.street1", code: "E.STREET.INVALID", suggestion: "77 Larkspur Ter" },
    ];
    const error = readError({ error: { code: "Ottilie", message: "Ottilie", errors } });
    expect(error).toEqual({ code: null, details: ["to_address.street1: E.STREET.INVALID"] });
  });

  it("takes over a limited number of details", () => {
    const errors = Array.from({ length: 100 }, () => ({ field: "zip" }));
    expect(readError(errorAnswer("ADDRESS.PARAMETERS.INVALID", errors)).details).toHaveLength(5);
  });
});

describe("describeError", () => {
  it("says in our words what happened, with code, fields and the id of the request", () => {
    const error = readError(
      errorAnswer("ADDRESS.VERIFY.FAILURE", [
        { field: "street1", code: "E.HOUSE_NUMBER.MISSING", message: "77 Larkspur" },
      ]),
    );
    expect(describeError(422, error, "abc123")).toBe(
      "EasyPost: it does not accept an address (ADDRESS.VERIFY.FAILURE, street1: E.HOUSE_NUMBER.MISSING, request abc123)",
    );
  });

  it("has a sentence for answers without a code", () => {
    const none = readError("<html>");
    expect(describeError(401, none, null)).toBe("EasyPost: it does not accept the API key (UNAUTHORIZED)");
    expect(describeError(502, none, null)).toBe("EasyPost: it failed (HTTP 502)");
    expect(describeError(422, none, null)).toBe("EasyPost: it refused the call (HTTP 422)");
  });

  it("names the code that a status stands for", () => {
    expect(codeOf(402, readError(null))).toBe("PAYMENT_REQUIRED");
    expect(codeOf(422, readError(null))).toBeNull();
  });
});

describe("remedyFor", () => {
  it("says what a person can do, and nothing where waiting is all", () => {
    expect(remedyFor(402, null)).toContain("Add funds");
    expect(remedyFor(422, "PAYMENT_REQUIRED")).toContain("Add funds");
    expect(remedyFor(401, "UNAUTHORIZED")).toContain("SHIPPING_API_KEY");
    expect(remedyFor(422, "MODE.CONFLICT")).toContain("mode");
    expect(remedyFor(500, null)).toBeNull();
    expect(remedyFor(422, "ADDRESS.VERIFY.FAILURE")).toBeNull();
  });
});
