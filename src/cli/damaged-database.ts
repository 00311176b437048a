/** What to do about a database that is damaged: the command that puts the newest state in its place that can be had. */
import { StoreError } from "../base/errors.ts";
import { furthestBackup } from "../store/page-log.ts";
import type { Invocation } from "./command.ts";
import { withoutRemedy } from "./output.ts";
import { loadLocal } from "./surroundings.ts";

/** The error as it is to be told. Reads the logs of all backups, and backups until one is whole. */
export async function nameBackup(error: StoreError, invocation: Invocation): Promise<StoreError> {
  const { folder } = loadLocal(invocation).backup;
  const backup = await furthestBackup(folder).catch(() => null);
  const remedy =
    backup === null
      ? `no whole backup is in ${folder}: bring one from elsewhere, or move the database away and start anew; ` +
        "labels are found again at the provider"
      : `stop what runs here, then: shipbot restore ${backup.path} --recover`;
  return new StoreError("corrupt", withoutRemedy(error), remedy, { cause: error });
}
