/** `shipbot webhooks`: which subscriptions the shop has, making what is missing, taking ours away. */
import { SettingsError } from "../../base/errors.ts";
import type { WebhookSubscription } from "../../ports/shop.ts";
import { removeWebhooks, repairWebhooks, shopifyWebhookUri } from "../../scheduler/webhook-subscriptions.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { cleanText, countOf, printTable } from "../output.ts";
import { type Everything, openEverything } from "../surroundings.ts";

export type WebhooksAction = "list" | "register" | "remove";

export interface WebhooksFlags {
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export async function run(action: WebhooksAction, flags: WebhooksFlags, invocation: Invocation): Promise<ExitCode> {
  const everything = await openEverything(invocation, { readOnly: true });
  try {
    const { webhookTopics } = await import("../../wiring.ts");
    const topics = await webhookTopics();
    switch (action) {
      case "list":
        return await list(flags, invocation, everything, topics);
      case "register":
        return await register(flags, invocation, everything, topics);
      case "remove":
        return await remove(flags, invocation, everything);
    }
  } finally {
    await everything.close();
  }
}

function requirePublicUrl(everything: Everything): string {
  const { publicUrl } = everything.settings.server;
  if (publicUrl === null) {
    const message = "is missing: the https address of this server, for Shopify";
    throw new SettingsError([{ setting: "PUBLIC_URL", env: "PUBLIC_URL", value: null, message, position: null }]);
  }
  return publicUrl;
}

async function readSubscriptions(everything: Everything): Promise<readonly WebhookSubscription[]> {
  const { guardShop, shop } = everything.remotes;
  return await guardShop(() => shop.listWebhooks());
}

/** Exit 1 when a topic is missing although `PUBLIC_URL` is set. */
async function list(
  flags: WebhooksFlags,
  { terminal }: Invocation,
  everything: Everything,
  topics: readonly string[],
): Promise<ExitCode> {
  const { publicUrl } = everything.settings.server;
  const uri = publicUrl === null ? null : shopifyWebhookUri(publicUrl);
  const subscriptions = await readSubscriptions(everything);
  const ours = subscriptions.filter((subscription) => subscription.uri === uri);
  const missing = topics.filter((topic) => !ours.some((subscription) => subscription.topic === topic));
  if (flags.json === true) {
    terminal.printJson({
      version: 1,
      uri,
      subscriptions: subscriptions.map(({ id, topic, uri: to }) => ({ id, topic, uri: to, ours: to === uri })),
      missing: uri === null ? [] : missing,
    });
  } else {
    const rows = subscriptions.map(({ topic, uri: to }) => [
      to === uri ? "ours" : "other",
      topic,
      to === uri ? "" : cleanText(to),
    ]);
    const state = terminal.paint(missing.length === 0 ? "green" : "yellow", missing.length === 0 ? "ok" : "warn");
    terminal.print([
      ...printTable([{}, {}, {}], rows),
      uri === null
        ? `${countOf(subscriptions.length, "subscription")}. PUBLIC_URL is not set: shipbot polls and needs none.`
        : `${state}  ${topics.length - missing.length} of ${topics.length} topics come to ${cleanText(uri)}`,
      ...(uri !== null && missing.length > 0 ? ["  do: shipbot webhooks register"] : []),
    ]);
  }
  return uri !== null && missing.length > 0 ? EXIT.attention : EXIT.fine;
}

async function register(
  flags: WebhooksFlags,
  { terminal }: Invocation,
  everything: Everything,
  topics: readonly string[],
): Promise<ExitCode> {
  const publicUrl = requirePublicUrl(everything);
  const uri = shopifyWebhookUri(publicUrl);
  if (flags.dryRun === true) {
    const present = (await readSubscriptions(everything)).filter((subscription) => subscription.uri === uri);
    const missing = topics.filter((topic) => !present.some((subscription) => subscription.topic === topic));
    if (flags.json === true) {
      terminal.printJson({ version: 1, dryRun: true, uri, present: present.length, wouldCreate: missing, failed: [] });
    } else {
      terminal.print([
        ...missing.map((topic) => `would subscribe ${topic}`),
        `Would make ${missing.length} of ${countOf(topics.length, "subscription")}. Nothing was sent.`,
      ]);
    }
    return EXIT.fine;
  }
  const { guardShop, shop } = everything.remotes;
  const report = await guardShop(() => repairWebhooks(shop, publicUrl, topics));
  if (flags.json === true) {
    const created = report.created.map((subscription) => subscription.topic);
    const { failed } = report;
    terminal.printJson({ version: 1, dryRun: false, uri, present: report.present.length, created, failed });
  } else {
    terminal.print([
      ...report.created.map(({ topic }) => `subscribed ${topic}`),
      ...report.failed.map(({ topic, message }) => `${terminal.paint("red", "FAIL")} ${topic}: ${cleanText(message)}`),
      `${report.created.length} made, ${report.present.length} were there, ${report.failed.length} failed: ${uri}`,
    ]);
  }
  return report.failed.length > 0 ? EXIT.attention : EXIT.fine;
}

async function remove(flags: WebhooksFlags, { terminal }: Invocation, everything: Everything): Promise<ExitCode> {
  const publicUrl = requirePublicUrl(everything);
  const uri = shopifyWebhookUri(publicUrl);
  const ours = (await readSubscriptions(everything)).filter((subscription) => subscription.uri === uri);
  const { guardShop, shop } = everything.remotes;
  const removed = flags.dryRun === true ? [] : await guardShop(() => removeWebhooks(shop, publicUrl));
  if (flags.json === true) {
    const topicsOf = (rows: readonly WebhookSubscription[]) => rows.map(({ topic }) => topic);
    const outcome = flags.dryRun === true ? { wouldRemove: topicsOf(ours) } : { removed: topicsOf(removed) };
    terminal.printJson({ version: 1, dryRun: flags.dryRun === true, uri, ...outcome });
  } else if (flags.dryRun === true) {
    terminal.print([`Would remove ${countOf(ours.length, "subscription")} to ${uri}. Nothing was sent.`]);
  } else {
    terminal.print([`Removed ${removed.length} of ${countOf(ours.length, "subscription")} to ${uri}.`]);
  }
  return flags.dryRun === true || removed.length === ours.length ? EXIT.fine : EXIT.attention;
}
