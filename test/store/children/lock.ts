/** Takes the daemon's lock, says so, and lives until it is killed. Collects garbage at SIGUSR2. */
import { createServer } from "node:net";
import { acquireDaemonLock } from "../../../src/store/lock.ts";

const [dataDir = ""] = process.argv.slice(2);
acquireDaemonLock(dataDir);
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  process.stdout.write("collected\n");
});
createServer().listen(0, "127.0.0.1", () => {
  process.stdout.write("locked\n");
});
