"""Random programmes: a plan in the JSON form of its message, and a world of partners, facts, figures, earlier lines and
rates. Everything follows from the seed. Values are small and often exactly on an edge."""

import datetime as dt
import random
from fractions import Fraction

import periods
from numbers_exact import EXPONENT, text

PERIODS = ["2026-Q2", "2026-05", "2026", "2025-Q4", "2026-12"]
NAMES = ["ada", "bo", "cy", "di"]
LINES = ["road", "mountain"]
CHANNELS = ["CHANNEL_CLASS_ONLINE", "CHANNEL_CLASS_OFFLINE"]
REGIONS = ["CN", "CN/GD", "CN/GD/GZ", "US/WA"]
KINDS = ["FACT_KIND_SELL_IN", "FACT_KIND_RETURN", "FACT_KIND_ADJUSTMENT"]


class Maker:
    """Makes one programme."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.period = self.rng.choice(PERIODS)
        self.convert = self.rng.random() < 0.15
        self.currencies = self.rng.choice([["CNY"], ["CNY"], ["CNY", "USD"], ["CNY", "JPY"]])
        self.figures = []
        self.edges = [Fraction(0)]

    def chance(self, share):
        return self.rng.random() < share

    def some(self, values):
        return self.rng.sample(values, self.rng.randint(1, len(values)))

    def decimal(self, low, high, places=2):
        scale = 10**places
        return Fraction(self.rng.randint(low * scale, high * scale), scale)

    # The plan.

    def plan(self):
        rules = [self.rule(i) for i in range(self.rng.randint(1, 4))]
        if self.chance(0.25):
            rules.append(self.guarantee(len(rules)))
        plan = {"rules": rules, "rounding": self.rng.choice(["ROUNDING_MODE_HALF_AWAY_FROM_ZERO", "ROUNDING_MODE_HALF_EVEN"])}
        if self.convert:
            rule = self.rng.choice(["CONVERSION_DATE_FACT_DAY", "CONVERSION_DATE_PERIOD_END"])
            plan["currencyPolicy"] = "CURRENCY_POLICY_CONVERT"
            plan["conversion"] = {"rateTable": "rateTables/oracle", "dateRule": rule, "into": "CNY"}
        if self.chance(0.2):
            cut = [r["id"] for r in rules if "inKind" not in r and "split" not in r]
            if cut:
                scope = self.rng.choice(["CAP_SCOPE_PLAN", "CAP_SCOPE_PAYEE"])
                amount = text(self.decimal(1, 400))
                plan["sharedCaps"] = [{"id": "budget", "rules": cut, "amount": amount, "currency": "CNY", "scope": scope}]
        return plan

    def rule(self, index):
        name = self.rng.choice(
            ["marginal", "marginal", "wholeVolume", "growth", "perFact", "curve", "step", "matrix", "profitShare", "override"]
        )
        measure = self.measure(name)
        rule = {"id": f"r{index}", "measure": measure}
        negatives = ["NEGATIVE_MEASURE_SIGNED", "NEGATIVE_MEASURE_ZERO"]
        rule["negativeMeasure"] = self.rng.choice(negatives if name in ("marginal", "wholeVolume", "growth") else negatives[1:])
        if name == "perFact" or name == "override":
            rule["negativeMeasure"] = "NEGATIVE_MEASURE_SIGNED"
        with_target = name in ("marginal", "wholeVolume", "curve", "step") and self.chance(0.3)
        if with_target or self.chance(0.15):
            rule["target"] = self.target()
        rule[name] = getattr(self, name)(measure, with_target)
        self.modifiers(rule, name)
        if "target" in rule and not with_target and "attainment" not in str([rule.get("gates"), rule.get("multipliers")]):
            # A target that nothing looks at is refused.
            del rule["target"]
        return rule

    def measure(self, name):
        fields = ["NET", "NET", "GROSS", "PROFIT", "QUANTITY", "COUNT", "DISTINCT_ORDERS", "DISTINCT_CUSTOMERS", "DISTINCT_SKUS"]
        if name in ("perFact", "profitShare", "override", "growth"):
            fields = ["NET", "GROSS", "PROFIT"]
        measure = {"field": "MEASURE_FIELD_" + self.rng.choice(fields), "kinds": sorted(self.some(KINDS))}
        if self.chance(0.25):
            measure["productLines"] = [self.rng.choice(LINES)]
        if self.chance(0.2):
            measure["channels"] = [self.rng.choice(CHANNELS)]
        if self.chance(0.2):
            measure["regions"] = [self.rng.choice(REGIONS)]
        if self.chance(0.1):
            measure["subChannels"] = ["tmall"]
        if name in ("marginal", "wholeVolume", "curve", "step", "matrix") and self.chance(0.25):
            measure["window"] = self.rng.choice(
                [{"yearToDate": True}, {"trailingMonths": self.rng.randint(1, 14)}, {"since": {"year": 2025, "month": 3, "day": 9}}]
            )
        return measure

    def table(self, measure, shares, flats=True):
        count = self.rng.randint(1, 4)
        if shares:
            edges = sorted({Fraction(self.rng.randint(1, 30), 20) for _ in range(count - 1)})
        else:
            edges = sorted({Fraction(self.rng.randint(1, 40) * 25) for _ in range(count - 1)})
            self.edges += edges
        top = 100 if measure["field"].split("_")[-1] in ("NET", "GROSS", "PROFIT") else 900
        tiers = []
        for edge in [Fraction(0), *edges]:
            tier = {"from": text(edge), "rate": text(Fraction(self.rng.randint(0, top), 400))}
            if flats and self.chance(0.3):
                tier["flat"] = text(self.decimal(0, 20))
            if edge and self.chance(0.15):
                tier["edgeSide"] = self.side()
            tiers.append(tier)
        table = {"tiers": tiers, "edgeSide": self.side()}
        if shares:
            table["edgeScale"] = "EDGE_SCALE_SHARE_OF_TARGET"
        return table

    def side(self):
        return self.rng.choice(["EDGE_SIDE_LOWER_INCLUSIVE", "EDGE_SIDE_UPPER_INCLUSIVE"])

    def target(self):
        if self.chance(0.5):
            return {"amount": text(Fraction(self.rng.randint(1, 20) * 50))}
        name = f"quota-{len(self.figures)}"
        for partner in NAMES:
            if self.chance(0.7):
                self.figure(name, partner, Fraction(self.rng.randint(1, 20) * 50), True)
        return {"figure": name, "missing": self.rng.choice(["MISSING_TARGET_SKIP"])}

    def figure(self, name, partner, value, with_currency):
        currency = self.rng.choice(["", "CNY"]) if with_currency else ""
        self.figures.append({"name": name, "partner": partner, "period": self.period, "currency": currency, "value": value})

    def marginal(self, measure, shares):
        reward = {"table": self.table(measure, shares), "firstFlatAtZero": self.chance(0.3)}
        if "window" not in measure and not shares and self.chance(0.25):
            kinds = ["FIRST_UNIT", "LOWEST_BRACKET", "START_OF_GROWTH", "POINT"]
            kind = self.rng.choice(kinds)
            reward["retrospective"] = {"from": "RETROSPECTIVE_FROM_" + kind}
            if kind == "POINT":
                reward["retrospective"]["point"] = text(self.decimal(0, 300))
            rates = sorted((Fraction(t["rate"]["value"]) for t in reward["table"]["tiers"]))
            for tier, rate in zip(reward["table"]["tiers"], rates):
                tier["rate"] = text(rate)
        return reward

    def wholeVolume(self, measure, shares):
        reward = {"table": self.table(measure, shares)}
        if measure["field"].split("_")[-1] in ("NET", "GROSS", "PROFIT") and self.chance(0.2):
            reward |= {"paidOn": "PAID_ON_AMOUNT", "amount": text(self.decimal(1, 500))}
        elif shares and self.chance(0.3):
            reward["paidOn"] = "PAID_ON_TARGET"
        return reward

    def growth(self, measure, _):
        base = self.rng.choice(["SAME_PERIOD_LAST_YEAR", "PRIOR_PERIOD", "GIVEN", "FIGURE"])
        no_base = self.rng.choice(["SKIP", "DEFAULT_BASE"]) if base != "GIVEN" else "SKIP"
        reward = {
            "base": "GROWTH_BASE_" + base,
            "on": "GROWTH_ON_" + self.rng.choice(["INCREMENT", "WHOLE"]),
            "table": self.table(measure, True, flats=False),
            "noBase": "NO_BASE_POLICY_" + no_base,
            "nonPositiveBase": "NON_POSITIVE_BASE_POLICY_" + self.rng.choice(["NOTHING", "TOP_TIER"]),
        }
        del reward["table"]["edgeScale"]
        if base == "GIVEN" or no_base == "DEFAULT_BASE":
            reward["givenBase"] = text(Fraction(self.rng.randint(1, 20) * 25))
        if base == "FIGURE":
            reward["baseFigure"] = "prior-net"
            for partner in NAMES:
                if self.chance(0.7):
                    year = periods.last_year(self.period)
                    value = Fraction(self.rng.randint(1, 20) * 25)
                    self.figures.append(
                        {"name": "prior-net", "partner": partner, "period": year, "currency": "", "value": value}
                    )
        return reward

    def perFact(self, measure, _):
        reward = {}
        if self.chance(0.4):
            reward["table"] = self.table(measure, False, flats=False)
            reward["on"] = "PER_FACT_ON_" + self.rng.choice(["SINGLE_FACT", "RUNNING_TOTAL"])
            reward["reading"] = "TABLE_READING_" + ("MARGINAL" if "RUNNING" in reward["on"] else self.rng.choice(["MARGINAL", "WHOLE"]))
        else:
            reward["rate"] = text(Fraction(self.rng.randint(1, 60), 400))
            if self.chance(0.3):
                reward["perUnit"] = text(self.decimal(0, 3))
            if self.chance(0.3):
                reward["perFact"] = text(self.decimal(0, 3))
        if self.chance(0.3):
            reward["cap"] = text(self.decimal(20, 60))
        if self.chance(0.2):
            reward["floor"] = text(self.decimal(0, 5))
        return reward

    def curve(self, measure, shares):
        count = self.rng.randint(2, 4)
        unit = 20 if shares else 1
        ats = sorted({Fraction(self.rng.randint(1, 40) * (1 if shares else 25), unit) for _ in range(count)} | {Fraction(0)})
        money = measure["field"].split("_")[-1] in ("NET", "GROSS", "PROFIT")
        of = self.rng.choice(["RATE", "AMOUNT"]) if money else "AMOUNT"
        high = 100 if of == "RATE" else 200
        points = [{"at": text(at), "value": text(Fraction(self.rng.randint(0, high), 100 if of == "RATE" else 1))} for at in ats]
        points.sort(key=lambda p: Fraction(p["at"]["value"]))
        if len(points) < 2:
            points.append({"at": text(ats[-1] + 1), "value": text(Fraction(1, 2))})
        self.edges += [] if shares else ats
        reward = {"points": points, "of": "CURVE_OF_" + of}
        reward["below"] = "CURVE_END_" + self.rng.choice(["NOTHING", "LEVEL"])
        reward["above"] = "CURVE_END_" + self.rng.choice(["NOTHING", "LEVEL"])
        if shares:
            reward["edgeScale"] = "EDGE_SCALE_SHARE_OF_TARGET"
        return reward

    def step(self, _, shares):
        unit = Fraction(1, 20) if shares else Fraction(25)
        self.edges.append(Fraction(50))
        reward = {
            "above": text(unit * self.rng.randint(0, 4)),
            "step": text(unit * self.rng.randint(1, 4)),
            "amount": text(self.decimal(0, 30)),
            "partStep": "PART_STEP_" + self.rng.choice(["NOTHING", "WHOLE", "SHARE"]),
        }
        if self.chance(0.3):
            reward["maxSteps"] = str(self.rng.randint(1, 8))
        if shares:
            reward["edgeScale"] = "EDGE_SCALE_SHARE_OF_TARGET"
        return reward

    def matrix(self, measure, _):
        rows = [Fraction(0), *sorted({Fraction(self.rng.randint(1, 20) * 25) for _ in range(2)})]
        columns = sorted({Fraction(self.rng.randint(0, 10), 2) for _ in range(3)})
        money = measure["field"].split("_")[-1] in ("NET", "GROSS", "PROFIT")
        of = self.rng.choice(["RATE", "AMOUNT"]) if money else "AMOUNT"
        cell = (lambda: Fraction(self.rng.randint(0, 100), 400)) if of == "RATE" else (lambda: self.decimal(0, 90))
        return {
            "column": {"figure": self.kpi()},
            "rowEdges": [text(e) for e in rows],
            "columnEdges": [text(e) for e in columns],
            "rows": [{"cells": [text(cell()) for _ in columns]} for _ in rows],
            "of": "CURVE_OF_" + of,
            "edgeSide": self.side(),
        }

    def profitShare(self, _, __):
        reward = {"rate": text(Fraction(self.rng.randint(1, 40), 100))}
        if self.chance(0.5):
            reward["baselineAmount"] = text(self.decimal(0, 300))
        if self.chance(0.4):
            reward["guaranteed"] = text(self.decimal(0, 50))
        return reward

    def override(self, _, __):
        levels = [{"level": i + 1, "rate": text(Fraction(self.rng.randint(1, 30), 400))} for i in range(self.rng.randint(1, 3))]
        return {"levels": levels, "frozen": "FROZEN_NODE_SKIP"}

    def guarantee(self, index):
        rule = {"id": f"r{index}", "guarantee": {"amount": text(self.decimal(1, 300)), "currency": "CNY"}}
        if self.chance(0.5):
            rule["proration"] = "PRORATION_MEMBERSHIP_DAYS"
        return rule

    def kpi(self):
        name = f"kpi-{self.rng.randint(0, 1)}"
        for partner in NAMES:
            known = any((f["name"], f["partner"]) == (name, partner) for f in self.figures)
            if not known and self.chance(0.8):
                self.figure(name, partner, Fraction(self.rng.randint(0, 10), 2), False)
        return name

    def modifiers(self, rule, name):
        if self.chance(0.25):
            rule["gates"] = [{"title": "gate", "when": self.condition(rule), "otherwise": text(self.rng.choice([Fraction(0), Fraction(1, 2)]))}]
        if self.chance(0.25):
            rule["multipliers"] = [self.multiplier(rule)]
        if name != "override" and self.chance(0.2):
            rule["proration"] = "PRORATION_MEMBERSHIP_DAYS"
        # A cap that is reached below the last tier is refused: the tiers above would pay nothing more.
        tiers = rule[name].get("table", {}).get("tiers", [])
        if self.chance(0.2) and len(tiers) < 2:
            floor = self.decimal(0, 30)
            rule["limits"] = {"periodCap": text(floor + self.decimal(1, 100))}
            if self.chance(0.5):
                rule["limits"]["periodFloor"] = text(floor)
        window = rule["measure"].get("window", {})
        if name in ("marginal", "wholeVolume") and ("since" in window or "yearToDate" in window) and self.chance(0.5):
            rule["lessStated"] = True
            rule.pop("limits", None)
        if name in ("marginal", "wholeVolume") and "retrospective" not in rule.get(name, {}) and self.chance(0.15) and "lessStated" not in rule:
            shares = [{"self": True, "weight": str(self.rng.randint(1, 9))}]
            shares += [{"partner": f"partners/{n}", "weight": str(self.rng.randint(0, 9))} for n in ["sun", "moon"]]
            rule["split"] = {"shares": shares}
        if "retrospective" in rule.get("marginal", {}):
            for key in ("gates", "multipliers", "proration", "limits", "lessStated"):
                rule.pop(key, None)

    def condition(self, rule):
        choices = [
            {"attribute": {"attribute": "tier", "values": ["advanced"]}},
            {"attribute": {"attribute": "label:grade", "values": ["A", "B"]}},
            {"attribute": {"attribute": "region", "values": ["CN/GD"]}},
            {"indicator": {"indicator": {"figure": self.kpi()}, "atLeast": text(Fraction(2))}},
            {"indicator": {"indicator": {"measure": self.measure("growth")}, "atLeast": text(Fraction(100)), "below": text(Fraction(900))}},
        ]
        # Beside edges that are shares of the target such a gate makes tiers below it unreachable, which is refused.
        if "target" in rule and "SHARE_OF_TARGET" not in str(rule):
            choices.append({"indicator": {"indicator": {"attainment": True}, "atLeast": text(Fraction(4, 5))}})
        first, second = self.rng.sample(choices, 2)
        return self.rng.choice([first, {"any": {"conditions": [first, second]}}, {"not": first}])

    def multiplier(self, rule):
        card = {
            "items": [
                {"title": "orders", "figure": self.kpi(), "weight": text(Fraction(3)), "target": text(Fraction(2))},
                {"measure": self.measure("growth"), "weight": text(Fraction(1)), "target": text(Fraction(400)), "cap": text(Fraction(3, 2))},
            ]
        }
        by = self.rng.choice([{"figure": self.kpi()}, {"scoreCard": card}])
        if "target" in rule and self.chance(0.5):
            by = {"attainment": True}
        steps = sorted({Fraction(self.rng.randint(0, 8), 4) for _ in range(3)})
        factors = [Fraction(self.rng.randint(0, 8), 4) for _ in steps]
        return {
            "title": "factor",
            "by": by,
            "steps": [{"from": text(a), "factor": text(f)} for a, f in zip(steps, factors)],
            "linear": self.chance(0.4),
            "missing": "MISSING_INDICATOR_" + self.rng.choice(["NOTHING", "NEUTRAL"]),
        }

    # The world.

    def world(self, plan):
        partners = {name: self.partner(name, index) for index, name in enumerate(NAMES)}
        facts = [self.fact(i, plan) for i in range(self.rng.randint(1, 24))]
        rates = []
        if self.convert:
            for currency in self.currencies:
                if currency != "CNY":
                    rates += [
                        {"currency": currency, "day": dt.date(2024, 1, 1), "rate": Fraction(7)},
                        {"currency": currency, "day": dt.date(2026, 5, 20), "rate": Fraction(29, 4)},
                    ]
        return {"facts": facts, "partners": partners, "figures": self.figures, "stated": self.stated(plan), "rates": rates}

    def partner(self, name, index):
        known = {"tier": self.rng.choice(["", "basic", "advanced"]), "region": self.rng.choice(REGIONS), "kind": "DEALER"}
        known["labels"] = {"grade": self.rng.choice("ABC")} if self.chance(0.7) else {}
        if index and self.chance(0.7):
            known["parent"] = NAMES[self.rng.randint(0, index - 1)]
        start, end = periods.span(self.period)
        if self.chance(0.3):
            known["member_from"] = start + dt.timedelta(self.rng.randint(-5, (end - start).days + 3))
        if self.chance(0.2):
            known["member_to"] = start + dt.timedelta(self.rng.randint(0, (end - start).days + 5))
            if known.get("member_from") and known["member_to"] <= known["member_from"]:
                del known["member_to"]
        return known

    def fact(self, index, plan):
        start, end = periods.span(self.period)
        day = start + dt.timedelta(self.rng.randint(0, (end - start).days - 1))
        if self.chance(0.3):
            day = self.rng.choice([start - dt.timedelta(1), end, dt.date(day.year - 1, day.month, min(day.day, 28)), start, end - dt.timedelta(1)])
        kind = self.rng.choice(KINDS + ["FACT_KIND_SELL_IN"] * 4)
        currency = self.rng.choice(self.currencies)
        places = EXPONENT[currency]
        net = self.rng.choice(self.edges) if self.chance(0.3) else self.decimal(0, 300, self.rng.choice([0, places, places + 4]))
        if kind == "FACT_KIND_RETURN":
            net = -net / 4 if (net / 4 * 10 ** (places + 4)).denominator == 1 else -net
        elif kind == "FACT_KIND_ADJUSTMENT" and self.chance(0.5):
            net = -net
        sign = -1 if net < 0 or kind == "FACT_KIND_RETURN" else 1
        return {
            "partner": self.rng.choice(NAMES),
            "day": day,
            "kind": kind,
            "currency": currency,
            "net": net,
            "gross": net + sign * self.rng.randint(0, 9),
            "cost": sign * self.decimal(0, 90),
            "quantity": sign * self.decimal(0, 40, self.rng.choice([0, 1])),
            "product_line": self.rng.choice(LINES),
            "sku": self.rng.choice(["a", "b", "c", ""]),
            "region": self.rng.choice(REGIONS),
            "channel": self.rng.choice(CHANNELS),
            "sub_channel": self.rng.choice(["tmall", "jd", ""]),
            "order": self.rng.choice(["o1", "o2", "o3", ""]),
            "customer": self.rng.choice(["c-k1", "c-k2", ""]),
            "id": f"f{index:03}",
            "sale": "",
        }

    def stated(self, plan):
        lines = []
        before = periods.prior(self.period)
        for rule in plan["rules"]:
            for partner in NAMES:
                if rule.get("lessStated") and self.chance(0.6):
                    lines.append(
                        {"partner": partner, "period": before, "rule": rule["id"], "part": "", "currency": "CNY", "amount": self.decimal(0, 60), "carried": None}
                    )
        return lines


def make(seed):
    """A plan, a period and a world."""
    maker = Maker(seed)
    plan = maker.plan()
    return plan, maker.period, maker.world(plan)


# What rules have beside their reward.
COMMON = {
    "id", "title", "measure", "negativeMeasure", "target", "gates", "multipliers", "proration", "limits", "lessStated",
    "split", "inKind", "holds", "effectiveFrom", "effectiveTo",
}


def sorts(plan):
    """The sort of reward of each rule, by id."""
    return {rule["id"]: next(key for key in rule if key not in COMMON) for rule in plan["rules"]}
