/**
 * Aims at both webhook addresses: the real web server with the sources that the daemon gives it, a real database file, and
 * connections that pipeline. Every answer is held against the contract, and after each batch the inbox against the answers:
 * what was answered 200 is there, what was refused is not, nothing else is.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Secret } from "../../src/base/secret.ts";
import { systemClock } from "../../src/base/system.ts";
import { judgeHealth } from "../../src/server/health.ts";
import { createServer, type Server } from "../../src/server/server.ts";
import { openStore } from "../../src/store/store.ts";
import type { Store } from "../../src/store/types.ts";
import { wireWebhooks } from "../../src/wiring.ts";
import type { LogLine } from "../support/shop-bench.ts";
import { recordingLog } from "../support/shop-bench.ts";
import type { Bases } from "./bases.ts";
import { RequestMaker } from "./hostile-requests.ts";
import { Pipe, type RawAnswer } from "./pipe.ts";
import type { FuzzCase, FuzzFailure, FuzzTarget, OpenTarget } from "./target.ts";
import { EASYPOST_SECRET, type Genuine, type HostileRequest, type Route, SHOPIFY_SECRET } from "./wire.ts";

const PIPES = 8;
const REQUESTS_A_PIPE = 16;
/** A new database then, so that counting its rows stays quick. */
const ROWS_MAX = 30_000;
const NOW = Date.parse("2026-11-22T12:00:00Z");
/** Refusals may cost one line in ten seconds for each source; the clock of the server moves a millisecond a batch. */
const LOG_LINES_MAX = 200;

export function webServer(bases: Bases, route: Route, share: number): FuzzTarget {
  return {
    name: `web_${route}`,
    share,
    batch: PIPES * REQUESTS_A_PIPE,
    open: () => WebTarget.open(bases, route),
  };
}

class WebTarget implements OpenTarget {
  readonly #route: Route;
  readonly #maker: RequestMaker;
  readonly #folder: string;
  readonly #log: LogLine[] = [];
  #pipes: readonly Pipe[] = [];
  #now = NOW;
  #place: Place | null = null;
  #files = 0;

  private constructor(bases: Bases, route: Route, folder: string) {
    this.#route = route;
    this.#maker = new RequestMaker(bases);
    this.#folder = folder;
  }

  static async open(bases: Bases, route: Route): Promise<WebTarget> {
    const target = new WebTarget(bases, route, await mkdtemp(join(tmpdir(), "shipbot-fuzz-")));
    await target.#move();
    return target;
  }

