/** The engine of one machine. */
import { describe } from "vitest";
import { LocalEngine } from "../../src/queue/local.ts";
import { testQueue } from "../conformance/queue.ts";

describe("the local engine", () => {
  testQueue({ engine: ({ concurrency, onRoom = () => {} }) => new LocalEngine(concurrency, onRoom) });
});
