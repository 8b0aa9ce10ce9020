"""How long `watertight lint` takes with thousands of tables.

    python3 tests/bench/lint_tables.py --url postgres://postgres@127.0.0.1:5432 [--tables 5000]

Makes a database with tables in ten schemas, each with a policy, two indexes, a foreign key and a
sequence, removes the policies of one, and lets the lints look at it. `--url` is a superuser's.
"""

import argparse
import json
import pathlib
import subprocess
import time

WATERTIGHT = pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/watertight"
MAKE = """
create schema s{s};
do $$ begin for i in {a}..{b} loop
execute format('create table s{s}.t%1$s (id bigserial primary key, tenant_id uuid not null references
    public.tenants, body text, at timestamptz, kind text, unique (tenant_id, id));
    alter table s{s}.t%1$s enable row level security; alter table s{s}.t%1$s force row level security;
    create policy own on s{s}.t%1$s using
    (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid);
    grant select, insert, update, delete on s{s}.t%1$s to wt_bench_app', i);
end loop; end $$;
grant usage on schema s{s} to wt_bench_app;
"""


def psql(url, sql):
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"], input=sql,
                   text=True, check=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--url", required=True)
    p.add_argument("--tables", type=int, default=5000)
    o = p.parse_args()
    at = o.url.rstrip("/")
    psql(at + "/postgres", "drop database if exists wt_bench")
    subprocess.run(["psql", "-qX", "-d", at + "/postgres", "-c", "create role wt_bench_app login"],
                   stderr=subprocess.DEVNULL, check=False)
    psql(at + "/postgres", "create database wt_bench")
    psql(at + "/wt_bench", "create table tenants (id uuid primary key)")
    # A statement locks what it makes until it ends: few tables each.
    step = 100
    for a in range(1, o.tables + 1, step):
        s = a // step % 10
        sql = MAKE.format(s=s, a=a, b=min(a + step - 1, o.tables))
        psql(at + "/wt_bench", sql.replace("create schema", "create schema if not exists"))
    psql(at + "/wt_bench", "drop policy own on s0.t1; alter table s0.t1 disable row level security;"
                           "analyze")
    for _ in range(3):
        begun = time.monotonic()
        out = subprocess.run([WATERTIGHT, "lint", "--postgres", at + "/wt_bench", "--json"],
                             capture_output=True, text=True)
        took = time.monotonic() - begun
        r = json.loads(out.stdout)[0]
        slow = sorted(r["lints"], key=lambda l: -l["seconds"])[:3]
        undecided = [l["id"] for l in r["lints"] if "undecided" in l]
        found = [s["object"] for s in r["suspicions"] if s["severity"] == "high"]
        print(f"{r['examined'].get('table')} tables: {took:.1f} s, {len(r['lints'])} lints, "
              f"undecided {undecided}, high {found}, slowest "
              + ", ".join(f"{l['id']} {l['seconds']:.2f} s" for l in slow))


if __name__ == "__main__":
    main()
