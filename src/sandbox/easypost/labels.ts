/**
 * Label files made in code: small, real, and obviously no postage. Each carries the tracking number as readable text, so
 * that a test can say which label a file is. Made anew at every download, always the same bytes for the same label.
 */
import { crc32, deflateSync } from "node:zlib";
import { glyphRows } from "./glyphs.ts";
import type { LabelFormat } from "./state.ts";

export interface LabelText {
  readonly carrier: string;
  readonly service: string;
  readonly trackingCode: string;
  readonly reference: string | null;
  /** What the buyer wants to be printed on it. */
  readonly printed: string | null;
  /** City, state, zip and country; no name and no street. */
  readonly destination: string;
}

const CONTENT_TYPES: Readonly<Record<LabelFormat, string>> = {
  PNG: "image/png",
  PDF: "application/pdf",
  ZPL: "application/zpl",
};

/** The file and its media type. */
export function drawLabel(
  format: LabelFormat,
  label: LabelText,
): { readonly contentType: string; readonly bytes: Buffer } {
  const draw = { PNG: drawPng, PDF: drawPdf, ZPL: drawZpl }[format];
  return { contentType: CONTENT_TYPES[format], bytes: draw(label) };
}

function linesOf(label: LabelText): readonly string[] {
  return [
    "SANDBOX LABEL - NOT VALID POSTAGE",
    `${label.carrier} ${label.service}`,
    `TO ${label.destination}`,
    ...(label.reference === null ? [] : [`REF ${label.reference}`]),
    ...(label.printed === null ? [] : [label.printed]),
    label.trackingCode,
  ].map(toAscii);
}

/** Fonts of label printers and of the PDF standard set know no more than ASCII without further ado. */
function toAscii(text: string): string {
  return text.normalize("NFKD").replace(/[^\x20-\x7e]/g, "");
}

/** A zebra of the tracking code: not a code any scanner reads, but another one for each label. */
function stripes(trackingCode: string): readonly boolean[] {
  return [...trackingCode].flatMap((character) => {
    const value = character.charCodeAt(0);
    return [true, false, ...Array.from({ length: 6 }, (_, bit) => ((value >> bit) & 1) === 1)];
  });
}

const WIDTH = 400;
const HEIGHT = 600;
/** Pixels per dot of a glyph, by role of the line. */
const TEXT_SCALE = 3;
const CODE_SCALE = 4;

/** 400 × 600 pixels, one bit each (4 × 6 inches at 100 dpi), with the tracking number drawn and in a `tEXt` chunk. */
function drawPng(label: LabelText): Buffer {
  const rowBytes = WIDTH / 8;
  const pixels = Buffer.alloc(HEIGHT * (rowBytes + 1), 0xff);
  for (let y = 0; y < HEIGHT; y += 1) {
    pixels[y * (rowBytes + 1)] = 0;
  }
  const blacken = (x: number, y: number): void => {
    if (x >= 0 && x < WIDTH && y >= 0 && y < HEIGHT) {
      const at = y * (rowBytes + 1) + 1 + (x >> 3);
      pixels[at] = (pixels[at] ?? 0) & ~(0x80 >> (x & 7));
    }
  };
  linesOf(label).forEach((line, index) => {
    const scale = line === label.trackingCode ? CODE_SCALE : TEXT_SCALE;
    drawText(line, 16, 24 + index * 36, scale, blacken);
  });
  stripes(label.trackingCode).forEach((black, index) => {
    for (let dot = 0; black && dot < 2 * 180; dot += 1) {
      blacken(16 + index * 2 + (dot & 1), 360 + (dot >> 1));
    }
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header[8] = 1;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk("IHDR", header),
    pngChunk("tEXt", Buffer.from(`Comment\0tracking code ${label.trackingCode}`, "latin1")),
    pngChunk("IDAT", deflateSync(pixels)),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

function drawText(
  text: string,
  left: number,
  top: number,
  scale: number,
  blacken: (x: number, y: number) => void,
): void {
  [...text.toUpperCase()].forEach((character, index) => {
    glyphRows(character).forEach((row, y) => {
      for (let x = 0; x < 3; x += 1) {
        if (((row >> (2 - x)) & 1) === 0) {
          continue;
        }
        for (let dot = 0; dot < scale * scale; dot += 1) {
          blacken(left + (index * 4 + x) * scale + (dot % scale), top + y * scale + Math.floor(dot / scale));
        }
      }
    });
  });
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** One page of 4 × 6 inches (288 × 432 points), uncompressed, so that the tracking number is found by a text search. */
function drawPdf(label: LabelText): Buffer {
  const text = linesOf(label)
    .map((line, index) => `1 0 0 1 20 ${400 - index * 26} Tm (${line.replace(/[\\()]/g, "\\$&")}) Tj`)
    .join("\n");
  const bars = stripes(label.trackingCode)
    .flatMap((black, index) => (black ? [`${20 + index * 1.4} 60 1.4 160 re`] : []))
    .join("\n");
  const content = `BT\n/F1 12 Tf\n${text}\nET\n${bars}\nf`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 288 432] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let file = "%PDF-1.4\n";
  const offsets: number[] = [];
  objects.forEach((object, index) => {
    offsets.push(file.length);
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
  });
  const xrefAt = file.length;
  const entries = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xrefAt}\n%%EOF\n`;
  return Buffer.from(file, "latin1");
}

/** For 203 dpi printers: 812 × 1218 dots. `^` and `~` begin commands in ZPL, so they are left out of texts. */
function drawZpl(label: LabelText): Buffer {
  const fields = linesOf(label).map(
    (line, index) => `^FO40,${40 + index * 60}^A0N,36,36^FD${line.replace(/[\^~]/g, "")}^FS`,
  );
  const code = label.trackingCode;
  return Buffer.from(`^XA\n^PW812\n^LL1218\n${fields.join("\n")}\n^FO40,500^BY2^BCN,200,Y,N,N^FD${code}^FS\n^XZ\n`);
}
