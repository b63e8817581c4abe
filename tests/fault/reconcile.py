"""Compares what a load was told with what is there: nothing lost, nothing doubled.

    reconcile.py ENDPOINT KEY_FILE JOURNAL

The journal has a line of JSON per acknowledgement. Everything else is read through the gateway, by reflection; nothing is
shared with the suite. Sums are worked out here, in whole numbers. Exit code 1 when anything differs.
"""

import collections
import json
import pathlib
import sys
import time

import grpc

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients" / "python"))
sys.dont_write_bytecode = True

from reflected import Refused, Suite  # noqa: E402

FACTS = "tributary.incentive.v1.FactService"
PLANS = "tributary.incentive.v1.PlanService"
RUNS = "tributary.incentive.v1.RunService"
PARTNERS = "tributary.partner.v1.PartnerService"
METRICS = "tributary.analytics.v1.MetricService"
ALERTS = "tributary.contract.v1.AlertService"
LEDGER = "tributary.incentive.v1.LedgerService"
SETTLEMENTS = "tributary.incentive.v1.SettlementService"
DEPOSITS = "tributary.incentive.v1.DepositService"
OPERATIONS = "google.longrunning.Operations"
EVENTS = "tributary.event.v1.EventService"
SERVICES = ["partner-registry", "incentive-calculation", "contract-risk", "analytics"]

# How long events may take once the load is over: leases that run out, events that rest, and what is left of a backlog. The
# goal is 30 seconds; what takes longer is said, and fails only when it does not come at all.
SETTLE_SECONDS = 180
GOAL_SECONDS = 30
# How long a call is tried again: the last fault may still be felt.
PATIENCE_SECONDS = 30
PASSING = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN"}
# How many sellers there are, and how the facts begin that are settled month by month.
SELLERS = 8
SETTLED = "settled-"
# Amounts are counted in 1/10,000.
SCALE = 10_000
NANOS = 100_000


