/** Lives that several files begin with. */
import { aHold } from "../support/builders.ts";
import { Life } from "./life.ts";

export const LABEL = "7001-1-1";
export const VOID = aHold({ voidLabels: true });

/** Bought, told and shown. */
export function shipped(): Life {
  const life = new Life();
  life.run();
  return life;
}

/** Bought, and the shop was not told yet. */
export function boughtOnly(): Life {
  const life = new Life();
  life.round();
  life.round();
  return life;
}

export function firstFulfillment(life: Life): string {
  return life.order.fulfillments[0]?.id ?? "none";
}

export function standing(life: Life): string {
  const { status, reason } = life.decide().judgement;
  return reason === null ? status : `${status}: ${reason}`;
}
