import { describe, expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { findUnbuilt } from "../../src/settings/unbuilt.ts";

const SQLITE = { url: "sqlite:/data/shipbot.db" };

describe("settings whose part does not exist yet", () => {
  it("lets through what is built", () => {
    expect(findUnbuilt({ database: SQLITE, redisUrl: null })).toEqual([]);
  });

  it("refuses PostgreSQL and Redis, both at once and without showing them", () => {
    const problems = findUnbuilt({
      database: { url: "postgres://u:canary@h/d" },
      redisUrl: new Secret("redis://:canary@h"),
    });
    expect(problems.map(({ env, message }) => `${env} ${message}`)).toEqual([
      "DATABASE_URL is PostgreSQL, which is not built yet: write sqlite:/path/shipbot.db",
      "REDIS_URL is not built yet: leave it out, one machine needs no Redis",
    ]);
    expect(JSON.stringify(problems)).not.toContain("canary");
  });
});
