import { defineConfig } from "vitest/config";

/** Settings of a real shop in the developer's shell must not reach a test. */
const OWN_SETTINGS =
  /^(SHIPBOT_|SHOPIFY_|SHIPPING_|DATABASE_URL$|PUBLIC_URL$|PORT$|HOST$|LOG_LEVEL$|LOG_FORMAT$|METRICS_TOKEN$)/;

for (const name of Object.keys(process.env)) {
  if (OWN_SETTINGS.test(name)) {
    delete process.env[name];
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Processes, not threads: the SQLite binding is native, and a crash must not take the other files along.
    pool: "forks",
    maxWorkers: 2,
    // Nothing here sleeps, but a test may start the built program several times on a busy two-core machine.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    allowOnly: false,
    passWithNoTests: false,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
