/** Waiting for something that has no signal: looks often, gives up in the end and says what it waited for. */

const LOOK_EVERY_MS = 5;
/** Far above what a busy two-core machine needs. */
const GIVE_UP_AFTER_MS = 15_000;

/** The first value of `look` that is neither `null`, `undefined` nor `false`. Rejects when none comes in time. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  giveUpAfterMs = GIVE_UP_AFTER_MS,
): Promise<Exclude<T, null | undefined | false>> {
  const endsAt = performance.now() + giveUpAfterMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) {
      return found as Exclude<T, null | undefined | false>;
    }
    if (performance.now() > endsAt) {
      throw new Error(`waited ${giveUpAfterMs} ms in vain: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
