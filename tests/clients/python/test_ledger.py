"""The ledger through the gateway, from Python, with reflection only; and the journal checked without the suite's help:
digests by hashlib, balances summed from what the entries say.
"""

import collections
import hashlib
import json
import os
import unittest
from decimal import Decimal

from reflected import Refused, Suite, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
LEDGER = "tributary.incentive.v1.LedgerService"
OPERATIONS = "google.longrunning.Operations"


def digest(entry, previous):
    """The digest of an entry, as the contract describes it."""
    micros = entry.record_time.seconds * 1_000_000 + entry.record_time.nanos // 1000
    fields = {"position": entry.position, "previous": previous, "author": entry.author, "record_time": micros,
              "content": entry.content}
    text = "tributary.journal.v1\n"
    for name, value in fields.items():
        text += f"{name}={len(str(value).encode())}:{value}\n"
    return hashlib.sha256(text.encode()).hexdigest()


class Ledger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite(os.environ["TRIBUTARY_ENDPOINT"], os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        cls.partner = fresh_id("py")
        cls.suite.call(f"{PARTNERS}/CreatePartner", {
            "partnerId": cls.partner, "partner": {"displayName": "Ledger", "kind": "PARTNER_KIND_DEALER"},
            "initialStatus": "PARTNER_STATUS_ACTIVE",
        })
        cls.accrued = f"ledgerAccounts/partner.{cls.partner}.accrued.CNY"
        cls.payable = f"ledgerAccounts/partner.{cls.partner}.payable.CNY"

    def record(self, name, postings, **more):
        stated = [{"debit": d, "credit": c, "amount": {"value": a}} for d, c, a in postings]
        transaction = {"cause": f"test/{self.partner}", "postings": stated, **more}
        return self.suite.call(f"{LEDGER}/CreateTransaction", {
            "transactionId": f"{self.partner}.{name}", "transaction": transaction,
        })

    def test_movements_and_the_journal(self):
        expense = "ledgerAccounts/house.expense.CNY"
        self.record("accrue", [(expense, self.accrued, "1000")])
        again = self.record("accrue", [(expense, self.accrued, "1000.00")])
        self.assertEqual(again.postings[0].posted_amount.value, "1000.00")
        with self.assertRaises(Refused) as refused:
            self.record("accrue", [(expense, self.accrued, "1001")])
        self.assertEqual(refused.exception.reason, "TRANSACTION_DIFFERS")
        pending = self.record("settle", [(self.accrued, self.payable, "800")], pending=True)
        with self.assertRaises(Refused) as refused:
            self.record("beyond", [(self.accrued, self.payable, "200.01")])
        self.assertEqual(refused.exception.reason, "BALANCE_LIMIT")
        self.suite.call(f"{LEDGER}/PostTransaction", {"name": pending.name, "amounts": [{"value": "500.5"}]})
        for name, balance in ((self.accrued, "499.50"), (self.payable, "500.50")):
            account = self.suite.call(f"{LEDGER}/GetLedgerAccount", {"name": name})
            self.assertEqual((account.balance.value, account.available.value), (balance, balance))
        self.check_journal()

    def check_journal(self):
        entries, token = [], ""
        while True:
            page = self.suite.call(f"{LEDGER}/ListJournalEntries", {"pageSize": 1000, "pageToken": token})
            entries += page.entries
            token = page.next_page_token
            if not token:
                break
        previous, known, less = "", {}, collections.Counter()
        for number, entry in enumerate(entries, 1):
            self.assertEqual(entry.position, number)
            self.assertEqual(entry.digest, digest(entry, previous))
            previous = entry.digest
            ((kind, content),) = json.loads(entry.content).items()
            counts = []
            if kind == "recorded":
                known[content["id"]] = content["postings"]
                counts = [] if content.get("pending") else [p["amount"] for p in content["postings"]]
                postings = content["postings"]
            elif kind == "posted":
                postings, counts = known[content["transaction"]], content["amounts"]
            for posting, amount in zip(postings, counts):
                less[posting["debit"]] += amount
                less[posting["credit"]] -= amount
        accounts = self.suite.call(f"{LEDGER}/ListLedgerAccounts", {"partner": f"partners/{self.partner}"})
        for account in accounts.ledger_accounts:
            kept = (Decimal(account.debits_posted.value) - Decimal(account.credits_posted.value)) * 100
            self.assertEqual(kept, less[account.name.removeprefix("ledgerAccounts/")])
        self.assertEqual(len(accounts.ledger_accounts), 2)


if __name__ == "__main__":
    unittest.main()
