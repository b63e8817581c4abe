// Hear of changes in two ways: as a stream that goes on where it was, and by a webhook whose signature is verified.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Client, partner, WebhookError, WebhookVerifier } from "tributary-client";

const name = `events-${crypto.randomUUID().slice(0, 8)}`;
const client = Client.fromEnvironment();

// The receiver answers at once, and leaves the work to others.
const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  response.writeHead(204).end();
  server.emit("received", body, request.headers);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
const received = once(server, "received") as Promise<[string, IncomingHttpHeaders]>;

// The suite calls addresses of the public internet only, unless its operator allows others.
const made = await client.webhook.createWebhook({
  webhookId: name,
  webhook: { url: `http://127.0.0.1:${port}/${name}`, subject: `partners/${name}` },
});
await client.partner.createPartner({ partnerId: name, partner: { displayName: "Before", kind: partner.PartnerKind.DEALER } });
await client.partner.updatePartner({
  partner: { name: `partners/${name}`, displayName: "After" },
  updateMask: { paths: ["display_name"] },
});

// The stream. Keep the cursor together with what you did because of the event.
async function next(cursor: string) {
  for await (const said of client.watchEvents({ subject: `partners/${name}`, cursor })) {
    if (said.event) return { event: said.event, cursor: said.cursor };
  }
  throw new Error("unreachable");
}
const first = await next("");
assert.equal(first.event.sequence, 1n);
// After a crash: begin behind the last one. Nothing is missed, nothing comes twice.
assert.equal((await next(first.cursor)).event.sequence, 2n);

// The webhook. Remember ids: an event may be sent again.
const verifier = new WebhookVerifier(made.secret);
const [body, headers] = await received;
const event = await verifier.verify(body, headers);
assert.deepEqual([event.id, event.subject], [first.event.id, `partners/${name}`]);
await assert.rejects(verifier.verify(body.replace("Before", "Beyond"), headers), WebhookError);

await client.webhook.deleteWebhook({ name: made.webhook?.name ?? "" });
server.close();
server.closeAllConnections();
console.log(`${event.type} of ${event.subject} by stream and by webhook`);
