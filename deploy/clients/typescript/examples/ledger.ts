// Post to the ledger and read a balance: accrue, reserve, post a part, and see a limit hold.
import assert from "node:assert/strict";
import { Client, fromDecimal, pages, partner, refusalOf, toDecimal } from "tributary-client";

const client = Client.fromEnvironment();
const name = `ledger-${crypto.randomUUID().slice(0, 8)}`;
const expense = "ledgerAccounts/house.expense.CNY";
const accrued = `ledgerAccounts/partner.${name}.accrued.CNY`;
const payable = `ledgerAccounts/partner.${name}.payable.CNY`;

await client.partner.createPartner({
  partnerId: name,
  partner: { displayName: "Xinan Trading", kind: partner.PartnerKind.DEALER },
  initialStatus: partner.PartnerStatus.ACTIVE,
});

const record = (key: string, debit: string, credit: string, amount: string, pending = false) =>
  client.ledger.createTransaction({
    transactionId: `${name}.${key}`,
    transaction: { cause: `SAP/${key}`, postings: [{ debit, credit, amount: toDecimal(amount) }], pending },
  });

const balance = async (account: string) => {
  const found = await client.ledger.getLedgerAccount({ name: account });
  return [fromDecimal(found.balance), fromDecimal(found.available)];
};

await record("4711", expense, accrued, "1000");
await record("4711", expense, accrued, "1000.00"); // the same again: nothing happens
const reserved = await record("4712", accrued, payable, "800", true);
assert.deepEqual(await balance(accrued), ["1000", "200"]);
await assert.rejects(record("4713", accrued, payable, "200.01"), (error) => refusalOf(error).reason === "BALANCE_LIMIT");

// 500.50 of the reserved 800 are posted, the rest comes back.
await client.ledger.postTransaction({ name: reserved.name, amounts: [toDecimal("500.50")] });
assert.deepEqual(await balance(accrued), ["499.5", "499.5"]);
assert.deepEqual(await balance(payable), ["500.5", "500.5"]);

let movements = 0;
for await (const _ of pages(client.ledger.listAccountMovements, { account: accrued }, "movements")) movements += 1;
console.log(`${accrued}: ${movements} movements, balance ${(await balance(accrued))[0]} CNY`);
