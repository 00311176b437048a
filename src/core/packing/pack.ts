/**
 * Which boxes a number of units ships in. Pure; the order of lines and presets decides nothing.
 *
 * The smallest box that takes everything, if there is one. Else the box that takes most is filled, and the rest is packed
 * the same way: what is packed after a box depends on nothing but what is left after it, so that the boxes of a rest are
 * the last boxes of the whole.
 */
import { type FilledBox, fillBox } from "./fill-box.ts";
import { comparePresets, type PackingPreset } from "./preset.ts";
import type { PackLine } from "./unit.ts";

/** More boxes than this for one fulfillment order are a mistake in a weight or a size. */
export const PARCELS_MAX = 20;

export type Packing =
  | { readonly outcome: "packed"; readonly boxes: readonly FilledBox[] }
  /** Units of these lines fit none of the boxes even alone. */
  | { readonly outcome: "does_not_fit"; readonly lineIds: readonly string[] }
  | { readonly outcome: "too_many" };

export function pack(lines: readonly PackLine[], presets: readonly PackingPreset[]): Packing {
  const boxes = [...presets].sort(comparePresets);
  const sorted = lines.filter(({ quantity }) => quantity > 0).sort(compareLines);
  const unfit = sorted.filter(
    (line) => !boxes.some((box) => fillBox(box, [{ ...line, quantity: 1 }]).lines.length > 0),
  );
  if (unfit.length > 0) {
    return { outcome: "does_not_fit", lineIds: unfit.map(({ id }) => id).sort() };
  }
  const filled: FilledBox[] = [];
  for (let rest = sorted; rest.length > 0; rest = without(rest, filled.at(-1))) {
    const next = filled.length < PARCELS_MAX ? bestBox(boxes, rest) : null;
    if (next === null) {
      return { outcome: "too_many" };
    }
    filled.push(next);
  }
  return { outcome: "packed", boxes: filled };
}

/** `boxes`: the small first. */
function bestBox(boxes: readonly PackingPreset[], rest: readonly PackLine[]): FilledBox | null {
  let best: FilledBox | null = null;
  for (const box of boxes) {
    const filled = fillBox(box, rest);
    if (filled.limits.length === 0) {
      return filled;
    }
    if (best === null || takesMore(filled, best)) {
      best = filled;
    }
  }
  return best;
}

function takesMore(a: FilledBox, b: FilledBox): boolean {
  return a.itemsMm3 === b.itemsMm3 ? a.itemsGrams > b.itemsGrams : a.itemsMm3 > b.itemsMm3;
}

function without(lines: readonly PackLine[], box: FilledBox | undefined): PackLine[] {
  return lines
    .map((line) => ({
      ...line,
      quantity: line.quantity - (box?.lines.find(({ id }) => id === line.id)?.quantity ?? 0),
    }))
    .filter(({ quantity }) => quantity > 0);
}

/** The big before the small, what has a place before what only weighs; else by the id. */
function compareLines(a: PackLine, b: PackLine): number {
  const edge = ({ sizeMm }: PackLine) => (sizeMm === null ? 0 : Math.max(...sizeMm));
  return (
    Number(a.sizeMm === null) - Number(b.sizeMm === null) ||
    b.volumeMm3 - a.volumeMm3 ||
    edge(b) - edge(a) ||
    b.weightGrams - a.weightGrams ||
    (a.id < b.id ? -1 : 1)
  );
}
