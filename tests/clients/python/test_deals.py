"""Deals through the gateway, from Python, with reflection only: partners register leads with keys of their own, the house
decides. Days are counted here.
"""

import datetime
import os
import unittest
from concurrent.futures import ThreadPoolExecutor

from reflected import Refused, Suite, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
DEALS = "tributary.partner.v1.DealService"
KEYS = "tributary.gateway.v1.ApiKeyService"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
SUBMITTED, CONFLICTED, APPROVED, CONVERTED = 1, 2, 3, 6


def date(day):
    return {"year": day.year, "month": day.month, "day": day.day}


def day_of(message):
    return datetime.date(message.year, message.month, message.day)


def yuan(units):
    return {"currencyCode": "CNY", "units": str(units)}


class Deals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.endpoint = os.environ["TRIBUTARY_ENDPOINT"]
        cls.suite = Suite(cls.endpoint, os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        # Every run has a line of its own: leads of others are in nobody's way.
        cls.line = fresh_id("line")
        cls.policy = cls.suite.call(f"{DEALS}/GetDealPolicy", {})

    def partner(self):
        """A partner with a key of its own."""
        own = fresh_id("de")
        self.suite.call(f"{PARTNERS}/CreatePartner", {
            "partnerId": own, "partner": {"displayName": own, "kind": "PARTNER_KIND_DEALER"},
            "initialStatus": "PARTNER_STATUS_ACTIVE",
        })
        name = f"partners/{own}"
        key = {"subject": fresh_id("portal"), "roles": ["ROLE_PARTNER"], "partners": [name]}
        portal = Suite(self.endpoint, self.suite.call(f"{KEYS}/CreateApiKey", key).secret)
        self.addCleanup(portal.close)
        return name, portal

    def lead(self, customer, line=None):
        return {"customer": {"displayName": customer}, "productLine": line or self.line}

    def register(self, suite, partner, lead, **more):
        asked = {"parent": partner, "deal": lead | {"value": yuan(250_000)}, "requestId": fresh_id("deal")}
        return suite.call(f"{DEALS}/RegisterDeal", asked | more)

    def test_from_a_lead_to_an_order(self):
        before = datetime.datetime.now(SHANGHAI).date()
        partner, portal = self.partner()
        lead = self.lead(fresh_id("合肥轨道"))
        made = self.register(portal, partner, lead, dealId="metro")
        ordered = datetime.datetime.now(SHANGHAI).date()
        self.assertEqual((made.name, made.state), (f"{partner}/deals/metro", SUBMITTED))
        self.assertEqual(self.register(portal, partner, lead, dealId="metro"), made, "the same again")
        with self.assertRaises(Refused) as refused:
            portal.call(f"{DEALS}/ApproveDeal", {"name": made.name})
        self.assertEqual(refused.exception.code, "PERMISSION_DENIED")
        approved = self.suite.call(f"{DEALS}/ApproveDeal", {"name": made.name, "note": "named by the customer"})
        end = day_of(approved.protection_end)
        days = self.policy.protection_days
        self.assertIn((end - before).days, (days, days + 1), "midnight may pass meanwhile")
        extended = self.suite.call(f"{DEALS}/ExtendDeal", {
            "name": made.name, "protectionEnd": date(end + datetime.timedelta(self.policy.extension_days)), "reason": "tender",
        })
        self.assertEqual((day_of(extended.protection_end) - end).days, self.policy.extension_days)
        order = {"orderReference": "SO-1", "amount": yuan(248_000), "orderDate": date(ordered)}
        won = self.suite.call(f"{DEALS}/ConvertDeal", {"name": made.name, "conversion": order})
        self.assertEqual((won.state, won.conversion.amount.units, won.revision), (CONVERTED, 248_000, 4))
        told = self.suite.call(f"{DEALS}/ListDealRevisions", {"name": made.name}).revisions
        self.assertEqual([r.action for r in told], ["CONVERTED", "EXTENDED", "APPROVED", "REGISTERED"])
        seen = portal.call(f"{DEALS}/GetDeal", {"name": made.name})
        self.assertEqual((seen.decision.note, seen.decision.reviewer), ("named by the customer", ""))

    def test_of_partners_that_come_at_once_one_holds_the_lead(self):
        line, customer = fresh_id("line"), fresh_id("metro")
        everybody = [self.partner() for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            # Written differently, and the same customer all the same.
            asked = [(p, portal, self.lead(customer.upper() if n % 2 else f" {customer.replace('-', ' - ')}.", line))
                     for n, (p, portal) in enumerate(everybody)]
            made = list(pool.map(lambda call: self.register(call[1], call[0], call[2]), asked))
        winners = [deal for deal in made if deal.state == SUBMITTED]
        self.assertEqual(len(winners), 1)
        self.assertEqual([deal.state for deal in made if deal.name != winners[0].name], [CONFLICTED] * 7)
        # Who lost does not learn to whom; the house does.
        for deal, (partner, portal) in zip(made, everybody):
            self.assertFalse(deal.HasField("conflict"))
            mine = winners[0].name.startswith(f"{partner}/")
            found = portal.call(f"{DEALS}/FindDealConflicts", {"parent": partner} | self.lead(customer, line))
            self.assertEqual((found.free, found.own, found.HasField("conflict")), (mine, mine, False))
            house = self.suite.call(f"{DEALS}/GetDeal", {"name": deal.name})
            self.assertEqual(house.conflict.deal, "" if mine else winners[0].name)

    def test_a_conflict_is_decided_by_the_house(self):
        (one, first), (other, second) = self.partner(), self.partner()
        lead = self.lead(fresh_id("shop"))
        held, late = self.register(first, one, lead), self.register(second, other, lead)
        with self.assertRaises(Refused) as refused:
            self.suite.call(f"{DEALS}/ApproveDeal", {"name": late.name})
        self.assertEqual((refused.exception.reason, refused.exception.metadata["deal"]), ("LEAD_PROTECTED", held.name))
        self.suite.call(f"{DEALS}/RejectDeal", {"name": held.name, "reason": "was not there first"})
        self.assertEqual(self.suite.call(f"{DEALS}/ApproveDeal", {"name": late.name}).state, APPROVED)
        page = self.suite.call(f"{DEALS}/ListDeals", {
            "parent": "partners/-", "filter": f'product_line = "{self.line}" AND state = APPROVED AND customer : "shop"',
        })
        self.assertIn(late.name, [deal.name for deal in page.deals])

    def test_everything_wrong_comes_at_once(self):
        partner, portal = self.partner()
        wrong = {"customer": {"displayName": "?", "registration": {"scheme": "CN-USCC", "number": "1"}}, "productLine": " x"}
        with self.assertRaises(Refused) as refused:
            portal.call(f"{DEALS}/RegisterDeal", {"parent": partner, "deal": wrong | {"value": yuan(0)}, "dealId": "No"})
        self.assertEqual(sorted(refused.exception.violations), [
            "deal.customer.display_name", "deal.customer.registration.number", "deal.product_line", "deal.value", "deal_id",
        ])


if __name__ == "__main__":
    unittest.main()
