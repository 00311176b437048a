/**
 * Ten mistakes that a program like this is likely to make, each as a change of its source. The simulation has to catch
 * each of them (DESIGN §11): a simulation that finds nothing proves nothing until it has found these.
 */
import type { Patch } from "./bundle.ts";

export interface Bug {
  readonly name: string;
  readonly patches: readonly Patch[];
}

const INBOX = "src/store/inbox.ts";
const PURCHASE = "src/reconcile/purchase.ts";
const RUN = "src/reconcile/reconcile-order.ts";
const LEASES = "src/store/leases.ts";

export const BUGS: readonly Bug[] = [
  {
    name: "acknowledge before commit",
    patches: [
      {
        file: INBOX,
        find: "return await promise;",
        replace: 'promise.catch(() => undefined); return "stored";',
      },
    ],
  },
  {
    name: "buy before intent",
    patches: [
      {
        file: PURCHASE,
        find: "if (!(await beginPurchase(run, shipment, action))) {",
        replace: "const intend = () => beginPurchase(run, shipment, action);\n  if (context === null) {",
      },
      {
        file: PURCHASE,
        find: "const outcome = await context.provider.buy(providerId, rate.id, action.options.insured);",
        replace:
          "const outcome = await context.provider.buy(providerId, rate.id, action.options.insured);\n  await intend();",
      },
    ],
  },
  {
    name: "no re-read",
    patches: [
      {
        file: RUN,
        find: "let doneAtFirst: number | null = null;",
        replace: "let doneAtFirst: number | null = null; let kept: DecisionInput | null = null;",
      },
      {
        file: RUN,
        find: "const input = await look(context, lease.orderId);",
        replace: `const input = kept === null ? await look(context, lease.orderId) : { ...kept, now: clock.now(), record: {
          ...kept.record,
          shipments: await store.shipments.ofOrder(lease.orderId),
          effects: await store.effects.ofOrder(lease.orderId),
        } };`,
      },
      {
        file: RUN,
        find: "const ending = await perform({ context, lease, input }, decision.actions);",
        replace: `const ending = await perform({ context, lease, input }, decision.actions);
          kept = decision.actions.some(({ kind }) => kind === "quote" || kind === "requote") ? input : null;`,
      },
    ],
  },
  {
    name: "lease without version",
    patches: [
      {
        file: LEASES,
        find: "if (row === undefined || row.lease_owner !== lease.owner || row.version !== lease.version) {",
        replace: "if (row === undefined) {",
      },
      {
        file: LEASES,
        find: '    .where("lease_owner", "=", lease.owner)\n    .where("version", "=", lease.version);',
        replace: ";",
      },
    ],
  },
  {
    name: "retry on unknown",
    patches: [
      {
        file: PURCHASE,
        find: 'await settleUnknown(run, key, "buy unknown", outcome.failure);\n      return UNANSWERED;',
        replace:
          'await settleRefused(run, key, "buy refused", { ...outcome.failure, kind: "unavailable" });\n      return AGAIN;',
      },
    ],
  },
  {
    name: "dedupe by webhook id only",
    patches: [
      {
        file: INBOX,
        find: "and body_hash = ? and shop_id = ?",
        replace: "and body_hash = ? and 1 = 0 and shop_id = ?",
      },
    ],
  },
  {
    name: "wall clock for leases",
    patches: [
      {
        file: "src/store/store.ts",
        find: "fenced: createFenced(database, shopId),",
        replace: "fenced: createFenced(database, shopId, clock),",
      },
      {
        file: "src/store/fenced.ts",
        find: "export function createFenced(database: Database, shopId: string)",
        replace: "export function createFenced(database: Database, shopId: string, clock: { now(): number })",
      },
      {
        file: "src/store/fenced.ts",
        find: "await assertLeased(tx, shopId, lease);",
        replace: "if (clock.now() >= lease.until) { await assertLeased(tx, shopId, lease); }",
      },
    ],
  },
  {
    name: "swallowed SQLITE_BUSY",
    patches: [{ file: INBOX, find: "waiting.reject(error);", replace: 'waiting.resolve("stored");' }],
  },
  {
    name: "fulfil before the purchase is stored",
    patches: [
      {
        file: PURCHASE,
        find: "const outcome = await context.provider.buy(providerId, rate.id, action.options.insured);",
        replace: `const outcome = await context.provider.buy(providerId, rate.id, action.options.insured);
          if (outcome.outcome === "done") {
            await context.shop.fulfil({
              fulfillmentOrderId: shipment.fulfillmentOrderId,
              lines: shipment.lines,
              tracking: { company: rate.carrier, number: outcome.value.trackingNumber, url: null },
              notifyCustomer: true,
            });
          }`,
      },
    ],
  },
  {
    name: "batch acknowledgement",
    patches: [
      {
        file: INBOX,
        find: "return batch.map((waiting) => ingestOne(statements, shopId, waiting.entry));",
        replace:
          'return batch.map((waiting, index) => index === 0 ? ingestOne(statements, shopId, waiting.entry) : "stored");',
      },
    ],
  },
];
