/**
 * Does what was asked about the data of customers. Requests are rows: whatever ends a run, the next one goes on. A request
 * counts as done when nothing of it is left, also in the label files and in the database's write-ahead log; asking the
 * operator to tell a customer what is stored is done with the alarm.
 */
import { RemoteError, StoreError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { OrderId } from "../core/order.ts";
import { DAY_MS, type DurationMs, type Instant, MINUTE_MS, SECOND_MS } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { Shop } from "../ports/shop.ts";
import type { LabelFiles } from "../store/label-files.ts";
import type { EraseMode, OpenRequest, PersonalDataRequestKind } from "../store/personal-data.ts";
import type { Store } from "../store/types.ts";
import type { Task } from "./scheduler.ts";

/** Rows of one look; each order is a transaction of its own, so that no write waits long. */
const SLICE = 100;
/**
 * Shopify gives 30 days. An order still moving after so long is erased as far as shipping does without, and again at each
 * look until it rests.
 */
export const OVERDUE_MS: DurationMs = 25 * DAY_MS;
/** Orders that moved when it was asked are looked at again so often; a message asks at once. */
const EVERY: Task["schedule"] = { kind: "every", everyMs: 5 * MINUTE_MS, text: "5m" };
/** A run takes moments, one that waits for a remote up to a minute; what is busy for longer comes with the next look. */
const BUSY_LOOKS_MAX = 10;
const BUSY_PAUSE_MS: DurationMs = SECOND_MS;
/** Five seconds in all. */
const DROP_LOOKS_MAX = 20;
const DROP_PAUSE_MS: DurationMs = 250;
/** Numbers of orders that an alarm names. */
const NAMED_MAX = 5;

const ERASED = "the personal data of this order was erased";

export interface PersonalDataDependencies {
  readonly store: Pick<Store, "personalData" | "orders">;
  readonly labels: Pick<LabelFiles, "remove">;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ErasureReport {
  readonly erased: readonly OrderId[];
  /** They move. */
  readonly waiting: readonly OrderId[];
  /** A run works on them; moments later they may rest. */
  readonly busy: readonly OrderId[];
}

/**
 * Erases these orders and finishes their requests; those that move wait. `StoreError` `busy` when copies could not be dropped: then
 * what was erased is, and the requests stay open. May be repeated.
 */
export async function eraseOrders(
  { store, labels, clock }: Omit<PersonalDataDependencies, "log">,
  orders: readonly { readonly orderId: OrderId; readonly mode: EraseMode }[],
): Promise<ErasureReport> {
  const erased: OrderId[] = [];
  const waiting: OrderId[] = [];
  const busy: OrderId[] = [];
  for (const { orderId, mode } of orders) {
    // Asked without the write lock: of those that wait there may be thousands.
    const state = await store.personalData.stateOf(orderId, clock.now());
    if (state === "busy") {
      busy.push(orderId);
      continue;
    }
    if (state === "moving" && mode === "resting") {
      waiting.push(orderId);
      continue;
    }
    const { outcome, shipmentIds } = await store.personalData.erase(orderId, mode, clock.now());
    (outcome === "waiting" ? waiting : erased).push(orderId);
    for (const shipmentId of shipmentIds) {
      await labels.remove(shipmentId);
    }
  }
  if (erased.length > 0) {
    await dropCopies({ store, clock });
    await store.personalData.finish("redact", erased, ERASED, clock.now());
  }
  return { erased, waiting, busy };
}

/** A command that reads, or a backup, holds older copies for a moment. */
async function dropCopies({ store, clock }: Pick<PersonalDataDependencies, "store" | "clock">): Promise<void> {
  for (let look = 1; look <= DROP_LOOKS_MAX; look += 1) {
    if (await store.personalData.dropCopies()) {
      return;
    }
    await clock.sleep(DROP_PAUSE_MS);
  }
  throw new StoreError(
    "busy",
    "It is erased, but the database is being read, so that older copies could not be dropped.",
    "A running daemon does it by itself; else try again in a moment.",
  );
}

export function personalData(
  deps: PersonalDataDependencies & {
    readonly shop: Pick<Shop, "identify">;
    readonly guard: <T>(call: () => Promise<T>) => Promise<T>;
    readonly notifier: Notifier;
  },
): Task {
  return {
    name: "personal_data",
    schedule: EVERY,
    async run(signal) {
      await tellRequests(deps, signal);
      await redactOrders(deps, signal);
      const [shop] = await deps.store.personalData.open("shop_redact", 1);
      if (shop !== undefined) {
        await redactShop(deps, shop, signal);
      }
    },
  };
}

type Dependencies = Parameters<typeof personalData>[0];

/** Slice by slice over the open requests of a kind, also while they are being finished. */
async function* slices(
  store: Dependencies["store"],
  kind: PersonalDataRequestKind,
  signal: AbortSignal,
): AsyncGenerator<readonly OpenRequest[]> {
  let after: OrderId | undefined;
  while (!signal.aborted) {
    const slice = await store.personalData.open(kind, SLICE, after);
    if (slice.length === 0) {
      return;
    }
    yield slice;
    after = slice.at(-1)?.orderId;
  }
}

/** One alarm for each slice, before the request counts as done: a crash in between says it twice. */
async function tellRequests({ store, notifier, clock }: Dependencies, signal: AbortSignal): Promise<void> {
  for await (const slice of slices(store, "data_request", signal)) {
    const ids = slice.map(({ orderId }) => orderId);
    const known = (await Promise.all(ids.map((id) => store.orders.get(id)))).filter((order) => order !== null);
    if (known.length > 0) {
      const names = known.slice(0, NAMED_MAX).map(({ name }) => name);
      const more = known.length > names.length ? ` and ${known.length - names.length} more` : "";
      await notifier.raise({
        key: `data_request ${ids[0]}`,
        message: `a customer asked through Shopify what is stored of them: ${names.join(", ")}${more}`,
        remedy: "shipbot personal-data list, then: shipbot personal-data show --order <number>, and send it to them",
        since: slice[0]?.receivedAt ?? clock.now(),
      });
    }
    await store.personalData.finish("data_request", ids, "the customer asked what is stored of them", clock.now());
  }
}

async function redactOrders(deps: Dependencies, signal: AbortSignal): Promise<void> {
  for (let look = 1; look <= BUSY_LOOKS_MAX && !signal.aborted; look += 1) {
    if ((await redactOnce(deps, signal)) === 0) {
      return;
    }
    await deps.clock.sleep(BUSY_PAUSE_MS, signal);
  }
}

/** Gives how many could not be judged because a run works on them. */
async function redactOnce(deps: Dependencies, signal: AbortSignal): Promise<number> {
  const { store, clock, log } = deps;
  let left = 0;
  for await (const slice of slices(store, "redact", signal)) {
    const { erased, waiting, busy } = await eraseOrders(
      deps,
      slice.map(({ orderId, receivedAt }) => ({ orderId, mode: modeAt(clock.now(), receivedAt) })),
    );
    left += busy.length;
    log.info("personal data erased", { orders: erased.length, waiting: waiting.length + busy.length });
  }
  return left;
}

export function modeAt(now: Instant, receivedAt: Instant): EraseMode {
  return now - receivedAt >= OVERDUE_MS ? "overdue" : "resting";
}

/**
 * Comes 48 hours after the app was removed. A message can be repeated by whoever captured it, and an app can be installed
 * again: so it is believed when the shop does not let us in, and turned down while it does.
 */
async function redactShop(deps: Dependencies, request: OpenRequest, signal: AbortSignal): Promise<void> {
  const { store, clock, log, notifier } = deps;
  const raise = (message: string, remedy: string) =>
    notifier.raise({ key: "shop_redact", message, remedy, since: request.receivedAt });
  if (await isLetIn(deps)) {
    await raise(
      "Shopify asked to erase this shop, and the shop still lets us in: nothing was erased",
      "nothing, if the app was installed again; else remove it in Shopify and delete the data folder",
    );
    await store.personalData.finish("shop_redact", [request.orderId], "", clock.now());
    return;
  }
  let left = await endOrders(deps, signal);
  for (let look = 1; left > 0 && look < BUSY_LOOKS_MAX && !signal.aborted; look += 1) {
    await clock.sleep(BUSY_PAUSE_MS, signal);
    left = await endOrders(deps, signal);
  }
  if (signal.aborted) {
    return;
  }
  if (left > 0) {
    throw new Error(`${left} orders are being worked on; the rest of the shop is erased at the next look`);
  }
  await store.personalData.eraseTraces();
  await dropCopies(deps);
  await store.personalData.finish("shop_redact", [request.orderId], "", clock.now());
  log.info("personal data of the shop erased");
  await raise(
    "the personal data of this shop was erased, as Shopify asked after the app was removed",
    "stop the daemon; what is left is what was spent: delete the data folder when it is not needed",
  );
}

/** Erases every order, ending those that move; gives how many could not be because a run works on them. */
async function endOrders(deps: Dependencies, signal: AbortSignal): Promise<number> {
  let busy = 0;
  let after: OrderId | undefined;
  while (!signal.aborted) {
    const ids = await deps.store.personalData.orders(SLICE, after);
    if (ids.length === 0) {
      break;
    }
    const report = await eraseOrders(
      deps,
      ids.map((orderId) => ({ orderId, mode: "ending" })),
    );
    busy += report.busy.length + report.waiting.length;
    after = ids.at(-1);
  }
  return busy;
}

async function isLetIn({ shop, guard }: Dependencies): Promise<boolean> {
  try {
    await guard(() => shop.identify());
    return true;
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "unauthorized") {
      return false;
    }
    throw error;
  }
}
