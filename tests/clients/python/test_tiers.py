"""Tiers through the gateway, from Python, with reflection only: purchases come as facts, thresholds and what is missing are
computed here with Decimal.
"""

import datetime
import os
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from reflected import Refused, Suite, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
TIERS = "tributary.partner.v1.TierService"
PROGRAMMES = "tributary.partner.v1.TierProgrammeService"
BENEFITS = "tributary.partner.v1.BenefitService"
DOCUMENTS = "tributary.partner.v1.DocumentService"
FACTS = "tributary.incentive.v1.FactService"
KEYS = "tributary.gateway.v1.ApiKeyService"
TODAY = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
BASIC, ADVANCED, ALLOWANCE = Decimal(500_000), Decimal(2_000_000), Decimal(50_000)


def date(day):
    return {"year": day.year, "month": day.month, "day": day.day}


def yuan(value):
    value = Decimal(value)
    return {"currencyCode": "CNY", "units": str(int(value)), "nanos": int((value - int(value)).scaleb(9))}


def amount(money):
    return Decimal(money.units) + Decimal(money.nanos) / 1_000_000_000


def purchases(at_least):
    window = "TIER_WINDOW_TRAILING_12_MONTHS"
    return {"id": "purchases", "purchases": {"atLeast": yuan(at_least), "window": window}}


def programme(**changes):
    certificate = {"documentKind": "DOCUMENT_KIND_SERVICE_CERTIFICATE"}
    factor = {"min": {"value": "0.80"}, "max": {"value": "0.90"}}
    return {"displayName": "Test", "graceDays": 90, "tiers": [
        {"id": "basic", "requirements": [purchases(BASIC)], "benefits": [{"id": "price-factor", "priceFactor": factor}]},
        {"id": "advanced", "includes": "basic",
         "requirements": [purchases(ADVANCED), {"id": "service-certification", "certification": certificate}],
         "benefits": [{"id": "campaign-allowance", "yearlyAllowance": yuan(ALLOWANCE)}]},
    ]} | changes


