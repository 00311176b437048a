import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/system.ts";
import { formatInstant } from "../../src/core/time.ts";
import { judgeHealth } from "../../src/server/health.ts";
import { openServer, WELL } from "./open-server.ts";

const down = (remote: string, state: "refused" | "unreachable") => ({ remote, state, since: 5_000 });

describe("the verdict", () => {
  it("is healthy when nothing is known against it", () => {
    expect(judgeHealth(WELL)).toEqual({
      status: "healthy",
      services: { database: true, shopify: true, shipping: true },
      problems: [],
      mode: "live",
      version: "1.2.3",
      uptimeSeconds: 65,
    });
  });

  it.each([
    ["shopify", "refused"],
    ["shopify", "unreachable"],
    ["shipping", "refused"],
    ["shipping", "unreachable"],
  ] as const)("is degraded when %s is %s", (remote, state) => {
    const ok = { remote: "other", state: "ok", since: 0 } as const;
    expect(judgeHealth({ ...WELL, remotes: [ok, down(remote, state)] })).toMatchObject({
      status: "degraded",
      services: { database: true, shopify: remote !== "shopify", shipping: remote !== "shipping" },
      problems: [{ part: remote, state, since: 5_000 }],
    });
  });

  it.each([
    ["the database cannot be written", { isDatabaseWritable: false }, "database"],
    ["the loop stands still", { isLoopAlive: false }, "daemon"],
  ])("is unhealthy when %s, whatever the remotes do", (_, facts, part) => {
    const report = judgeHealth({ ...WELL, ...facts, remotes: [down("shopify", "refused")] });
    expect(report.status).toBe("unhealthy");
    expect(report.problems.map((problem) => problem.part)).toEqual([part, "shopify"]);
    expect(report.services.database).toBe(part !== "database");
  });

  it("has no negative uptime when the clock was set back", () => {
    expect(judgeHealth({ ...WELL, now: 0 }).uptimeSeconds).toBe(0);
  });
});

describe("GET /health", () => {
  it.each([
    [200, "healthy", WELL],
    [200, "degraded", { ...WELL, remotes: [down("shipping", "unreachable")] }],
    [503, "unhealthy", { ...WELL, isDatabaseWritable: false }],
  ])("answers %i when %s", async (status, verdict, facts) => {
    const { url } = await openServer({ health: async () => judgeHealth(facts) });
    const answer = await fetch(`${url}/health`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const { problems, ...report } = judgeHealth(facts);
    // Times leave as every other document of ours writes them.
    const written = problems.map((problem) => ({ ...problem, since: problem.since && formatInstant(problem.since) }));
    expect(await answer.json()).toEqual({ ...report, status: verdict, problems: written });
  });

  const unknown = { status: "unhealthy", services: { database: false, shopify: false, shipping: false } };

  it("answers 503 when the state cannot be read", async () => {
    const { url, log } = await openServer({ health: () => Promise.reject(new Error("closed")) });
    const answer = await fetch(`${url}/health`);
    expect([answer.status, await answer.json()]).toEqual([503, unknown]);
    expect(log.at("error")).toHaveLength(1);
  });

  it("answers 503 in time when the state does not come", async () => {
    const { url } = await openServer({
      clock: { now: systemClock.now, sleep: () => Promise.resolve() },
      health: () => new Promise(() => {}),
    });
    const answer = await fetch(`${url}/health`);
    expect([answer.status, await answer.json()]).toEqual([503, unknown]);
  });

  it("answers HEAD without a body", async () => {
    const { url } = await openServer();
    const answer = await fetch(`${url}/health`, { method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  });
});

describe("GET /ready", () => {
  it("follows what the daemon says", async () => {
    let isReady = false;
    const { url } = await openServer({ isReady: () => isReady });
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    isReady = true;
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });
});
