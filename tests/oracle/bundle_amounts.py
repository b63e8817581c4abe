"""The facts of a bundle and what they earn, for verify_bundle.py: exact fractions, one rounding per line. In the words of
`tributary verify`, but for what only the suite recomputes."""

import hashlib
import json
import math
from fractions import Fraction

from canonical import Text

ZERO = Fraction(0)
# Rewards that are made of the measure, and of a base of facts, alone, unless one of the fields says something else.
PLAIN = {"marginal": {"retrospective": None}, "whole_volume": {"paid_on": "measure"}, "curve": {"paid_on": "measure"},
         "growth": {"base_figure": ""}, "per_fact": {}, "step": {}}
# What only the suite recomputes, though the facts say all of it.
ONLY_THERE = ("limits", "in_kind")
FIELDS = ("NET", "GROSS", "PROFIT", "QUANTITY", "COUNT")
NO_PLAN = "it names no plan version: its origins do"


class Fact:
    def __init__(self, given, text):
        self.name = f"{given['source_system']}/{given['source_id']}"
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


def read_facts(given, statement, check):
    """The facts, which come in the order of their keys and are the payee's; linked returns count on their sale's day."""
    facts = []
    for one in given:
        text = Text.read(one["content"], "tributary.fact.v1")
        if text is None:
            check(False, f"fact {one['source_system']}/{one['source_id']} has no content of a fact")
            continue
        fact = Fact(one, text)
        check(text.one("partner") == statement.one("business_key"), f"fact {fact.name} is of another payee")
        check(not facts or facts[-1].key < fact.key, f"fact {fact.name} does not come in its order")
        facts.append(fact)
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


def counted(facts, measure, window):
    """The facts of a window, and the digest over them. A line without the window counts none."""
    chosen = [fact for fact in facts if all(window) and counts(measure, fact, window)]
    found = hashlib.sha256()
    for fact in chosen:
        fact.counted = True
        found.update(fact.key[0] + b"\0" + fact.key[1] + b"\0" + fact.digest)
    return chosen, found.hexdigest()


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
    if kind == "whole_volume":
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


def line_id(stated):
    """Slot, rule and part of a line."""
    return ".".join(part for part in (stated.one("slot"), stated.one("rule"), stated.one("part")) if part)


def obstacle(spec, rule):
    """Why a rule's lines cannot be recomputed from the facts of their payee alone; None: they can."""
    ((kind, how),) = rule["reward"].items()
    field, limits = (rule.get("measure") or {}).get("field"), rule.get("limits") or {}
    obstacles = [
        (spec.get("shared_caps"), "a bound that it shares with others"),
        (spec.get("currency_policy", "NOMINAL") != "NOMINAL", "exchange rates"),
        (kind not in PLAIN or any(how.get(name, plain) != plain for name, plain in PLAIN[kind].items()), "more than the measure"),
        (rule.get("gates") or rule.get("multipliers"), "conditions or factors"),
        (rule.get("holds"), "what it is withheld for"),
        (rule.get("target"), "a target"),
        (rule.get("proration", "NONE") != "NONE", "the days of membership"),
        (rule.get("split"), "a split with others"),
        (rule.get("less_stated") or rule["negative_measure"] == "CARRY", "what earlier periods stated"),
        (limits.get("year_cap") or limits.get("year_floor"), "what earlier periods stated"),
        (field in (None, "FIGURE"), "figures"),
    ]
    return next((why for holds, why in obstacles if holds), None)


def recomputed(line, stated, spec, rule, facts, decimals):
    """What a line is by the facts: measure, facts, base, and exact value and amount where they are computed here; or why it
    is not computed here."""
    measure, only = rule["measure"], "only the suite computes "
    own, digest = counted(facts, measure, (line.one("measure_from"), line.one("measure_to")))
    window = line.one("base_from"), line.one("base_to")
    base, base_digest = counted(facts, measure, window)
    if measure["field"] not in FIELDS:
        return only + "measures of " + measure["field"]
    if any(rule.get(name) for name in ONLY_THERE) or stated.one("part"):
        return only + "it: the rule has bounds, parts or goods"
    x, below = (sum((fact.number(measure["field"]) for fact in some), ZERO) for some in (own, base))
    exact = earned(rule["reward"], x, below if window[0] else None) if x >= 0 else None
    amount = None if exact is None else rounded(exact, decimals, spec.get("rounding"))
    return x, (digest, len(own)), (below, base_digest, len(base)) if window[0] else None, exact, amount


