/**
 * Purchases whose outcome nobody knows, and closing one as not bought. Closing it lets another label be bought, so the
 * provider's and the journal's word must both be fresh: a human was asked meanwhile, and a run may have gone by.
 *
 *   claim ──► journal as it was asked about? old enough? ──► provider shows none ──► commit `absent` + abandoned ──► free
 *     │                        └── no: say what changed ─────────────┴──► free, as it was found
 *     └── somebody works on it: say so
 *
 * The commit is fenced by the lease, and only a run with the lease moves a shipment to bought: so what was read under the
 * lease still holds in the commit. A crash before it leaves the purchase open; the lease then ends by itself.
 */
import { RemoteError, UsageError } from "../base/errors.ts";
import { LATE_PURCHASE_MS } from "../core/decide-unbought.ts";
import type { EffectRecord } from "../core/effect.ts";
import { formatMoney } from "../core/money.ts";
import type { OrderId } from "../core/order.ts";
import { isUnbought, type ShipmentRecord } from "../core/shipment.ts";
import { formatAge, type Instant, SECOND_MS } from "../core/time.ts";
import type { FencedWriter, Lease, NamedOrder, NextRun, StoredOrder } from "../store/types.ts";
import { cleanText, shellName } from "./output.ts";
import { providerTitle } from "./render-plan.ts";
import type { Everything } from "./surroundings.ts";

type Parts = Pick<Everything, "store" | "remotes">;

/** A purchase whose outcome nobody knows. */
export interface OpenPurchase {
  readonly effect: EffectRecord;
  readonly shipment: ShipmentRecord;
}

/** `absent` is open where a look-up proves nothing: the provider may still hold the label. */
const OPEN: ReadonlySet<EffectRecord["state"]> = new Set(["begun", "unknown", "absent"]);

export async function findOpenPurchases({ store }: Parts, orderId: OrderId): Promise<readonly OpenPurchase[]> {
  const { journal, records } = await readRecord(store, orderId);
  return journal.flatMap((effect) => {
    const shipment = records.find((record) => record.id === effect.shipmentId);
    const isOpen = effect.kind === "buy" && OPEN.has(effect.state);
    return isOpen && shipment !== undefined && isUnbought(shipment) ? [{ effect, shipment }] : [];
  });
}

/** Those for which the provider shows a purchase. Throws `RemoteError` when it cannot be asked now. */
export async function findBought({ remotes }: Parts, open: readonly OpenPurchase[]): Promise<readonly OpenPurchase[]> {
  const { guardProvider, provider } = remotes;
  const bought: OpenPurchase[] = [];
  for (const purchase of open) {
    const id = purchase.shipment.providerShipmentId;
    const found = id === null ? null : await guardProvider(() => provider.readShipment(id).catch(nothingWhereMissing));
    if (found !== null && found.purchase !== null) {
      bought.push(purchase);
    }
  }
  return bought;
}

/**
 * Throws `UsageError` while a purchase may still arrive at the provider and when the provider shows one of them,
 * `RemoteError` when it cannot be asked now.
 */
export async function assertNotBought(parts: Parts, order: NamedOrder, open: readonly OpenPurchase[]): Promise<void> {
  const now = parts.remotes.context.clock.now();
  const command = `shipbot settle --order ${shellName(order.name)}`;
  const safeAt = Math.max(...open.map(({ effect }) => effect.begunAt)) + LATE_PURCHASE_MS;
  if (now < safeAt) {
    throw new UsageError(
      `the purchase for ${cleanText(order.name)} may still arrive: it is too young to be closed`,
      `in ${formatAge(safeAt - now + SECOND_MS)}: ${command} --not-bought`,
    );
  }
  const [bought] = await findBought(parts, open);
  if (bought !== undefined) {
    const provider = providerTitle(parts.remotes.provider.name);
    throw new UsageError(
      `${provider} shows a label for ${bought.shipment.reference}: it was bought`,
      `${command} --bought`,
    );
  }
}

/** `USPS Ground 6.10 USD`, as it was asked for. */
export function describeAttempt({ input }: EffectRecord): string {
  const { carrier, service, amountMinor, currency } = input;
  return typeof amountMinor === "number" && typeof currency === "string"
    ? cleanText(`${carrier} ${service} ${formatMoney({ amountMinor, currency })}`)
    : "the purchase";
}

