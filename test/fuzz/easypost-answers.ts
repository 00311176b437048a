/**
 * Aims at what we make of EasyPost's answers, through the real client and a server on loopback that answers each case with
 * its own bytes, status and headers. What matters most: nothing but a readable purchase counts as one, and nothing that
 * may be a purchase counts as refused.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { RemoteError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import type { Outcome } from "../../src/core/failure.ts";
import { NO_OPTIONS } from "../../src/core/label-options.ts";
import type { ShippingProvider } from "../../src/ports/shipping-provider.ts";
import { createEasyPost } from "../../src/shipping/easypost/provider.ts";
import { anAddress } from "../support/builders.ts";
import { recordingLog } from "../support/shop-bench.ts";
import type { Bases } from "./bases.ts";
import type { Chance } from "./chance.ts";
import { mutate } from "./mutate.ts";
import { STILL_CLOCK } from "./shopify-answers.ts";
import { type FuzzFailure, type FuzzTarget, judgeSafely } from "./target.ts";

const REQUEST = {
  reference: "shipbot/shop.example/1-1-1",
  from: anAddress(),
  to: anAddress(),
  parcel: { preset: "box", lengthMm: 300, widthMm: 200, heightMm: 100, weightGrams: 500 },
  options: NO_OPTIONS,
} as const;

const METHODS: Readonly<
  Record<string, { readonly writes: boolean; call(provider: ShippingProvider): Promise<unknown> }>
> = {
  buy: { writes: true, call: (provider) => provider.buy("shp_1", "rate_1") },
  void: { writes: true, call: (provider) => provider.void("shp_1") },
  createShipment: { writes: true, call: (provider) => provider.createShipment(REQUEST) },
  verify: { writes: false, call: (provider) => provider.verify() },
  findShipment: { writes: false, call: (provider) => provider.findShipment(REQUEST.reference) },
  readShipment: { writes: false, call: (provider) => provider.readShipment("shp_1") },
  refreshRates: { writes: false, call: (provider) => provider.refreshRates("shp_1") },
  downloadLabel: { writes: false, call: (provider) => provider.downloadLabel("shp_1", "pdf") },
  track: {
    writes: false,
    call: (provider) => provider.track({ trackerId: "trk_1", trackingNumber: "1Z", carrier: "USPS" }),
  },
};

interface CannedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What a reader of the body finds, where it can be read. */
  readonly plain: Buffer | null;
}

/** Unpacks to more than any answer may have. */
const BOMB = gzipSync(Buffer.alloc(12 * 1024 * 1024));

function can(chance: Chance, bases: Bases, wantsShipment: boolean): CannedAnswer {
  const shipments = bases.easypostAnswers.filter((text) => text.includes('"shp_1"'));
  const plain = mutate(chance, wantsShipment && !chance.oneIn(5) ? shipments : bases.easypostAnswers);
  const status = chance.weighted([
    [24, 200],
    [2, 201],
    [6, chance.pick([400, 401, 402, 403, 404, 408, 409, 422, 422, 422, 429])],
    [2, chance.pick([500, 502, 503, 504])],
    [1, chance.pick([202, 204, 206, 301, 302, 304, 307, 418, 451])],
  ]);
  const headers: Record<string, string> = {
    "content-type": chance.pick([
      "application/json",
      "application/json; charset=utf-16",
      "text/html",
      "",
      "multipart/form-data",
    ]),
    ...(chance.oneIn(8)
      ? {
          "retry-after": chance.pick([
            "1",
            "-1",
            "1e9",
            "99999999999999999999",
            "soon",
            "Wed, 21 Oct 2065 07:28:00 GMT",
            "",
          ]),
        }
      : {}),
    ...(chance.oneIn(8) ? { "x-ep-request-uuid": chance.pick(["ok-1", "<script>", "a".repeat(3_000)]) } : {}),
  };
  if (chance.oneIn(40)) {
    const [body, encoding] = chance.pick<[Buffer, string]>([
      ...([
        [gzipSync(plain), "gzip"],
        [plain, "gzip"],
        [gzipSync(plain).subarray(0, 20), "gzip"],
        [plain, "br"],
        [plain, "rot13"],
      ] as [Buffer, string][]),
      ...(chance.oneIn(10) ? ([[BOMB, "gzip"]] as [Buffer, string][]) : []),
    ]);
    return { status, headers: { ...headers, "content-encoding": encoding }, body, plain: null };
  }
  return { status, headers, body: plain, plain };
}

