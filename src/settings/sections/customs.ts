/** The section `customs`: what is declared about parcels that cross a customs border. */
import { z } from "zod";
import { CONTENTS_TYPES, type CustomsPolicy, DEFAULT_CUSTOMS, INCOTERMS } from "../../core/customs.ts";
import { type Money, parseMoney } from "../../core/money.ts";
import type { Parsed } from "../parsed.ts";
import { setting, text } from "../setting-facts.ts";

const country = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]{2}$/, { error: "is no country code: two letters such as US" });

/** 6 to 13 digits, as in Shopify; dots and blanks are how people write them. */
const hsCode = text(readHsCode, "must be in quotes: a code such as 0901.21 is no number");

function readHsCode(written: string): Parsed<string> {
  const digits = written.replace(/[.\s]/g, "");
  return /^\d{6,13}$/.test(digits) ? { value: digits } : { problem: "is no HS code: 6 to 13 digits, such as 6912.00" };
}

const value = text(readValue, 'has no currency: write "12.50 USD"');

function readValue(written: string): Parsed<Money> {
  const [amount = "", currency = ""] = written.trim().split(/\s+/);
  const money = parseMoney(amount, currency.toUpperCase());
  return money !== null && money.amountMinor > 0 ? { value: money } : { problem: 'is no value: write "12.50 USD"' };
}

const short = z.string().trim().min(1).max(60);

export const customsSection = z.strictObject({
  contents_type: setting(z.enum(CONTENTS_TYPES).prefault(DEFAULT_CUSTOMS.contentsType), {
    doc: `What kind of contents is declared: ${CONTENTS_TYPES.join(", ")}.`,
  }),
  incoterm: setting(z.enum(INCOTERMS).nullable().prefault(DEFAULT_CUSTOMS.incoterm), {
    doc: `Who pays duties: ${INCOTERMS.join(", ")}. null: what the checkout charged, else as the carrier does it.`,
  }),
  eel_pfc: setting(short.nullable().prefault(DEFAULT_CUSTOMS.eelPfc), {
    doc: "Exemption or citation of exports from the United States. null: NOEEI 30.36 to Canada, else NOEEI 30.37(a) up to 2,500 USD.",
  }),
  signer: setting(short.nullable().prefault(DEFAULT_CUSTOMS.signer), {
    doc: "Who certifies the declaration. null: the name of the sender.",
  }),
  non_delivery: setting(z.enum(["return", "abandon"]).prefault(DEFAULT_CUSTOMS.nonDelivery), {
    doc: "What becomes of a parcel that cannot be delivered: return or abandon.",
  }),
  origin: setting(country.nullable().prefault(DEFAULT_CUSTOMS.origin), {
    doc: "Country where products were made for which neither the order nor customs.products says it.",
  }),
  products: setting(
    z
      .record(
        z.string().trim().min(1).max(255),
        z.strictObject({
          hs_code: hsCode.optional().describe("HS code, in quotes."),
          origin: country.optional().describe("Country where it was made, two letters."),
          description: z.string().trim().min(1).max(100).optional().describe("Instead of the product's title."),
          value: value.optional().describe('Of one unit, instead of what was paid: "12.50 USD".'),
        }),
      )
      .prefault({}),
    {
      doc: "What is declared by SKU; it comes before what the order says.",
      form: "json",
      example: ["MUG-BLUE:", '  hs_code: "6912.00"', "  origin: PT", "  description: Ceramic mug"].join("\n"),
    },
  ),
});

export function toCustomsPolicy(section: z.output<typeof customsSection>): CustomsPolicy {
  return {
    contentsType: section.contents_type,
    incoterm: section.incoterm,
    eelPfc: section.eel_pfc,
    signer: section.signer,
    nonDelivery: section.non_delivery,
    origin: section.origin,
    products: Object.fromEntries(
      Object.entries(section.products).map(([sku, product]) => [
        sku.toLowerCase(),
        {
          hsCode: product.hs_code ?? null,
          origin: product.origin ?? null,
          description: product.description ?? null,
          value: product.value ?? null,
        },
      ]),
    ),
  };
}
