/** A connection to the web server that sends requests without waiting, and reads their answers one after the other. */
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** The server has far less to do than this. */
const PATIENCE_MS = 30_000;
/** How long a request that need not be answered is waited for. */
const ODD_MS = 25;

export class Pipe {
  readonly #port: number;
  #socket: Socket | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  /**
   * Sends all and gives the answers: as many as there are requests, or fewer when the connection ended. `isOdd`: the last
   * one may never be answered, or more than once. It gets a moment, then the connection is ended.
   */
  async exchange(wires: readonly Buffer[], isOdd: boolean): Promise<readonly RawAnswer[]> {
    const socket = this.#socket ?? (await open(this.#port));
    this.#socket = socket;
    const answers: RawAnswer[] = [];
    let received = "";
    const isOver = await new Promise<boolean>((resolve, reject) => {
      const patience = AbortSignal.timeout(PATIENCE_MS);
      const giveUp = (): void => reject(new Error(`no answer in ${PATIENCE_MS} ms`));
      patience.addEventListener("abort", giveUp);
      let moment: AbortSignal | null = null;
      const finish = (over: boolean): void => {
        patience.removeEventListener("abort", giveUp);
        socket.removeAllListeners("data").removeAllListeners("close");
        resolve(over);
      };
      const look = (): void => {
        if (isOdd && moment === null && answers.length >= wires.length - 1) {
          moment = AbortSignal.timeout(ODD_MS);
          moment.addEventListener("abort", () => socket.end(), { once: true });
        } else if (!isOdd && answers.length >= wires.length) {
          finish(false);
        }
      };
      socket.on("data", (chunk: Buffer) => {
        received += chunk.toString("latin1");
        for (let answer = take(received); answer !== null; answer = take(received)) {
          received = answer.rest;
          answers.push(answer);
        }
        look();
      });
      socket.on("close", () => finish(true));
      socket.write(Buffer.concat(wires));
      look();
    });
    if (isOver) {
      this.close();
    }
    return answers;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: false });
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  // A server may cut a connection while we still write to it.
  return socket.setNoDelay(true).on("error", () => undefined);
}

/** The first complete answer of a text. Each of the server's has a length. */
function take(text: string): (RawAnswer & { readonly rest: string }) | null {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) {
    return null;
  }
  const head = text.slice(0, headEnd);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? Number.NaN);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const end = headEnd + 4 + length;
  return text.length < end ? null : { status, body: text.slice(headEnd + 4, end), rest: text.slice(end) };
}
