/**
 * Receives a body exactly as it was sent, within a limit per body and a limit over all bodies under way.
 *
 * A signature can only be judged over the whole body, so it has to be held until its end. Each request may hold
 * `OWN_BYTES`; what goes beyond is taken from a budget that all requests share. Many callers that send large bodies can
 * thereby only get in each other's way: the small bodies of real webhooks always have room. Chunks are copied together as
 * they come, because a body sent in chunks of one byte would otherwise take two hundred times its size.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";

/** With the limit of connections this is 64 MB at the very most; nearly all webhooks fit in. */
const OWN_BYTES = 64 * 1024;
/** First size of the buffer where the length is not announced. */
const FIRST_BYTES = 8 * 1024;

/** An `IncomingMessage`, as far as it matters here. */
export type IncomingBody = Readable & { readonly headers: IncomingHttpHeaders };

export type ReceivedBody =
  /** The bytes are good until `use` returns. */
  | { readonly kind: "complete"; readonly bytes: Buffer }
  /** Over the limit; the rest was not read. */
  | { readonly kind: "too_large" }
  /** The shared budget is used up at the moment; the rest was not read. */
  | { readonly kind: "crowded" }
  /** The caller went away. */
  | { readonly kind: "broken" };

export class BodyReader {
  readonly #bytesMax: number;
  #sharedBytesLeft: number;

  constructor(limits: { readonly bodyBytesMax: number; readonly sharedBodyBytes: number }) {
    this.#bytesMax = limits.bodyBytesMax;
    this.#sharedBytesLeft = limits.sharedBodyBytes;
  }

  /** Gives the body to `use`, which must not keep it: its memory is accounted as free afterwards. Once per request. */
  async receive<T>(request: IncomingBody, use: (body: ReceivedBody) => T): Promise<T> {
    const announced = Number(request.headers["content-length"] ?? 0);
    if (announced > this.#bytesMax) {
      return use({ kind: "too_large" });
    }
    const sizeMax = announced === 0 ? this.#bytesMax : announced;
    const held = new HeldBody(announced === 0 ? FIRST_BYTES : Math.min(announced, OWN_BYTES));
    let taken = 0;
    const makeRoom = (bytes: number): "too_large" | "crowded" | null => {
      if (bytes > this.#bytesMax) {
        return "too_large";
      }
      const size = held.sizeFor(bytes, sizeMax);
      const needed = Math.max(0, size - OWN_BYTES) - taken;
      if (needed > this.#sharedBytesLeft) {
        return "crowded";
      }
      if (needed > 0) {
        this.#sharedBytesLeft -= needed;
        taken += needed;
      }
      held.growTo(size);
      return null;
    };
    try {
      const end = await collect(request, (chunk) => {
        if (chunk.length === announced && announced <= OWN_BYTES) {
          held.adopt(chunk);
          return null;
        }
        const refusal = makeRoom(held.length + chunk.length);
        if (refusal === null) {
          held.append(chunk);
        }
        return refusal;
      });
      return use(end === "complete" ? { kind: end, bytes: held.bytes() } : { kind: end });
    } finally {
      this.#sharedBytesLeft += taken;
    }
  }
}

/** One growing block of memory. */
class HeldBody {
  #block: Buffer | null = null;
  readonly #firstSize: number;
  length = 0;

  constructor(firstSize: number) {
    this.#firstSize = firstSize;
  }

  /** Doubling, so that the bytes are copied twice at most on average. */
  sizeFor(bytes: number, sizeMax: number): number {
    let size = Math.max(this.#block?.length ?? this.#firstSize, 1);
    while (size < bytes) {
      size *= 2;
    }
    return Math.max(bytes, Math.min(size, sizeMax));
  }

  growTo(size: number): void {
    if (this.#block === null || size > this.#block.length) {
      const larger = Buffer.allocUnsafe(size);
      this.#block?.copy(larger, 0, 0, this.length);
      this.#block = larger;
    }
  }

  /** The usual case, a body that came in one piece: there is nothing to put together. */
  adopt(chunk: Buffer): void {
    this.#block = chunk;
    this.length = chunk.length;
  }

  append(chunk: Buffer): void {
    if (this.#block !== null) {
      chunk.copy(this.#block, this.length);
      this.length += chunk.length;
    }
  }

  bytes(): Buffer {
    return this.#block?.subarray(0, this.length) ?? Buffer.alloc(0);
  }
}

/** Calls `take` with each chunk until it refuses or the body ends. Leaves the stream paused when it was refused. */
async function collect<Refusal extends string>(
  request: IncomingBody,
  take: (chunk: Buffer) => Refusal | null,
): Promise<Refusal | "complete" | "broken"> {
  return await new Promise((resolve) => {
    const finish = (end: Refusal | "complete" | "broken"): void => {
      request.off("data", onData).off("end", onEnd).off("close", onBroken);
      resolve(end);
    };
    const onData = (chunk: Buffer): void => {
      const refusal = take(chunk);
      if (refusal !== null) {
        request.pause();
        finish(refusal);
      }
    };
    const onEnd = (): void => finish("complete");
    const onBroken = (): void => finish("broken");
    // The error listener stays: an abort may come after the refusal, and an error without a listener ends the process.
    request.on("data", onData).on("end", onEnd).on("close", onBroken).on("error", onBroken);
  });
}
