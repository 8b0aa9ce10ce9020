#!/usr/bin/env python3
"""Rows per second of the drill's fingerprint: the sums of every tenant's rows, made in PostgreSQL.

    tests/bench/drill_fingerprint.py [--rows 1000000] [--tenants 100] [--build build/release]

Starts a lab, fills a table of its system from before it had tenants, and lets a drill of one step
take the table's fingerprint before and after it. Prints a line of JSON: rows, the seconds of the
verification, in which the second fingerprint and the catalogue are read, and rows/s.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

from lab import running_lab

TABLE = "bulk_rows"
FILL = """
create table {table} (id bigint primary key, tenant_id uuid, title text, body text);
insert into {table} select n, md5((n % {tenants})::text)::uuid, 'title ' || n,
    md5(n::text) || md5((n + 1)::text) from generate_series(1, {rows}) n;
analyze {table};
"""
DRILL = """drill:
  rollback:
    - {{sql: select 1, store: classic}}
  fingerprint: {{store: classic, tables: public.{table}}}
"""


def scenario_with(drill):
    with open("scenarios/mis/scenario.yaml", encoding="utf-8") as file:
        text = file.read()
    return re.sub(r"(?ms)^drill:\n.*?(?=^\w)", drill, text)


def drill_of(programs, environment, folder):
    path = os.path.join(folder, "scenario.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(scenario_with(DRILL.format(table=TABLE)))
    subprocess.run(
        [os.path.join(programs, "watertight"), "drill", path, "--quiet", "--out", folder],
        env={**os.environ, **environment}, stdout=subprocess.DEVNULL, check=False)
    with open(os.path.join(folder, "result.json"), encoding="utf-8") as text:
        return json.load(text)["drill"]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--tenants", type=int, default=100)
    options.add_argument("--build", default="build/release")
    asked = options.parse_args()
    programs = os.path.join(asked.build, "bin")
    with running_lab(programs) as environment:
        fill = FILL.format(table=TABLE, tenants=asked.tenants, rows=asked.rows)
        subprocess.run(
            ["psql", "-qX", environment["MIS_CLASSIC_POSTGRES_URL"], "-v", "ON_ERROR_STOP=1",
             "-c", fill], check=True)
        with tempfile.TemporaryDirectory() as folder:
            drill = drill_of(programs, environment, folder)
    took_s = next(p["duration_s"] for p in drill["phases"] if p["name"] == "verification")
    print(json.dumps({
        "rows": asked.rows,
        "tenants": asked.tenants,
        "equal": [p["equal"] for p in drill["fingerprints"]],
        "verification_s": round(took_s, 2),
        "rows_per_s": round(asked.rows / took_s),
    }))
    return 0


if __name__ == "__main__":
    sys.exit(main())
