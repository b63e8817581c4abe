"""A partner's own user through the gateway, from Python, by gRPC and by JSON: it sees the rows of its partner and no others, and
what is not its own is answered like what is not there.
"""

import http.client
import json
import os
import unittest
from decimal import Decimal

import test_settlement
from reflected import Refused, Suite, fresh_id
from test_settlement import KEYS, PARTNERS, RUNS, SETTLEMENTS

ACCRUALS = "tributary.incentive.v1.AccrualService"
CONTRACTS = "tributary.contract.v1.ContractService"
OBLIGATIONS = "tributary.contract.v1.ObligationService"
DOCUMENTS = "tributary.partner.v1.DocumentService"
AUDIT = "tributary.gateway.v1.AuditService"


def closed_month():
    """Three partners with a month that is locked and not yet settled."""
    class Month(test_settlement.Settlement):
        pass
    Month.setUpClass()
    month = Month()
    month.close()
    return month


class Scope(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.endpoint = os.environ["TRIBUTARY_ENDPOINT"]
        cls.month = closed_month()
        cls.addClassCleanup(type(cls.month).doClassCleanups)
        cls.house = cls.month.suite
        cls.own, cls.other = (f"partners/{cls.month.partners[who]}" for who in ("anqing", "baoding"))
        cls.subject = fresh_id("portal")
        made = cls.house.call(f"{KEYS}/CreateApiKey", {
            "subject": cls.subject, "roles": ["ROLE_PARTNER"], "partners": [cls.own],
        })
        cls.key, cls.key_name = made.secret, made.api_key.name
        cls.portal = Suite(cls.endpoint, cls.key)
        cls.addClassCleanup(cls.portal.close)

    def denied(self, method, fields):
        """What a call is told that is outside the scope."""
        with self.assertRaises(Refused) as refused:
            self.portal.call(method, fields)
        error = refused.exception
        self.assertEqual((error.code, error.reason), ("PERMISSION_DENIED", "OUTSIDE_SCOPE"), (method, fields, error.message))
        return error.message, error.metadata.get("partners")

    def json(self, method, path, body=None):
        """HTTP status and body of a call by JSON."""
        host, port = self.endpoint.removeprefix("http://").rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        connection.request(method, path, body=body, headers={"authorization": f"Bearer {self.key}"})
        response = connection.getresponse()
        answer = response.status, json.loads(response.read() or b"{}")
        connection.close()
        return answer

    def test_who_it_is_bound_to(self):
        who = self.portal.call(f"{KEYS}/GetCaller", {})
        self.assertEqual((list(who.partners), list(who.roles)), ([self.own], [6]))
        self.assertEqual(self.json("GET", "/v1/caller")[1]["partners"], [self.own])
        for roles, partners, wrong in [
            (["ROLE_PARTNER"], [], ["partners"]),
            (["ROLE_PARTNER", "ROLE_ANALYST"], [self.own], ["roles"]),
            (["ROLE_ANALYST"], [self.own], ["partners"]),
            (["ROLE_PARTNER"], ["anqing"], ["partners[0]"]),
        ]:
            with self.assertRaises(Refused) as refused:
                self.house.call(f"{KEYS}/CreateApiKey", {"subject": "x", "roles": roles, "partners": partners})
            self.assertEqual(sorted(refused.exception.violations), wrong)

    def test_a_month_as_its_partner_sees_it(self):
        pages = {who: {"partner": who} for who in (self.own, self.other)}
        asked = {"name": self.month.period, "requestId": f"settle {self.month.id}", "terms": {"disputeDays": 10}}
        self.month.done(self.house.call(f"{SETTLEMENTS}/SettlePeriod", asked))
        draft, = self.house.call(f"{SETTLEMENTS}/ListSettlements", pages[self.own]).settlements
        self.assertEqual(len(self.portal.call(f"{SETTLEMENTS}/ListSettlements", pages[self.own]).settlements), 0)
        self.denied(f"{SETTLEMENTS}/GetSettlement", {"name": draft.name})
        self.month.advance(self.house, "SUBMIT")

        own, = self.portal.call(f"{SETTLEMENTS}/ListSettlements", pages[self.own]).settlements
        self.assertEqual(test_settlement.amount(own.earned), Decimal("37.04"))  # 3 % of 1,234.56
        self.assertEqual(len(own.steps), 0, "who of the house did what, and why")
        foreign, = self.house.call(f"{SETTLEMENTS}/ListSettlements", pages[self.other]).settlements
        self.assertGreater(len(foreign.steps), 0)
        self.assertEqual(self.portal.call(f"{SETTLEMENTS}/GetSettlement", {"name": own.name}), own)
        self.assertIn("37.04", self.portal.call(f"{SETTLEMENTS}/RenderSettlement", {"name": own.name}).html)
        statement = self.portal.call(f"{RUNS}/GetStatement", {"name": own.statement})
        self.assertEqual((statement.partner, test_settlement.amount(statement.total)), (self.own, Decimal("37.04")))
        line = statement.lines[0].name
        self.assertTrue(self.portal.call(f"{RUNS}/ExplainLine", {"name": line}).sentences)
        fact, = self.portal.call(f"{RUNS}/ListLineFacts", {"name": line}).facts
        self.assertEqual(fact.partner, self.own)

        # What is another's is what is not there, to the letter.
        for method, fields, of_nobody in [
            (f"{SETTLEMENTS}/GetSettlement", {"name": foreign.name}, {"name": "settlements/none"}),
            (f"{SETTLEMENTS}/RenderSettlement", {"name": foreign.name}, {"name": "settlements/none"}),
            (f"{RUNS}/GetStatement", {"name": foreign.statement}, {"name": "statements/none"}),
            (f"{RUNS}/ExplainLine", {"name": f"{foreign.statement}/lines/{foreign.lines[0].line}"},
             {"name": "statements/none/lines/x"}),
            (f"{RUNS}/ExplainLine", {"name": f"{foreign.statement}/lines/none"}, {"name": "statements/none/lines/x"}),
            (f"{RUNS}/ListLineFacts", {"name": f"{foreign.statement}/lines/{foreign.lines[0].line}"},
             {"name": "statements/none/lines/x"}),
            (f"{SETTLEMENTS}/DisputeSettlementLine",
             {"name": foreign.name, "line": foreign.lines[0].line, "etag": "x", "reason": "r", "requestId": "d"},
             {"name": "settlements/none", "line": "l", "etag": "x", "reason": "r", "requestId": "d"}),
            (f"{SETTLEMENTS}/ListSettlements", pages[self.other], {"partner": "partners/none"}),
            (f"{SETTLEMENTS}/ListSettlements", {}, {"partner": "partners/none"}),
        ]:
            self.assertEqual(self.denied(method, fields), self.denied(method, of_nobody), method)
        for path in [f"/v1/{foreign.name}", f"/v1/{foreign.statement}", "/v1/settlements", "/v1/statements/none",
                     f"/v1/settlements?partner={self.other}", f"/v1/{self.other}"]:
            status, answer = self.json("GET", path)
            self.assertEqual((status, answer["details"][0]["reason"]), (403, "OUTSIDE_SCOPE"), path)
        self.assertEqual(self.json("GET", f"/v1/{own.statement}")[1]["partner"], self.own)
        unchanged = self.house.call(f"{SETTLEMENTS}/GetSettlement", {"name": foreign.name})
        self.assertEqual(unchanged, foreign)

        disputed = self.portal.call(f"{SETTLEMENTS}/DisputeSettlementLine", {
            "name": own.name, "line": own.lines[0].line, "etag": own.etag, "reason": "2 orders are missing",
            "requestId": f"dispute {self.month.id}",
        })
        self.assertEqual(disputed.lines[0].holds[0].reason, "2 orders are missing")
        entries = self.house.call(f"{AUDIT}/ListAuditEntries", {"filter": f"subject = \"{self.subject}\"", "pageSize": 100})
        told = {(entry.method.split("/")[1], entry.reason) for entry in entries.audit_entries}
        for method, reason in [("GetStatement", "OUTSIDE_SCOPE"), ("ListSettlements", "OUTSIDE_SCOPE"),
                               ("DisputeSettlementLine", "OUTSIDE_SCOPE"), ("DisputeSettlementLine", "")]:
            self.assertIn((method, reason), told)

    def test_its_own_record_and_documents(self):
        self.house.call(f"{PARTNERS}/UpdatePartner", {
            "partner": {"name": self.own, "labels": {"risk": "watched"}}, "updateMask": "labels",
        })
        self.assertEqual(dict(self.house.call(f"{PARTNERS}/GetPartner", {"name": self.own}).labels), {"risk": "watched"})
        record = self.portal.call(f"{PARTNERS}/GetPartner", {"name": self.own})
        self.assertEqual((record.name, dict(record.labels)), (self.own, {}))
        document = {"kind": "DOCUMENT_KIND_OTHER", "title": "price list", "fileDigest": "0" * 64,
                    "mediaType": "application/pdf", "sizeBytes": "7"}
        made = self.portal.call(f"{DOCUMENTS}/SubmitDocument", {"parent": self.own, "document": document})
        self.assertEqual(made.submitter, self.subject)
        self.assertEqual(self.portal.call(f"{DOCUMENTS}/GetDocument", {"name": made.name}), made)
        for method, fields in [
            (f"{PARTNERS}/GetPartner", {"name": self.other}), (f"{PARTNERS}/GetPartner", {"name": "not a name"}),
            (f"{DOCUMENTS}/SubmitDocument", {"parent": self.other, "document": document}),
            (f"{DOCUMENTS}/ListDocuments", {"parent": "partners/-"}), (f"{DOCUMENTS}/ListDocuments", {}),
            (f"{ACCRUALS}/GetAccrual", {"programme": self.month.programme, "partner": self.other}),
        ]:
            self.denied(method, fields)
        accrual = self.portal.call(f"{ACCRUALS}/GetAccrual", {
            "programme": self.month.programme, "partner": self.own, "period": "2012-08",
        })
        self.assertEqual(test_settlement.amount(accrual.totals[0]), Decimal("37.04"))
        with self.assertRaises(Refused) as refused:
            self.portal.call(f"{PARTNERS}/ListPartners", {})
        self.assertEqual(refused.exception.reason, "PERMISSION_DENIED")

    def test_its_contracts_and_what_it_owes(self):
        names = {}
        for who in (self.own, self.other):
            contract = self.house.call(f"{CONTRACTS}/CreateContract", {"contract": {
                "partner": who, "title": "Dealer agreement", "labels": {"margin": "thin"},
                "effectiveFrom": {"year": 2026, "month": 1, "day": 1}, "effectiveTo": {"year": 2099, "month": 1, "day": 1},
            }})
            for debtor in ("PARTNER", "PRINCIPAL"):
                owed = self.house.call(f"{OBLIGATIONS}/CreateObligation", {"parent": contract.name, "obligation": {
                    "kind": "OBLIGATION_KIND_DELIVERY", "title": debtor, "debtor": f"PARTY_{debtor}",
                    "dueOn": {"year": 2026, "month": 3, "day": 1},
                }})
                names[who, debtor] = owed
            names[who] = contract
        contract, owed, owing = names[self.own], names[self.own, "PARTNER"], names[self.own, "PRINCIPAL"]
        unsigned = {"name": contract.name}, {"parent": contract.name}, {"name": owed.name}
        for method, fields in zip((f"{CONTRACTS}/GetContract", f"{OBLIGATIONS}/ListObligations",
                                   f"{OBLIGATIONS}/GetObligation"), unsigned):
            self.denied(method, fields)
        self.assertEqual(len(self.portal.call(f"{CONTRACTS}/ListContracts", {"partner": self.own}).contracts), 0)
        for one in (self.own, self.other):
            names[one] = self.signed(names[one])

        shown = self.portal.call(f"{CONTRACTS}/GetContract", {"name": contract.name})
        self.assertEqual((shown.terms_digest, dict(shown.labels), shown.HasField("approval")),
                         (names[self.own].terms_digest, {}, False))
        listed = self.portal.call(f"{CONTRACTS}/ListContracts", {"partner": self.own}).contracts
        self.assertEqual([one.name for one in listed], [contract.name])
        duties = self.portal.call(f"{OBLIGATIONS}/ListObligations", {"parent": contract.name}).obligations
        self.assertEqual(sorted(one.name for one in duties), sorted([owed.name, owing.name]))
        proof = {"title": "photo", "fulfilledOn": {"year": 2026, "month": 2, "day": 1}}

        def filed(obligation):
            return {"name": obligation.name, "etag": obligation.etag, "proof": proof}
        done = self.portal.call(f"{OBLIGATIONS}/SubmitProof", filed(owed))
        self.assertEqual([one.submitter for one in done.proofs], [self.subject])
        foreign = names[self.other, "PARTNER"]
        nobody = f"{names[self.other].name}/obligations/none"
        told = {self.denied(f"{OBLIGATIONS}/SubmitProof", fields) for fields in (
            filed(foreign), {**filed(foreign), "name": nobody}, {**filed(foreign), "etag": "x"}, filed(owing))}
        self.assertEqual(len(told), 1)
        for method, fields in [
            (f"{CONTRACTS}/GetContract", {"name": names[self.other].name}),
            (f"{OBLIGATIONS}/GetObligation", {"name": foreign.name}),
            (f"{OBLIGATIONS}/ListObligations", {"parent": names[self.other].name}),
            (f"{OBLIGATIONS}/ListObligations", {"parent": "contracts/-"}),
        ]:
            self.denied(method, fields)
        self.assertEqual(len(self.house.call(f"{OBLIGATIONS}/GetObligation", {"name": foreign.name}).proofs), 0)

    def signed(self, contract):
        """A contract signed by both parties."""
        step = {"name": contract.name, "etag": contract.etag}
        for suite, verb in [(self.house, "Negotiate"), (self.house, "Submit"), (self.month.checker, "Approve")]:
            contract = suite.call(f"{CONTRACTS}/{verb}Contract", {**step, "reason": "ready"})
            step["etag"] = contract.etag
        for party in ("PRINCIPAL", "PARTNER"):
            contract = self.house.call(f"{CONTRACTS}/SignContract", {**step, "signature": {
                "party": f"PARTY_{party}", "signer": "Zhang San", "termsDigest": contract.terms_digest,
                "signedOn": {"year": 2026, "month": 1, "day": 1},
            }})
            step["etag"] = contract.etag
        return contract


if __name__ == "__main__":
    unittest.main()
