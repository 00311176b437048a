/**
 * The commands, their flags and their help: declarations only. What a command does is imported when it is asked for, so
 * that `--help` waits for no database and no settings.
 */
import type { Command } from "commander";
import { MINUTE_MS } from "../core/time.ts";
import type { Invocation } from "./command.ts";
import { EXIT_CODES_TEXT } from "./exit-codes.ts";
import { readCount, readDuration, readWhen } from "./flags.ts";

/** More would not be read, and a mistyped number must not fill the screen. */
const LIMIT_MAX = 10_000;
/** More orders than this are a benchmark, not a demo. */
const DEMO_ORDERS_MAX = 10_000;
const PORT_MAX = 65_535;
const SEED_MAX = 999_999_999;

/** Commands that are declared together. */
export const GROUPS: readonly {
  readonly names: readonly string[];
  readonly declare: (program: Command, start: Start) => void;
}[] = [
  { names: ["status", "why", "label"], declare: declareReading },
  { names: ["sync", "retry"], declare: declareLooking },
  { names: ["hold", "release", "approve", "void", "settle"], declare: declareDecisions },
  { names: ["daemon", "webhooks", "config"], declare: declareOperation },
  { names: ["report"], declare: declareReports },
  { names: ["rules"], declare: declareRules },
  { names: ["backup", "restore"], declare: declareBackups },
  { names: ["personal-data"], declare: declarePersonalData },
  { names: ["demo", "sandbox"], declare: declareSandbox },
];

/** Makes an action of a command: what it runs gets the surroundings, and its exit code is told. */
export type Start = (command: Command, work: (invocation: Invocation) => Promise<number>) => () => Promise<void>;

const ORDER = "-o, --order <order...>";
const ORDER_HELP = "number (1001), gid, or address in Shopify's admin; several are possible";
const TIMEOUT_HELP = "how long to wait for the result, such as 30s";

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}\n\n${EXIT_CODES_TEXT}`;
}

function declareReading(program: Command, start: Start): void {
  const status = program
    .command("status")
    .description("how things stand: orders, what is parked and why, daemons, shop and provider, money of today")
    .option(ORDER, `one order's state, labels and timeline: ${ORDER_HELP}`)
    .option("--limit <n>", "lines of the list of parked orders, or of the timeline", readCount(1, LIMIT_MAX))
    .option("--json", "one JSON document (docs/json.md)")
    .addHelpText(
      "after",
      examples("shipbot status", "shipbot status --order 1001", "shipbot status --json | jq .parked"),
    );
  status.action(
    start(status, async (invocation) => (await import("./commands/status.ts")).run(status.opts(), invocation)),
  );

  const why = program
    .command("why")
    .description("why an order stands where it stands: every check, the rates, what comes next")
    .requiredOption(ORDER, ORDER_HELP)
    .option("--json", "one JSON document per order (docs/json.md)")
    .addHelpText("after", examples("shipbot why --order 1001", "shipbot why --order '#1001' --json"));
  why.action(start(why, async (invocation) => (await import("./commands/why.ts")).run(why.opts(), invocation)));

  const label = program
    .command("label")
    .description("where the stored labels of an order are, or copies of them")
    .requiredOption(ORDER, ORDER_HELP)
    .option("--out <folder>", "copy them there")
    .option("--json", "one JSON document (docs/json.md)")
    .addHelpText(
      "after",
      examples(
        "shipbot label --order 1001 --out .",
        "lp $(shipbot label --order 1001 --json | jq -r '.labels[].path')",
      ),
    );
  label.action(start(label, async (invocation) => (await import("./commands/label.ts")).run(label.opts(), invocation)));
}

