"""Price lists, promotions and quotes through the gateway, from Python, with reflection only: a worked example by hand, and
random quotes that are calculated here with fractions.
"""

import os
import random
import unittest
from fractions import Fraction

from reflected import Refused, Suite, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
PRICES = "tributary.incentive.v1.PriceService"
KEYS = "tributary.gateway.v1.ApiKeyService"


def yuan(value):
    """An amount of at most six decimals."""
    value = Fraction(value)
    units, rest = divmod(value, 1)
    return {"currencyCode": "CNY", "units": str(units), "nanos": int(rest * 10**9)}


def amount(money):
    return Fraction(money.units) + Fraction(money.nanos, 10**9)


def exact(value):
    return Fraction(int(value.numerator), int(value.denominator))


def number(value):
    return {"value": str(value)}


def date(year, month, day):
    return {"year": year, "month": month, "day": day}


def cents(value):
    """Half away from zero, as a number of yuan."""
    return Fraction(int(value * 100 + Fraction(1, 2)), 100)


class Prices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.endpoint = os.environ["TRIBUTARY_ENDPOINT"]
        cls.suite = Suite(cls.endpoint, os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        cls.checker = cls.of({"subject": fresh_id("checker"), "roles": ["ROLE_FINANCE"]})
        cls.partner = cls.make_partner()

    @classmethod
    def of(cls, key):
        suite = Suite(cls.endpoint, cls.suite.call(f"{KEYS}/CreateApiKey", key).secret)
        cls.addClassCleanup(suite.close)
        return suite

    @classmethod
    def make_partner(cls):
        partner = fresh_id("pr")
        cls.suite.call(f"{PARTNERS}/CreatePartner", {
            "partnerId": partner, "partner": {"displayName": partner, "kind": "PARTNER_KIND_DEALER"},
            "initialStatus": "PARTNER_STATUS_ACTIVE",
        })
        return f"partners/{partner}"

    def listed(self, items, scales):
        """An approved list for the partner alone, with SKUs of its own."""
        version = self.suite.call(f"{PRICES}/CreatePriceListVersion", {
            "priceList": f"priceLists/{fresh_id('pl')}", "requestId": fresh_id("r"), "version": {
                "displayName": "Python", "currencyCode": "CNY", "effectiveFrom": date(2026, 1, 1),
                "assignments": [{"partner": self.partner}], "scales": scales,
            },
        })
        filled = self.suite.call(f"{PRICES}/PutPriceItems", {"name": version.name, "items": items, "requestId": fresh_id("r")})
        return self.checker.call(f"{PRICES}/ApprovePriceListVersion", {
            "name": version.name, "etag": filled.etag, "requestId": fresh_id("r"),
        })

    def promoted(self, **more):
        promotion = self.suite.call(f"{PRICES}/CreatePromotion", {
            "promotionId": fresh_id("pm"), "requestId": fresh_id("r"), "promotion": {
                "displayName": "Sale", "firstDay": date(2026, 6, 1), "endDay": date(2026, 6, 19),
                "stacking": "PROMOTION_STACKING_COMBINABLE", **more,
            },
        })
        return self.checker.call(f"{PRICES}/ApprovePromotion", {
            "name": promotion.name, "etag": promotion.etag, "requestId": fresh_id("r"),
        })

    def quote(self, sku, quantity, suite=None, **more):
        request = {"partner": self.partner, "sku": sku, "quantity": number(quantity), "date": date(2026, 6, 18), **more}
        return (suite or self.suite).call(f"{PRICES}/QuotePrice", request)

    def test_worked_example(self):
        sku = fresh_id("sku")
        steps = [{"from": number(50), "discount": number("0.05")}, {"from": number(100), "discount": number("0.1")}]
        self.listed([{"sku": sku, "listPrice": yuan(100), "floorPrice": yuan(80)}],
                    [{"mode": "PRICE_SCALE_MODE_WHOLE", "steps": steps}])
        self.promoted(skus=[sku], discount=number("0.1"))
        # 60 × 100 × 0.95 × 0.9 = 5130; from 100 on 100 × 0.9 × 0.9 = 81.
        quote = self.quote(sku, 60)
        self.assertEqual(amount(quote.total), 5130)
        self.assertEqual([exact(line.change) for line in quote.lines], [6000, -300, -570])
        self.assertEqual((quote.next_step.more.value, exact(quote.next_step.unit_price)), ("40", 81))
        self.assertEqual(self.quote(sku, "60.000").digest, quote.digest)
        # The promotion is over on its end day.
        self.assertEqual(amount(self.quote(sku, 60, date=date(2026, 6, 19)).total), 5700)
        # The partner's own user sees the same for itself, and no list.
        own = self.of({"subject": fresh_id("portal"), "roles": ["ROLE_PARTNER"], "partners": [self.partner]})
        theirs = self.quote(sku, 60, own)
        self.assertEqual((theirs.digest, theirs.assigned_by), (quote.digest, ""))
        for call, request in [("GetPriceListVersion", {"name": quote.price_list}), ("ListPromotions", {})]:
            with self.assertRaises(Refused):
                own.call(f"{PRICES}/{call}", request)
        with self.assertRaises(Refused):
            own.call(f"{PRICES}/QuotePrice", {"partner": self.make_partner(), "sku": sku, "quantity": number(1)})

    def test_random_quotes(self):
        seed = int(os.environ.get("TRIBUTARY_SEED", random.randrange(10**6)))
        draw = random.Random(seed)
        share = lambda: Fraction(draw.randint(1, 400), 1000)
        for case in range(8):
            with self.subTest(seed=seed, case=case):
                skus = [fresh_id("sku") for _ in range(5)]
                prices = {sku: Fraction(draw.randint(1, 10**8), 10**6) for sku in skus}
                floors = {sku: Fraction(int(prices[sku] * draw.randint(0, 900) * 1000), 10**6) for sku in skus}
                bounds = sorted(draw.sample(range(1, 200), 3))
                shares = sorted(share() for _ in bounds)
                whole = draw.random() < 0.5
                steps = [{"from": number(b), "discount": number(float(s))} for b, s in zip(bounds, shares)]
                mode = "PRICE_SCALE_MODE_WHOLE" if whole else "PRICE_SCALE_MODE_MARGINAL"
                self.listed([{"sku": s, "listPrice": yuan(prices[s]), "floorPrice": yuan(floors[s])} for s in skus],
                            [{"mode": mode, "steps": steps}])
                off = Fraction(draw.randint(1, 10**6), 10**6)
                self.promoted(skus=skus, amountOff=yuan(off))
                cut = share()
                self.promoted(skus=skus[:3], discount=number(float(cut)), priority=1)
                wanted = [(sku, draw.randint(1, 250)) for sku in skus]
                items = [{"sku": sku, "quantity": number(q)} for sku, q in wanted] + [{"sku": "none", "quantity": number(1)}]
                answer = self.suite.call(f"{PRICES}/BatchQuotePrices", {
                    "partner": self.partner, "items": items, "date": date(2026, 6, 18),
                })
                self.assertEqual(answer.results[-1].error.code, 5)
                for (sku, quantity), result in zip(wanted, answer.results):
                    rates = [Fraction(0)] + shares
                    edges = [0] + bounds + [10**9]
                    if whole:
                        step = max(i for i, edge in enumerate(edges[:-1]) if edge <= quantity)
                        parts = [(quantity, rates[step])]
                    else:
                        parts = [(min(quantity, b) - a, r) for a, b, r in zip(edges, edges[1:], rates) if quantity > a]
                    total = Fraction(0)
                    for units, rate in parts:
                        unit = prices[sku] * (1 - rate)
                        if sku in skus[:3]:
                            unit *= 1 - cut
                        unit = max(unit - off, Fraction(0), floors[sku])
                        total += units * max(unit, floors[sku])
                    quote = result.quote
                    self.assertEqual(exact(quote.exact_total), total)
                    self.assertEqual(amount(quote.total), cents(total))
                    self.assertEqual(sum(exact(line.change) for line in quote.lines), amount(quote.total))


if __name__ == "__main__":
    unittest.main()
