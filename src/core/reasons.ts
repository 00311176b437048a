/**
 * Every reason for which an order waits, is skipped or is parked: one sentence that states the fact, and one step that
 * leads out. Both are for the person at the terminal. `{…}` are facts of the finding; `{order}` is the order's number, in
 * a form that a shell takes. No reason without a way out: a test checks that each command named here exists.
 */

interface ReasonText {
  readonly sentence: string;
  readonly remedy: string;
}

export const REASONS = {
  // Waiting: nothing is wrong, something has to happen first.
  not_paid: {
    sentence: "the payment is {financialStatus}, not paid",
    remedy: "capture the payment in Shopify; it is looked at again by itself",
  },
  not_tagged: {
    sentence: "the order has none of the tags {wanted}",
    remedy: "add one of the tags in Shopify when it is ready; it is looked at again by itself",
  },
  on_hold: {
    sentence: "Shopify holds it: {holds}",
    remedy: "release the hold in Shopify; it is looked at again by itself",
  },
  scheduled: {
    sentence: "it is scheduled for {fulfillAt}",
    remedy: "nothing to do: Shopify opens it on that day",
  },
  not_routed: {
    sentence: "Shopify has not yet made a fulfillment order for it",
    remedy: "nothing to do; if it stays so, check that the app's scopes cover the location's fulfillment orders",
  },
  held_by_staff: {
    sentence: "{who} put it on hold: {why}",
    remedy: "shipbot release --order {order}",
  },
  too_young: {
    sentence: "it is {age} old, and orders ship from {wanted} on",
    remedy: "nothing to do: it is looked at again at that age",
  },
  outside_hours: {
    sentence: "labels are bought {hours}, and there it is {now}",
    remedy: "nothing to do: it is looked at again then",
  },
  risk_not_accepted: {
    sentence: "Shopify's word on its risk is {risk}, and {accepted} ship",
    remedy: "look at the order in Shopify; it ships when Shopify's word changes, or when ready.risk takes it",
  },
  not_allowed: {
    sentence: "neither its name nor a tag of it is among the {entries} of ready.allow",
    remedy: "add its name or a tag to ready.allow, then: shipbot retry --order {order}",
  },
  held_by_rule: {
    sentence: 'the rule "{rule}" holds it: {why}',
    remedy: "change what the rule looks at; it is looked at again by itself: shipbot why --order {order}",
  },
  spend_hour: {
    sentence: "{spent} is spent since {since}, {price} more would be over the {cap} of an hour",
    remedy: "nothing to do: it goes on with the next hour; to buy it now: shipbot approve --order {order}",
  },
  labels_hour: {
    sentence: "{labels} of {cap} labels an hour are bought since {since}",
    remedy: "nothing to do: it goes on with the next hour; to buy it now: shipbot approve --order {order}",
  },
  spend_day: {
    sentence: "{spent} is spent since {since}, {price} more would be over the {cap} of a day",
    remedy: "nothing to do: it goes on the next day; to buy it now: shipbot approve --order {order}",
  },
  labels_day: {
    sentence: "{labels} of {cap} labels a day are bought since {since}",
    remedy: "nothing to do: it goes on the next day; to buy it now: shipbot approve --order {order}",
  },
  after_cut_off: {
    sentence: "it waits until {until}, cut-off {cutOff} passed",
    remedy: "nothing to do: its label is bought then",
  },
  before_opening: {
    sentence: "it waits until {until}, nothing is bought before {opening}",
    remedy: "nothing to do: its label is bought then",
  },
  no_shipping_day: {
    sentence: "it waits until {until}: {day}",
    remedy: "nothing to do: its label is bought then",
  },
  quiet_hours: {
    sentence: "it waits until {until}, quiet hours {hours}",
    remedy: "nothing to do: its label is bought then",
  },
  // Skipped: shipbot will never buy a label for it.
  test_order: { sentence: "it is a test order", remedy: "nothing to do: test orders are never shipped" },
  pickup: {
    sentence: "the customer collects it ({deliveryMethod})",
    remedy: "nothing to do: no label is bought for it",
  },
  local_delivery: { sentence: "it is delivered locally", remedy: "nothing to do: no label is bought for it" },
  digital: { sentence: "nothing in it has to be shipped", remedy: "nothing to do: no label is bought for it" },
  already_fulfilled: {
    sentence: "it was fulfilled outside shipbot",
    remedy: "nothing to do; cancel that fulfillment in Shopify to have shipbot ship it",
  },
  third_party: {
    sentence: "a fulfillment service has it (request {requestStatus})",
    remedy: "nothing to do: the service ships it",
  },
  order_cancelled: { sentence: "the order was cancelled", remedy: "nothing to do" },
  order_gone: {
    sentence: "Shopify no longer has this order",
    remedy: "nothing to do; if a label was bought for it: shipbot status --order {order}",
  },
  shop_erased: {
    sentence: "Shopify had the data of this shop erased after the app was removed from it",
    remedy: "install the app again and set its credential; then: shipbot sync --order {order}",
  },
  denied: {
    sentence: "ready.deny names it: {entry}",
    remedy: "nothing to do; take the entry out of ready.deny to ship it",
  },
  skipped_by_rule: {
    sentence: 'the rule "{rule}" says that no label is bought for it',
    remedy: "nothing to do; what the rule looked at: shipbot why --order {order}",
  },
  // Parked: a human has to do something.
  order_gone_with_label: {
    sentence: "Shopify no longer has this order, and a label was paid for or asked for",
    remedy: "void it at the provider if it is not used; its ids: shipbot status --order {order}",
  },
  remote_fails: {
    sentence: "{remote} answers for other orders and fails on this one: {what}",
    remedy: "shipbot sync --order {order}, and report it if it stays",
  },
  order_unreadable: {
    sentence: "Shopify's answer about it could not be understood: {what}",
    remedy: "shipbot sync --order {order}, and report it if it stays",
  },
  provider_unreadable: {
    sentence: "{provider}'s answer about it could not be used: {what}",
    remedy: "shipbot sync --order {order}, and report it if it stays",
  },
  order_incomplete: {
    sentence: "it is larger than shipbot reads: {what}",
    remedy: "ship it by hand in Shopify; shipbot leaves it alone then",
  },
  fulfillment_order_incomplete: {
    sentence: "the fulfillment service could not complete it",
    remedy: "decide in Shopify what to do with the fulfillment order, then: shipbot retry --order {order}",
  },
  unknown_delivery_method: {
    sentence: "its delivery method {deliveryMethod} is not known to shipbot",
    remedy: "ship it by hand in Shopify; shipbot leaves it alone then",
  },
  not_fulfillable: {
    sentence: "Shopify does not let this app fulfill it",
    remedy: "give the app write_merchant_managed_fulfillment_orders, then: shipbot retry --order {order}",
  },
  no_address: {
    sentence: "it has no shipping address",
    remedy: "add the address in Shopify; it is looked at again by itself",
  },
  address_incomplete: {
    sentence: "its shipping address lacks {missing}",
    remedy: "complete the address in Shopify; it is looked at again by itself",
  },
  address_refused: {
    sentence: "{provider} does not accept its address ({code})",
    remedy: "correct the address in Shopify, or: shipbot retry --order {order}",
  },
  no_ship_from: {
    sentence: "the address that it ships from lacks {missing}",
    remedy: "complete the location in Shopify or set ship_from, then: shipbot retry --order {order}",
  },
  customs_incomplete: {
    sentence: "it goes to {country} and cannot be declared; missing: {what}",
    remedy: "write it under customs in the config file (products by SKU), then: shipbot retry --order {order}",
  },
  no_weight: {
    sentence: "{what} has no weight",
    remedy: "set the weight of the product in Shopify, then: shipbot retry --order {order}",
  },
  rule_unclear: {
    sentence: 'the rule "{rule}" cannot be judged: {condition}, {missing}',
    remedy: "complete what it looks at or change the rule, then: shipbot retry --order {order}",
  },
  does_not_fit: {
    sentence: "{what} fits in none of the boxes",
    remedy: "add a box that takes it to parcels, or correct its size in products, then: shipbot retry --order {order}",
  },
  unknown_parcel: {
    sentence: "a rule wants the box {parcel}, which is not in parcels for where it ships from",
    remedy: "add the box to parcels or correct the rule, then: shipbot retry --order {order}",
  },
  too_many_parcels: {
    sentence: "it would take more than {parcelsMax} parcels",
    remedy: "check its weights, its sizes and the boxes in parcels, then: shipbot retry --order {order}",
  },
  no_rate: {
    sentence: "{provider} offers no rate for {weightGrams} g to {country} ({message})",
    remedy: "check weight, box and carrier accounts, then: shipbot retry --order {order}",
  },
  no_rate_for_service: {
    sentence: "no rate is {wanted}; {provider} offers {offered}",
    remedy: "change services in the config file, or for new rates: shipbot retry --order {order}",
  },
  label_over_cap: {
    sentence: "the label costs {cost}, over the {cap} allowed",
    remedy: "shipbot approve --order {order}, or change guards in the config file",
  },
  order_over_cap: {
    sentence: "the labels of this order would cost {cost}, over the {cap} allowed",
    remedy: "shipbot approve --order {order}, or change guards in the config file",
  },
  order_over_paid: {
    sentence: "shipping would cost {cost}; the customer paid {paid} for it, which allows {allowed}",
    remedy: "shipbot approve --order {order}, or change guards in the config file",
  },
  price_drift: {
    sentence: "the label costs {price} now and was quoted at {quoted}; up to {allowed} is allowed",
    remedy: "shipbot approve --order {order}, or change guards in the config file",
  },
  guard_currency: {
    sentence: "the guard on the {guard} cannot weigh {price} against {cap}: other currencies",
    remedy: "set guards in the currency of the labels, or: shipbot approve --order {order}",
  },
  approval_needed: {
    sentence: "somebody has to approve {what}: {because}",
    remedy: "shipbot approve --order {order}",
  },
  shipment_refused: {
    sentence: "{provider} refused the shipment: {message} ({code})",
    remedy: "correct what it names, then: shipbot retry --order {order}",
  },
  purchase_refused: {
    sentence: "{provider} refused to sell the label: {message}",
    remedy: "correct what it names, then: shipbot retry --order {order}",
  },
  purchase_outcome_unknown: {
    sentence: "it is not known whether the label was bought; looked up {lookups}x, not sent again",
    remedy: "shipbot settle --order {order}",
  },
  void_outcome_unknown: {
    sentence: "it is not known whether the label was voided; looked up {lookups}x",
    remedy: "look at the shipment at the provider, then: shipbot retry --order {order}",
  },
  void_refused: {
    sentence: "{provider} refused to void the label: {message}",
    remedy: "ask the provider for the refund, or: shipbot retry --order {order}",
  },
  writeback_unknown: {
    sentence: "it is not known whether Shopify took the tracking number; looked up {lookups}x",
    remedy: "look at the order in Shopify, then: shipbot retry --order {order}",
  },
  fulfillment_refused: {
    sentence: "Shopify refused the fulfillment: {message}",
    remedy: "mend it in Shopify, then: shipbot retry --order {order}",
  },
  fulfilled_elsewhere: {
    sentence: "a label was bought, and then it was fulfilled outside shipbot",
    remedy: "shipbot void --order {order}, if the label is not used; else it clears when the parcel arrives",
  },
  fulfillment_cancelled: {
    sentence: "its fulfillment was cancelled in Shopify and the label is still paid for",
    remedy: "shipbot void --order {order}; if it has left, it clears when the parcel arrives",
  },
  units_left_over: {
    sentence: "units were added to it after the label was bought",
    remedy: "ship the rest by hand in Shopify; shipbot follows the first parcel",
  },
  changed_after_label: {
    sentence: "address or contents changed after the label was bought",
    remedy: "shipbot void --order {order}, then: shipbot release --order {order}; or fulfill it by hand in Shopify",
  },
  cancelled_in_transit: {
    sentence: "the order was cancelled when the parcel was already on its way",
    remedy: "ask the carrier to return it; it clears when the parcel arrives: shipbot status --order {order}",
  },
  label_of_gone_fulfillment_order: {
    sentence: "a label is paid for and its fulfillment order is no longer open",
    remedy: "shipbot void --order {order}",
  },
  unused_label: {
    sentence: "label {shipment} of this order is paid for and on no fulfillment; no other is bought beside it",
    remedy:
      "shipbot void --order {order}, then: shipbot release --order {order}; or fulfill the rest by hand in Shopify",
  },
  needs_attention: {
    sentence: "it did not come to rest in {rounds} rounds",
    remedy: "shipbot why --order {order}, and report it",
  },
  bug: {
    sentence: "shipbot made a mistake with it: {message}",
    remedy: "shipbot retry --order {order}, and report it",
  },
} as const satisfies Readonly<Record<string, ReasonText>>;

export type Reason = keyof typeof REASONS;

export function isReason(word: string | null): word is Reason {
  return word !== null && Object.hasOwn(REASONS, word);
}

type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** The fact in words. */
export function explainReason(reason: Reason, facts: Facts): string {
  return fill(REASONS[reason].sentence, facts);
}

/**
 * What to do about it. `orderName` as staff know it, in a form that a shell takes: the leading `#` would be a comment, and
 * a shop may put spaces into the names of its orders.
 */
export function remedyFor(reason: Reason, orderName: string): string {
  const bare = orderName.replace(/^#/, "");
  const order = /^[\w./:@+-]+$/.test(bare) ? bare : `'${bare.replaceAll("'", "'\\''")}'`;
  return fill(REASONS[reason].remedy, { order });
}

function fill(template: string, facts: Facts): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? "unknown"));
}
