"""The command line of ci/bench."""

import argparse
import os
import shutil
import signal
import sys
import tempfile

from meter import (cost, honesty, install, instructions, memory, peers, process, rates, readme,
                   scaling, scanner, syscalls)
from meter.bench import Bench, Options
from meter.figures import Figure, table

MEASUREMENTS = {
    'cost': (cost.measure, 'CPU per million requests, ours and the peers\', interleaved'),
    'syscalls': (syscalls.measure, 'system calls per request'),
    'instructions': (instructions.measure, 'user-space instructions per request, with a bound'),
    'scanner': (scanner.measure, 'share of the scanning at 4 KB'),
    'honesty': (honesty.measure, 'latency while the server stands still, against the truth'),
    'rates': (rates.measure, 'offered rate against the rate asked for'),
    'scaling': (scaling.measure, 'two client threads against one'),
    'memory': (memory.measure, 'bytes per tenant and idle user; growth with time'),
}

EXAMPLES = """
examples:
  ci/bench                                 everything; some 40 minutes
  ci/bench --quick                         everything, coarsely; some 8 minutes
  ci/bench --only cost --rounds 9          the comparison with the peers alone
  ci/bench --only wrk h2load               the comparison with these peers alone
  ci/bench --only honesty rates --json     a JSON object a line
  ci/bench --check instructions            exit code 1 if a bound is exceeded
  ci/bench --write-readme                  everything, and the figures into tests/bench/README.md

The peers that Debian doesn't have are installed into ~/.cache/watertight-bench
(WT_BENCH_CACHE names another folder). One that can't be had is reported as such.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='ci/bench', formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EXAMPLES,
        description='Measures the engine and its peers, with one nginx on loopback as the server.')
    parser.add_argument('--only', nargs='+', metavar='NAME', default=[],
                        help='measurements, or peers of the cost comparison; see --list')
    parser.add_argument('--check', nargs='+', metavar='NAME',
                        help='as --only, with exit code 1 if a target is not met')
    parser.add_argument('--json', action='store_true', help='a JSON object a line for each figure')
    parser.add_argument('--rounds', type=int, metavar='N', help='rounds of the comparisons (5)')
    parser.add_argument('--seconds', type=int, metavar='N', help='length of a run in them (8)')
    parser.add_argument('--quick', action='store_true', help='2 rounds of 2 s, the rest shortened')
    parser.add_argument('--no-install', action='store_true', help='only peers that are there')
    parser.add_argument('--write-readme', action='store_true',
                        help='put the figures into tests/bench/README.md')
    parser.add_argument('--program', metavar='FILE',
                        default=os.path.join(install.ROOT, 'build/release/bin/watertight'),
                        help='the watertight to measure (build/release/bin/watertight)')
    parser.add_argument('--list', action='store_true', help='name measurements and peers')
    return parser


def _names(wanted: list[str], parser: argparse.ArgumentParser) -> list[str]:
    """The measurements to carry out, in their order."""
    known = {p.name for p in peers.PEERS}
    for name in wanted:
        if name not in MEASUREMENTS and name not in known:
            parser.error(f'there is no {name}; --list names all')
    if not wanted:
        return list(MEASUREMENTS)
    return [m for m in MEASUREMENTS if m in wanted or (m == 'cost' and known & set(wanted))]


def _list() -> None:
    for name, (_, what) in MEASUREMENTS.items():
        print(f'{name:14}{what}')
    print('peers of cost:')
    for peer in peers.PEERS:
        print(f'  {peer.name:12}{peer.does}')


def _measure(bench: Bench, names: list[str], as_json: bool) -> list[Figure]:
    out = []
    for name in names:
        try:
            figures = MEASUREMENTS[name][0](bench)
        except (process.Failed, OSError, ValueError) as failure:
            bench.say(f'{name}: {failure}')
            figures = [Figure(name, note=f'not measured: {failure}')]
        if as_json:
            for figure in figures:
                print(figure.as_json(), flush=True)
        out += figures
    return out


def _options(args: argparse.Namespace) -> Options:
    usual = (2, 2) if args.quick else (5, 8)
    return Options(rounds=args.rounds or usual[0], seconds=args.seconds or usual[1],
                   quick=args.quick, only=tuple(args.check or args.only),
                   may_install=not args.no_install)


def _terminate(*_) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def _exit_code(args: argparse.Namespace, figures: list[Figure]) -> int:
    if not args.check:
        return 0
    if any(f.met is False for f in figures):
        return 1
    # What could not be measured is not a pass.
    return 0 if any(f.met for f in figures) else 3


def main() -> int:
    parser = _parser()
    args = parser.parse_args()
    if args.list:
        _list()
        return 0
    names = _names(args.check or args.only, parser)
    if not os.access(args.program, os.X_OK):
        print(f'ci/bench: there is no {args.program}; build it first:\n  cmake --preset release '
              '&& cmake --build build/release --target watertight', file=sys.stderr)
        return 3
    signal.signal(signal.SIGTERM, _terminate)
    folder = tempfile.mkdtemp(prefix='watertight-bench-')
    try:
        bench = Bench(_options(args), folder, os.path.abspath(args.program))
        if bench.options.may_install:
            install.debian_packages(bench.say)
        figures = _measure(bench, names, args.json)
    except KeyboardInterrupt:
        return 130
    finally:
        process.stop_all()
        shutil.rmtree(folder, ignore_errors=True)
    if not args.json:
        print(table(figures))
    if args.write_readme:
        readme.write(figures)
    return _exit_code(args, figures)
