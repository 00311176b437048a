/** Memory of the daemon: idle, and while webhooks come as fast as 32 senders can send them. */
import { setTimeout as sleep } from "node:timers/promises";
import { runLoad } from "./load.ts";
import { OrderMessages } from "./order-messages.ts";
import { readMemoryMb, startShop } from "./program.ts";
import { type BenchLine, type BenchRow, figure, median, NotMeasured } from "./row.ts";

const SETTLE_MS = 5_000;
const IDLE_SAMPLES = 10;
const SAMPLE_EVERY_MS = 100;
const LOAD_MS = 6_000;
const CONNECTIONS = 32;
const IDLE_MB_MAX = 90;
const LOADED_MB_MAX = 140;
const IDLE_BUDGET = { what: "daemon memory, idle", budget: `≤ ${IDLE_MB_MAX} MB` };
const LOADED_BUDGET = { what: "daemon memory, loaded", budget: `≤ ${LOADED_MB_MAX} MB` };

export const MEMORY: BenchRow = {
  name: "memory",
  budgets: [IDLE_BUDGET, LOADED_BUDGET],
  async measure(say) {
    const shop = await startShop();
    try {
      await sleep(SETTLE_MS);
      const idle: number[] = [];
      for (let sample = 0; sample < IDLE_SAMPLES; sample += 1) {
        idle.push(readMemoryMb(shop.daemonPid));
        await sleep(SAMPLE_EVERY_MS);
      }
      const idleMb = median(idle);
      say(`idle: ${figure(idleMb)} MB`);
      const messages = new OrderMessages({ secret: shop.webhookSecret, path: "/webhooks/shopify" });
      let loadedMb = 0;
      const over = new AbortController();
      const sampling = (async () => {
        while (!over.signal.aborted) {
          loadedMb = Math.max(loadedMb, readMemoryMb(shop.daemonPid));
          await sleep(SAMPLE_EVERY_MS);
        }
      })();
      const load = await runLoad({
        port: shop.daemonPort,
        connections: CONNECTIONS,
        warmUpMs: 0,
        measuredMs: LOAD_MS,
        nextRequest: () => messages.next(),
      });
      over.abort();
      await sampling;
      if (load.latenciesMs.length === 0) {
        throw new NotMeasured("no webhook was answered 200");
      }
      const under = `${figure(load.perSecond)} webhooks/s for ${LOAD_MS / 1_000} s`;
      return [
        toLine(IDLE_BUDGET, idleMb, IDLE_MB_MAX, "no orders"),
        toLine(LOADED_BUDGET, loadedMb, LOADED_MB_MAX, under),
      ];
    } finally {
      await shop.stop();
    }
  },
};

function toLine(budget: typeof IDLE_BUDGET, mb: number, mbMax: number, detail: string): BenchLine {
  return { ...budget, measured: `${figure(mb)} MB`, detail, holds: mb <= mbMax, value: mb };
}
