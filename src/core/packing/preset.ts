/** Boxes that the merchant has, and what they take. */
import type { ParcelPreset } from "../parcel.ts";
import type { Products } from "./unit.ts";

/** The lengths are the box's inside, where the units go. */
export interface PackingPreset extends ParcelPreset {
  /** Of the packed box with everything in it; `null`: no limit. */
  readonly maxWeightGrams: number | null;
  /** How much of its inside may be filled, above 0 up to 1: the rest is for padding. */
  readonly maxFill: number;
  /** What the carrier measures; `null`: as inside. */
  readonly outerMm: { readonly lengthMm: number; readonly widthMm: number; readonly heightMm: number } | null;
  /** Numbers of the locations that have it; empty: all. */
  readonly locations: readonly string[];
}

export interface PackingPolicy {
  /** Empty: everything goes into the policy's one `parcel`, which has no limits. */
  readonly presets: readonly PackingPreset[];
  /** By SKU. */
  readonly products: Products;
  /** What a unit of unknown size counts for; 0: by its weight only. */
  readonly unitVolumeMm3: number;
  /** Cubic centimetres that carriers bill as one kilogram. */
  readonly dimensionalDivisor: number;
}

export const ONE_BOX: PackingPolicy = { presets: [], products: {}, unitVolumeMm3: 0, dimensionalDivisor: 5_000 };

/** What the carrier measures. */
export function outerSize(preset: PackingPreset): Pick<ParcelPreset, "lengthMm" | "widthMm" | "heightMm"> {
  return preset.outerMm ?? preset;
}

/** The small before the large, so that the first that fits is the smallest. */
export function comparePresets(a: PackingPreset, b: PackingPreset): number {
  return outerVolume(a) - outerVolume(b) || a.tareGrams - b.tareGrams || (a.name < b.name ? -1 : 1);
}

function outerVolume(preset: PackingPreset): number {
  const { lengthMm, widthMm, heightMm } = outerSize(preset);
  return lengthMm * widthMm * heightMm;
}
