"""Settlements through the gateway, from Python, with reflection only: a month of a partner from its sales to the confirmed
payment. Amounts are computed here with Decimal, digests by hashlib.
"""

import csv
import hashlib
import io
import os
import time
import unittest
from decimal import ROUND_HALF_UP, Decimal

from reflected import Refused, Suite, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
FACTS = "tributary.incentive.v1.FactService"
PLANS = "tributary.incentive.v1.PlanService"
RUNS = "tributary.incentive.v1.RunService"
CLOSING = "tributary.incentive.v1.ClosingService"
SETTLEMENTS = "tributary.incentive.v1.SettlementService"
LEDGER = "tributary.incentive.v1.LedgerService"
KEYS = "tributary.gateway.v1.ApiKeyService"
OPERATIONS = "google.longrunning.Operations"

# What each partner sold, and what it earns of it.
SALES = {"anqing": "1234.56", "baoding": "98765.43", "chen": "5000.05"}
RATE = Decimal("0.03")
TAX, ALLOWANCE = Decimal("0.2"), Decimal("100")


def cents(value):
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def amount(money):
    return Decimal(money.units) + Decimal(money.nanos) / 1_000_000_000


class Settlement(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        endpoint = os.environ["TRIBUTARY_ENDPOINT"]
        cls.suite = Suite(endpoint, os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        cls.id = fresh_id("st")
        key = {"subject": f"checker-{cls.id}", "roles": ["ROLE_ADMIN"]}
        cls.checker = Suite(endpoint, cls.suite.call(f"{KEYS}/CreateApiKey", key).secret)
        cls.addClassCleanup(cls.checker.close)
        cls.programme, cls.period = f"programmes/{cls.id}", f"programmes/{cls.id}/periods/2012-08"
        cls.partners = {who: f"{who}-{cls.id}" for who in SALES}
        for who, partner in cls.partners.items():
            kind = "PARTNER_KIND_CREATOR" if who == "chen" else "PARTNER_KIND_DEALER"
            cls.suite.call(f"{PARTNERS}/CreatePartner", {
                "partnerId": partner, "partner": {"displayName": f"{who}, \"{cls.id}\"", "kind": kind},
                "initialStatus": "PARTNER_STATUS_ACTIVE",
            })
        cls.suite.call(f"{FACTS}/BatchRecordFacts", {"facts": [cls.fact(who, net) for who, net in SALES.items()]})
        cls.publish()

    @classmethod
    def fact(cls, who, net):
        value = Decimal(net)
        return {
            "sourceSystem": "python", "sourceId": f"{cls.id}/{who}", "partner": f"partners/{cls.partners[who]}",
            "kind": "FACT_KIND_SELL_IN", "occurredOn": {"year": 2012, "month": 8, "day": 10},
            "net": {"currencyCode": "CNY", "units": str(int(value)), "nanos": int((value - int(value)).scaleb(9))},
        }

    @classmethod
    def publish(cls):
        """A plan for these partners alone, approved by another."""
        cls.suite.call(f"{PLANS}/CreateProgramme", {
            "programmeId": cls.id, "programme": {"displayName": "Settled", "slots": [{"id": "rebate"}]},
        })
        version = cls.suite.call(f"{PLANS}/CreatePlanVersion", {
            "plan": f"plans/{cls.id}", "programme": cls.programme, "slot": "rebate", "spec": {
                "title": "Three per cent",
                "assignments": [{"partner": f"partners/{partner}"} for partner in cls.partners.values()],
                "rules": [{
                    "id": "rebate", "title": "Rebate", "negativeMeasure": "NEGATIVE_MEASURE_SIGNED",
                    "measure": {"field": "MEASURE_FIELD_NET", "kinds": ["FACT_KIND_SELL_IN"]},
                    "marginal": {"table": {"tiers": [{"from": {"value": "0"}, "rate": {"value": str(RATE)}}]}},
                }],
            },
        })
        for verb in ("Approve", "Activate"):
            version = cls.checker.call(f"{PLANS}/{verb}PlanVersion", {
                "name": version.name, "etag": version.etag, "requestId": f"{verb} {cls.id}",
            })

    def done(self, operation):
        for _ in range(300):
            if operation.done:
                break
            time.sleep(0.1)
            operation = self.suite.call(f"{OPERATIONS}/GetOperation", {"name": operation.name})
        self.assertTrue(operation.done)
        self.assertFalse(operation.error.code, operation.error.message)
        return self.suite.unpack(operation.response)

    def advance(self, suite, step):
        asked = suite.call(f"{SETTLEMENTS}/AdvanceSettlements", {
            "name": self.period, "step": f"SETTLEMENT_ADVANCE_{step}", "requestId": fresh_id("step"),
        })
        return self.done(asked)

    def balance(self, account):
        name = f"ledgerAccounts/{account}.CNY"
        return Decimal(self.suite.call(f"{LEDGER}/GetLedgerAccount", {"name": name}).balance.value)

    def expected(self, who):
        """Earned, tax and payable, computed here."""
        earned = cents(Decimal(SALES[who]) * RATE)
        tax = cents((earned - ALLOWANCE) * TAX) if who == "chen" and earned > ALLOWANCE else Decimal(0)
        return earned, tax, earned - tax

    def test_a_month_from_its_sales_to_the_payment(self):
        self.close()
        terms = {"withholding": [{"partnerKinds": ["CREATOR"], "rate": {"value": str(TAX)}, "allowance": {"value": "100"}}]}
        with self.assertRaises(Refused) as refused:
            wrong = {"withholding": [{"partnerKinds": ["CREATOR"], "rate": {"value": "20"}}]}
            self.suite.call(f"{SETTLEMENTS}/SettlePeriod", {"name": self.period, "requestId": "wrong", "terms": wrong})
        self.assertEqual(list(refused.exception.violations), ["terms.withholding[0].rate"])
        asked = {"name": self.period, "requestId": f"settle {self.id}", "terms": terms}
        operation = self.suite.call(f"{SETTLEMENTS}/SettlePeriod", asked)
        batch = self.done(operation)
        self.assertEqual(self.suite.call(f"{SETTLEMENTS}/SettlePeriod", asked).name, operation.name)
        self.assertEqual((batch.done_count, batch.refused_count), (3, 0))
        self.assertEqual(amount(batch.payable[0]), sum(self.expected(who)[2] for who in SALES))
        self.assertEqual(self.advance(self.suite, "SUBMIT").done_count, 3)
        self.assertEqual(self.advance(self.suite, "APPROVE").refusals[0].reason, "SETTLEMENT_MAKER_IS_CHECKER")
        self.assertEqual(self.advance(self.checker, "APPROVE").done_count, 3)
        self.assertEqual(self.advance(self.suite, "LOCK").done_count, 3)
        for who, partner in self.partners.items():
            earned, tax, payable = self.expected(who)
            page = self.suite.call(f"{SETTLEMENTS}/ListSettlements", {"partner": f"partners/{partner}"})
            (settlement,) = page.settlements
            told = [amount(m) for m in (settlement.earned, settlement.tax, settlement.payable, settlement.closing)]
            self.assertEqual(told, [earned, tax, payable, 0])
            self.assertEqual(self.balance(f"partner.{partner}.payable"), payable)
            self.assertEqual(self.balance(f"partner.{partner}.accrued"), 0)
        self.pay()

    def close(self):
        run = self.done(self.suite.call(f"{RUNS}/Calculate", {
            "programme": self.programme, "period": "2012-08", "mode": "RUN_MODE_FINAL", "requestId": f"run {self.id}",
        }))
        period = self.suite.call(f"{CLOSING}/GetPeriod", {"name": self.period})
        self.checker.call(f"{CLOSING}/LockPeriod", {
            "name": self.period, "run": run.name, "etag": period.etag, "requestId": f"lock {self.id}",
        })

    def pay(self):
        frozen = f"partners/{self.partners['baoding']}"
        etag = self.suite.call(f"{PARTNERS}/GetPartner", {"name": frozen}).etag
        self.suite.call(f"{PARTNERS}/FreezePartner", {
            "name": frozen, "etag": etag, "reason": "audit", "requestId": f"freeze {self.id}",
        })
        asked = {"period": self.period, "payableExportId": f"e-{self.id}"}
        export = self.suite.call(f"{SETTLEMENTS}/ExportPayables", asked)
        self.assertEqual(self.suite.call(f"{SETTLEMENTS}/ExportPayables", asked), export)
        self.assertEqual([left.partner for left in export.left_out], [frozen])
        self.assertEqual(hashlib.sha256(export.csv.encode()).hexdigest(), export.csv_sha256)
        rows = list(csv.DictReader(io.StringIO(export.csv, newline="")))
        paid = {row["partner"].removeprefix("partners/"): Decimal(row["amount"]) for row in rows}
        self.assertEqual(paid, {self.partners[who]: self.expected(who)[2] for who in ("anqing", "chen")})
        self.assertEqual({row["partner_display_name"] for row in rows},
                         {f"{who}, \"{self.id}\"" for who in ("anqing", "chen")})
        confirmations = [{
            "settlement": row["settlement"], "export": export.name, "outcome": "PAYMENT_OUTCOME_PAID",
            "reference": f"47{at}", "paidOn": {"year": 2012, "month": 9, "day": 15},
        } for at, row in enumerate(rows)]
        for repeated in (False, True):
            told = self.suite.call(f"{SETTLEMENTS}/ConfirmPayments", {"confirmations": confirmations})
            self.assertEqual([(r.accepted, r.repeated) for r in told.results], [(True, repeated)] * 2)
        for who in ("anqing", "chen"):
            self.assertEqual(self.balance(f"partner.{self.partners[who]}.paid"), self.expected(who)[2])
        pages = [self.suite.call(f"{SETTLEMENTS}/RenderSettlement", {"name": rows[0]["settlement"], "language": language})
                 for language in ("PAGE_LANGUAGE_EN", "PAGE_LANGUAGE_ZH")]
        for page, title in zip(pages, ("Remittance advice", "付款通知")):
            self.assertIn(title, page.html)
            self.assertIn("470", page.html)
            self.assertNotIn("<script", page.html)
        found = self.done(self.suite.call(f"{LEDGER}/VerifyLedger", {}))
        self.assertTrue(found.sound, found.findings)


if __name__ == "__main__":
    unittest.main()
