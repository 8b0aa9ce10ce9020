"""Who finds which fault: watertight lint, pgrls and splinter on the cases of tests/end_to_end/lint.

    python3 -m venv /tmp/pgrls && /tmp/pgrls/bin/pip install pgrls
    python3 tests/bench/peers/rls_linters.py --url postgres://postgres@127.0.0.1:5432 \
        --pgrls /tmp/pgrls/bin/pgrls --splinter splinter.sql

Each case is a database of its own; what a tool reports of it and does not report of the sound schema
counts as found. On a case that expects nothing it is a false alarm. `--url` is a superuser's on a
server that holds nothing else. splinter gets the roles and the setting that it takes for granted.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parents[2] / "end_to_end/lint"
WATERTIGHT = pathlib.Path(__file__).resolve().parents[3] / "build/release/bin/watertight"
ROLES = ("shop_owner", "shop_app login", "shop_admin bypassrls", "shop_definer", "anon",
         "authenticated", "service_role bypassrls")


def psql(url, sql, *, rows=False):
    flags = ["-At"] if rows else ["-q"]
    return subprocess.run(["psql", "-X", "-v", "ON_ERROR_STOP=1", *flags, "-d", url, "-f", "-"],
                          input=sql, capture_output=True, text=True)


def cases():
    text = (HERE / "cases.sql").read_text()
    for block in re.split(r"^-- case: ", text, flags=re.M)[1:]:
        title, _, body = block.partition("\n")
        undo = re.findall(r"^-- undo: (.*)$", body, flags=re.M)
        yield title, "-- expect: " in body, body, undo


def ours(url):
    out = subprocess.run([WATERTIGHT, "lint", "--postgres", url, "--app-role", "shop_app",
                          "--json"], capture_output=True, text=True).stdout
    return {(s["lint"], s["object"]) for s in json.loads(out)[0]["suspicions"]
            if s["severity"] in ("medium", "high", "critical")}


def pgrls(program, url):
    done = subprocess.run([program, "lint", "--database-url", url, "--schemas", "public",
                           "--format", "json", "--min-severity", "warning"],
                          capture_output=True, text=True)
    found = json.loads(done.stdout)
    found = found.get("violations", found.get("findings", [])) if isinstance(found, dict) else found
    return {(f.get("rule_id") or f.get("rule"), json.dumps(f.get("location") or f.get("object") or
             f.get("message"), sort_keys=True)) for f in found}


def splinter(path, url):
    sql = pathlib.Path(path).read_text().strip().rstrip(";")
    head, _, query = sql.partition(";")
    script = ("begin; set local pgrst.db_schemas = 'public';" + head + ";select name, level, "
              "cache_key from (" + query + ") as lints where level in ('ERROR', 'WARN'); rollback;")
    done = psql(url, script, rows=True)
    if done.returncode:
        raise SystemExit("splinter: " + done.stderr)
    return {tuple(line.split("|")) for line in done.stdout.splitlines() if "|" in line}


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--url", required=True)
    p.add_argument("--pgrls", required=True)
    p.add_argument("--splinter", required=True)
    o = p.parse_args()
    at = o.url.rstrip("/")
    for role in ROLES:
        psql(at + "/postgres", "create role " + role)
    psql(at + "/postgres", "grant shop_app to authenticated")
    tools = {"watertight lint": ours, "pgrls": lambda u: pgrls(o.pgrls, u),
             "splinter": lambda u: splinter(o.splinter, u)}
    psql(at + "/postgres", "drop database if exists wt_sound")
    psql(at + "/postgres", "create database wt_sound")
    made = psql(at + "/wt_sound", (HERE / "sound.sql").read_text())
    if made.returncode:
        raise SystemExit(made.stderr)
    sound = {name: tool(at + "/wt_sound") for name, tool in tools.items()}
    found = collections.defaultdict(lambda: collections.Counter())
    planted, alarms, traps = collections.Counter(), collections.Counter(), 0
    for title, is_fault, body, undo in cases():
        psql(at + "/postgres", "drop database if exists wt_case")
        psql(at + "/postgres", "create database wt_case template wt_sound")
        psql(at + "/wt_case", body)
        fault = title.split(" ")[0] if is_fault else ""
        planted[fault] += 1
        traps += not is_fault
        for name, tool in tools.items():
            new = tool(at + "/wt_case") - sound[name]
            if is_fault:
                found[fault][name] += bool(new)
            elif new:
                alarms[name] += 1
        for statement in undo:
            psql(at + "/postgres", statement)
    print("| fault | cases | " + " | ".join(tools) + " |\n|---|---|" + "---|" * len(tools))
    for fault in sorted(f for f in planted if f):
        print(f"| {fault} | {planted[fault]} | " +
              " | ".join(str(found[fault][name]) for name in tools) + " |")
    print(f"| all faults | {sum(n for f, n in planted.items() if f)} | " + " | ".join(
        str(sum(c[name] for c in found.values())) for name in tools) + " |")
    print(f"| false alarms, of sound cases | {traps} | " +
          " | ".join(str(alarms[name]) for name in tools) + " |")
    print("| said of the sound schema itself | 1 | " +
          " | ".join(str(len(sound[name])) for name in tools) + " |")


if __name__ == "__main__":
    os.environ.setdefault("PGCONNECT_TIMEOUT", "5")
    main()
