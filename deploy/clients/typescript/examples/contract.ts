// A contract from the draft into force, and a payment that it obliges to: due, paid in two parts, accepted.
import assert from "node:assert/strict";
import { Client, common, contract, fromMoney, partner, toDate, toMoney } from "tributary-client";

const name = `contract-${crypto.randomUUID().slice(0, 8)}`;
const day = (days: number) => toDate(new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10));

const sales = Client.fromEnvironment();
const { secret } = await sales.apiKey.createApiKey({ subject: `legal-${name}`, roles: [common.Role.LEGAL] });
const legal = Client.fromEnvironment({ credential: secret });

await sales.partner.createPartner({
  partnerId: name,
  partner: { displayName: "Hefei Yunfan", kind: partner.PartnerKind.DEALER },
  initialStatus: partner.PartnerStatus.ACTIVE,
});
let agreed = await sales.contract.createContract({
  contractId: name,
  contract: {
    partner: `partners/${name}`,
    title: "Dealer agreement",
    effectiveFrom: day(-30),
    effectiveTo: day(335),
    clauses: [{ clauseId: "price", text: "The price is 0.75 of list." }],
  },
});
// Each step names the revision it is about; the review is by somebody who did not write it.
agreed = await sales.contract.negotiateContract({ name: agreed.name, etag: agreed.etag, reason: "sent to the dealer" });
agreed = await sales.contract.submitContract({ name: agreed.name, etag: agreed.etag, reason: "agreed" });
agreed = await legal.contract.approveContract({ name: agreed.name, etag: agreed.etag, reason: "as the template" });
for (const party of [contract.Party.PARTNER, contract.Party.PRINCIPAL]) {
  // What is signed is the text with this digest.
  const signature = { party, signer: "Zhang San", signedOn: day(-30), termsDigest: agreed.termsDigest };
  agreed = await legal.contract.signContract({ name: agreed.name, etag: agreed.etag, signature });
}
assert.equal(agreed.state, contract.ContractState.ACTIVE);

let payment = await sales.obligation.createObligation({
  parent: agreed.name,
  obligation: {
    kind: contract.ObligationKind.PAYMENT,
    title: "First instalment",
    dueOn: day(-2),
    amount: toMoney("50000", "CNY"),
  },
});
assert.ok(payment.overdue);
for (const [receipt, amount] of [["7781", "20000"], ["7790", "30000"]] as const) {
  const proof = { title: `bank receipt ${receipt}`, fulfilledOn: day(-3), amount: toMoney(amount, "CNY") };
  payment = await sales.obligation.submitProof({ name: payment.name, etag: payment.etag, proof });
}
assert.equal(fromMoney(payment.filedAmount), "50000");
payment = await legal.obligation.acceptObligation({ name: payment.name, etag: payment.etag });
assert.ok(payment.state === contract.ObligationState.ACCEPTED && !payment.overdue);
console.log(`${payment.name}: ${fromMoney(payment.filedAmount)} CNY accepted`);
