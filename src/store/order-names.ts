/** What somebody who typed the name of an order may have meant. Pure. */

/** Longer input is no order name; it would only make many candidates. */
const NAME_MAX = 24;

/** A name as people type it and as the shop writes it: `1001` and `#1001`. */
export function nameVariants(name: string): readonly string[] {
  const bare = name.trim().replace(/^#/, "");
  return [`#${bare}`, bare];
}

/** All names that differ by one digit too many, too few or wrong, or by two neighbours swapped. At most some hundreds. */
export function oneEditAway(name: string): readonly string[] {
  const bare = name.trim().replace(/^#/, "").slice(0, NAME_MAX);
  const found = new Set<string>();
  for (let index = 0; index <= bare.length; index += 1) {
    const head = bare.slice(0, index);
    const tail = bare.slice(index);
    found.add(head + tail.slice(1));
    if (tail.length > 1) {
      found.add(`${head}${tail[1]}${tail[0]}${tail.slice(2)}`);
    }
    for (const digit of "0123456789") {
      found.add(head + digit + tail);
      found.add(head + digit + tail.slice(1));
    }
  }
  found.delete(bare);
  found.delete("");
  return [...found];
}
