/**
 * Settings of the contract whose part of the program does not exist yet. They are understood, checked and then refused: a
 * sentence is better than state in a place where nobody looks for it. What is built leaves this file.
 */
import type { SettingsProblem } from "../base/errors.ts";
import type { LocalSettings } from "./types.ts";

/** Empty: everything that is set is also built. */
export function findUnbuilt(settings: Pick<LocalSettings, "database" | "redisUrl">): readonly SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  if (/^postgres(ql)?:/.test(settings.database.url)) {
    problems.push(refuse("DATABASE_URL", "is PostgreSQL, which is not built yet: write sqlite:/path/shipbot.db"));
  }
  if (settings.redisUrl !== null) {
    problems.push(refuse("REDIS_URL", "is not built yet: leave it out, one machine needs no Redis"));
  }
  return problems;
}

function refuse(env: string, message: string): SettingsProblem {
  return { setting: env, env, value: null, message, position: null };
}
