/** "Did you mean": the known word that is closest to what was written, or nothing. Never acted on, only said. */

/** The candidate that `word` was most likely meant to be; `null` when none is near. Ties go to the first. */
export function suggestWord(word: string, candidates: Iterable<string>): string | null {
  const wanted = squeeze(word);
  let best: string | null = null;
  // One slip in short words, a third of the letters in long ones: beyond that a suggestion is noise.
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = countEdits(wanted, squeeze(candidate), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `pollOrders`, `poll-orders` and `POLL_ORDERS` are the same slip of `poll_orders`. */
function squeeze(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9.]/g, "");
}

/** Insertions, deletions, changes and swaps of neighbours between two words; stops counting at `limit`. */
function countEdits(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) {
    return limit;
  }
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      let edits = Math.min(
        (last[column] ?? limit) + 1,
        (current[column - 1] ?? limit) + 1,
        (last[column - 1] ?? limit) + change,
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        edits = Math.min(edits, (beforeLast[column - 2] ?? limit) + 1);
      }
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? limit;
}
