/**
 * The last net: an error that nobody caught, also one in a promise. Node would print the error with all its fields and
 * causes as they are; here it goes the way of every error, which knows what must not be seen. Then the process ends as a
 * crash does: nothing is finished or tidied up, and the next start begins where the journal stands.
 */
import { EXIT, type ExitCode } from "./exit-codes.ts";

/** From here on until the process ends. `report` may reject. */
export function reportCrashes(report: (error: Error) => Promise<ExitCode>): void {
  // Rejections that nobody handles come here too (Node's default since 15).
  process.once("uncaughtException", (thrown: unknown) => {
    const leave = () => process.exit(EXIT.internal);
    process.on("uncaughtException", leave);
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    report(new Error(message, { cause: thrown })).then(leave, leave);
  });
}
