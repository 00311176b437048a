/**
 * Where a parcel crosses a customs border. Sources: Union Customs Code (EU) 952/2013 article 4 and VAT Directive
 * 2006/112/EC article 6 (places of the EU that need papers all the same); the customs treaty of Switzerland with
 * Liechtenstein; USPS Domestic Mail Manual 608.2 and 703.2.3, Postal Bulletins 22511 and 22675 (forms on domestic mail to
 * military post offices and to possessions without Puerto Rico). Read 2026-11-25. Northern Ireland has the code GB and
 * counts as outside the EU: a declaration too many is asked for there, never one too few.
 */
import type { Address } from "./order.ts";

/**
 * `none`: no border. `welcome`: domestic mail on which USPS wants a form; it is sent where all facts are known, and an
 * order that lacks some is not stopped. `required`: no label without it.
 */
export type CustomsNeed = "none" | "welcome" | "required";

const EU = new Set("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK".split(" "));

/** Parts of EU countries, by the beginning of the postal code, that goods do not reach freely. */
const EU_OUTSIDE: readonly (readonly [country: string, postalCode: RegExp])[] = [
  // Las Palmas, Santa Cruz de Tenerife; Ceuta, Melilla.
  ["ES", /^(35|38|51|52)/],
  // Åland, also known as AX.
  ["FI", /^22/],
  // Livigno.
  ["IT", /^(23030|23041)/],
  // Büsingen, Helgoland.
  ["DE", /^(78266|27498)/],
  // Mount Athos.
  ["GR", /^6308[67]/],
];

/** Served by the United States' domestic mail; all but Puerto Rico lie outside its customs territory. */
const US_PLACES = new Set("US PR VI GU AS MP UM FM MH PW".split(" "));
const US_FORM_PLACES = new Set("VI GU AS MP FM MH PW AA AE AP".split(" "));

type Place = Pick<Address, "country" | "province" | "postalCode">;

/** Whether goods from one place to the other are declared. An address without a country is not judged: `none`. */
export function customsNeed(from: Place, to: Place): CustomsNeed {
  const [origin, destination] = [zoneOf(from), zoneOf(to)];
  if (origin === null || destination === null) {
    return "none";
  }
  if (origin !== destination) {
    return "required";
  }
  return origin === "US" && (wantsForm(from) || wantsForm(to)) ? "welcome" : "none";
}

/** Places of one zone send goods to each other without a declaration. */
function zoneOf({ country, postalCode }: Place): string | null {
  if (country === null || country.trim() === "") {
    return null;
  }
  if (US_PLACES.has(country)) {
    return "US";
  }
  if (EU.has(country)) {
    const code = (postalCode ?? "").replace(/\s/g, "");
    const outside = EU_OUTSIDE.find(([of, begins]) => of === country && begins.test(code));
    return outside === undefined ? "EU" : `${country} ${code.slice(0, 2)}`;
  }
  return country === "LI" ? "CH" : country;
}

function wantsForm({ country, province }: Place): boolean {
  return US_FORM_PLACES.has(country ?? "") || (country === "US" && US_FORM_PLACES.has((province ?? "").toUpperCase()));
}
