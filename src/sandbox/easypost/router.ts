/** From an HTTP request to the function that answers it: paths, the key, statuses, and errors in the API's shape. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { SandboxReply, SandboxRequest } from "../serve.ts";
import { type JsonObject, objectAt, parseBody, textAt } from "./body.ts";
import { ApiRefusal, notFound, unauthorized } from "./errors.ts";
import { drawLabel } from "./labels.ts";
import { pageOf } from "./pages.ts";
import { buyService, buyShipment, convertLabel, refundShipment } from "./purchases.ts";
import { serializeRate, serializeShipment, serializeWebhook } from "./serialize.ts";
import { serializeWholeTracker } from "./serialize-tracker.ts";
import { createShipment, findShipment, rerateShipment } from "./shipments.ts";
import { type LabelFormat, type Shipment, settleRefunds, type World } from "./state.ts";
import { createTracker, findTracker } from "./trackers.ts";
import { createWebhook, findWebhook, stringifyWithFloats, updateWebhook } from "./webhooks.ts";

interface Call {
  readonly request: SandboxRequest;
  readonly body: JsonObject;
  /** The variable part of the path, decoded: an id, or a shipment's reference. Empty where the path has none. */
  readonly id: string;
  readonly baseUrl: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly location?: string;
}

type Handler = (world: World, call: Call) => Answer | Promise<Answer>;

/** Every call of the fake by the name it has in faults and logs. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  "POST /v2/shipments": async (world, call) => {
    const shipment = createShipment(world, call.body);
    const service = textAt(objectAt(call.body, "shipment") ?? {}, "service");
    if (service !== null) {
      await buyService(world, shipment, service);
    }
    return { ...answerShipment(world, call, shipment, 201), location: `/api/v2/shipments/${shipment.id}` };
  },
  "GET /v2/shipments": listShipments,
  "GET /v2/shipments/:id": (world, call) => answerShipment(world, call, findShipment(world, call.id)),
  "POST /v2/shipments/:id/rerate": (world, call) => {
    const rates = rerateShipment(world, findShipment(world, call.id));
    return { status: 200, body: { rates: rates.map((rate) => serializeRate(rate, world.mode)) } };
  },
  "POST /v2/shipments/:id/buy": async (world, call) => {
    const shipment = findShipment(world, call.id);
    await buyShipment(world, shipment, call.body);
    return answerShipment(world, call, shipment);
  },
  "GET /v2/shipments/:id/label": (world, call) => {
    const shipment = findShipment(world, call.id);
    convertLabel(world, shipment, call.request.query.get("file_format"));
    return answerShipment(world, call, shipment);
  },
  "POST /v2/shipments/:id/refund": (world, call) => {
    const shipment = findShipment(world, call.id);
    refundShipment(world, shipment);
    return answerShipment(world, call, shipment);
  },
  "POST /v2/trackers": (world, call) => {
    const { tracker, created } = createTracker(world, call.body);
    return {
      status: created ? 201 : 200,
      body: serializeWholeTracker(tracker, world, world.clock.now()),
      location: `/api/v2/trackers/${tracker.id}`,
    };
  },
  "GET /v2/trackers": listTrackers,
  "GET /v2/trackers/:id": (world, call) => ({
    status: 200,
    body: serializeWholeTracker(findTracker(world, call.id), world, world.clock.now()),
  }),
  "POST /v2/webhooks": (world, call) => ({
    status: 201,
    body: serializeWebhook(createWebhook(world, call.body), world.mode),
  }),
  "GET /v2/webhooks": (world) => ({
    status: 200,
    body: { webhooks: [...world.webhooks.values()].reverse().map((webhook) => serializeWebhook(webhook, world.mode)) },
  }),
  "GET /v2/webhooks/:id": (world, call) => ({
    status: 200,
    body: serializeWebhook(findWebhook(world, call.id), world.mode),
  }),
  // 201 for a change is what the recordings have.
  "PATCH /v2/webhooks/:id": (world, call) => ({
    status: 201,
    body: serializeWebhook(updateWebhook(world, call.id, call.body), world.mode),
  }),
  "DELETE /v2/webhooks/:id": (world, call) => {
    world.webhooks.delete(findWebhook(world, call.id).id);
    return { status: 200, body: {} };
  },
};

/** `POST /v2/shipments/:id/buy`: the call without what varies, for faults and logs. */
export function describeCall(request: SandboxRequest): string {
  const [, version = "", resource = "", id, ...rest] = request.path.replace(/\/+$/, "").split("/");
  return `${request.method} ${["", version, resource, ...(id === undefined ? [] : [":id"]), ...rest].join("/")}`;
}

