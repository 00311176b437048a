/** `shipbot daemon`: everything, until a signal; with `--once` one full round. */
import { join } from "node:path";
import { createLog, type OutputLog } from "../../base/log-output.ts";
import { systemClock } from "../../base/system.ts";
import { describeMode } from "../../core/mode.ts";
import { runDaemon } from "../../daemon/daemon.ts";
import { drainDue } from "../../daemon/once.ts";
import { startAll, stopAll } from "../../daemon/service.ts";
import { endVerification } from "../../daemon/verification.ts";
import type { Settings } from "../../settings/types.ts";
import { acquireDaemonLock } from "../../store/lock.ts";
import { openStore } from "../../store/store.ts";
import type { Store } from "../../store/types.ts";
import { type SettingsSource, type Surroundings, wireConfiguration, wireDaemon, wireWork } from "../../wiring.ts";
import type { Invocation } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { exposuresOf, lockFolder, secretsOf, settingsSource } from "../surroundings.ts";

export interface DaemonFlags {
  readonly once: boolean;
}

/** Exit code: 0 after a clean stop, 1 when work was cut off; `--once`: 1 when something needs a human. */
export async function run(flags: DaemonFlags, settings: Settings, invocation: Invocation): Promise<number> {
  const { version } = invocation;
  const log = createLog({
    ...{ level: settings.log.level, format: settings.log.format, clock: systemClock },
    dir: settings.log.files ? join(settings.dataDir, "logs") : null,
    secrets: secretsOf(settings),
  });
  for (const { path, message, remedy } of exposuresOf(invocation, settings)) {
    log.warn(message, { path, do: remedy });
  }
  // Whoever sends it before everything runs means the file that is read then.
  process.on("SIGHUP", beforeReady);
  const lock = acquireDaemonLock(lockFolder(settings));
  let store: Store | null = null;
  try {
    store = await openStore({ url: settings.database.url, shopId: settings.shopify.domain, clock: systemClock, log });
    const source = settingsSource(invocation, settings);
    const surroundings = { settings, store, log, version, source };
    return flags.once ? await runOnce(surroundings, log) : await runUntilSignal(surroundings, log);
  } finally {
    process.off("SIGHUP", beforeReady);
    await store?.close();
    lock.release();
    await log.close();
  }
}

type Running = Surroundings & { readonly version: string; readonly source: SettingsSource };

/** A signal that nobody listens to ends the process. */
function beforeReady(): void {}

async function runUntilSignal(surroundings: Running, log: OutputLog): Promise<number> {
  const { settings, version } = surroundings;
  const parts = await wireDaemon(surroundings);
  const end = await runDaemon({
    services: parts.services,
    log,
    onReady: () => {
      const address = parts.address();
      log.info("shipbot is running", {
        version,
        shop: settings.shopify.domain,
        provider: settings.shipping.provider,
        mode: describeMode(settings.policy.mode),
        listening: `http://${address?.host ?? ""}:${address?.port ?? 0}`,
        data: settings.dataDir,
      });
    },
    onDrain: () => {
      log.info("finishing what runs; a second signal stops at once");
    },
  });
  log.info("stopped", { signal: end.signal, drained: end.drained });
  return end.drained ? EXIT.fine : EXIT.attention;
}

/** Poll, work through all that is due, write back: what the daemon does all the time, once. No web server. */
async function runOnce(surroundings: Running, log: OutputLog): Promise<number> {
  const { settings, store } = surroundings;
  const configuration = wireConfiguration(surroundings, () => undefined);
  const { instance, remotes, scheduler } = await wireWork({ ...surroundings, policy: configuration.policy });
  await startAll([instance]);
  try {
    // Orders that an earlier policy decided on are due with the others.
    await configuration.reload("start");
    const failed = await scheduler.runAll();
    const runs = await drainDue(remotes.context, settings.concurrency);
    await endVerification({ store, clock: systemClock, log }, 0);
    const counts = await store.orders.counts();
    log.info("one round done", { runs, parked: counts.parked, failedTasks: failed.join(", ") });
    return failed.length > 0 || counts.parked > 0 ? 1 : 0;
  } finally {
    await stopAll([instance], AbortSignal.timeout(5_000));
  }
}
