/** Taking people out of sentences that carriers wrote. Pure. */
import { type Fields, fieldsAt, textAt } from "./fields.ts";

const MESSAGE_CHARACTERS_MAX = 200;
/** As much of a carrier's sentence as is looked at. */
const SENTENCE_CHARACTERS_MAX = 2_000;
/** No field of an address is longer; without a bound the pattern made of them would be too large to be compiled. */
const VALUE_CHARACTERS_MAX = 500;
const REMOVED = "[removed]";
const PERSONAL_FIELDS = ["name", "company", "street1", "street2", "city", "zip", "phone", "email"];
const ADDRESSES = ["to_address", "from_address", "return_address", "buyer_address"];
/** Shorter parts of a name or street are words like "St" and would take half of a sentence with them. */
const PART_CHARACTERS_MIN = 3;

/**
 * A carrier's sentence without what the shipment knows of people: every value of its addresses and every word of them,
 * and whatever looks like an e-mail address or a long number. Rather a word too many is removed.
 */
export function scrub(sentence: string, body: Fields): string {
  const parts = new Set<string>();
  for (const field of ADDRESSES) {
    const address = fieldsAt(body, field) ?? {};
    for (const value of PERSONAL_FIELDS.flatMap(
      (name) => textAt(address, name)?.slice(0, VALUE_CHARACTERS_MAX) ?? [],
    )) {
      for (const part of [value, ...value.split(/[^\p{L}\p{N}]+/u)]) {
        parts.add(part.trim());
        // Carriers answer in plain letters: Müller comes back as MULLER.
        parts.add(part.trim().normalize("NFKD").replace(/\p{M}/gu, ""));
      }
    }
  }
  const longestFirst = [...parts]
    .filter((part) => part.length >= PART_CHARACTERS_MIN)
    .sort((a, b) => b.length - a.length)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const said = sentence.slice(0, SENTENCE_CHARACTERS_MAX).replace(/[\p{Cc}\s]+/gu, " ");
  const known = new RegExp(`(?<![\\p{L}\\p{N}])(?:${longestFirst.join("|")})(?![\\p{L}\\p{N}])`, "giu");
  const scrubbed = longestFirst.length === 0 ? said : said.replace(known, REMOVED);
  // Cut last: half a name would not be recognised.
  return scrubbed
    .replace(/\S+@\S+/g, REMOVED)
    .replace(/\+?\d[\d\s().-]{5,}\d/g, REMOVED)
    .slice(0, MESSAGE_CHARACTERS_MAX);
}
