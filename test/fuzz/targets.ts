/** Everything that can be aimed at. The shares say how many of a thousand payloads each gets. */
import type { Bases } from "./bases.ts";
import { commandLines } from "./command-lines.ts";
import { decisions } from "./decisions.ts";
import { easypostAnswers } from "./easypost-answers.ts";
import { settingsFiles } from "./settings-files.ts";
import { shopifyAnswers } from "./shopify-answers.ts";
import type { FuzzTarget } from "./target.ts";
import { webServer } from "./web-server.ts";

export function allTargets(bases: Bases): readonly FuzzTarget[] {
  return [
    webServer(bases, "shopify", 280),
    webServer(bases, "easypost", 140),
    shopifyAnswers(bases),
    decisions(),
    easypostAnswers(bases),
    settingsFiles(),
    commandLines(),
  ];
}
