// Record what a partner sold, try a plan on it, read the statement and why it says what it says.
import assert from "node:assert/strict";
import { fromJson } from "@bufbuild/protobuf";
import { Client, fromDecimal, fromMoney, incentive, pages, partner, toDate, toMoney } from "tributary-client";

const client = Client.fromEnvironment();
const name = `calc-${crypto.randomUUID().slice(0, 8)}`;
// Invoices of July in CNY: 1,600,000.00 together. Amounts are text, because a number is not exact.
const sales: [string, string][] = [["2031-07-03", "640000.25"], ["2031-07-17", "959999.75"]];

await client.partner.createPartner({
  partnerId: name,
  partner: { displayName: "Huadong Trading", kind: partner.PartnerKind.DEALER },
  initialStatus: partner.PartnerStatus.ACTIVE,
});
const facts = sales.map(([day, net], line) => ({
  sourceSystem: "erp",
  sourceId: `${name}/${line}`,
  partnerRef: { case: "partner", value: `partners/${name}` } as const,
  kind: incentive.FactKind.SELL_IN,
  occurred: { case: "occurredOn", value: toDate(day) } as const,
  net: toMoney(net, "CNY"),
}));
const recorded = await client.fact.batchRecordFacts({ facts });
assert.deepEqual([recorded.recordedCount, recorded.refusedCount], [2, 0]);
// What was sent before is a duplicate and counts once.
assert.equal((await client.fact.batchRecordFacts({ facts })).duplicateCount, 2);

// A plan is a document. 15 % up to a million, 20 % of what exceeds it.
const plan = fromJson(incentive.PlanSpecSchema, {
  title: "Rebate on purchases",
  assignments: [{ partner: `partners/${name}` }],
  rules: [{
    id: "rebate",
    title: "Rebate",
    measure: { field: "MEASURE_FIELD_NET", kinds: ["FACT_KIND_SELL_IN"] },
    negativeMeasure: "NEGATIVE_MEASURE_SIGNED",
    marginal: { table: { tiers: [
      { from: { value: "0" }, rate: { value: "0.15" } },
      { from: { value: "1000000" }, rate: { value: "0.20" } },
    ] } },
  }],
});
const operation = await client.run.calculate({ subject: { case: "plan", value: plan }, period: "2031-07" });
const run = await client.wait(operation, incentive.RunSchema);

const statements: incentive.Statement[] = [];
for await (const statement of pages(client.run.listStatements, { run: run.name, partner: `partners/${name}` }, "statements")) {
  statements.push(statement);
}
const line = statements[0]?.lines[0];
assert.ok(line && statements.length === 1);
assert.equal(fromDecimal(line.measure), "1600000");
// 0.15 × 1,000,000 + 0.20 × 600,000
assert.equal(fromMoney(statements[0]?.total), "270000");

const explained = await client.run.explainLine({ name: line.name });
const slices = explained.trace?.slices.map((part) => [fromDecimal(part.amountInSlice), fromDecimal(part.rate)]);
assert.deepEqual(slices, [["1000000", "0.15"], ["600000", "0.2"]]);
console.log(explained.sentences.join("\n"));