  async run(cases: readonly FuzzCase[]): Promise<readonly FuzzFailure[]> {
    const place = this.#place;
    if (place === null) {
      return [];
    }
    this.#now += 1;
    const sent = cases.map(({ index, chance }) => ({ index, request: this.#maker.make(chance, this.#route) }));
    const failures: FuzzFailure[] = [];
    const answered: Answered[] = [];
    await Promise.all(
      this.#pipes.map(async (pipe, lane) => {
        const own = sent.filter((_, place) => place % PIPES === lane);
        for (let next = 0; next < own.length; ) {
          const group = takeGroup(own.slice(next));
          next += group.length;
          const last = group.at(-1)?.request;
          const wires = group.map(({ request }) => request.wire);
          const answers = await pipe.exchange(wires, last !== undefined && isOdd(last));
          if (last?.ends === true) {
            pipe.close();
          }
          // Of a request that hid in another one.
          for (const extra of answers.slice(group.length)) {
            answered.push(...group.slice(-1).map((sent) => ({ ...sent, answer: extra })));
          }
          for (const [order, { index, request }] of group.entries()) {
            answered.push({ index, request, answer: answers[order] ?? null });
          }
        }
      }),
    );
    for (const { index, request, answer } of answered) {
      const what = judgeAnswer(request, answer);
      if (what !== null) {
        failures.push({ index, what, payload: request.wire });
      }
    }
    failures.push(...place.judgeInbox(answered));
    failures.push(...this.#judgeLog(cases[0]?.index ?? 0));
    if (place.rows() > ROWS_MAX) {
      await this.#move();
    }
    return failures;
  }

  async close(): Promise<readonly string[]> {
    const faults = (await this.#leave()) ?? [];
    await rm(this.#folder, { recursive: true, force: true });
    return faults.map((fault) => `web_${this.#route}: ${fault}`);
  }

  #judgeLog(index: number): readonly FuzzFailure[] {
    const lines = this.#log.filter(({ level }) => level === "warn" || level === "error");
    const bad = lines.find(({ level }) => level === "error");
    const said = JSON.stringify(lines);
    this.#log.length = 0;
    const failure = (what: string): FuzzFailure[] => [
      { index, what: `${what} in the batch from here`, payload: Buffer.from(said) },
    ];
    if (bad !== undefined) {
      return failure(`an error was logged (${JSON.stringify(bad).slice(0, 200)})`);
    }
    if (lines.length > LOG_LINES_MAX) {
      return failure(`${lines.length} lines were logged`);
    }
    return said.includes(SHOPIFY_SECRET) || said.includes(EASYPOST_SECRET) ? failure("a secret was logged") : [];
  }

  /** To a new database and a new server. */
  async #move(): Promise<void> {
    const faults = await this.#leave();
    if (faults !== null && faults.length > 0) {
      throw new Error(faults.join("; "));
    }
    this.#files += 1;
    const clock = { now: () => this.#now, sleep: systemClock.sleep };
    this.#place = await Place.open(join(this.#folder, `${this.#files}.db`), clock, this.#log);
    const { port } = this.#place;
    this.#pipes = Array.from({ length: PIPES }, () => new Pipe(port));
  }

  async #leave(): Promise<readonly string[] | null> {
    for (const pipe of this.#pipes) {
      pipe.close();
    }
    return (await this.#place?.close()) ?? null;
  }
}

/** May go without an answer, or get several. */
function isOdd(request: HostileRequest): boolean {
  return request.allowed.includes(0);
}

/**
 * What can be sent in one go. What ends the connection goes last. What is no HTTP goes alone: Node then drops the
 * connection at once, with all answers on it that are not given yet.
 */
function takeGroup<T extends { readonly request: HostileRequest }>(left: readonly T[]): readonly T[] {
  const odd = left.findIndex(({ request }) => isOdd(request));
  if (odd === 0) {
    return left.slice(0, 1);
  }
  const end = left.findIndex(({ request }) => request.ends && !isOdd(request));
  const ends = [odd, end < 0 ? end : end + 1, left.length].filter((place) => place > 0);
  return left.slice(0, Math.min(...ends));
}

interface Answered {
  readonly index: number;
  readonly request: HostileRequest;
  readonly answer: RawAnswer | null;
}

function judgeAnswer({ allowed, genuine }: HostileRequest, answer: RawAnswer | null): string | null {
  const status = answer?.status ?? 0;
  if (!allowed.includes(status)) {
    return `${genuine === null ? "refusable" : "genuine"}: answered ${status}, the contract says ${allowed.join(" or ")}`;
  }
  return answer !== null && /fuzz-canary|\bat .*\.[jt]s:\d+/.test(answer.body)
    ? "the answer tells a secret or a stack"
    : null;
}

/** One database and the server before it. */
class Place {
  readonly port: number;
  readonly #server: Server;
  readonly #store: Store;
  readonly #reader: Database.Database;
  readonly #count: Database.Statement;
  readonly #byId: Database.Statement;
  readonly #byBody: Database.Statement;
  #stored = 0;

  private constructor(port: number, server: Server, store: Store, reader: Database.Database) {
    this.port = port;
    this.#server = server;
    this.#store = store;
    this.#reader = reader;
    this.#count = reader.prepare("select count(*) from inbox").pluck();
    this.#byId = reader.prepare("select body_hash, topic, order_id from inbox where source = ? and external_id = ?");
    this.#byBody = reader.prepare("select 1 from inbox where source = ? and body_hash = ? and topic = ?").pluck();
  }

  static async open(path: string, clock: Parameters<typeof openStore>[0]["clock"], lines: LogLine[]): Promise<Place> {
    const log = recordingLog(lines);
    const store = await openStore({ url: `sqlite:${path}`, shopId: "shop-1", clock });
    const secrets = {
      shopify: { webhookSecrets: [new Secret(SHOPIFY_SECRET)], domain: "fuzz.myshopify.com" },
      shipping: { webhookSecret: new Secret(EASYPOST_SECRET) },
    };
    const server = createServer({
      ...{
        host: "127.0.0.1",
        port: 0,
        clock,
        log,
        inbox: store.inbox,
        sources: await wireWebhooks(secrets, clock, log),
      },
      health: async () =>
        judgeHealth({
          isDatabaseWritable: true,
          isLoopAlive: true,
          mode: "live",
          remotes: [],
          version: "0",
          startedAt: NOW,
          now: NOW,
        }),
      isReady: () => true,
      onStored: () => undefined,
      // A caller that is refused early may go on for so long: the fuzzer waits for the end of each connection.
      limits: { lingerMs: 50 },
    });
    const { port } = await server.start();
    return new Place(port, server, store, new Database(path, { readonly: true }));
  }

  rows(): number {
    return Number(this.#count.get());
  }

  judgeInbox(answered: readonly Answered[]): readonly FuzzFailure[] {
    const failures: FuzzFailure[] = [];
    for (const { index, request, answer } of answered) {
      const { genuine } = request;
      if (genuine === null || answer?.status !== 200) {
        continue;
      }
      const outcome = /"status":"(\w+)"/.exec(answer.body)?.[1];
      this.#stored += outcome === "stored" ? 1 : 0;
      const what = this.#judgeRow(genuine, outcome);
      if (what !== null) {
        failures.push({ index, what, payload: request.wire });
      }
    }
    const rows = this.rows();
    if (rows !== this.#stored) {
      const what = `${rows} rows for ${this.#stored} messages that were answered as stored, in the batch from here`;
      failures.push({ index: answered[0]?.index ?? 0, what, payload: Buffer.alloc(0) });
      this.#stored = rows;
    }
    return failures;
  }

  #judgeRow(genuine: Genuine, outcome: string | undefined): string | null {
    const { source, externalId, topic, bodyHash } = genuine;
    const row = this.#byId.get(source, externalId) as
      | { body_hash: string; topic: string; order_id: string | null }
      | undefined;
    if (outcome === "stored") {
      if (row?.body_hash !== bodyHash || row.topic !== topic) {
        return `answered as stored, and the inbox has ${row === undefined ? "nothing" : `${row.topic} ${row.body_hash === bodyHash ? "" : "of another body"}`} for ${topic}`;
      }
      return row.order_id === null || /^gid:\/\/shopify\/Order\/\d{1,40}$/.test(row.order_id)
        ? null
        : `an order by the name of ${row.order_id}`;
    }
    const isKnown = row !== undefined || this.#byBody.get(source, bodyHash, topic) === 1;
    return outcome === "duplicate" && isKnown
      ? null
      : `answered as ${outcome}, and the inbox has neither its id nor its body`;
  }

  /** What only shows at the end. */
  async close(): Promise<readonly string[]> {
    const faults: string[] = [];
    const strays = this.#reader
      .prepare("select count(*) from orders where not exists (select 1 from inbox where inbox.order_id = orders.id)")
      .pluck()
      .get();
    if (strays !== 0) {
      faults.push(`${strays} orders that no genuine message named`);
    }
    if (this.#reader.pragma("integrity_check", { simple: true }) !== "ok") {
      faults.push("the database is damaged");
    }
    this.#reader.close();
    await this.#server.stop(AbortSignal.abort());
    await this.#store.close();
    return faults;
  }
}
