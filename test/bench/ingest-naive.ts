/**
 * `node ingest-naive.ts <database file> <secret>`: what one writes first. node:http, the signature, and one transaction
 * per request at `synchronous=FULL`. It stores less than shipbot does: no order is made due. Writes how long a commit
 * takes, and `listening on <port>`.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Sqlite from "better-sqlite3";

const COMMITS = 30;

const [file = "", secret = ""] = process.argv.slice(2);
const database = new Sqlite(file);
database.pragma("journal_mode = wal");
database.pragma("synchronous = full");
database.exec("create table inbox (id text primary key, topic text not null, received_at integer not null)");
const insert = database.prepare("insert or ignore into inbox (id, topic, received_at) values (?, ?, ?)");

const startedAt = performance.now();
for (let commit = 0; commit < COMMITS; commit += 1) {
  insert.run(`commit ${commit}`, "none", 0);
}
process.stdout.write(`commit ${((performance.now() - startedAt) / COMMITS).toFixed(3)} ms\n`);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const given = Buffer.from(String(request.headers["x-shopify-hmac-sha256"]));
    const expected = Buffer.from(createHmac("sha256", secret).update(Buffer.concat(chunks)).digest("base64"));
    const isGenuine = given.length === expected.length && timingSafeEqual(given, expected);
    if (isGenuine) {
      insert.run(request.headers["x-shopify-webhook-id"], request.headers["x-shopify-topic"], Date.now());
    }
    const body = isGenuine ? "stored\n" : "refused\n";
    response.writeHead(isGenuine ? 200 : 401, { "content-length": body.length });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`);
});
