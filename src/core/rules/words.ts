/** Parts of rules in words, for traces and messages. */
import { unreachable } from "../assert.ts";
import { formatMoney } from "../money.ts";
import type { InsuranceWish, NumberRange, RuleActions, TimeCondition } from "./rule.ts";
import type { WallClock } from "./wall-clock.ts";

export const DAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** Longer lists are cut: a line of a trace is read, not searched. */
const LISTED_MAX = 5;
const TEXT_MAX = 40;

export function listed(texts: readonly string[], none: string): string {
  const shown = texts
    .slice(0, LISTED_MAX)
    .map((text) => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text));
  const more = texts.length - shown.length;
  return texts.length === 0 ? none : [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

export function yesNo(is: boolean): string {
  return is ? "yes" : "no";
}

export function describeRange({ min, max }: NumberRange, write: (value: number) => string): string {
  if (min !== null && max !== null) {
    return min === max ? `exactly ${write(min)}` : `${write(min)} to ${write(max)}`;
  }
  return min !== null ? `at least ${write(min)}` : max !== null ? `at most ${write(max)}` : "is any";
}

export function describeWindow({ days, fromMinute, toMinute, zone }: Omit<TimeCondition, "kind">): string {
  const when = days.length === 0 ? "" : `${days.map((day) => DAY_NAMES[day]).join(", ")} `;
  return `${when}${minuteText(fromMinute)}-${minuteText(toMinute)} ${zone}`;
}

export function hourText({ weekday, minuteOfDay }: WallClock): string {
  return `${DAY_NAMES[weekday] ?? "day"} ${minuteText(minuteOfDay)}`;
}

export function minuteText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** What a rule asks for, each as a short phrase. */
export function describeActions(actions: RuleActions): readonly string[] {
  const phrases: readonly (readonly [string, string | null])[] = [
    ["service", actions.service],
    ["account", actions.providerAccount],
    ["parcel", actions.parcelPreset],
    ["insurance", actions.insurance === null ? null : describeInsurance(actions.insurance)],
    ["signature", actions.signature],
    ["delivery confirmation", actions.deliveryConfirmation === null ? null : yesNo(actions.deliveryConfirmation)],
    ["label format", actions.labelFormat],
    ["label size", actions.labelSize],
    ["reference", actions.reference],
    ["hold:", actions.hold],
    ["tag", actions.tags.length === 0 ? null : actions.tags.join(", ")],
    ["note:", actions.notes.length === 0 ? null : actions.notes.join("; ")],
  ];
  return [
    ...phrases.flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`])),
    ...(actions.skip ? ["skip"] : []),
    ...(actions.approval ? ["approval needed"] : []),
  ];
}

function describeInsurance(wish: InsuranceWish): string {
  switch (wish.kind) {
    case "none":
      return "none";
    case "goods":
      return "for what the goods cost";
    case "fixed":
      return formatMoney(wish.amount);
    default:
      return unreachable(wish);
  }
}
