/** Of how many parcels a shipment was planned as one; before this every fulfillment order shipped as one. Frozen. */
import type { Migration } from "../migrate.ts";

export const PARCEL_COUNT: Migration = {
  name: "0007-parcel-count",
  async up(db) {
    await db.schema
      .alterTable("shipments")
      .addColumn("parcel_count", "integer", (column) => column.notNull().defaultTo(1))
      .execute();
  },
};
