/** What handlers did, do and will do, for `why`: the last status that was passed, this one, and the next. Pure. */
import type { HandlerTrace } from "../core/handler-trace.ts";
import { printField } from "./output.ts";

const LABELS: Readonly<Record<HandlerTrace["stands"], string>> = { ran: "did", now: "does", ahead: "then" };

export function handlerLines(traced: readonly HandlerTrace[], terminal: { readonly width: number }): readonly string[] {
  const last = traced.findLastIndex(({ stands }) => stands === "ran");
  const now = traced.findIndex(({ stands }) => stands === "now");
  const next = traced.findIndex(({ stands }) => stands === "ahead");
  return traced
    .filter((_, index) => [last, now, next].includes(index))
    .flatMap(({ status, stands, steps }) =>
      printField(LABELS[stands], `${steps.length === 0 ? "nothing" : steps.join(", ")} (${status})`, terminal, 6),
    );
}