def as_stated(line, stated):
    """The same of what a line states."""
    exact = Fraction(int(stated.one("numerator")), int(stated.one("denominator")))
    base = None
    if line.one("base_from"):
        base = Fraction(line.one("base_value")), line.one("base_digest"), int(line.one("base_fact_count"))
    facts = stated.one("facts_digest"), int(stated.one("fact_count"))
    return Fraction(stated.one("measure")), facts, base, exact, Fraction(stated.one("amount"))


def told_of(line, stated, spec, facts, decimals, check):
    """How a line was seen to be right."""
    if spec is None:
        return f"proven, not recomputed: {NO_PLAN}"
    rule = next((rule for rule in spec["rules"] if rule["id"] == stated.one("rule")), None)
    why = obstacle(spec, rule) if rule else "a rule that the plan does not have"
    if why or facts is None:
        return "proven, not recomputed: " + (f"it needs {why}" if why else "the facts are not in the bundle")
    found, states = recomputed(line, stated, spec, rule, facts, decimals), as_stated(line, stated)
    if isinstance(found, str):
        return f"proven, not recomputed: {found}"
    (_, (_, count), base, exact, amount), told = found, "nothing"
    if exact is None:
        # What it measures can be seen all the same.
        found, states = found[:3], states[:3]
    else:
        told = f"{digits(amount, decimals)} on {count} facts"
    check(found == states, f"{line_id(stated)} states {stated.one('amount')} on {stated.one('fact_count')} facts; "
                           f"recomputed from the facts it is {told}")
    if exact is None:
        return "proven, not recomputed: only the suite computes its reward"
    return f"recomputed from {count + (base[2] if base else 0)} facts"


def digits(amount, decimals):
    """An amount with all digits of the minor unit."""
    units = int(abs(amount) * 10**decimals)
    whole, rest = divmod(units, 10**decimals)
    return ("-" if amount < 0 else "") + str(whole) + (f".{rest:0{decimals}}" if decimals else "")


def missing(spec, lines, facts, days):
    """How many lines a plan gives that the statement does not have: of rules that pay whoever has such facts on the days of the
    period. A plan that pays by days may have paid somebody who was moved to another one by those rules alone."""
    if any(rule.get("proration", "NONE") != "NONE" for rule in spec["rules"]):
        return 0
    there = {stated.one("rule") for _, stated in lines}
    always = (rule for rule in spec["rules"] if not obstacle(spec, rule) and rule["reward"].keys() & {"marginal", "whole_volume"}
              and not any(rule.get(name) for name in ("effective_from", "effective_to")) and not rule["measure"].get("window"))
    return sum(rule["id"] not in there and any(counts(rule["measure"], fact, days) for fact in facts) for rule in always)


def told_of_lines(bundle, statement, run, lines, check):
    """A sentence per line. Facts that no line counts prove nothing, and are none."""
    facts = None if bundle["facts"] is None else read_facts(bundle["facts"], statement, check)
    specs = {plan["name"]: json.loads(plan["spec"]) for plan in bundle["plans"]}
    # The total has all digits of the currency's minor unit: who verifies needs no list of currencies.
    decimals = len(statement.one("total").partition(".")[2])
    told = []
    for line, stated in lines:
        how = told_of(line, stated, specs.get(line.one("plan_version")), facts, decimals, check)
        told.append(f"{line_id(stated)} {stated.one('currency')} {stated.one('amount')}: {how}")
    for name, spec in specs.items():
        own = [line for line in lines if line[0].one("plan_version") == name]
        more = missing(spec, own, facts or [], (run.one("from"), run.one("to")))
        check(more == 0, f"{name} gives {more} lines more than the statement has")
    for fact in facts or []:
        check(fact.counted, f"no line counts fact {fact.name}")
    return told
