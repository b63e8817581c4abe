"""The facts of a bundle and what they earn, for verify_bundle.py: exact fractions, one rounding per line."""

import hashlib
import json
import math
from fractions import Fraction

from canonical import Text

ZERO = Fraction(0)
# What only the suite recomputes: rules with any of these, and plans with any of those, are proven and not recomputed.
MODIFIERS = ("target", "gates", "multipliers", "proration", "limits", "less_stated", "split", "in_kind", "holds")
SHARED = ("shared_caps", "conversion")
DECIMALS = {"JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3}


class Fact:
    def __init__(self, given):
        text = Text(given["content"])
        if text.sort != "tributary.fact.v1":
            raise ValueError("a fact is none")
        self.key = given["source_system"].encode(), given["source_id"].encode()
        self.digest = hashlib.sha256(given["content"].encode()).digest()
        self.original = given["source_system"].encode(), text.one("original_source_id").encode()
        self.text, self.kind, self.day = text, text.one("kind"), text.one("occurred_on")
        self.counted = False

    def number(self, field):
        """What a measure adds of it."""
        value = lambda name: Fraction(self.text.one(name) or 0)  # noqa: E731
        if field == "PROFIT":
            return value("net") - value("cost")
        return {"NET": lambda: value("net"), "GROSS": lambda: value("gross"), "QUANTITY": lambda: value("quantity"),
                "COUNT": lambda: Fraction(1)}[field]()


def read_facts(bundle, statement, need):
    facts = [Fact(given) for given in bundle["facts"]]
    need(all(a.key < b.key for a, b in zip(facts, facts[1:])), "the facts do not come in their order")
    own = statement.one("business_key")
    need(all(fact.text.one("partner") == own for fact in facts), "a fact is of another payee")
    sales = {fact.key: fact.day for fact in facts if fact.kind in ("SELL_IN", "SELL_OUT")}
    for fact in facts:
        if fact.kind in ("RETURN", "ADJUSTMENT"):
            fact.day = sales.get(fact.original, fact.day)
    return facts


def counts(measure, fact, window):
    """Whether a measure counts a fact in days [from, to)."""
    one = fact.text.one
    listed = lambda name, value: not measure.get(name) or value in measure[name]  # noqa: E731
    inside = lambda area: one("region") == area or one("region").startswith(area + "/")  # noqa: E731
    return (window[0] <= fact.day < window[1] and fact.kind in measure["kinds"]
            and listed("product_lines", one("product_line")) and listed("skus", one("sku"))
            and listed("channels", one("channel")) and listed("sub_channels", one("sub_channel"))
            and (not measure.get("regions") or any(inside(area) for area in measure["regions"])))


def counted(facts, measure, window, digest, count):
    """The facts of a line, when they are those whose digest it names."""
    chosen = [fact for fact in facts if counts(measure, fact, window)]
    found = hashlib.sha256()
    for fact in chosen:
        found.update(fact.key[0] + b"\0" + fact.key[1] + b"\0" + fact.digest)
    if found.hexdigest() != digest or len(chosen) != int(count):
        return None
    for fact in chosen:
        fact.counted = True
    return chosen


def tiers_of(table):
    """Tiers as (from, whether the edge belongs to the lower one, rate, flat)."""
    side = table.get("edge_side")
    return [(Fraction(t["from"]), (t.get("edge_side") or side) == "UPPER_INCLUSIVE", Fraction(t.get("rate", "0")),
             Fraction(t.get("flat", "0"))) for t in table["tiers"]]


def holding(tiers, x):
    found = [tier for tier in tiers if (x > tier[0] if tier[1] else x >= tier[0])]
    return found[-1] if found else None


def earned(reward, x, base):
    """What a measure at or above 0 earns; None for rewards that are not recomputed here."""
    ((kind, how),) = reward.items()
    if kind == "marginal" and not how.get("retrospective"):
        tiers, total = tiers_of(how["table"]), ZERO
        for i, (start, upper, rate, flat) in enumerate(tiers):
            top = min(x, tiers[i + 1][0]) if i + 1 < len(tiers) else x
            entered = (x > 0 or how.get("first_flat_at_zero")) if i == 0 else (x > start if upper else x >= start)
            total += rate * max(ZERO, top - start) + (flat if entered else ZERO)
        return total
    if kind == "whole_volume" and not how.get("paid_on"):
        tier = holding(tiers_of(how["table"]), x)
        return tier[2] * x + tier[3] if tier else ZERO
    if kind == "growth" and base is not None and base > 0:
        tier = holding(tiers_of(how["table"]), (x - base) / base)
        return ZERO if tier is None else tier[2] * (x - base if how["on"] == "INCREMENT" else x) + tier[3]
    return None


def rounded(value, decimals, how):
    scaled = value * 10**decimals
    whole = math.floor(abs(scaled))
    rest = abs(scaled) - whole
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (how != "HALF_EVEN" or whole % 2 == 1))
    return Fraction((whole + up) * (-1 if scaled < 0 else 1), 10**decimals)


def check_line(line, stated, plans, facts, need):
    """How a line was seen to be right."""
    name = f"{stated.one('slot')}.{stated.one('rule')}".rstrip(".")
    amount = f"{name} {stated.one('currency')} {stated.one('amount')}"
    spec = plans.get(line.one("plan_version"))
    rule = next((rule for rule in spec["rules"] if rule["id"] == stated.one("rule")), None) if spec else None
    if rule is None or not rule.get("measure") or facts is None:
        return f"{amount}: proven"
    measure, window = rule["measure"], (line.one("measure_from"), line.one("measure_to"))
    own = counted(facts, measure, window, stated.one("facts_digest"), stated.one("fact_count"))
    window = line.one("base_from"), line.one("base_to")
    base = counted(facts, measure, window, line.one("base_digest"), line.one("base_fact_count")) if window[0] else []
    plain = not any(rule.get(key) for key in MODIFIERS) and not any(spec.get(key) for key in SHARED)
    field = measure["field"]
    if stated.one("part") or not plain or field not in ("NET", "GROSS", "PROFIT", "QUANTITY", "COUNT"):
        return f"{amount}: proven"
    x, below = Fraction(stated.one("measure")), ZERO
    if own is not None:
        x = sum((fact.number(field) for fact in own), ZERO)
        need(x == Fraction(stated.one("measure")), f"{name} measures {stated.one('measure')}, its facts {x}")
    if window[0] and base is not None:
        below = sum((fact.number(field) for fact in base), ZERO)
        need(below == Fraction(line.one("base_value")), f"{name} has another base than its facts")
    exact = earned(rule["reward"], x, below if window[0] else None) if x >= 0 else None
    if exact is None:
        return f"{amount}: proven"
    need(own is not None and base is not None, f"{name} counted other facts than those in the bundle")
    need(exact == Fraction(int(stated.one("numerator")), int(stated.one("denominator"))), f"{name} earns {exact}")
    decimals = DECIMALS.get(stated.one("currency"), 2)
    need(rounded(exact, decimals, line.one("rounding")) == Fraction(stated.one("amount")), f"{name} is rounded wrongly")
    return f"{amount}: recomputed from {len(own) + len(base)} facts"


def check_amounts(bundle, statement, lines, need):
    facts = None if bundle["facts"] is None else read_facts(bundle, statement, need)
    plans = {plan["name"]: json.loads(plan["spec"]) for plan in bundle["plans"]}
    told = [check_line(line, stated, plans, facts, need) for line, stated in lines]
    need(all(fact.counted for fact in facts or []), "there is a fact that no line counts")
    return told
