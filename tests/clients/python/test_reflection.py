"""The main path through the gateway, from Python, with reflection only: no generated code, no .proto files.

TRIBUTARY_ENDPOINT (host:port) and TRIBUTARY_API_KEY say where. Every expected amount is computed here, with Python's
own exact numbers, from the facts that are sent.
"""

import os
import time
import unittest
from decimal import Decimal
from fractions import Fraction

from google.rpc import status_pb2

from reflected import Refused, Suite, details_of, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
FACTS = "tributary.incentive.v1.FactService"
RUNS = "tributary.incentive.v1.RunService"
KEYS = "tributary.gateway.v1.ApiKeyService"
OPERATIONS = "google.longrunning.Operations"

PERIOD = "2031-Q2"
# Net amounts in CNY with up to six decimals; the last one is a return. Their sum lies in the upper tier.
NETS = ["640000.25", "359999.75", "123456.789013", "0.000001", "-23456.789012"]
TIERS = [(Fraction(0), Fraction(15, 100)), (Fraction(1000000), Fraction(20, 100))]


def money(text, currency="CNY"):
    """google.type.Money in JSON form."""
    value = Decimal(text)
    units = int(value)
    return {"currencyCode": currency, "units": str(units), "nanos": int((value - units).scaleb(9))}


def decimal_of(money_message):
    """The amount of a google.type.Money."""
    return Decimal(money_message.units) + Decimal(money_message.nanos).scaleb(-9)


