/**
 * `loadSettings`: the settings, or every problem with them at once. Import it where settings are needed and not
 * before: it brings zod, yaml and croner along, which `--version` must not wait for.
 */
import { join, resolve } from "node:path";
import { SettingsError, type SettingsProblem } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import type { Address } from "../core/order.ts";
import { DEFAULT_POLICY, type Policy } from "../core/policy.ts";
import { readDatabaseUrl } from "./addresses.ts";
import { isRemote, SETTINGS, settingAt } from "./catalog.ts";
import { type EnvironmentSettings, environmentSchema } from "./environment-schema.ts";
import { type Gathered, gatherSettings, overlayFile, type SettingsInput } from "./gather.ts";
import type { KeyedProblem } from "./problems.ts";
import { findRemoteProblems, readShipping, readShopify } from "./remotes.ts";
import { withTimeZone } from "./schedules.ts";
import { type ConfigFile, configFileSchema } from "./schema.ts";
import { assembleRules } from "./sections/assemble-rules.ts";
import { toCustomsPolicy } from "./sections/customs.ts";
import { toGuardsPolicy } from "./sections/guards.ts";
import { toHoursPolicy } from "./sections/hours.ts";
import { toPackingPolicy } from "./sections/parcels.ts";
import { assembleReady } from "./sections/ready.ts";
import { toServicesPolicy } from "./sections/services.ts";
import type { LocalSettings, LogFormat, Settings } from "./types.ts";

/** `local`: credentials and addresses of shop and provider are neither needed nor looked at. */
export type Need = "all" | "local";

/** Throws `SettingsError` with all problems. Reads files and writes nothing; may be called again at any time. */
export function loadSettings(input: SettingsInput & { readonly need: "local" }): LocalSettings;
export function loadSettings(input: SettingsInput & { readonly need?: "all" }): Settings;
export function loadSettings(input: SettingsInput & { readonly need?: Need }): LocalSettings {
  const gathered = gatherSettings(input);
  const need = input.need ?? "all";
  const problems = findProblems(gathered, input.cwd, need);
  if (problems.length > 0) {
    throw new SettingsError(problems);
  }
  const environment = parseEnvironment(gathered);
  const local = assembleLocal(configFileSchema.parse(overlayFile(gathered)), environment, gathered, input);
  if (need === "local") {
    return local;
  }
  const settings: Settings = { ...local, shopify: readShopify(environment), shipping: readShipping(environment) };
  return settings;
}

/** The problems that `loadSettings` would throw, in the order of the file, then of the settings. */
export function findProblems(gathered: Gathered, cwd: string, need: Need): readonly SettingsProblem[] {
  const database = gathered.environment.texts.get("database.url");
  const read = database === undefined ? null : readDatabaseUrl(database.text, cwd);
  const problems: KeyedProblem[] = [
    ...(gathered.problems.length > 0 ? gathered.problems : findClashes(gathered)),
    ...(read !== null && "problem" in read ? [refuseDatabase(read.problem)] : []),
    ...(need === "all" ? findRemoteProblems(gathered) : []),
  ];
  return problems
    .filter((problem) => need === "all" || problem.key === null || !isRemote(problem.key))
    .map(({ key: _, ...problem }) => problem);
}

/** What is fine in the file, and fine in the environment, and not both together. */
function findClashes(gathered: Gathered): readonly KeyedProblem[] {
  const given = SETTINGS.filter(({ key, inFile }) => inFile && gathered.given.has(key));
  const overlaid = given.length === 0 ? {} : overlayFile(gathered);
  return (configFileSchema.safeParse(overlaid).error?.issues ?? []).map(({ path, message }) => {
    const key = path.map(String).join(".");
    const { env } = settingAt(key);
    return { key, setting: gathered.given.has(key) ? env : key, env, value: null, message, position: null };
  });
}

function refuseDatabase(message: string): KeyedProblem {
  const { env } = settingAt("database.url");
  return { key: "database.url", setting: env, env, value: null, message, position: null };
}

