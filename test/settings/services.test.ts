import { describe, expect, it } from "vitest";
import { load, problemsOf } from "./support.ts";

function strategy(written: string): unknown {
  return load({ yaml: `services: {default: ${written}}` }).policy.services.strategy;
}

describe("services.default", () => {
  it.each([
    ["cheapest", { kind: "cheapest" }],
    ["Fastest", { kind: "fastest" }],
    ["cheapest within 3 days", { kind: "cheapest_within", days: 3 }],
    ["cheapest within 2d", { kind: "cheapest_within", days: 2 }],
    ["USPS Priority", { kind: "preferred", services: ["USPS Priority"] }],
    ["[USPS Priority, UPS *]", { kind: "preferred", services: ["USPS Priority", "UPS *"] }],
  ])("%s", (written, wanted) => {
    expect(strategy(written)).toEqual(wanted);
  });

  it.each([
    ["cheapest within 0 days", "is no way to choose"],
    ["cheapest in 3 days", "is no way to choose"],
    ["[USPS Priority, cheapest]", "has cheapest among services: write it alone, or * for any service"],
    ["3", "is no way to choose"],
    ["[]", "must have at least 1"],
  ])("%s is a problem", (written, message) => {
    const problems = problemsOf({ yaml: `services: {default: ${written}}` });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it("may stand in the environment, as a list too", () => {
    const services = load({ env: { SHIPBOT_SERVICES_DEFAULT: "USPS Priority, UPS *" } }).policy.services;
    expect(services.strategy).toEqual({ kind: "preferred", services: ["USPS Priority", "UPS *"] });
  });
});

describe("services.map", () => {
  it("is read in its order, with the accounts beside it", () => {
    const yaml = `services:
  map:
    - line: Express*
      buy: fastest
    - line: Standard
      buy: [USPS GroundAdvantage, "*"]
  accounts: [ca_1]
`;
    expect(load({ yaml }).policy.services).toEqual({
      strategy: { kind: "cheapest" },
      map: [
        { line: "Express*", strategy: { kind: "fastest" } },
        { line: "Standard", strategy: { kind: "preferred", services: ["USPS GroundAdvantage", "*"] } },
      ],
      accounts: ["ca_1"],
    });
  });

  it("tells every mistake at once, with its line", () => {
    const yaml = `services:
  map:
    - line: Express
    - buy: fastest
      lien: Standard
`;
    const problems = problemsOf({ yaml });
    expect(problems).toHaveLength(3);
  });
});