export function easypostAnswers(bases: Bases): FuzzTarget {
  return {
    name: "easypost_answers",
    share: 110,
    batch: 48,
    async open() {
      const canned = new Map<string, CannedAnswer>();
      const server = await serve(canned);
      const { port } = server.address() as AddressInfo;
      return {
        async run(cases) {
          const found = await Promise.all(
            cases.map(async ({ index, chance }): Promise<FuzzFailure[]> => {
              const name = chance.weighted([
                [6, "buy"],
                [2, "void"],
                [2, "createShipment"],
                [4, chance.pick(Object.keys(METHODS))],
              ]);
              const answer = can(chance, bases, name !== "track");
              canned.set(String(index), answer);
              const provider = createEasyPost({
                baseUrl: `http://127.0.0.1:${port}/${index}`,
                apiKey: new Secret("EZTKfuzz"),
                clock: STILL_CLOCK,
                log: recordingLog([]),
              });
              const what = await judgeSafely(() => judge(name, provider, answer));
              canned.delete(String(index));
              return what === null ? [] : [{ index, what: `${name} ${answer.status}: ${what}`, payload: answer.body }];
            }),
          );
          return found.flat();
        },
        async close() {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
          return [];
        },
      };
    },
  };
}

async function serve(canned: ReadonlyMap<string, CannedAnswer>): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    incoming.once("end", () => {
      const answer = canned.get((incoming.url ?? "").split("/")[1] ?? "");
      const hasBody = answer !== undefined && answer.status !== 204 && answer.status !== 304;
      outgoing.writeHead(answer?.status ?? 500, answer?.headers);
      outgoing.end(hasBody ? answer.body : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function judge(name: string, provider: ShippingProvider, answer: CannedAnswer): Promise<string | null> {
  const method = METHODS[name];
  let value: unknown;
  try {
    value = await method?.call(provider);
  } catch (error) {
    if (error instanceof RemoteError && method?.writes === false) {
      return null;
    }
    throw error;
  }
  return method?.writes === true ? judgeWrite(name, value as Outcome<unknown>, answer) : judgeRead(name, value);
}

function judgeWrite(name: string, outcome: Outcome<unknown>, { status, plain }: CannedAnswer): string | null {
  const body = plain === null ? null : parse(plain);
  const isSuccess = status >= 200 && status <= 299;
  switch (outcome.outcome) {
    case "done": {
      const shows =
        own(body, "id") === "shp_1" && isObject(own(body, "selected_rate")) && isObject(own(body, "postage_label"));
      if (name === "buy" && plain !== null && !(isSuccess && shows && typeof own(body, "tracking_code") === "string")) {
        return "done without a purchase";
      }
      return name === "buy" ? judgePurchase(outcome.value) : null;
    }
    case "refused":
      // What EasyPost says about a refund in a 200 is the one refusal of that kind.
      if (
        isSuccess &&
        !(name === "void" && ["rejected", "not_applicable"].includes(String(own(body, "refund_status"))))
      ) {
        return "refused by a success";
      }
      return status >= 500 || (status < 400 && !isSuccess) ? "refused by an answer that leaves it open" : null;
    case "unknown":
      return null;
  }
}

function judgePurchase(value: unknown): string | null {
  const price = own(own(value, "rate"), "price");
  const amount = own(price, "amountMinor");
  if (!Number.isSafeInteger(amount) || Number(amount) < 0 || !/^[A-Z]{3}$/.test(String(own(price, "currency")))) {
    return `a purchase for ${JSON.stringify(price)}`;
  }
  return typeof own(value, "trackingNumber") === "string" ? null : "a purchase without a number";
}

function judgeRead(name: string, value: unknown): string | null {
  if (name === "track") {
    const isFine =
      Array.isArray(value) &&
      value.every((entry) => Number.isFinite(own(entry, "at")) && typeof own(entry, "status") === "string");
    return isFine ? null : "checkpoints that are none";
  }
  if (name !== "findShipment" && name !== "readShipment" && name !== "refreshRates") {
    return null;
  }
  if (value === null) {
    return name === "findShipment" ? null : "null";
  }
  const rates = own(value, "rates");
  const isFine =
    typeof own(value, "id") === "string" &&
    Array.isArray(rates) &&
    rates.every(
      (rate) =>
        Number.isSafeInteger(own(own(rate, "price"), "amountMinor")) &&
        Number(own(own(rate, "price"), "amountMinor")) >= 0,
    );
  const purchase = own(value, "purchase");
  return isFine ? (purchase === null ? null : judgePurchase(purchase)) : "a shipment that is none";
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
