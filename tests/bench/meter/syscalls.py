"""System calls per request, as strace counts them in a run with as many requests as it allows."""

import os
import re
import shutil

from meter import process, workload
from meter.bench import Bench
from meter.figures import Figure, limit
from meter.peers import CONNECTIONS

KINDS = {
    'send': ('sendto', 'sendmsg', 'write', 'writev'),
    'receive': ('recvfrom', 'recvmsg', 'read', 'readv'),
    'wait': ('epoll_wait', 'epoll_pwait', 'epoll_pwait2', 'poll', 'ppoll'),
}
# One write and one read a request, and a wait for many: 1 in 30 for a bare client.
BOUNDS = {'send': 1.02, 'receive': 1.05, 'wait': 0.1, 'other': 0.05}


def parse_summary(text: str) -> dict[str, int]:
    """Calls by name, of strace -c."""
    out = {}
    for line in text.splitlines():
        found = re.match(r'^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$', line)
        if found and found[2] != 'total':
            out[found[2]] = out.get(found[2], 0) + int(found[1])
    return out


def by_kind(calls: dict[str, int]) -> dict[str, int]:
    out = dict.fromkeys([*KINDS, 'other'], 0)
    for name, count in calls.items():
        kind = next((k for k, names in KINDS.items() if name in names), 'other')
        out[kind] += count
    return out


def measure(bench: Bench) -> list[Figure]:
    strace = shutil.which('strace')
    if strace is None:
        return [Figure('syscalls', note='not measured: strace is not installed')]
    seconds = 3 if bench.options.quick else 8
    bench.say(f'syscalls: {seconds} s under strace')
    file = os.path.join(bench.folder, 'strace.txt')
    with bench.server() as nginx:
        bench.ours.run(nginx.url, '/300B', workload.closed(CONNECTIONS, seconds),
                       cores=bench.client_core, wrapper=(strace, '-f', '-c', '-o', file),
                       timeout_s=120)
        requests = nginx.served()
    with open(file, encoding='utf-8', errors='replace') as lines:
        calls = parse_summary(lines.read())
    if not calls or requests < 1000:
        raise process.Failed(f'strace counted {sum(calls.values())} calls of {requests} requests')
    most = sorted(calls.items(), key=lambda item: -item[1])[:5]
    note = f'{requests} requests; ' + ', '.join(f'{n} {c / requests:.3f}' for n, c in most)
    out = []
    for kind, count in by_kind(calls).items():
        out.append(limit(f'syscalls.{kind}', count / requests, BOUNDS[kind], 'per request',
                         note=note if kind == 'send' else ''))
    return out
