/**
 * The settings of the config file, each once: what it takes, its bounds, its default and its line of documentation;
 * `environment-schema.ts` has those of the environment. Loading, `config show`, docs/settings.md, the JSON Schema and
 * the example file are all made from these two.
 */
import { z } from "zod";
import { DEFAULT_POLICY } from "../core/policy.ts";
import { DAY_MS, MINUTE_MS } from "../core/time.ts";
import { readDuration, writeDuration } from "./durations.ts";
import { readSchedule, readTimeZone } from "./schedules.ts";
import { customsSection } from "./sections/customs.ts";
import { guardsSection } from "./sections/guards.ts";
import { hoursSection } from "./sections/hours.ts";
import { boxName, lengthMm, packingSection, parcelsSection, productsSection, tareGrams } from "./sections/parcels.ts";
import { readySection } from "./sections/ready.ts";
import { rulesSection } from "./sections/rules.ts";
import { servicesSection } from "./sections/services.ts";
import { setting, text } from "./setting-facts.ts";
import { tag } from "./tag.ts";

const NO_UNIT = "has no unit: write 30s, 5m, 1h or 7d";

const schedule = text(readSchedule, NO_UNIT);

function duration(atLeastMs: number, atMostMs: number) {
  return text((written) => readDuration(written, atLeastMs, atMostMs), NO_UNIT);
}

/** Something longer was pasted by mistake; no form of a carrier has so much room on one line. */
const ADDRESS_LINE_MAX = 100;
const line = z.string().trim().min(1).max(ADDRESS_LINE_MAX);

const address = z.strictObject({
  name: line.nullish().describe("Person or department."),
  company: line.nullish(),
  street1: line,
  street2: line.nullish(),
  city: line,
  province: line.nullish().describe("Code of the state or province, such as CA."),
  postal_code: line.nullish().describe("In quotes: a code such as 02134 is no number."),
  country: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{2}$/, { error: "is no country code: two letters such as US" })
    .describe("ISO 3166-1, two letters."),
  phone: line.nullish().describe("In quotes. Many carriers demand one."),
  email: line.nullish(),
});

export const ADDRESS_FIELDS: readonly string[] = Object.keys(address.shape);

const parcel = z.strictObject({
  name: setting(boxName.prefault(DEFAULT_POLICY.parcel.name), {
    doc: "What the box is called in `why` and `status`.",
  }),
  length_mm: setting(lengthMm.prefault(DEFAULT_POLICY.parcel.lengthMm), {
    doc: "Length in millimetres.",
    form: "number",
  }),
  width_mm: setting(lengthMm.prefault(DEFAULT_POLICY.parcel.widthMm), { doc: "Width in millimetres.", form: "number" }),
  height_mm: setting(lengthMm.prefault(DEFAULT_POLICY.parcel.heightMm), {
    doc: "Height in millimetres.",
    form: "number",
  }),
  tare_g: setting(tareGrams.prefault(DEFAULT_POLICY.parcel.tareGrams), {
    doc: "Weight of the empty box in grams; the items' weights are added.",
    form: "number",
  }),
});

const retention = z.strictObject({
  // Shopify repeats a webhook for 48 hours: forgetting it earlier would let a repeat count as new.
  inbox: setting(duration(3 * DAY_MS, 3_650 * DAY_MS).prefault("30d"), { doc: "Received webhooks." }),
  timeline: setting(duration(7 * DAY_MS, 3_650 * DAY_MS).prefault("400d"), { doc: "What happened to each order." }),
  labels: setting(duration(7 * DAY_MS, 3_650 * DAY_MS).prefault("180d"), {
    doc: "Label files, counted from when they were stored.",
  }),
  personal_data: setting(duration(7 * DAY_MS, 3_650 * DAY_MS).prefault("180d"), {
    doc: "What orders at their end were judged by (postal code), links to labels and parcels, reasons of holds.",
  }),
});

const backup = z.strictObject({
  every: setting(schedule.prefault("1d"), { doc: "How often the database is backed up." }),
  archive_every: setting(schedule.prefault("5m"), {
    doc: "How often what changed since the backup is added to its log: what a lost disk costs at most.",
  }),
  keep_daily: setting(z.int().min(1).max(3_650).prefault(7), {
    doc: "Days of which the newest backup is kept.",
    form: "number",
  }),
  keep_weekly: setting(z.int().min(0).max(520).prefault(4), {
    doc: "Weeks of which the newest backup is kept.",
    form: "number",
  }),
  folder: setting(z.string().min(1).max(1_000).nullable().prefault(null), {
    doc: "Where backups are kept, on another disk if there is one. null: backups in the data folder.",
  }),
});

