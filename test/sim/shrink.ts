/** Takes away from a broken schedule whatever can go while the same promise stays broken. */
import type { OrderPlan, Schedule } from "./schedule.ts";
import { simulate } from "./simulate.ts";

/** Simulations that one reduction may take: about half a minute. */
const RUNS_MAX = 1_000;

export interface Shrunk {
  readonly schedule: Schedule;
  /** Simulations that it took. */
  readonly runs: number;
}

export function shrink(broken: Schedule, promise: string): Shrunk {
  let best = broken;
  let runs = 0;
  for (let isSmaller = true; isSmaller && runs < RUNS_MAX; ) {
    isSmaller = false;
    for (const candidate of smaller(best)) {
      runs += 1;
      if (runs < RUNS_MAX && simulate(candidate).broken.some((it) => it.promise === promise)) {
        best = candidate;
        isSmaller = true;
        break;
      }
    }
  }
  return { schedule: best, runs };
}

/** Every schedule with one thing less, those first that take away the most. */
function* smaller(schedule: Schedule): Generator<Schedule> {
  for (let index = 0; index < schedule.orders.length && schedule.orders.length > 1; index += 1) {
    yield withoutOrder(schedule, index);
  }
  for (const list of ["crashes", "faults", "changes", "commands", "jumps", "locks", "replays"] as const) {
    for (let index = 0; index < schedule[list].length; index += 1) {
      yield { ...schedule, [list]: schedule[list].toSpliced(index, 1) };
    }
  }
  yield* simpler(schedule);
}

function* simpler(schedule: Schedule): Generator<Schedule> {
  const { webhooks } = schedule;
  if (webhooks.dropped < 1) {
    yield { ...schedule, webhooks: { dropped: 1, doubled: 0, delayed: 0 } };
  }
  if (webhooks.doubled > 0 || webhooks.delayed > 0) {
    yield { ...schedule, webhooks: { ...webhooks, doubled: 0, delayed: 0 } };
  }
  if (schedule.pollFaults > 0) {
    yield { ...schedule, pollFaults: 0 };
  }
  if (schedule.journey) {
    yield { ...schedule, journey: false };
  }
  if (schedule.latencyMs > 20) {
    yield { ...schedule, latencyMs: 20 };
  }
  if (!schedule.isGuarded) {
    yield { ...schedule, isGuarded: true };
  }
  for (const [index, order] of schedule.orders.entries()) {
    if (order.kind !== "plain") {
      yield withOrder(schedule, index, { ...order, kind: "plain" });
    }
    if (order.isHidden) {
      yield withOrder(schedule, index, { ...order, isHidden: false });
    }
  }
}

function withOrder(schedule: Schedule, index: number, order: OrderPlan): Schedule {
  return { ...schedule, orders: schedule.orders.with(index, order) };
}

function withoutOrder(schedule: Schedule, gone: number): Schedule {
  const keep = <T extends { readonly order: number }>(plans: readonly T[]): readonly T[] =>
    plans
      .filter(({ order }) => order !== gone)
      .map((plan) => (plan.order > gone ? { ...plan, order: plan.order - 1 } : plan));
  return {
    ...schedule,
    orders: schedule.orders.toSpliced(gone, 1),
    changes: keep(schedule.changes),
    commands: keep(schedule.commands),
  };
}
