/**
 * Canaries: a text of its own for every secret and for everything that says who somebody is, so that a search over all
 * that a run left behind (output, logs, database, file names) tells what came through, and from where.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredAddress } from "../../src/sandbox/shopify/records.ts";

export const SECRETS = {
  token: "shpat_canary1token+/8c31",
  clientId: "canary-client-id",
  clientSecret: "shpss_canary2client&secret=77",
  apiKey: "EZTKcanary3providerkey52",
  shippingWebhookSecret: "canary4-shipping+hook/secret",
  webhookSecret: "canary5-rotated-hook-secret",
} as const;

/** Found as a part of any of them, except for the id of the app, which is none. */
const SECRET_VALUES: readonly string[] = Object.entries(SECRETS).flatMap(([name, value]) =>
  name === "clientId" ? [] : [value],
);

/** What the order of this number says about its customer. */
export function personOf(number: number): { readonly address: StoredAddress; readonly email: string } {
  return {
    address: {
      firstName: `Zfirstname${number}`,
      lastName: `Zlastname${number}`,
      company: `Zcompany${number}`,
      address1: `${number} Zstreetname Road`,
      address2: `Zfloor${number}`,
      city: `Zcityname${number}`,
      province: "California",
      provinceCode: "CA",
      zip: `90417-${7_000 + number}`,
      country: "United States",
      countryCode: "US",
      phone: `+1415888${7_000 + number}`,
    },
    email: `zmail${number}@zhost.example`,
  };
}

/** What is never stored, printed or logged, label files apart; each stands in every order of `personOf`. */
const PERSONAL = [
  ...["Zfirstname", "Zlastname", "Zcompany", "Zstreetname", "Zfloor", "Zcityname", "zmail", "zhost", "1415888"],
  ...["Znote", "Zsender"],
];

/** The postal code: it may be in `orders.reason_input` and `orders.decision`, and where those are shown. */
export const POSTAL_CODE = "90417-7";

/** Every way in which a secret could be written: as it is, in a URL, in base64 at any offset, as HTTP Basic has it. */
function formsOf(secret: string): readonly string[] {
  const encoded = ["", "a", "ab"].map((before) => {
    const text = Buffer.from(before + secret).toString("base64");
    // The first and the last group of letters also depend on what stands beside it.
    return text
      .slice(before === "" ? 0 : 4)
      .replace(/=+$/, "")
      .slice(0, -2);
  });
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...encoded];
}

const FORBIDDEN: readonly string[] = [
  ...SECRET_VALUES.flatMap(formsOf),
  // What came through in a form that nobody thought of; and tokens that the shop issued during the run.
  ...SECRET_VALUES.map((value) => /canary\d/.exec(value)?.[0] ?? value),
  "shpua_",
  ...PERSONAL,
];

/** Every canary in it, with some text around it: an empty list is what a test wants. */
export function hitsIn(place: string, content: string | Buffer, also: readonly string[] = []): readonly string[] {
  const text = typeof content === "string" ? content : content.toString("latin1");
  return [...FORBIDDEN, ...also].flatMap((canary) => {
    const at = text.indexOf(canary);
    return at < 0 ? [] : [`${place}: ${JSON.stringify(text.slice(Math.max(0, at - 80), at + canary.length + 40))}`];
  });
}

/** The same for every file below, its name included. `skip`: folders that may hold them. */
export function hitsBelow(folder: string, skip: readonly string[], also: readonly string[] = []): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const named = hitsIn("file name", entry.name, also);
    if (entry.isDirectory()) {
      return skip.includes(entry.name) ? named : [...named, ...hitsBelow(path, skip, also)];
    }
    return entry.isFile() ? [...named, ...hitsIn(path, readFileSync(path), also)] : named;
  });
}
