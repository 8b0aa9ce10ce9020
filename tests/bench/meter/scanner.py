"""Which share of the whole CPU time the scanning of responses takes, and how fast it is alone."""

import json
import os
import shutil
import statistics

from meter import instructions, process, workload
from meter.bench import Bench
from meter.figures import Figure, limit, spread_of
from meter.peers import CONNECTIONS

SIZE = '4KB'
SHARE_MAX = 0.1
SAMPLES_PER_S = '2999'
SAMPLES_MIN = 1000
BUILD_S_MAX = 600


def _benchmark(bench: Bench) -> str:
    """The Google Benchmark of the scanner, built beside the program that is measured, which by
    itself does not need it. @throws Failed if that can't be done."""
    folder = os.path.dirname(os.path.realpath(bench.program))
    program = os.path.join(folder, 'scanner_bench')
    build = os.path.dirname(folder)
    if os.path.exists(os.path.join(build, 'CMakeCache.txt')):
        bench.say('scanner: building scanner_bench')
        made = process.run(['cmake', '--build', build, '--target', 'scanner_bench'], BUILD_S_MAX)
        if made.code != 0:
            raise process.Failed(f'scanner_bench could not be built: {made.tail()}')
    elif not os.access(program, os.X_OK):
        raise process.Failed(f'scanner_bench is not built, and {build} is no folder to build it in')
    return program


def _speeds(bench: Bench) -> list[Figure]:
    """What the Google Benchmark of the scanner says."""
    try:
        program = _benchmark(bench)
    except process.Failed as failure:
        return [Figure('scanner.speed', note=f'not measured: {failure}')]
    bench.say('scanner: speed')
    ended = process.run([program, '--benchmark_format=json'], 300, bench.client_core)
    seen = json.loads(ended.out)['benchmarks']
    return [Figure(f'scanner.speed.{one["name"]}', ours=one['bytes_per_second'] / 1e9, unit='GB/s')
            for one in seen if 'bytes_per_second' in one]


def measure(bench: Bench) -> list[Figure]:
    return [_share(bench), *_speeds(bench)]


def share_of(samples) -> float:
    """Which share of the samples, each an address and the name of the function that it lies in, are
    the scanner's; those of the kernel count as well. @throws Failed if there are too few."""
    names = [(line.split(None, 1) + ['', ''])[1].strip() for line in samples if line.strip()]
    if len(names) < SAMPLES_MIN:
        raise process.Failed(f'perf took only {len(names)} samples')
    inside = sum(instructions.plain_name(n).startswith(instructions.SCANNER) for n in names)
    return inside / len(names)


def _sampled_share(bench: Bench, seconds: float) -> float:
    file = os.path.join(bench.folder, 'perf.data')
    wrapper = ('perf', 'record', '-q', '-e', 'cpu-clock', '-F', SAMPLES_PER_S, '-o', file, '--')
    with bench.server() as nginx:
        bench.ours.run(nginx.url, f'/{SIZE}', workload.closed(CONNECTIONS, seconds),
                       cores=bench.client_core, wrapper=wrapper)
    seen = process.run(['perf', 'script', '-i', file, '-F', 'ip,sym'], 120)
    os.remove(file)
    if seen.code != 0:
        raise process.Failed(f'perf script ended with {seen.code}: {seen.tail()}')
    return share_of(seen.out.splitlines())


def _share(bench: Bench) -> Figure:
    """perf looks, some thousand times a second of CPU time, at where the program is: in the scanner,
    elsewhere, or in the kernel."""
    name = f'scanner.share.{SIZE}'
    if shutil.which('perf') is None:
        return Figure(name, note='not measured: perf is not installed')
    shares = []
    for number in range(bench.options.rounds):
        bench.say(f'scanner: share, round {number + 1}')
        try:
            shares.append(_sampled_share(bench, min(bench.options.seconds, 4)))
        except process.Failed as failure:
            return Figure(name, note=f'not measured: {failure}')
    return limit(name, statistics.median(shares), SHARE_MAX, 'of CPU', spread=spread_of(shares),
                 note='of the samples that perf took, the kernel included')
