import type { IncomingHttpHeaders } from "node:http";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { BodyReader, type IncomingBody, type ReceivedBody } from "../../src/server/raw-body.ts";

const KB = 1_024;

function body(headers: IncomingHttpHeaders = {}): PassThrough & IncomingBody {
  return Object.assign(new PassThrough({ highWaterMark: KB }), { headers });
}

/** Resolves when the reader has taken it. */
function write(stream: PassThrough, bytes: number): Promise<void> {
  return new Promise((resolve) => stream.write(Buffer.alloc(bytes, 1), () => setImmediate(resolve)));
}

const describeBody = (received: ReceivedBody): string | number =>
  received.kind === "complete" ? received.bytes.length : received.kind;

describe("bodies under way", () => {
  it("share a budget beyond 64 KB each, and give it back", async () => {
    const bodies = new BodyReader({ bodyBytesMax: 1_024 * KB, sharedBodyBytes: 200 * KB });
    const first = body({ "content-length": String(200 * KB) });
    const reading = bodies.receive(first, describeBody);
    await write(first, 150 * KB);
    const second = body({ "content-length": String(200 * KB) });
    const refused = bodies.receive(second, describeBody);
    await write(second, 150 * KB);
    expect(await refused).toBe("crowded");
    const small = body();
    const taken = bodies.receive(small, describeBody);
    small.end(Buffer.alloc(60 * KB));
    expect(await taken).toBe(60 * KB);
    first.end(Buffer.alloc(50 * KB));
    expect(await reading).toBe(200 * KB);
    const third = body();
    const again = bodies.receive(third, describeBody);
    third.end(Buffer.alloc(200 * KB));
    expect(await again).toBe(200 * KB);
  });

  it("give their share back when their caller goes away or their reader fails", async () => {
    const bodies = new BodyReader({ bodyBytesMax: 1_024 * KB, sharedBodyBytes: 200 * KB });
    for (let round = 0; round < 3; round += 1) {
      const broken = body();
      const leaving = bodies.receive(broken, describeBody);
      await write(broken, 150 * KB);
      broken.destroy(round === 0 ? undefined : new Error("gone"));
      expect(await leaving).toBe("broken");
      const bad = body();
      const failing = bodies.receive(bad, () => {
        throw new Error("a mistake");
      });
      bad.end(Buffer.alloc(150 * KB));
      await expect(failing).rejects.toThrow("a mistake");
    }
  });

  it("may be exactly as large as the limit, announced or not", async () => {
    const bodies = new BodyReader({ bodyBytesMax: 100_000, sharedBodyBytes: 100_000 });
    for (const headers of [{}, { "content-length": "100000" }]) {
      const fitting = body(headers);
      const reading = bodies.receive(fitting, describeBody);
      fitting.end(Buffer.alloc(100_000));
      expect(await reading).toBe(100_000);
    }
    const larger = body();
    const refused = bodies.receive(larger, describeBody);
    larger.write(Buffer.alloc(100_001));
    expect(await refused).toBe("too_large");
  });
});
