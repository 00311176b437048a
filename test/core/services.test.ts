import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import type { Rate } from "../../src/core/rate.ts";
import { NO_ACTIONS, type Rule } from "../../src/core/rules/rule.ts";
import {
  chooseRate,
  DEFAULT_SERVICES,
  describeWish,
  fitsService,
  type ServiceStrategy,
  type ServicesPolicy,
  wishFor,
} from "../../src/core/services.ts";
import { anInput, aPolicy, aRate, NOW } from "../support/builders.ts";
import { PROPERTY } from "./generated.ts";
import { withShipment } from "./planned.ts";

function offer(id: string, amountMinor: number, deliveryDays: number | null, others: Partial<Rate> = {}): Rate {
  return aRate({ id, service: id, price: { amountMinor, currency: "USD" }, deliveryDays, ...others });
}

/** Dear and fast to cheap and slow, and one that says nothing about its days. */
const EXPRESS = offer("Express", 3_415, 1, { accountId: "ca_1" });
const PRIORITY = offer("Priority", 742, 2, { accountId: "ca_1" });
const GROUND = offer("Ground", 607, 5, { accountId: "ca_1" });
const UPS = offer("UPSGround", 700, 3, { carrier: "UPS", accountId: "ca_2" });
const SILENT = offer("Silent", 500, null, { carrier: "DHL", accountId: "ca_3" });
const ALL = [GROUND, EXPRESS, SILENT, UPS, PRIORITY];

function choose(strategy: ServiceStrategy, accounts: readonly string[] = [], rates: readonly Rate[] = ALL) {
  return chooseRate(rates, { strategy, accounts, because: null }, "USD");
}

describe("the strategy", () => {
  it.each<[string, ServiceStrategy, readonly string[], string | null]>([
    ["cheapest", { kind: "cheapest" }, [], "Silent"],
    ["fastest", { kind: "fastest" }, [], "Express"],
    ["cheapest within 3 days", { kind: "cheapest_within", days: 3 }, [], "UPSGround"],
    ["cheapest within 1 day", { kind: "cheapest_within", days: 1 }, [], "Express"],
    ["the first preferred that has a rate", { kind: "preferred", services: ["FedEx *", "USPS *"] }, [], "Ground"],
    ["preferred, then anything", { kind: "preferred", services: ["Nothing", "*"] }, [], "Silent"],
    ["a service by its name alone", { kind: "preferred", services: ["priority"] }, [], "Priority"],
    ["a service that nobody offers", { kind: "preferred", services: ["USPS Media"] }, [], null],
    ["cheapest of one account", { kind: "cheapest" }, ["ca_1"], "Ground"],
    ["fastest of an account that has none", { kind: "fastest" }, ["ca_9"], null],
  ])("%s", (_what, strategy, accounts, id) => {
    expect(choose(strategy, accounts).chosen?.id ?? null).toBe(id);
  });

  it("says of every rate why it is the one or is not", () => {
    const verdicts = (strategy: ServiceStrategy, accounts: readonly string[] = []) =>
      choose(strategy, accounts).considered.map(({ rate, verdict }) => `${rate.id}: ${verdict}`);
    expect(verdicts({ kind: "cheapest_within", days: 3 }, ["ca_1", "ca_2"])).toEqual([
      "Silent: other account",
      "Ground: too slow",
      "UPSGround: chosen",
      "Priority: dearer",
      "Express: dearer",
    ]);
    expect(verdicts({ kind: "cheapest_within", days: 1 })[0]).toBe("Silent: days unknown");
    expect(verdicts({ kind: "fastest" }).slice(-2)).toEqual(["Priority: slower", "Express: chosen"]);
    expect(verdicts({ kind: "preferred", services: ["UPS *", "Priority"] })).toEqual([
      "Silent: other service",
      "Ground: other service",
      "UPSGround: chosen",
      "Priority: less preferred",
      "Express: other service",
    ]);
  });

  const rates = fc.array(
    fc
      .record({
        amountMinor: fc.integer({ min: 0, max: 3 }),
        currency: fc.constantFrom("USD", "EUR"),
        deliveryDays: fc.constantFrom(null, 1, 2, 3),
        carrier: fc.constantFrom("UPS", "USPS"),
        service: fc.constantFrom("A", "B"),
        accountId: fc.constantFrom("1", "2", null),
        id: fc.constantFrom("1", "2", "3", "4", "5", "6"),
      })
      .map(({ amountMinor, currency, ...it }) => aRate({ ...it, price: { amountMinor, currency } })),
    { maxLength: 6 },
  );
  const strategies = fc.constantFrom<ServiceStrategy>(
    { kind: "cheapest" },
    { kind: "fastest" },
    { kind: "cheapest_within", days: 2 },
    { kind: "preferred", services: ["UPS *", "B"] },
  );

  it("chooses the same in whatever order the rates come, and exactly one is chosen or none", () => {
    fc.assert(
      fc.property(rates, strategies, fc.constantFrom([], ["1"]), (given, strategy, accounts) => {
        const { chosen, considered } = choose(strategy, accounts, given);
        expect(choose(strategy, accounts, [...given].reverse()).chosen).toEqual(chosen);
        expect(considered).toHaveLength(given.length);
        expect(considered.filter(({ verdict }) => verdict === "chosen").map(({ rate }) => rate)).toEqual(
          chosen === null ? [] : [chosen],
        );
      }),
      PROPERTY,
    );
  });
});

