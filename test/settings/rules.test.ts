/** The section `rules`: what the file says is what the core judges, and every mistake has its line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { compileRules, evaluateRules } from "../../src/core/rules/evaluate.ts";
import { someFacts, WEDNESDAY } from "../core/rules/support.ts";
import { load, problemsOf } from "./support.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** The example of the section, without its comment signs. */
function exampleRules(): string {
  const example = readFileSync(join(ROOT, "config/shipbot.example.yaml"), "utf8");
  const [commented = ""] = /(?<=\nrules: \[\]\n# .*\n)(?:# {3}.*\n)+/.exec(example) ?? [];
  return `rules:\n${commented.replaceAll(/^#/gm, "")}`;
}

describe("a file with ten planted mistakes", () => {
  const yaml = readFileSync(join(import.meta.dirname, "ten-mistakes.yaml"), "utf8");

  it("is told all ten, each with line, key, value and what would be valid", () => {
    const actions =
      "service, account, parcel, insurance, signature, delivery_confirmation, label_format, label_size, reference, hold, skip, approval, tag, note";
    expect(problemsOf({ yaml })).toEqual([
      'shipbot.yaml:1:9  relook "5s" is too short: at least 1m',
      'shipbot.yaml:3:18  ready.risk.1 "maybe" must be one of accept, investigate, cancel, none',
      "shipbot.yaml:9:16  rules.0.rules.0.when.weight is no key here: did you mean weight_g?",
      'shipbot.yaml:13:25  rules.0.rules.1.when.country.1 "Austria" is no country code: two letters such as US',
      'shipbot.yaml:14:29  rules.0.rules.1.when.value.at_least "10.999" is no amount in USD: write it such as 49.90',
      "shipbot.yaml:15:23  rules.0.rules.1.do.service must be text",
      'shipbot.yaml:16:15  rules.0.rules.2.name "Heavy" is the name of an earlier rule',
      'shipbot.yaml:17:34  rules.0.rules.2.when.sku.every_line "7" must be text or a list of texts: a number in quotes',
      `shipbot.yaml:18:13  rules.0.rules.2.do asks for nothing: one of ${actions}`,
      `shipbot.yaml:22:23  rules.0.rules.3.do.then is no key here: ${actions}`,
    ]);
  });
});

describe("rules of the file", () => {
  it("are all there in the example, which loads", () => {
    const yaml = exampleRules();
    expect(problemsOf({ yaml })).toEqual([]);
    const [conditions, actions] = load({ yaml }).policy.rules;
    expect([conditions?.match, actions?.match, actions?.rules.length]).toEqual(["first", "all", 2]);
    expect(actions?.rules[0]?.actions).toEqual({
      ...{ service: "USPS Priority", providerAccount: "ca_example", parcelPreset: "box", insurance: { kind: "goods" } },
      ...{
        signature: "any",
        deliveryConfirmation: true,
        labelFormat: "zpl",
        labelSize: "4x6",
        reference: "Order {order}",
        hold: null,
      },
      ...{ skip: false, approval: true, tags: ["glass"], notes: ["Packed by hand"] },
    });
  });

  it("become conditions: several keys all hold, ranges are whole numbers, money is in minor units", () => {
    const yaml = `
time_zone: Europe/Berlin
rules:
  - group: G
    rules:
      - name: r
        when: {weight_g: {above: 500, at_most: 800}, value: {below: 49.9, currency: USD}, sku: {every_line: MUG-*}, time: {to: "12:00"}}
        do: {hold: "why not"}
      - name: always
        do: {insurance: {amount: "100", currency: JPY}}
`;
    const [group] = load({ yaml }).policy.rules;
    expect(group).toMatchObject({
      match: "first",
      rules: [
        {
          when: {
            kind: "all",
            of: [
              { kind: "sku", values: ["MUG-*"], lines: "every" },
              { kind: "weight", range: { min: 501, max: 800 } },
              { kind: "value", range: { min: null, max: 4_989 }, currency: "USD" },
              { kind: "time", days: [], fromMinute: 0, toMinute: 720, zone: "Europe/Berlin" },
            ],
          },
        },
        {
          when: { kind: "all", of: [] },
          actions: { insurance: { kind: "fixed", amount: { amountMinor: 100, currency: "JPY" } } },
        },
      ],
    });
  });

  it("mean the same in whatever order the keys of a map stand", () => {
    const plain: unknown = parse(exampleRules());
    const expected = load({ yaml: stringify(plain) }).policy.rules;
    const outcome = evaluateRules(compileRules(expected), someFacts(), { now: WEDNESDAY, parcelCount: 1 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
        const { rules } = load({ yaml: stringify(shuffleKeys(plain, seed)) }).policy;
        expect(rules).toEqual(expected);
        expect(evaluateRules(compileRules(rules), someFacts(), { now: WEDNESDAY, parcelCount: 1 })).toEqual(outcome);
      }),
      { seed: 20_261_125, numRuns: 25 },
    );
  });
});

/** The same value with the keys of every map in an order that the seed gives. Lists keep theirs. */
function shuffleKeys(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) {
    return value.map((entry, index) => shuffleKeys(entry, seed + index));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const rank = (key: string) =>
    [...key].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0) + seed) % 10_007, seed % 97);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => rank(a) - rank(b))
      .map(([key, child]) => [key, shuffleKeys(child, seed)]),
  );
}
