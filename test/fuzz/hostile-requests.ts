/** One request to a webhook address, with what the contract says about it. Mostly genuine in signature and hostile in body. */
import { createHmac } from "node:crypto";
import type { Bases } from "./bases.ts";
import type { Chance } from "./chance.ts";
import { mutate } from "./mutate.ts";
import { chunked, encoded, large, misused, noHttp } from "./odd-requests.ts";
import {
  type Draft,
  EASYPOST_SECRET,
  genuine,
  type HostileRequest,
  length,
  type Route,
  refused,
  SHOPIFY_SECRET,
  SIGNATURE_HEADER,
  signature,
  write,
} from "./wire.ts";

const GARBAGE = [
  "",
  "AAAA",
  "====",
  "\u00e4\u00f6",
  "null",
  "a".repeat(3_000),
  "[object Object]",
  "0",
  "\\u0000",
  "sha256=",
  "%00",
  "\u00ff".repeat(44),
];

/** Makes requests; remembers some genuine ones, to send them again. */
export class RequestMaker {
  readonly #bases: Bases;
  readonly #recent: Draft[] = [];

  constructor(bases: Bases) {
    this.#bases = bases;
  }

  make(chance: Chance, route: Route): HostileRequest {
    const draft = this.#draft(chance, route);
    const kind = chance.weighted<(draft: Draft) => HostileRequest>([
      [560, (it) => this.#remembered(chance, it)],
      [180, (it) => forged(chance, it)],
      [110, (it) => genuine(oddHeaders(chance, it))],
      [60, (it) => this.#replayed(chance, it)],
      [40, (it) => chunked(chance, it)],
      [20, (it) => encoded(chance, it)],
      [15, (it) => misused(chance, it)],
      [15, (it) => noHttp(chance, it)],
      [0.4, (it) => large(chance, it)],
    ]);
    return kind(draft);
  }

  #draft(chance: Chance, route: Route): Draft {
    const bases = this.#bases;
    const { topic } = chance.pick(bases.shopifyWebhooks);
    const texts = route === "shopify" ? bases.shopifyWebhooks.map(({ text }) => text) : bases.easypostWebhooks;
    const body = chance.oneIn(25) ? chance.bytes(chance.below(200)) : mutate(chance, texts);
    const headers: Draft["headers"] =
      route === "shopify"
        ? [
            ["x-shopify-topic", topic],
            ["x-shopify-webhook-id", id(chance)],
            ["content-type", "application/json"],
          ]
        : [["content-type", "application/json"]];
    return { route, body, headers };
  }

  #remembered(chance: Chance, draft: Draft): HostileRequest {
    if (chance.oneIn(8) && draft.body.length < 10_000) {
      this.#recent.push(draft);
      if (this.#recent.length > 64) {
        this.#recent.shift();
      }
    }
    return genuine(draft);
  }

  /** The same again: as it is, under another id, under the same id with another body, under another topic. */
  #replayed(chance: Chance, draft: Draft): HostileRequest {
    const old = this.#recent.length === 0 ? draft : chance.pick(this.#recent);
    const renamed = (name: string, value: string): Draft["headers"] =>
      old.headers.map((header) => (header[0] === name ? [name, value] : header));
    return genuine(
      chance.pick<Draft>([
        old,
        { ...old, headers: renamed("x-shopify-webhook-id", id(chance)) },
        {
          ...old,
          headers: renamed("x-shopify-topic", chance.pick(["orders/invented", "orders/paid", "ORDERS/UPDATED"])),
        },
        { ...old, route: draft.route, body: draft.body },
      ]),
    );
  }
}

function id(chance: Chance): string {
  return [8, 4, 4, 12].map((length) => chance.bytes(length / 2).toString("hex")).join("-");
}

function forged(chance: Chance, draft: Draft): HostileRequest {
  const name = SIGNATURE_HEADER[draft.route];
  const right = signature(draft.route, draft.body);
  const other = signature(draft.route, Buffer.concat([draft.body, Buffer.from(" ")]));
  const wrong = chance.pick<readonly (readonly [string, string])[]>([
    [],
    [[name, chance.pick(GARBAGE)]],
    [[name, signature(draft.route, draft.body, "another secret")]],
    [[name, signature(draft.route, draft.body, "")]],
    [[name, other]],
    [[name, right.slice(0, -1)]],
    [[name, `${right}${right.at(-1)}`]],
    [
      [name, right],
      [name, right],
    ],
    [
      [name, other],
      [name, right],
    ],
    [[name, right.slice(0, -2) + (right.endsWith("A=") ? "B=" : "A=")]],
    [
      ["x-shopify-shop-domain", "shop.example"],
      [`${name}-v2`, right],
    ],
    // The right signature of the other scheme.
    [
      [
        name,
        draft.route === "shopify"
          ? createHmac("sha256", SHOPIFY_SECRET).update(draft.body).digest("hex")
          : createHmac("sha256", EASYPOST_SECRET).update(draft.body).digest("base64"),
      ],
    ],
  ]);
  const isRightAfterAll = wrong.length === 1 && wrong[0]?.[0] === name && wrong[0][1] === right;
  return isRightAfterAll ? genuine(draft) : refused(write(draft, [...wrong, length(draft.body)]), [401]);
}

function oddHeaders(chance: Chance, draft: Draft): Draft {
  const headers: Draft["headers"] = [...draft.headers];
  for (let rounds = 1 + chance.below(3); rounds > 0; rounds -= 1) {
    const name = chance.pick([
      "x-shopify-webhook-id",
      "x-shopify-topic",
      "content-type",
      "X-SHOPIFY-TOPIC",
      "x-shopify-api-version",
      "x-hmac-signature-v2",
      "x-timestamp",
      "x-path",
      "cookie",
      "expect-nothing",
      "__proto__",
      "constructor",
      "accept",
    ]);
    const value = chance.pick([
      ...GARBAGE,
      "orders/updated",
      "application/x-www-form-urlencoded",
      'text/html; charset="',
      "multipart/form-data; boundary=x",
      "b".repeat(201),
      "\t x \t",
    ]);
    const place = headers.findIndex(([given]) => given === name);
    if (place >= 0 && chance.oneIn(2)) {
      headers.splice(place, 1);
    }
    if (!chance.oneIn(3)) {
      headers.push([name, value]);
    }
  }
  return { ...draft, headers };
}
