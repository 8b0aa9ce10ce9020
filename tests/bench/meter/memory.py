"""Resident memory by number of tenants, of idle users, and by length of run."""

import contextlib
import statistics
import threading
import time
from dataclasses import dataclass, field

from meter import workload
from meter.bench import Bench
from meter.figures import Figure, limit
from meter.peers import CONNECTIONS

TENANTS = (1000, 3000, 10000)
IDLE_USERS = 10000
KIB = 1024


@dataclass
class Watch:
    """Reads a process's resident memory while it runs."""

    samples: list[tuple[float, int]] = field(default_factory=list)

    def __call__(self, child) -> None:
        threading.Thread(target=self._watch, args=(child.pid,), daemon=True).start()

    def _watch(self, pid: int) -> None:
        with contextlib.suppress(OSError, ValueError, StopIteration):
            while True:
                with open(f'/proc/{pid}/status', encoding='ascii') as file:
                    line = next(text for text in file if text.startswith('VmRSS'))
                self.samples.append((time.monotonic(), int(line.split()[1]) * KIB))
                time.sleep(0.05)

    def steady(self, seconds: float) -> float:
        """The median of the phase's last quarter: what comes after it is the report."""
        return steady(self.samples, seconds)


def steady(samples: list[tuple[float, int]], seconds: float) -> float:
    """@param seconds  the phase's length. It is taken to have ended half a second before the
    process did, give or take what the report took; a quarter of the phase before that counts."""
    end = samples[-1][0] - 0.1 * seconds
    inside = [rss for at, rss in samples if end - 0.25 * seconds <= at <= end]
    return statistics.median(inside or [rss for _, rss in samples])


@dataclass
class Measured:
    steady: float
    peak: float
    requests: int


def _run(bench: Bench, tenants: int, phase: workload.Phase) -> Measured:
    bench.say(f'memory: {tenants} tenants, {phase.loop}, {phase.seconds:g} s')
    watch = Watch()
    with bench.server() as nginx:
        run = bench.ours.run(nginx.url, '/300B', phase, tenants=tenants, cores=bench.client_core,
                             during=watch, timeout_s=phase.seconds + 120)
    return Measured(watch.steady(phase.seconds), run.ended.rss_peak_bytes, run.requests)


def _by_tenants(bench: Bench, seconds: float) -> list[Figure]:
    seen = {n: _run(bench, n, workload.closed(CONNECTIONS, seconds)) for n in TENANTS}
    out = []
    for tenants, measured in seen.items():
        out.append(Figure(f'memory.rss.{tenants}', ours=measured.steady / KIB / KIB, unit='MiB',
                          note=f'peak {measured.peak / KIB / KIB:.1f} MiB'))
    few, many = TENANTS[0], TENANTS[-1]
    for name in ('steady', 'peak'):
        a_tenant = (getattr(seen[many], name) - getattr(seen[few], name)) / (many - few)
        out.append(limit(f'memory.tenant.{name}', a_tenant / KIB, 16, 'KiB'))
    return out


def _by_idle_users(bench: Bench, seconds: float) -> list[Figure]:
    """Against the same number of requests, of as many tenants, from hardly any user."""
    think_s = seconds / 2
    base = _run(bench, TENANTS[-1], workload.open_loop(
        IDLE_USERS / think_s, seconds, 'constant', connections_max=CONNECTIONS))
    out = []
    for mode, connections in (('mixed', CONNECTIONS), ('per_user', IDLE_USERS)):
        phase = workload.closed(IDLE_USERS, seconds, think=f'{think_s:g}s', connections=mode,
                                connections_max=connections)
        measured = _run(bench, TENANTS[-1], phase)
        a_user = (measured.steady - base.steady) / (IDLE_USERS - CONNECTIONS)
        kept = 'a connection each' if mode == 'per_user' else '64 connections'
        out.append(limit(f'memory.idle_user.{mode}', a_user / KIB, 8, 'KiB',
                         note=f'{kept}, {measured.requests} requests in all'))
    return out


def _by_length(bench: Bench, short_s: float, long_s: float) -> Figure:
    short, long = (_run(bench, TENANTS[0], workload.closed(CONNECTIONS, s)).steady
                   for s in (short_s, long_s))
    ratio = long / short
    return Figure('memory.growth', ours=long / KIB / KIB, theirs=short / KIB / KIB, ratio=ratio,
                  unit='MiB', target='ratio <= 1.05', met=ratio <= 1.05,
                  note=f'{long_s:g} s against {short_s:g} s')


def measure(bench: Bench) -> list[Figure]:
    quick = bench.options.quick
    seconds = 6 if quick else 8
    out = _by_tenants(bench, seconds)
    out += _by_idle_users(bench, seconds)
    out.append(_by_length(bench, *((5, 20) if quick else (30, 120))))
    return out