function declareLooking(program: Command, start: Start): void {
  const sync = program
    .command("sync")
    .description("look again now, wait, and say what happened; beside a running daemon or without one")
    .option(ORDER, `only these: ${ORDER_HELP}`)
    .option("--since <when>", "every order that changed since then: 2h, 7d, 2026-11-20", readWhen)
    .option("--all", "every order of the last 60 days and every one that is not at its end")
    .option("--dry-run", "say what would be done; send nothing")
    .option("--timeout <duration>", TIMEOUT_HELP, readDuration)
    .option("--json", "one JSON document (docs/json.md)")
    .addHelpText(
      "after",
      examples("shipbot sync", "shipbot sync --order 1001 --order 1002", "shipbot sync --order 1001 --dry-run"),
    );
  sync.action(start(sync, async (invocation) => (await import("./commands/sync.ts")).run(sync.opts(), invocation)));

  const retry = program
    .command("retry")
    .description("forget what was refused, look again, wait, and say what happened")
    .option(ORDER, ORDER_HELP)
    .option("--parked", "every parked order")
    .option("--reason <reason>", "every order parked for this reason, such as no_rate")
    .option("--dry-run", "say what would be done; send nothing")
    .option("--timeout <duration>", TIMEOUT_HELP, readDuration)
    .option("--json", "one JSON document (docs/json.md)")
    .addHelpText("after", examples("shipbot retry --order 1001", "shipbot retry --reason no_rate"));
  retry.action(start(retry, async (invocation) => (await import("./commands/retry.ts")).run(retry.opts(), invocation)));
}

/** Commands by which a human decides about orders share their flags. */
function declareDecision(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .requiredOption(ORDER, ORDER_HELP)
    .option("--dry-run", "say what would be done; send nothing")
    .option("--timeout <duration>", TIMEOUT_HELP, readDuration)
    .option("--json", "one JSON document (docs/json.md)");
}

function declareDecisions(program: Command, start: Start): void {
  const hold = declareDecision(program, "hold", "buy no label for an order until it is released")
    .requiredOption("--why <reason>", "for the timeline, and for whoever asks later")
    .addHelpText("after", examples("shipbot hold --order 1001 --why 'customer called'"));
  hold.action(start(hold, async (invocation) => (await import("./commands/hold.ts")).run(hold.opts(), invocation)));

  const release = declareDecision(program, "release", "take back a hold, also the one that void leaves").addHelpText(
    "after",
    examples("shipbot release --order 1001"),
  );
  release.action(
    start(release, async (invocation) => (await import("./commands/release.ts")).run(release.opts(), invocation)),
  );

  const approve = declareDecision(program, "approve", "let one purchase through that a guard or a rule stops")
    .option("--why <reason>", "for the timeline")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      examples(
        "shipbot approve --order 1001 --dry-run",
        "shipbot approve --order 1001 --why 'agreed with the customer'",
      ),
    );
  approve.action(
    start(approve, async (invocation) => (await import("./commands/approve.ts")).run(approve.opts(), invocation)),
  );

  const voiding = declareDecision(program, "void", "ask for the money of a label back, and hold the order")
    .option("--why <reason>", "for the timeline")
    .option("--yes", "do not ask")
    .addHelpText("after", examples("shipbot void --order 1001", "shipbot void --order 1001 --yes --why 'wrong box'"));
  voiding.action(
    start(voiding, async (invocation) => (await import("./commands/void.ts")).run(voiding.opts(), invocation)),
  );

  const settle = declareDecision(program, "settle", "say what became of a purchase whose answer was lost")
    .option("--bought", "it was bought: look it up once more")
    .option("--not-bought", "it was not bought: a label may be bought")
    .option("--yes", "do not ask")
    .addHelpText("after", examples("shipbot settle --order 1001 --not-bought"));
  settle.action(
    start(settle, async (invocation) => (await import("./commands/settle.ts")).run(settle.opts(), invocation)),
  );
}

