/** The section `services`: which of the offered rates is bought. */
import { z } from "zod";
import type { ServiceStrategy, ServicesPolicy } from "../../core/services.ts";
import type { Parsed } from "../parsed.ts";
import { setting } from "../setting-facts.ts";

/** Longer than any name that a carrier or a shop gives; it must fit on one line of `why`. */
const NAME_MAX = 100;
const name = z.string().trim().min(1).max(NAME_MAX);
const WITHIN = /^cheapest within (\d{1,2}) ?(?:d|days?)$/i;

const WANTED =
  "write cheapest, fastest, cheapest within 3 days, a service such as USPS Priority, or a list of services";

const strategy = z
  .union([name, z.array(name).min(1).max(50)], { error: `is no way to choose: ${WANTED}` })
  .transform((written, context): ServiceStrategy => {
    const parsed = readStrategy(typeof written === "string" ? [written] : written);
    if ("problem" in parsed) {
      context.addIssue({ code: "custom", message: parsed.problem });
      return z.NEVER;
    }
    return parsed.value;
  });

/** A word for a way to choose stands alone; everything else is a service, in the order of preference. */
function readStrategy(words: readonly string[]): Parsed<ServiceStrategy> {
  const [first = ""] = words;
  const ways = words.filter((word) => /^(cheapest|fastest)\b/i.test(word));
  if (ways.length === 0) {
    return { value: { kind: "preferred", services: words } };
  }
  if (words.length > 1) {
    return { problem: `has ${ways[0]} among services: write it alone, or * for any service, the cheapest first` };
  }
  const days = Number(WITHIN.exec(first)?.[1] ?? 0);
  if (days > 0) {
    return { value: { kind: "cheapest_within", days } };
  }
  const way = first.toLowerCase();
  return way === "cheapest" || way === "fastest"
    ? { value: { kind: way } }
    : { problem: `is no way to choose: ${WANTED}` };
}

export const servicesSection = z.strictObject({
  default: setting(strategy.prefault("cheapest"), {
    doc: "What is bought: cheapest, fastest, `cheapest within 3 days`, or services in order of preference (`USPS Priority`, `UPS *`).",
    form: "list",
  }),
  map: setting(
    z
      .array(
        z.strictObject({
          line: name.describe("Title or code of the checkout's shipping line; * stands for anything."),
          buy: strategy.describe("As services.default."),
        }),
      )
      .max(200)
      .prefault([]),
    {
      doc: "What is bought for the shipping line that the customer chose; the first that fits counts.",
      form: "json",
      example: [
        "- line: Express*",
        "  buy: USPS Express",
        "- line: Standard",
        "  buy: cheapest within 5 days",
        "- line: International*",
        "  buy: [UPS *, FedEx *]",
      ].join("\n"),
    },
  ),
  accounts: setting(z.array(name).max(50).prefault([]), {
    doc: "Ids of the provider's carrier accounts whose rates may be bought. An empty list: all.",
    form: "list",
  }),
});

export function toServicesPolicy(section: z.output<typeof servicesSection>): ServicesPolicy {
  return {
    map: section.map.map(({ line, buy }) => ({ line, strategy: buy })),
    strategy: section.default,
    accounts: section.accounts,
  };
}