describe("a name with stars", () => {
  it.each<[string, string, string, boolean]>([
    ["USPS Priority", "USPS", "Priority", true],
    ["usps  priority", "USPS", "Priority", true],
    ["USPS", "USPS", "Priority", false],
    ["USPS *", "USPS", "Priority", true],
    ["*", "DHL", "", true],
    ["P*y", "USPS", "Priority", true],
    ["*rio*it*", "USPS", "Priority", true],
    ["*it*rio*", "USPS", "Priority", false],
    ["Priority*Priority", "USPS", "Priority", false],
    [`${"*a".repeat(60)}b`, "X", "a".repeat(5_000), false],
  ])("%s and %s %s: %s", (pattern, carrier, service, fits) => {
    expect(fitsService(pattern, { carrier, service })).toBe(fits);
  });
});

describe("the wish", () => {
  const policy: ServicesPolicy = {
    ...DEFAULT_SERVICES,
    map: [
      { line: "Express*", strategy: { kind: "fastest" } },
      { line: "std", strategy: { kind: "cheapest_within", days: 5 } },
    ],
    accounts: ["ca_1"],
  };
  const line = (title: string, code: string | null = null) => ({ shippingLine: { title, code, price: null } });

  it.each([
    ["title", line("express (1-2 days)"), "the fastest (shipping line express (1-2 days); account ca_1)"],
    ["code", line("Whatever", "STD"), "the cheapest within 5 days (shipping line Whatever; account ca_1)"],
    ["none of the map", line("Pigeon"), "the cheapest (account ca_1)"],
    ["no shipping line", { shippingLine: null }, "the cheapest (account ca_1)"],
  ])("of an order by its line's %s", (_what, order, says) => {
    expect(describeWish(wishFor(order, policy))).toBe(says);
  });

  it("is what rules say before anything else", () => {
    const ruled = wishFor(line("Express"), policy, { service: "USPS Priority", providerAccount: "ca_2" });
    expect(describeWish(ruled)).toBe("USPS Priority (rules; account ca_2)");
    const account = wishFor(line("Pigeon"), policy, { service: null, providerAccount: "ca_2" });
    expect(describeWish(account)).toBe("the cheapest (rules; account ca_2)");
  });
});

describe("an order that was quoted", () => {
  const quoted = (services: Partial<ServicesPolicy>) =>
    withShipment(anInput(), { state: "quoted", rates: ALL, ratesAt: NOW }, (input) => ({
      ...input,
      policy: aPolicy({ services: { ...DEFAULT_SERVICES, ...services } }),
    }));
  const bought = (services: Partial<ServicesPolicy>) =>
    decide(quoted(services)).actions.flatMap((action) => (action.kind === "buy" ? [action.rate.id] : []));

  it("is bought by the policy of now, whatever held when it was quoted", () => {
    expect(bought({})).toEqual(["Silent"]);
    expect(bought({ map: [{ line: "Stand*", strategy: { kind: "fastest" } }] })).toEqual(["Express"]);
    expect(bought({ strategy: { kind: "preferred", services: ["UPS *"] } })).toEqual(["UPSGround"]);
  });

  it("is bought with the service and the account that its rules say", () => {
    const actions = { ...NO_ACTIONS, service: "USPS/*", providerAccount: "ca_1" };
    const rule: Rule = { name: "all", when: { kind: "all", of: [] }, actions };
    const input = quoted({ strategy: { kind: "fastest" } });
    const ruled = {
      ...input,
      policy: { ...input.policy, rules: [{ name: "g", match: "first", rules: [rule] }] },
    } as const;
    expect(decide(ruled).actions).toMatchObject([{ kind: "buy", rate: { id: "Ground" } }]);
  });

  it("whose service nobody offers is parked and names what is offered", () => {
    const { judgement, actions } = decide(
      quoted({ map: [{ line: "*", strategy: { kind: "preferred", services: ["DPD"] } }] }),
    );
    expect(judgement).toMatchObject({ status: "parked", reason: "no_rate_for_service" });
    expect(judgement.input).toEqual({
      wanted: "DPD (shipping line Standard)",
      provider: "easypost",
      offered: "DHL Silent, USPS Ground (5d), UPS UPSGround (3d), USPS Priority (2d), USPS Express (1d)",
    });
    expect(actions.filter(({ kind }) => kind !== "mirror")).toEqual([]);
  });
});
