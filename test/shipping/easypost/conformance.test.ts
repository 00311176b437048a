import { SILENT } from "../../../src/base/log.ts";
import { Secret } from "../../../src/base/secret.ts";
import { createFakeEasyPost } from "../../../src/sandbox/easypost/fake-easypost.ts";
import { CALM, Faults } from "../../../src/sandbox/faults.ts";
import { seededRandom } from "../../../src/sandbox/random.ts";
import { type SandboxRequest, serveSandbox } from "../../../src/sandbox/serve.ts";
import { createEasyPost } from "../../../src/shipping/easypost/provider.ts";
import type { ProviderBench, Write } from "../../conformance/provider-bench.ts";
import { describeShippingProvider } from "../../conformance/shipping-provider.ts";
import { createTestClock } from "./test-clock.ts";

const STEP_MS = 60_000;
const CALLS: Readonly<Record<Write, string>> = {
  create: "POST /v2/shipments",
  buy: "POST /v2/shipments/:id/buy",
  void: "POST /v2/shipments/:id/refund",
};

describeShippingProvider("easypost", async (): Promise<ProviderBench> => {
  const clock = createTestClock();
  const gate = createGate();
  const faults = new Faults(CALM, seededRandom(1));
  const apiKey = "EZTKsandbox";
  const fake = createFakeEasyPost({
    // A purchase sleeps in the fake: that is where it is held back.
    clock: { ...clock, sleep: () => gate.pass() },
    random: seededRandom(2),
    faults,
    apiKey,
    stepMs: STEP_MS,
    journeyMix: { failed: 0, returned: 0, delayed: 0 },
    purchaseMs: 1,
  });
  const routes = fake.routes.map((route) => ({
    ...route,
    handle: (request: SandboxRequest) => {
      const answer = route.handle(request);
      if (route.describe(request) === CALLS.buy) {
        gate.arrive();
      }
      return answer;
    },
  }));
  const server = await serveSandbox({ port: 0, routes, faults, clock });
  return {
    provider: createEasyPost({ baseUrl: `${server.url}/v2`, apiKey: new Secret(apiKey), clock, log: SILENT }),
    now: () => clock.now(),
    lose: (write, loss) => faults.force(loss, (what) => what === CALLS[write]),
    loseAnyRead: () => faults.force("reset_before", (what) => what.startsWith("GET ")),
    overlap: () => gate.close(),
    throttle: () => faults.force("rate_limited"),
    setFunds: fake.setFunds,
    setCredential: fake.setKeyValid,
    setRates: (available) => fake.setNoRates(available ? null : () => true),
    deliver: () => clock.advance(20 * STEP_MS),
    purchases: () => fake.ledger().purchases.map(({ shipmentId }) => shipmentId),
    refunds: () =>
      fake
        .ledger()
        .refunds.filter(({ status }) => status === "submitted")
        .map(({ shipmentId }) => shipmentId),
    close: () => server.close(),
  };
});

/** Open until `close`, then shut until two purchases have arrived. */
function createGate() {
  let open = Promise.resolve();
  let release = (): void => {};
  let awaited = 0;
  return {
    close: () => {
      awaited = 2;
      open = new Promise((resolve) => {
        release = resolve;
      });
    },
    arrive: () => {
      awaited -= 1;
      if (awaited === 0) {
        release();
      }
    },
    pass: () => open,
  };
}
