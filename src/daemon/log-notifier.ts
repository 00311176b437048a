/** Alarms as lines in the log: the notifier that is always there. */
import type { Log } from "../base/log.ts";
import type { Notifier } from "../ports/notifier.ts";

export function createLogNotifier(log: Log): Notifier {
  return {
    async raise(alarm) {
      log.error("alarm", { about: alarm.key, message: alarm.message, remedy: alarm.remedy });
    },
    async resolve(key) {
      log.info("alarm resolved", { about: key });
    },
  };
}
