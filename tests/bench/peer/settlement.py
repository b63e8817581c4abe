"""A month of many partners settled through the gateway, beside the ledger alone.

Started by tests/bench/settlement. The suite runs as the processes that settlements need, as in the ingest bench.
"""

import argparse
import json
import os
import subprocess
import tempfile

from ingest import Postgres, Suite

ALONE = "postings alone"
# The steps between the locked period and the payment; the run comes before them.
STEPS = ["settle", "submit", "approve", "lock", "export", "confirm"]


def settled(options, store):
    """Seconds of each step, on a store."""
    with tempfile.TemporaryDirectory() as directory:
        suite = Suite(options.tributary, directory, store)
        try:
            command = [options.load, suite.endpoint, suite.key(), str(options.partners)]
            answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        finally:
            suite.stop()
    seconds = {step: micros / 1e6 for step, micros in answer["micros"].items()}
    seconds["settlement"] = sum(seconds[step] for step in STEPS)
    return {"seconds": seconds, "to_postings_alone": seconds["settlement"] / seconds[ALONE]}


def main():
    parser = argparse.ArgumentParser()
    for name in ("tributary", "load", "format"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--partners", type=int, required=True)
    options = parser.parse_args()
    options.tributary, options.load = (os.path.abspath(path) for path in (options.tributary, options.load))
    found = {"partners": options.partners, "sqlite": settled(options, None)}
    if server := os.environ.get("TRIBUTARY_TEST_POSTGRES"):
        database = Postgres(server)
        try:
            found["postgres"] = settled(options, database.store)
        finally:
            database.drop()
    print(json.dumps(found) if options.format == "json" else table(found))


def table(found):
    stores = [(store, label) for store, label in (("sqlite", "SQLite"), ("postgres", "PostgreSQL")) if store in found]
    rows = [("seconds", *(label for _, label in stores))]
    for step in ["calculate", *STEPS, "settlement", ALONE]:
        rows.append((step, *(f"{found[store]['seconds'][step]:.2f}" for store, _ in stores)))
    rows.append(("settlement ÷ postings alone", *(f"{found[store]['to_postings_alone']:.2f}" for store, _ in stores)))
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ("  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]) for row in rows)
    return f"{found['partners']:,} partners\n\n" + "\n".join(lines)


if __name__ == "__main__":
    main()
