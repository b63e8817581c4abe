"""What a measure earns, from the semantics of the rules: exact fractions, nothing rounded. Plans are dictionaries in
the JSON form of their messages."""

import math
from fractions import Fraction

from numbers_exact import number, optional

UPPER = "EDGE_SIDE_UPPER_INCLUSIVE"
ZERO = Fraction(0)


def tiers_of(table, target):
    """Tiers as (from, upper_side, rate, flat), edges in values of the measure."""
    unit = target if table.get("edgeScale") == "EDGE_SCALE_SHARE_OF_TARGET" else Fraction(1)
    side = table.get("edgeSide")
    return [
        (number(t["from"]) * unit, t.get("edgeSide", side) == UPPER, number(t.get("rate"), 0), number(t.get("flat"), 0))
        for t in table["tiers"]
    ]


def reached(tier, x):
    """Whether a value has reached the lower edge of a tier."""
    start, upper, _, _ = tier
    return x > start if upper else x >= start


def holding(tiers, x):
    """The index of the tier that holds a value, None below the first."""
    found = [i for i, tier in enumerate(tiers) if reached(tier, x)]
    return found[-1] if found else None


def marginal(tiers, x, first_flat_at_zero):
    """R01 for x at or above 0."""
    total = ZERO
    for i, (start, _, rate, flat) in enumerate(tiers):
        top = min(x, tiers[i + 1][0]) if i + 1 < len(tiers) else x
        total += rate * max(ZERO, top - start)
        entered = (x > 0 or first_flat_at_zero) if i == 0 else reached(tiers[i], x)
        total += flat if entered else ZERO
    return total


def retrospective(reward, tiers, x, last_year):
    """R03: the total when the rate reached is paid from further back."""
    index = holding(tiers, x) or 0
    rate = tiers[index][2]
    back = reward["retrospective"]
    kind = back["from"]
    if kind == "RETROSPECTIVE_FROM_FIRST_UNIT":
        point = ZERO
    elif kind == "RETROSPECTIVE_FROM_LOWEST_BRACKET":
        point = next((start for start, _, r, _ in tiers if r > 0), ZERO)
    elif kind == "RETROSPECTIVE_FROM_START_OF_GROWTH":
        point = max(ZERO, last_year or ZERO)
    else:
        point = number(back.get("point"), 0)
    # The reached rate from the point to x or to where its own tier begins, whichever comes first; above it is paid already.
    below = ZERO
    for i, (start, _, r, _) in enumerate(tiers[:index]):
        top = tiers[i + 1][0]
        part = max(ZERO, min(x, top) - max(start, point))
        below += (rate - r) * part
    return marginal(tiers, x, reward.get("firstFlatAtZero", False)) + below


def paid_on(reward, x, target):
    """The number that a rate is paid on."""
    kind = reward.get("paidOn")
    if kind == "PAID_ON_TARGET":
        return target
    if kind == "PAID_ON_AMOUNT":
        return number(reward["amount"])
    return x


def curve(reward, x, target):
    """R07."""
    unit = target if reward.get("edgeScale") == "EDGE_SCALE_SHARE_OF_TARGET" else Fraction(1)
    points = [(number(p["at"]) * unit, number(p["value"])) for p in reward["points"]]
    below, above = reward.get("below", "CURVE_END_NOTHING"), reward.get("above", "CURVE_END_LEVEL")

    def on_line(a, b):
        return a[1] + (b[1] - a[1]) * (x - a[0]) / (b[0] - a[0])

    if x < points[0][0]:
        value = {"CURVE_END_NOTHING": ZERO, "CURVE_END_LEVEL": points[0][1]}.get(below)
        value = on_line(points[0], points[1]) if value is None else value
    elif x > points[-1][0]:
        value = {"CURVE_END_NOTHING": ZERO, "CURVE_END_LEVEL": points[-1][1]}.get(above)
        value = on_line(points[-2], points[-1]) if value is None else value
    else:
        value = next(on_line(a, b) for a, b in zip(points, points[1:]) if a[0] <= x <= b[0])
    return value * paid_on(reward, x, target) if reward["of"] == "CURVE_OF_RATE" else value


def steps(reward, x, target):
    """R06a."""
    unit = target if reward.get("edgeScale") == "EDGE_SCALE_SHARE_OF_TARGET" else Fraction(1)
    count = max(ZERO, x - number(reward.get("above"), 0) * unit) / (number(reward["step"]) * unit)
    part = reward.get("partStep", "PART_STEP_NOTHING")
    if part == "PART_STEP_NOTHING":
        count = Fraction(math.floor(count))
    elif part == "PART_STEP_WHOLE":
        count = Fraction(math.ceil(count))
    limit = int(reward.get("maxSteps", 0))
    return number(reward["amount"]) * (min(count, limit) if limit else count)


def matrix(reward, x, column):
    """IC-06, by two numbers; a missing column or one below the first edge earns nothing."""
    if column is None:
        return ZERO
    upper = reward.get("edgeSide") == UPPER
    row = holding([(number(e), upper, 0, 0) for e in reward["rowEdges"]], x)
    place = holding([(number(e), upper, 0, 0) for e in reward["columnEdges"]], column)
    if place is None:
        return ZERO
    cell = number(reward["rows"][row or 0]["cells"][place])
    return cell * x if reward["of"] == "CURVE_OF_RATE" else cell


def growth(reward, x, base, scale_whole):
    """R05 for x at or above 0: what the tier of the growth gives; `base` is a number."""
    on = x - base if reward["on"] == "GROWTH_ON_INCREMENT" else x
    tiers = tiers_of(reward["table"], None)
    if base <= 0:
        if reward["nonPositiveBase"] == "NON_POSITIVE_BASE_POLICY_NOTHING":
            return ZERO
        return tiers[-1][2] * on
    index = holding(tiers, (x - base) / base)
    return ZERO if index is None else tiers[index][2] * on


def per_fact(reward, values):
    """R00: what each fact earns; `values` are (value, quantity) in the order of day and key."""
    table = reward.get("table")
    read = reward.get("reading", "TABLE_READING_MARGINAL")

    def of_table(x):
        tiers = tiers_of(table, None)
        if x < 0:
            return tiers[0][2] * x
        if read == "TABLE_READING_MARGINAL":
            return marginal(tiers, x, False)
        _, _, rate, flat = tiers[holding(tiers, x) or 0]
        return rate * x + flat

    running = reward.get("on") == "PER_FACT_ON_RUNNING_TOTAL"
    before, earned = ZERO, []
    for value, quantity in values:
        # A free good that comes back has no value, but a quantity below 0.
        sign = -1 if value < 0 or (value == 0 and quantity < 0) else 1
        got = number(reward.get("rate"), 0) * value + number(reward.get("perUnit"), 0) * quantity
        got += sign * number(reward.get("perFact"), 0)
        if table and running:
            got += of_table(before + value) - of_table(before)
        elif table:
            got += of_table(value)
        before += value
        floor, cap = optional(reward.get("floor")), optional(reward.get("cap"))
        if floor is not None and sign > 0:
            got = max(got, floor)
        if cap is not None:
            got = min(got, cap)
        earned.append(got)
    return earned
