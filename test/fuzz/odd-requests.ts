/** Requests that are odd as HTTP: in pieces, encoded, too large, at the wrong place, or none at all. */
import { gzipSync } from "node:zlib";
import { DEFAULT_LIMITS } from "../../src/server/limits.ts";
import type { Chance } from "./chance.ts";
import {
  type Draft,
  expected,
  type HostileRequest,
  length,
  PATHS,
  refused,
  SIGNATURE_HEADER,
  signed,
  write,
} from "./wire.ts";

const LARGE = Buffer.alloc(DEFAULT_LIMITS.readBodyBytesMax + 1_000, 0x61);
/** Four megabytes of nothing in four kilobytes. */
const BOMB = gzipSync(Buffer.alloc(4 * 1024 * 1024));

export function chunked(chance: Chance, draft: Draft): HostileRequest {
  const pieces: Buffer[] = [];
  for (let start = 0; start < draft.body.length; ) {
    const piece = draft.body.subarray(start, start + 1 + chance.below(chance.oneIn(4) ? 16 : 2_000));
    const extension = chance.oneIn(10) ? ";x=1" : "";
    pieces.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from("\r\n"));
    start += piece.length;
  }
  const body = Buffer.concat([...pieces, Buffer.from(chance.oneIn(5) ? "0\r\nx-trailer: 1\r\n\r\n" : "0\r\n\r\n")]);
  return {
    wire: write(draft, [signed(draft), ["transfer-encoding", "chunked"]], body),
    allowed: [200],
    genuine: expected(draft),
    ends: false,
  };
}

export function encoded(chance: Chance, draft: Draft): HostileRequest {
  const body = chance.pick([gzipSync(draft.body), BOMB, draft.body]);
  const sent = { ...draft, body };
  const encoding = chance.pick(["gzip", "br", "deflate", "zstd", "gzip, gzip", "GZIP", "x", "identity, gzip"]);
  return refused(write(sent, [signed(sent), ["content-encoding", encoding], length(body)]), [415], true);
}

/** HTTP that is right, at a place or in a way that is not. */
export function misused(chance: Chance, draft: Draft): HostileRequest {
  const path = PATHS[draft.route];
  const line = chance.pick([
    `PUT ${path} HTTP/1.1`,
    `GET ${path} HTTP/1.1`,
    `DELETE ${path} HTTP/1.1`,
    `PATCH ${path} HTTP/1.1`,
    `OPTIONS ${path} HTTP/1.1`,
    `POST ${path}x HTTP/1.1`,
    "POST / HTTP/1.1",
    "POST /webhooks/shipping/nobody HTTP/1.1",
    "POST /webhooks/shipping/%zz HTTP/1.1",
    "POST /webhooks/../webhooks/shopif HTTP/1.1",
    "POST //evil.example/%2e%2e HTTP/1.1",
    "POST /health HTTP/1.1",
    `POST ${path}%00 HTTP/1.1`,
  ]);
  return refused(write(draft, [signed(draft), length(draft.body)], draft.body, line), [404, 405], true);
}

/** What is no HTTP, or two things at once. A second request that hides in it is forged, so nothing of it may be stored. */
export function noHttp(chance: Chance, draft: Draft): HostileRequest {
  const hidden = Buffer.from(`POST ${PATHS[draft.route]} HTTP/1.1\r\nhost: fuzz\r\ncontent-length: 2\r\n\r\n{}`);
  const forgedBody = { ...draft, body: hidden };
  const make = chance.pick<() => Buffer>([
    () =>
      write(
        forgedBody,
        [
          ["content-length", "4"],
          ["transfer-encoding", "chunked"],
        ],
        Buffer.concat([Buffer.from("0\r\n\r\n"), hidden]),
      ),
    () =>
      write(forgedBody, [
        ["transfer-encoding", "chunked"],
        ["content-length", String(hidden.length)],
      ]),
    () =>
      write(forgedBody, [
        ["content-length", "0"],
        ["content-length", String(hidden.length)],
      ]),
    () => write(forgedBody, [["transfer-encoding", "identity, chunked"]]),
    () => write(forgedBody, [["transfer-encoding", "xchunked"]]),
    () => write(forgedBody, [["transfer-encoding", "chunked"]], Buffer.from("ffffffffffffffff\r\n")),
    () => write(forgedBody, [["transfer-encoding", "chunked"]], Buffer.from("-1\r\n{}\r\n0\r\n\r\n")),
    () => write(forgedBody, [["content-length", "-1"]]),
    () => write(forgedBody, [["content-length", "1e3"]]),
    () => write(forgedBody, [["content-length", "99999999999999999999"]]),
    () => write(forgedBody, [[" content-length", "2"]]),
    () => write(forgedBody, [["x-bad", "a\u0000b"]]),
    () => write(forgedBody, [["x-fold", "a\r\n b"]]),
    () => write(forgedBody, [["x-long", "a".repeat(20_000)]]),
    () =>
      write(
        forgedBody,
        Array.from({ length: 2_500 }, (_, n) => [`x-${n}`, "y"] as const),
      ),
    () =>
      Buffer.from(
        write(forgedBody, [length(hidden)])
          .toString("latin1")
          .replaceAll("\r\n", "\n"),
        "latin1",
      ),
    () => write(forgedBody, [length(hidden)], hidden, `POST ${PATHS[draft.route]} HTTP/9.9`),
    () => write(forgedBody, [length(hidden)], hidden, `post ${PATHS[draft.route]} HTTP/1.1`),
    () => Buffer.concat([chance.bytes(1 + chance.below(300)), Buffer.from("\r\n\r\n")]),
    () => Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    () => write(draft, [signed(draft), ["content-length", String(draft.body.length + 10)]]),
  ]);
  return refused(make(), [0, 400, 401, 404, 405, 413, 431, 505], true);
}

export function large(chance: Chance, draft: Draft): HostileRequest {
  const route = draft.route;
  switch (chance.below(3)) {
    case 0: {
      // Searched for nothing, so it is known by its hash and by what the headers say.
      const body = Buffer.concat([LARGE, chance.bytes(16)]);
      const sent = { ...draft, body };
      const told = expected(sent);
      return {
        wire: write(sent, [signed(sent), length(body)]),
        allowed: [200],
        genuine: route === "easypost" ? { ...told, topic: "unknown" } : told,
        ends: false,
      };
    }
    case 1:
      return refused(
        write({ ...draft, body: LARGE }, [[SIGNATURE_HEADER[route], "forged"], length(LARGE)]),
        [413],
        true,
      );
    default:
      return refused(
        write(draft, [signed(draft), ["content-length", String(DEFAULT_LIMITS.bodyBytesMax + 1)]]),
        [413],
        true,
      );
  }
}
