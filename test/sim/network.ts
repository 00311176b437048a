/** The way between a process and the worlds: how long a call takes, and how it is lost. */
import { failedCall, type HttpCall, type HttpRequest, type HttpResponse } from "../../src/base/http.ts";
import type { DurationMs } from "../../src/core/time.ts";
import type { Random } from "../../src/ports/clock.ts";
import type { SandboxReply } from "../../src/sandbox/serve.ts";
import { type Engine, WORLD } from "./engine.ts";
import type { Life } from "./life.ts";
import type { FaultKind, Schedule } from "./schedule.ts";
import type { World } from "./world.ts";

const POLLS: ReadonlySet<string> = new Set(["OrdersChanged", "FulfillmentOrdersChanged"]);
const POLL_FAULTS: readonly FaultKind[] = [
  ...(["never_sent", "reset_after", "bad_gateway_before", "garbled_after", "rate_limited"] as const),
  ...(["throttled", "internal_before", "unauthorized", "slow"] as const),
];

/** How long after the caller gave up a late request is carried out, at most. */
const LATE_MAX_MS: DurationMs = 5_000;

export class Network {
  /** Calls so far, of all processes. */
  calls = 0;
  /** No more faults of polls from now on. */
  isCalm = false;
  /** Calls so far that were no polls. */
  #numbered = 0;
  readonly #engine: Engine;
  readonly #world: World;
  readonly #random: Random;
  readonly #schedule: Schedule;
  readonly #faults: ReadonlyMap<number, FaultKind>;
  readonly #onFault: (kind: FaultKind, operation: string) => void;
  readonly #onCall: (call: number, when: "before" | "after") => void;
  readonly #tell: (line: () => string) => void;

  constructor(options: {
    readonly engine: Engine;
    readonly world: World;
    readonly random: Random;
    readonly schedule: Schedule;
    readonly onFault: (kind: FaultKind, operation: string) => void;
    readonly onCall: (call: number, when: "before" | "after") => void;
    readonly tell: (line: () => string) => void;
  }) {
    this.#engine = options.engine;
    this.#world = options.world;
    this.#random = options.random;
    this.#schedule = options.schedule;
    this.#faults = new Map(options.schedule.faults.map(({ call, kind }) => [call, kind]));
    this.#onFault = options.onFault;
    this.#onCall = options.onCall;
    this.#tell = options.tell;
  }

  /** What the process calls instead of HTTP. */
  of(life: Life): HttpCall {
    return (request) =>
      new Promise((resolve, reject) => {
        if (life.point(`before ${request.operation}`)) {
          return;
        }
        this.#send(life, request, resolve, reject);
      });
  }

