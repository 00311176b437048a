import { crc32, inflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { code, createOne, type OpenSandbox, openSandbox, text } from "./support.ts";

let sandbox: OpenSandbox;

beforeEach(async () => {
  sandbox = await openSandbox();
});

afterEach(async () => {
  await sandbox.close();
});

interface Bought {
  readonly id: string;
  readonly trackingCode: string;
  readonly label: Record<string, unknown>;
}

async function buyAs(format: string): Promise<Bought> {
  const { id, buyPath, buyBody } = await createOne(sandbox, {
    options: { label_format: format },
    reference: "no (1)\\",
  });
  const bought = await sandbox.call("POST", buyPath, buyBody);
  return {
    id,
    trackingCode: text(bought.body, "tracking_code"),
    label: bought.body["postage_label"] as Record<string, unknown>,
  };
}

async function download(url: string): Promise<{ readonly type: string | null; readonly bytes: Buffer }> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return { type: response.headers.get("content-type"), bytes: Buffer.from(await response.arrayBuffer()) };
}

/** The chunks of a PNG; throws when a checksum is wrong. */
function readPng(bytes: Buffer): Map<string, Buffer> {
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const body = bytes.subarray(at + 4, at + 8 + length);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(body));
    chunks.set(body.subarray(0, 4).toString("latin1"), body.subarray(4));
    at += 12 + length;
  }
  return chunks;
}

describe("label files", () => {
  it("are a readable PNG by default, with the tracking number inside", async () => {
    const { trackingCode, label } = await buyAs("PNG");
    expect(label["label_file_type"]).toBe("image/png");
    expect(text(label, "label_url").startsWith(`${sandbox.url}/files/postage_label/20261122/`)).toBe(true);
    const { type, bytes } = await download(text(label, "label_url"));
    expect(type).toBe("image/png");
    const chunks = readPng(bytes);
    expect([...chunks.keys()]).toEqual(["IHDR", "tEXt", "IDAT", "IEND"]);
    expect(chunks.get("tEXt")?.toString("latin1")).toContain(trackingCode);
    const pixels = inflateSync(chunks.get("IDAT") ?? Buffer.alloc(0));
    expect(pixels).toHaveLength(600 * 51);
    expect(pixels.some((byte, index) => index % 51 !== 0 && byte !== 0xff)).toBe(true);
    expect(bytes.length).toBeLessThan(10_000);
  });

  it("are a one-page PDF when asked for, whose table of objects is right", async () => {
    const { trackingCode, label } = await buyAs("PDF");
    expect(label["label_file_type"]).toBe("application/pdf");
    expect(label["label_pdf_url"]).toBe(label["label_url"]);
    const { type, bytes } = await download(text(label, "label_url"));
    const file = bytes.toString("latin1");
    expect(type).toBe("application/pdf");
    expect(file.startsWith("%PDF-1.4\n")).toBe(true);
    expect(file).toContain(`(${trackingCode}) Tj`);
    expect(file).toContain("(REF no \\(1\\)\\\\) Tj");
    const xrefAt = Number(/startxref\n(\d+)\n%%EOF/.exec(file)?.[1]);
    expect(file.slice(xrefAt, xrefAt + 4)).toBe("xref");
    const offsets = [...file.slice(xrefAt).matchAll(/^(\d{10}) 00000 n $/gm)].map((match) => Number(match[1]));
    expect(offsets).toHaveLength(5);
    offsets.forEach((offset, index) => {
      expect(file.slice(offset).startsWith(`${index + 1} 0 obj`)).toBe(true);
    });
    const stream = /\/Length (\d+) >>\nstream\n([\s\S]*?)\nendstream/.exec(file);
    expect(stream?.[2]).toHaveLength(Number(stream?.[1]));
  });

  it("are ZPL when asked for", async () => {
    const { trackingCode, label } = await buyAs("zpl");
    const { bytes } = await download(text(label, "label_url"));
    expect(bytes.toString()).toMatch(/^\^XA\n[\s\S]*\^XZ\n$/);
    expect(bytes.toString()).toContain(`^FD${trackingCode}^FS`);
  });

  it("convert from PNG only, in known formats only, and not before the purchase", async () => {
    const unbought = await createOne(sandbox);
    const early = await sandbox.call("GET", `/v2/shipments/${unbought.id}/label?file_format=ZPL`);
    expect(code(early)).toBe("SHIPMENT.POSTAGE.REQUIRED");
    const pdf = await buyAs("PDF");
    const fromPdf = await sandbox.call("GET", `/v2/shipments/${pdf.id}/label?file_format=ZPL`);
    expect(code(fromPdf)).toBe("SHIPMENT.POSTAGE.FORMAT_UNAVAILABLE");
    const png = await buyAs("PNG");
    const unknown = await sandbox.call("GET", `/v2/shipments/${png.id}/label?file_format=DOC`);
    expect(code(unknown)).toBe("SHIPMENT.POSTAGE.INVALID_FORMAT");
    const converted = await sandbox.call("GET", `/v2/shipments/${png.id}/label?file_format=ZPL`);
    const label = converted.body["postage_label"] as Record<string, unknown>;
    expect([label["label_url"], label["label_file_type"]]).toEqual([png.label["label_url"], "image/png"]);
    expect(text(label, "label_zpl_url")).toMatch(/\.zpl$/);
  });

  it("are not found under another ending or name", async () => {
    const { label } = await buyAs("PNG");
    const url = text(label, "label_url");
    expect((await fetch(url.replace(".png", ".pdf"))).status).toBe(404);
    expect((await fetch(`${sandbox.url}/files/postage_label/20261122/${"0".repeat(32)}.png`)).status).toBe(404);
  });
});
