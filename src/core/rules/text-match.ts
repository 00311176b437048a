/** Text against a list of texts: without case, with `*` for any text. Linear in the text, whatever stands in the list. */

export interface TextMatcher {
  /** `text` must be folded. */
  matches(text: string): boolean;
}

/** As texts are compared: without case and without blanks around them. */
export function fold(text: string): string {
  return text.trim().toLowerCase();
}

/** Holds when one of them does. */
export function compileTexts(patterns: readonly string[]): TextMatcher {
  const exact = new Set<string>();
  const globs: string[][] = [];
  for (const pattern of patterns.map(fold)) {
    if (pattern.includes("*")) {
      globs.push(pattern.split("*"));
    } else {
      exact.add(pattern);
    }
  }
  return globs.length === 0
    ? { matches: (text) => exact.has(text) }
    : { matches: (text) => exact.has(text) || globs.some((parts) => matchesGlob(text, parts)) };
}

/** `parts` are what stands between the stars: the first begins the text, the last ends it, the others follow in order. */
function matchesGlob(text: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? "";
  const last = parts[parts.length - 1] ?? "";
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) {
    return false;
  }
  let from = first.length;
  const until = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > until) {
      return false;
    }
    from = at + part.length;
  }
  return true;
}