/** The config file. */
export const configFileSchema = z
  .strictObject({
    ready: readySection,
    ship_from: setting(
      z
        .record(
          z.string().regex(/^(default|\d{1,20})$/, {
            error: "is no location: write default, or the number at the end of the location's id",
          }),
          address,
        )
        .prefault({}),
      {
        doc: "Sender by location: `default`, or the number of a Shopify location. Not given: the location's own address.",
        form: "json",
        example: [
          "default:",
          "  name: Shipping desk",
          "  company: Example Shop",
          "  street1: 1 Example Street",
          "  street2: Unit 2",
          "  city: Boston",
          "  province: MA",
          '  postal_code: "02134"',
          "  country: US",
          '  phone: "+1 555 555 0100"',
          "  email: shipping@example.com",
        ].join("\n"),
      },
    ),
    parcel: setting(parcel.prefault({}), { doc: "The one box that everything is packed in while parcels is empty." }),
    parcels: parcelsSection,
    products: productsSection,
    packing: setting(packingSection.prefault({}), { doc: "How boxes are filled." }),
    guards: setting(guardsSection.prefault({}), {
      doc: "What stops a purchase although everything else allows it. Nothing is guarded unless it is set.",
    }),
    hours: setting(hoursSection.prefault({}), { doc: "When labels are bought. Orders at other times wait for it." }),
    services: setting(servicesSection.prefault({}), { doc: "Which of the offered rates is bought." }),
    rules: rulesSection,
    label: setting(
      z
        .strictObject({
          format: setting(z.enum(["pdf", "png", "zpl"]).prefault(DEFAULT_POLICY.label.format), {
            doc: "File format of labels: pdf, png or zpl.",
          }),
        })
        .prefault({}),
      { doc: "The label." },
    ),
    customs: setting(customsSection.prefault({}), {
      doc: "What is declared about parcels that cross a customs border.",
    }),
    writeback: setting(
      z
        .strictObject({
          notify_customer: setting(z.boolean().prefault(DEFAULT_POLICY.writeback.notifyCustomer), {
            doc: "Shopify mails the customer when the order is fulfilled.",
            form: "switch",
          }),
          status_tag_prefix: setting(tag.max(30).nullable().prefault(DEFAULT_POLICY.writeback.statusTagPrefix), {
            doc: "Also mirror the status to a tag that begins so, such as `shipbot:`. null: no tag.",
          }),
        })
        .prefault({}),
      { doc: "What is written back to Shopify." },
    ),
    tracking: setting(
      z
        .strictObject({
          give_up_after: setting(
            duration(DAY_MS, 365 * DAY_MS).prefault(writeDuration(DEFAULT_POLICY.tracking.giveUpAfterMs)),
            { doc: "A parcel without news for so long is no longer asked for." },
          ),
        })
        .prefault({}),
      { doc: "Following parcels." },
    ),
    relook: setting(duration(MINUTE_MS, 7 * DAY_MS).prefault(writeDuration(DEFAULT_POLICY.relookMs)), {
      doc: "How often a parked or waiting order is looked at although nothing was heard.",
    }),
    poll: setting(
      z
        .strictObject({
          orders: setting(schedule.prefault("30s"), { doc: "How often Shopify is asked for changed orders." }),
          fulfillment_orders: setting(schedule.prefault("1m"), {
            doc: "How often Shopify is asked for changed fulfillment orders (holds, locations).",
          }),
          tracking: setting(schedule.prefault("15m"), {
            doc: "How often parcels are looked for that are due for news.",
          }),
        })
        .prefault({}),
      { doc: "How often the outside is asked: an interval (30s, 5m) or cron with five fields." },
    ),
    resync: setting(schedule.prefault("10m"), { doc: "How often every unsettled order is looked at again." }),
    check_webhooks: setting(schedule.prefault("1h"), {
      doc: "How often the webhook subscriptions are checked and mended.",
    }),
    prune: setting(schedule.prefault("1d"), { doc: "How often what is past its retention is deleted." }),
    time_zone: setting(text(readTimeZone).prefault("UTC"), {
      doc: "Zone of cron patterns and of the day that guards count, such as Europe/Berlin.",
    }),
    concurrency: setting(z.int().min(1).max(64).prefault(4), {
      doc: "How many orders are worked on at once.",
      form: "number",
    }),
    retention: setting(retention.prefault({}), { doc: "How long things are kept." }),
    backup: setting(backup.prefault({}), { doc: "Backups of the database (docs/backup.md)." }),
  })
  .describe("shipbot settings");

export type ConfigFile = z.output<typeof configFileSchema>;