class Reconciler:
    """A journal, a suite, and what differs between them."""

    def __init__(self, suite, journal):
        self.suite = suite
        self.findings = []
        entries = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
        self.told = collections.defaultdict(list)
        for entry in entries:
            ((kind, content),) = entry.items()
            self.told[kind].append(content)

    def call(self, name, fields):
        """Calls, again while something is on its way back."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.suite.call(name, fields)
            except Refused as refused:
                if refused.code not in PASSING or time.monotonic() > give_up:
                    raise
                time.sleep(0.2)

    def pages(self, name, fields, field):
        """Every item of a list."""
        token = ""
        while True:
            answer = self.call(name, {**fields, "pageSize": 1000, "pageToken": token})
            yield from getattr(answer, field)
            token = answer.next_page_token
            if not token:
                return

    def expect(self, what, there, told):
        """Two collections that must be equal."""
        if there == told:
            return
        if isinstance(there, dict) and isinstance(told, dict):
            lost = [key for key in told if key not in there]
            more = [key for key in there if key not in told]
            other = [key for key in told if key in there and there[key] != told[key]]
            text = f"{len(lost)} lost {lost[:5]}, {len(more)} more {more[:5]}, {len(other)} other"
            text += "".join(f" {key}: {there[key]} is not {told[key]}" for key in other[:5])
        else:
            text = f"{there} is not {told}"
        self.findings.append(f"{what}: {text}")

    def once(self, what, keys):
        """Keys of which none may come twice."""
        twice = [key for key, count in collections.Counter(keys).items() if count > 1]
        if twice:
            self.findings.append(f"{what}: {len(twice)} doubled {twice[:5]}")

    def facts(self):
        """Every acknowledged fact is there once, with its content; and no other."""
        told = {fact["id"]: (fact["partner"], fact["net"]) for fact in self.told["fact"]}
        self.once("facts in the journal", (fact["id"] for fact in self.told["fact"]))
        self.batch_of, there, self.sums, self.counts = {}, {}, collections.Counter(), collections.Counter()
        ids = []
        for fact in self.pages(f"{FACTS}/ListFacts", {"sourceSystem": "fault"}, "facts"):
            ids.append(fact.source_id)
            net = fact.net.units * SCALE + fact.net.nanos // NANOS
            there[fact.source_id] = (fact.partner, net)
            self.batch_of[fact.source_id] = fact.batch
        self.once("facts", ids)
        self.expect("facts", there, told)
        # Sums of what was told: consumers must have these, whatever the store of facts says.
        for partner, net in told.values():
            self.sums[partner] += net
            self.counts[partner] += 1
        self.last_batch = max(self.batch_of.values(), default=0)
        self.expect("batches", sorted(set(self.batch_of.values())), list(range(1, self.last_batch + 1)))
        return f"{len(ids)} facts in {self.last_batch} batches"

    def partners(self):
        """Every acknowledged partner is there once."""
        all_partners = list(self.pages(f"{PARTNERS}/ListPartners", {}, "partners"))
        created = [p for p in all_partners if p.display_name.startswith("Created ")]
        self.once("partners", (p.display_name for p in created))
        told = {p["display_name"]: p["name"] for p in self.told["partner"]}
        self.expect("partners", {p.display_name: p.name for p in created}, told)
        return f"{len(created)} partners"

    def versions(self):
        """Every acknowledged version of the plan is there once, numbered without gaps."""
        versions = list(self.pages(f"{PLANS}/ListPlanVersions", {"plan": "plans/commission"}, "plan_versions"))
        self.once("plan versions", (v.spec.title for v in versions))
        told = {v["title"]: v["name"] for v in self.told["version"]}
        self.expect("plan versions", {v.spec.title: v.name for v in versions}, told)
        numbers = sorted(int(v.name.rsplit("/", 1)[-1]) for v in versions)
        self.expect("numbers of plan versions", numbers, list(range(1, len(versions) + 1)))
        return f"{len(versions)} plan versions"

    def runs(self):
        """Every run was made once, came to its end, and counted the facts of its snapshot: previews those of 2026, the last
        one all of them; runs that were settled those of their month."""
        runs = list(self.pages(f"{RUNS}/ListRuns", {}, "runs"))
        told = {run["name"]: run["digest"] for run in self.told["run"]}
        self.expect("runs", {run.name: run.digest for run in runs}, told)
        through = collections.Counter(batch for id_, batch in self.batch_of.items() if not id_.startswith(SETTLED))
        for run in runs:
            facts = sum(count for batch, count in through.items() if batch <= run.snapshot_batch)
            if run.period != "2026":
                facts = SELLERS
            self.expect(f"facts of {run.name}", run.fact_count, facts)
        (last,) = self.told["last"]
        measured = {}
        for statement in self.pages(f"{RUNS}/ListStatements", {"run": last["name"]}, "statements"):
            (line,) = statement.lines
            measured[statement.partner] = whole(line.measure.value)
        sums = collections.Counter()
        for fact in self.told["fact"]:
            if not fact["id"].startswith(SETTLED):
                sums[fact["partner"]] += fact["net"]
        self.expect("measures of the last run", measured, dict(sums))
        return f"{len(runs)} runs"

    def settlements(self):
        """Every settlement is there once, and paid."""
        told = {(one["partner"], one["period"]): one["cents"] for one in self.told["settled"]}
        known = list(self.pages(f"{SETTLEMENTS}/ListSettlements", {}, "settlements"))
        self.once("settlements", ((one.partner, one.period) for one in known))
        paid = [one for one in known if state_of(one) == "SETTLEMENT_STATE_PAID"]
        self.expect("settlements that are not paid", len(known) - len(paid), 0)
        self.expect("payments", {(one.partner, one.period): minor(one.payable) for one in paid}, told)
        return f"{len(known)} settlements"

    def money(self):
        """Every posting counts once and every account has their sum; deposits hold what was received, and reserve what was
        proposed and not taken back."""
        told = {posting["id"]: posting["cents"] for posting in self.told["posting"]}
        there, accounts = {}, collections.Counter()
        for transaction in self.pages(f"{LEDGER}/ListTransactions", {"cause": "fault"}, "transactions"):
            (posting,) = transaction.postings
            there[transaction.name.removeprefix("ledgerTransactions/")] = cents(posting.posted_amount.value)
        self.expect("postings", there, told)
        for posting in self.told["posting"]:
            accounts[posting["partner"].replace("partners/", "partner.") + ".accrued"] += posting["cents"]
            accounts["house.expense"] += posting["cents"]
        held, reserved = collections.Counter(), collections.Counter()
        for receipt in self.told["received"]:
            held[receipt["deposit"]] += receipt["cents"]
            accounts["house.cash"] += receipt["cents"]
            accounts["partner.seller-0.deposit"] += receipt["cents"]
        for proposal in self.told["reserved"]:
            reserved[proposal["deposit"]] += proposal["cents"]
        for one in self.told["settled"]:
            seller = one["partner"].replace("partners/", "partner.")
            accounts["house.expense"] += one["cents"]
            accounts[f"{seller}.paid"] += one["cents"]
            # What was accrued became payable, and that was paid.
            accounts[f"{seller}.accrued"] += 0
            accounts[f"{seller}.payable"] += 0
        known = list(self.pages(f"{DEPOSITS}/ListDeposits", {}, "deposits"))
        self.expect("held", {one.name: minor(one.held) for one in known}, dict(held))
        self.expect("reserved", {one.name: minor(one.reserved) for one in known}, {name: reserved[name] for name in held})
        balances = {
            one.name.removeprefix("ledgerAccounts/").removesuffix(".CNY"): cents(one.balance.value)
            for one in self.pages(f"{LEDGER}/ListLedgerAccounts", {}, "ledger_accounts")
        }
        self.expect("balances", balances, dict(accounts))
        operation = self.call(f"{LEDGER}/VerifyLedger", {})
        while not operation.done:
            time.sleep(0.1)
            operation = self.call(f"{OPERATIONS}/GetOperation", {"name": operation.name})
        self.expect("the ledger", self.suite.unpack(operation.response).sound, True)
        return f"{len(told)} postings, {sum(map(len, (self.told['received'], self.told['reserved'])))} steps of deposits"

    def settled(self, what, ask):
        """What a consumer answers once it counts every batch."""
        begun = time.monotonic()
        while True:
            answer = ask()
            if answer.through_batch == self.last_batch:
                seconds = time.monotonic() - begun
                if seconds > GOAL_SECONDS:
                    print(f"  SLOW: {what} took {seconds:.0f} s to catch up, more than {GOAL_SECONDS} s")
                return answer, seconds
            if time.monotonic() - begun > SETTLE_SECONDS:
                self.findings.append(
                    f"{what}: counts {answer.through_batch} of {self.last_batch} batches after {SETTLE_SECONDS} s"
                )
                return answer, SETTLE_SECONDS
            time.sleep(0.1)

    def analytics(self):
        """Analytics has the sums of every partner, and each fact once."""
        fields = {
            "metrics": ["net_sales", "orders"],
            "dimensions": ["METRIC_DIMENSION_PARTNER", "METRIC_DIMENSION_CURRENCY"],
            "basis": "SALES_BASIS_ALL",
            "pageSize": 1000,
        }
        answer, seconds = self.settled("analytics", lambda: self.call(f"{METRICS}/QueryMetrics", fields))
        sums, counts = {}, {}
        for row in answer.rows:
            sales, orders = row.values
            sums[row.partner] = sales.amount.units * SCALE + sales.amount.nanos // NANOS
            counts[row.partner] = int(orders.number.value)
        self.expect("sums of analytics", sums, dict(self.sums))
        self.expect("orders of analytics", counts, dict(self.counts))
        return f"analytics caught up in {seconds:.1f} s"

    def contract_risk(self):
        """So has contract-risk."""
        fields = {"asOf": {"year": 2027, "month": 12, "day": 31}, "pageSize": 1000}
        answer, seconds = self.settled("contract-risk", lambda: self.call(f"{ALERTS}/ListCommitmentProgress", fields))
        reached = {one.partner: whole(one.actual.value) for one in answer.progress}
        self.expect("sums of contract-risk", reached, dict(self.sums))
        return f"contract-risk in {seconds:.1f} s"

    def dead_letters(self):
        """No fault makes an event unfit."""
        for service in SERVICES:
            letters = self.pages(f"{EVENTS}/ListDeadLetters", {"service": f"services/{service}"}, "dead_letters")
            self.expect(f"dead letters of {service}", [f"{x.name}: {x.reason}" for x in letters], [])
        return "no dead letters"


def state_of(message):
    """The name of the state of a message."""
    states = message.DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number
    return states[message.state].name


def minor(money):
    """A google.type.Money in cents."""
    return money.units * 100 + money.nanos // 10_000_000


def cents(text):
    """A decimal text in cents."""
    return whole(text) // 100


def whole(text):
    """A decimal text in 1/10,000."""
    sign = -1 if text.startswith("-") else 1
    units, _, part = text.removeprefix("-").partition(".")
    if part[4:].strip("0"):
        raise ValueError(f"{text} is finer than 1/{SCALE}")
    return sign * (int(units) * SCALE + int(part[:4].ljust(4, "0")))


def main(endpoint, key_file, journal):
    suite = Suite(endpoint, pathlib.Path(key_file).read_text(encoding="utf-8").strip())
    try:
        reconciler = Reconciler(suite, pathlib.Path(journal))
        steps = ["facts", "partners", "versions", "runs", "settlements", "money", "analytics", "contract_risk", "dead_letters"]
        seen = [getattr(reconciler, step)() for step in steps]
    finally:
        suite.close()
    print(f"  reconciled: {', '.join(seen)}")
    for finding in reconciler.findings:
        print(f"  DIFFERS: {finding}", file=sys.stderr)
    return 1 if reconciler.findings else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except grpc.RpcError as error:
        sys.exit(f"the suite does not answer: {error}")
