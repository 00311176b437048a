/** Opens the database as any command does, and says which migrations it ran itself. */
import { systemClock } from "../../../src/base/system.ts";
import { openStore } from "../../../src/store/store.ts";

const [url = ""] = process.argv.slice(2);
const log = {
  error() {},
  warn() {},
  debug() {},
  info(message: string, fields?: Readonly<Record<string, unknown>>) {
    process.stdout.write(`${message} ${String(fields?.["migration"])}\n`);
  },
};
const store = await openStore({ url, shopId: "shop-1", clock: systemClock, log });
await store.orders.request([{ id: `gid://shopify/Order/${process.pid}`, name: `#${process.pid}` }], 1);
await store.close();
