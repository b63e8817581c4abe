"""Territories through the gateway, from Python, with reflection only: regions by their codes, rights, conflicts. Distances are
computed here, from the angle between two vectors.
"""

import math
import os
import unittest
from concurrent.futures import ThreadPoolExecutor

from reflected import Refused, Suite, fresh_id

PARTNERS = "tributary.partner.v1.PartnerService"
TERRITORIES = "tributary.partner.v1.TerritoryService"
RADIUS = 6_371_008.8
# The tower of Pearl in Shanghai.
CENTRE = (31.2397, 121.4998)


def distance(one, other):
    """Metres between two points on the sphere."""
    def vector(point):
        north, east = map(math.radians, point)
        return (math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north))
    a, b = vector(one), vector(other)
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return RADIUS * math.atan2(math.hypot(*cross), sum(x * y for x, y in zip(a, b)))


def day(year, month=1):
    return {"year": year, "month": month, "day": 1}


def circle(point, radius):
    latitude, longitude = ({"value": f"{degrees:.7f}"} for degrees in point)
    return {"circle": {"centre": {"latitude": latitude, "longitude": longitude}, "radiusMeters": str(radius)}}


def regions(*codes):
    return {"regions": {"regions": [f"regions/cn-{code}" for code in codes]}}


class Territories(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Every test has product lines of its own: rights of others are in nobody's way.
        endpoint = os.environ["TRIBUTARY_ENDPOINT"]
        cls.suite = Suite(endpoint, os.environ["TRIBUTARY_API_KEY"])
        cls.addClassCleanup(cls.suite.close)
        cls.line = fresh_id("line")
        cls.partners = [fresh_id("te") for _ in range(3)]
        for partner in cls.partners:
            cls.suite.call(f"{PARTNERS}/CreatePartner", {
                "partnerId": partner, "partner": {"displayName": partner, "kind": "PARTNER_KIND_AGENT"},
                "initialStatus": "PARTNER_STATUS_ACTIVE",
            })
        rows = [("CN", "China"), ("340100", "合肥市"), ("340000", "安徽省"), ("340111", "包河区"), ("340800", "安庆市")]
        items = [{"code": code, "displayName": name} for code, name in rows]
        items.append({"code": "34011", "displayName": "wrong"})
        results = cls.suite.call(f"{TERRITORIES}/ImportRegions", {"items": items}).results
        cls.refused = [result.error.message for result in results if result.error.code]

    def terms(self, who, territory, exclusive=True, line=None, year=2026):
        return {
            "partner": f"partners/{self.partners[who]}", "productLines": [line or self.line], "territory": territory,
            "effectiveFrom": day(year), "effectiveTo": day(year + 1), "exclusive": exclusive,
        }

    def record(self, terms):
        asked = {"terms": terms, "reason": "contract V-17", "requestId": fresh_id("right")}
        return self.suite.call(f"{TERRITORIES}/RecordTerritoryRight", asked).right

    def check(self, terms):
        found = self.suite.call(f"{TERRITORIES}/CheckTerritory", {"terms": terms})
        return [conflict.right.name for conflict in found.conflicts], found.undecided_count

    def test_a_wrong_row_costs_no_other(self):
        self.assertEqual(len(self.refused), 1)
        self.assertIn("34011", self.refused[0])
        above = self.suite.call(f"{TERRITORIES}/ListRegionAncestors", {"name": "regions/cn-340111"}).ancestors
        self.assertEqual([region.name for region in above], ["regions/cn-340100", "regions/cn-340000", "regions/cn"])

    def test_an_exclusive_right_is_in_the_way_of_others_only(self):
        line = fresh_id("line")
        hefei = self.record(self.terms(0, regions("340100"), line=line))
        for territory, conflicts in (("340111", 1), ("340000", 1), ("340100", 1), ("340800", 0)):
            found, undecided = self.check(self.terms(1, regions(territory), exclusive=False, line=line))
            self.assertEqual((found, undecided), ([hefei.name] * conflicts, 0), territory)
        self.assertEqual(self.check(self.terms(0, regions("340111"), line=line)), ([], 0), "its own")
        self.assertEqual(self.check(self.terms(1, regions("340111"), line=fresh_id("line"))), ([], 0), "another line")
        self.assertEqual(self.check(self.terms(1, regions("340111"), line=line, year=2027)), ([], 0), "another year")
        with self.assertRaises(Refused) as refused:
            self.record(self.terms(1, regions("340000"), line=line))
        self.assertEqual(refused.exception.reason, "TERRITORY_CONFLICT")
        self.assertIn(hefei.name, str(refused.exception.metadata))
        found = self.suite.call(f"{TERRITORIES}/FindTerritory", {
            "region": "regions/cn-340111", "productLine": line, "date": day(2026, 6),
        })
        self.assertEqual([(holder.right.name, holder.whole) for holder in found.holders], [(hefei.name, True)])
        ended = self.suite.call(f"{TERRITORIES}/EndTerritoryRight", {
            "name": hefei.name, "effectiveTo": day(2026, 6), "reason": "sold", "requestId": fresh_id("end"),
        })
        self.assertEqual(ended.terms.effective_to.month, 6)
        self.record(self.terms(1, regions("340000"), line=line) | {"effectiveFrom": day(2026, 6)})

    def test_circles_meet_where_the_sphere_says(self):
        line = fresh_id("line")
        first = self.record(self.terms(0, circle(CENTRE, 3_000), line=line))
        for apart in (5_990, 5_999, 6_001, 6_010):
            for bearing in range(0, 360, 45):
                angle = apart / RADIUS
                north = CENTRE[0] + math.degrees(angle) * math.cos(math.radians(bearing))
                east = math.degrees(angle) * math.sin(math.radians(bearing)) / math.cos(math.radians(CENTRE[0]))
                other = (north, CENTRE[1] + east)
                told = distance(CENTRE, (float(f"{other[0]:.7f}"), float(f"{other[1]:.7f}")))
                found, _ = self.check(self.terms(1, circle(other, 3_000), line=line))
                self.assertEqual(found, [first.name] if told < 6_000 else [], f"{told} m at {bearing}")
        # Where its point lies nobody said: of the province it cannot be decided, and that is no no.
        found, undecided = self.check(self.terms(1, regions("340000"), line=line))
        self.assertEqual((found, undecided), ([], 1))

    def test_of_many_at_once_one_wins(self):
        line = fresh_id("line")
        def ask(number):
            try:
                return self.record(self.terms(number % 3, regions("340111" if number % 2 else "340100"), line=line)).terms.partner
            except Refused as refused:
                self.assertEqual(refused.reason, "TERRITORY_CONFLICT")
                return None
        with ThreadPoolExecutor(16) as pool:
            winners = {winner for winner in pool.map(ask, range(32)) if winner}
        self.assertEqual(len(winners), 1, "who holds it may hold it twice, and nobody else")


if __name__ == "__main__":
    unittest.main()
