/** Wrong settings, one by one and all at once: what the operator reads, word for word. */
import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/base/errors.ts";
import { load, problemsOf } from "./support.ts";
import { WRONG_ENVIRONMENTS } from "./wrong-environments.ts";
import { WRONG_FILES } from "./wrong-files.ts";

describe("the config file", () => {
  it.each(WRONG_FILES)("is refused with %s", (_, yaml, problem) => {
    expect(problemsOf({ yaml })).toEqual([problem]);
  });

  it("may be empty, or have groups of which every line is commented out", () => {
    expect(problemsOf({ yaml: "" })).toEqual([]);
    expect(problemsOf({ yaml: "# nothing\n" })).toEqual([]);
    expect(problemsOf({ yaml: "poll:\n  # orders: 5s\nship_from:\n" })).toEqual([]);
  });

  it("is refused when it is no text of a reasonable length", () => {
    expect(problemsOf({ yaml: `# ${"x".repeat(500_000)}` })).toEqual([
      "shipbot.yaml:1:1  line 1 has more than 500000 characters",
    ]);
  });

  it("cannot be blown up by aliases", () => {
    const rows = [
      "a: &a [x, x]",
      ...Array.from({ length: 20 }, (_, n) => `b${n}: &b${n} [*${n ? `b${n - 1}` : "a"}, *${n ? `b${n - 1}` : "a"}]`),
    ];
    expect(problemsOf({ yaml: rows.join("\n") })).toEqual(["shipbot.yaml:1:1  line 1 uses an alias (*name) too often"]);
  });

  it("with thousands of keys that are none of ours is refused soon, and not with thousands of lines", () => {
    const keys = Array.from({ length: 12_000 }, (_, n) => `key_${n}: ${n}`);
    const startedAt = performance.now();
    const problems = problemsOf({ yaml: keys.join("\n") });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toBe("shipbot.yaml has 11900 more settings that do not exist: mend these first");
  });

  it("is never repeated on stderr by the library that reads it", async () => {
    const warnings: Error[] = [];
    const keep = (warning: Error): void => {
      warnings.push(warning);
    };
    process.on("warning", keep);
    problemsOf({ yaml: "? { api_key: EZAKcanary }\n: 1\n" });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", keep);
    expect(warnings).toEqual([]);
  });

  it("cannot name a key that every object has", () => {
    expect(problemsOf({ yaml: "constructor: 1\ntoString: 2\n" })).toEqual([
      "shipbot.yaml:1:1  constructor is no setting",
      "shipbot.yaml:2:1  toString is no setting",
    ]);
    expect(problemsOf({ yaml: "__proto__: {relook: 1}\n" })).toEqual(["shipbot.yaml:1:1  __proto__ is no setting"]);
  });
});

describe("the environment", () => {
  it.each(WRONG_ENVIRONMENTS)("is refused with %s", (_, given, problem) => {
    expect(problemsOf(given)).toEqual([problem]);
  });

  it("may hold what others set there", () => {
    expect(
      problemsOf({
        env: {
          SHIPBOT_PORT: "tcp://10.0.0.1:3000",
          SHIPBOT_SERVICE_HOST: "10.0.0.1",
          SHIPBOT_BUILD_NUMBER: "7",
          PATH: "/bin",
        },
      }),
    ).toEqual([]);
  });
});

describe("many mistakes at once", () => {
  const yaml = [
    "poll:",
    "  orders: 30 sec",
    "  ordres: 1m",
    "concurency: 4",
    "concurrency: 400",
    "relook: 1s",
    "label:",
    "  format: gif",
    "writeback:",
    "  notify_customer: maybe",
    "ready:",
    "  tags: ship",
    "shipping:",
    "  api_key: EZAKcanary",
    "resync: 0 0 31 2 *",
    "relook: 2h",
  ].join("\n");

  it("are all told, with their lines, in the order of the file", () => {
    const problems = problemsOf({ yaml });
    expect(problems.map((problem) => /^shipbot\.yaml:(\d+):/.exec(problem)?.[1])).toEqual([
      "2",
      "3",
      "4",
      "5",
      "8",
      "10",
      "12",
      "14",
      "15",
      "16",
    ]);
  });

  it("are told together with those of environment and flags", () => {
    const problems = problemsOf({ yaml, env: { PORT: "x", SHOPIFY_SHOP_URL: undefined }, flags: { logLevel: "loud" } });
    expect(problems).toHaveLength(13);
    expect(problems.slice(10)).toEqual([
      'PORT "x" must be a number without a unit',
      '--log-level "loud" must be one of error, warn, info, debug',
      "SHOPIFY_SHOP_URL is missing: the shop, such as my-shop.myshopify.com",
    ]);
  });

  it("name key, env name and value for programs", () => {
    try {
      load({ yaml: "poll: {orders: soon}" });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      expect(error).toMatchObject({
        message: "1 problem in the settings",
        problems: [
          {
            setting: "poll.orders",
            env: "SHIPBOT_POLL_ORDERS",
            value: "soon",
            message: "is no duration: write 30s, 5m or cron",
            position: "shipbot.yaml:1:16",
          },
        ],
      });
    }
  });

  it("never repeat a secret, wherever it was put", () => {
    const all = [
      ...WRONG_FILES.map(([, text]) => problemsOf({ yaml: text })),
      ...WRONG_ENVIRONMENTS.map(([, given]) => problemsOf(given)),
    ];
    expect(JSON.stringify(all)).not.toMatch(/canary/i);
    expect(
      JSON.stringify(problemsOf({ yaml: "EZTKcanary0key: 1\nrelook: EZTKcanary0key\nshpat_canary: {}\n" })),
    ).not.toMatch(/canary/i);
  });

  it("never repeat the address of a sender", () => {
    const problems = problemsOf({
      yaml: "ship_from:\n  default: {name: [Canary], street1: 5, city: b, country: Canary, phone: 555, email: 1}\n",
    });
    expect(problems).toHaveLength(5);
    expect(JSON.stringify(problems)).not.toMatch(/Canary|555/);
  });

  it("cannot drive the terminal", () => {
    const problems = problemsOf({
      yaml: 'relook: "\\e[31mred\\u202e"\n',
      env: { LOG_LEVEL: "\u001b]0;title\u0007loud" },
    });
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toMatch(/\\u001b|\\u0007|\u202e|\\u202e/);
  });
});
