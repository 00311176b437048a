/** What packing never does, whatever units and boxes: lose an item, break a limit, put two things in one place. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block } from "../../../src/core/packing/fill-box.ts";
import { PARCELS_MAX, type Packing, pack } from "../../../src/core/packing/pack.ts";
import type { PackingPreset } from "../../../src/core/packing/preset.ts";
import type { PackLine } from "../../../src/core/packing/unit.ts";
import { aPreset } from "../../support/builders.ts";
import { PROPERTY } from "../generated.ts";

const edge = fc.integer({ min: 1, max: 400 });
const size = fc.tuple(edge, edge, edge);

const lines = fc
  .array(
    fc.record({
      quantity: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 2_000 })),
      weightGrams: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.double({ min: 0.1, max: 900, noNaN: true })),
      sizeMm: fc.option(size, { freq: 3 }),
      looseMm3: fc.constantFrom(0, 0, 50_000),
    }),
    { maxLength: 6 },
  )
  .map((made) =>
    made.map(
      ({ quantity, weightGrams, sizeMm, looseMm3 }, index): PackLine => ({
        ...{ id: `line ${index}`, quantity, weightGrams, sizeMm },
        volumeMm3: sizeMm === null ? looseMm3 : sizeMm[0] * sizeMm[1] * sizeMm[2],
      }),
    ),
  );

const presets = fc
  .array(
    fc.record({
      inside: size,
      tareGrams: fc.integer({ min: 0, max: 500 }),
      maxWeightGrams: fc.option(fc.integer({ min: 100, max: 30_000 }), { freq: 4 }),
      maxFill: fc.constantFrom(1, 1, 0.9, 0.5),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((made) =>
    made.map(({ inside: [lengthMm, widthMm, heightMm], ...it }, index) =>
      aPreset({ ...it, name: `box ${index}`, lengthMm, widthMm, heightMm }),
    ),
  );

const seen: Record<Packing["outcome"], number> = { packed: 0, does_not_fit: 0, too_many: 0 };

function holds(check: (packing: Packing, lines: readonly PackLine[], presets: readonly PackingPreset[]) => void): void {
  fc.assert(
    fc.property(lines, presets, (units, boxes) => {
      const packing = pack(units, boxes);
      seen[packing.outcome] += 1;
      check(packing, units, boxes);
    }),
    PROPERTY,
  );
}

/** Corner to corner, in millimetres. */
function corners({ atMm, unitMm, count }: Block) {
  return atMm.map((from, axis) => [from, from + (unitMm[axis] ?? 0) * (count[axis] ?? 0)] as const);
}

function overlap(a: Block, b: Block): boolean {
  const other = corners(b);
  return corners(a).every(([from, to], axis) => from < (other[axis]?.[1] ?? 0) && (other[axis]?.[0] ?? 0) < to);
}

function isGreater(a: number | undefined, b: number | undefined): boolean {
  return (a ?? 0) > (b ?? 0);
}

describe("packing", () => {
  it("never loses an item, and never makes one up", () => {
    holds((packing, units) => {
      if (packing.outcome === "packed") {
        const packed = new Map<string, number>();
        for (const { id, quantity } of packing.boxes.flatMap((box) => box.lines)) {
          expect(quantity).toBeGreaterThan(0);
          packed.set(id, (packed.get(id) ?? 0) + quantity);
        }
        expect([...packed].sort()).toEqual(units.map(({ id, quantity }) => [id, quantity]).sort());
      }
    });
  });

  it("never exceeds a weight, a volume or a number of parcels", () => {
    holds((packing, units) => {
      for (const { preset, lines: inside } of packing.outcome === "packed" ? packing.boxes : []) {
        const sum = (of: (line: PackLine) => number) =>
          inside.reduce((total, { id, quantity }) => {
            const line = units.find((unit) => unit.id === id);
            return total + (line === undefined ? Number.NaN : of(line) * quantity);
          }, 0);
        expect(Math.ceil(sum((line) => line.weightGrams) + preset.tareGrams)).toBeLessThanOrEqual(
          preset.maxWeightGrams ?? Number.POSITIVE_INFINITY,
        );
        expect(sum((line) => line.volumeMm3)).toBeLessThanOrEqual(
          preset.lengthMm * preset.widthMm * preset.heightMm * preset.maxFill,
        );
      }
      expect(packing.outcome === "packed" ? packing.boxes.length : 0).toBeLessThanOrEqual(PARCELS_MAX);
    });
  });

  it("gives every unit with a size a place inside, of its size, where nothing else is", () => {
    holds((packing, units) => {
      for (const { preset, lines: inside, blocks } of packing.outcome === "packed" ? packing.boxes : []) {
        const room = [preset.lengthMm, preset.widthMm, preset.heightMm];
        for (const [index, block] of blocks.entries()) {
          expect(corners(block).filter(([from, to], axis) => from < 0 || isGreater(to, room[axis]))).toEqual([]);
          expect(blocks.slice(index + 1).filter((other) => overlap(block, other))).toEqual([]);
          const size = units.find(({ id }) => id === block.lineId)?.sizeMm ?? [];
          expect([...block.unitMm].sort()).toEqual([...size].sort());
        }
        for (const { id, quantity } of inside) {
          const placed = blocks
            .filter(({ lineId }) => lineId === id)
            .reduce((sum, { count: [along, across, up] }) => sum + along * across * up, 0);
          const hasSize = units.find((unit) => unit.id === id)?.sizeMm !== null;
          expect(placed).toBe(hasSize ? quantity : 0);
        }
      }
    });
  });

  it("names exactly the lines of which one unit alone fits no box", () => {
    holds((packing, units, boxes) => {
      const fits = ({ weightGrams, volumeMm3, sizeMm }: PackLine) =>
        boxes.some((box) => {
          const inside = [box.lengthMm, box.widthMm, box.heightMm].sort((a, b) => a - b);
          const edges = [...(sizeMm ?? [])].sort((a, b) => a - b);
          return (
            Math.ceil(weightGrams + box.tareGrams) <= (box.maxWeightGrams ?? Number.POSITIVE_INFINITY) &&
            volumeMm3 <= box.lengthMm * box.widthMm * box.heightMm * box.maxFill &&
            !edges.some((length, axis) => isGreater(length, inside[axis]))
          );
        });
      const unfit = units.filter((line) => !fits(line)).map(({ id }) => id);
      expect(packing.outcome === "does_not_fit" ? packing.lineIds : []).toEqual(unfit);
    });
  });

  it("is the same for the same, whatever the order of lines and boxes", () => {
    holds((packing, units, boxes) => {
      const again = pack(units.toReversed(), boxes.toReversed());
      const sorted = (it: Packing) =>
        it.outcome === "packed"
          ? it.boxes.map(({ preset, lines: inside }) => [
              preset.name,
              inside.map(({ id, quantity }) => `${quantity} ${id}`),
            ])
          : it;
      expect(sorted(again)).toEqual(sorted(packing));
    });
  });

  it("packs what is left after a box as if the box had never been", () => {
    holds((packing, units, boxes) => {
      if (packing.outcome === "packed" && packing.boxes.length > 1) {
        const [first, ...others] = packing.boxes;
        const left = units.map((line) => ({
          ...line,
          quantity: line.quantity - (first?.lines.find(({ id }) => id === line.id)?.quantity ?? 0),
        }));
        expect(pack(left, boxes)).toMatchObject({
          outcome: "packed",
          boxes: others.map(({ lines: it }) => ({ lines: it })),
        });
      }
    });
    // A promise about packed boxes means nothing when the generated units are never packed.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
  });
});
