/**
 * `shipbot rules test`: judges the orders that the database keeps again, and says what would differ. It needs no
 * credential, sends nothing and writes nothing.
 */
import { UsageError } from "../../base/errors.ts";
import type { Policy } from "../../core/policy.ts";
import { KEPT_FORM, type KeptCase, type Outcome, replay } from "../../core/replay/replay.ts";
import { Tallying } from "../../core/replay/tally.ts";
import { DAY_MS, type DurationMs, type Instant } from "../../core/time.ts";
import type { LocalSettings } from "../../settings/types.ts";
import type { FactsCursor, OrderFacts, StoredFacts } from "../../store/order-facts.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { When } from "../flags.ts";
import { type Local, openLocal } from "../local.ts";
import { resolveOrders } from "../order-reference.ts";
import { progressBar, startProgress } from "../progress.ts";
import { type Replayed, replayJson, replayText } from "../render-replay.ts";
import { loadLocal } from "../surroundings.ts";

export interface RulesTestFlags {
  readonly since?: When;
  readonly order?: readonly string[];
  readonly limit?: number;
  readonly json?: boolean;
}

const SINCE_MS: DurationMs = 30 * DAY_MS;
/** A screen of 24 lines and what fits on the next. */
const SHOWN = 20;
/** Larger documents are for nobody; `--limit` asks for fewer. */
const SHOWN_JSON = 10_000;
/** Rows read at once: two megabytes, so that memory does not grow with the number of orders. */
const PAGE = 500;

export async function run(flags: RulesTestFlags, invocation: Invocation): Promise<ExitCode> {
  if ((flags.order ?? []).length > 0 && flags.since !== undefined) {
    throw new UsageError("--order cannot be combined with --since", "use one of them");
  }
  // Without the flag: the file that the daemon uses. Both are read first: mistakes are told before anything is replayed.
  const present: Invocation = { ...invocation, configPath: undefined };
  const after = loadLocal(invocation);
  const before = invocation.configPath === undefined ? null : loadLocal(present);
  const local = await openLocal(present);
  if (local === null) {
    throw new UsageError("there is nothing to replay: there is no database yet", "shipbot sync, or shipbot daemon");
  }
  try {
    return await replayOrders(local, { before, after }, flags, invocation);
  } finally {
    await local.close();
  }
}

/** `before` `null`: what was decided then stands for it. */
async function replayOrders(
  local: Local,
  { before, after }: { readonly before: LocalSettings | null; readonly after: LocalSettings },
  flags: RulesTestFlags,
  invocation: Invocation,
): Promise<ExitCode> {
  const { clock, terminal } = invocation;
  const startedAt = clock.now();
  const json = flags.json === true;
  const since = sinceOf(flags, startedAt);
  const tallying = new Tallying(flags.limit ?? (json ? SHOWN_JSON : SHOWN));
  const progress = startProgress(terminal, clock, json || !terminal.isLive);
  const { orderFacts, orders } = local.store;
  let [done, unreadable] = [0, 0];
  try {
    const ids = since === null ? (await resolveOrders(flags.order ?? [], orders, null)).map(({ id }) => id) : null;
    const total = since === null ? 0 : await orderFacts.count(since);
    for await (const page of since === null ? pagesOf(orderFacts, ids ?? []) : pagesSince(orderFacts, since)) {
      for (const row of page) {
        unreadable += isReadable(row) ? 0 : 1;
        judge(tallying, row, before?.policy ?? null, after.policy);
      }
      done += page.length;
      progress.say(progressBar("Replaying", done, Math.max(total, done)));
    }
  } finally {
    progress.end();
  }
  const replayed: Replayed = {
    tally: tallying.finish(),
    since,
    unreadable,
    before: before === null ? null : { configPath: before.configPath },
    after: { configPath: after.configPath },
    cwd: invocation.cwd,
    elapsedMs: clock.now() - startedAt,
  };
  if (json) {
    terminal.printJson(replayJson(replayed));
  } else {
    terminal.print(replayText(replayed, terminal));
  }
  return replayed.tally.unclear > 0 ? EXIT.attention : EXIT.fine;
}

/** `null`: it was asked for orders by name. */
function sinceOf({ since, order }: RulesTestFlags, now: Instant): Instant | null {
  if ((order ?? []).length > 0) {
    return null;
  }
  return since === undefined ? now - SINCE_MS : "at" in since ? since.at : now - since.agoMs;
}

async function* pagesSince(facts: OrderFacts, since: Instant): AsyncGenerator<readonly StoredFacts[]> {
  let after: FactsCursor | undefined;
  do {
    const page = await facts.page(since, PAGE, after);
    yield page;
    after = page.length < PAGE ? undefined : page.at(-1);
  } while (after !== undefined);
}

async function* pagesOf(facts: OrderFacts, ids: readonly string[]): AsyncGenerator<readonly StoredFacts[]> {
  for (const id of new Set(ids)) {
    yield await facts.ofOrder(id);
  }
}

/** Kept by this form of the program. */
function isReadable({ facts }: StoredFacts): boolean {
  return (facts as Partial<KeptCase>).form === KEPT_FORM;
}

function judge(tallying: Tallying, row: StoredFacts, before: Policy | null, after: Policy): void {
  if (!isReadable(row)) {
    return;
  }
  const { orderId, fulfillmentOrderId, at } = row;
  const facts = row.facts as KeptCase;
  tallying.add({
    ...{ orderId, fulfillmentOrderId, at, orderName: facts.order.name },
    before: before === null ? (row.decided as Outcome) : replay(facts, before, at),
    after: replay(facts, after, at),
  });
}
