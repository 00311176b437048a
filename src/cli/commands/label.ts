/** `shipbot label`: where the stored labels are, or copies of them. A file that is gone is fetched again. */
import { constants } from "node:fs";
import { access, copyFile, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { isLive, type ShipmentRecord } from "../../core/shipment.ts";
import { LabelFiles } from "../../store/label-files.ts";
import type { Invocation } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Local, openLocal } from "../local.ts";
import { type FoundOrder, resolveOrders } from "../order-reference.ts";
import { cleanText, printTable, shellName } from "../output.ts";
import { moneyJson } from "../render-outcome.ts";
import { openEverything } from "../surroundings.ts";

export interface LabelFlags {
  readonly order: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

interface FoundLabel {
  readonly order: FoundOrder;
  readonly shipment: ShipmentRecord;
  /** Absolute. */
  readonly path: string;
}

export async function run(flags: LabelFlags, invocation: Invocation): Promise<ExitCode> {
  const local = await openLocal(invocation);
  if (local === null) {
    throw new UsageError("there is no database yet, hence no label", "shipbot sync, or shipbot daemon");
  }
  try {
    const orders = await resolveOrders(flags.order, local.store.orders, null);
    const labels: FoundLabel[] = [];
    for (const order of orders) {
      const live = (await local.store.shipments.ofOrder(order.id)).filter(isLive);
      if (live.length === 0) {
        const status = order.stored?.status ?? "unknown";
        invocation.terminal.note(
          `${cleanText(order.name)} has no label (${status}): shipbot why --order ${shellName(order.name)}`,
        );
      }
      for (const shipment of live) {
        const stored = await ensureFile(local, shipment, invocation);
        const path = flags.out === undefined ? stored : await copyTo(flags.out, stored, order, shipment, invocation);
        labels.push({ order, shipment, path });
      }
    }
    print(labels, flags, invocation);
    return labels.length > 0 ? EXIT.fine : EXIT.attention;
  } finally {
    await local.close();
  }
}

function print(labels: readonly FoundLabel[], flags: LabelFlags, { terminal }: Invocation): void {
  if (flags.json === true) {
    terminal.printJson({
      version: 1,
      labels: labels.map(({ order, shipment, path }) => ({
        order: { id: order.id, name: order.name },
        shipment: shipment.id,
        carrier: shipment.label?.carrier ?? null,
        service: shipment.label?.service ?? null,
        trackingNumber: shipment.label?.trackingNumber ?? null,
        cost: shipment.label === null ? null : moneyJson(shipment.label.cost),
        path,
      })),
    });
  } else if (labels.length > 0) {
    const rows = labels.map(({ order, path }) => [cleanText(order.name), path]);
    terminal.print(printTable([{}, {}], rows));
  }
}

/** The stored file; fetched from the provider when it is not there, which needs the credentials. */
async function ensureFile(local: Local, shipment: ShipmentRecord, invocation: Invocation): Promise<string> {
  const name = shipment.label?.path ?? null;
  const path = name === null ? null : new LabelFiles(join(local.dataDir, "labels")).pathOf(name);
  if (path !== null && (await isReadable(path))) {
    return path;
  }
  invocation.terminal.note(`Fetching the label of shipment ${shipment.id}`);
  const everything = await openEverything(invocation, { readOnly: true });
  try {
    const { guardProvider, labels, provider } = everything.remotes;
    const { providerShipmentId, label } = shipment;
    if (providerShipmentId === null || label === null) {
      throw new UsageError(`shipment ${shipment.id} has no label`, "shipbot status");
    }
    const file = await guardProvider(() => provider.downloadLabel(providerShipmentId, label.format));
    return labels.pathOf(await labels.save(shipment.id, file.format, file.bytes));
  } finally {
    await everything.close();
  }
}

async function isReadable(path: string): Promise<boolean> {
  return await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

async function copyTo(
  folder: string,
  stored: string,
  order: FoundOrder,
  shipment: ShipmentRecord,
  invocation: Invocation,
): Promise<string> {
  const target = resolve(invocation.cwd, folder);
  const safeName = order.name.replace(/[^A-Za-z0-9._-]/g, "");
  const extension = /\.[a-z]+$/.exec(stored)?.[0] ?? "";
  const path = join(target, `${safeName}-${shipment.id}${extension}`);
  try {
    await mkdir(target, { recursive: true });
    await copyFile(stored, path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new UsageError(
      `the label could not be copied to ${target} (${code})`,
      "give a folder that you may write to",
      {
        cause: error,
      },
    );
  }
  return path;
}
