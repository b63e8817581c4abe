"""A statement taken away and verified without the suite's help: bundle, log and proofs by tests/oracle/verify_bundle.py, which
knows Python's standard library alone; amounts by hand; and random mutations of the bundle, all of which are noticed.
"""

import os
import pathlib
import random
import sys
import unittest

from reflected import Refused, Suite, fresh_id

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent.parent / "oracle"))

import evidence  # noqa: E402
from bundle_proofs import Wrong  # noqa: E402
from mutations import mutate  # noqa: E402
from verify_bundle import verify  # noqa: E402
from whole import Whole  # noqa: E402

API = "tributary.incentive.v1."
MUTATIONS = int(os.environ.get("TRIBUTARY_MUTATIONS", "1000"))


def decimal(value):
    return {"value": value}


def tiers(*table):
    return {"table": {"tiers": [{"from": decimal(edge), "rate": decimal(rate)} for edge, rate in table]}}


def rule(name, reward):
    measure = {"field": "MEASURE_FIELD_NET", "kinds": ["FACT_KIND_SELL_IN", "FACT_KIND_RETURN"]}
    return {"id": name, "measure": measure, "negativeMeasure": "NEGATIVE_MEASURE_SIGNED", **reward}


# 15 % up to 1,000,000 and 20 % above; 3 % of the growth against the same month of the year before; 2 % on the whole from
# 1,000,000 on.
PLAN = {"title": "Evidence", "rules": [
    rule("tiers", {"marginal": tiers(("0", "0.15"), ("1000000", "0.20"))}),
    rule("growth", {"growth": {**tiers(("0", "0.01"), ("0.2", "0.03")), "base": "GROWTH_BASE_SAME_PERIOD_LAST_YEAR",
                               "on": "GROWTH_ON_INCREMENT", "noBase": "NO_BASE_POLICY_SKIP",
                               "nonPositiveBase": "NON_POSITIVE_BASE_POLICY_NOTHING"}}),
    rule("volume", {"wholeVolume": tiers(("0", "0"), ("1000000", "0.02"))}),
]}
FACTS = [("a", 2023, 3, "FACT_KIND_SELL_IN", 1_000_000, ""), ("b", 2024, 3, "FACT_KIND_SELL_IN", 1_700_000, ""),
         ("c", 2024, 4, "FACT_KIND_RETURN", -100_000, "b"), ("d", 2024, 4, "FACT_KIND_SELL_IN", 7, "")]


class Evidence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.two = Whole(os.environ["TRIBUTARY_ENDPOINT"], os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.two.close)
        cls.suite, cls.mark = cls.two.maker, fresh_id("ev")
        cls.suite.call("tributary.partner.v1.PartnerService/CreatePartner", {
            "partnerId": cls.mark, "partner": {"displayName": "证据 \"one\"", "kind": "PARTNER_KIND_DEALER"},
            "initialStatus": "PARTNER_STATUS_ACTIVE",
        })
        facts = [{"sourceSystem": cls.mark, "sourceId": name, "partner": f"partners/{cls.mark}", "kind": kind,
                  "occurredOn": {"year": year, "month": month, "day": 9}, "originalSourceId": sale,
                  "net": {"currencyCode": "CNY", "units": str(net)}} for name, year, month, kind, net, sale in FACTS]
        cls.suite.call(API + "FactService/BatchRecordFacts", {"facts": facts})
        cls.two.publish({**PLAN, "assignments": [{"partner": f"partners/{cls.mark}"}]}, cls.mark)
        (cls.statement,) = cls.two.run(cls.mark, "2024-03")
        cls.key = cls.suite.call(API + "EvidenceService/GetSignedHead", {}).key
        cls.file = evidence.export(cls.suite, cls.statement.name)

    def test_the_amounts_are_computed_anew(self):
        told = verify(self.file, self.key).lines
        # 150,000 + 600,000 × 20 %; 600,000 × 3 %; 1,600,000 × 2 %. The return counts in the month of its sale.
        self.assertEqual(told, [
            "all.tiers CNY 270000.00: recomputed from 2 facts",
            "all.growth CNY 18000.00: recomputed from 3 facts",
            "all.volume CNY 32000.00: recomputed from 2 facts",
        ])

    def test_every_mutation_is_noticed(self):
        rng, done = random.Random(20121005), 0
        while done < MUTATIONS:
            changed = mutate(rng, self.file)
            if changed != self.file:
                done += 1
                with self.assertRaises(Wrong, msg=f"mutation {done}:\n{changed}"):
                    verify(changed, self.key)

    def test_the_root_is_that_of_the_entries(self):
        differs, size = evidence.log_differs(self.suite)
        self.assertFalse(differs)
        self.assertGreaterEqual(size, 4)

    def test_what_is_not_in_the_log_has_no_proof(self):
        with self.assertRaises(Refused) as refused:
            self.suite.call(API + "EvidenceService/GetInclusionProof", {"position": 10**9})
        self.assertEqual(refused.exception.reason, "EVIDENCE_NOT_FOUND")


if __name__ == "__main__":
    unittest.main()
