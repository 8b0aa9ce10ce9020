"""Instructions per request in user space, counted by callgrind: the same on a busy machine.

Two runs of different length are subtracted, so that what a run costs once falls out. How much of
it is the scanning of responses is read from the same profile.
"""

import json
import os
import re
import shutil
from dataclasses import dataclass

from meter import process, workload
from meter.bench import Bench
from meter.figures import Figure, limit
from meter.peers import CONNECTIONS

BOUNDS_FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                           'bounds.json')
SHORT_S = 3
LONG_S_MAX = 60
# The longer run lasts at least so many times the shorter.
LONGER = 3
# So many more in the longer run, however slow the machine is: the fewer there are, the more of
# each is a wake-up for few of them.
REQUESTS_MORE = 12000
SCANNER = 'watertight::evidence::'


@dataclass
class Profile:
    """Instructions of a run: all of them, and those spent in scanning."""

    requests: int
    whole: int
    scanning: int


def bounds() -> dict[str, float]:
    with open(BOUNDS_FILE, encoding='utf-8') as file:
        return json.load(file)['instructions_per_request']


def plain_name(function: str) -> str:
    """A function's qualified name, without the result type, arguments and template arguments that
    may name the scanner's types as well."""
    name = function.replace('(anonymous namespace)', 'anonymous').split('(')[0]
    return name.split('<')[0].split(' ')[-1]


class _Reader:
    """Sums up a callgrind profile: its own instructions of each function, and for calls that leave
    a name space, what the called functions took."""

    def __init__(self, prefix: str):
        self.prefix = prefix
        self.names: dict[str, str] = {}
        self.whole = 0
        self.inside = 0
        self.function_is_inside = False
        self.call_leaves = False
        self.next_is_call = False

    def _name(self, text: str) -> str:
        found = re.match(r'\((\d+)\)(?: (.*))?$', text)
        if not found:
            return text
        if found[2] is not None:
            self.names[found[1]] = found[2]
        return self.names.get(found[1], '')

    def _is_inside(self, text: str) -> bool:
        return plain_name(self._name(text)).startswith(self.prefix)

    def line(self, text: str) -> None:
        if text.startswith('fn='):
            self.function_is_inside = self._is_inside(text[3:].strip())
        elif text.startswith('cfn='):
            # Read in any case: a name is written out once only, here or there.
            callee_is_inside = self._is_inside(text[4:].strip())
            self.call_leaves = self.function_is_inside and not callee_is_inside
        elif text.startswith('calls='):
            self.next_is_call = True
        elif text[:1].isdigit() or text[:1] in '+-*':
            self._cost(int(text.split()[1]))

    def _cost(self, count: int) -> None:
        if self.next_is_call:
            self.next_is_call = False
            # Counted with the called function, but for what the scanner calls outside itself.
            self.inside += count if self.call_leaves else 0
            return
        self.whole += count
        self.inside += count if self.function_is_inside else 0


def read_profile(lines, prefix: str = SCANNER) -> tuple[int, int]:
    """All instructions of a callgrind profile, and those of a name space with what it called."""
    reader = _Reader(prefix)
    for text in lines:
        reader.line(text)
    return reader.whole, reader.inside


def _profile(bench: Bench, size: str, seconds: float) -> Profile:
    bench.say(f'instructions: {size}, {seconds:g} s under callgrind')
    file = os.path.join(bench.folder, f'callgrind.{size}.{seconds:g}')
    wrapper = ('valgrind', '--tool=callgrind', f'--callgrind-out-file={file}', '--quiet')
    with bench.server() as nginx:
        bench.ours.run(nginx.url, f'/{size}', workload.closed(CONNECTIONS, seconds),
                       cores=bench.client_core, wrapper=wrapper, timeout_s=seconds + 180)
        requests = nginx.served()
    with open(file, encoding='utf-8', errors='replace') as lines:
        whole, scanning = read_profile(lines)
    os.remove(file)
    return Profile(requests, whole, scanning)


@dataclass
class PerRequest:
    instructions: float
    scanning: float
    requests: int


def per_request(bench: Bench, size: str) -> PerRequest:
    short_s, more = (1.5, REQUESTS_MORE / 2) if bench.options.quick else (SHORT_S, REQUESTS_MORE)
    short = _profile(bench, size, short_s)
    pace = max(short.requests, 1) / short_s
    long_s = max(LONGER * short_s, short_s + more / pace)
    while True:
        long = _profile(bench, size, min(LONG_S_MAX, round(long_s, 1)))
        requests = long.requests - short.requests
        if requests >= more / 2:
            break
        if long_s >= LONG_S_MAX:
            raise process.Failed(f'the longer run answered only {requests} requests more')
        # The machine has other things to do than when the shorter one ran.
        long_s *= LONGER
    return PerRequest((long.whole - short.whole) / requests,
                      (long.scanning - short.scanning) / requests, requests)


def measure(bench: Bench) -> list[Figure]:
    if shutil.which('valgrind') is None:
        return [Figure('instructions', note='not measured: valgrind is not installed')]
    out = []
    for size, bound in bounds().items():
        seen = per_request(bench, size)
        share = seen.scanning / seen.instructions
        out.append(limit(f'instructions.{size}', seen.instructions, bound, 'per request',
                         note=f'user space, over {seen.requests} requests'))
        out.append(Figure(f'instructions.scan.{size}', ours=seen.scanning, unit='per request',
                          note=f'{share:.0%} of user space is scanning'))
    return out
