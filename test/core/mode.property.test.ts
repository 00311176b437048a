/** What an order that is only watched never sees, whatever its record: restated here, not taken from the code. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import type { ActionKind } from "../../src/core/decision.ts";
import { isLiveFor, type ModePolicy, placeOf } from "../../src/core/mode.ts";
import { inputs, PROPERTY } from "./generated.ts";

const WRITES: ReadonlySet<ActionKind> = new Set<ActionKind>([
  ...(["buy", "void", "fulfil", "update_tracking", "post_events", "add_tags", "mirror"] as const),
]);

it("in shadow nothing is bought, and nothing is written but about labels that were paid for", () => {
  let watched = 0;
  let told = 0;
  fc.assert(
    fc.property(inputs, (generated) => {
      const input = { ...generated, policy: { ...generated.policy, mode: { kind: "shadow" } as const } };
      const live = decide(generated).actions;
      const { actions, judgement } = decide(input);
      const { effects, shipments } = input.record;
      const isPaid =
        shipments.some(({ label }) => label !== null) ||
        effects.some(({ kind, state }) => kind === "buy" && ["begun", "unknown", "done"].includes(state));
      const kinds = actions.map(({ kind }) => kind);
      expect(kinds).not.toContain("buy");
      const written = kinds.filter((kind) => WRITES.has(kind));
      if (isPaid) {
        // What was paid for is told as it would be in live.
        const wanted = live.filter(({ kind }) => kind === "fulfil" || kind === "post_events").map(({ kind }) => kind);
        told += wanted.length;
        expect(written).toEqual(expect.arrayContaining(live.some(({ kind }) => kind === "buy") ? [] : wanted));
      } else {
        expect(written).toEqual([]);
      }
      if (live.some(({ kind }) => kind === "buy")) {
        watched += 1;
        // Another part of the order may still be asked rates for.
        expect(judgement.reason !== null || actions.length > 0).toBe(true);
      }
    }),
    PROPERTY,
  );
  expect([watched > 20, told > 20]).toEqual([true, true]);
});

const orderId = fc.bigInt({ min: 1n, max: 10n ** 19n }).map((number) => `gid://shopify/Order/${number}`);
const percent = fc.double({ min: 0, max: 100, noNaN: true });
const ramp = (share: number): ModePolicy => ({ kind: "ramp", percent: share });

it("an order that is in at one percentage is in at every higher one, in at 100 and out at 0", () => {
  fc.assert(
    fc.property(orderId, percent, percent, (id, one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      expect(!isLiveFor(ramp(low), id) || isLiveFor(ramp(high), id)).toBe(true);
      expect([isLiveFor(ramp(0), id), isLiveFor(ramp(100), id)]).toEqual([false, true]);
      expect(placeOf(`${id}?from=webhook`)).toBe(placeOf(id));
    }),
    PROPERTY,
  );
});

it.each([1, 10, 25, 50, 90])("%d percent are that share of orders, whose ids follow each other", (share) => {
  // As Shopify gives them: rising, by one or by 32,768.
  for (const [first, step] of [
    [820_982_911_946_154_508n, 1n],
    [5_000_000_000_000n, 32_768n],
  ] as const) {
    const ids = Array.from({ length: 20_000 }, (_, index) => `gid://shopify/Order/${first + BigInt(index) * step}`);
    const live = ids.filter((id) => isLiveFor(ramp(share), id)).length;
    // Five standard deviations.
    const tolerance = 5 * Math.sqrt(20_000 * (share / 100) * (1 - share / 100));
    expect(Math.abs(live - 20_000 * (share / 100))).toBeLessThan(tolerance);
  }
});
