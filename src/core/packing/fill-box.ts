/**
 * Fills one box: of each line, in the order given, as many units as still fit by weight, volume and place. Pure.
 *
 * Place is kept as a list of empty cuboids that never overlap. Alike units are put into one of them as a block of rows,
 * and what is left of the cuboid is cut into three. So nothing can overlap or stick out whatever is put in, and a
 * thousand alike units are a handful of steps. It is a heuristic: a better packer may find room where this one finds none,
 * and then a parcel more is bought than was needed; a box that it calls full is never fuller than its limits.
 */
import type { PackingPreset } from "./preset.ts";
import type { PackLine, SizeMm } from "./unit.ts";

/** Which of the box's limits turned units away. */
export type Limit = "weight" | "volume" | "size";

/** Alike units in rows: `count` of them along each edge. For tests and for whoever wants to draw it. */
export interface Block {
  readonly lineId: string;
  readonly atMm: SizeMm;
  readonly unitMm: SizeMm;
  readonly count: SizeMm;
}

export interface FilledBox {
  readonly preset: PackingPreset;
  readonly lines: readonly { readonly id: string; readonly quantity: number }[];
  readonly itemsGrams: number;
  readonly itemsMm3: number;
  readonly blocks: readonly Block[];
  /** What units were turned away by; empty when all are in. */
  readonly limits: readonly Limit[];
}

interface Space {
  readonly atMm: SizeMm;
  readonly sizeMm: SizeMm;
}

/** `lines`: the biggest first. Units that do not fit are left out; the caller has them still. */
export function fillBox(preset: PackingPreset, lines: readonly PackLine[]): FilledBox {
  const packed: { id: string; quantity: number }[] = [];
  const blocks: Block[] = [];
  const limits = new Set<Limit>();
  const roomMm3 = Math.floor(preset.lengthMm * preset.widthMm * preset.heightMm * preset.maxFill);
  let spaces: readonly Space[] = [{ atMm: [0, 0, 0], sizeMm: [preset.lengthMm, preset.widthMm, preset.heightMm] }];
  let itemsGrams = 0;
  let itemsMm3 = 0;
  for (const line of lines) {
    const byWeight = unitsByWeight(preset, itemsGrams, line);
    const byVolume = line.volumeMm3 > 0 ? Math.floor((roomMm3 - itemsMm3) / line.volumeMm3) : line.quantity;
    const wanted = Math.max(0, Math.min(line.quantity, byWeight, byVolume));
    const placed = line.sizeMm === null ? null : place(spaces, line, line.sizeMm, wanted);
    const quantity = placed?.quantity ?? wanted;
    if (placed !== null) {
      spaces = placed.spaces;
      blocks.push(...placed.blocks);
    }
    if (quantity > 0) {
      packed.push({ id: line.id, quantity });
      itemsGrams += quantity * line.weightGrams;
      itemsMm3 += quantity * line.volumeMm3;
    }
    if (quantity < line.quantity) {
      limits.add(quantity < wanted ? "size" : byWeight <= byVolume ? "weight" : "volume");
    }
  }
  return { preset, lines: packed, itemsGrams, itemsMm3, blocks, limits: [...limits].sort() };
}

/** How many more units the box may weigh. Grams can be fractions: the last digit is never trusted. */
function unitsByWeight(preset: PackingPreset, itemsGrams: number, line: PackLine): number {
  const { maxWeightGrams, tareGrams } = preset;
  if (maxWeightGrams === null) {
    return line.quantity;
  }
  const fits = (units: number) => Math.ceil(itemsGrams + units * line.weightGrams + tareGrams) <= maxWeightGrams;
  const estimate = Math.min(
    line.quantity,
    Math.max(0, Math.floor((maxWeightGrams - tareGrams - itemsGrams) / line.weightGrams)),
  );
  return fits(estimate) ? estimate : Math.max(0, estimate - 1);
}

/** Puts up to `wanted` units where they go; what is left of each cuboid replaces it. */
function place(
  spaces: readonly Space[],
  line: PackLine,
  sizeMm: SizeMm,
  wanted: number,
): { readonly quantity: number; readonly spaces: readonly Space[]; readonly blocks: readonly Block[] } {
  const blocks: Block[] = [];
  let free = spaces;
  let quantity = 0;
  while (quantity < wanted) {
    const best = bestBlock(free, sizeMm, wanted - quantity);
    if (best === null) {
      break;
    }
    const { space, unitMm, count } = best;
    blocks.push({ lineId: line.id, atMm: space.atMm, unitMm, count });
    quantity += count[0] * count[1] * count[2];
    free = [...free.filter((it) => it !== space), ...cut(space, unitMm, count)].sort(compareSpaces);
  }
  return { quantity, spaces: free, blocks };
}

interface Placing {
  readonly space: Space;
  readonly unitMm: SizeMm;
  readonly count: SizeMm;
}

/** The smallest cuboid that takes a unit, and in it the way to lie that takes most. */
function bestBlock(spaces: readonly Space[], sizeMm: SizeMm, wanted: number): Placing | null {
  for (const space of spaces) {
    let best: Placing | null = null;
    let most = 0;
    for (const unitMm of waysToLie(sizeMm)) {
      const along = Math.min(wanted, Math.floor(space.sizeMm[0] / unitMm[0]));
      const across = along === 0 ? 0 : Math.min(Math.floor(wanted / along), Math.floor(space.sizeMm[1] / unitMm[1]));
      const layers =
        across === 0 ? 0 : Math.min(Math.floor(wanted / (along * across)), Math.floor(space.sizeMm[2] / unitMm[2]));
      const units = along * across * layers;
      if (units > most) {
        most = units;
        best = { space, unitMm, count: [along, across, layers] };
      }
    }
    if (best !== null) {
      return best;
    }
  }
  return null;
}

function waysToLie([a, b, c]: SizeMm): readonly SizeMm[] {
  return [
    [a, b, c],
    [a, c, b],
    [b, a, c],
    [b, c, a],
    [c, a, b],
    [c, b, a],
  ];
}

/** What is left beside a block in the corner of a cuboid: behind it, next to it, above it. No two of them overlap. */
function cut({ atMm: [x, y, z], sizeMm: [length, width, height] }: Space, unit: SizeMm, count: SizeMm): Space[] {
  const [along, across, up] = [unit[0] * count[0], unit[1] * count[1], unit[2] * count[2]];
  const left: Space[] = [
    { atMm: [x + along, y, z], sizeMm: [length - along, width, height] },
    { atMm: [x, y + across, z], sizeMm: [along, width - across, height] },
    { atMm: [x, y, z + up], sizeMm: [along, across, height - up] },
  ];
  return left.filter(({ sizeMm }) => sizeMm.every((edge) => edge > 0));
}

function compareSpaces(a: Space, b: Space): number {
  const volume = ({ sizeMm }: Space) => sizeMm[0] * sizeMm[1] * sizeMm[2];
  return volume(a) - volume(b) || a.atMm[2] - b.atMm[2] || a.atMm[1] - b.atMm[1] || a.atMm[0] - b.atMm[0];
}
