/** Orders that `ready` or a rule stops: see `reason-cases.ts`. */

import type { DecisionInput } from "../../src/core/decision.ts";
import type { Policy } from "../../src/core/policy.ts";
import { type Condition, type InsuranceWish, NO_ACTIONS, type RuleActions } from "../../src/core/rules/rule.ts";
import { HOUR_MS } from "../../src/core/time.ts";
import { anInput, aPolicy, NOW } from "../support/builders.ts";
import { withShipment } from "./planned.ts";
import type { ReasonCase } from "./reason-cases.ts";

const PARKED = { status: "parked" } as const;
const WAITING = { status: "waiting" } as const;
const SKIPPED = { status: "skipped" } as const;

function withReady(ready: Partial<Policy["ready"]>): DecisionInput {
  const policy = aPolicy();
  return anInput({ policy: { ...policy, ready: { ...policy.ready, ...ready } } });
}

/** One rule, called `big`, that always matches unless it looks at something. */
function withRule(actions: Partial<RuleActions>, when: Condition = { kind: "all", of: [] }): DecisionInput {
  const rules = [{ name: "big", when, actions: { ...NO_ACTIONS, ...actions } }];
  return anInput({ policy: aPolicy({ rules: [{ name: "test", match: "first", rules }] }) });
}

function insuring(insurance: InsuranceWish): DecisionInput {
  const provider = { ...anInput().provider, insurance: { currency: "USD", perMille: 10, minMinor: 100 } };
  return { ...withRule({ insurance }), provider };
}

export const RULED_CASES: Readonly<Record<string, ReasonCase>> = {
  "an order that is too young waits": {
    ...{ ...WAITING, reason: "too_young", says: "it is 1h old, and orders ship from 2h on" },
    input: withReady({ minAgeMs: 2 * HOUR_MS }),
  },
  "an order outside shipping hours waits": {
    ...{
      ...WAITING,
      reason: "outside_hours",
      says: "labels are bought mon 08:00-16:00 UTC, and there it is sun 12:00",
    },
    input: withReady({ schedule: { days: [1], fromMinute: 480, toMinute: 960, zone: "UTC" } }),
  },
  "an order of a risk that does not ship waits": {
    ...{ ...WAITING, reason: "risk_not_accepted", says: "Shopify's word on its risk is accept, and none ship" },
    input: withReady({ risk: ["none"] }),
  },
  "an order that is not on the list waits": {
    ...{ ...WAITING, reason: "not_allowed" },
    says: "neither its name nor a tag of it is among the 2 of ready.allow",
    input: withReady({ allow: ["1002", "pilot*"] }),
  },
  "an order that a rule holds waits": {
    ...{ ...WAITING, reason: "held_by_rule", says: 'the rule "big" holds it: call first' },
    input: withRule({ hold: "call first" }),
  },
  "an order that is to be insured in another currency is parked": {
    ...{ ...PARKED, reason: "not_insurable" },
    says: "it cannot be insured as the rules ask: easypost insures in USD, not 90.00 EUR",
    input: insuring({ kind: "fixed", amount: { amountMinor: 9_000, currency: "EUR" } }),
  },
  "an order on the deny list is skipped": {
    ...{ ...SKIPPED, reason: "denied", says: "ready.deny names it: ready*" },
    input: withReady({ deny: ["ready*"] }),
  },
  "an order that a rule skips is skipped": {
    ...{ ...SKIPPED, reason: "skipped_by_rule", says: 'the rule "big" says that no label is bought for it' },
    input: withRule({ skip: true, hold: "a hold says less" }),
  },
  "an order for which a rule wants a human is parked": {
    ...{ ...PARKED, reason: "approval_needed" },
    says: "somebody has to approve USPS GroundAdvantage at 6.10 USD: the rule big asks for it",
    input: withShipment(withRule({ approval: true }), { state: "quoted", ratesAt: NOW }),
  },
  "an order on which nobody can judge a rule is parked": {
    ...{ ...PARKED, reason: "rule_unclear" },
    says: 'the rule "big" cannot be judged: customer_tag is vip, the customer was not read (docs/rules.md, scopes)',
    input: withRule({ service: "USPS Priority" }, { kind: "customer_tag", values: ["vip"] }),
  },
};
