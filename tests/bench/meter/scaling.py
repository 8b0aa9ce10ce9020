"""What a second client thread brings, and what limits it.

On two cores the server shares them with the client, so that two client threads can't have a core
each. Besides the throughput, the CPU per request with one thread and with two is compared: threads
that shared nothing would need the same, and double the throughput where there are cores for them.
"""

import statistics
from dataclasses import dataclass

from meter import workload
from meter.bench import Bench
from meter.figures import Figure, spread_of
from meter.peers import CONNECTIONS

SPEED_UP_MIN = 1.8


@dataclass
class Sample:
    requests_per_s: float
    client_cpu_s: float
    server_cpu_s: float
    idle_share: float


def _machine_times() -> tuple[int, int]:
    """Idle and whole time of all cores so far, in ticks."""
    with open('/proc/stat', encoding='ascii') as file:
        ticks = [int(n) for n in file.readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def _run(bench: Bench, threads: int) -> Sample:
    seconds = 3 if bench.options.quick else bench.options.seconds
    with bench.server(pinned=False) as nginx:
        idle, whole = _machine_times()
        server_before = nginx.cpu_s()
        run = bench.ours.run(nginx.url, '/300B', workload.closed(CONNECTIONS, seconds),
                             threads=threads)
        idle_after, whole_after = _machine_times()
        server_s = nginx.cpu_s() - server_before
        million = nginx.served() / 1e6
    return Sample(run.requests / seconds, run.ended.cpu_s / million, server_s / million,
                  (idle_after - idle) / (whole_after - whole))


def measure(bench: Bench) -> list[Figure]:
    pairs = []
    for number in range(bench.options.rounds):
        bench.say(f'scaling: round {number + 1}')
        pairs.append((_run(bench, 1), _run(bench, 2)))
    speed_ups = [two.requests_per_s / one.requests_per_s for one, two in pairs]
    # Of two cores that are the client's alone.
    possible = [2 * one.client_cpu_s / two.client_cpu_s for one, two in pairs]
    two = pairs[-1][1]
    busy = 1 - statistics.median(t.idle_share for _, t in pairs)
    achieved = statistics.median(speed_ups)
    limits = (f'two threads: machine {busy:.0%} busy, client {two.client_cpu_s:.1f}, '
              f'server {two.server_cpu_s:.1f} CPU-s/1M')
    return [
        Figure('scaling.throughput', ours=statistics.median(t.requests_per_s for _, t in pairs),
               theirs=statistics.median(o.requests_per_s for o, _ in pairs), ratio=achieved,
               spread=spread_of(speed_ups), unit='1/s', target=f'ratio >= {SPEED_UP_MIN}',
               met=achieved >= SPEED_UP_MIN, note=f'theirs: one thread; {limits}'),
        Figure('scaling.of_free_cores', ours=statistics.median(possible),
               spread=spread_of(possible), unit='times', target=f'>= {SPEED_UP_MIN}',
               met=statistics.median(possible) >= SPEED_UP_MIN,
               note='CPU per request of one thread over that of two, doubled'),
    ]
