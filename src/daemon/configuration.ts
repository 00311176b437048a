/**
 * The policy that holds, and how another takes its place while the daemon runs.
 *
 *   held ──SIGHUP, or the file changed──► read ──usable──► the new one is held, then orders are asked for, then noted
 *     ▲                                     └──not usable──► the old one is held; the alarm `config_refused` stands
 *
 * What is held lives in memory: runs that began keep theirs to their end (`reconcile-order.ts`), later ones get the new
 * one. Which policy the orders were last asked for under is a digest in the database, written when all of them are due.
 * So a crash in between, and a file that was changed while no daemon ran, ask for them at the next start.
 *
 * Everything but the policy is kept from the start; what differs there is named, and taken by the next process.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { SettingsError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { watchFile } from "../base/watch-file.ts";
import { describeMode } from "../core/mode.ts";
import type { Policy } from "../core/policy.ts";
import { type DurationMs, SECOND_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Alarm } from "../ports/notifier.ts";
import { formatProblem } from "../settings/problems.ts";
import { findRestarts } from "../settings/restart.ts";
import type { Settings } from "../settings/types.ts";
import type { Store } from "../store/types.ts";
import type { Service } from "./service.ts";
import { createStandingAlarms } from "./standing-alarms.ts";

/** Editors and copying write in pieces; a file that rested for so long is whole. */
const QUIET_MS: DurationMs = 400;
/** Between two tries to ask for the orders while the database cannot be written. */
const AGAIN_MS: DurationMs = 2 * SECOND_MS;
/** Problems named in the alarm; `config check` has them all. */
const NAMED_MAX = 3;
const DIGEST = "policy.digest";
/** Of the daemon that took a policy last, for `status`. */
const MODE = "policy.mode";

export interface Configuration extends Service {
  /** Asked anew by every run. */
  readonly policy: () => Policy;
  /** Reads the file now, whatever `start` watches. Never rejects; resolves when the orders are asked for, or at `stop`. */
  reload(why: "start" | "signal" | "file"): Promise<void>;
}

export function createConfiguration(options: {
  /** What the process was started with. */
  readonly settings: Settings;
  /** Reads everything anew; throws `SettingsError`. */
  readonly read: () => Settings;
  /** Absolute; it need not exist. */
  readonly file: string;
  readonly store: Pick<Store, "orders" | "cursors" | "alarms">;
  readonly clock: Clock;
  readonly log: Log;
  readonly wake: () => void;
}): Configuration {
  const { settings, read, file, store, clock, log, wake } = options;
  const alarms = createStandingAlarms(store.alarms, log);
  const stopping = new AbortController();
  let held = settings.policy;
  let isWanted = false;
  let work: Promise<void> = Promise.resolve();
  let closeWatch = (): void => undefined;

  /** One after another; wishes that come while one waits are one wish. */
  function want(why: "signal" | "file"): void {
    if (isWanted || stopping.signal.aborted) {
      return;
    }
    isWanted = true;
    work = work.then(() => {
      isWanted = false;
      return reload(why);
    });
  }

  async function reload(why: "start" | "signal" | "file"): Promise<void> {
    let next: Settings;
    try {
      next = read();
    } catch (error) {
      await tell({ key: "config_refused", ...describeRefusal(error, file), since: clock.now() });
      return;
    }
    const changed = changedParts(held, next.policy);
    held = next.policy;
    if (changed.length > 0) {
      log.info("policy taken", {
        ...{ file: next.configPath ?? "none", changed: changed.join(", "), why },
        mode: describeMode(held.mode),
      });
    } else if (why === "signal") {
      log.info("policy read again, nothing changed", { file: next.configPath ?? "none" });
    }
    await settle("config_refused");
    const restarts = findRestarts(settings, next);
    if (restarts.length === 0) {
      await settle("config_restart");
    } else {
      const message = `${listed(restarts)} changed and ${restarts.length === 1 ? "needs" : "need"} a restart; everything else is taken`;
      await tell({ key: "config_restart", message, remedy: "restart the daemon when it suits", since: clock.now() });
    }
    await askForOrders();
  }

  async function askForOrders(): Promise<void> {
    // With the key, because a guard asks whether it fits the shop; only the digest is kept.
    const parts = [held, settings.shipping.apiKey.reveal()];
    const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
    while (!stopping.signal.aborted) {
      try {
        await store.cursors.advance(MODE, describeMode(held.mode), clock.now());
        if ((await store.cursors.get(DIGEST)) === digest) {
          return;
        }
        const count = await store.orders.requestForPolicy(clock.now(), stopping.signal);
        if (!stopping.signal.aborted) {
          await store.cursors.set(DIGEST, digest, clock.now());
        }
        if (count > 0) {
          log.info("orders are looked at under the new policy", { count });
          wake();
        }
        return;
      } catch (error) {
        log.warn("orders could not be asked for under the new policy", { error: messageOf(error) });
        await clock.sleep(AGAIN_MS, stopping.signal);
      }
    }
  }

  async function tell(alarm: Alarm): Promise<void> {
    try {
      await alarms.raise(alarm);
    } catch {
      log.error("alarm", { about: alarm.key, message: alarm.message, remedy: alarm.remedy });
    }
  }

  async function settle(key: string): Promise<void> {
    try {
      await alarms.resolve(key, clock.now());
    } catch (error) {
      log.warn("an alarm could not be taken back", { about: key, error: messageOf(error) });
    }
  }

  const onHangup = (): void => want("signal");
  return {
    name: "configuration",
    policy: () => held,
    reload,
    async start() {
      process.on("SIGHUP", onHangup);
      closeWatch = watchFile(file, {
        quietMs: QUIET_MS,
        onChange: () => want("file"),
        onTrouble: (error) => {
          log.warn("the config file cannot be watched: send SIGHUP after a change", { error: messageOf(error) });
        },
      }).close;
      // It may have changed since it was read, and since the last daemon ended.
      work = reload("start");
    },
    async stop() {
      process.off("SIGHUP", onHangup);
      stopping.abort();
      closeWatch();
      await work;
      // They are about this process; the next one finds out by itself.
      await settle("config_refused");
      await settle("config_restart");
    },
  };
}

/** The keys of the policy in which the two differ, as the config file spells them. */
function changedParts(before: Policy, after: Policy): readonly string[] {
  return Object.entries(after)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(before, key)))
    .map(([key]) => key.replace(/Ms$/, "").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

function describeRefusal(error: unknown, file: string): Pick<Alarm, "message" | "remedy"> {
  const problems = error instanceof SettingsError ? error.problems.map(formatProblem) : [messageOf(error)];
  const more = problems.length - NAMED_MAX;
  const named = [...problems.slice(0, NAMED_MAX), ...(more > 0 ? [`${more} more`] : [])].join("; ");
  return {
    message: `${basename(file)} is not taken, the policy from before goes on: ${named}`,
    remedy: "correct it, and it is taken by itself; every problem: shipbot config check",
  };
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
