"""Contracts, commitments and figures through the gateway, from Python, with reflection only.

Expected values are computed here. Days are those of the suite's default zone, and nothing is asked about today itself.
"""

import os
import time
import unittest
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from reflected import Refused, Suite, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
FACTS = "tributary.incentive.v1.FactService"
CONTRACTS = "tributary.contract.v1.ContractService"
ALERTS = "tributary.contract.v1.AlertService"
METRICS = "tributary.analytics.v1.MetricService"
INTAKE = "tributary.analytics.v1.IngestService"
KEYS = "tributary.gateway.v1.ApiKeyService"

PATIENCE_SECONDS = 30
# Two orders, the second one of two lines.
LINES = [("SO-1", "12000.50"), ("SO-2", "5000"), ("SO-2", "2999.5")]


def date(day):
    """google.type.Date in JSON form."""
    return {"year": day.year, "month": day.month, "day": day.day}


def six_digits(fraction):
    """Half away from zero to six decimals, for numbers that are not negative."""
    exact = Decimal(fraction.numerator) / Decimal(fraction.denominator)
    return exact.quantize(Decimal("0.000001"), ROUND_HALF_UP)


class ContractsAndFigures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite(os.environ["TRIBUTARY_ENDPOINT"], os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        key = {"subject": fresh_id("legal"), "roles": ["ROLE_LEGAL"]}
        secret = cls.suite.call(f"{KEYS}/CreateApiKey", key).secret
        cls.legal = Suite(os.environ["TRIBUTARY_ENDPOINT"], secret)
        cls.addClassCleanup(cls.legal.close)
        cls.partner = fresh_id("py")
        partner = {"displayName": "合肥云帆商贸", "kind": "PARTNER_KIND_DEALER", "region": "CN/AH"}
        cls.suite.call(f"{PARTNERS}/CreatePartner", {
            "partnerId": cls.partner, "partner": partner, "initialStatus": "PARTNER_STATUS_ACTIVE",
        })
        cls.today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        cls.begin = cls.today - timedelta(days=30)
        facts = [cls.fact(n, order, net) for n, (order, net) in enumerate(LINES)]
        cls.suite.call(f"{FACTS}/BatchRecordFacts", {"facts": facts})
        cls.draft = cls.suite.call(f"{CONTRACTS}/CreateContract", {"contractId": cls.partner, "contract": {
            "partner": f"partners/{cls.partner}",
            "title": "Dealer agreement",
            "effectiveFrom": date(cls.begin),
            "effectiveTo": date(cls.begin + timedelta(days=365)),
            "commitments": [{
                "commitmentId": "purchases", "kind": "COMMITMENT_KIND_PURCHASE", "cadence": "CADENCE_TERM",
                "amount": {"currencyCode": "CNY", "units": "365000"},
            }],
            "clauses": [{"clauseId": "price", "text": "The price is 0.80 of list."}],
        }})
        cls.signed = cls.life()

    @classmethod
    def fact(cls, number, order, net):
        value = Decimal(net)
        units = int(value)
        return {
            "sourceSystem": "python", "sourceId": f"{cls.partner}/{number}", "partner": f"partners/{cls.partner}",
            "kind": "FACT_KIND_SELL_IN", "occurredOn": date(cls.today - timedelta(days=5)), "orderId": f"{cls.partner}-{order}",
            "net": {"currencyCode": "CNY", "units": str(units), "nanos": int((value - units).scaleb(9))},
        }

    @classmethod
    def life(cls):
        """From the draft over a changed clause, review and two signatures into force."""
        def act(suite, verb, contract, **more):
            fields = {"name": contract.name, "etag": contract.etag, "reason": "as agreed", **more}
            return suite.call(f"{CONTRACTS}/{verb}", fields)

        contract = act(cls.suite, "NegotiateContract", cls.draft)
        changed = {"name": contract.name, "etag": contract.etag,
                   "clauses": [{"clauseId": "price", "text": "The price is 0.75 of list."}]}
        contract = cls.suite.call(f"{CONTRACTS}/UpdateContract", {"contract": changed, "updateMask": "clauses"})
        contract = act(cls.suite, "SubmitContract", contract)
        try:
            act(cls.suite, "ApproveContract", contract)
            raise AssertionError("the author approved the own revision")
        except Refused as refused:
            cls.own_approval = refused
        contract = act(cls.legal, "ApproveContract", contract)
        for party in ["PARTY_PARTNER", "PARTY_PRINCIPAL"]:
            signature = {"party": party, "signer": "Zhang San", "signedOn": date(cls.begin),
                         "termsDigest": contract.terms_digest}
            contract = act(cls.legal, "SignContract", contract, signature=signature)
        return contract

    def until(self, read, ready):
        """Reads until what is read is ready: events take a moment."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = read()
            if ready(answer):
                return answer
            if time.monotonic() > give_up:
                self.fail(f"not there after {PATIENCE_SECONDS} s: {answer}")
            time.sleep(0.1)

    def test_a_signed_contract_whose_term_has_begun_is_in_force(self):
        state = self.signed.DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number[self.signed.state].name
        self.assertEqual((state, self.signed.revision), ("CONTRACT_STATE_ACTIVE", 2))
        self.assertEqual((self.own_approval.code, self.own_approval.reason), ("FAILED_PRECONDITION", "MAKER_IS_CHECKER"))

    def test_the_redline_reproduces_both_texts(self):
        answer = self.suite.call(f"{CONTRACTS}/CompareContractRevisions", {"name": self.draft.name})
        change = next(c for c in answer.changes if c.redline)
        deleted, inserted = 2, 3
        self.assertEqual("".join(p.text for p in change.redline if p.kind != inserted), "The price is 0.80 of list.")
        self.assertEqual("".join(p.text for p in change.redline if p.kind != deleted), "The price is 0.75 of list.")

    def test_commitment_progress_is_what_python_computes(self):
        as_of = self.today - timedelta(days=1)
        request = {"contract": self.draft.name, "asOf": date(as_of)}
        actual = sum((Fraction(net) for _, net in LINES), Fraction(0))
        answer = self.until(lambda: self.suite.call(f"{ALERTS}/ListCommitmentProgress", request),
                            lambda a: a.progress and Fraction(a.progress[0].actual.value) == actual)
        progress = answer.progress[0]
        # The days from the first one up to and with as_of: 30 of 365.
        elapsed = Fraction((as_of - self.begin).days + 1, 365)
        self.assertEqual(Decimal(progress.elapsed.value), six_digits(elapsed))
        self.assertEqual(Decimal(progress.pace.value), six_digits(actual / (365000 * elapsed)))
        self.assertEqual(Decimal(progress.attainment.value), six_digits(actual / 365000))

    def test_figures_are_sums_and_ratios_of_sums(self):
        request = {"metrics": ["net_sales", "orders", "aov"], "filter": f'partner = "partners/{self.partner}"'}
        answer = self.until(lambda: self.suite.call(f"{METRICS}/QueryMetrics", request), lambda a: a.rows)
        net = sum((Decimal(net) for _, net in LINES), Decimal(0))
        sales, orders, aov = answer.rows[0].values
        self.assertEqual(Decimal(sales.amount.units) + Decimal(sales.amount.nanos).scaleb(-9), net)
        self.assertEqual(orders.number.value, "2")
        # No gross is stated, so GMV is net: 20,000.00 over two orders.
        self.assertEqual((Decimal(aov.numerator.value), aov.denominator.value), (net, "2"))
        self.assertEqual((aov.amount.units, aov.amount.nanos), (10000, 0))

    def test_personal_data_is_put_aside(self):
        touch = {"sourceSystem": "web", "sourceId": fresh_id("t"), "kind": "TOUCHPOINT_KIND_CLICK", "channel": "search",
                 "occurredAt": "2026-01-05T08:00:00Z"}
        rows = [{**touch, "customerKey": "c-9f86d081"},
                {**touch, "sourceId": fresh_id("t"), "customerKey": "li.wei@example.com"}]
        answer = self.suite.call(f"{INTAKE}/RecordTouchpoints", {"touchpoints": rows})
        self.assertEqual((answer.recorded_count, answer.set_aside_count), (1, 1))
        self.assertNotIn("li.wei", str(answer))


if __name__ == "__main__":
    unittest.main(verbosity=2)
