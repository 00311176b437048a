/** What of a written value may be shown. People paste credentials into the wrong place; the answer must not repeat them. */
import { stripVTControlCharacters } from "node:util";

/** Longer values are cut: enough to find the place, no flood on the screen. */
const SHOWN_MAX = 80;

/** Shopify's and EasyPost's credentials by their first letters (facts of both docs, read 2026-11-22). */
const CREDENTIAL = /shp[a-z]{2,3}_[\w-]+|EZ[AT]K\w+/g;
const USER_INFO = /:\/\/[^/\s]*@/g;

function toOneLine(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ");
}

/** `value` fit for a screen: one line, no control characters, known and likely credentials replaced. */
export function showable(value: string, known: readonly string[]): string {
  let shown = toOneLine(value);
  for (const secret of known.map(toOneLine)) {
    if (secret !== "") {
      shown = shown.replaceAll(secret, "[secret]");
    }
  }
  shown = shown.replaceAll(CREDENTIAL, "[secret]").replaceAll(USER_INFO, "://[secret]@");
  return shown.length > SHOWN_MAX ? `${shown.slice(0, SHOWN_MAX)}…` : shown;
}
