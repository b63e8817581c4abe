"""Ingest through the gateway beside the bare statements of the engines, on the same rows and the same table.

Started by tests/bench/ingest. The suite runs as the three processes that ingest needs: gateway, partner-registry and
incentive-calculation. Without a Redis events wait in the outbox, so nobody else works meanwhile.
"""

import argparse
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

BATCH = 1000
SERVICES = ["partner-registry", "incentive-calculation", "contract-risk", "analytics"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Suite:
    """The processes that ingest needs, on a store of their own."""

    def __init__(self, tributary, directory, store):
        self.directory = pathlib.Path(directory)
        ports = {name: free_port() for name in [*SERVICES, "gateway"]}
        self.environment = {
            "PATH": os.environ["PATH"],
            "TRIBUTARY_DATA_DIR": str(directory),
            "TRIBUTARY_LOG__FILTER": "error",
            "TRIBUTARY_LISTEN": f"127.0.0.1:{ports['gateway']}",
        }
        if store:
            self.environment["TRIBUTARY_STORE"] = store
        for name in SERVICES:
            key = name.replace("-", "_").upper()
            self.environment[f"TRIBUTARY_SERVICES__{key}"] = f"127.0.0.1:{ports[name]}"
            self.environment[f"TRIBUTARY_PEERS__{key}"] = f"http://127.0.0.1:{ports[name]}"
        self.endpoint = f"http://127.0.0.1:{ports['gateway']}"
        self.processes = {}
        for name in ["partner-registry", "incentive-calculation", "gateway"]:
            self.processes[name] = subprocess.Popen(
                [tributary, "serve", name], env=self.environment, cwd=directory, stdin=subprocess.DEVNULL
            )
            wait_open(ports[name], self.processes[name])

    def key(self):
        return (self.directory / "bootstrap.key").read_text().strip()

    def resident_mib(self):
        """Resident memory of gateway and incentive-calculation together."""
        total = 0
        for name in ["incentive-calculation", "gateway"]:
            for line in pathlib.Path(f"/proc/{self.processes[name].pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1])
        return total / 1024

    def stop(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            process.wait(timeout=60)


def wait_open(port, process):
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise SystemExit(f"a process of the suite ended with {process.returncode}")
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit("the suite does not come up")


def through_the_gateway(options, directory, store):
    """Seconds of the load, and resident memory while it ran."""
    suite = Suite(options.tributary, directory, store)
    try:
        load = subprocess.Popen(
            [options.load, suite.endpoint, suite.key(), str(options.facts), str(options.in_flight)],
            stdout=subprocess.PIPE,
            text=True,
        )
        memory = []
        while load.poll() is None:
            memory.append(suite.resident_mib())
            time.sleep(0.05)
        if load.returncode != 0:
            raise SystemExit("the load failed")
        answer = json.loads(load.stdout.read())
    finally:
        suite.stop()
    return answer["millis"] / 1000, memory


# PostgreSQL


class Postgres:
    """Databases of this bench on the server that tests use."""

    def __init__(self, server):
        self.server = server
        self.prefix = f"tributary_bench_{os.getpid()}"
        self.store = f"{server.rsplit('/', 1)[0]}/{self.prefix}"
        self.database = f"{self.store}_incentive_calculation"

    def psql(self, *arguments, database=None, **keywords):
        command = ["psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-t", "-A", *arguments, database or self.database]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **keywords).stdout

    def drop(self):
        for name in [*SERVICES, "gateway"]:
            name = f"{self.prefix}_{name.replace('-', '_')}"
            self.psql("-c", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', database=self.server)

    def peers(self, directory):
        """Seconds of INSERT … SELECT unnest … ON CONFLICT in batches, and of one COPY."""
        columns = self.psql(
            "-c",
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = 'facts'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        )
        columns = [line.split("|") for line in columns.splitlines()]
        names = ", ".join(name for name, _ in columns)
        rows, script = directory / "rows", directory / "inserts.sql"
        self.psql("-c", f"\\copy (SELECT {names} FROM facts ORDER BY batch, source_system, source_id) TO '{rows}'")
        # The statements as a client sends them, a batch each, committed each; made before the clock starts.
        arrays = ", ".join(f"format('%L::{kind}[]', array_agg({name} ORDER BY source_id)::text)" for name, kind in columns)
        statement = (
            f"SELECT 'INSERT INTO peer ({names}) SELECT * FROM unnest(' || concat_ws(', ', {arrays}) ||"
            " ') ON CONFLICT (tenant, source_system, source_id) DO NOTHING;'"
            " FROM facts GROUP BY batch ORDER BY batch"
        )
        self.psql("-o", str(script), "-c", statement)
        count = int(self.psql("-c", "SELECT count(*) FROM facts"))
        seconds = []
        for arguments in [["-f", str(script)], ["-c", f"\\copy peer ({names}) FROM '{rows}'"]]:
            self.psql("-c", "DROP TABLE IF EXISTS peer")
            self.psql("-c", "CREATE TABLE peer (LIKE facts INCLUDING ALL)")
            self.psql("-c", "CHECKPOINT")
            begun = time.monotonic()
            self.psql(*arguments)
            seconds.append(time.monotonic() - begun)
            there = int(self.psql("-c", "SELECT count(*) FROM peer"))
            if there != count:
                raise SystemExit(f"a peer inserted {there} of {count} rows")
        return count, *seconds


def postgres(options, server):
    ours, unnest, copy, memory, count = [], [], [], [], 0
    for _ in range(options.runs):
        database = Postgres(server)
        with tempfile.TemporaryDirectory() as directory:
            try:
                seconds, memory = through_the_gateway(options, directory, database.store)
                ours.append(seconds / options.facts)
                count, a, b = database.peers(pathlib.Path(directory))
                unnest.append(a / count)
                copy.append(b / count)
            finally:
                database.drop()
    return {
        "store": "PostgreSQL",
        "facts": options.facts,
        "ours_per_second": round(1 / min(ours)),
        "insert_unnest_per_second": round(1 / min(unnest)),
        "copy_per_second": round(1 / min(copy)),
        "ours_to_insert": round(min(unnest) / min(ours), 2),
        "ours_to_copy": round(min(copy) / min(ours), 2),
        **flat(memory),
    }


# SQLite


def prepared_inserts(file, directory):
    """Seconds of prepared inserts in one transaction, into a table as the suite's; and how many rows."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as source:
        schema = [
            sql
            for (sql,) in source.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name = 'facts' AND sql IS NOT NULL ORDER BY type DESC"
            )
        ]
        rows = source.execute("SELECT * FROM facts ORDER BY batch, source_system, source_id").fetchall()
    peer = sqlite3.connect(directory / "peer.db", isolation_level=None)
    peer.execute("PRAGMA journal_mode = WAL")
    peer.execute("PRAGMA synchronous = FULL")
    for sql in schema:
        peer.execute(sql)
    marks = ", ".join("?" * len(rows[0]))
    begun = time.monotonic()
    peer.execute("BEGIN IMMEDIATE")
    peer.executemany(f"INSERT INTO facts VALUES ({marks}) ON CONFLICT DO NOTHING", rows)
    peer.execute("COMMIT")
    seconds = time.monotonic() - begun
    (there,) = peer.execute("SELECT count(*) FROM facts").fetchone()
    peer.close()
    if there != len(rows):
        raise SystemExit(f"the peer inserted {there} of {len(rows)} rows")
    return len(rows), seconds


def sqlite(options):
    ours, peer, memory = [], [], []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as directory:
            seconds, memory = through_the_gateway(options, directory, None)
            ours.append(seconds / options.facts)
            directory = pathlib.Path(directory)
            count, seconds = prepared_inserts(directory / "incentive-calculation.db", directory)
            peer.append(seconds / count)
    return {
        "store": "SQLite",
        "facts": options.facts,
        "ours_per_second": round(1 / min(ours)),
        "prepared_inserts_per_second": round(1 / min(peer)),
        "ours_to_inserts": round(min(peer) / min(ours), 2),
        **flat(memory),
    }


def flat(memory):
    """Resident memory in the parts of the stream: the highest of each quarter."""
    quarter = max(1, len(memory) // 4)
    parts = [max(memory[i : i + quarter]) for i in range(0, 4 * quarter, quarter) if memory[i : i + quarter]]
    return {"resident_mib_by_quarter": [round(part) for part in parts]}


def main():
    parser = argparse.ArgumentParser()
    for name in ["facts", "in-flight", "runs"]:
        parser.add_argument(f"--{name}", type=int)
    for name in ["format", "tributary", "load"]:
        parser.add_argument(f"--{name}")
    options = parser.parse_args()
    options.tributary = str(pathlib.Path(options.tributary).resolve())
    measured = [sqlite(options)]
    server = os.environ.get("TRIBUTARY_TEST_POSTGRES")
    if server:
        measured.append(postgres(options, server))
    else:
        print("skipped: TRIBUTARY_TEST_POSTGRES is not set, nothing measured on PostgreSQL")
    for one in measured:
        if options.format == "json":
            print(json.dumps(one))
            continue
        print(f"\n{one.pop('store')}")
        for name, value in one.items():
            print(f"  {name.replace('_', ' '):30} {value:,}" if isinstance(value, int) else f"  {name.replace('_', ' '):30} {value}")


if __name__ == "__main__":
    main()
