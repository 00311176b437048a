/** What works on orders in one process: who it is, the loop that runs what is due, the tasks. No web server, no adapters. */
import type { Log } from "../base/log.ts";
import type { DurationMs } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import { Dispatcher } from "../queue/dispatcher.ts";
import { LocalEngine } from "../queue/local.ts";
import type { ReconcileContext } from "../reconcile/context.ts";
import { reconcileOrder } from "../reconcile/reconcile-order.ts";
import { Prompter } from "../scheduler/prompter.ts";
import { Scheduler, type Task } from "../scheduler/scheduler.ts";
import type { InboxEntry, Store } from "../store/types.ts";
import { type InstanceService, instanceService } from "./instance.ts";
import type { Service } from "./service.ts";
import { verificationService } from "./verification.ts";

/** Shopify's search, which the polls read, shows a change a moment after the webhook; longer lags are the next poll's. */
const INDEX_LAG_MS: DurationMs = 3_000;

/** How long a worker rests after a run whose end could not be stored (disk full, database locked), and between tries. */
const FAILED_RUN_PAUSE_MS: DurationMs = 2_000;

export interface Work {
  readonly instance: InstanceService;
  readonly dispatcher: Dispatcher;
  readonly scheduler: Scheduler;
  /** In the order in which they start. */
  readonly services: readonly Service[];
  /** A message from outside is in the store. Returns at once. */
  readonly tell: (message: InboxEntry) => void;
}

export function createWork(options: {
  readonly context: ReconcileContext;
  readonly tasks: readonly Task[];
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly concurrency: number;
  readonly process: { readonly version: string; readonly pid: number; readonly host: string };
}): Work {
  const { context, tasks, store, clock, log, concurrency } = options;
  const engine = new LocalEngine(concurrency, () => dispatcher.wake());
  const dispatcher: Dispatcher = new Dispatcher({ orders: store.orders, engine, clock, log });
  const scheduler = new Scheduler({ tasks, store: store.schedule, clock, log });
  const prompter = new Prompter({ request: (task, at) => scheduler.requestNow(task, at), clock, log });
  const instance = instanceService({ ...options.process, id: context.instanceId, store, clock, log });
  return {
    ...{ instance, dispatcher, scheduler },
    services: [
      instance,
      workersService(context, engine, dispatcher),
      verificationService({ store, clock, log }),
      schedulerService(scheduler),
    ],
    tell(message) {
      switch (kindOf(message)) {
        case "parcel":
          prompter.prompt("poll_tracking");
          break;
        case "order":
          dispatcher.wake();
          break;
        case "unread":
          prompter.prompt("poll_orders", INDEX_LAG_MS);
          prompter.prompt("poll_fulfillment_orders", INDEX_LAG_MS);
          break;
        case "personal data":
          prompter.prompt("personal_data");
          break;
        case "unclear":
          log.error("a request about personal data was not understood, or names another shop", {
            topic: message.topic,
            do: "look into the mail that Shopify sent to the app's owner; to erase: shipbot personal-data erase",
          });
      }
    },
  };
}

/**
 * What has to follow a message. `unread`: genuine, and nobody knows what about: too large, unreadable, or of a form that is
 * new to us. `unclear`: the same, and it asks something about the data of customers.
 */
export function kindOf(message: InboxEntry): "parcel" | "order" | "unread" | "personal data" | "unclear" {
  const { source, orderId, fulfillmentOrderId, personalData } = message;
  if (source !== "shopify") {
    return "parcel";
  }
  if (personalData !== undefined) {
    return personalData === "unclear" ? "unclear" : "personal data";
  }
  return orderId === null && fulfillmentOrderId === null ? "unread" : "order";
}

function workersService(context: ReconcileContext, engine: LocalEngine, dispatcher: Dispatcher): Service {
  const { log } = context;
  let stopping = new AbortController();
  return {
    name: "workers",
    async start() {
      stopping = new AbortController();
      await engine.start(async (orderId) => {
        try {
          await reconcileOrder(context, orderId);
        } catch (error) {
          log.error("run failed", { orderId, error: error instanceof Error ? error.message : String(error) });
          await giveBack(context, orderId, stopping.signal);
        }
      });
      await dispatcher.start();
    },
    async stop(abort) {
      stopping.abort();
      await dispatcher.stop();
      await engine.stop(abort);
    },
  };
}

function schedulerService(scheduler: Scheduler): Service {
  return {
    name: "scheduler",
    async start() {
      await scheduler.start();
      // What was asked for just before a crash is not left to the interval.
      await scheduler.requestNow("personal_data");
    },
    stop: (abort) => orAbort(scheduler.stop(), abort),
  };
}

/**
 * Not even the failure could be stored, so the order is due as before, perhaps under a lease that nobody works under any
 * more. It is given back as soon as the database takes it: the order goes on then, and not when the lease ends. Without a
 * pause the order would spin; the place that it keeps meanwhile is of no use to others, who need the same database.
 */
async function giveBack({ store, clock, instanceId }: ReconcileContext, orderId: string, stopping: AbortSignal) {
  while (!stopping.aborted) {
    await clock.sleep(FAILED_RUN_PAUSE_MS, stopping);
    try {
      await store.orders.freeLease(orderId, instanceId);
      return;
    } catch {
      // As before: whoever failed first said so, and health tells it.
    }
  }
}

/** Resolves with `work`, or when `abort` fires: what still runs then is left alone. */
function orAbort(work: Promise<void>, abort: AbortSignal): Promise<void> {
  if (abort.aborted) {
    return Promise.resolve();
  }
  const aborted = new Promise<void>((resolve) => {
    abort.addEventListener("abort", () => resolve(), { once: true });
  });
  return Promise.race([work, aborted]);
}
