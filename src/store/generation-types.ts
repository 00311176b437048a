/** What the store says about which copy of the database this is. `generations.ts` keeps it. */
import type { Instant } from "../core/time.ts";

/**
 * Why a generation of the database began. `created`: it is new. All others: it may lack what was done before.
 * `restored`: by our command. `older`: what ran here last had done more. `other`: it is not the database that ran here last.
 * `unmarked`: nothing beside it says what ran here. `lost`: there was a database here, and this one is new.
 */
export type GenerationCause = "created" | "restored" | "older" | "other" | "unmarked" | "lost";

export interface DatabaseGeneration {
  /** 1 for the first. */
  readonly number: number;
  /** Random, so that two copies that went on separately are told apart. */
  readonly id: string;
  /** Count of the irreversible calls that were begun; goes on over all generations. */
  readonly mark: number;
  readonly beganAt: Instant;
  readonly cause: GenerationCause;
  /** When the backup was taken, where that is known. */
  readonly takenAt: Instant | null;
  /** `null` while orders are still to be verified before anything is bought for them. */
  readonly verifiedAt: Instant | null;
}

export interface Generations {
  current(): Promise<DatabaseGeneration>;
  /** Orders that something may still happen to and that were not verified in this generation. */
  unverified(): Promise<number>;
  /** Ends the verification of generation `number`; `false` when an order is left, or another generation began. */
  endVerification(number: number, at: Instant): Promise<boolean>;
}
