/**
 * A crash at every point of a life, and at every pair of points: at `i` of the first life and then at `j` of the life that
 * comes after it. Some scenes, each once without a crash to see which points it has.
 *
 * Between two effects (a commit, a call that arrived, a file that was written) the disk and the worlds are the same
 * wherever the process dies. So pairs are made of one point before each effect; single crashes of all of them.
 */
import { CALM, type CrashPlan, type Schedule } from "./schedule.ts";
import { type Outcome, simulate } from "./simulate.ts";

interface Scene {
  readonly name: string;
  readonly schedule: Schedule;
}

const ONE: Pick<Schedule, "seed" | "orders" | "webhooks" | "latencyMs"> = {
  seed: 1,
  orders: [{ kind: "plain", atMs: 0, isHidden: false }],
  // What is polled needs no webhooks, and without them no point is passed that has nothing to do with the order.
  webhooks: { dropped: 1, doubled: 0, delayed: 0 },
  latencyMs: 20,
};

const scene = (name: string, more: Partial<Schedule>): Scene => ({ name, schedule: { ...CALM, ...ONE, ...more } });
const whileDown = (what: Schedule["changes"][number]["what"], crash: number): Schedule["changes"][number] => ({
  order: 0,
  what,
  trigger: { kind: "crash", crash },
});

export const SCENES: readonly Scene[] = [
  scene("plain order", {}),
  scene("plain order, unguarded provider", { isGuarded: false }),
  scene("webhook and poll", { orders: [{ kind: "plain", atMs: 20, isHidden: false }], webhooks: CALM.webhooks }),
  scene("only a webhook tells of it", {
    orders: [{ kind: "plain", atMs: 20, isHidden: true }],
    webhooks: CALM.webhooks,
  }),
  scene("two fulfillment orders", { orders: [{ kind: "two_boxes", atMs: 0, isHidden: false }] }),
  scene("cancelled while down", { changes: [whileDown("cancel", 0)] }),
  scene("held while down, released at the next crash", { changes: [whileDown("hold", 0), whileDown("release", 1)] }),
  scene("another address while down", { changes: [whileDown("move_address", 0), whileDown("move_address", 1)] }),
  scene("void and buy anew", { commands: [{ what: "void", order: 0, atMs: 12_000 }] }),
  scene("lost answers", { faults: lostAnswers("reset_after") }),
  scene("late answers", { faults: lostAnswers("late") }),
  scene("to the door", { journey: true }),
];

/** The answers to the creation, the purchase and the fulfillment are lost. */
function lostAnswers(kind: "reset_after" | "late"): Schedule["faults"] {
  return [3, 5, 7].map((call) => ({ call, kind }));
}

export interface Enumerated {
  readonly scene: string;
  readonly points: number;
  readonly states: number;
  readonly singles: number;
  readonly pairs: number;
  readonly broken: readonly { readonly schedule: Schedule; readonly broken: Outcome["broken"] }[];
}

const DOWN_MS = 1_000;

/** `part` of `parts`: first crashes are dealt out among them. `withPairs`: else singles only. */
export function enumerate({ name, schedule }: Scene, part: number, parts: number, withPairs: boolean): Enumerated {
  const base = simulate(schedule);
  const points = pointsOf(base, 0);
  const states = new Set(statesOf(base, 0));
  const broken: { schedule: Schedule; broken: Outcome["broken"] }[] = [];
  let singles = 0;
  let pairs = 0;
  const run = (crashes: readonly CrashPlan[]): Outcome => {
    const crashed = { ...schedule, crashes };
    const outcome = simulate(crashed);
    if (outcome.broken.length > 0) {
      broken.push({ schedule: crashed, broken: outcome.broken });
    }
    return outcome;
  };
  for (let first = 1 + part; first <= points; first += parts) {
    const crash = { life: "daemon", incarnation: 0, point: first, downMs: DOWN_MS } as const;
    singles += 1;
    const outcome = run([crash]);
    for (const second of withPairs && states.has(first) ? statesOf(outcome, 1) : []) {
      pairs += 1;
      run([crash, { life: "daemon", incarnation: 1, point: second, downMs: DOWN_MS }]);
    }
  }
  return { scene: name, points, states: states.size, singles, pairs, broken };
}

function pointsOf(outcome: Outcome, incarnation: number): number {
  return outcome.points.filter(({ life }) => life === `daemon-${incarnation}`).length;
}

/** The last point before each effect. */
function statesOf(outcome: Outcome, incarnation: number): readonly number[] {
  const own = outcome.points.filter(({ life }) => life === `daemon-${incarnation}`);
  return own.flatMap(({ effects }, index) => (own[index + 1]?.effects === effects ? [] : [index + 1]));
}
