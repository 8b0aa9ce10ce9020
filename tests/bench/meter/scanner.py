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


def _share(bench: Bench) -> Figure:
    """callgrind says which share of user space is scanning, getrusage which share of the whole is
    user space; their product is the scanner's."""
    if shutil.which('valgrind') is None:
        return Figure(f'scanner.share.{SIZE}', note='not measured: valgrind is not installed')
    seen = instructions.per_request(bench, SIZE)
    of_user = seen.scanning / seen.instructions
    shares = []
    for number in range(bench.options.rounds):
        bench.say(f'scanner: user share, round {number + 1}')
        with bench.server() as nginx:
            phase = workload.closed(CONNECTIONS, min(bench.options.seconds, 4))
            ended = bench.ours.run(nginx.url, f'/{SIZE}', phase, cores=bench.client_core).ended
        shares.append(of_user * ended.user_s / ended.cpu_s)
    note = f'{of_user:.0%} of user space; user space is the rest of the product'
    return limit(f'scanner.share.{SIZE}', statistics.median(shares), SHARE_MAX, 'of CPU',
                 spread=spread_of(shares), note=note)
