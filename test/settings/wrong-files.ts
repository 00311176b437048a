/** Config files with one mistake each, and what the operator reads about it. */

export const WRONG_FILES: readonly (readonly [name: string, yaml: string, problem: string])[] = [
  [
    "a duration in words",
    "poll:\n  orders: 30 sec\n",
    'shipbot.yaml:2:11  poll.orders "30 sec" is no duration: write 30s, 5m or cron',
  ],
  [
    "a misspelt key",
    "relook: 1h\n\nconcurency: 4\n",
    "shipbot.yaml:3:1  concurency is no setting: did you mean concurrency?",
  ],
  [
    "a misspelt key in a group",
    "poll:\n  ordres: 30s\n",
    "shipbot.yaml:2:3  poll.ordres is no setting: did you mean poll.orders?",
  ],
  [
    "a key in camel case",
    "writeback:\n  notifyCustomer: true\n",
    "shipbot.yaml:2:3  writeback.notifyCustomer is no setting: did you mean writeback.notify_customer?",
  ],
  ["a key without its group", "tags: [x]\n", "shipbot.yaml:1:1  tags is no setting: did you mean ready.tags?"],
  ["a key that is like no other", "xylophone: 1\n", "shipbot.yaml:1:1  xylophone is no setting"],
  [
    "a misspelt group",
    "trakcing:\n  give_up_after: 3d\n",
    "shipbot.yaml:1:1  trakcing is no setting: did you mean tracking?",
  ],
  ["a duration without a unit", "relook: 30\n", 'shipbot.yaml:1:9  relook "30" has no unit: write 30s, 5m, 1h or 7d'],
  ["a duration that is too short", "relook: 5s\n", 'shipbot.yaml:1:9  relook "5s" is too short: at least 1m'],
  [
    "a duration that is too long",
    "tracking: {give_up_after: 400d}\n",
    'shipbot.yaml:1:27  tracking.give_up_after "400d" is too long: at most 365d',
  ],
  ["an interval of nothing", "resync: 0s\n", 'shipbot.yaml:1:9  resync "0s" is too short: at least 100ms'],
  ["an interval of weeks", "resync: 30d\n", 'shipbot.yaml:1:9  resync "30d" is too long: at most 7d'],
  [
    "cron with seconds",
    "resync: 0 */5 * * * *\n",
    'shipbot.yaml:1:9  resync "0 */5 * * * *" has 6 fields: cron here has 5, minute first',
  ],
  [
    "cron that no parser takes",
    "resync: 0/10 * * * *\n",
    'shipbot.yaml:1:9  resync "0/10 * * * *" is not cron: five fields such as */10 * * * *',
  ],
  [
    "cron that never happens",
    "resync: 0 0 31 2 *\n",
    'shipbot.yaml:1:9  resync "0 0 31 2 *" never happens: no such date',
  ],
  [
    "a zone that does not exist",
    "time_zone: Mars/Olympus\n",
    'shipbot.yaml:1:12  time_zone "Mars/Olympus" is no time zone: write a name such as Europe/Berlin or UTC',
  ],
  ["a number above its bound", "concurrency: 65\n", 'shipbot.yaml:1:14  concurrency "65" must be at most 64'],
  ["a number below its bound", "concurrency: 0\n", 'shipbot.yaml:1:14  concurrency "0" must be at least 1'],
  ["a broken number", "concurrency: 1.5\n", 'shipbot.yaml:1:14  concurrency "1.5" must be a whole number'],
  ["a number in words", "concurrency: four\n", 'shipbot.yaml:1:14  concurrency "four" must be a number without a unit'],
  [
    "yes and no",
    "writeback:\n  notify_customer: no\n",
    'shipbot.yaml:2:20  writeback.notify_customer "no" must be true or false',
  ],
  [
    "a word beside the known ones",
    "label: {format: pdff}\n",
    'shipbot.yaml:1:17  label.format "pdff" must be one of pdf, png, zpl: did you mean pdf?',
  ],
  [
    "a word far from the known ones",
    "label: {format: paper}\n",
    'shipbot.yaml:1:17  label.format "paper" must be one of pdf, png, zpl',
  ],
  [
    "a payment state that nobody pays in",
    "ready: {financial_statuses: [voided]}\n",
    'shipbot.yaml:1:30  ready.financial_statuses.0 "voided" must be one of paid, partially_refunded, partially_paid, authorized, pending',
  ],
  [
    "no payment state at all",
    "ready: {financial_statuses: []}\n",
    "shipbot.yaml:1:29  ready.financial_statuses must have at least 1 entry",
  ],
  [
    "a tag that is a number",
    "ready:\n  tags: [ship, 2026]\n",
    'shipbot.yaml:2:16  ready.tags.1 "2026" must be text: put it in quotes, "…"',
  ],
  [
    "a tag with a comma",
    'ready: {tags: ["a,b"]}\n',
    'shipbot.yaml:1:16  ready.tags.0 "a,b" must have no comma: Shopify splits tags there',
  ],
  [
    "text where a list belongs",
    "ready: {tags: ship}\n",
    'shipbot.yaml:1:15  ready.tags "ship" must be a list, such as [one, two]',
  ],
  [
    "a value where a group belongs",
    "parcel: big\n",
    'shipbot.yaml:1:9  parcel "big" must be a group of settings, one on each line below it',
  ],
  ["a setting without its value", "poll:\n  orders:\n", 'shipbot.yaml:2:10  poll.orders "" has no value'],
  ["an empty text", 'parcel: {name: " "}\n', 'shipbot.yaml:1:16  parcel.name " " must not be empty'],
  [
    "a location that is no number",
    "ship_from:\n  berlin: {street1: a, city: b, country: DE}\n",
    "shipbot.yaml:2:3  ship_from.berlin is no location: write default, or the number at the end of the location's id",
  ],
  [
    "a sender without a street",
    "ship_from:\n  default: {city: b, country: DE}\n",
    "shipbot.yaml:2:3  ship_from.default.street1 is missing",
  ],
  [
    "a sender in no country",
    "ship_from:\n  default: {street1: a, city: b, country: Germany}\n",
    "shipbot.yaml:2:43  ship_from.default.country is no country code: two letters such as US",
  ],
  [
    "a postal code that lost its zero",
    "ship_from:\n  default: {street1: a, city: b, country: US, postal_code: 02134}\n",
    'shipbot.yaml:2:60  ship_from.default.postal_code must be text: put it in quotes, "…"',
  ],
  [
    "a misspelt field of a sender",
    "ship_from:\n  default: {street1: a, city: b, country: US, stret2: c}\n",
    "shipbot.yaml:2:47  ship_from.default.stret2 is no field of an address: did you mean street2?",
  ],
  [
    "a secret",
    "shopify_access_token: shpat_canary\n",
    "shipbot.yaml:1:1  shopify_access_token must not stand in this file: set SHOPIFY_ACCESS_TOKEN or SHOPIFY_ACCESS_TOKEN_FILE in the environment",
  ],
  [
    "a secret in a group",
    "shipping:\n  api_key: EZAKcanary\n",
    "shipbot.yaml:2:3  shipping.api_key must not stand in this file: set SHIPPING_API_KEY or SHIPPING_API_KEY_FILE in the environment",
  ],
  [
    "what belongs to the environment",
    "port: 80\n",
    "shipbot.yaml:1:1  port is not set in this file: set PORT in the environment",
  ],
  ["a key twice", "relook: 1h\nresync: 5m\nrelook: 2h\n", "shipbot.yaml:3:1  relook stands here a second time"],
  ["a tab", "poll:\n\torders: 30s\n", "shipbot.yaml:2:1  line 2 has a tab as indentation: use spaces"],
  [
    "an open bracket",
    "ready: {tags: [a\n",
    "shipbot.yaml:2:1  line 2 is indented differently from its neighbours, or a bracket before it is open",
  ],
  [
    "two documents",
    "relook: 1h\n---\nrelook: 1h\n",
    "shipbot.yaml:2:1  line 2 begins a second document (---): one file, one document",
  ],
  ["a list", "- relook\n", "shipbot.yaml:1:1  shipbot.yaml must hold settings, each as `name: value`"],
  ["an alias to nowhere", "relook: *x\n", "shipbot.yaml:1:9  line 1 uses an alias (*name) that is unknown"],
];
