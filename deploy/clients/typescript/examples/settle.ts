// Close a month and pay it: publish a plan, calculate finally, lock, settle, approve, export to the ERP, confirm the payment.
import assert from "node:assert/strict";
import { fromJson } from "@bufbuild/protobuf";
import { Client, common, fromDecimal, fromMoney, incentive, partner, toDate, toMoney } from "tributary-client";

const name = `settle-${crypto.randomUUID().slice(0, 8)}`;
const month = "2012-08";
const period = `programmes/${name}/periods/${month}`;

// Whoever writes a plan, calculates or submits does not approve: that takes another subject.
const maker = Client.fromEnvironment();
const { secret } = await maker.apiKey.createApiKey({ subject: `checker-${name}`, roles: [common.Role.ADMIN] });
const checker = Client.fromEnvironment({ credential: secret });

await maker.partner.createPartner({
  partnerId: name,
  partner: { displayName: "Huabei Trading", kind: partner.PartnerKind.DEALER },
  initialStatus: partner.PartnerStatus.ACTIVE,
});
await maker.fact.recordFact({
  fact: {
    sourceSystem: "erp",
    sourceId: `${name}/1`,
    partnerRef: { case: "partner", value: `partners/${name}` },
    kind: incentive.FactKind.SELL_IN,
    occurred: { case: "occurredOn", value: toDate("2012-08-10") },
    net: toMoney("1234.56", "CNY"),
  },
});

// A programme, and a plan in it: three per cent of what was bought.
await maker.plan.createProgramme({ programmeId: name, programme: { displayName: "Dealers", slots: [{ id: "rebate" }] } });
const spec = fromJson(incentive.PlanSpecSchema, {
  title: "Three per cent",
  assignments: [{ partner: `partners/${name}` }],
  rules: [{
    id: "rebate",
    title: "Rebate",
    measure: { field: "MEASURE_FIELD_NET", kinds: ["FACT_KIND_SELL_IN"] },
    negativeMeasure: "NEGATIVE_MEASURE_SIGNED",
    marginal: { table: { tiers: [{ from: { value: "0" }, rate: { value: "0.03" } }] } },
  }],
});
let version = await maker.plan.createPlanVersion({ plan: `plans/${name}`, programme: `programmes/${name}`, slot: "rebate", spec });
for (const decide of [checker.plan.approvePlanVersion, checker.plan.activatePlanVersion]) {
  version = await decide({ name: version.name, etag: version.etag });
}

// The month: calculated by one, locked by the other.
const asked = await maker.run.calculate({
  subject: { case: "programme", value: `programmes/${name}` },
  period: month,
  mode: incentive.RunMode.FINAL,
  requestId: `${name} ${month}`,
});
const run = await maker.wait(asked, incentive.RunSchema);
const { etag } = await maker.closing.getPeriod({ name: period });
await checker.closing.lockPeriod({ name: period, run: run.name, etag });

// Its settlements, step by step.
const batch = await maker.wait(await maker.settlement.settlePeriod({ name: period, terms: {} }), incentive.SettlementBatchSchema);
// 1,234.56 × 0.03 = 37.0368
assert.equal(fromMoney(batch.payable[0]), "37.04");
for (const [client, step] of [
  [maker, incentive.SettlementAdvance.SUBMIT],
  [checker, incentive.SettlementAdvance.APPROVE],
  [maker, incentive.SettlementAdvance.LOCK],
] as const) {
  const advanced = await client.settlement.advanceSettlements({ name: period, step });
  const done = await client.wait(advanced, incentive.SettlementBatchSchema);
  assert.deepEqual([done.doneCount, done.refusedCount], [1, 0]);
}

// To the ERP, and back from it. The id of the export makes it safe to repeat for ever.
const payables = await maker.settlement.exportPayables({ period, payableExportId: `${name}-1` });
const payable = payables.payables[0];
assert.ok(payable);
assert.equal(fromMoney(payable.amount), "37.04");
const { results } = await maker.settlement.confirmPayments({
  confirmations: [{
    settlement: payable.settlement,
    export: payables.name,
    outcome: incentive.PaymentOutcome.PAID,
    reference: "1500000047",
    paidOn: toDate("2012-09-15"),
  }],
});
assert.ok(results[0]?.accepted);

const settlement = await maker.settlement.getSettlement({ name: payable.settlement });
assert.equal(settlement.state, incentive.SettlementState.PAID);
const account = await maker.ledger.getLedgerAccount({ name: `ledgerAccounts/partner.${name}.paid.CNY` });
assert.equal(fromDecimal(account.balance), "37.04");
console.log(`${settlement.name}: ${fromMoney(settlement.payable)} CNY paid, reference 1500000047`);
