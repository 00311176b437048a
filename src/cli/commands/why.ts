/**
 * `shipbot why`: why an order stands where it stands. The shop is read and the decision made anew, by the function that a
 * real run uses, and nothing is done. Where the shop cannot be asked, the last decision is shown with its age.
 */
import { RemoteError, SettingsError, UsageError } from "../../base/errors.ts";
import type { Finding } from "../../core/decision.ts";
import { planParcels } from "../../core/parcel-plan.ts";
import { isReason } from "../../core/reasons.ts";
import { wishOf } from "../../core/service-wish.ts";
import type { Instant } from "../../core/time.ts";
import type { StoredOrder } from "../../store/types.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Local, openLocal } from "../local.ts";
import { type FoundOrder, resolveOrders } from "../order-reference.ts";
import { cleanText, shellName } from "../output.ts";
import { previewOrder, traceAll } from "../preview.ts";
import { planSteps } from "../render-plan.ts";
import { type Explanation, explanationJson, explanationText } from "../render-why.ts";
import { type Everything, openEverything } from "../surroundings.ts";

export interface WhyFlags {
  readonly order: readonly string[];
  readonly json?: boolean;
}

export async function run(flags: WhyFlags, invocation: Invocation): Promise<ExitCode> {
  const explanations = await explain(flags, invocation);
  const { terminal } = invocation;
  for (const [index, explanation] of explanations.entries()) {
    if (flags.json === true) {
      terminal.printJson(explanationJson(explanation));
    } else {
      terminal.print([...(index > 0 ? [""] : []), ...explanationText(explanation, terminal)]);
    }
  }
  return EXIT.fine;
}

/** Asks the shop, or tells on stderr why it does not and takes what is stored. */
async function explain(flags: WhyFlags, invocation: Invocation): Promise<readonly Explanation[]> {
  try {
    return await explainLive(flags, invocation);
  } catch (error) {
    const cause = error instanceof SettingsError || error instanceof RemoteError ? error : null;
    const stored = cause === null ? null : await explainStored(flags, invocation, cause);
    if (stored === null) {
      throw error;
    }
    const why = cause instanceof SettingsError ? "settings are missing: shipbot config check" : (cause?.message ?? "");
    invocation.terminal.note(`the shop was not asked (${cleanText(why)}); this is what was decided last`);
    return stored;
  }
}

async function explainLive(flags: WhyFlags, invocation: Invocation): Promise<readonly Explanation[]> {
  const everything = await openEverything(invocation, { readOnly: true });
  try {
    const orders = await resolveOrders(flags.order, everything.store.orders, everything.lookup);
    const explanations: Explanation[] = [];
    for (const order of orders) {
      explanations.push(await explainOrder(everything, order, invocation));
    }
    return explanations;
  } finally {
    await everything.close();
  }
}

async function explainOrder(everything: Everything, order: FoundOrder, invocation: Invocation): Promise<Explanation> {
  const preview = await previewOrder(everything, order.id);
  const now = invocation.clock.now();
  const daemon = everything.isDaemonRunning();
  if (preview === null) {
    const judgement = { status: "skipped", reason: "order_gone", input: {} } as const;
    const nothing = {
      findings: [],
      rules: [],
      shipments: [],
      effects: [],
      steps: [],
      lookAgainAt: null,
      currency: null,
      wishes: new Map(),
    };
    return { ...order, ...nothing, judgement, source: "live", at: now, now, daemon };
  }
  const { decision, input } = preview;
  return {
    ...{ id: order.id, name: input.order.name, source: "live", at: now, now, daemon },
    judgement: decision.judgement,
    findings: decision.findings,
    rules: traceAll(input),
    shipments: input.record.shipments,
    effects: input.record.effects,
    steps: planSteps(decision, input),
    lookAgainAt: decision.lookAgainAt ?? order.stored?.dueAt ?? null,
    currency: input.order.currency,
    wishes: new Map(
      input.order.fulfillmentOrders.map((one) => [one.id, wishOf(input, one, planParcels(input, one).count)]),
    ),
  };
}

/** `null` when nothing is stored about one of them: then the trouble itself is the answer. */
async function explainStored(
  flags: WhyFlags,
  invocation: Invocation,
  cause: SettingsError | RemoteError,
): Promise<readonly Explanation[] | null> {
  const local = await openLocal(invocation).catch((error: unknown) => {
    // The same settings trouble once more: the first error says it better.
    if (error instanceof SettingsError || error instanceof UsageError) {
      return null;
    }
    throw error;
  });
  if (local === null) {
    return null;
  }
  try {
    const orders = await resolveOrders(flags.order, local.store.orders, null).catch((error: unknown) => {
      if (error instanceof UsageError && cause instanceof RemoteError) {
        return [];
      }
      throw error;
    });
    const explanations: Explanation[] = [];
    for (const { stored } of orders) {
      const explanation = stored === null ? null : await readStored(local, stored, invocation.clock.now());
      if (explanation === null) {
        return null;
      }
      explanations.push(explanation);
    }
    return explanations.length === 0 ? null : explanations;
  } finally {
    await local.close();
  }
}

async function readStored(local: Local, order: StoredOrder, now: Instant): Promise<Explanation | null> {
  const decision = readDecision(order.decision);
  if (decision === null) {
    return null;
  }
  const { status, reason, reasonInput } = order;
  const isKnown = isReason(reason);
  return {
    ...{ id: order.id, name: order.name, source: "stored", at: decision.at, now, daemon: local.isDaemonRunning() },
    judgement: { status, reason: isKnown ? reason : null, input: reasonInput },
    findings: decision.findings,
    rules: null,
    shipments: await local.store.shipments.ofOrder(order.id),
    effects: await local.store.effects.ofOrder(order.id),
    steps: [`ask the shop again: shipbot why --order ${shellName(order.name)}`],
    lookAgainAt: order.dueAt,
    currency: null,
    wishes: new Map(),
  };
}

/** What `saveJudgement` was given; of an older program it may look different, and then it is not shown. */
function readDecision(stored: unknown): { readonly at: Instant; readonly findings: readonly Finding[] } | null {
  if (typeof stored !== "object" || stored === null || !("at" in stored) || !("findings" in stored)) {
    return null;
  }
  const { at, findings } = stored;
  return typeof at === "number" && Array.isArray(findings) ? { at, findings: findings.filter(isFinding) } : null;
}

function isFinding(value: unknown): value is Finding {
  return typeof value === "object" && value !== null && "check" in value && "verdict" in value && "input" in value;
}
