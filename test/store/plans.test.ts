/**
 * How SQLite answers the questions that are asked all the time. What walks through a whole table works on the first day
 * and not in the third year: the plan is checked, not the time, so that the test says the same on every machine.
 */
import Sqlite from "better-sqlite3";
import type { KyselyPlugin } from "kysely";
import { expect, test } from "vitest";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { createEffects } from "../../src/store/effects.ts";
import { createInbox } from "../../src/store/inbox.ts";
import { migrate } from "../../src/store/migrate.ts";
import { createOrders } from "../../src/store/orders.ts";
import { createFulfillmentOrders } from "../../src/store/requests.ts";
import { createShipments } from "../../src/store/shipments.ts";
import { SqliteCompiler } from "../../src/store/sqlite-compiler.ts";
import { createTimeline } from "../../src/store/timeline.ts";
import { aMessage, ORDER_ID } from "../conformance/store-records.ts";
import { TestClock, useDatabases } from "../support/database.ts";

const databases = useDatabases();
const SHOP = "shop-1";

/** The same database, writing down every statement that goes through it. */
function recording(database: Database, statements: Set<string>): Database {
  const compiler = new SqliteCompiler();
  const plugin: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      statements.add(compiler.compileQuery(node, queryId).sql);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return {
    ...database,
    kysely: database.kysely.withPlugin(plugin),
    transaction: (work) => database.transaction((tx) => work(tx.withPlugin(plugin))),
    exclusive: (work) =>
      database.exclusive((plain) =>
        work({
          change(text, ...parameters) {
            statements.add(text);
            return plain.change(text, ...parameters);
          },
          row(text, ...parameters) {
            statements.add(text);
            return plain.row(text, ...parameters);
          },
        }),
      ),
  };
}

test("no question that is asked all the time walks through a table, sorts one or is planned anew", async () => {
  const url = databases.fileUrl();
  const statements = new Set<string>();
  const plain = await openDatabase(url, new TestClock());
  await migrate(plain, 1);
  const database = recording(plain, statements);
  const orders = createOrders(database, SHOP);
  const shipments = createShipments(database, SHOP, new TestClock());
  await orders.requestChanged([{ id: ORDER_ID, name: "#1001", updatedAt: 1 }], 1);
  await orders.recordOver([{ id: ORDER_ID, name: "#1001", updatedAt: 1 }], 1);
  await createFulfillmentOrders(database, SHOP).changed(
    [{ id: "f", orderId: ORDER_ID, orderName: "#1", updatedAt: 1 }],
    1,
  );
  const inbox = createInbox(database, SHOP);
  await inbox.ingest(aMessage());
  await inbox.ingest(
    aMessage({ externalId: "b", bodyHash: "b", orderId: null, fulfillmentOrderId: "x", trackerId: "y" }),
  );
  await inbox.prune(1, 10);
  await orders.requestForPolicy(1);
  await orders.due(1, 10);
  await orders.dueSummary(1);
  await orders.nextDueAt();
  await orders.claim(ORDER_ID, "w", 1, 1);
  await orders.freeLeases("all");
  await orders.freeLeases(["w"]);
  await orders.get(ORDER_ID);
  await orders.counts();
  await orders.findByName("1001");
  await orders.list({ statuses: ["parked"], limit: 10, before: { statusSince: 1, id: "x" } });
  await shipments.ofOrder(ORDER_ID);
  await shipments.get("x");
  await shipments.dueForTracking(1, 10);
  await createEffects(database.kysely, SHOP).ofOrder(ORDER_ID);
  await createTimeline(database.kysely, SHOP).ofOrder(ORDER_ID, 10);
  await createTimeline(database.kysely, SHOP).ofKind("shadow", 1, 10);
  await createTimeline(database.kysely, SHOP).prune(1, 10);
  await plain.close();

  const file = new Sqlite(url.slice("sqlite:".length));
  const slow = [...statements].flatMap((statement) => {
    const parameters = [...statement].filter((character) => character === "?").map(() => 1);
    const steps = file.prepare<number[], { detail: string }>(`explain query plan ${statement}`).all(...parameters);
    const bad = steps.map((step) => step.detail).filter((detail) => isSlow(detail, statement));
    return bad.length === 0 ? [] : [`${statement}\n  ${bad.join("\n  ")}`];
  });
  file.close();
  expect(statements.size).toBeGreaterThan(25);
  expect(slow).toEqual([]);
  expect([...statements].filter(isPlannedAnew)).toEqual([]);
});

/** A bare parameter becomes part of the plan of what sorts or groups (`sqlite-compiler.ts`). */
function isPlannedAnew(statement: string): boolean {
  return /\b(order by|group by|select distinct)\b/i.test(statement) && /(?<!\+)\?/.test(statement);
}

/** A scan reads all rows, and so does sorting before a limit. To sort what one order or one name has is fine: few rows. */
function isSlow(step: string, statement: string): boolean {
  const scans = /^SCAN (?!.*(subquery|CONSTANT))/i.test(step);
  return scans || (statement.includes(" limit ") && step.startsWith("USE TEMP B-TREE"));
}
