"""Latency under an open loop while the server stands still for a second.

The truth is analytic. Requests arrive at rate r for T seconds; the server stops for d seconds, then
works off what waits at rate s while more arrives. A request that arrives x after the stop waits
d - x (1 - r/s), until that is nothing: a straight line through stop and recovery, so that the
quantile q of all waits is the one at x = (1 - q) T. Both d and s are read from the server's log.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from meter import peers, process, workload
from meter.bench import Bench
from meter.figures import Figure, spread_of

RATE_PER_S = 5000
SECONDS = 10
STALL_S = 1.0
QUANTILES = {'p50': 0.5, 'p95': 0.95, 'p99': 0.99, 'max': 1.0}
ROUNDS = 3


def truth_ms(quantile: float, rate_per_s: float, seconds: float, stall_s: float,
             drain_per_s: float) -> float:
    """@param drain_per_s what the server answers a second when it has all it can do."""
    after_stop_s = (1 - quantile) * seconds
    return max(0.0, stall_s - after_stop_s * (1 - rate_per_s / drain_per_s)) * 1e3


@dataclass
class Stall:
    """What the server's log says of the stop."""

    seconds: float
    drain_per_s: float


def stall_of(instants: list[float], rate_per_s: float) -> Stall:
    """The longest gap between answers, and the rate at which the backlog went after it."""
    gaps = [after - before for before, after in zip(instants, instants[1:])]
    at = max(range(len(gaps)), key=gaps.__getitem__)
    resumed = instants[at + 1]
    backlog = rate_per_s * gaps[at]
    # The first half of the backlog: after it the tail of the recovery would blur the rate.
    end = at + 1 + int(backlog / 2)
    if end >= len(instants):
        raise process.Failed('the server answered too little after its stop')
    took_s = max(instants[end] - resumed, 1e-3)
    return Stall(gaps[at], max((end - at) / took_s, 1.01 * rate_per_s))


def _stop_in_the_middle(nginx) -> Callable:
    def during(_):
        # From when the peer sends, not from when it was started.
        begin, before = time.monotonic(), nginx.served()
        while nginx.served() < before + 100:
            if time.monotonic() - begin > 15:
                raise process.Failed('it sent nothing in 15 s')
            time.sleep(0.05)
        time.sleep(0.4 * SECONDS)
        nginx.stall(STALL_S)
    return during


@dataclass
class Seen:
    """What was reported, and (of our runs) what was true; how many requests were served."""

    latencies_ms: dict[str, float]
    requests: int
    truth_ms: dict[str, float] = field(default_factory=dict)
    note: str = ''


def _truth(instants: list[float]) -> dict[str, float]:
    stall = stall_of(instants, RATE_PER_S)
    return {name: truth_ms(q, RATE_PER_S, SECONDS, stall.seconds, stall.drain_per_s)
            for name, q in QUANTILES.items()}


def _ours(bench: Bench) -> Seen:
    with bench.server(log=True) as nginx:
        phase = workload.open_loop(RATE_PER_S, SECONDS, 'constant')
        run = bench.ours.run(nginx.url, '/300B', phase, cores=bench.client_core,
                             during=_stop_in_the_middle(nginx))
        instants = nginx.instants()
    latencies = {name: run.metric(f'latency.{name}') / 1e3 for name in QUANTILES}
    note = (f'lag {run.metric("schedule.lag_max") / 1e3:.0f} ms, '
            f'unsent {run.metric("throughput.unsent"):.0f}, sent {len(instants)}')
    return Seen(latencies, len(instants), _truth(instants), note)


def _h2load_log(file: str) -> dict[str, float]:
    with open(file, encoding='ascii') as lines:
        return peers.percentiles_ms([int(line.split()[2]) for line in lines])


def _theirs(bench: Bench, peer: peers.Peer) -> Seen:
    with bench.server() as nginx:
        job = bench.job(f'{nginx.url}/300B', SECONDS, RATE_PER_S)
        if peer.program == 'h2load':
            job.latencies_log = f'{nginx.folder}/h2load.log'
        ended = bench.run_peer(peer, job, _stop_in_the_middle(nginx))
        served = nginx.served()
        latencies = (_h2load_log(job.latencies_log) if peer.program == 'h2load'
                     else peers.latencies_ms(peer.program, ended.out))
    return Seen(latencies, served)


def _corrected(oha: peers.Peer) -> peers.Peer:
    def command(path: str, job: peers.Job) -> list[str]:
        usual = oha.command(path, job)
        return [usual[0], '--latency-correction', *usual[1:]]
    return replace(oha, name='oha-corrected', command=command)


def _our_figures(seen: list[Seen]) -> list[Figure]:
    out = []
    for name in QUANTILES:
        mine = statistics.median(s.latencies_ms[name] for s in seen)
        true = statistics.median(s.truth_ms[name] for s in seen)
        if true == 0:
            out.append(Figure(f'honesty.{name}', ours=mine, theirs=true, unit='ms',
                              target='<= 5 ms', met=mine <= 5, note='truth: not delayed'))
            continue
        ratios = [s.latencies_ms[name] / s.truth_ms[name] for s in seen]
        ratio = statistics.median(ratios)
        out.append(Figure(f'honesty.{name}', ours=mine, theirs=true, ratio=ratio,
                          spread=spread_of(ratios), unit='ms', target='truth within 5 %',
                          met=abs(ratio - 1) <= 0.05, note=f'theirs: the truth; {seen[-1].note}'))
    return out


def _peer_figures(peer: peers.Peer, seen: Seen, mine: Seen) -> list[Figure]:
    """Against the truth of our run: a peer that leaves out what is due has no backlog of which the
    server's pace could be read."""
    out = []
    for name in ('p95', 'p99'):
        if name not in seen.latencies_ms:
            continue
        theirs = seen.latencies_ms[name]
        out.append(Figure(
            f'honesty.{peer.name}.{name}', ours=mine.latencies_ms[name], theirs=theirs, unit='ms',
            note=f'truth {mine.truth_ms[name]:.0f} ms, sent {seen.requests} of '
                 f'{RATE_PER_S * SECONDS}'))
    return out


def measure(bench: Bench) -> list[Figure]:
    mine = []
    for number in range(1 if bench.options.quick else ROUNDS):
        bench.say(f'honesty: ours, round {number + 1}')
        mine.append(_ours(bench))
    out = _our_figures(mine)
    named = {p.name: p for p in peers.PEERS}
    others = [named[n] for n in ('hey', 'fortio', 'h2load', 'autocannon', 'oha')]
    others += [_corrected(named['oha']), named['k6']]
    bench.find_peers([p.program for p in others])
    for peer in others:
        if peer.program not in bench.paths:
            out.append(Figure(f'honesty.{peer.name}', note=bench.missing[peer.program]))
            continue
        bench.say(f'honesty: {peer.name}')
        try:
            out += _peer_figures(peer, _theirs(bench, peer), mine[-1])
        except process.Failed as failure:
            out.append(Figure(f'honesty.{peer.name}', note=str(failure)))
    return out
