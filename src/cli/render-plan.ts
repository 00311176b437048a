/** What a decision is about to do, in words and in money: for `--dry-run` and for `why`. Pure. */
import type { Action, Decision, DecisionInput } from "../core/decision.ts";
import { runHours } from "../core/hours-check.ts";
import { formatMoney, type Money } from "../core/money.ts";
import { planParcels } from "../core/parcel-plan.ts";
import { explainReason, remedyFor } from "../core/reasons.ts";
import { wishOf } from "../core/service-wish.ts";
import { describeWish, wishFor } from "../core/services.ts";
import type { ShipmentRecord } from "../core/shipment.ts";
import { cleanText, countOf, indentText, printTable } from "./output.ts";
import { type Preview, traceAll } from "./preview.ts";
import { moneyJson, sumMoney } from "./render-outcome.ts";
import { ruleSentences, tracedJson } from "./render-rules.ts";

const PROVIDERS: Readonly<Record<string, string>> = { easypost: "EasyPost", sandbox: "the sandbox" };

export function providerTitle(name: string): string {
  return PROVIDERS[name] ?? name;
}

/** Each step as an infinitive: `buy USPS GroundAdvantage 6.10 USD`. Empty when nothing is to be done. */
export function planSteps(decision: Decision, input: DecisionInput): readonly string[] {
  const { actions } = decision;
  // The parcels of one fulfillment order are quoted together, and told so once.
  const told = actions.filter((action, index) => index === actions.findIndex((other) => isToldWith(action, other)));
  return told.flatMap((action) => stepsOf(action, input));
}

function isToldWith(action: Action, other: Action): boolean {
  return (
    action === other ||
    (action.kind === "quote" &&
      other.kind === "quote" &&
      action.plan.fulfillmentOrderId === other.plan.fulfillmentOrderId)
  );
}

function stepsOf(action: Action, input: DecisionInput): readonly string[] {
  const provider = providerTitle(input.provider.name);
  switch (action.kind) {
    case "quote":
      return [
        `get rates from ${provider}${ofParcels(action.plan.parcelCount)}`,
        ...buying(input, action.plan.fulfillmentOrderId),
        ...afterPurchase(input),
      ];
    case "requote":
      return [
        `get new rates from ${provider}`,
        ...buying(input, findShipment(input, action.shipmentId)?.fulfillmentOrderId),
        ...afterPurchase(input),
      ];
    case "abandon":
      return ["drop what was planned before", "plan it anew"];
    case "buy": {
      const { carrier, service, price } = action.rate;
      const what = `buy ${cleanText(`${carrier} ${service}`)} ${formatMoney(price)}`;
      return [`${what}${whichParcel(findShipment(input, action.shipmentId))}`, ...afterPurchase(input)];
    }
    case "void":
      return [`void ${labelOf(input, action.shipmentId)}`];
    case "verify":
      return [`look at ${provider} for labels that this restored database has forgotten`];
    case "resolve":
      return ["look up what became of a call without an answer"];
    case "download_label":
      return ["fetch the label's file"];
    case "fulfil":
      return ["fulfil", ...notice(input)];
    case "adopt_fulfillment":
      return ["take note of its fulfillment in Shopify"];
    case "update_tracking":
      return ["replace the tracking number in Shopify", ...notice(input)];
    case "post_events":
      return [`tell Shopify ${countOf(action.checkpoints.length, "tracking event")}`];
    case "add_tags":
      return [`tag it ${cleanText(action.tags.join(", "))}`];
    case "mirror":
      // What always comes last, and nobody waits for.
      return [];
  }
}

function buying(input: DecisionInput, fulfillmentOrderId: string | undefined): readonly string[] {
  const { order } = input;
  const fulfillmentOrder = order.fulfillmentOrders.find(({ id }) => id === fulfillmentOrderId);
  const { policy } = input;
  const wish =
    fulfillmentOrder === undefined
      ? wishFor(order, policy.services)
      : wishOf(input, fulfillmentOrder, planParcels(input, fulfillmentOrder).count);
  const hours = fulfillmentOrder === undefined ? null : runHours(input, fulfillmentOrder, null);
  const waits = hours === null || hours.until === null ? [] : [`wait until ${String(hours.finding.input["until"])}`];
  return [...waits, cleanText(`buy ${describeWish(wish)}`)];
}

function ofParcels(count: number): string {
  return count === 1 ? "" : ` for ${count} parcels`;
}

function whichParcel(shipment: ShipmentRecord | null): string {
  return shipment === null || shipment.parcelCount === 1
    ? ""
    : ` for parcel ${shipment.parcelNumber} of ${shipment.parcelCount}`;
}

function afterPurchase(input: DecisionInput): readonly string[] {
  return ["fulfil", ...notice(input)];
}

function notice(input: DecisionInput): readonly string[] {
  return input.policy.writeback.notifyCustomer ? ["notify the customer"] : [];
}

