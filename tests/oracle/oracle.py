#!/usr/bin/env python3
"""Recomputes the lines of random programmes and compares each with what the suite calculates, exactly.

    TRIBUTARY_ENDPOINT=127.0.0.1:7420 TRIBUTARY_API_KEY=… tests/oracle/oracle.py --seeds 2000

Shares no code with the suite: the rules are written anew in Python's fractions, from their semantics. Each programme goes
through the gateway as a plan whose example holds the facts, partners, figures, earlier lines and rates, and the lines that
the oracle expects; ValidatePlan runs the example through the very engine that pays and says every difference. With
--whole, partners, facts, figures, rates, earlier lines and plans go in one by one, a final run states them, and what the
API tells of all that is computed anew and compared; every statement is exported, and its bundle verified by
verify_bundle.py:

    tributary up --data /tmp/oracle --listen 127.0.0.1:7421 &                     # on PostgreSQL: --store postgres://…/oracle
    TRIBUTARY_ENDPOINT=127.0.0.1:7421 TRIBUTARY_API_KEY=$(cat /tmp/oracle/bootstrap.key) \\
        tests/oracle/oracle.py --seeds 0 --whole 300

Needs what tests/clients/python/requirements.txt names. Whole programmes stay in the store they were put into.
Exit code 0: all equal; 1: differences, printed with their seed.
"""

import argparse
import collections
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "clients" / "python"))

from examples import example  # noqa: E402
from evidence import log_differs  # noqa: E402
from programmes import make, sorts  # noqa: E402
from reflected import Refused, Suite  # noqa: E402
from statement import Run  # noqa: E402
from whole import Whole  # noqa: E402

VALIDATE = "tributary.incentive.v1.PlanService/ValidatePlan"


def check(suite, seed):
    """Counts of lines by sort of rule; raises Refused when the suite differs."""
    plan, period, world = make(seed)
    lines = Run(plan, period, world).lines()
    spec = {**plan, "title": f"oracle {seed}", "examples": [example(period, world, lines)]}
    suite.call(VALIDATE, {"spec": spec})
    return count(plan, lines), spec


def count(plan, lines):
    """Lines by sort of rule."""
    sort = sorts(plan)
    return collections.Counter(sort[rule] for _, rule, _, _ in lines)


def told(counted):
    return ", ".join(f"{n:,} lines of {sort}" for sort, n in sorted(counted.items()))


def missing(counted, programmes):
    """Says what many programmes did not even once compare."""
    absent = EVERY - set(counted)
    if programmes >= 200 and absent:
        print(f"no line of {', '.join(sorted(absent))} was compared: the programmes are too few or too plain")
        return True
    return False


EVERY = {
    "marginal", "wholeVolume", "growth", "perFact", "curve", "step", "matrix", "profitShare", "override", "guarantee",
}


def whole_statements(options):
    """Compares whole statements; gives how many programmes differ."""
    if not options.whole:
        return 0
    whole = Whole(os.environ["TRIBUTARY_ENDPOINT"], os.environ["TRIBUTARY_API_KEY"])
    failed, counted = 0, collections.Counter()
    for seed in range(options.first, options.first + options.whole):
        differ, plan, lines = whole.check(seed)
        counted += count(plan, lines)
        failed += bool(differ)
        for sentence in differ:
            print(f"seed {seed}, whole: {sentence}")
        if failed >= options.stop_after:
            break
    seen = whole.bundles.seen
    print(f"{seen['bundles']:,} bundles verified, {seen['recomputed']:,} of {seen['lines']:,} lines recomputed from them")
    differs, size = log_differs(whole.maker)
    print(f"the root of the evidence log of {size:,} entries is {'not ' if differs else ''}the one that was signed")
    failed += differs
    whole.close()
    print(told(counted))
    print(f"{sum(counted.values()):,} lines of {options.whole:,} whole programmes compared, {failed} programmes differ")
    return failed + missing(counted, options.whole)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=500, help="how many programmes (default: 500)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--whole", type=int, default=0, metavar="N", help="then N programmes as whole statements (default: 0)")
    parser.add_argument("--show", action="store_true", help="print the plan and its example where one differs")
    parser.add_argument("--stop-after", type=int, default=10, help="stop after so many differing programmes")
    options = parser.parse_args()
    suite = Suite(os.environ["TRIBUTARY_ENDPOINT"], os.environ["TRIBUTARY_API_KEY"])
    counted, failed = collections.Counter(), 0
    for seed in range(options.first, options.first + options.seeds):
        try:
            lines, _ = check(suite, seed)
            counted += lines
        except Refused as refused:
            failed += 1
            print(f"seed {seed}: {refused.message}")
            for field, what in refused.violations.items():
                print(f"  {field}: {what}")
            if options.show:
                plan, period, world = make(seed)
                print(json.dumps({**plan, "period": period, "facts": world["facts"]}, indent=1, default=str))
            if failed >= options.stop_after:
                break
        if seed % 200 == 199:
            print(f"{seed + 1 - options.first} programmes", file=sys.stderr)
    suite.close()
    print(told(counted))
    print(f"{sum(counted.values()):,} lines of {options.seeds:,} programmes compared, {failed} programmes differ")
    failed += missing(counted, options.seeds)
    failed += whole_statements(options)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
