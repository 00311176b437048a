/**
 * `GET /health` is for people and alerts: it is degraded, and still 200, while a remote is down. `GET /ready` is for
 * balancers: it turns 503 the moment the server drains, while requests are still answered.
 */
import type { Log } from "../base/log.ts";
import { type DurationMs, formatInstant } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";
import { type Answer, type Handler, send } from "./answer.ts";
import type { HealthReport } from "./health.ts";

/** A part counts as working only while that is known. */
const UNKNOWN: Answer = {
  status: 503,
  body: { status: "unhealthy", services: { database: false, shopify: false, shipping: false } },
};

/** Answers within `timeoutMs`, with 503 also when `health` rejects or does not come back. */
export function createHealthRoute(options: {
  readonly health: () => Promise<HealthReport>;
  readonly timeoutMs: DurationMs;
  readonly clock: Clock;
  readonly log: Log;
}): Handler {
  return async (_request, response) => {
    const answered = new AbortController();
    const timeout = options.clock.sleep(options.timeoutMs, answered.signal).then(() => null);
    try {
      const report = await Promise.race([options.health(), timeout]);
      if (report === null) {
        options.log.error("health could not be read in time", { timeoutMs: options.timeoutMs });
      }
      send(
        response,
        report === null ? UNKNOWN : { status: report.status === "unhealthy" ? 503 : 200, body: toJson(report) },
      );
    } catch (error) {
      options.log.error("health could not be read", { error: error instanceof Error ? error.message : String(error) });
      send(response, UNKNOWN);
    } finally {
      answered.abort();
    }
  };
}

/** Times as every other document of ours writes them. */
function toJson(report: HealthReport): object {
  const problems = report.problems.map(({ since, ...problem }) => ({
    ...problem,
    since: since === null ? null : formatInstant(since),
  }));
  return { ...report, problems };
}

export function createReadyRoute(isReady: () => boolean): Handler {
  return (_request, response) => {
    const ready = isReady();
    send(response, { status: ready ? 200 : 503, body: { ready } });
  };
}
