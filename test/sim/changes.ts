/** What merchants, customers and other apps do to the orders, when the schedule says so. */
import { MerchantRefusal } from "../../src/sandbox/shopify/merchant.ts";
import { UnknownOrder } from "../../src/sandbox/shopify/shop-control.ts";
import type { ChangeKind } from "./schedule.ts";
import type { World } from "./world.ts";

/** Other places in the same country, so that a label can be had for each. */
const ADDRESSES = [
  { address1: "1 Infinite Loop", city: "Cupertino", provinceCode: "CA", province: "California", zip: "95014" },
  { address1: "350 Fifth Avenue", city: "New York", provinceCode: "NY", province: "New York", zip: "10118" },
  { address1: "233 South Wacker Drive", city: "Chicago", provinceCode: "IL", province: "Illinois", zip: "60606" },
];

/** Does it, unless the shop refuses; whether it was done. */
export function change(world: World, index: number, what: ChangeKind): boolean {
  const placed = world.orders[index];
  if (placed === undefined || !attempt(() => CLICKS[what](world, placed.id, placed.changes.length))) {
    return false;
  }
  placed.changes.push(what);
  world.judgeWishes();
  return true;
}

/** What the shop refuses is no change. */
function attempt(click: () => void): boolean {
  try {
    click();
    return true;
  } catch (error) {
    if (error instanceof MerchantRefusal || error instanceof UnknownOrder) {
      return false;
    }
    throw error;
  }
}

type Click = (world: World, id: string, times: number) => void;

const CLICKS: Readonly<Record<ChangeKind, Click>> = {
  cancel: ({ shopify }, id) => shopify.cancelOrder(id),
  hold: ({ shopify }, id) => shopify.holdFulfillmentOrder(id),
  release: ({ shopify }, id) => shopify.releaseHold(id),
  move_address: ({ shopify }, id, times) =>
    shopify.setAddress(id, {
      ...{ firstName: "Ada", lastName: "Moved", country: "United States", countryCode: "US" },
      ...ADDRESSES[times % ADDRESSES.length],
    }),
  fewer_units: ({ shopify }, id) => shopify.editLineQuantity(id, 0, 1),
  untag: ({ shopify }, id) => shopify.removeTags(id, ["ready_to_ship"]),
  tag: ({ shopify }, id) => shopify.addTags(id, ["ready_to_ship"]),
  unpay: ({ shopify }, id) => shopify.setFinancialStatus(id, "PENDING"),
  pay: ({ shopify }, id) => shopify.setFinancialStatus(id, "PAID"),
  fulfil_elsewhere: fulfilElsewhere,
  cancel_fulfillment: ({ shopify }, id) => {
    const fulfillment = shopify.orders().find((order) => order.id === id)?.fulfillments[0];
    if (fulfillment?.status === "SUCCESS") {
      shopify.cancelFulfillment(fulfillment.id);
    }
  },
};

/** Another app ships the first open fulfillment order, with a number of its own. */
function fulfilElsewhere(world: World, id: string): void {
  const order = world.shopify.orders().find((candidate) => candidate.id === id);
  const open = order?.fulfillmentOrders.find(({ status }) => status === "OPEN");
  if (open !== undefined) {
    world.fulfilFromElsewhere(open.id);
  }
}

/** What a late order waited for comes, unless something else came before it. */
export function ripen(world: World, index: number): void {
  const placed = world.orders[index];
  const { shopify } = world;
  switch (placed?.kind) {
    case "held_at_first":
      attempt(() => shopify.releaseHold(placed.id));
      break;
    case "unpaid_at_first":
      shopify.setFinancialStatus(placed.id, "PAID");
      break;
    case "untagged_at_first":
      shopify.addTags(placed.id, ["ready_to_ship"]);
      break;
    case "unrouted_at_first":
      shopify.routeOrder(placed.id);
      break;
    default:
      return;
  }
  world.judgeWishes();
}
