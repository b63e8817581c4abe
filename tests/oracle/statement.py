"""Lines of statements from a plan and what is known of its payees: the pipeline of a run, written from the semantics of
the rules and from nothing else.

A world is a dictionary: `facts` (a list of dictionaries with partner, day, kind, currency, net, gross, cost, quantity,
product_line, sku, region, channel, sub_channel, order, customer, id, sale), `partners` (name → dictionary with tier,
kind, region, labels, parent, member_from, member_to, frozen), `figures` (partner, name, period, currency, value),
`stated` (partner, period, rule, part, currency, amount, carried) and `rates` (currency, day, rate). Numbers are fractions.
"""

import datetime as dt
from fractions import Fraction

import periods
import rewards
from numbers_exact import from_minor, number, optional, split, to_minor

ZERO = Fraction(0)
KINDS = {"FACT_KIND_SELL_IN", "FACT_KIND_SELL_OUT", "FACT_KIND_RETURN", "FACT_KIND_ADJUSTMENT"}


class NoLine(Exception):
    """The rule gives no line."""


def within(region, area):
    """Whether a region is an area or lies below it."""
    return region == area or region.startswith(area + "/")


class Run:
    """One plan, one period, one world."""

    def __init__(self, plan, period, world):
        self.plan, self.period, self.world = plan, period, world
        self.start, self.end = periods.span(period)
        self.into = plan.get("conversion", {}).get("into")
        self.half_even = plan.get("rounding") == "ROUNDING_MODE_HALF_EVEN"

    # What facts say.

    def rate(self, fact):
        """Units of the plan's currency for one of the fact's (R22)."""
        if not self.into or fact["currency"] == self.into:
            return Fraction(1)
        by_fact = self.plan["conversion"]["dateRule"] == "CONVERSION_DATE_FACT_DAY"
        until = fact["day"] if by_fact else self.end
        known = [
            r
            for r in self.world["rates"]
            if r["currency"] == fact["currency"] and (r["day"] <= until if by_fact else r["day"] < until)
        ]
        return max(known, key=lambda r: r["day"])["rate"]

    def counted(self, measure, partner, currency, window):
        """The facts that a measure counts."""

        def passes(fact):
            lists = [
                ("productLines", fact["product_line"]),
                ("skus", fact["sku"]),
                ("channels", fact["channel"]),
                ("subChannels", fact["sub_channel"]),
            ]
            return (
                fact["partner"] == partner
                and (self.into or fact["currency"]) == currency
                and window[0] <= self.day_of(fact) < window[1]
                and fact["kind"] in measure["kinds"]
                and all(value in measure[name] for name, value in lists if measure.get(name))
                and (not measure.get("regions") or any(within(fact["region"], r) for r in measure["regions"]))
            )

        return sorted(filter(passes, self.world["facts"]), key=lambda f: (f["day"], f["id"]))

    def day_of(self, fact):
        """The day a fact counts on: that of its sale, if it names one that is known."""
        sale = next((f for f in self.world["facts"] if fact["sale"] and f["id"] == fact["sale"]), None)
        return sale["day"] if sale else fact["day"]

    def value(self, fact, field):
        """What one fact adds to a sum."""
        if field == "MEASURE_FIELD_QUANTITY":
            return fact["quantity"]
        amounts = {
            "MEASURE_FIELD_NET": fact["net"],
            "MEASURE_FIELD_GROSS": fact["gross"],
            "MEASURE_FIELD_PROFIT": fact["net"] - fact["cost"],
        }
        return amounts[field] * self.rate(fact)

    def measured(self, measure, partner, currency, window):
        """The value of a measure, None when nothing counts."""
        field = measure["field"]
        if field == "MEASURE_FIELD_FIGURE":
            return self.figure_sum(measure["figure"], partner, currency, window)
        facts = self.counted(measure, partner, currency, window)
        if not facts:
            return None
        if field == "MEASURE_FIELD_COUNT":
            return Fraction(len(facts))
        if field == "MEASURE_FIELD_DISTINCT_ORDERS":
            return Fraction(len({f["order"] or ("own", f["id"]) for f in facts}))
        if field == "MEASURE_FIELD_DISTINCT_CUSTOMERS":
            return Fraction(len({f["customer"] for f in facts if f["customer"]}))
        if field == "MEASURE_FIELD_DISTINCT_SKUS":
            return Fraction(len({f["sku"] for f in facts if f["sku"]}))
        return sum((self.value(f, field) for f in facts), ZERO)

    # What else is known.

    def figures(self, name, partner, currency, window):
        """Figures whose days lie inside a window, by the end of their days."""
        found = []
        for figure in self.world["figures"]:
            start, end = periods.span(figure["period"] or self.period)
            fits = figure["currency"] in ("", currency)
            if (figure["partner"], figure["name"]) == (partner, name) and fits and window[0] <= start and end <= window[1]:
                found.append((end, figure["value"]))
        return sorted(found, key=lambda pair: pair[0])

    def figure_sum(self, name, partner, currency, window):
        found = self.figures(name, partner, currency, window)
        return sum((value for _, value in found), ZERO) if found else None

    def newest(self, name, partner, currency):
        found = self.figures(name, partner, currency, (self.start, self.end))
        return found[-1][1] if found else None

    def stated(self, rule, partner, currency, window, part=""):
        """What earlier periods inside a window stated under a rule."""
        total = ZERO
        for line in self.world["stated"]:
            start, end = periods.span(line["period"])
            same = (line["partner"], line["rule"], line["currency"], line["part"]) == (partner, rule["id"], currency, part)
            if same and window[0] <= start and end <= self.start:
                total += line["amount"]
        return total

    def carried(self, rule, partner, currency):
        """What the period just before handed on."""
        before = periods.prior(self.period)
        for line in self.world["stated"]:
            if (line["partner"], line["rule"], line["currency"], line["period"]) == (partner, rule["id"], currency, before):
                return line["carried"] or ZERO
        return ZERO

    def member_days(self, partner):
        known = self.world["partners"].get(partner, {})
        start = max(self.start, known.get("member_from") or self.start)
        end = min(self.end, known.get("member_to") or self.end)
        return max(0, (end - start).days), (self.end - self.start).days

    def member_at_end(self, partner):
        known, last = self.world["partners"].get(partner, {}), self.end - dt.timedelta(1)
        start, end = known.get("member_from"), known.get("member_to")
        return (start is None or start <= last) and (end is None or last < end)

    # What decides.

    def indicator(self, indicator, context):
        partner, currency = context["partner"], context["currency"]
        if indicator.get("attainment"):
            target = context["target"]
            return None if target is None else (context["x"] / target if target else ZERO)
        if "figure" in indicator:
            return self.newest(indicator["figure"], partner, currency)
        if "measure" in indicator:
            return self.other(indicator["measure"], context)
        total = weights = ZERO
        for item in indicator["scoreCard"]["items"]:
            value = self.newest(item["figure"], partner, currency) if "figure" in item else self.other(item["measure"], context)
            weight, cap = number(item["weight"]), number(item.get("cap"), 1)
            weights += weight
            total += weight * min(cap, max(ZERO, (value or ZERO) / number(item["target"])))
        return total / weights

    def other(self, measure, context):
        partner = context["partner"]
        joined = self.world["partners"].get(partner, {}).get("member_from")
        window = periods.measure_window(measure.get("window"), self.period, joined)
        return self.measured(measure, partner, context["currency"], window)

    def holds(self, condition, context):
        if "all" in condition:
            return all(self.holds(c, context) for c in condition["all"]["conditions"])
        if "any" in condition:
            return any(self.holds(c, context) for c in condition["any"]["conditions"])
        if "not" in condition:
            return not self.holds(condition["not"], context)
        if "attribute" in condition:
            attribute, values = condition["attribute"]["attribute"], condition["attribute"]["values"]
            known = self.world["partners"].get(context["partner"], {})
            if attribute.startswith("label:"):
                return known.get("labels", {}).get(attribute[6:]) in values
            if attribute == "region":
                return any(within(known.get("region", ""), v) for v in values)
            return known.get(attribute, "") in values
        wanted = condition["indicator"]
        value = self.indicator(wanted["indicator"], context)
        least, below = optional(wanted.get("atLeast")), optional(wanted.get("below"))
        return value is not None and (least is None or value >= least) and (below is None or value < below)

    # One rule.

    def line(self, rule, partner, currency):
        """The exact amount before shared caps, and the exact total with the retrospective rate (R03) or None."""
        measure = rule["measure"]
        joined = self.world["partners"].get(partner, {}).get("member_from")
        window = periods.measure_window(measure.get("window"), self.period, joined)
        x = self.measured(measure, partner, currency, window)
        if x is None:
            raise NoLine
        x += self.carried(rule, partner, currency) if rule["negativeMeasure"] == "NEGATIVE_MEASURE_CARRY" else ZERO
        target = self.target(rule, partner, currency, window)
        context = {"partner": partner, "currency": currency, "x": x, "target": target}
        exact, extra = self.reward(rule, x, target, context, window)
        exact = self.modified(rule, exact, context)
        if extra is not None:
            extra = self.modified(rule, extra, context)
        if rule.get("lessStated"):
            exact -= self.stated(rule, partner, currency, window)
        return exact, extra

    def target(self, rule, partner, currency, window):
        if "target" not in rule:
            return None
        target = rule["target"]
        value = number(target["amount"]) if "amount" in target else self.figure_sum(target["figure"], partner, currency, window)
        if value is None or value <= 0:
            if target.get("missing") != "MISSING_TARGET_NONE_ATTAINED":
                raise NoLine
            return ZERO
        return value

    def reward(self, rule, x, target, context, window):
        partner, currency = context["partner"], context["currency"]
        if "perFact" in rule:
            facts = self.counted(rule["measure"], partner, currency, window)
            values = [(self.value(f, rule["measure"]["field"]), f["quantity"]) for f in facts]
            return sum(rewards.per_fact(rule["perFact"], values), ZERO), None
        if "growth" in rule:
            return self.growth(rule, x, partner, currency), None
        if "profitShare" in rule:
            share = rule["profitShare"]
            baseline = number(share.get("baselineAmount"), 0)
            if "baselineFigure" in share:
                baseline = self.figure_sum(share["baselineFigure"], partner, currency, window) or ZERO
            losses = self.carried(rule, partner, currency) if share.get("carryLosses") else ZERO
            if x < 0 and rule["negativeMeasure"] == "NEGATIVE_MEASURE_ZERO":
                return ZERO, None
            above = max(ZERO, x - abs(losses) - baseline)
            return max(number(share.get("guaranteed"), 0), number(share["rate"]) * above), None
        if x < 0:
            back = self.negative(rule, x)
            return back, back if "retrospective" in rule.get("marginal", {}) else None
        if target is not None and target == 0 and self.needs_target(rule):
            x_or_none = ZERO
            return self.nothing_attained(rule, x_or_none), None
        if "marginal" in rule:
            tiers = rewards.tiers_of(rule["marginal"]["table"], target)
            main = rewards.marginal(tiers, x, rule["marginal"].get("firstFlatAtZero", False))
            if "retrospective" not in rule["marginal"]:
                return main, None
            before = periods.span(periods.last_year(self.period))
            base = self.measured(rule["measure"], partner, currency, before)
            return main, rewards.retrospective(rule["marginal"], tiers, x, base)
        if "wholeVolume" in rule:
            tiers = rewards.tiers_of(rule["wholeVolume"]["table"], target)
            _, _, rate, flat = tiers[rewards.holding(tiers, x) or 0]
            return rate * rewards.paid_on(rule["wholeVolume"], x, target) + flat, None
        if "curve" in rule:
            return rewards.curve(rule["curve"], x, target), None
        if "step" in rule:
            return rewards.steps(rule["step"], x, target), None
        column = self.indicator(rule["matrix"]["column"], context)
        return rewards.matrix(rule["matrix"], x, column), None

    @staticmethod
    def needs_target(rule):
        table = rule.get("marginal", rule.get("wholeVolume", {})).get("table", {})
        scale = rule.get("curve", rule.get("step", {})).get("edgeScale") or table.get("edgeScale")
        return scale == "EDGE_SCALE_SHARE_OF_TARGET"

    @staticmethod
    def nothing_attained(rule, _):
        """With nothing attained the lowest edge is all that is reached."""
        return ZERO

    def negative(self, rule, x):
        """A measure below zero."""
        if rule["negativeMeasure"] != "NEGATIVE_MEASURE_SIGNED":
            return ZERO
        table = rule.get("marginal", rule.get("wholeVolume", {})).get("table")
        if rule.get("wholeVolume", {}).get("paidOn", "PAID_ON_MEASURE") != "PAID_ON_MEASURE":
            # The rate is not paid on the measure, so nothing of it is given back.
            return ZERO
        return number(table["tiers"][0].get("rate"), 0) * x

    def growth(self, rule, x, partner, currency):
        reward, measure = rule["growth"], rule["measure"]
        kind, given = reward["base"], number(reward.get("givenBase"), 0)
        if kind == "GROWTH_BASE_GIVEN":
            base = given
        elif kind == "GROWTH_BASE_FIGURE":
            base = self.figure_sum(reward["baseFigure"], partner, currency, periods.span(periods.last_year(self.period)))
        else:
            before = periods.last_year if kind == "GROWTH_BASE_SAME_PERIOD_LAST_YEAR" else periods.prior
            base = self.measured(measure, partner, currency, periods.span(before(self.period)))
        if base is None:
            if reward["noBase"] == "NO_BASE_POLICY_SKIP":
                raise NoLine
            base = given
        if x < 0:
            pays = base > 0 or reward["nonPositiveBase"] == "NON_POSITIVE_BASE_POLICY_TOP_TIER"
            signed = rule["negativeMeasure"] == "NEGATIVE_MEASURE_SIGNED"
            return number(reward["table"]["tiers"][0].get("rate"), 0) * x if pays and signed else ZERO
        return rewards.growth(reward, x, base, None)

    def modified(self, rule, exact, context):
        for gate in rule.get("gates", []):
            if not self.holds(gate["when"], context):
                exact *= number(gate.get("otherwise"), 0)
        for multiplier in rule.get("multipliers", []):
            exact *= self.factor(multiplier, context)
        if rule.get("proration") == "PRORATION_MEMBERSHIP_DAYS":
            days, whole = self.member_days(context["partner"])
            exact *= Fraction(days, whole)
        limits = rule.get("limits", {})
        floor, cap = optional(limits.get("periodFloor")), optional(limits.get("periodCap"))
        exact = exact if cap is None else min(exact, cap)
        exact = exact if floor is None else max(exact, floor)
        year = (self.start.replace(month=1, day=1), self.start)
        before = self.stated(rule, context["partner"], context["currency"], year)
        cap, floor = optional(limits.get("yearCap")), optional(limits.get("yearFloor"))
        exact = exact if cap is None else min(exact, cap - before)
        if floor is not None and periods.is_last_of_year(self.period):
            exact = max(exact, floor - before)
        return exact

    def factor(self, multiplier, context):
        value = self.indicator(multiplier["by"], context)
        if value is None:
            return ZERO if multiplier["missing"] == "MISSING_INDICATOR_NOTHING" else Fraction(1)
        steps = [(number(s["from"]), number(s["factor"])) for s in multiplier["steps"]]
        below = [s for s in steps if s[0] <= value]
        if not below:
            return Fraction(1)
        above = [s for s in steps if s[0] > value]
        if not multiplier.get("linear") or not above:
            return below[-1][1]
        (a, fa), (b, fb) = below[-1], above[0]
        return fa + (fb - fa) * (value - a) / (b - a)

    # All lines.

    def payees(self):
        """Partners and currencies that have facts or currency-less figures may give lines."""
        seen = {(f["partner"], self.into or f["currency"]) for f in self.world["facts"]}
        return sorted(seen)

    def lines(self):
        """{(partner, rule, part, currency): (exact, minor units, quantity or None)}."""
        drafts = {}
        for rule in self.plan["rules"]:
            for partner, currency in self.payees_of(rule):
                self.draft(rule, partner, currency, drafts)
        return self.rounded(drafts, self.cap_together(drafts))

    def payees_of(self, rule):
        if "guarantee" in rule:
            return sorted((p, rule["guarantee"]["currency"]) for p in self.everybody())
        if "override" in rule:
            # An upline earns in the currencies of its downline.
            return sorted((p, c) for p in self.everybody() for c in {c for _, c in self.payees()})
        return self.payees()

    def everybody(self):
        """Whoever has facts, is known, or is named by a split."""
        named = {
            share["partner"].split("/")[1]
            for rule in self.plan["rules"]
            for share in rule.get("split", {}).get("shares", [])
            if "partner" in share
        }
        everybody = {p for p, _ in self.payees()} | set(self.world["partners"]) | named
        return {p for p in everybody if self.assigned(p)}

    def assigned(self, partner):
        """Whether the plan pays a partner; of the assignments only those to partners occur here."""
        targets = [a["partner"].split("/")[1] for a in self.plan.get("assignments", []) if "partner" in a]
        return not targets or partner in targets

    def draft(self, rule, partner, currency, drafts):
        try:
            prorated = rule.get("proration") == "PRORATION_MEMBERSHIP_DAYS"
            if prorated and self.member_days(partner)[0] == 0:
                raise NoLine
            if "override" in rule:
                exact, extra = self.override(rule, partner, currency), None
            elif "guarantee" in rule:
                exact, extra = self.guarantee(rule, partner, currency, drafts), None
            else:
                exact, extra = self.line(rule, partner, currency)
        except NoLine:
            return
        drafts[partner, rule["id"], "", currency] = exact
        if extra is not None:
            drafts[partner, rule["id"], "extra", currency] = extra

    def override(self, rule, partner, currency):
        """R15: what the downline sold, by level of the tree on the day of the sale."""
        levels = {item["level"]: number(item["rate"]) for item in rule["override"]["levels"]}
        exact, total, found = ZERO, ZERO, False
        window = periods.measure_window(rule["measure"].get("window"), self.period, None)
        for seller in {f["partner"] for f in self.world["facts"]}:
            upline, level = seller, 0
            while upline := self.world["partners"].get(upline, {}).get("parent"):
                level += 1
                if upline == partner and level in levels:
                    value = self.measured(rule["measure"], seller, currency, window)
                    found = found or value is not None
                    total += value or ZERO
                    exact += levels[level] * (value or ZERO)
        if not found:
            raise NoLine
        target = self.target(rule, partner, currency, window)
        return self.modified(rule, exact, {"partner": partner, "currency": currency, "x": total, "target": target})

    def guarantee(self, rule, partner, currency, drafts):
        """R11: what is missing to the guarantee, prorated, after what the statement says was earned."""
        reward = rule["guarantee"]
        whole = number(reward["amount"]) if "amount" in reward else self.newest(reward["figure"], partner, currency)
        days, of = self.member_days(partner)
        if rule.get("proration") != "PRORATION_MEMBERSHIP_DAYS":
            # Without proration the last day of the period decides on the whole.
            days = of if self.member_at_end(partner) else 0
        if whole is None or days == 0:
            raise NoLine
        whole *= Fraction(days, of)
        before = [r["id"] for r in self.plan["rules"][: self.plan["rules"].index(rule)]]
        named = reward.get("rules") or before
        # Of a pool that is split, a payee earned its own share; shares in others' pools are not known yet.
        earned = sum(
            units
            for (p, r, part, c), (_, units, _) in self.rounded(drafts, {}).items()
            if p == partner and c == currency and r in named and part != "share"
        )
        return max(ZERO, whole - from_minor(earned, currency))

    def cap_together(self, drafts):
        """R10: lines above 0 are cut in proportion, in whole minor units, until all lines together give the cap."""
        cut = {}
        for cap in self.plan.get("sharedCaps", []):
            named = cap.get("rules") or [r["id"] for r in self.plan["rules"]]
            keys = [k for k in drafts if k[1] in named and k[3] == cap["currency"]]
            groups = {}
            for key in keys:
                groups.setdefault(key[0] if cap["scope"] == "CAP_SCOPE_PAYEE" else "", []).append(key)
            for group in groups.values():
                cut |= self.cut_group(sorted(group), cap, drafts)
        return cut

    def cut_group(self, keys, cap, drafts):
        units = {k: self.amount_of(drafts, *k) for k in keys}
        positive = [k for k in keys if units[k] > 0]
        bound = to_minor(number(cap["amount"]), cap["currency"])
        if sum(units.values()) <= bound:
            return {}
        left = bound - sum(u for u in units.values() if u < 0)
        return dict(zip(positive, split(left, [units[k] for k in positive])))

    def amount_of(self, drafts, partner, rule, part, currency):
        """Whole minor units of a line; the extra of R03 is the difference of the rounded totals."""
        whole = to_minor(drafts[partner, rule, part, currency], currency, self.half_even)
        if part == "extra":
            whole -= to_minor(drafts[partner, rule, "", currency], currency, self.half_even)
        return whole

    def rounded(self, drafts, cut):
        result = {}
        rules = {rule["id"]: rule for rule in self.plan["rules"]}
        for (partner, rule, part, currency), exact in drafts.items():
            kind = rules[rule].get("inKind")
            if kind:
                result[partner, rule, part, currency] = (exact, 0, exact)
                continue
            units = cut.get((partner, rule, part, currency))
            units = self.amount_of(drafts, partner, rule, part, currency) if units is None else units
            if part == "extra" or (partner, rule, part, currency) in cut:
                # Both are whole minor units by their definition.
                exact = from_minor(units, currency)
            shares = rules[rule].get("split")
            if not shares:
                result[partner, rule, part, currency] = (exact, units, None)
                continue
            weights = [int(s.get("weight", 0)) for s in shares["shares"]]
            for share, units_of in zip(shares["shares"], split(units, weights)):
                payee, piece = (partner, part) if share.get("self") else (share["partner"].split("/")[1], "share")
                old = result.get((payee, rule, piece, currency), (None, 0, None))[1]
                result[payee, rule, piece, currency] = (None, old + units_of, None)
        return result
