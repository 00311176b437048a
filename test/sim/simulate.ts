/**
 * One schedule from its first event to its verdict. The daemon starts, orders come in, everything that the schedule says
 * goes wrong, and once the last trouble is over the orders have some minutes of virtual time to come to their ends.
 */
import type { DurationMs } from "../../src/core/time.ts";
import { seededRandom } from "../../src/sandbox/random.ts";
import { change, ripen } from "./changes.ts";
import { Engine, MORNING, WORLD } from "./engine.ts";
import { type Broken, isSettled, judge } from "./judge.ts";
import { Life } from "./life.ts";
import { Network } from "./network.ts";
import { Postman } from "./postman.ts";
import { type Machine, runCommand, startDaemon } from "./process.ts";
import { setSimulation } from "./replaced/simulation.ts";
import { abandon, assertNoneOpen, emptyDatabase } from "./replaced/sqlite.ts";
import type { ChangePlan, CommandPlan, Schedule } from "./schedule.ts";
import { simulatedSettings } from "./settings.ts";
import { STEP_MS, World } from "./world.ts";

export interface Outcome {
  readonly broken: readonly Broken[];
  /** How often each fault, change and crash struck. */
  readonly struck: ReadonlyMap<string, number>;
  /** Points that each life of the daemon passed, and its names. */
  readonly points: readonly { readonly life: string; readonly what: string; readonly effects: number }[];
  readonly calls: number;
  /** Webhooks that were answered 200. */
  readonly messages: number;
  readonly virtualMs: DurationMs;
  /** Only when it was asked for. */
  readonly trace: readonly string[];
}

/** From the last trouble on, so long for everything to come to an end: back-offs reach a quarter of an hour. */
const CALM_MAX_MS: DurationMs = 40 * 60_000;
/** After all is settled, so long for what comes late. */
const GRACE_MS: DurationMs = 20_000;
const LOOK_MS: DurationMs = 5_000;
/** How long staff hold an order. */
const RELEASE_MS: DurationMs = 4_000;
/** Orders that wait for something get it then. */
const RIPE_MS: DurationMs = 20_000;
/** A simulation that handles more has lost itself. */
const EVENTS_MAX = 400_000;

const SETTINGS = { moving: simulatedSettings(true), still: simulatedSettings(false) };

export function simulate(schedule: Schedule, traced = false): Outcome {
  return new Run(schedule, traced).run();
}

class Run {
  readonly #schedule: Schedule;
  readonly #engine = new Engine();
  readonly #world: World;
  readonly #network: Network;
  readonly #postman: Postman;
  readonly #machine: Machine;
  readonly #struck = new Map<string, number>();
  readonly #points: { life: string; what: string; effects: number }[] = [];
  readonly #trace: string[] = [];
  readonly #traced: boolean;
  #opener: Life | null = null;
  #wallOffsetMs: DurationMs = 0;
  #lockedUntil = 0;
  #crashes = 0;
  #incarnations = { daemon: 0, command: 0 };

