/**
 * What a merchant may add to "paid and tagged": age, hours, risk, and lists of orders. Only what the policy sets is
 * checked, so that `why` shows nothing that nobody asked for. They hold nothing up once a label is bought.
 */
import { type CheckResult, pass, stop } from "./check-result.ts";
import type { DecisionInput, Finding } from "./decision.ts";
import { compileTexts, fold } from "./rules/text-match.ts";
import { isWithin, nextOpening, wallClock } from "./rules/wall-clock.ts";
import { describeWindow, hourText } from "./rules/words.ts";
import { formatAge, type Instant } from "./time.ts";

export function runReadyChecks(input: DecisionInput): readonly Finding[] {
  const { ready } = input.policy;
  const checks: readonly (readonly [string, boolean, (input: DecisionInput) => CheckResult])[] = [
    ["not on the deny list", ready.deny.length > 0, isNotDenied],
    ["on the allow list", ready.allow.length > 0, isAllowed],
    ["old enough", ready.minAgeMs > 0, isOldEnough],
    ["risk accepted", ready.risk.length > 0, isRiskAccepted],
    ["within shipping hours", ready.schedule !== null, isWithinHours],
  ];
  return checks.flatMap(([check, isSet, judge]) =>
    isSet ? [{ check, fulfillmentOrderId: null, ...judge(input) }] : [],
  );
}

/** When what stopped it passes by itself; `null` when that is not known. */
export function passesAt({ order, policy, now }: DecisionInput, { reason }: Finding): Instant | null {
  switch (reason) {
    case "too_young":
      return order.createdAt + policy.ready.minAgeMs;
    case "outside_hours":
      return policy.ready.schedule === null ? null : nextOpening(now, policy.ready.schedule);
    default:
      return null;
  }
}

function isNotDenied(input: DecisionInput): CheckResult {
  const entry = entryFor(input, input.policy.ready.deny);
  return entry === null ? pass() : stop("skip", "denied", { entry });
}

function isAllowed(input: DecisionInput): CheckResult {
  const { allow } = input.policy.ready;
  const entry = entryFor(input, allow);
  return entry === null ? stop("wait", "not_allowed", { entries: allow.length }) : pass({ entry });
}

/** The entry that the order's name, with or without `#`, or one of its tags has; `null` when none does. */
function entryFor({ order }: DecisionInput, entries: readonly string[]): string | null {
  const texts = [order.name, order.name.replace(/^#/, ""), ...order.tags].map(fold);
  return entries.find((entry) => texts.some((text) => compileTexts([entry]).matches(text))) ?? null;
}

function isOldEnough({ order, policy, now }: DecisionInput): CheckResult {
  const { minAgeMs } = policy.ready;
  const facts = { age: formatAge(now - order.createdAt), wanted: formatAge(minAgeMs) };
  return now - order.createdAt >= minAgeMs ? pass(facts) : stop("wait", "too_young", facts);
}

function isRiskAccepted({ order, policy }: DecisionInput): CheckResult {
  const facts = { risk: order.risk, accepted: policy.ready.risk.join(", ") };
  return order.risk !== null && policy.ready.risk.includes(order.risk)
    ? pass(facts)
    : stop("wait", "risk_not_accepted", facts);
}

function isWithinHours({ policy, now }: DecisionInput): CheckResult {
  const { schedule } = policy.ready;
  if (schedule === null) {
    return pass();
  }
  const clock = wallClock(now, schedule.zone);
  const facts = { hours: describeWindow(schedule), now: hourText(clock) };
  return isWithin(clock, schedule) ? pass(facts) : stop("wait", "outside_hours", facts);
}
