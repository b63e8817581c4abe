"""Funds and subsidies through the gateway, from Python, with reflection only: the worked example of rule R28, and histories
whose amounts are computed here with Decimal.
"""

import hashlib
import os
import random
import unittest
from decimal import ROUND_HALF_UP, Decimal

from reflected import Refused, Suite, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
FUNDS = "tributary.incentive.v1.FundService"
SUBSIDIES = "tributary.incentive.v1.SubsidyService"
LEDGER = "tributary.incentive.v1.LedgerService"
KEYS = "tributary.gateway.v1.ApiKeyService"


def cents(value):
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def yuan(value):
    value = Decimal(value)
    return {"currencyCode": "CNY", "units": str(int(value)), "nanos": int((value - int(value)).scaleb(9))}


def amount(money):
    return Decimal(money.units) + Decimal(money.nanos) / 1_000_000_000


def date(year, month, day):
    return {"year": year, "month": month, "day": day}


class Funds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        endpoint = os.environ["TRIBUTARY_ENDPOINT"]
        cls.suite = Suite(endpoint, os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        key = {"subject": fresh_id("checker"), "roles": ["ROLE_FINANCE"]}
        cls.checker = Suite(endpoint, cls.suite.call(f"{KEYS}/CreateApiKey", key).secret)
        cls.addClassCleanup(cls.checker.close)

    def fund(self, budget, **terms):
        """A fund whose period and deadlines are far from over, whatever day it is, and a partner."""
        self.id = fresh_id("fd")
        self.partner = self.make_partner(self.id)
        self.suite.call(f"{FUNDS}/CreateFund", {"fundId": self.id, "requestId": "create " + self.id, "fund": {
            "displayName": self.id, "kind": "FUND_KIND_MARKETING", "currencyCode": "CNY", "owner": "marketing",
            "firstDay": date(2020, 1, 1), "endDay": date(2100, 1, 1), "heldBack": {"value": "0.1"},
            "budgets": [{"channel": "CHANNEL_CLASS_ONLINE", "amount": yuan(budget)}],
            "terms": {"rate": {"value": "0.5"}, "claimDays": 30, **terms},
        }})

    def make_partner(self, partner):
        self.suite.call(f"{PARTNERS}/CreatePartner", {
            "partnerId": partner, "partner": {"displayName": partner, "kind": "PARTNER_KIND_DEALER"},
            "initialStatus": "PARTNER_STATUS_ACTIVE",
        })
        return f"partners/{partner}"

    def ask(self, cost, **more):
        subsidy = fresh_id("sb")
        self.suite.call(f"{SUBSIDIES}/CreateSubsidy", {
            "subsidyId": subsidy, "requestId": fresh_id("ask"), "subsidy": {
                "fund": f"funds/{self.id}", "partner": self.partner, "channel": "CHANNEL_CLASS_ONLINE",
                "project": "Roadshow", "firstDay": date(2099, 6, 1), "endDay": date(2099, 6, 11),
                "plannedCost": yuan(cost), **more,
            },
        })
        return f"subsidies/{subsidy}"

    def step(self, suite, verb, name, **fields):
        return suite.call(f"{SUBSIDIES}/{verb}", {"name": name, "requestId": fresh_id("step"), **fields})

    def invoice(self, number):
        digest = hashlib.sha256(number.encode()).hexdigest()
        return {"sha256": digest, "fileName": "invoice.pdf", "kind": "SUBSIDY_PROOF_KIND_INVOICE",
                "issuer": "91310000MA1FL0Q12X", "invoiceNumber": number}

    def payable(self):
        name = "ledgerAccounts/" + self.partner.replace("partners/", "partner.") + ".payable.CNY"
        return Decimal(self.suite.call(f"{LEDGER}/GetLedgerAccount", {"name": name}).balance.value)

    def usage(self):
        usage = self.suite.call(f"{FUNDS}/GetFundUsage", {"name": f"funds/{self.id}"}).total
        return tuple(amount(money) for money in (usage.committed, usage.claimed, usage.paid, usage.free))

    def test_the_smallest_limit_binds(self):
        # A fund of 1,000,000.00 beside what is held back, of which this partner may still have 42,000.00.
        self.fund("1111111.11", projectCap=yuan("50000"), annualCap=yuan("42000"))
        name = self.ask("120000")
        with self.assertRaises(Refused) as refused:
            self.step(self.suite, "ApproveSubsidy", name)
        self.assertEqual(refused.exception.reason, "SUBSIDY_MAKER_IS_CHECKER")
        approved = self.step(self.checker, "ApproveSubsidy", name)
        self.assertEqual(amount(approved.approval.amount), 42000)
        self.assertEqual([amount(limit.amount) for limit in approved.approval.limits], [60000, 50000, 42000, 1000000])
        self.assertEqual(approved.approval.limited_by, 3)
        number = fresh_id("inv")
        self.step(self.suite, "ClaimSubsidy", name, cost=yuan("120000"), proofs=[self.invoice(number)])
        self.assertEqual(self.usage(), (42000, 42000, 0, Decimal("1069111.11")))
        paid = self.step(self.checker, "AcceptSubsidyClaim", name, number=1)
        self.assertEqual((amount(paid.paid), amount(paid.committed)), (42000, 0))
        self.assertIn("limited by the remaining annual allowance", paid.claims[0].payout.explanation)
        self.assertEqual(self.payable(), 42000)
        self.assertEqual(self.usage(), (0, 0, 42000, Decimal("1069111.11")))
        # The invoice proves nothing else, of no other partner either.
        first, self.partner = self.partner, self.make_partner(fresh_id("fd"))
        other = self.ask("100")
        self.step(self.checker, "ApproveSubsidy", other)
        with self.assertRaises(Refused) as refused:
            self.step(self.suite, "ClaimSubsidy", other, cost=yuan("100"), proofs=[self.invoice(number)])
        self.assertEqual(refused.exception.reason, "SUBSIDY_PROOF_USED")
        self.assertIn(name, str(refused.exception))
        # Another takes the first one back: the fund has its money, and the invoice proves the other.
        with self.assertRaises(Refused) as refused:
            self.step(self.checker, "ReverseSubsidyClaim", name, number=1, reason="no such event")
        self.assertEqual(refused.exception.reason, "SUBSIDY_MAKER_IS_CHECKER")
        back = self.step(self.suite, "ReverseSubsidyClaim", name, number=1, reason="no such event")
        self.assertEqual(amount(back.paid), 0)
        self.assertEqual(self.usage(), (50, 0, 0, Decimal("1111061.11")))
        self.step(self.suite, "ClaimSubsidy", other, cost=yuan("100"), proofs=[self.invoice(number)])
        self.partner = first
        self.assertEqual(self.payable(), 0)

    def test_histories_add_up(self):
        chance = random.Random(28)
        budget, cap, annual = Decimal("2000"), Decimal("300"), Decimal("1500")
        self.fund(budget, projectCap=yuan(cap), annualCap=yuan(annual))
        usable, spent, paid = budget - cents(budget / 10), Decimal(0), Decimal(0)
        for _ in range(12):
            cost = Decimal(chance.randrange(1, 100_000)) / 100
            name = self.ask(cost)
            expected = min(cents(cost / 2), cap, annual - spent, usable - spent)
            if expected == 0:
                with self.assertRaises(Refused) as refused:
                    self.step(self.checker, "ApproveSubsidy", name)
                self.assertEqual(refused.exception.reason, "FUND_INSUFFICIENT")
                continue
            approved = self.step(self.checker, "ApproveSubsidy", name)
            self.assertEqual(amount(approved.committed), expected)
            if chance.random() < 0.2:
                self.step(self.suite, "WithdrawSubsidy", name, reason="cancelled")
                continue
            real = Decimal(chance.randrange(1, 100_000)) / 100
            self.step(self.suite, "ClaimSubsidy", name, cost=yuan(real), proofs=[self.invoice(fresh_id("inv"))])
            eligible = max(Decimal("0.01"), cents(real * Decimal("0.8")))
            done = self.step(self.checker, "AcceptSubsidyClaim", name, number=1, eligibleCost=yuan(eligible))
            payout = min(cents(eligible / 2), cap, expected)
            self.assertEqual((amount(done.paid), amount(done.committed)), (payout, 0))
            spent, paid = spent + payout, paid + payout
            self.assertEqual(self.usage(), (0, 0, paid, budget - paid))
            self.assertEqual(self.payable(), paid)


if __name__ == "__main__":
    unittest.main()
