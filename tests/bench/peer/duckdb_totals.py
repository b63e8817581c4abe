"""The peer of the runs bench: the tier totals of the same facts, by DuckDB from Parquet.

Usage: duckdb_totals.py FACTS.csv RUNS. Converts the CSV to Parquet (not counted), then measures the shortest of RUNS of
the query: net per partner and quarter, the marginal tiers and the growth tier of each, summed. Prints one JSON object.
"""

import json
import os
import sys
import time

import duckdb

QUERY = """
WITH sums AS (
  SELECT partner,
         SUM(net_cents) FILTER (WHERE day >= DATE '2026-04-01') AS now,
         SUM(net_cents) FILTER (WHERE day < DATE '2026-04-01') AS base
  FROM read_parquet(?)
  WHERE (day >= DATE '2026-04-01' AND day < DATE '2026-07-01') OR (day >= DATE '2025-04-01' AND day < DATE '2025-07-01')
  GROUP BY partner
), paid AS (
  SELECT CAST(round(LEAST(now, 100000000)::DECIMAL(38, 2) * 0.15 + GREATEST(now - 100000000, 0)::DECIMAL(38, 2) * 0.20) AS HUGEINT)
           AS marginal,
         CASE WHEN base > 0 AND now > base
              THEN (now - base)::DECIMAL(38, 2) * CASE WHEN now - base >= base * 0.2 THEN 0.03 ELSE 0.01 END ELSE 0 END AS growth
  FROM sums WHERE now IS NOT NULL
)
SELECT COUNT(*), SUM(marginal), SUM(growth) FROM paid
"""


def main():
    csv, runs = sys.argv[1], int(sys.argv[2])
    parquet = csv + ".parquet"
    database = duckdb.connect()
    database.execute(f"COPY (SELECT * FROM read_csv('{csv}')) TO '{parquet}' (FORMAT parquet, COMPRESSION zstd)")
    shortest = None
    for _ in range(runs):
        begun = time.perf_counter()
        payees, marginal, growth = database.execute(QUERY, [parquet]).fetchone()
        took = time.perf_counter() - begun
        shortest = took if shortest is None else min(shortest, took)
    print(json.dumps({"version": duckdb.__version__, "threads": os.cpu_count(), "seconds": shortest, "payees": payees,
                      "marginal": str(marginal), "growth": str(growth)}))


if __name__ == "__main__":
    main()
