#!/usr/bin/env python3
"""What a walk over a large Redis costs: the program's memory, its time, and what others wait.

    tests/bench/redis_walk.py                    two million keys
    tests/bench/redis_walk.py --keys 200000      fewer

Starts the mis lab, fills its Redis with hashes and strings of tenants that the run does not know,
and lets a client read one key a millisecond: alone, and while `watertight probe` looks at every
key. Prints a table. Needs a release build; nothing but the standard library.
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


def p99(url, over):
    """Milliseconds of one GET a millisecond, until `over` says so."""
    redis = Redis(url)
    times = []
    while not over():
        begun = time.perf_counter()
        redis.ask("GET", "org:1:page:1")
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.001)
    times.sort()
    return times[int(len(times) * 0.99)], times[len(times) // 2], len(times)


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--keys", type=int, default=2_000_000)
    asked = parser.parse_args()
    with running_lab(BIN) as environment:
        url = environment["MIS_REDIS_URL"]
        small = probe(environment, "cache.unscoped_key")
        redis = Redis(url)
        for first in range(1, asked.keys + 1, 20_000):
            redis.ask("EVAL", FILL, "0", first, min(first + 19_999, asked.keys))
        end = time.monotonic() + 8
        alone = p99(url, lambda: time.monotonic() > end)
        finished = threading.Event()
        seen = []
        client = threading.Thread(target=lambda: seen.append(p99(url, finished.is_set)))
        client.start()
        large = probe(environment, "cache.unscoped_key")
        finished.set()
        client.join()
        print("| | keys of the run alone | and", f"{asked.keys:,} others |")
        print("|---|---|---|")
        print(f"| seconds | {small[0]:.1f} | {large[0]:.1f} |")
        print(f"| peak MiB | {small[1]:.0f} | {large[1]:.0f} |")
        print("| a client's GET, ms | alone | beside the walk |")
        print(f"| p50 | {alone[1]:.3f} | {seen[0][1]:.3f} |")
        print(f"| p99 | {alone[0]:.3f} | {seen[0][0]:.3f} ({seen[0][0] / alone[0]:.2f} times) |")
        print(f"{large[2].get('reason', '')} {large[2].get('notes', '')}")
        print(f"gets: {alone[2]} and {seen[0][2]}; own peak "
              f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB", file=sys.stderr)


if __name__ == "__main__":
    main()
