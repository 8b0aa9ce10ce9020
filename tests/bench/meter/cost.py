"""CPU per request, ours and the peers', interleaved round by round."""

import statistics
from dataclasses import dataclass

from meter import figures, process, workload
from meter.bench import Bench
from meter.figures import Figure
from meter.peers import CONNECTIONS, Peer

# Ours is measured anew before so many peers, and each is compared with the nearest of ours: what
# the machine does in the minutes of a round must not decide.
PEERS_PER_TURN = 3
USER_S_MAX = {'300B': 1.2, '4KB': 1.8}


@dataclass
class Sample:
    """CPU seconds per million requests that nginx counted, and how many a second those were."""

    cpu_s: float
    user_s: float
    requests_per_s: float


def _sample(ended: process.Ended, requests: int, seconds: float) -> Sample:
    if requests < 100:
        raise process.Failed(f'only {requests} requests were served: {ended.tail()}')
    per_million = 1e6 / requests
    return Sample(ended.cpu_s * per_million, ended.user_s * per_million, requests / seconds)


class Tally:
    """The samples of all rounds: ours, and pairs of ours and theirs."""

    def __init__(self):
        self.ours: dict[str, list[Sample]] = {}
        self.pairs: dict[tuple[str, str], list[tuple[Sample, Sample]]] = {}
        self.failures: dict[tuple[str, str], str] = {}


def _ours(bench: Bench, size: str, tally: Tally) -> Sample:
    seconds = bench.options.seconds
    with bench.server() as nginx:
        run = bench.ours.run(nginx.url, f'/{size}', workload.closed(CONNECTIONS, seconds),
                             cores=bench.client_core)
        sample = _sample(run.ended, nginx.served(), seconds)
    tally.ours.setdefault(size, []).append(sample)
    bench.say(f'  {size} watertight: {sample.cpu_s:.2f} ({sample.user_s:.2f} of it user), '
              f'{sample.requests_per_s:,.0f}/s')
    return sample


def _theirs(bench: Bench, peer: Peer, size: str, mine: Sample, tally: Tally) -> None:
    key = (peer.name, size)
    if key in tally.failures:
        return
    seconds = bench.options.seconds
    try:
        with bench.server() as nginx:
            ended = bench.run_peer(peer, bench.job(f'{nginx.url}/{size}', seconds))
            sample = _sample(ended, nginx.served(), seconds)
    except process.Failed as failure:
        tally.failures[key] = str(failure)
        bench.say(f'  {size} {peer.name}: {failure}')
        return
    tally.pairs.setdefault(key, []).append((mine, sample))
    bench.say(f'  {size} {peer.name}: {sample.cpu_s:.2f} ({sample.user_s:.2f} of it user), '
              f'{sample.requests_per_s:,.0f}/s; ratio {mine.cpu_s / sample.cpu_s:.3f}')


def _round(bench: Bench, there: list[Peer], size: str, tally: Tally) -> None:
    for first in range(0, max(len(there), 1), PEERS_PER_TURN):
        mine = _ours(bench, size, tally)
        for peer in there[first:first + PEERS_PER_TURN]:
            _theirs(bench, peer, size, mine, tally)


def _figure(bench: Bench, peer: Peer, size: str, tally: Tally) -> Figure:
    name = f'cost.{peer.name}.{size}'
    target = f'ratio <= {peer.ratio:g}'
    missing = bench.missing.get(peer.program) or tally.failures.get((peer.name, size))
    if missing:
        return Figure(name, unit='CPU-s/1M', target=target, note=missing)
    pairs = [(m.cpu_s, t.cpu_s) for m, t in tally.pairs.get((peer.name, size), [])]
    return figures.compare(name, pairs, peer.ratio, 'CPU-s/1M', peer.does)


def _own_figures(size: str, samples: list[Sample]) -> list[Figure]:
    def summary(name: str, values: list[float], unit: str, most: float | None = None) -> Figure:
        middle, spread = statistics.median(values), figures.spread_of(values)
        if most is None:
            return Figure(name, ours=middle, spread=spread, unit=unit)
        return figures.limit(name, middle, most, unit, spread=spread)

    return [
        summary(f'cost.whole.{size}', [s.cpu_s for s in samples], 'CPU-s/1M'),
        summary(f'cost.user.{size}', [s.user_s for s in samples], 'CPU-s/1M', USER_S_MAX[size]),
        summary(f'cost.throughput.{size}', [s.requests_per_s for s in samples], '1/s'),
    ]


def measure(bench: Bench) -> list[Figure]:
    if not bench.has_two_cores:
        return [Figure('cost', note='not measured: client and server need a core each')]
    chosen = bench.chosen_peers()
    bench.find_peers([p.program for p in chosen])
    there = [p for p in chosen if p.program in bench.paths]
    tally = Tally()
    for number in range(bench.options.rounds):
        bench.say(f'cost: round {number + 1} of {bench.options.rounds}, CPU-s per million')
        for size in workload.BODIES:
            _round(bench, there, size, tally)
    out = []
    for size in workload.BODIES:
        out += _own_figures(size, tally.ours[size])
        out += [_figure(bench, peer, size, tally) for peer in chosen]
    return out
