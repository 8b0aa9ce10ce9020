"""How exactly an open loop keeps the rate that it was told, as the server's log has it."""

import math
import statistics

from meter import workload
from meter.bench import Bench
from meter.figures import Figure
from meter.peers import CONNECTIONS

RATES_PER_S = (10, 100, 1000, 10000)
SECONDS = 10
# The log has milliseconds: fine enough for windows of 20 ms.
DISPERSION_RATE_PER_S = 1000
TOLERANCE = 0.005


def dispersion(instants: list[float], window_s: float) -> float:
    """Variance over mean of the counts in windows: 1 for Poisson arrivals, near 0 for even ones."""
    begin = instants[0]
    windows = int((instants[-1] - begin) / window_s)
    counts = [0] * windows
    for instant in instants:
        index = int((instant - begin) / window_s)
        if index < windows:
            counts[index] += 1
    return statistics.pvariance(counts) / statistics.fmean(counts)


def _saturation_per_s(bench: Bench) -> float:
    seconds = 2 if bench.options.quick else 5
    with bench.server(log=True) as nginx:
        run = bench.ours.run(nginx.url, '/300B', workload.closed(CONNECTIONS, seconds),
                             cores=bench.client_core)
    return run.requests / seconds


def _rate_figure(name: str, arrivals: str, asked: float, got: float, seconds: float,
                 note: str) -> Figure:
    ratio = got / asked
    allowed = TOLERANCE
    if arrivals == 'poisson':
        # Chance moves the count of such arrivals; three standard deviations are no fault.
        allowed = max(TOLERANCE, 3 / math.sqrt(asked * seconds))
    return Figure(name, ours=got, theirs=asked, ratio=ratio, unit='1/s',
                  target=f'within {allowed * 100:.2g} %', met=abs(ratio - 1) <= allowed, note=note)


def _one(bench: Bench, arrivals: str, rate: float, label: str) -> list[Figure]:
    # Long enough that half a percent is a request.
    seconds = max(SECONDS, 200 / rate) if not bench.options.quick else max(3, 100 / rate)
    bench.say(f'rates: {arrivals} {rate:g}/s for {seconds:g} s')
    with bench.server(log=True) as nginx:
        run = bench.ours.run(nginx.url, '/300B', workload.open_loop(rate, seconds, arrivals),
                             cores=bench.client_core, check=False)
        instants = nginx.instants()
    note = (f'lag {run.metric("schedule.lag_max") / 1e3:.1f} ms, '
            f'unsent {run.metric("throughput.unsent"):.0f}')
    out = [_rate_figure(f'rates.{arrivals}.{label}', arrivals, rate, len(instants) / seconds,
                        seconds, note)]
    if rate == DISPERSION_RATE_PER_S:
        out.append(_dispersion_figure(arrivals, label, dispersion(instants, 20 / rate)))
    return out


def _dispersion_figure(arrivals: str, label: str, value: float) -> Figure:
    # Even arrivals have nearly none; half is what a busy machine makes of them.
    low, high = (0, 0.5) if arrivals == 'constant' else (0.6, 1.4)
    return Figure(f'rates.dispersion.{arrivals}.{label}', ours=value, target=f'{low} to {high}',
                  met=low <= value <= high, note='variance over mean of counts; Poisson: 1')


def measure(bench: Bench) -> list[Figure]:
    out = []
    for arrivals in ('constant', 'poisson'):
        # Each time anew, right before it counts: a busy machine has less to give later.
        saturation = _saturation_per_s(bench)
        top = math.floor(0.8 * saturation / 100) * 100
        out.append(Figure(f'rates.saturation.{arrivals}', ours=saturation, unit='1/s',
                          note='closed loop, 64 users'))
        out += _one(bench, arrivals, top, '80pct')
        for rate in (r for r in RATES_PER_S if r < top):
            out += _one(bench, arrivals, rate, str(rate))
    return out