/** What was refused is not among it: it was thrown for, or belongs to a remote that is not needed. */
function parseEnvironment(gathered: Gathered): EnvironmentSettings {
  const wanted = [...gathered.given].filter(([key]) => key in environmentSchema.shape);
  return environmentSchema.parse(Object.fromEntries(wanted));
}

function assembleLocal(
  file: ConfigFile,
  environment: EnvironmentSettings,
  gathered: Gathered,
  input: SettingsInput,
): LocalSettings {
  const dataDir = resolve(input.cwd, environment.data_dir);
  const database = readDatabaseUrl(environment["database.url"] ?? `sqlite:${join(dataDir, "shipbot.db")}`, input.cwd);
  const redisUrl = environment["redis.url"];
  const zone = file.time_zone;
  return {
    database: { url: "value" in database ? database.value : "" },
    redisUrl: redisUrl === undefined ? null : new Secret(redisUrl),
    server: {
      host: environment["server.host"],
      port: environment["server.port"],
      publicUrl: environment["server.public_url"] ?? null,
    },
    dataDir,
    log: {
      level: environment["log.level"],
      format: environment["log.format"] ?? defaultLogFormat(environment.node_env),
      files: environment["log.files"],
    },
    schedule: {
      pollOrders: withTimeZone(file.poll.orders, zone),
      pollFulfillmentOrders: withTimeZone(file.poll.fulfillment_orders, zone),
      pollTracking: withTimeZone(file.poll.tracking, zone),
      resync: withTimeZone(file.resync, zone),
      webhooks: withTimeZone(file.check_webhooks, zone),
      prune: withTimeZone(file.prune, zone),
      backup: withTimeZone(file.backup.every, zone),
      archive: withTimeZone(file.backup.archive_every, zone),
    },
    concurrency: file.concurrency,
    policy: assemblePolicy(file),
    retention: {
      inboxMs: file.retention.inbox,
      timelineMs: file.retention.timeline,
      labelsMs: file.retention.labels,
      personalDataMs: file.retention.personal_data,
    },
    backup: {
      folder: file.backup.folder === null ? join(dataDir, "backups") : resolve(input.cwd, file.backup.folder),
      keepDaily: file.backup.keep_daily,
      keepWeekly: file.backup.keep_weekly,
    },
    configPath: gathered.file.path,
  };
}

export function defaultLogFormat(nodeEnv: string | undefined): LogFormat {
  return nodeEnv === "production" ? "json" : "pretty";
}

function assemblePolicy(file: ConfigFile): Policy {
  return {
    ...DEFAULT_POLICY,
    ready: assembleReady(file.ready, file.time_zone),
    rules: assembleRules(file.rules, file.time_zone),
    shipFrom: Object.fromEntries(Object.entries(file.ship_from).map(([key, sender]) => [key, assembleAddress(sender)])),
    parcel: {
      name: file.parcel.name,
      lengthMm: file.parcel.length_mm,
      widthMm: file.parcel.width_mm,
      heightMm: file.parcel.height_mm,
      tareGrams: file.parcel.tare_g,
    },
    packing: toPackingPolicy(file),
    services: toServicesPolicy(file.services),
    guards: toGuardsPolicy(file.guards, file.time_zone),
    hours: toHoursPolicy(file.hours, file.time_zone),
    customs: toCustomsPolicy(file.customs),
    label: { format: file.label.format },
    writeback: {
      notifyCustomer: file.writeback.notify_customer,
      statusTagPrefix: file.writeback.status_tag_prefix,
    },
    tracking: { giveUpAfterMs: file.tracking.give_up_after },
    relookMs: file.relook,
  };
}

function assembleAddress(sender: ConfigFile["ship_from"][string]): Address {
  return {
    name: sender.name ?? null,
    company: sender.company ?? null,
    street1: sender.street1,
    street2: sender.street2 ?? null,
    city: sender.city,
    province: sender.province ?? null,
    postalCode: sender.postal_code ?? null,
    country: sender.country,
    phone: sender.phone ?? null,
    email: sender.email ?? null,
  };
}
