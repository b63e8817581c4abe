// Onboard a partner: create it once, admit it, find it by the key of your own system, change a field, hear what is wrong.
import assert from "node:assert/strict";
import { Client, pages, partner, refusalOf } from "tributary-client";

const client = Client.fromEnvironment();
const externalRef = { system: "erp", id: `C-${crypto.randomUUID().slice(0, 8)}` };

// The client gives every call that changes something a request id, so that a retry creates nothing twice. Give one of your own
// where your process may die in between: then the repeat is yours.
const order = {
  partner: {
    displayName: "广州晨光商贸",
    kind: partner.PartnerKind.DEALER,
    region: "CN/GD/Guangzhou",
    externalRefs: [externalRef],
  },
  requestId: `onboard ${externalRef.id}`,
};
let created = await client.partner.createPartner(order);
assert.equal((await client.partner.createPartner(order)).name, created.name);

// Prospect, applicant, admitted, active: each step has its reason, and the etag says on which state you decided.
const { submitPartnerApplication, admitPartner, activatePartner } = client.partner;
for (const step of [submitPartnerApplication, admitPartner, activatePartner]) {
  created = await step({ name: created.name, etag: created.etag, reason: "licence verified" });
}
assert.equal(created.status, partner.PartnerStatus.ACTIVE);

const found = await client.partner.lookupPartner({ externalRef });
assert.equal(found.name, created.name);

const changed = await client.partner.updatePartner({
  partner: { name: found.name, etag: found.etag, region: "CN/GD/Shenzhen" },
  updateMask: { paths: ["region"] },
});
assert.deepEqual([changed.region, changed.displayName], ["CN/GD/Shenzhen", "广州晨光商贸"]);

// Everything that is wrong comes at once, by field.
try {
  await client.partner.createPartner({ partner: { foundingYear: -1 } });
  assert.fail("a partner without a name was created");
} catch (error) {
  const { reason, violations } = refusalOf(error);
  assert.equal(reason, "INVALID_REQUEST");
  assert.deepEqual(violations.map(({ field }) => field).sort(), ["partner.display_name", "partner.founding_year", "partner.kind"]);
}

const actions: string[] = [];
for await (const { action } of pages(client.partner.listPartnerRevisions, { name: created.name, pageSize: 2 }, "revisions")) {
  actions.push(action);
}
assert.deepEqual(actions, ["UPDATED", "ACTIVATED", "ADMITTED", "APPLICATION_SUBMITTED", "CREATED"]);
console.log(`${created.name} is active, known as erp:${externalRef.id}, after ${actions.length} changes`);
