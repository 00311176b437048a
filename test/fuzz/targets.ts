/** Everything that can be aimed at. The shares say how many of a thousand payloads each gets. */
import type { Bases } from "./bases.ts";
import { decisions } from "./decisions.ts";
import { shopifyAnswers } from "./shopify-answers.ts";
import type { FuzzTarget } from "./target.ts";

export function allTargets(bases: Bases): readonly FuzzTarget[] {
  return [shopifyAnswers(bases), decisions()];
}
