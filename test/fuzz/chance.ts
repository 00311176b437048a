/** Everything that a case decides by chance, from its own seed: the same seed and number give the same case for ever. */
import type { Random } from "../../src/ports/clock.ts";
import { seededRandom } from "../../src/sandbox/random.ts";

export class Chance {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** Case `index` of a campaign. */
  static of(seed: number, index: number): Chance {
    let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
    return new Chance(mixed ^ (mixed >>> 16));
  }

  /** A whole number from 0 up to and without `below`. */
  below(below: number): number {
    return Math.floor(this.#random.next() * below);
  }

  /** One in so many. */
  oneIn(many: number): boolean {
    return this.below(many) === 0;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined && from.length === 0) {
      throw new RangeError("nothing to pick from");
    }
    return picked as T;
  }

  /** Of pairs of weight and value. */
  weighted<T>(from: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.#random.next() * from.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of from) {
      left -= weight;
      if (left < 0) {
        return value;
      }
    }
    return this.pick(from)[1];
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}