/** Answers one call of the API; what goes wrong is an answer too, in the documented shape. */
export async function handleCall(world: World, request: SandboxRequest): Promise<SandboxReply> {
  settleRefunds(world);
  try {
    checkKey(world, request);
    const handler = HANDLERS[describeCall(request)];
    if (handler === undefined) {
      throw notFound();
    }
    const answer = await handler(world, {
      request,
      body: parseBody(request.body),
      id: decodeId(request.path),
      baseUrl: baseUrlOf(request),
    });
    return reply(world, answer.status, answer.body, answer.location);
  } catch (error) {
    if (error instanceof ApiRefusal) {
      return reply(world, error.status, error.toBody());
    }
    throw error;
  }
}

/** Answers GET /files/postage_label/YYYYMMDD/FILE.png (pdf, zpl). No key is asked for: the real links need none either. */
export function handleLabelFile(world: World, request: SandboxRequest): SandboxReply {
  const match = /\/([0-9a-f]{32})\.(png|pdf|zpl)$/.exec(request.path);
  const shipment = world.shipments.get(world.shipmentIdByLabelFile.get(match?.[1] ?? "") ?? "");
  const format = (match?.[2] ?? "").toUpperCase() as LabelFormat;
  const purchase = shipment?.purchase ?? null;
  if (shipment === undefined || purchase === null || purchase.labelFiles.get(format) !== match?.[1]) {
    return {
      status: 404,
      headers: { "content-type": "application/xml" },
      body: "<Error><Code>NoSuchKey</Code></Error>",
    };
  }
  const to = shipment.isReturn ? shipment.from : shipment.to;
  const { contentType, bytes } = drawLabel(format, {
    carrier: purchase.rate.carrier,
    service: purchase.rate.service,
    trackingCode: purchase.trackingCode,
    reference: shipment.reference,
    printed: textAt(shipment.options, "print_custom_1"),
    destination: [to.city, to.state, to.zip, to.country].filter((part) => part !== null).join(" "),
  });
  return { status: 200, headers: { "content-type": contentType }, body: bytes };
}

function answerShipment(world: World, call: Call, shipment: Shipment, status = 200): Answer {
  return { status, body: serializeShipment(shipment, world, call.baseUrl) };
}

/** `purchased` is true unless the caller says false: a shipment that was only created is not in the usual list. */
function listShipments(world: World, call: Call): Answer {
  const purchased = call.request.query.get("purchased") !== "false";
  const all = [...world.shipments.values()].filter((shipment) => !purchased || shipment.purchase !== null);
  const page = pageOf(all, call.request.query, world.clock.now());
  return {
    status: 200,
    body: {
      shipments: page.items.map((shipment) => serializeShipment(shipment, world, call.baseUrl)),
      has_more: page.hasMore,
    },
  };
}

function listTrackers(world: World, call: Call): Answer {
  const code = call.request.query.get("tracking_code");
  const all = [...world.trackers.values()].filter((tracker) => code === null || tracker.trackingCode === code);
  const now = world.clock.now();
  const page = pageOf(all, call.request.query, now);
  return {
    status: 200,
    body: {
      trackers: page.items.map((tracker) => serializeWholeTracker(tracker, world, now)),
      has_more: page.hasMore,
    },
  };
}

/** HTTP Basic with the key as user; the password is empty and not looked at. Throws `ApiRefusal` 401. */
function checkKey(world: World, request: SandboxRequest): void {
  const match = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(request.headers["authorization"] ?? "");
  const key =
    Buffer.from(match?.[1] ?? "", "base64")
      .toString("utf8")
      .split(":")[0] ?? "";
  const same = timingSafeEqual(digest(key), digest(world.apiKey));
  if (match === null || !same || !world.switches.keyValid) {
    throw unauthorized();
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function decodeId(path: string): string {
  const segment = path.split("/")[3] ?? "";
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The address under which the caller reached the server: what label links begin with. */
function baseUrlOf(request: SandboxRequest): string {
  return `http://${request.headers["host"] ?? "127.0.0.1"}`;
}

/** JSON as the API sends it, with the id that its support asks for. */
function reply(world: World, status: number, body: unknown, location?: string): SandboxReply {
  return {
    status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "x-ep-request-uuid": world.ids.requestId(),
      ...(location === undefined ? {} : { location }),
    },
    body: stringifyWithFloats(body),
  };
}
