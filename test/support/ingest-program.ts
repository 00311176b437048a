/**
 * `node ingest-program.ts <database url>`: the web server over a store of its own, as a process that a test can kill.
 * Writes `listening on <port>` and serves until it is ended.
 */
import { SILENT } from "../../src/base/log.ts";
import { systemClock } from "../../src/base/system.ts";
import { judgeHealth } from "../../src/server/health.ts";
import { createServer } from "../../src/server/server.ts";
import { openStore } from "../../src/store/store.ts";
import { shopifySource } from "./webhook-sender.ts";

// A test run that is cut off cannot end it any more.
const startedBy = process.ppid;
setInterval(() => {
  if (process.ppid !== startedBy) {
    process.exit();
  }
}, 1_000).unref();

const url = process.argv[2] ?? "";
const store = await openStore({ url, shopId: "shop-1", clock: systemClock });
const startedAt = systemClock.now();
const server = createServer({
  host: "127.0.0.1",
  port: 0,
  clock: systemClock,
  log: SILENT,
  inbox: store.inbox,
  sources: [shopifySource],
  health: async () =>
    judgeHealth({
      isDatabaseWritable: true,
      isLoopAlive: true,
      mode: "live",
      remotes: await store.remotes.list(),
      version: "0.0.0",
      startedAt,
      now: systemClock.now(),
    }),
  isReady: () => true,
  onStored: () => {},
});
const { port } = await server.start();
process.stdout.write(`listening on ${port}\n`);
