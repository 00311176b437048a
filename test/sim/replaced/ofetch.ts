/** Stands for ofetch in the bundle of the simulation: the worlds send their webhooks with it. */
import { simulation } from "./simulation.ts";

export const ofetch = {
  raw: (url: URL | string, init: { readonly headers: unknown; readonly body: string }) =>
    simulation().post(String(url), init),
};
