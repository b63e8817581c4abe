"""The published JSON Schema of plan files, by a validator that shares no code with the suite: every plan that ships and
every plan of the guide is valid, and each broken one is not.
"""

import copy
import json
import pathlib
import re
import unittest

import yaml
from jsonschema import Draft202012Validator

DEPLOY = pathlib.Path(__file__).resolve().parents[3] / "deploy"


class Loader(yaml.SafeLoader):
    """YAML as plan files mean it: dates stay texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text):
    return yaml.load(text, Loader)


def plans():
    """Every plan with where it stands."""
    for path in sorted((DEPLOY / "plans").glob("*.yaml")):
        yield path.name, load(path.read_text(encoding="utf-8"))
    guide = (DEPLOY / "docs" / "plans.md").read_text(encoding="utf-8")
    for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", guide, re.S | re.M), 1):
        yield f"plans.md block {number}", {"apiVersion": "tributary/v1", "kind": "Plan", **load(block)}


def broken(plan):
    """The plan, broken in one way each; the name says which."""

    def but(change):
        other = copy.deepcopy(plan)
        change(other)
        return other

    def tiers(other):
        return other["rules"][0]["marginal"]["table"]["tiers"]

    yield "no head", but(lambda p: p.pop("apiVersion"))
    yield "another kind", but(lambda p: p.update(kind="Mapping"))
    yield "no rules", but(lambda p: p.pop("rules"))
    yield "empty rules", but(lambda p: p.update(rules=[]))
    yield "an unknown key", but(lambda p: p.update(titel="x"))
    yield "a decimal as a number", but(lambda p: tiers(p)[0].update(rate=0.15))
    yield "a decimal with an exponent", but(lambda p: tiers(p)[0].update(rate="1e-1"))
    yield "a tier without an edge", but(lambda p: tiers(p)[0].pop("from"))
    yield "two rewards", but(lambda p: p["rules"][0].update(step={"step": "1", "amount": "1"}))
    yield "no reward", but(lambda p: p["rules"][0].pop("marginal"))
    yield "an id with a space", but(lambda p: p["rules"][0].update(id="a b"))
    yield "an unknown choice", but(lambda p: p["rules"][0]["measure"].update(field="NETT"))
    yield "no measured field", but(lambda p: p["rules"][0]["measure"].pop("field"))
    yield "a kind twice", but(lambda p: p["rules"][0]["measure"].update(kinds=["RETURN", "RETURN"]))
    yield "no such month", but(lambda p: p.update(effectiveFrom="2026-13-01"))
    yield "a window of no months", but(lambda p: p["rules"][0]["measure"].update(window={"trailingMonths": 0}))
    yield "two windows", but(
        lambda p: p["rules"][0]["measure"].update(window={"trailingMonths": 3, "yearToDate": True})
    )
    yield "a condition of no sort", but(lambda p: p["rules"][0].update(gates=[{"when": {}}]))
    yield "a long title", but(lambda p: p.update(title="x" * 201))


class PlanSchema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads((DEPLOY / "plans" / "plan.schema.json").read_text(encoding="utf-8"))
        cls.validator = Draft202012Validator(cls.schema)

    def test_the_schema_is_one(self):
        Draft202012Validator.check_schema(self.schema)

    def test_plans_that_ship_are_valid(self):
        count = 0
        for name, plan in plans():
            with self.subTest(name):
                self.assertEqual([], [e.message for e in self.validator.iter_errors(plan)])
            count += 1
        self.assertGreater(count, 30)

    def test_broken_plans_are_not(self):
        plan = load((DEPLOY / "plans" / "standard-commission.yaml").read_text(encoding="utf-8"))
        for name, other in broken(plan):
            with self.subTest(name):
                self.assertFalse(self.validator.is_valid(other))


if __name__ == "__main__":
    unittest.main()