function labelOf(input: DecisionInput, shipmentId: string): string {
  const label = findShipment(input, shipmentId)?.label ?? null;
  return label === null ? "the label" : cleanText(`${label.carrier} ${label.service} ${formatMoney(label.cost)}`);
}

function findShipment(input: DecisionInput, shipmentId: string): ShipmentRecord | null {
  return input.record.shipments.find((shipment) => shipment.id === shipmentId) ?? null;
}

interface PlannedMoney {
  readonly bought: readonly Money[];
  /** Labels whose price is not known before the provider is asked. */
  readonly unpriced: number;
  readonly voided: readonly Money[];
}

function plannedMoney({ decision, input }: Preview): PlannedMoney {
  const { actions } = decision;
  return {
    bought: actions.flatMap((action) => (action.kind === "buy" ? [action.rate.price] : [])),
    unpriced: actions.filter((action) => action.kind === "quote" || action.kind === "requote").length,
    voided: actions.flatMap((action) =>
      action.kind === "void" ? [findShipment(input, action.shipmentId)?.label?.cost ?? []].flat() : [],
    ),
  };
}

export interface NamedPreview {
  readonly id: string;
  readonly name: string;
  /** `null`: the shop no longer has it. */
  readonly preview: Preview | null;
}

/** The same lines as a real run, with "would"; ends with the promise that nothing was sent. */
export function previewText(previews: readonly NamedPreview[], width: number): readonly string[] {
  const names = printTable(
    [{}],
    previews.map(({ name }) => [cleanText(name)]),
  );
  const indent = Math.max(...names.map((name) => name.length), 0) + 2;
  const lines = previews.flatMap(({ name, preview }) => {
    const [first = "", ...rest] = sentencesOf(name, preview).flatMap((text) => indentText(text, width, indent));
    return [`${cleanText(name).padEnd(indent)}${first.trimStart()}`, ...rest];
  });
  return [...lines, closingLine(previews)];
}

function sentencesOf(name: string, preview: Preview | null): readonly string[] {
  if (preview === null) {
    return ["is no longer in the shop: would be skipped"];
  }
  const { decision, input } = preview;
  const { status, reason, input: facts } = decision.judgement;
  const steps = planSteps(decision, input);
  const rules = ruleSentences(traceAll(input));
  if (reason === null) {
    return [...rules, steps.length === 0 ? `would do nothing: it is ${status}` : `would ${steps.join(", ")}`];
  }
  return [
    ...rules,
    ...(steps.length > 0 ? [`would ${steps.join(", ")}`] : []),
    `would be ${status}: ${cleanText(explainReason(reason, facts))}`,
    `do: ${cleanText(remedyFor(reason, name))}`,
  ];
}

function closingLine(previews: readonly NamedPreview[]): string {
  const plans = previews.flatMap(({ preview }) => (preview === null ? [] : [plannedMoney(preview)]));
  const bought = plans.flatMap((plan) => plan.bought);
  const voided = plans.flatMap((plan) => plan.voided);
  const unpriced = plans.reduce((sum, plan) => sum + plan.unpriced, 0);
  const prices = [
    ...sumMoney(bought).map(formatMoney),
    ...(unpriced > 0 ? [bought.length > 0 ? `${unpriced} at a price not known yet` : "prices not known yet"] : []),
  ];
  const sentences = [
    [`Would buy ${countOf(bought.length + unpriced, "label")}`, ...prices].join(", "),
    ...(voided.length > 0
      ? [`Would void ${countOf(voided.length, "label")}, ${sumMoney(voided).map(formatMoney).join(" + ")}`]
      : []),
    "Nothing was sent",
  ];
  return `${sentences.join(". ")}.`;
}

export function previewJson(previews: readonly NamedPreview[]): unknown {
  const plans = previews.flatMap(({ preview }) => (preview === null ? [] : [plannedMoney(preview)]));
  return {
    version: 1,
    dryRun: true,
    orders: previews.map(({ id, name, preview }) => ({
      id,
      name,
      status: preview?.decision.judgement.status ?? "skipped",
      reason: preview === null ? "order_gone" : preview.decision.judgement.reason,
      would: preview === null ? [] : planSteps(preview.decision, preview.input),
      rules: preview === null ? [] : traceAll(preview.input).map(tracedJson),
      actions: preview?.decision.actions.map((action) => action.kind) ?? [],
    })),
    wouldBuy: {
      labels: plans.reduce((sum, plan) => sum + plan.bought.length + plan.unpriced, 0),
      cost: sumMoney(plans.flatMap((plan) => plan.bought)).map(moneyJson),
      unpriced: plans.reduce((sum, plan) => sum + plan.unpriced, 0),
    },
    wouldVoid: {
      labels: plans.reduce((sum, plan) => sum + plan.voided.length, 0),
      cost: sumMoney(plans.flatMap((plan) => plan.voided)).map(moneyJson),
    },
  };
}
