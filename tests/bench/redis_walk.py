#!/usr/bin/env python3
"""What a walk over a large Redis costs: the program's memory, its time, and what others wait.

    tests/bench/redis_walk.py                    two million keys
    tests/bench/redis_walk.py --keys 200000      fewer
    tests/bench/redis_walk.py --apart            each Redis on a core that nothing else uses

Starts the mis lab twice, fills either Redis with hashes and strings of tenants that the run does not
know, and lets a client read one key of the first a millisecond: alone, while `watertight lint` walks
over all keys of the other, which takes the machine the same work and the client's server none, while
it walks over those of the first, and while `watertight probe` does, with all that the lab does at its
behest. They take turns. Prints a table: what a walk costs whoever shares its server is the second
against the third. On two cores that is mostly waiting for a core: --apart keeps one for the servers,
and lets the lint run where the client leaves it time. Needs a release build; nothing but the standard
library.
"""

import argparse
import json
import os
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from lab import running_lab

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
FILL = (
    "for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do "
    "if i % 4 == 0 then redis.call('HSET', 'org:' .. i % 997 .. ':cart:' .. i, 'sku', i, 'n', '3') "
    "else redis.call('SET', 'org:' .. i % 997 .. ':page:' .. i, string.rep('x', 40)) end end"
)


class Redis:
    """As much of the protocol as is needed here."""

    def __init__(self, url):
        at = urllib.parse.urlsplit(url)
        self.line = socket.create_connection((at.hostname, at.port))
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.line.makefile("rb")
        self.ask("AUTH", at.username, at.password)

    def ask(self, *words):
        parts = [f"*{len(words)}\r\n".encode()]
        for word in words:
            raw = str(word).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(raw), raw))
        self.line.sendall(b"".join(parts))
        return self.answer()

    def answer(self):
        head = self.file.readline()
        if head[:1] == b"-":
            raise RuntimeError(head.decode())
        if head[:1] == b"$":
            size = int(head[1:])
            return None if size < 0 else self.file.read(size + 2)[:-2]
        if head[:1] == b"*":
            return [self.answer() for _ in range(int(head[1:]))]
        return head[1:-2]


def waits(url, over):
    """Milliseconds of one GET a millisecond, until `over` says so."""
    redis = Redis(url)
    times = []
    while not over():
        begun = time.perf_counter()
        redis.ask("GET", "org:1:page:1")
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.001)
    return times


def beside(url, work):
    """What `work` gives, and what the client waits meanwhile."""
    finished = threading.Event()
    seen = []
    client = threading.Thread(target=lambda: seen.extend(waits(url, finished.is_set)))
    client.start()
    try:
        done = work()
    finally:
        finished.set()
        client.join()
    return done, seen


def quantile(times, share):
    return sorted(times)[int(len(times) * share)]


def give_way():
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def set_apart(urls):
    """The servers of `urls` alone on the first core, this process and its children on the others."""
    first, *others = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, others)
    for url in urls:
        told = Redis(url).ask("INFO", "server").decode()
        pid = next(line for line in told.splitlines() if line.startswith("process_id:"))
        for thread in os.listdir(f"/proc/{pid.split(':')[1]}/task"):
            os.sched_setaffinity(int(thread), {first})


def lint(url, gives_way):
    begun = time.monotonic()
    subprocess.run([BIN / "watertight", "lint", "--redis", url], stdout=subprocess.DEVNULL,
                   check=False, preexec_fn=give_way if gives_way else None)
    return time.monotonic() - begun


def probe(environment, probes):
    with tempfile.TemporaryDirectory() as folder:
        command = [
            BIN / "watertight", "probe", ROOT / "scenarios/mis/scenario.yaml", "--quiet",
            "--only", probes, "--seed", "7", "--out", folder,
        ]
        begun = time.monotonic()
        done = subprocess.Popen(command, env={**os.environ, **environment},
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(done.pid, 0)
        took = time.monotonic() - begun
        result = json.loads((pathlib.Path(folder) / "result.json").read_text())
    one = next(p for p in result["probes"] if p["id"] == probes)
    return took, usage.ru_maxrss / 1024, one


def fill(url, keys):
    redis = Redis(url)
    for first in range(1, keys + 1, 20_000):
        redis.ask("EVAL", FILL, "0", first, min(first + 19_999, keys))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--keys", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--apart", action="store_true")
    asked = parser.parse_args()
    alone, elsewhere, walking, probing = [], [], [], []
    with running_lab(BIN) as environment, running_lab(BIN) as other:
        url = environment["MIS_REDIS_URL"]
        if asked.apart:
            set_apart((url, other["MIS_REDIS_URL"]))
        small = probe(environment, "cache.unscoped_key")
        for each in (url, other["MIS_REDIS_URL"]):
            fill(each, asked.keys)
        for _ in range(asked.rounds):
            end = time.monotonic() + 4
            alone += waits(url, lambda: time.monotonic() > end)
            _, seen = beside(url, lambda: lint(other["MIS_REDIS_URL"], asked.apart))
            elsewhere += seen
            took, seen = beside(url, lambda: lint(url, asked.apart))
            walking += seen
            large, seen = beside(url, lambda: probe(environment, "cache.unscoped_key"))
            probing += seen
    print("| | keys of the run alone | and", f"{asked.keys:,} others |")
    print("|---|---|---|")
    print(f"| seconds of the probe | {small[0]:.1f} | {large[0]:.1f} |")
    print(f"| peak MiB | {small[1]:.0f} | {large[1]:.0f} |")
    print(f"| seconds of the lint | | {took:.1f} |")
    print("| a client's GET, ms | p50 | p99 |")
    base = quantile(elsewhere, 0.99)
    rows = (("alone", alone), ("beside a lint of another server", elsewhere),
            ("beside the lint", walking), ("beside the probe", probing))
    for name, times in rows:
        p99 = quantile(times, 0.99)
        print(f"| {name} | {quantile(times, 0.5):.3f} | {p99:.3f} ({p99 / base:.2f} times) |")
    print(f"{large[2].get('reason', '')} {large[2].get('notes', '')}")
    print(f"gets: {len(alone)}, {len(elsewhere)}, {len(walking)}, {len(probing)}; own peak "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB", file=sys.stderr)


if __name__ == "__main__":
    main()
