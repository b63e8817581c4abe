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

/** An account was saved: made here, or brought up to date. Sent again it changes nothing, unless somebody else did meanwhile. */
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

/** A fact by its id here, if it was recorded. */
async function recorded(sourceId: string): Promise<incentive.SalesFact | undefined> {
  try {
    return await client.fact.getFact({ sourceSystem: system, sourceId });
  } catch (error) {
    if (refusalOf(error).reason !== "FACT_NOT_FOUND") throw error;
    return undefined;
  }
}

/**
 * An opportunity was saved. Won: a fact. No longer won, or won with another amount: the fact stays, and another one takes back what was
 * recorded, whatever the opportunity says by now. Won again: a fact with the next id. A flow that runs twice finds all of it done.
 */
async function onOpportunity(opportunity: Opportunity): Promise<void> {
  let sourceId = opportunity.Id;
  let won = await recorded(sourceId);
  for (let time = 2; won && (await recorded(`${sourceId}#lost`)); time++) {
    sourceId = `${opportunity.Id}#${time}`;
    won = await recorded(sourceId);
  }
  const wins = opportunity.StageName === "Closed Won";
  if (wins) {
    try {
      await client.fact.recordFact({
        fact: {
          sourceSystem: system,
          sourceId,
          partnerRef: { case: "partnerExternalRef", value: { system, id: opportunity.AccountId } },
          kind: incentive.FactKind.SELL_OUT,
          occurred: { case: "occurredOn", value: toDate(opportunity.CloseDate) },
          net: toMoney(opportunity.Amount, opportunity.CurrencyIsoCode),
        },
      });
      return;
    } catch (error) {
      if (refusalOf(error).reason !== "FACT_CONTENT_DIFFERS") throw error;
    }
  }
  if (won) {
    const { partnerRef, occurred, net } = won;
    await client.fact.recordFact({
      fact: {
        sourceSystem: system,
        sourceId: `${sourceId}#lost`,
        originalSourceId: sourceId,
        kind: incentive.FactKind.ADJUSTMENT,
        partnerRef,
        occurred,
        net: net && { currencyCode: net.currencyCode, units: -net.units, nanos: -net.nanos },
      },
    });
  }
  // From the beginning: somebody else may have been here meanwhile.
  if (wins) await onOpportunity(opportunity);
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
// Lost, when the amount and the currency are already others; won again in dollars; won with another amount after all.
const other = { ...deal, Id: `0065g${run}BBB`, Amount: "50000.5" };
await onOpportunity(other);
const lost = { ...other, StageName: "Closed Lost", Amount: "7100", CurrencyIsoCode: "USD", CloseDate: "2031-08-02" };
await onOpportunity({ ...lost, Amount: "", CloseDate: "" }); // what is lost may have neither any more
await onOpportunity(lost);
for (const amount of ["7100", "7250.25", "7250.25"]) await onOpportunity({ ...lost, StageName: "Closed Won", Amount: amount });
await onOpportunity({ ...deal, Id: `0065g${run}CCC`, StageName: "Prospecting" });

const totals: Record<string, bigint> = {};
const ids: string[] = [];
for await (const fact of pages(client.fact.listFacts, { partner: name }, "facts")) {
  const currency = fact.net?.currencyCode ?? "";
  totals[currency] = (totals[currency] ?? 0n) + toScaled(fromMoney(fact.net), 2);
  ids.push(fact.sourceId);
}
const wanted = [deal.Id, other.Id, `${other.Id}#lost`, `${other.Id}#2`, `${other.Id}#2#lost`, `${other.Id}#3`];
assert.deepEqual(ids.sort(), wanted.sort());
// 250,000 and 50,000.50 less as much; 7,100 less as much and 7,250.25.
assert.deepEqual(totals, { CNY: 25_000_000n, USD: 725_025n });
console.log(`${name}: ${ids.length} facts, ${fromScaled(725_025n, 2)} USD and ${fromScaled(25_000_000n, 2)} CNY; Salesforce knows that it is an applicant`);
