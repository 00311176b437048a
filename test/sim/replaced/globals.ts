/** What the bundle puts in the place of the global `setImmediate`. */
import { setImmediate } from "./timers.ts";

Object.assign(globalThis, { simulatedSetImmediate: setImmediate });