function declarePersonalData(program: Command, start: Start): void {
  const group = program
    .command("personal-data")
    .description("what is stored of customers: who asked about it, what it is, and its end");
  for (const [action, description] of [
    ["list", "what Shopify or you asked for, and whether it is done"],
    ["show", "everything that is stored of the customer of an order"],
    ["erase", "erase it; what was bought and for how much stays, without a person in it"],
  ] as const) {
    const sub = group.command(action, { isDefault: action === "list" }).description(description);
    if (action !== "list") {
      sub.requiredOption(ORDER, ORDER_HELP);
    }
    if (action === "erase") {
      sub.option("--yes", "do not ask").option("--dry-run", "say what would be erased; erase nothing");
    }
    sub.option("--json", "one JSON document (docs/json.md)");
    sub.action(
      start(sub, async (invocation) =>
        (await import("./commands/personal-data.ts")).run(action, sub.opts(), invocation),
      ),
    );
  }
}

function declareOperation(program: Command, start: Start): void {
  const daemon = program
    .command("daemon")
    .description("run everything until it is stopped: poll, webhooks, labels, tracking")
    .option("--once", "one full round, then end")
    .addHelpText("after", examples("shipbot daemon", "shipbot daemon --once"));
  daemon.action(
    start(daemon, async (invocation) => {
      const [{ run }, { loadAll }] = await Promise.all([import("./commands/daemon.ts"), import("./surroundings.ts")]);
      return run({ once: daemon.opts<{ once?: boolean }>().once === true }, loadAll(invocation), invocation);
    }),
  );

  const webhooks = program.command("webhooks").description("webhook subscriptions in the shop");
  for (const [action, description] of [
    ["list", "which there are, and which are missing"],
    ["register", "make those that are missing (needs PUBLIC_URL)"],
    ["remove", "take away those that point to this server"],
  ] as const) {
    const sub = webhooks.command(action, { isDefault: action === "list" }).description(description);
    sub.option("--json", "one JSON document (docs/json.md)");
    if (action !== "list") {
      sub.option("--dry-run", "say what would be done; send nothing");
    }
    sub.action(
      start(sub, async (invocation) => (await import("./commands/webhooks.ts")).run(action, sub.opts(), invocation)),
    );
  }

  const config = program.command("config").description("the settings: whether they can be used, where they come from");
  for (const [action, description] of [
    ["check", "every problem at once"],
    ["show", "every setting with its value and where it comes from; no secrets"],
  ] as const) {
    const sub = config.command(action).description(description).option("--json", "one JSON document (docs/json.md)");
    sub.action(
      start(sub, async (invocation) => (await import("./commands/config.ts")).run(action, sub.opts(), invocation)),
    );
  }
}

function declareReports(program: Command, start: Start): void {
  const group = program.command("report").description("tables over many orders");
  const shadow = group
    .command("shadow")
    .description("what would have been bought for watched orders, beside what your people did")
    .option("--since <when>", "orders that came to their end since then: 2h, 7d, 2026-11-20; default 30d", readWhen)
    .option("--limit <n>", "how many orders are shown", readCount(1, LIMIT_MAX))
    .option("--json", "one JSON document (docs/json.md)")
    .addHelpText("after", examples("shipbot report shadow", "shipbot report shadow --since 7d"));
  shadow.action(
    start(shadow, async (invocation) => (await import("./commands/report.ts")).run(shadow.opts(), invocation)),
  );
}

function declareRules(program: Command, start: Start): void {
  const rules = program.command("rules").description("what rules, or a whole other config file, would change");
  const test = rules
    .command("test")
    .description("judge stored orders again, and say what would differ, in services and money; sends nothing")
    .option("--since <when>", "orders that were decided on since then: 30d, 2026-11-20 (default: 30d)", readWhen)
    .option(ORDER, `only these, however old: ${ORDER_HELP}`)
    .option("--limit <n>", "orders told one by one (default: 20; with --json 10000)", readCount(0, LIMIT_MAX))
    .option("--json", "one JSON document (docs/json.md)")
    .addHelpText(
      "after",
      `\nWith --config it compares the file that is used without it to that one; else what\nwas decided then to what the file says now.\n${examples(
        "shipbot rules test --config new.yaml",
        "shipbot rules test --since 7d",
        "shipbot rules test --config new.yaml --order 1001",
      )}`,
    );
  test.action(start(test, async (invocation) => (await import("./commands/rules.ts")).run(test.opts(), invocation)));
}

