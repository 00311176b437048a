/**
 * From a seed to its schedule. Each has a theme, so that the rare things that must come together (a crash between two
 * calls, a change while the process is down, a second process at the end of a lease) come together often.
 */
import type { DurationMs } from "../../src/core/time.ts";
import type { Random } from "../../src/ports/clock.ts";
import { seededRandom } from "../../src/sandbox/random.ts";
import {
  CALM,
  type ChangeKind,
  type ChangePlan,
  type CommandPlan,
  type CrashPlan,
  type FaultKind,
  type FaultPlan,
  type OrderKind,
  type OrderPlan,
  type Schedule,
} from "./schedule.ts";

type Theme =
  | "lost_answers"
  | "crashes"
  | "merchant"
  | "processes"
  | "clock"
  | "webhooks"
  | "storm"
  | "journey"
  | "everything";

const THEMES: readonly Theme[] = [
  ...(["lost_answers", "lost_answers", "crashes", "crashes", "crashes", "merchant", "merchant"] as const),
  ...(["processes", "processes", "webhooks", "webhooks", "storm", "clock", "journey", "everything"] as const),
];

const ORDER_KINDS: readonly OrderKind[] = [
  ...(["plain", "plain", "plain", "plain", "plain", "plain", "two_boxes", "two_boxes", "many_units"] as const),
  ...(["held_at_first", "unpaid_at_first", "untagged_at_first", "unrouted_at_first"] as const),
  ...(["cancelled", "test", "pickup", "weightless", "poisoned", "failing"] as const),
];

const FAULT_KINDS: readonly FaultKind[] = [
  ...(["never_sent", "reset_before", "reset_after", "reset_after", "bad_gateway_before", "bad_gateway_after"] as const),
  ...(["garbled_after", "rate_limited", "throttled", "internal_before", "internal_after", "unauthorized"] as const),
  ...(["slow", "slow", "late", "no_response_bought", "no_response_not_bought", "stale_read"] as const),
];

const CHANGE_KINDS: readonly ChangeKind[] = [
  ...(["cancel", "cancel", "hold", "release", "move_address", "move_address", "fewer_units", "untag", "tag"] as const),
  ...(["unpay", "pay", "fulfil_elsewhere", "cancel_fulfillment"] as const),
];

/** Where an order that was placed at once has its label and its fulfillment. */
const CALLS_OF_ORDER = 16;
/** Points of a daemon's start and of one order. */
const POINTS_OF_LIFE = 150;

export function scheduleOf(seed: number): Schedule {
  const dice = new Dice(seededRandom(Math.imul(seed, 2_654_435_761) ^ 0x5eed));
  const theme = dice.pick(THEMES);
  const all = theme === "everything";
  const is = (...themes: readonly Theme[]): boolean => all || themes.includes(theme);
  const orders = drawOrders(dice, theme);
  const crashes = is("crashes") ? drawCrashes(dice) : is("webhooks") && dice.chance(0.7) ? drawAnswerCrash(dice) : [];
  return {
    ...CALM,
    seed,
    orders,
    faults: drawFaults(dice, is("lost_answers") ? 6 : dice.upTo(2), orders.length),
    crashes,
    changes: drawChanges(dice, is("merchant") ? 1 + dice.upTo(3) : dice.upTo(1), orders.length, crashes),
    pollFaults: dice.pick([0, 0.05, 0.2]),
    locks:
      is("webhooks") || dice.chance(0.1) ? [{ atMs: dice.within(500, 4_000), forMs: dice.within(100, 9_000) }] : [],
    replays: is("storm") ? [{ webhook: 1 + dice.upTo(2), copies: 40 }] : [],
    webhooks: is("webhooks")
      ? { dropped: 0.2, doubled: 0.2, delayed: 0.3 }
      : { dropped: 0.85, doubled: 0.1, delayed: 0.1 },
    isGuarded: dice.chance(0.7),
    indexLagMs: dice.pick([0, 1_000, 5_000, 60_000]),
    journey: theme === "journey",
    turnMs: dice.pick([0, 0, 3, 12]),
    latencyMs: dice.pick([20, 100, 100, 1_500]),
    ...drawBeside(dice, theme, orders.length),
  };
}

function drawOrders(dice: Dice, theme: Theme): readonly OrderPlan[] {
  const many = theme === "everything" ? 3 : dice.chance(theme === "webhooks" ? 0.6 : 0.3) ? 2 : 1;
  const together = theme === "webhooks" && dice.chance(0.7) ? dice.within(100, 3_000) : null;
  return Array.from({ length: many }, () => ({
    // Where it matters how a single label fares, nothing else should stand in the way.
    kind: theme === "storm" || theme === "processes" || theme === "clock" ? ("plain" as const) : dice.pick(ORDER_KINDS),
    atMs: together ?? dice.within(100, 3_000),
    isHidden: theme === "webhooks" && dice.chance(0.6),
  }));
}