  constructor(schedule: Schedule, traced: boolean) {
    this.#schedule = schedule;
    this.#traced = traced;
    const engine = this.#engine;
    engine.turnMs = schedule.turnMs;
    this.#world = new World(engine, schedule);
    const tell = (line: () => string): void => this.#tell(line);
    this.#network = new Network({
      ...{ engine, world: this.#world, schedule, tell, random: seededRandom(schedule.seed ^ 0x33) },
      onFault: (kind, operation) => this.#strike(`fault ${kind}`, operation),
      onCall: (call, when) => this.#atCall(call, when),
    });
    this.#postman = new Postman(engine, this.#world, seededRandom(schedule.seed ^ 0x44), (nth, posted) => {
      for (const { copies } of schedule.replays.filter(({ webhook }) => webhook === nth)) {
        this.#strike("replay", `${copies} copies`);
        this.#postman.storm(posted, copies);
      }
    });
    this.#machine = {
      ...{
        schedule,
        tell,
        settings: schedule.journey ? SETTINGS.moving : SETTINGS.still,
        network: this.#network,
        random: seededRandom(schedule.seed ^ 0x55),
      },
      onBug: (what) => this.#world.facts.bugs.push(what),
      setOpener: (life) => {
        this.#opener = life;
      },
      labels: new Map(),
    };
  }

  run(): Outcome {
    emptyDatabase();
    const run = this;
    setSimulation({
      engine: this.#engine,
      get opener() {
        return run.#opener;
      },
      isLocked: () => this.#engine.now < this.#lockedUntil,
      post: (url, init) => this.#postman.post(url, init),
    });
    try {
      this.#plan();
      this.#engine.enter(WORLD, () => this.#startDaemon());
      const isWhole = this.#untilSettled();
      const broken = isWhole
        ? judge(this.#world, this.#schedule)
        : [{ promise: "P12", what: `more than ${EVENTS_MAX} events without an end` }];
      return {
        ...{ broken, struck: this.#struck, points: this.#points, calls: this.#network.calls, trace: this.#trace },
        messages: this.#postman.acknowledged.length,
        virtualMs: this.#engine.now - MORNING,
      };
    } finally {
      setSimulation(null);
    }
  }

  #plan(): void {
    const { orders, changes, commands, jumps, locks } = this.#schedule;
    for (const [index, { kind, atMs, isHidden }] of orders.entries()) {
      this.#at(atMs, "order", () => {
        this.#tell(() => `order ${index} (${kind}${isHidden ? ", hidden" : ""}) is placed`);
        this.#world.place(index, kind, isHidden);
      });
      this.#at(atMs + RIPE_MS, null, () => ripen(this.#world, index));
    }
    for (const plan of changes) {
      if (plan.trigger.kind === "time") {
        this.#at(plan.trigger.atMs, null, () => this.#change(plan));
      }
    }
    for (const plan of commands) {
      this.#at(plan.atMs, "command", () => this.#startCommand(plan));
    }
    for (const { atMs, byMs } of jumps) {
      this.#at(atMs, "clock jump", () => {
        this.#tell(() => `the wall clock is set ${byMs > 0 ? "forward" : "back"} by ${Math.abs(byMs)} ms`);
        this.#wallOffsetMs += byMs;
      });
    }
    for (const { atMs, forMs } of locks) {
      this.#at(atMs, "database locked", () => {
        this.#lockedUntil = this.#engine.now + forMs;
      });
    }
    this.#pumpProvider();
  }

  /** `name`: counted as a trouble under that name. */
  #at(delayMs: DurationMs, name: string | null, run: () => void): void {
    this.#engine.after(delayMs, WORLD, () => {
      if (name !== null) {
        this.#strike(name, "");
      }
      run();
    });
  }

  /** The provider's own webhooks go out twice in the time between two scans. */
  #pumpProvider(): void {
    void this.#world.easypost.pump();
    this.#engine.after(STEP_MS / 2, WORLD, () => this.#pumpProvider());
  }

  #untilSettled(): boolean {
    const { facts } = this.#world;
    let settledAt: number | null = null;
    let lookAt = 0;
    const { orders } = this.#schedule;
    const ripeAt = orders.map(({ atMs, kind }) => atMs + (kind.endsWith("_at_first") ? RIPE_MS : 0));
    const readyAt = MORNING + Math.max(0, ...ripeAt);
    for (let events = 0; events < EVENTS_MAX; events += 1) {
      this.#engine.step();
      assertNoneOpen();
      const { now } = this.#engine;
      if (now < lookAt) {
        continue;
      }
      lookAt = now + LOOK_MS;
      const isOver = now > Math.max(readyAt, facts.lastTroubleAt + LOOK_MS, ...facts.storms.map((it) => it.untilAt));
      if (!isOver) {
        continue;
      }
      this.#world.calm();
      this.#network.isCalm = true;
      settledAt = isSettled(this.#world, this.#schedule) ? (settledAt ?? now) : null;
      if (settledAt !== null && now - settledAt >= GRACE_MS) {
        return true;
      }
      if (now - Math.max(readyAt, facts.lastTroubleAt) > CALM_MAX_MS) {
        return true;
      }
    }
    return false;
  }

  #startDaemon(): void {
    const life = this.#newLife("daemon");
    this.#tell(() => `${life.name} starts`);
    startDaemon(this.#machine, life, (listening) => {
      this.#postman.listening = listening;
    }).catch((error: unknown) => {
      if (!life.isDead) {
        // As a service manager does with a program that could not start.
        this.#tell(() => `${life.name} could not start: ${String(error)}`);
        life.die();
        this.#engine.after(1_000, WORLD, () => this.#startDaemon());
      }
    });
  }

  /** Staff who hold an order let it go on, and try again where they were told to. */
  #releaseLater({ what, order }: CommandPlan, hasFailed: boolean): void {
    if (what === "void" || what === "hold" || (what === "release" && hasFailed)) {
      this.#at(RELEASE_MS, "command", () => this.#startCommand({ what: "release", order, atMs: 0 }));
    }
  }

  #startCommand(plan: CommandPlan): void {
    const placed = this.#world.orders[plan.order];
    if (placed === undefined) {
      return;
    }
    const life = this.#newLife("command");
    this.#tell(() => `${life.name} starts: ${plan.what} of order ${plan.order}`);
    this.#engine.after(0, life, () => {
      runCommand(this.#machine, life, plan, placed.id).then(
        () => this.#endCommand(life, plan, false),
        (error: unknown) => {
          this.#tell(() => `${life.name} failed: ${String(error)}`);
          this.#endCommand(life, plan, true);
        },
      );
    });
  }

  #endCommand(life: Life, plan: CommandPlan, hasFailed: boolean): void {
    if (!life.isDead) {
      life.die();
      this.#releaseLater(plan, hasFailed);
    }
  }

  #newLife(kind: "daemon" | "command"): Life {
    const incarnation = this.#incarnations[kind];
    this.#incarnations[kind] += 1;
    const plan = this.#schedule.crashes.find((crash) => crash.life === kind && crash.incarnation === incarnation);
    const nth = this.#crashes;
    return new Life({
      name: `${kind}-${incarnation}`,
      engine: this.#engine,
      diesAt: plan?.point ?? 0,
      wallOffsetMs: () => this.#wallOffsetMs,
      onPoint: (life, what) => {
        this.#points.push({ life: life.name, what, effects: this.#engine.effects });
        this.#tell(() => `${life.name} point ${life.points}: ${what}`);
      },
      onDeath: (life) => {
        if (plan !== undefined && life.points === plan.point) {
          this.#crash(life, plan.downMs, kind, nth);
        }
        this.#postman.hangUp(life);
      },
    });
  }

  #crash(life: Life, downMs: DurationMs, kind: "daemon" | "command", nth: number): void {
    this.#strike("crash", life.name);
    this.#tell(() => `${life.name} is killed`);
    abandon();
    this.#crashes += 1;
    for (const plan of this.#schedule.changes) {
      if (plan.trigger.kind === "crash" && plan.trigger.crash === nth) {
        this.#engine.after(Math.min(1, downMs), WORLD, () => this.#change(plan));
      }
    }
    if (kind === "daemon") {
      this.#engine.after(downMs, WORLD, () => this.#startDaemon());
    }
  }

  #atCall(call: number, when: "before" | "after"): void {
    for (const plan of this.#schedule.changes) {
      const { trigger } = plan;
      if (trigger.kind === "call" && trigger.call === call && trigger.when === when) {
        this.#change(plan);
      }
    }
  }

  #change(plan: ChangePlan): void {
    if (change(this.#world, plan.order, plan.what)) {
      this.#strike(`change ${plan.what}`, `order ${plan.order}`);
      this.#tell(() => `somebody does ${plan.what} to order ${plan.order}`);
    }
  }

  #strike(name: string, _detail: string): void {
    this.#struck.set(name, (this.#struck.get(name) ?? 0) + 1);
    this.#world.facts.lastTroubleAt = this.#engine.now;
  }

  #tell(line: () => string): void {
    if (this.#traced) {
      this.#trace.push(`${((this.#engine.now - MORNING) / 1_000).toFixed(3).padStart(9)} ${line()}`);
    }
  }
}
