"""Whole statements: partners, facts, figures, rates, lines of an older system and a plan go in through the API, a final run
states them; then everything that decided is read back from the API, computed anew, and compared line by line."""

import time
import uuid
from fractions import Fraction

from google.protobuf import json_format

from evidence import Bundles
from numbers_exact import EXPONENT, text
from periods import day, day_message
from programmes import NAMES, make
from reflected import Suite
from statement import Run

API = "tributary.incentive.v1."
SINCE = {"year": 2020, "month": 1, "day": 1}
# What cannot be put in through the API as it is: membership follows from status changes of today.
LEFT_OUT = ("member_from", "member_to")


class Whole:
    """Two people with keys: one writes plans and runs them, the other approves."""

    def __init__(self, endpoint, key):
        self.maker = Suite(endpoint, key)
        made = self.maker.call(
            "tributary.gateway.v1.ApiKeyService/CreateApiKey",
            {"subject": f"oracle-{uuid.uuid4().hex[:8]}", "roles": ["ROLE_FINANCE"]},
        )
        self.checker = Suite(endpoint, made.secret)
        self.bundles = Bundles(self.maker)

    def close(self):
        self.maker.close()
        self.checker.close()

    def check(self, seed):
        """Compares one programme; gives what differs as sentences, the plan, and the lines that were compared."""
        plan, period, world = make(seed)
        mark = f"o{seed}-{uuid.uuid4().hex[:8]}"
        name_of = {name: f"{mark}-{name}" for name in [*NAMES, "sun", "moon"]}
        self.partners(world, name_of)
        self.facts(world, name_of, mark)
        self.figures(world, period, name_of, mark)
        self.rates(world, plan, mark)
        plan = self.renamed(plan, name_of, mark)
        version = self.publish(plan, mark)
        self.stated(world, name_of, mark)
        statements = self.run(mark, period)
        seen = self.exported(world, name_of, mark, period)
        lines = Run(self.as_dictionary(version.spec), period, seen).lines()
        unsound = [sentence for statement in statements for sentence in self.bundles.check(statement.name)]
        return self.compare(lines, statements) + unsound, plan, lines

    # What goes in.

    def partners(self, world, name_of):
        for name, identity in name_of.items():
            known = world["partners"].get(name, {"tier": "", "region": "CN", "kind": "DEALER", "labels": {}})
            for key in LEFT_OUT:
                known.pop(key, None)
            partner = {
                "displayName": identity,
                "kind": "PARTNER_KIND_" + known["kind"],
                "region": known["region"],
                "labels": known["labels"],
            }
            self.maker.call(
                "tributary.partner.v1.PartnerService/CreatePartner",
                {"partner": partner, "partnerId": identity, "initialStatus": "PARTNER_STATUS_ACTIVE"},
            )
            if known["tier"]:
                self.maker.call(
                    "tributary.partner.v1.TierService/AssignTier",
                    {"partner": f"partners/{identity}", "tier": known["tier"], "effectiveFrom": SINCE, "reason": "oracle"},
                )
        for name, known in world["partners"].items():
            if known.get("parent"):
                self.maker.call(
                    "tributary.partner.v1.HierarchyService/SetParent",
                    {
                        "partner": f"partners/{name_of[name]}",
                        "parent": f"partners/{name_of[known['parent']]}",
                        "effectiveFrom": SINCE,
                        "reason": "oracle",
                    },
                )

    def facts(self, world, name_of, mark):
        rows = []
        for fact in world["facts"]:
            row = {
                "sourceSystem": mark,
                "sourceId": fact["id"],
                "partner": f"partners/{name_of[fact['partner']]}",
                "kind": fact["kind"],
                "occurredOn": day_message(fact["day"]),
                "sku": fact["sku"],
                "productLine": fact["product_line"],
                "region": fact["region"],
                "channel": fact["channel"],
                "subChannel": fact["sub_channel"],
                "quantity": text(fact["quantity"]),
                "orderId": fact["order"],
                "customerKey": fact["customer"],
            }
            row |= {field: money(fact[field], fact["currency"]) for field in ("net", "gross", "cost")}
            rows.append(row)
        answer = self.maker.call(API + "FactService/BatchRecordFacts", {"facts": rows})
        if answer.recorded_count != len(rows):
            raise AssertionError(f"{answer.recorded_count} of {len(rows)} facts were recorded")

    def figures(self, world, period, name_of, mark):
        rows = [
            {
                "sourceSystem": mark,
                "sourceId": f"{index}",
                "partner": f"partners/{name_of[figure['partner']]}",
                "figure": figure["name"],
                "period": figure["period"] or period,
                "currency": figure["currency"],
                "value": text(figure["value"]),
            }
            for index, figure in enumerate(world["figures"])
        ]
        if rows:
            self.recorded(self.maker.call(API + "FigureService/BatchRecordFigures", {"figures": rows}))

    def rates(self, world, plan, mark):
        rows = [
            {
                "rateTable": f"rateTables/{mark}",
                "fromCurrency": rate["currency"],
                "intoCurrency": plan["conversion"]["into"],
                "day": day_message(rate["day"]),
                "rate": text(rate["rate"]),
            }
            for rate in world["rates"]
        ]
        if rows:
            self.recorded(self.maker.call(API + "RateService/BatchRecordRates", {"rates": rows}))

    def stated(self, world, name_of, mark):
        """Lines of earlier periods, as an older system stated them."""
        rows = [
            {
                "sourceSystem": mark,
                "sourceId": f"{index}",
                "programme": f"programmes/{mark}",
                "slot": "all",
                "rule": line["rule"],
                "part": line["part"],
                "partner": f"partners/{name_of[line['partner']]}",
                "period": line["period"],
                "amount": money(line["amount"], line["currency"]),
            }
            | ({} if line["carried"] is None else {"carried": text(line["carried"])})
            for index, line in enumerate(world["stated"])
        ]
        if rows:
            self.recorded(self.maker.call(API + "GoLiveService/BatchRecordOpeningLines", {"lines": rows}))

    @staticmethod
    def recorded(answer):
        refused = [r.error.message for r in answer.results if r.error.code]
        if refused:
            raise AssertionError(refused[0])

    def renamed(self, plan, name_of, mark):
        """The plan for these partners alone, with their names and rates."""
        plan = {**plan, "title": "oracle", "assignments": [{"partner": f"partners/{name_of[n]}"} for n in NAMES]}
        if plan.get("conversion"):
            plan["conversion"] = {**plan["conversion"], "rateTable": f"rateTables/{mark}"}
        for rule in plan["rules"]:
            for share in rule.get("split", {}).get("shares", []):
                if "partner" in share:
                    share["partner"] = "partners/" + name_of[share["partner"].split("/")[1]]
        return plan

    def publish(self, plan, mark):
        programme = {"displayName": mark, "slots": [{"id": "all"}]}
        self.maker.call(API + "PlanService/CreateProgramme", {"programme": programme, "programmeId": mark})
        made = {"plan": f"plans/{mark}", "programme": f"programmes/{mark}", "slot": "all", "spec": plan}
        version = self.maker.call(API + "PlanService/CreatePlanVersion", made)
        for verb in ("ApprovePlanVersion", "ActivatePlanVersion"):
            change = {"name": version.name, "etag": version.etag, "reason": "oracle", "requestId": uuid.uuid4().hex}
            version = self.checker.call(API + f"PlanService/{verb}", change)
        return version

    def run(self, mark, period):
        wanted = {"programme": f"programmes/{mark}", "period": period, "mode": "RUN_MODE_FINAL", "requestId": mark}
        operation = self.maker.call(API + "RunService/Calculate", wanted)
        while not operation.done:
            time.sleep(0.02)
            operation = self.maker.call("google.longrunning.Operations/GetOperation", {"name": operation.name})
        if operation.error.code:
            raise AssertionError(operation.error.message)
        run = self.maker.unpack(operation.response)
        return self.all(API + "RunService/ListStatements", {"run": run.name}, "statements")

    # What is read back.

    def all(self, method, fields, collection):
        found, token = [], ""
        while True:
            page = self.maker.call(method, {**fields, "pageSize": 500, "pageToken": token})
            found += getattr(page, collection)
            token = page.next_page_token
            if not token:
                return found

    def exported(self, world, name_of, mark, period):
        """The world as the API tells it."""
        facts = self.all(API + "FactService/ListFacts", {"sourceSystem": mark}, "facts")
        figures = self.all(API + "FigureService/ListFigures", {}, "figures")
        of = {"programme": f"programmes/{mark}"}
        stated = self.all(API + "GoLiveService/ListOpeningLines", of, "lines")
        rates = self.all(API + "RateService/ListRates", {"rateTable": f"rateTables/{mark}"}, "rates") if world["rates"] else []
        known = {name_of[n]: dict(p) for n, p in world["partners"].items()}
        for partner in known.values():
            if partner.get("parent"):
                partner["parent"] = name_of[partner["parent"]]
        return {
            "facts": [read_fact(f) for f in facts],
            "partners": known,
            "figures": [read_figure(f) for f in figures if f.source_system == mark],
            "stated": [read_line(line) for line in stated],
            "rates": [read_rate(rate) for rate in rates],
        }

    @staticmethod
    def as_dictionary(spec):
        return json_format.MessageToDict(spec)

    @staticmethod
    def compare(lines, statements):
        stated = {}
        for statement in statements:
            partner = statement.partner.split("/")[1]
            for line in statement.lines:
                exact = Fraction(int(line.exact.numerator), int(line.exact.denominator))
                units = Fraction(line.amount.units) + Fraction(line.amount.nanos, 10**9)
                units = int(units * 10 ** EXPONENT[line.amount.currency_code])
                stated[partner, line.rule, line.part, line.amount.currency_code] = (exact, units)
        differ = []
        for key in sorted(set(lines) | set(stated)):
            ours, theirs = lines.get(key), stated.get(key)
            if ours is None or theirs is None:
                differ.append(f"{key}: computed {ours}, stated {theirs}")
            elif ours[1] != theirs[1] or (ours[0] is not None and ours[0] != theirs[0]):
                differ.append(f"{key}: computed {ours[0]} = {ours[1]}, stated {theirs[0]} = {theirs[1]}")
        return differ


