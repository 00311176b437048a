/** `shipbot demo`: the whole job without an account, a network or money. */
import { systemClock } from "../../base/system.ts";
import { demoJson, demoText, progressText } from "../demo/render-demo.ts";
import { type DemoProgress, runDemo } from "../demo/run-demo.ts";

export interface DemoFlags {
  readonly orders: number;
  readonly chaos: boolean;
  readonly seed: number;
  readonly json: boolean;
}

/** Without a terminal one line of progress now and then is enough to see that it works. */
const LINE_EVERY_MS = 10_000;

/** Exit code: 0 when every promise held, else 1. */
export async function run(flags: DemoFlags, version: string): Promise<number> {
  const { stderr, stdout } = process;
  stderr.write("No account, no network, no money: shop and carrier are fakes in this process.\n");
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const progress = progressWriter(stderr);
  try {
    const report = await runDemo({ ...flags, version, onProgress: progress.write, signal: stopping.signal });
    progress.end();
    stdout.write(flags.json ? `${JSON.stringify(demoJson(report))}\n` : demoText(report));
    return report.promisesBroken.length === 0 ? 0 : 1;
  } finally {
    progress.end();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

function progressWriter(stream: NodeJS.WriteStream): { write(progress: DemoProgress): void; end(): void } {
  const isLive = stream.isTTY === true && process.env["TERM"] !== "dumb" && process.env["CI"] === undefined;
  let lastLineAt = systemClock.now();
  let isOpen = false;
  return {
    write(progress) {
      if (isLive) {
        stream.write(`\r${progressText(progress).padEnd(70)}`);
        isOpen = true;
      } else if (systemClock.now() - lastLineAt >= LINE_EVERY_MS) {
        lastLineAt = systemClock.now();
        stream.write(`${progressText(progress)}\n`);
      }
    },
    end() {
      if (isOpen) {
        stream.write(`\r${" ".repeat(72)}\r`);
        isOpen = false;
      }
    },
  };
}
