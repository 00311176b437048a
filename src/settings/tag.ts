/** A tag as Shopify takes it. */
import { z } from "zod";

/** Shopify cuts tags at 255 characters and splits them at commas. */
export const tag = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[^,]*$/, { error: "must have no comma: Shopify splits tags there" });
