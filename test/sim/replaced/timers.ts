/** Stands for `node:timers` in the bundle of the simulation. */
import { simulation } from "./simulation.ts";

export function setImmediate(run: () => void): void {
  simulation().engine.nextTurn(run);
}
