#!/usr/bin/env python3
"""How surely the probes find the lab's races: each planted under N seeds, with the default budget.

    tests/bench/races.py                       every race, 20 seeds each; some 40 minutes
    tests/bench/races.py --seeds 5 mis/K07     one race of one pack

A line per race: found in how many runs, trials and violations of the median run, and how many
trials it took on average to meet one. Needs a release build; nothing but the standard library.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RACES = {
    "mis/X01": "identity.concurrent_context",
    "mis/X02": "identity.concurrent_context",
    "mis/X03": "identity.concurrent_context",
    "mis/X04": "identity.concurrent_context",
    "mis/X05": "identity.concurrent_context",
    "mis/K07": "api.cancelled_request",
    "mis/K08": "cache.coalesced_read",
    "mis/A25": "cache.coalesced_read",
    "mis/Q1": "api.job_result",
    "mis/Q7": "api.job_result",
    "dittofeed/K08": "cache.coalesced_read",
    "dittofeed/A25": "cache.coalesced_read",
    "dittofeed/Q1": "api.job_result",
    "dittofeed/Q7": "api.job_result",
}


def run(race, seed, folder):
    """(found, violations, trials) of one run of the race's probe alone."""
    pack, fault = race.split("/")
    command = [
        ROOT / "build/release/bin/watertight", "probe", ROOT / f"scenarios/{pack}/scenario.yaml",
        "--lab-fault", fault, "--only", RACES[race], "--seed", str(seed), "--out", folder,
        "--quiet",
    ]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    result = json.loads((pathlib.Path(folder) / "result.json").read_text())
    outcome = next(p for p in result["probes"] if p["id"] == RACES[race])
    counts = re.match(r"(\d+) violations? in (\d+) trial", outcome["reason"])
    found = any(f["probe"] == RACES[race] for f in result["findings"])
    if counts is None:
        return found, 0, outcome["trials"]
    return found, int(counts[1]), int(counts[2])


def measure(race, seeds):
    with tempfile.TemporaryDirectory() as folder:
        runs = [run(race, seed, folder) for seed in range(1, seeds + 1)]
    found = sum(1 for one in runs if one[0])
    violations = statistics.median(one[1] for one in runs)
    trials = statistics.median(one[2] for one in runs)
    least = min(one[1] for one in runs)
    each = f"{trials / violations:.0f}" if violations else "-"
    return (
        f"| {race} | `{RACES[race]}` | {found}/{seeds} | {trials:.0f} | "
        f"{violations:.0f} (at least {least}) | {each} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("races", nargs="*", metavar="PACK/FAULT")
    asked = parser.parse_args()
    unknown = [race for race in asked.races if race not in RACES]
    if unknown:
        parser.error(f"no race {', '.join(unknown)}; there is {', '.join(RACES)}")
    print("| race | found by | found | trials | violations | trials for one |")
    print("|---|---|---|---|---|---|")
    for race in asked.races or RACES:
        print(measure(race, asked.seeds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
