/** Alarms that stand until what they are about is mended: in the database, where `status` finds them, and in the log. */
import type { Log } from "../base/log.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { Store } from "../store/types.ts";
import { createLogNotifier } from "./log-notifier.ts";

/** Tells an alarm once, also across restarts, until its message is another. Rejects with `StoreError`. */
export function createStandingAlarms(alarms: Store["alarms"], log: Log): Notifier {
  const lines = createLogNotifier(log);
  return {
    async raise(alarm) {
      if (await alarms.raise(alarm)) {
        await lines.raise(alarm);
      }
    },
    async resolve(key, at) {
      if (await alarms.resolve(key)) {
        await lines.resolve(key, at);
      }
    },
  };
}
