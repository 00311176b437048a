/** `shipbot sandbox`: the fakes as a server, for trying a daemon against them. Runs until a signal. */
import { systemClock } from "../../base/system.ts";
import { demoOrders } from "../../sandbox/demo-orders.ts";
import { CALM, CHAOS } from "../../sandbox/faults.ts";
import { seededRandom } from "../../sandbox/random.ts";
import { SANDBOX_WEBHOOK_SECRET, startSandbox } from "../../sandbox/sandbox.ts";

export interface SandboxFlags {
  readonly port: number;
  readonly seed: number;
  /** How many orders the shop has from the start. */
  readonly orders: number;
  readonly chaos: boolean;
  /** Time between two scans of a parcel. */
  readonly stepMs: number;
  /** Address of a daemon that gets EasyPost's webhooks; Shopify's are subscribed by the daemon itself. */
  readonly notify: string | null;
}

export async function run(flags: SandboxFlags): Promise<number> {
  const sandbox = await startSandbox({
    clock: systemClock,
    port: flags.port,
    seed: flags.seed,
    stepMs: flags.stepMs,
    plan: flags.chaos ? CHAOS : CALM,
  });
  for (const order of demoOrders(flags.orders, seededRandom(flags.seed))) {
    sandbox.shopify.addOrder(order.spec);
  }
  if (flags.notify !== null) {
    const url = `${flags.notify.replace(/\/+$/, "")}/webhooks/shipping/easypost`;
    sandbox.easypost.subscribe(url, SANDBOX_WEBHOOK_SECRET);
  }
  const lines = Object.entries(sandbox.environment).map(([name, value]) => `export ${name}=${value}`);
  process.stdout.write(`${lines.join("\n")}\n`);
  process.stderr.write(`sandbox: ${flags.orders} orders at ${sandbox.url}. Ctrl+C ends it.\n`);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await sandbox.close();
  return 0;
}