class Tiers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        endpoint = os.environ["TRIBUTARY_ENDPOINT"]
        cls.suite = Suite(endpoint, os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        key = {"subject": fresh_id("checker"), "roles": ["ROLE_ADMIN"]}
        cls.checker = Suite(endpoint, cls.suite.call(f"{KEYS}/CreateApiKey", key).secret)
        cls.addClassCleanup(cls.checker.close)
        cls.version = cls.suite.call(f"{PROGRAMMES}/CreateTierProgrammeVersion", {"programme": programme()}).name
        cls.checker.call(f"{PROGRAMMES}/ApproveTierProgrammeVersion", {"name": cls.version})
        cls.suite.call(f"{PROGRAMMES}/ActivateTierProgrammeVersion", {"name": cls.version})

    def partner(self):
        own = fresh_id("ti")
        self.suite.call(f"{PARTNERS}/CreatePartner", {
            "partnerId": own, "partner": {"displayName": own, "kind": "PARTNER_KIND_DEALER"},
            "initialStatus": "PARTNER_STATUS_ACTIVE",
        })
        return f"partners/{own}"

    def buy(self, partner, *facts):
        """Records facts of (days ago, kind, net), and waits until the registry knows them."""
        for ago, kind, net in facts:
            self.suite.call(f"{FACTS}/RecordFact", {"fact": {
                "sourceSystem": "tiers", "sourceId": fresh_id("fact"), "partner": partner, "kind": f"FACT_KIND_{kind}",
                "occurredOn": date(TODAY - datetime.timedelta(ago)), "net": yuan(net),
            }})
        wanted = sum(Decimal(net) for ago, kind, net in facts if kind != "SELL_OUT" and ago < 365)
        for _ in range(600):
            found = self.progress(partner).standings[0].findings[0]
            if Decimal(found.actual.value) == wanted:
                return
            time.sleep(0.05)
        self.fail(f"{wanted} did not come: {found}")

    def progress(self, partner):
        return self.suite.call(f"{TIERS}/GetTierProgress", {"partner": partner})

    def evaluate(self, partner):
        return self.suite.call(f"{TIERS}/EvaluateTiers", {"partner": partner})

    def certify(self, partner):
        document = {"kind": "DOCUMENT_KIND_SERVICE_CERTIFICATE", "number": "S-1", "issuer": "brand", "fileDigest": "0" * 64,
                    "mediaType": "application/pdf", "sizeBytes": "1"}
        name = self.suite.call(f"{DOCUMENTS}/SubmitDocument", {"parent": partner, "document": document}).name
        self.checker.call(f"{DOCUMENTS}/VerifyDocument", {"name": name})

    def test_facts_make_tiers(self):
        partner = self.partner()
        self.buy(partner, (364, "SELL_IN", "700000.50"), (3, "RETURN", "-100000.25"), (2, "ADJUSTMENT", "200000"),
                 (1, "SELL_OUT", "5000000"), (800, "SELL_IN", "9000000"))
        bought = Decimal("700000.50") - Decimal("100000.25") + 200_000
        advanced = self.progress(partner).standings[1]
        self.assertEqual(Decimal(advanced.findings[0].missing.value), ADVANCED - bought)
        self.assertEqual(advanced.missing, f"{ADVANCED - bought:,.2f} CNY more and service certificate")
        first = self.evaluate(partner)
        self.assertEqual((first.recorded_count, first.tier_decisions[0].tier), (1, "basic"))
        again = self.evaluate(partner)
        self.assertEqual((again.recorded_count, list(again.tier_decisions)), (0, list(first.tier_decisions)))
        self.assertEqual(self.suite.call(f"{PARTNERS}/GetPartner", {"name": partner}).tier, "basic")
        explained = self.suite.call(f"{TIERS}/ExplainTierDecision", {
            "name": first.tier_decisions[0].name, "language": "TIER_LANGUAGE_CHINESE",
        })
        self.assertIn("basic", explained.sentences[0])

    def test_an_allowance_is_never_used_beyond_its_limit(self):
        partner = self.partner()
        self.certify(partner)
        self.buy(partner, (0, "SELL_IN", ADVANCED))
        self.assertEqual(self.evaluate(partner).tier_decisions[0].tier, "advanced")
        benefit = {"partner": partner, "benefit": "campaign-allowance"}
        self.assertEqual(amount(self.suite.call(f"{BENEFITS}/CheckEntitlement", benefit).remaining), ALLOWANCE)

        # 20 callers want 4,000.00 each of 50,000.00: 12 get it.
        def use(number):
            try:
                return self.suite.call(f"{BENEFITS}/RecordBenefitUsage", benefit | {
                    "amount": yuan(4000), "reason": "campaign 618", "requestId": f"{partner[9:]}-{number}",
                }).number
            except Refused as refused:
                self.assertEqual(refused.reason, "BENEFIT_QUOTA_EXCEEDED")
                return None
        with ThreadPoolExecutor(20) as pool:
            numbers = sorted(number for number in pool.map(use, range(20)) if number)
        self.assertEqual(numbers, list(range(1, int(ALLOWANCE // 4000) + 1)))
        left = self.suite.call(f"{BENEFITS}/CheckEntitlement", benefit)
        self.assertEqual((left.entitled, amount(left.remaining)), (True, ALLOWANCE % 4000))

    def test_an_override_lasts_until_its_end(self):
        partner = self.partner()
        end = TODAY + datetime.timedelta(30)
        self.suite.call(f"{TIERS}/AssignTier", {
            "partner": partner, "tier": "basic", "effectiveFrom": date(TODAY), "effectiveTo": date(end), "reason": "pilot",
        })
        self.assertEqual(self.evaluate(partner).tier_decisions[0].tier, "")
        agreed = {"partner": partner, "benefit": "price-factor", "reason": "annex 2"}
        with self.assertRaises(Refused) as refused:
            self.suite.call(f"{BENEFITS}/AgreePriceFactor", agreed | {"priceFactor": {"value": "0.79"}, "requestId": "low"})
        self.assertIn("price_factor", refused.exception.violations)
        self.suite.call(f"{BENEFITS}/AgreePriceFactor", agreed | {"priceFactor": {"value": "0.85"}, "requestId": fresh_id("a")})
        for day, entitled, factor in ((TODAY, True, "0.85"), (end - datetime.timedelta(1), True, "0.85"), (end, False, "")):
            found = self.suite.call(f"{BENEFITS}/CheckEntitlement", {
                "partner": partner, "benefit": "price-factor", "date": date(day),
            })
            self.assertEqual((found.entitled, found.price_factor.value), (entitled, factor), day)

    def test_everything_wrong_with_a_programme_comes_at_once(self):
        wrong = programme(displayName=" ")
        wrong["tiers"][1]["requirements"][0] = purchases(BASIC)
        wrong["tiers"][1]["benefits"] *= 2
        wrong["tiers"][1]["includes"] = "gold"
        with self.assertRaises(Refused) as refused:
            self.suite.call(f"{PROGRAMMES}/CreateTierProgrammeVersion", {"programme": wrong, "validateOnly": True})
        self.assertEqual(sorted(refused.exception.violations), [
            "programme.display_name", "programme.tiers[1].benefits[1].id", "programme.tiers[1].includes",
            "programme.tiers[1].requirements[0].purchases.at_least",
        ])

    def test_a_draft_is_tried_before_it_counts(self):
        partner = self.partner()
        higher = programme()
        higher["tiers"][0]["requirements"] = []
        draft = self.suite.call(f"{PROGRAMMES}/CreateTierProgrammeVersion", {"programme": higher}).name
        with self.assertRaises(Refused) as refused:
            self.suite.call(f"{PROGRAMMES}/ApproveTierProgrammeVersion", {"name": draft})
        self.assertEqual(refused.exception.reason, "MAKER_IS_CHECKER")
        found, token = {}, ""
        while True:
            page = self.suite.call(f"{PROGRAMMES}/PreviewTierProgrammeVersion", {
                "name": draft, "pageSize": 2, "pageToken": token,
            })
            self.assertEqual(page.up_count + page.down_count + page.same_count, len(page.partners))
            found |= {one.partner: (one.before, one.after) for one in page.partners}
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(found[partner], ("", "basic"))
        self.assertEqual(self.progress(partner).earned_tier, "")


if __name__ == "__main__":
    unittest.main()
