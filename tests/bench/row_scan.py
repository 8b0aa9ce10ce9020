#!/usr/bin/env python3
"""Rows per second of postgres.row_ownership, beside what COPY to /dev/null gives.

    tests/bench/row_scan.py [--rows 10000000] [--build build/release]

Starts a lab, fills a table of another tenant's rows, and prints a line of JSON: rows, seconds and
rows/s of both, and the greatest resident size of the program that searched the rows.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

from lab import running_lab

TABLE = "bulk_rows"
FILL = f"""
create table {TABLE} (id bigint, tenant_id uuid, title text, body text);
insert into {TABLE} select n, 'b0000000-0000-4000-8000-000000000001', 'title ' || n,
    md5(n::text) || md5((n + 1)::text) from generate_series(1, {{rows}}) n;
analyze {TABLE};
"""


def psql(url, *arguments):
    subprocess.run(["psql", "-qX", url, "-v", "ON_ERROR_STOP=1", *arguments], check=True)


def timed(work):
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def outcome_of(folder):
    with open(os.path.join(folder, "result.json"), encoding="utf-8") as text:
        probes = json.load(text)["probes"]
    return next(p for p in probes if p["id"] == "postgres.row_ownership")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--build", default="build/release")
    asked = options.parse_args()
    programs = os.path.join(asked.build, "bin")
    with running_lab(programs) as environment:
        url = environment["MIS_POSTGRES_URL"]
        fill_s = timed(lambda: psql(url, "-c", FILL.format(rows=asked.rows)))
        copy = f"\\copy (select tenant_id, t.* from {TABLE} t) to /dev/null"
        copy_s = timed(lambda: psql(url, "-c", copy))
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [os.path.join(programs, "watertight"), "probe", "scenarios/mis/scenario.yaml",
                 "--only", "postgres.row_ownership", "--quiet", "--out", folder],
                env={**os.environ, **environment}, stdout=subprocess.DEVNULL, check=False)
            peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            outcome = outcome_of(folder)
    print(json.dumps({
        "rows": asked.rows,
        "status": outcome["status"],
        "fill_s": round(fill_s, 1),
        "scan_s": round(outcome["seconds"], 1),
        "scan_rows_per_s": round(asked.rows / outcome["seconds"]),
        "copy_s": round(copy_s, 1),
        "copy_rows_per_s": round(asked.rows / copy_s),
        "children_rss_max_mib": round(peak_kib / 1024),
    }))
    return 0


if __name__ == "__main__":
    sys.exit(main())