  #send(
    life: Life,
    request: HttpRequest,
    resolve: (response: HttpResponse) => void,
    reject: (error: Error) => void,
  ): void {
    const isPoll = POLLS.has(request.operation);
    this.calls += 1;
    this.#numbered += isPoll ? 0 : 1;
    const call = isPoll ? 0 : this.#numbered;
    const fault = applicable(isPoll ? this.#drawPollFault() : this.#faults.get(call), request);
    const outMs = this.#way();
    const backMs = this.#way();
    this.#tell(() => `${life.name} → ${request.operation} (call ${call}${fault === null ? "" : `, ${fault}`})`);
    if (fault !== null) {
      this.#onFault(fault, request.operation);
    }
    this.#world.noteSending(life, request);
    const end = (delayMs: DurationMs, settle: () => void): void =>
      this.#engine.after(delayMs, life, () => {
        if (!life.point(`after ${request.operation}`)) {
          this.#world.noteAnswered(life, request);
          settle();
        }
      });
    const lose = (what: "never_sent" | "unavailable", why: string): void =>
      reject(failedCall(request, what, why, undefined));
    const answer = (reply: SandboxReply, delayMs: DurationMs): void => {
      this.#tell(() => `${request.operation} (call ${call}) was answered ${summary(reply)}`);
      end(delayMs, () => resolve(toResponse(reply)));
    };
    if (fault === "never_sent") {
      end(outMs, () => lose("never_sent", "cannot connect"));
      return;
    }
    if (fault === "late") {
      end(request.timeoutMs, () => lose("unavailable", "no answer in time"));
    }
    const arriveMs = fault === "late" ? request.timeoutMs + this.#random.next() * LATE_MAX_MS : outMs;
    this.#engine.after(arriveMs, WORLD, () => {
      this.#onCall(call, "before");
      const early = instead(fault);
      if (early !== null) {
        answer(early, backMs);
        return;
      }
      if (fault === "reset_before") {
        end(backMs, () => lose("unavailable", "the connection was lost"));
        return;
      }
      this.#prepare(fault);
      void this.#world.handle(life, request, fault === "stale_read").then((reply) => {
        this.#onCall(call, "after");
        switch (fault) {
          case "late":
            return;
          case "reset_after":
            end(backMs, () => lose("unavailable", "the connection was lost"));
            return;
          case "bad_gateway_after":
            answer(BAD_GATEWAY, backMs);
            return;
          case "internal_after":
            answer(INTERNAL, backMs);
            return;
          case "garbled_after":
            answer(halfOf(reply), backMs);
            return;
          case "slow":
            answer(reply, request.timeoutMs * (0.5 + this.#random.next() * 0.45));
            return;
          default:
            answer(reply, backMs);
        }
      });
    });
  }

  /** Only while the schedule has trouble in it: a remote that fails for ever keeps no promise. */
  #drawPollFault(): FaultKind | undefined {
    const strikes = !this.isCalm && this.#random.next() < this.#schedule.pollFaults;
    return strikes ? POLL_FAULTS[Math.floor(this.#random.next() * POLL_FAULTS.length)] : undefined;
  }

  #way(): DurationMs {
    return 1 + Math.floor(this.#random.next() * this.#schedule.latencyMs);
  }

  #prepare(fault: FaultKind | null): void {
    if (fault === "throttled") {
      this.#world.faults.force("throttled");
    } else if (fault === "no_response_bought" || fault === "no_response_not_bought") {
      this.#world.easypost.setNoResponse(fault === "no_response_bought" ? "bought" : "not_bought", 1);
    }
  }
}

const BAD_GATEWAY: SandboxReply = { status: 502, body: "<html><body>502 Bad Gateway</body></html>" };
const INTERNAL: SandboxReply = {
  status: 200,
  body: { errors: [{ message: "Internal error.", extensions: { code: "INTERNAL_SERVER_ERROR" } }], data: null },
};

/** An answer that comes instead of any effect. */
function instead(fault: FaultKind | null): SandboxReply | null {
  switch (fault) {
    case "bad_gateway_before":
      return BAD_GATEWAY;
    case "internal_before":
      return INTERNAL;
    case "rate_limited":
      return { status: 429, headers: { "retry-after": "2" }, body: "Too Many Requests" };
    case "unauthorized":
      return { status: 401, body: { errors: "[API] Invalid API key or access token" } };
    default:
      return null;
  }
}

/** A fault that makes no sense for this call strikes it as the nearest that does; `null`: none. */
function applicable(fault: FaultKind | undefined, request: HttpRequest): FaultKind | null {
  const isShop = request.remote === "shopify";
  const isPurchase = request.operation.endsWith("/buy");
  switch (fault) {
    case "throttled":
      return isShop ? fault : "rate_limited";
    case "internal_before":
      return isShop ? fault : "bad_gateway_before";
    case "internal_after":
      return isShop ? fault : "bad_gateway_after";
    case "no_response_bought":
      return isPurchase ? fault : "reset_after";
    case "no_response_not_bought":
      return isPurchase ? fault : "reset_before";
    case "stale_read":
      return !isShop && request.method === "GET" ? fault : null;
    case "late":
      return request.effect === "write" ? fault : "reset_before";
    default:
      return fault ?? null;
  }
}

function toResponse(reply: SandboxReply): HttpResponse {
  const bytes = Buffer.isBuffer(reply.body)
    ? reply.body
    : Buffer.from(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
  return { status: reply.status, headers: new Headers(reply.headers ?? {}), bytes };
}

/** A 2xx that cannot be read. */
function halfOf(reply: SandboxReply): SandboxReply {
  const { bytes } = toResponse(reply);
  return { ...reply, body: Buffer.from(bytes.subarray(0, Math.floor(bytes.length / 2))) };
}

function summary(reply: SandboxReply): string {
  const text = typeof reply.body === "string" || Buffer.isBuffer(reply.body) ? "" : JSON.stringify(reply.body);
  const code = /"(?:code|message)":"([^"]{1,60})"/.exec(text)?.[1];
  return `${reply.status}${code === undefined ? "" : ` (${code})`}`;
}
