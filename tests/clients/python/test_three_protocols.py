"""Thousands of calls, each the same way by gRPC, gRPC-Web and JSON: answers and errors are equal to the last detail.

TRIBUTARY_SEED repeats a run; without it every run is another one, and a failure prints its seed.
"""

import collections
import os
import random
import unittest

from google.api import annotations_pb2

from generated import Generator, get_path, set_path
from reflected import Suite, fresh_id
from three_ways import NotInJson, Rule, ThreeWays, reason

REQUESTS = int(os.environ.get("TRIBUTARY_REQUESTS", "1500"))
ACCESS_READ, ACCESS_INTERNAL = 1, 3
KEYS = "tributary.gateway.v1.ApiKeyService"
PARTNERS = "tributary.partner.v1.PartnerService"
FACTS = "tributary.incentive.v1.FactService"
# What these answer depends on the moment: they look at today, or compute anew.
MOMENTARY = {"WaitOperation", "VerifyLedger", "ListEvents"}

# A repeat does not get the first answer: a key is shown once.
SHOWN_ONCE = f"/{KEYS}/CreateApiKey"


class ThreeProtocols(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        endpoint, key = os.environ["TRIBUTARY_ENDPOINT"], os.environ["TRIBUTARY_API_KEY"]
        cls.suite = Suite(endpoint, key)
        cls.addClassCleanup(cls.suite.close)
        cls.seed = int(os.environ.get("TRIBUTARY_SEED") or random.SystemRandom().randrange(2**32))
        cls.random = random.Random(cls.seed)
        cls.ways = cls.way(key)
        bound = {"subject": fresh_id("p"), "roles": ["ROLE_PARTNER"], "partners": [f"partners/{fresh_id('p')}"]}
        cls.partner_ways = cls.way(cls.suite.call(f"{KEYS}/CreateApiKey", bound).secret)
        cls.nobody = cls.way("trib_nobody_x")
        cls.names = cls.world()
        cls.methods = [m for m in cls.callable() if m[1].name not in MOMENTARY]

    @classmethod
    def way(cls, key):
        ways = ThreeWays(os.environ["TRIBUTARY_ENDPOINT"], key, cls.suite)
        cls.addClassCleanup(ways.close)
        return ways

    @classmethod
    def world(cls):
        """Something to ask for."""
        names = collections.defaultdict(list)
        for _ in range(3):
            made = cls.suite.call(f"{PARTNERS}/CreatePartner", {
                "partnerId": fresh_id("three"), "initialStatus": "PARTNER_STATUS_ACTIVE",
                "partner": {"displayName": "三路 \"quoted\" \\ / \u2028", "kind": "PARTNER_KIND_DEALER", "region": "CN/GD",
                            "labels": {"a b": "c&d"}, "foundingYear": 1999},
            })
            names["partners"].append(made.name)
        facts = [{"sourceSystem": "three", "sourceId": fresh_id("f"), "partner": names["partners"][0],
                  "kind": "FACT_KIND_SELL_IN", "occurredOn": {"year": 2031, "month": 5, "day": n + 1},
                  "net": {"currencyCode": "CNY", "units": "9007199254740993", "nanos": 0}} for n in range(3)]
        cls.suite.call(f"{FACTS}/BatchRecordFacts", {"facts": facts})
        names["apiKeys"].append(cls.suite.call(f"{KEYS}/ListApiKeys", {"pageSize": 1}).api_keys[0].name)
        names["others"] += ["contracts/none", "plans/none", "plans/none/versions/1", "statements/none/lines/x", "runs/none",
                            "operations/incentive-none", "programmes/none", "targets/none", "alerts/none"]
        return names

    @classmethod
    def callable(cls):
        """(path, method, whether it only reads) of every unary method with a JSON path."""
        # The options of the pool that knows our extension.
        policy = cls.suite._pool.FindExtensionByName("tributary.common.v1.policy")
        options_class = cls.suite.message("google.protobuf.MethodOptions")
        for service in cls.suite.services():
            for method in cls.suite._pool.FindServiceByName(service).methods:
                if method.client_streaming or method.server_streaming:
                    continue
                options = method.GetOptions()
                if not options.HasExtension(annotations_pb2.http):
                    continue
                own = options_class.FromString(options.SerializeToString())
                access = own.Extensions[policy].access if own.HasExtension(policy) else ACCESS_READ
                if service.startswith("google.") and not method.name.startswith(("Get", "List")):
                    continue
                if access != ACCESS_INTERNAL:
                    yield f"/{service}/{method.name}", method, access == ACCESS_READ

    def request(self, method, reads):
        """A random request that has a JSON form, as far as its path goes."""
        request = Generator(self.random, self.names).fill(self.ways.classes(method)[0]())
        rule = Rule(method)
        for field, pattern in rule.variables():
            fitting = [n for names in self.names.values() for n in names if n.count("/") == pattern.count("/")
                       and n.startswith(pattern.split("*")[0])]
            value = self.random.choice(fitting or [pattern.replace("**", "x").replace("*", "x")])
            set_path(request, field, value)
        if rule.body not in ("", "*"):
            get_path(request, rule.body).SetInParent()
        masked = "update_mask" in method.input_type.fields_by_name
        if rule.verb == "PATCH" and masked and not request.update_mask.paths:
            request.update_mask.paths.append("display_name")
        if not reads and "request_id" in method.input_type.fields_by_name:
            # The second and the third way repeat the first: they get its answer.
            request.request_id = fresh_id("r")
        return request

    def same(self, ways, path, method, request):
        """Calls three ways and compares; says how the call ended."""
        call_id = fresh_id("call")
        by_grpc = ways.by_grpc(path, method, request, call_id)
        by_web = ways.by_web(path, method, request, call_id)
        self.assertEqual(by_grpc, by_web, f"seed {self.seed}: {path} {request}")
        try:
            by_json = ways.by_json(path, method, request, call_id)
        except NotInJson:
            return "not in JSON"
        self.assertEqual(by_grpc, by_json, f"seed {self.seed}: {path} {request}")
        return reason(by_grpc.error) if by_grpc.error else "OK"

    def test_generated_requests_end_alike(self):
        ends, seen = collections.Counter(), set()
        for _ in range(REQUESTS):
            path, method, reads = self.random.choice(self.methods)
            if not reads and "request_id" not in method.input_type.fields_by_name:
                continue
            if path == SHOWN_ONCE:
                continue
            seen.add(path)
            ends[self.same(self.ways, path, method, self.request(method, reads))] += 1
        print(f"seed {self.seed}: {sum(ends.values())} requests of {len(seen)} methods ended with", dict(ends.most_common()))
        self.assertGreater(ends["OK"], REQUESTS // 20)
        self.assertGreater(ends["INVALID_REQUEST"], REQUESTS // 20)
        self.assertGreater(len(ends), 5)
        self.assertLess(ends["not in JSON"], REQUESTS // 4)

    def test_who_may_not_is_refused_alike_on_every_method(self):
        ends = collections.Counter()
        for path, method, reads in self.methods:
            request = self.request(method, reads)
            self.assertIn(self.same(self.nobody, path, method, request), ("UNAUTHENTICATED", "not in JSON"), path)
            if not reads:
                ends[self.same(self.partner_ways, path, method, request)] += 1
        self.assertGreater(ends["PERMISSION_DENIED"], 40)
        # What is open to partners is refused for whom it is about, or for what it says.
        self.assertLessEqual(set(ends), {"PERMISSION_DENIED", "OUTSIDE_SCOPE", "INVALID_REQUEST", "not in JSON"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