def cents(exact):
    """Half away from zero to two decimals."""
    doubled = abs(exact) * 200 + 1
    rounded = Decimal(doubled.numerator // doubled.denominator // 2).scaleb(-2)
    return -rounded if exact < 0 else rounded


def marginal(measure):
    """R01: each slice at its own rate."""
    total = Fraction(0)
    for index, (start, rate) in enumerate(TIERS):
        end = TIERS[index + 1][0] if index + 1 < len(TIERS) else measure
        total += rate * max(Fraction(0), min(measure, end) - start)
    return total


def whole_volume(measure):
    """R02: the rate of the reached tier on everything; the edge belongs to the upper tier."""
    return [rate for start, rate in TIERS if measure >= start][-1] * measure


def plan():
    """A plan with both rules over the same table."""
    table = {"tiers": [{"from": {"value": str(s)}, "rate": {"value": f"{float(r):.2f}"}} for s, r in TIERS]}
    measure = {"field": "MEASURE_FIELD_NET", "kinds": ["FACT_KIND_SELL_IN", "FACT_KIND_RETURN"]}
    common = {"measure": measure, "negativeMeasure": "NEGATIVE_MEASURE_SIGNED"}
    return {
        "title": "From Python",
        "rules": [
            {"id": "marginal", **common, "marginal": {"table": table}},
            {"id": "whole", **common, "wholeVolume": {"table": table}},
        ],
    }


class MainPath(unittest.TestCase):
    """One partner, five facts, one preview; the tests look at what came of it."""

    @classmethod
    def setUpClass(cls):
        cls.suite = Suite(os.environ["TRIBUTARY_ENDPOINT"], os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        cls.partner_id = fresh_id("python")
        cls.partner_request = {
            "partnerId": cls.partner_id,
            "requestId": fresh_id("request"),
            "initialStatus": "PARTNER_STATUS_ACTIVE",
            "partner": {
                "displayName": "广州晨光商贸",
                "kind": "PARTNER_KIND_DEALER",
                "region": "CN/GD/Guangzhou",
                "externalRefs": [{"system": "erp", "id": cls.partner_id}],
                "labels": {"segment": "road"},
            },
        }
        cls.partner = cls.suite.call(f"{PARTNERS}/CreatePartner", cls.partner_request)
        cls.facts = [cls.fact(index, net) for index, net in enumerate(NETS)]
        cls.recorded = cls.suite.call(f"{FACTS}/BatchRecordFacts", {"facts": cls.facts})
        cls.run_made = cls.calculate()
        cls.statements = cls.suite.call(
            f"{RUNS}/ListStatements", {"run": cls.run_made.name, "partner": cls.partner.name}
        ).statements
        cls.measure = sum((Fraction(net) for net in NETS), Fraction(0))

    @classmethod
    def fact(cls, index, net):
        return {
            "sourceSystem": "python",
            "sourceId": f"{cls.partner_id}/{index}",
            # Both ways to name a partner.
            **({"partner": f"partners/{cls.partner_id}"} if index % 2 else
               {"partnerExternalRef": {"system": "erp", "id": cls.partner_id}}),
            "kind": "FACT_KIND_RETURN" if net.startswith("-") else "FACT_KIND_SELL_IN",
            "occurredOn": {"year": 2031, "month": 4 + index % 3, "day": 30},
            "sku": "BK-M82B-42",
            "net": money(net),
        }

    @classmethod
    def calculate(cls):
        operation = cls.suite.call(f"{RUNS}/Calculate", {"plan": plan(), "period": PERIOD})
        give_up = time.monotonic() + 60
        while not operation.done:
            if time.monotonic() > give_up:
                raise TimeoutError(f"{operation.name} is not done after a minute")
            time.sleep(0.1)
            operation = cls.suite.call(f"{OPERATIONS}/GetOperation", {"name": operation.name})
        if operation.HasField("error"):
            raise AssertionError(f"the run failed: {operation.error.message}")
        return cls.suite.unpack(operation.response)

    def line(self, rule):
        self.assertEqual(len(self.statements), 1)
        return next(line for line in self.statements[0].lines if line.rule == rule)

    def test_services_are_listed(self):
        services = self.suite.services()
        for service in [PARTNERS, FACTS, RUNS, KEYS, "tributary.incentive.v1.PlanService", OPERATIONS]:
            self.assertIn(service, services)

    def test_the_key_says_who_is_calling(self):
        caller = self.suite.call(f"{KEYS}/GetCaller", {})
        self.assertEqual(caller.tenant, "default")
        self.assertTrue(caller.subject)

    def test_a_created_partner_is_found_as_it_was_sent(self):
        sent = self.partner_request["partner"]
        found = self.suite.call(f"{PARTNERS}/GetPartner", {"name": f"partners/{self.partner_id}"})
        self.assertEqual(found, self.partner)
        self.assertEqual(found.display_name, sent["displayName"])
        self.assertEqual(found.region, sent["region"])
        self.assertEqual(dict(found.labels), sent["labels"])
        self.assertEqual(found.business_key, self.partner_id)
        reference = {"externalRef": {"system": "erp", "id": self.partner_id}}
        self.assertEqual(self.suite.call(f"{PARTNERS}/LookupPartner", reference).name, found.name)

    def test_repeating_a_request_gives_the_first_answer(self):
        again = self.suite.call(f"{PARTNERS}/CreatePartner", self.partner_request)
        self.assertEqual((again.uid, again.revision), (self.partner.uid, self.partner.revision))
        other = {**self.partner_request, "partner": {**self.partner_request["partner"], "displayName": "Another"}}
        with self.assertRaises(Refused) as refused:
            self.suite.call(f"{PARTNERS}/CreatePartner", other)
        self.assertEqual(refused.exception.reason, "REQUEST_ID_REUSED")

    def test_every_fact_was_recorded_and_repeats_are_duplicates(self):
        self.assertEqual((self.recorded.recorded_count, self.recorded.refused_count), (len(NETS), 0))
        again = self.suite.call(f"{FACTS}/BatchRecordFacts", {"facts": list(reversed(self.facts))})
        self.assertEqual((again.recorded_count, again.duplicate_count, again.batch), (0, len(NETS), 0))

    def test_a_fact_comes_back_to_the_last_digit(self):
        for index, net in enumerate(NETS):
            key = {"sourceSystem": "python", "sourceId": f"{self.partner_id}/{index}"}
            fact = self.suite.call(f"{FACTS}/GetFact", key)
            self.assertEqual(decimal_of(fact.net), Decimal(net))
            self.assertEqual(fact.partner, f"partners/{self.partner_id}")

    def test_a_bad_row_never_costs_the_good_ones(self):
        system = fresh_id("rows")
        good = {**self.fact(0, "1.00"), "sourceSystem": system, "occurredOn": {"year": 2032, "month": 1, "day": 31}}
        changes = {
            "currency": {"net": money("1.00", "XQQ")},
            "digits": {"net": money("1.0000001")},
            "day": {"occurredOn": {"year": 2031, "month": 2, "day": 30}},
            "partner": {"partnerExternalRef": {"system": "erp", "id": "nobody"}},
        }
        rows = [{**good, "sourceId": "first"}]
        rows += [{**good, **change, "sourceId": name} for name, change in changes.items()]
        rows += [{**good, "sourceId": "last"}]
        answer = self.suite.call(f"{FACTS}/BatchRecordFacts", {"facts": rows})
        self.assertEqual((answer.recorded_count, answer.refused_count), (2, len(changes)))
        for name, result in zip(changes, list(answer.results)[1:-1]):
            status = status_pb2.Status.FromString(result.error.SerializeToString())
            reason, domain, _, violations = details_of(status)
            self.assertEqual(domain, "incentive.tributary", name)
            if name == "partner":
                self.assertEqual(reason, "PARTNER_UNKNOWN")
            else:
                self.assertTrue(violations, f"{name}: {status.message}")

    def test_the_lines_are_what_python_computes(self):
        for rule, reward in [("marginal", marginal), ("whole", whole_volume)]:
            line, exact = self.line(rule), reward(self.measure)
            self.assertEqual(Decimal(line.measure.value), sum(map(Decimal, NETS)))
            self.assertEqual(Fraction(int(line.exact.numerator), int(line.exact.denominator)), exact)
            self.assertEqual(decimal_of(line.amount), cents(exact))
            self.assertEqual((line.amount.currency_code, line.fact_count), ("CNY", len(NETS)))
        total = cents(marginal(self.measure)) + cents(whole_volume(self.measure))
        self.assertEqual(decimal_of(self.statements[0].total), total)

    def test_an_explanation_adds_up(self):
        for rule, reward in [("marginal", marginal), ("whole", whole_volume)]:
            explained = self.suite.call(f"{RUNS}/ExplainLine", {"name": self.line(rule).name})
            trace = explained.trace
            parts = Fraction(0)
            for part in trace.slices:
                product = Fraction(int(part.product.numerator), int(part.product.denominator))
                self.assertEqual(product, Fraction(part.amount_in_slice.value) * Fraction(part.rate.value))
                parts += product + Fraction(part.flat.value or "0")
            self.assertEqual(parts, reward(self.measure))
            self.assertEqual(Decimal(trace.measure.value.value), sum(map(Decimal, NETS)))
            self.assertEqual(decimal_of(trace.amount), cents(parts))
            self.assertTrue(explained.sentences)
            self.assertTrue(explained.table)

    def test_the_facts_of_a_line_are_listed(self):
        facts = self.suite.call(f"{RUNS}/ListLineFacts", {"name": self.line("marginal").name}).facts
        self.assertEqual([f.source_id for f in facts], sorted(f["sourceId"] for f in self.facts))

    def test_a_repeated_run_has_the_same_digest(self):
        self.assertEqual(self.calculate().digest, self.run_made.digest)
        self.assertRegex(self.run_made.digest, "^[0-9a-f]{64}$")

    def test_every_violation_comes_at_once(self):
        partner = {"displayName": "", "foundingYear": -1, "externalRefs": [{"system": "ERP!", "id": "1"}]}
        with self.assertRaises(Refused) as refused:
            self.suite.call(f"{PARTNERS}/CreatePartner", {"partner": partner})
        error = refused.exception
        self.assertEqual((error.code, error.reason), ("INVALID_ARGUMENT", "INVALID_REQUEST"))
        self.assertEqual(error.domain, "partner.tributary")
        fields = {"display_name", "kind", "founding_year", "external_refs[0].system"}
        self.assertEqual(set(error.violations), {f"partner.{field}" for field in fields})

    def test_what_is_not_there_is_said_with_its_name(self):
        with self.assertRaises(Refused) as refused:
            self.suite.call(f"{PARTNERS}/GetPartner", {"name": "partners/nobody-at-all"})
        error = refused.exception
        self.assertEqual((error.code, error.reason), ("NOT_FOUND", "PARTNER_NOT_FOUND"))
        self.assertIn("nobody-at-all", error.message)

    def test_without_a_key_nothing_is_answered(self):
        stranger = Suite(os.environ["TRIBUTARY_ENDPOINT"], "")
        self.addCleanup(stranger.close)
        # The messages are learnt with the key, the call is made without it.
        stranger._pool = self.suite._pool
        with self.assertRaises(Refused) as refused:
            stranger.call(f"{KEYS}/GetCaller", {})
        self.assertEqual((refused.exception.code, refused.exception.reason), ("UNAUTHENTICATED", "UNAUTHENTICATED"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
