/** Shopify's fulfillment events in the order of a journey, written down apart from shipbot's own table so that it can judge it. */
export const FULFILLMENT_FORWARD: ReadonlyMap<string, number> = new Map([
  ["LABEL_PURCHASED", 1],
  ["LABEL_PRINTED", 2],
  ["CONFIRMED", 3],
  ["CARRIER_PICKED_UP", 4],
  ["IN_TRANSIT", 5],
  ["DELAYED", 5],
  ["OUT_FOR_DELIVERY", 6],
  ["ATTEMPTED_DELIVERY", 6],
  ["READY_FOR_PICKUP", 6],
  ["DELIVERED", 7],
  ["FAILURE", 7],
]);
