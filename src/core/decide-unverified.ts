/** The part of `decide` for an order that a restored database may know too little of: it is looked for first. Pure. */
import type { DecisionInput } from "./decision.ts";
import { formatInstant } from "./time.ts";
import { NOTHING_SAID, type Verdict } from "./verdict.ts";

/** One verdict, or none when the order is verified. Where it stands the other verdicts say; what to do, only this one. */
export function decideUnverified({ record }: DecisionInput): readonly Verdict[] {
  if (record.unverifiedSince === null) {
    return [];
  }
  return [
    {
      ...NOTHING_SAID,
      actions: [{ kind: "verify" }],
      findings: [
        {
          check: "verified after a restore",
          fulfillmentOrderId: null,
          verdict: "wait",
          reason: null,
          input: { restoredAt: formatInstant(record.unverifiedSince) },
        },
      ],
    },
  ];
}
