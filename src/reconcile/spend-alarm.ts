/**
 * The limits of an hour or a day stop every order at once: one alarm says so, not one per order. Which window was told of
 * is kept in the database, so that other processes and a restart do not tell it again.
 */
import type { Judgement } from "../core/decision.ts";
import { explainReason, type Reason } from "../core/reasons.ts";
import { windowsAt } from "../core/spending.ts";
import { formatInstant, parseInstant } from "../core/time.ts";
import type { ReconcileContext } from "./context.ts";

const OF_THE_SHOP: ReadonlySet<Reason> = new Set<Reason>(["spend_hour", "labels_hour", "spend_day", "labels_day"]);

/** Call it with every judgement; it says nothing of others and nothing twice. */
export async function tellSpendLimit(context: ReconcileContext, { reason, input }: Judgement): Promise<void> {
  if (reason === null || !OF_THE_SHOP.has(reason)) {
    return;
  }
  const { clock, notifier, store } = context;
  const now = clock.now();
  const since = String(input["since"]);
  if (!(await store.cursors.advance(`alarm.${reason}`, since, now))) {
    return;
  }
  await notifier.raise({
    key: reason,
    message: `no more labels are bought until ${String(input["until"])}: ${explainReason(reason, input)}`,
    remedy: "nothing to do, orders go on by themselves then; to allow more change guards in the config file",
    since: parseInstant(since) ?? now,
  });
}

/** A label was bought: the limits of an earlier window do not stand any more. */
export async function resolveSpendLimits({ clock, notifier, policy, store }: ReconcileContext): Promise<void> {
  const now = clock.now();
  const { hour, day } = windowsAt(now, policy().guards.timeZone);
  for (const reason of OF_THE_SHOP) {
    const told = (await store.cursors.get(`alarm.${reason}`)) ?? "";
    const current = formatInstant((reason.endsWith("_hour") ? hour : day).sinceAt);
    if (told !== "" && told !== current && (await store.cursors.advance(`alarm.${reason}`, "", now))) {
      await notifier.resolve(reason, now);
    }
  }
}
