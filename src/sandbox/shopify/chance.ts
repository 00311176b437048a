/** Random names from the injected source: unguessable they are not, repeatable they are. */
import type { Random } from "../../ports/clock.ts";

/** 32 hexadecimal digits. */
export function randomToken(random: Random): string {
  let token = "";
  while (token.length < 32) {
    token += Math.floor(random.next() * 0x1_0000)
      .toString(16)
      .padStart(4, "0");
  }
  return token;
}

/** In the form of a UUID, as Shopify's webhook ids are. */
export function randomUuid(random: Random): string {
  return randomToken(random).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
