/** The program as processes: the daemon as `wiring.ts` puts it together without its web server, and commands beside it. */
import type { Log, LogFields, LogLevel } from "../../src/base/log.ts";
import { drainDue } from "../../src/daemon/once.ts";
import { startAll } from "../../src/daemon/service.ts";
import { createWork, type Work } from "../../src/daemon/work.ts";
import type { Random } from "../../src/ports/clock.ts";
import { requestReconcile } from "../../src/reconcile/request.ts";
import type { Settings } from "../../src/settings/types.ts";
import { openStore } from "../../src/store/store.ts";
import type { Store } from "../../src/store/types.ts";
import { type Remotes, type Surroundings, wireRemotes, wireTasks, wireWebhooks } from "../../src/wiring.ts";
import type { Life } from "./life.ts";
import type { Network } from "./network.ts";
import { createHandlers, type Listening } from "./postman.ts";
import type { CommandPlan, Schedule } from "./schedule.ts";

export interface Machine {
  readonly settings: Settings;
  readonly schedule: Schedule;
  readonly network: Network;
  readonly random: Random;
  readonly tell: (line: () => string) => void;
  readonly onBug: (what: string) => void;
  /** Called right before a process opens the database. */
  readonly setOpener: (life: Life) => void;
  /** Label files, by name. */
  readonly labels: Map<string, Uint8Array>;
}

/** Starts the daemon; resolves when its web server would listen and its workers work. */
export async function startDaemon(
  machine: Machine,
  life: Life,
  onListening: (listening: Listening) => void,
): Promise<void> {
  const surroundings = await openSurroundings(machine, life);
  const { settings, store, log } = surroundings;
  const clock = life.clock();
  const remotes = await wireOwnRemotes(machine, surroundings);
  const work: Work = createWork({
    ...{ context: remotes.context, store, clock, log, concurrency: settings.concurrency },
    tasks: await wireTasks(surroundings, remotes, () => work.dispatcher.wake()),
    process: { version: "simulated", pid: 1, host: "simulated" },
  });
  const sources = await wireWebhooks(settings, clock, log);
  const handlers = createHandlers(sources, { inbox: store.inbox, clock, log, onStored: work.tell });
  onListening({ life, handlers });
  await startAll(work.services);
}

/** What the command does after its arguments are read; it ends when nothing of it is due any more. */
export async function runCommand(machine: Machine, life: Life, plan: CommandPlan, orderId: string): Promise<void> {
  const surroundings = await openSurroundings(machine, life);
  const { store, log } = surroundings;
  const clock = life.clock();
  const remotes = await wireOwnRemotes(machine, surroundings);
  const order = { id: orderId, name: `#${plan.order + 1}` };
  if ((await store.orders.get(orderId)) === null && plan.what !== "sync") {
    return;
  }
  await prepare(store, plan, orderId, clock.now());
  const why = plan.what === "hold" ? "release" : plan.what;
  await requestReconcile({ orders: store.orders, clock, wake: () => undefined, log }, [order], why);
  await drainDue(remotes.context, 2);
  await store.close();
}

async function prepare(store: Store, { what }: CommandPlan, orderId: string, at: number): Promise<void> {
  switch (what) {
    case "retry":
      await store.orders.liftRefusals(orderId, at);
      return;
    case "void":
    case "hold":
      await store.orders.setHold(orderId, { who: "ada", why: "wrong box", at, voidLabels: what === "void" });
      return;
    case "release":
      await store.orders.setHold(orderId, null);
      return;
    case "sync":
      return;
  }
}

type OwnSurroundings = Surroundings & { readonly store: Store };

async function openSurroundings(machine: Machine, life: Life): Promise<OwnSurroundings> {
  const { settings, schedule, network, random } = machine;
  const clock = life.clock();
  const log = simulatedLog(machine, life);
  machine.setOpener(life);
  const store = await openStore({ url: settings.database.url, shopId: settings.shopify.domain, clock, log });
  return {
    ...{ settings, store, log, clock, random },
    call: network.of(life),
    instanceId: life.name,
    timing: { leaseMs: schedule.leaseMs },
    labels: labelsOf(machine, life),
  };
}

async function wireOwnRemotes(machine: Machine, surroundings: OwnSurroundings): Promise<Remotes> {
  const remotes = await wireRemotes(surroundings);
  const provider = { ...remotes.provider, purchaseIsGuarded: machine.schedule.isGuarded };
  return { ...remotes, provider, context: { ...remotes.context, provider } };
}

/** A folder in memory: a file is whole or absent, as with the real one, and saving takes a moment. */
function labelsOf(machine: Machine, life: Life): NonNullable<Surroundings["labels"]> {
  return {
    save: (shipmentId, format, bytes) =>
      new Promise((resolve) => {
        if (life.point("before the label's file is written")) {
          return;
        }
        life.engine.after(2, life, () => {
          const name = `${shipmentId}.${format}`;
          machine.labels.set(name, bytes);
          life.engine.effects += 1;
          if (!life.point("after the label's file is written")) {
            resolve(name);
          }
        });
      }),
    prune: async () => 0,
    remove: async () => undefined,
    pathOf: (name) => name,
  };
}

/** Lines that only a fault of ours writes. */
const BUG_LINES: ReadonlySet<string> = new Set(["bug", "order does not come to rest"]);

function simulatedLog(machine: Machine, life: Life): Log {
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (life.isDead) {
        return;
      }
      machine.tell(() => `${life.name} ${level}: ${message} ${JSON.stringify(fields)}`);
      if (BUG_LINES.has(message)) {
        machine.onBug(`${message}: ${String(fields["error"] ?? "")}`);
      }
    };
  return { error: write("error"), warn: write("warn"), info: write("info"), debug: () => undefined };
}