/**
 * Closes the attempts that `asked` names, all or none, and leaves the order due. `asked` may be old: the journal and the
 * provider are read again under the lease. Throws `UsageError` (and nothing is done) when anything is no longer as it
 * was asked about, and what `assertNotBought` throws. A second call finds nothing open and throws `UsageError`.
 */
export async function closeAsNotBought(
  parts: Parts,
  order: NamedOrder,
  asked: readonly OpenPurchase[],
  who: string,
): Promise<void> {
  const { store, remotes } = parts;
  const { clock, instanceId, timing } = remotes.context;
  const before = await store.orders.get(order.id);
  const lease = await store.orders.claim(order.id, instanceId, clock.now(), timing.leaseMs);
  if (lease === null) {
    throw new UsageError(
      `${cleanText(order.name)} is being worked on at this moment`,
      `in a minute: shipbot settle --order ${shellName(order.name)} --not-bought`,
    );
  }
  let next = asFound(before, lease, clock.now());
  try {
    const open = await readAgain(parts, order, asked);
    await assertNotBought(parts, order, open);
    await store.fenced(lease, async (tx) => {
      for (const purchase of open) {
        await closeAttempt(tx, purchase, who, clock.now());
      }
    });
    next = dueNow(clock.now());
  } finally {
    await store.orders.release(lease, clock.now(), next);
  }
}

/** The same attempts as they stand now. Throws `UsageError` when one of them is no longer open, or is another attempt. */
async function readAgain(
  { store }: Parts,
  order: NamedOrder,
  asked: readonly OpenPurchase[],
): Promise<readonly OpenPurchase[]> {
  const { journal, records } = await readRecord(store, order.id);
  return asked.map(({ effect: { key, attempt }, shipment: { id, reference } }) => {
    const effect = journal.find((candidate) => candidate.key === key);
    const shipment = records.find((candidate) => candidate.id === id);
    if (effect === undefined || shipment === undefined) {
      throw changed(order, `${reference} is no longer known`);
    }
    if (!isUnbought(shipment)) {
      throw changed(order, `${reference} is ${shipment.state} now`);
    }
    if (effect.attempt !== attempt) {
      throw changed(order, `${reference} was asked for once more`);
    }
    if (!OPEN.has(effect.state)) {
      throw changed(order, `the purchase of ${reference} is ${effect.state} now`);
    }
    return { effect, shipment };
  });
}

function changed(order: NamedOrder, what: string): UsageError {
  return new UsageError(`${what}: nothing was settled`, `see it with shipbot status --order ${shellName(order.name)}`);
}

async function closeAttempt(
  tx: FencedWriter,
  { effect, shipment }: OpenPurchase,
  who: string,
  at: Instant,
): Promise<void> {
  if (effect.state !== "absent") {
    const failure = { kind: "settled_by_staff", message: `${who} says that it was not bought` };
    await tx.settleEffect(effect.key, "absent", failure, at);
  }
  await tx.updateShipment(shipment.id, { state: "abandoned" });
  await tx.addTimeline({
    at,
    kind: "settle",
    message: `${who} says that ${describeAttempt(effect)} was not bought`,
    data: { who, effect: effect.key, bought: false },
  });
}

async function readRecord(
  store: Parts["store"],
  orderId: OrderId,
): Promise<{ readonly journal: readonly EffectRecord[]; readonly records: readonly ShipmentRecord[] }> {
  const [journal, records] = await Promise.all([store.effects.ofOrder(orderId), store.shipments.ofOrder(orderId)]);
  return { journal, records };
}

/** A claim makes the order due. Where nothing was done that is taken back, unless somebody else came in between. */
function asFound(before: StoredOrder | null, lease: Lease, now: Instant): NextRun {
  const isAlone = before?.version === lease.version - 1 && before.requestedSeq === lease.requestedSeq;
  return isAlone ? { dueAt: before.dueAt, attempts: before.attempts, lastError: before.lastError } : dueNow(now);
}

function dueNow(now: Instant): NextRun {
  return { dueAt: now, attempts: 0, lastError: null };
}

/** The provider answers that it does not know the object: then it sold no label for it. */
function nothingWhereMissing(error: unknown): null {
  if (error instanceof RemoteError && error.kind === "missing") {
    return null;
  }
  throw error;
}