function drawFaults(dice: Dice, many: number, orders: number): readonly FaultPlan[] {
  return Array.from({ length: many }, () => ({
    call: 1 + dice.upTo(CALLS_OF_ORDER * orders),
    kind: dice.pick(FAULT_KINDS),
  }));
}

function drawCrashes(dice: Dice): readonly CrashPlan[] {
  return Array.from({ length: 1 + dice.upTo(2) }, (_, incarnation) => ({
    life: "daemon" as const,
    incarnation,
    point: 1 + dice.upTo(POINTS_OF_LIFE),
    downMs: dice.pick([10, 1_000, 20_000, 90_000]),
  }));
}

/** Near the first messages, which arrive with the first order. */
function drawAnswerCrash(dice: Dice): readonly CrashPlan[] {
  return [{ life: "daemon", incarnation: 0, point: 36 + dice.upTo(30), downMs: dice.pick([10, 3_000]) }];
}

function drawChanges(dice: Dice, many: number, orders: number, crashes: readonly CrashPlan[]): readonly ChangePlan[] {
  const whileDown: readonly ChangePlan[] = crashes.flatMap((_, crash) =>
    dice.chance(0.6)
      ? [{ order: dice.upTo(orders - 1), what: dice.pick(CHANGE_KINDS), trigger: { kind: "crash" as const, crash } }]
      : [],
  );
  const others = Array.from({ length: many }, (): ChangePlan => {
    const call = 1 + dice.upTo(CALLS_OF_ORDER * orders);
    return {
      order: dice.upTo(orders - 1),
      what: dice.pick(CHANGE_KINDS),
      trigger: dice.chance(0.8)
        ? { kind: "call", call, when: dice.chance(0.5) ? "before" : "after" }
        : { kind: "time", atMs: dice.within(500, 30_000) },
    };
  });
  return [...whileDown, ...others];
}

/** What works beside the daemon, and what the clock does meanwhile. */
function drawBeside(dice: Dice, theme: Theme, orders: number): Partial<Schedule> {
  switch (theme) {
    case "processes":
    case "everything":
      return {
        commands: drawCommands(dice, orders),
        jumps: dice.chance(0.6) ? drawJumps(dice) : [],
        leaseMs: dice.pick([4_000, 15_000, 60_000]),
      };
    case "clock":
      return drawLostLease(dice);
    default:
      return {};
  }
}

/** The clock leaps ahead while a call is slow, another process takes the order over, and the clock is set right again. */
function drawLostLease(dice: Dice): Partial<Schedule> {
  const leapMs = dice.within(500, 6_000);
  return {
    faults: [
      { call: 2 + dice.upTo(5), kind: dice.pick(["slow", "slow", "late"]) },
      { call: 2 + dice.upTo(9), kind: dice.pick(FAULT_KINDS) },
    ],
    jumps: [
      { atMs: leapMs, byMs: 3_600_000 },
      { atMs: leapMs + dice.within(200, 20_000), byMs: -3_600_000 },
    ],
    commands: [{ what: "sync", order: 0, atMs: leapMs + dice.within(10, 3_000) }],
    webhooks: CALM.webhooks,
  };
}

function drawCommands(dice: Dice, orders: number): readonly CommandPlan[] {
  return Array.from({ length: 1 + dice.upTo(2) }, () => ({
    what: dice.pick(["sync", "sync", "sync", "retry", "void", "hold"] as const),
    order: dice.upTo(orders - 1),
    atMs: dice.within(500, 40_000),
  }));
}

function drawJumps(dice: Dice): Schedule["jumps"] {
  return Array.from({ length: 1 + dice.upTo(2) }, () => ({
    atMs: dice.within(200, 40_000),
    byMs: dice.pick([-3_600_000, -30_000, -5_000, 5_000, 30_000, 3_600_000]),
  }));
}

class Dice {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  /** 0 to `most`, both included. */
  upTo(most: number): number {
    return Math.floor(this.#random.next() * (most + 1));
  }

  within(from: DurationMs, until: DurationMs): DurationMs {
    return from + this.upTo(until - from);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.upTo(values.length - 1)];
    if (value === undefined) {
      throw new Error("nothing to pick from");
    }
    return value;
  }
}
