"""The ledger through the gateway beside pgbench's TPC-B-like transaction, on the same PostgreSQL server.

Started by tests/bench/ledger. The suite runs as the processes that postings need, as in the ingest bench.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from ingest import Postgres, Suite

# As many branches as clients can hit without waiting for one another most of the time; a scale of 10 is a million accounts.
SCALE = 10


def posted(options, directory, store):
    """What the load found, on a store."""
    suite = Suite(options.tributary, directory, store)
    try:
        command = [options.load, suite.endpoint, suite.key(), str(options.clients), str(options.seconds)]
        answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    finally:
        suite.stop()
    for one in (answer["single"], answer["batches"]):
        one["per_second"] = one["transactions"] / one["micros"] * 1e6
    return answer


def program():
    """pgbench, wherever Debian keeps it."""
    found = shutil.which("pgbench") or next(map(str, pathlib.Path("/usr/lib/postgresql").glob("*/bin/pgbench")), None)
    if not found:
        raise SystemExit("no pgbench: install postgresql-contrib, or the package of the server")
    return found


def tpcb(options, database):
    """Transactions per second of the standard script, and the mean of their times in milliseconds."""
    name = f"{database.prefix}_pgbench"
    database.psql("-c", f'CREATE DATABASE "{name}"', database=database.server)
    try:
        url = f"{database.server.rsplit('/', 1)[0]}/{name}"
        subprocess.run([program(), "-i", "-q", "-s", str(SCALE), url], check=True, stderr=subprocess.DEVNULL)
        command = [program(), "-n", "-c", str(options.clients), "-j", "2", "-T", str(options.seconds), url]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        tps = float(re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE).group(1))
        return tps, float(re.search(r"^latency average = ([0-9.]+) ms", said, re.MULTILINE).group(1))
    finally:
        database.psql("-c", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', database=database.server)


def main():
    parser = argparse.ArgumentParser()
    for name in ("tributary", "load", "format"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("clients", "seconds"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    options.tributary, options.load = (os.path.abspath(path) for path in (options.tributary, options.load))
    database = Postgres(os.environ["TRIBUTARY_TEST_POSTGRES"])
    found = {"clients": options.clients, "seconds": options.seconds}
    try:
        with tempfile.TemporaryDirectory() as directory:
            found["postgres"] = posted(options, directory, database.store)
    finally:
        database.drop()
    tps, mean = tpcb(options, database)
    with tempfile.TemporaryDirectory() as directory:
        found["sqlite"] = posted(options, directory, None)
    found |= {"pgbench_per_second": tps, "pgbench_mean_millis": mean}
    for kind in ("single", "batches"):
        found[f"{kind}_to_pgbench"] = found["postgres"][kind]["per_second"] / tps
    print(json.dumps(found) if options.format == "json" else table(found))


def table(found):
    rows = [("", "transactions/s", "÷ pgbench", "p50 ms", "p99 ms")]
    tps = found["pgbench_per_second"]
    for store, label in (("postgres", "PostgreSQL"), ("sqlite", "SQLite")):
        for kind, what in (("single", "one by one"), ("batches", "by 500, 4 at once")):
            one = found[store][kind]
            ratio = one["per_second"] / tps
            times = (f"{one['p50_micros'] / 1000:.1f}", f"{one['p99_micros'] / 1000:.1f}")
            rows.append((f"{label}, {what}", f"{one['per_second']:,.0f}", f"{ratio:.2f}", *times))
    rows.append(("pgbench, TPC-B-like", f"{tps:,.0f}", "1.00", f"mean {found['pgbench_mean_millis']:.1f}", ""))
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ("  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]) for row in rows)
    return f"{found['clients']} clients\n\n" + "\n".join(lines)


if __name__ == "__main__":
    main()
