/** Makes one request of the program hang in the sandbox, so that a test can act while it is under way. */
import type { Faults } from "../../src/sandbox/faults.ts";

/** Resolves when a request with this name arrives. It then hangs for `ms`; what it asks for happens after that. */
export function holdUp(faults: Faults, name: string, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const strikes = faults.strikes.bind(faults);
    faults.delayMs = () => ms;
    faults.force("latency", (what) => what === name);
    faults.strikes = (fault, what) => {
      const struck = strikes(fault, what);
      if (struck && fault === "latency") {
        resolve();
      }
      return struck;
    };
  });
}