function declareBackups(program: Command, start: Start): void {
  const backup = program
    .command("backup")
    .description("one more backup of the database now; beside a running daemon or without one")
    .option("--out <file>", "write it there; it is not deleted by the policy then")
    .option("--dry-run", "say what would be done; write nothing")
    .option("--json", "one JSON document (docs/json.md)")
    .addHelpText("after", examples("shipbot backup", "shipbot backup --out /mnt/usb/shipbot.db"));
  backup.action(
    start(backup, async (invocation) => (await import("./commands/backup.ts")).run(backup.opts(), invocation)),
  );

  const restore = program
    .command("restore")
    .description("put a backup in the place of the database, which is kept; nothing is bought unverified after it")
    .argument("<file>", "the backup")
    .option("--recover", "go on from the backup to the last change that was archived after it")
    .option("--yes", "do not ask")
    .option("--dry-run", "check the backup and say what would be done; change nothing")
    .option("--json", "one JSON document (docs/json.md)")
    .addHelpText("after", examples("shipbot restore data/backups/shipbot-20261122T030000000Z.db --recover"));
  restore.action(
    start(restore, async (invocation) =>
      (await import("./commands/restore.ts")).run(restore.args[0] ?? "", restore.opts(), invocation),
    ),
  );
}

interface SandboxOptions {
  readonly port: number;
  readonly seed: number;
  readonly orders: number;
  readonly chaos?: boolean;
  readonly step: number;
  readonly notify?: string;
}

function declareSandbox(program: Command, start: Start): void {
  const demo = program
    .command("demo")
    .description("the whole job against fakes in this process: no account, no network, no money")
    .option("--orders <n>", "how many", readCount(1, DEMO_ORDERS_MAX), 25)
    .option("--chaos", "with lost answers, errors and dropped webhooks")
    .option("--seed <n>", "another history", readCount(0, SEED_MAX), 1)
    .option("--json", "end with one JSON line (docs/json.md)")
    .addHelpText("after", examples("shipbot demo", "shipbot demo --orders 100 --chaos"));
  demo.action(
    start(demo, async (invocation) => {
      const { orders, chaos, seed, json } = demo.opts<{
        orders: number;
        chaos?: boolean;
        seed: number;
        json?: boolean;
      }>();
      const { run } = await import("./commands/demo.ts");
      return run({ orders, seed, chaos: chaos === true, json: json === true }, invocation.version);
    }),
  );

  const sandbox = program
    .command("sandbox")
    .description("a fake shop and a fake provider as a server; prints the settings that point to it")
    .option("--port <n>", "where it listens", readCount(0, PORT_MAX), 4_000)
    .option("--orders <n>", "orders in the shop from the start", readCount(0, DEMO_ORDERS_MAX), 25)
    .option("--seed <n>", "another history", readCount(0, SEED_MAX), 1)
    .option("--chaos", "with lost answers, errors and dropped webhooks")
    .option("--step <duration>", "time between two scans of a parcel", readDuration, MINUTE_MS)
    .option("--notify <url>", "address of a daemon that gets the provider's webhooks")
    .addHelpText(
      "after",
      examples("shipbot sandbox --port 4000 > sandbox.env & sleep 1; . ./sandbox.env", "shipbot sync --dry-run"),
    );
  sandbox.action(
    start(sandbox, async () => {
      const { port, seed, orders, chaos, step, notify } = sandbox.opts<SandboxOptions>();
      const { run } = await import("./commands/sandbox.ts");
      return run({ port, seed, orders, chaos: chaos === true, stepMs: step, notify: notify ?? null });
    }),
  );
}