def money(value, currency):
    """A fraction as google.type.Money in JSON form."""
    units = int(value)
    return {"currencyCode": currency, "units": str(units), "nanos": int((value - units) * 10**9)}


def amount(message):
    return Fraction(message.units) + Fraction(message.nanos, 10**9)


def read_fact(fact):
    """A SalesFact as the oracle takes it."""
    kinds = type(fact).DESCRIPTOR.fields_by_name["kind"].enum_type.values_by_number
    channels = type(fact).DESCRIPTOR.fields_by_name["channel"].enum_type.values_by_number
    on = fact.occurred_on
    return {
        "partner": fact.partner.split("/")[1],
        "day": day({"year": on.year, "month": on.month, "day": on.day}),
        "kind": kinds[fact.kind].name,
        "currency": fact.net.currency_code,
        "net": amount(fact.net),
        "gross": amount(fact.gross),
        "cost": amount(fact.cost),
        "quantity": Fraction(fact.quantity.value or "0"),
        "product_line": fact.product_line,
        "sku": fact.sku,
        "region": fact.region,
        "channel": channels[fact.channel].name,
        "sub_channel": fact.sub_channel,
        "order": fact.order_id,
        "customer": fact.customer_key,
        "id": fact.source_id,
        "sale": fact.original_source_id,
    }


def read_figure(figure):
    return {
        "partner": figure.partner.split("/")[1],
        "name": figure.figure,
        "period": figure.period,
        "currency": figure.currency,
        "value": Fraction(figure.value.value),
    }


def read_line(line):
    return {
        "partner": line.partner.split("/")[1],
        "period": line.period,
        "rule": line.rule,
        "part": line.part,
        "currency": line.amount.currency_code,
        "amount": amount(line.amount),
        "carried": Fraction(line.carried.value) if line.HasField("carried") else None,
    }


def read_rate(rate):
    on = {"year": rate.day.year, "month": rate.day.month, "day": rate.day.day}
    return {"currency": rate.from_currency, "day": day(on), "rate": Fraction(rate.rate.value)}
