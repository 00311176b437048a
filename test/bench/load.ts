/** Load over keep-alive connections, each of which sends its next request when it has the answer to the last one. */
import { connect, type Socket } from "node:net";

export interface LoadResult {
  /** Answers with 200 per second, over the measured time. */
  readonly perSecond: number;
  /** From the first byte sent to the last byte of the answer, in ms, in no order. */
  readonly latenciesMs: readonly number[];
  /** Answers with another status, and connections that broke. */
  readonly failures: number;
}

export async function runLoad(options: {
  readonly port: number;
  readonly connections: number;
  /** Not counted. */
  readonly warmUpMs: number;
  readonly measuredMs: number;
  readonly nextRequest: () => Buffer;
}): Promise<LoadResult> {
  const startAt = performance.now() + options.warmUpMs;
  const endAt = startAt + options.measuredMs;
  const latenciesMs: number[] = [];
  let failures = 0;
  const drive = async (): Promise<void> => {
    const connection = await Connection.open(options.port);
    try {
      for (let sentAt = performance.now(); sentAt < endAt; sentAt = performance.now()) {
        const status = await connection.exchange(options.nextRequest());
        const answeredAt = performance.now();
        if (status !== 200) {
          failures += 1;
        } else if (answeredAt >= startAt && answeredAt < endAt) {
          latenciesMs.push(answeredAt - sentAt);
        }
      }
    } catch {
      failures += 1;
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: options.connections }, drive));
  return { perSecond: latenciesMs.length / (options.measuredMs / 1_000), latenciesMs, failures };
}

/** Where the status stands in `HTTP/1.1 200 OK`. */
const STATUS_AT = 9;
const HEAD_END = "\r\n\r\n";
const NOTHING = Buffer.alloc(0);

class Connection {
  readonly #socket: Socket;
  #received: Buffer = NOTHING;
  #waiting: PromiseWithResolvers<number> | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
      this.#look();
    });
    socket.on("close", () => this.#waiting?.reject(new Error("the connection ended without an answer")));
    socket.on("error", () => {});
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1");
    const connection = new Connection(socket);
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return connection;
  }

  /** Gives the status. */
  async exchange(request: Buffer): Promise<number> {
    this.#received = NOTHING;
    this.#waiting = Promise.withResolvers();
    this.#socket.write(request);
    return await this.#waiting.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #look(): void {
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) {
      return;
    }
    const head = this.#received.toString("latin1", 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (this.#received.length >= headEnd + HEAD_END.length + length) {
      this.#waiting?.resolve(Number(head.slice(STATUS_AT, STATUS_AT + 3)));
    }
  }
}
