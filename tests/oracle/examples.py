"""A world and the lines that the oracle computed for it, as an example inside the plan: publishing runs it through the
engine and says every line that differs, exactly."""

from fractions import Fraction

from numbers_exact import from_minor, text
from periods import day_message


def example(period, world, lines):
    """A PlanExample in JSON form."""
    return {
        "title": "oracle",
        "period": period,
        "partners": [partner(name, known) for name, known in sorted(world["partners"].items())],
        "facts": [fact(f) for f in world["facts"]],
        "figures": [
            {"partner": f["partner"], "figure": f["name"], "period": f["period"], "currency": f["currency"], "value": text(f["value"])}
            for f in world["figures"]
        ],
        "stated": [stated(line) for line in world["stated"]],
        "rates": [{"currency": r["currency"], "day": day_message(r["day"]), "rate": text(r["rate"])} for r in world["rates"]],
        "expect": [expected(key, values) for key, values in sorted(lines.items())],
    }


def partner(name, known):
    fields = {"partner": name, "tier": known["tier"], "kind": known["kind"], "region": known["region"], "labels": known["labels"]}
    fields["parent"] = known.get("parent", "")
    for key, field in (("member_from", "memberFrom"), ("member_to", "memberTo")):
        if known.get(key):
            fields[field] = day_message(known[key])
    return fields


def fact(f):
    return {
        "partner": f["partner"],
        "occurredOn": day_message(f["day"]),
        "kind": f["kind"],
        "currency": f["currency"],
        "net": text(f["net"]),
        "gross": text(f["gross"]),
        "cost": text(f["cost"]),
        "quantity": text(f["quantity"]),
        "productLine": f["product_line"],
        "sku": f["sku"],
        "region": f["region"],
        "channel": f["channel"],
        "subChannel": f["sub_channel"],
        "orderId": f["order"],
        "customerKey": f["customer"],
        "sourceId": f["id"],
        "originalSourceId": f["sale"],
    }


def stated(line):
    fields = {key: line[key] for key in ("partner", "period", "rule", "part", "currency")}
    fields["amount"] = text(line["amount"])
    if line["carried"] is not None:
        fields["carried"] = text(line["carried"])
    return fields


def expected(key, values):
    name, rule, part, currency = key
    exact, units, quantity = values
    fields = {"partner": name, "rule": rule, "part": part, "currency": currency, "amount": text(from_minor(units, currency))}
    if exact is not None and ends(exact):
        fields["exact"] = text(exact)
    if quantity is not None:
        fields["quantity"] = text(quantity)
    return fields


def ends(value):
    """Whether a fraction ends as a decimal of at most 12 digits: others cannot be written into an example."""
    return (Fraction(value) * 10**12).denominator == 1
