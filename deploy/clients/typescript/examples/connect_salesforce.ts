// Salesforce: accounts become partners, opportunities that are won become facts, and what changes here goes back to the account.
//
// Records are what a record-triggered flow sends by HTTP callout, with amounts as TEXT(…), because JSON numbers are not exact; what
// goes back is a call of the REST API. They are made up, and Salesforce is a map here.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Client, errorOfStatus, fromMoney, fromScaled, incentive, pages, partner, refusalOf, toDate, toMoney, toScaled, WebhookVerifier,
  type WebhookEvent } from "tributary-client";

interface Account { Id: string; Name: string; Type: string; BillingCountryCode: string; BillingStateCode: string | null }
interface Opportunity { Id: string; AccountId: string; StageName: string; CloseDate: string; Amount: string; CurrencyIsoCode: string }

const system = "salesforce";
const run = crypto.randomUUID().slice(0, 8);
const client = Client.fromEnvironment();

const kinds: Readonly<Record<string, partner.PartnerKind>> = {
  "Channel Partner / Reseller": partner.PartnerKind.DEALER,
  Distributor: partner.PartnerKind.DISTRIBUTOR,
};

/** An account was saved: made here, or brought up to date. Sent again it changes nothing. */
async function onAccount(account: Account): Promise<string> {
  const { results: [result] } = await client.partner.batchUpsertPartners({
    items: [{
      partner: {
        displayName: account.Name,
        kind: kinds[account.Type] ?? partner.PartnerKind.AGENT,
        region: [account.BillingCountryCode, account.BillingStateCode].filter(Boolean).join("/"),
        externalRefs: [{ system, id: account.Id }],
      },
    }],
  });
  if (result?.error) throw errorOfStatus(result.error);
  return result?.partner ?? "";
}

/** An opportunity was saved. Won: a fact. No longer won: the fact stays, and another one takes it back. */
async function onOpportunity(opportunity: Opportunity): Promise<void> {
  const fact = {
    sourceSystem: system,
    sourceId: opportunity.Id,
    partnerRef: { case: "partnerExternalRef", value: { system, id: opportunity.AccountId } },
    kind: incentive.FactKind.SELL_OUT,
    occurred: { case: "occurredOn", value: toDate(opportunity.CloseDate) },
    net: toMoney(opportunity.Amount, opportunity.CurrencyIsoCode),
  } as const;
  if (opportunity.StageName === "Closed Won") {
    await client.fact.recordFact({ fact });
    return;
  }
  try {
    const won = await client.fact.getFact({ sourceSystem: system, sourceId: opportunity.Id });
    await client.fact.recordFact({
      fact: {
        ...fact,
        sourceId: `${opportunity.Id}#lost`,
        originalSourceId: opportunity.Id,
        kind: incentive.FactKind.ADJUSTMENT,
        net: toMoney(fromScaled(-toScaled(fromMoney(won.net), 6), 6), opportunity.CurrencyIsoCode),
      },
    });
  } catch (error) {
    if (refusalOf(error).reason !== "FACT_NOT_FOUND") throw error;
  }
}

/** PATCH /services/data/v61.0/sobjects/Account/ID with the status of the partner. */
function patchOf(event: WebhookEvent): { path: string; body: Record<string, string> } | undefined {
  const { revision } = event.data as unknown as { revision: { partner: { status: string; externalRefs?: { system: string; id: string }[] } } };
  const reference = revision.partner.externalRefs?.find((ref) => ref.system === system);
  return reference && {
    path: `/services/data/v61.0/sobjects/Account/${reference.id}`,
    body: { Partner_Status__c: revision.partner.status.replace("PARTNER_STATUS_", "") },
  };
}

const account = { Id: `0015g${run}AAB`, Name: "Sample Outdoor", Type: "Distributor", BillingCountryCode: "CN", BillingStateCode: "ZJ" };
const name = await onAccount(account);
assert.equal(await onAccount({ ...account, Name: "Sample Outdoor Ltd." }), name);
assert.equal((await client.partner.getPartner({ name })).displayName, "Sample Outdoor Ltd.");

// Events back. The secret is shown once; the receiver remembers ids, because an event may come again.
const salesforce = new Map<string, Record<string, string>>();
const seen = new Set<string>();
let verifier: WebhookVerifier;
const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  try {
    const event = await verifier.verify(Buffer.concat(parts), request.headers);
    const patch = seen.has(event.id) ? undefined : patchOf(event);
    seen.add(event.id);
    if (patch) salesforce.set(patch.path, patch.body);
    response.writeHead(204).end();
    server.emit("patched");
  } catch {
    response.writeHead(400).end();
  }
}).listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
const patched = once(server, "patched");
const made = await client.webhook.createWebhook({
  webhookId: `sf-${run}`,
  webhook: { url: `http://127.0.0.1:${port}/`, types: ["tributary.partner.v1.PartnerChanged"], subject: name },
});
verifier = new WebhookVerifier(made.secret);
await client.partner.submitPartnerApplication({ name, reason: "approved in Salesforce" });
await patched;
assert.deepEqual([...salesforce], [[`/services/data/v61.0/sobjects/Account/${account.Id}`, { Partner_Status__c: "APPLICANT" }]]);
await client.webhook.deleteWebhook({ name: made.webhook?.name ?? "" });
server.close();
server.closeAllConnections();

const deal = { Id: `0065g${run}AAB`, AccountId: account.Id, StageName: "Closed Won", CloseDate: "2031-07-20", Amount: "250000.00", CurrencyIsoCode: "CNY" };
await onOpportunity(deal);
await onOpportunity(deal); // a flow that runs twice
const other = { ...deal, Id: `0065g${run}BBB`, Amount: "50000.5" };
await onOpportunity(other);
await onOpportunity({ ...other, StageName: "Closed Lost" });
await onOpportunity({ ...deal, Id: `0065g${run}CCC`, StageName: "Prospecting" });

let total = 0n;
let facts = 0;
for await (const fact of pages(client.fact.listFacts, { partner: name }, "facts")) {
  total += toScaled(fromMoney(fact.net), 2);
  facts += 1;
}
assert.deepEqual([facts, fromScaled(total, 2)], [3, "250000"]);
console.log(`${name}: ${facts} facts, ${fromScaled(total, 2)} CNY; Salesforce knows that it is an applicant`);
