"""The peers: how each is told to do the same work, and what its report says."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass

from meter import install, workload

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'peers')
CONNECTIONS = 64


@dataclass
class Job:
    """What a peer is to do: `seconds` of it, at `rate_per_s` or as fast as it can."""

    url: str
    seconds: int
    tenants_json: str
    tenants_tsv: str
    rate_per_s: int = 0
    latencies_log: str = ''

    def headers(self, flag: str = '-H') -> list[str]:
        """Those of one tenant, for peers that send one fixed request: as many bytes as ours."""
        one = workload.tenants(1)[0]
        return [flag, f'X-Tenant-ID: {one["id"]}',
                flag, f'Authorization: Bearer {one["users"][0]["token"]}']


@dataclass
class Peer:
    """`ratio` is the most that our CPU per request may be of the peer's."""

    name: str
    program: str
    does: str
    ratio: float
    command: Callable[[str, Job], list[str]]
    env: Callable[[Job], dict[str, str]] = lambda job: {}


def _wrk(path: str, job: Job) -> list[str]:
    return [path, '-t1', f'-c{CONNECTIONS}', f'-d{job.seconds}s', *job.headers(), job.url]


def _wrk_lua(path: str, job: Job) -> list[str]:
    return [path, '-t1', f'-c{CONNECTIONS}', f'-d{job.seconds}s',
            '-s', os.path.join(FOLDER, 'wrk.lua'), job.url, '--', job.tenants_tsv]


def _h2load(path: str, job: Job) -> list[str]:
    return [path, '--h1', '-t1', f'-c{CONNECTIONS}', '-D', str(job.seconds), *job.headers(),
            *(['--rps', f'{job.rate_per_s / CONNECTIONS:g}'] if job.rate_per_s else []),
            *(['--log-file', job.latencies_log] if job.latencies_log else []), job.url]


def _ab(path: str, job: Job) -> list[str]:
    # The count comes after the time, which would reset it to 50,000.
    return [path, '-q', '-k', '-c', str(CONNECTIONS), '-t', str(job.seconds), '-n', '20000000',
            *job.headers(), job.url]


def _hey(path: str, job: Job) -> list[str]:
    rate = ['-q', f'{job.rate_per_s / CONNECTIONS:g}'] if job.rate_per_s else []
    return [path, '-c', str(CONNECTIONS), '-z', f'{job.seconds}s', '-cpus', '1', *rate,
            *job.headers(), job.url]


def _fortio(path: str, job: Job) -> list[str]:
    return [path, 'load', '-quiet', '-loglevel', 'error', '-c', str(CONNECTIONS),
            '-t', f'{job.seconds}s', '-qps', str(job.rate_per_s), '-gomaxprocs', '1',
            '-p', '50,95,99', '-r', '0.0001', '-json', '-', *job.headers(), job.url]


def _oha(path: str, job: Job) -> list[str]:
    rate = ['-q', str(job.rate_per_s)] if job.rate_per_s else []
    return [path, '--no-tui', '-c', str(CONNECTIONS), '-z', f'{job.seconds}s', *rate,
            *job.headers(), job.url]


def _k6(path: str, job: Job) -> list[str]:
    closed = ['--vus', str(CONNECTIONS), '--duration', f'{job.seconds}s']
    return [path, 'run', '--quiet', '--no-usage-report', *([] if job.rate_per_s else closed),
            os.path.join(FOLDER, 'k6.js')]


def _k6_env(job: Job) -> dict[str, str]:
    env = {'URL': job.url, 'TENANTS': job.tenants_json, 'GOMAXPROCS': '1'}
    if job.rate_per_s:
        env |= {'RATE': str(job.rate_per_s), 'SECONDS': str(job.seconds), 'VUS': '200'}
    return env


def _autocannon_env(job: Job) -> dict[str, str]:
    modules = os.path.join(install.cache_folder(), 'npm', 'node_modules')
    env = {'URL': job.url, 'TENANTS': job.tenants_json, 'SECONDS': str(job.seconds),
           'CONNECTIONS': str(CONNECTIONS), 'NODE_PATH': modules}
    return env | ({'RATE': str(job.rate_per_s)} if job.rate_per_s else {})


def _locust(path: str, job: Job) -> list[str]:
    return [path, '-f', os.path.join(FOLDER, 'locustfile.py'), '--headless', '--only-summary',
            '-u', str(CONNECTIONS), '-r', str(CONNECTIONS), '-t', f'{job.seconds}s']


def _own(job: Job) -> dict[str, str]:
    return {'URL': job.url, 'TENANTS': job.tenants_json}


PEERS = [
    Peer('wrk', 'wrk', 'one fixed request, checks nothing', 0.95, _wrk),
    Peer('h2load', 'h2load', 'one fixed request, checks nothing', 0.95, _h2load),
    Peer('ab', 'ab', 'one fixed request, checks nothing', 0.95, _ab),
    Peer('wrk+lua', 'wrk', 'a tenant per request, searches a constant', 0.85, _wrk_lua),
    Peer('oha', 'oha', 'one fixed request', 0.85, _oha),
    Peer('fortio', 'fortio', 'one fixed request', 0.85, _fortio),
    Peer('autocannon', 'autocannon', 'checks its own tenant', 0.6,
         lambda path, job: ['node', os.path.join(FOLDER, 'autocannon.js')], _autocannon_env),
    Peer('hey', 'hey', 'one fixed request', 0.4, _hey),
    Peer('k6', 'k6', 'checks its own tenant', 0.1, _k6, _k6_env),
    Peer('locust', 'locust', 'checks its own tenant', 0.08, _locust, _own),
]


UNITS_MS = {'ns': 1e-6, 'us': 1e-3, 'µs': 1e-3, 'μs': 1e-3, 'ms': 1.0, 's': 1e3, 'sec': 1e3,
            'secs': 1e3, 'm': 6e4}


def milliseconds(text: str) -> float:
    """"12.5ms", "0.9821 secs", "1m2.5s"."""
    parts = re.findall(r'([\d.]+)\s*(ns|us|µs|μs|ms|secs?|s|m)(?![a-z])', text)
    if not parts:
        raise ValueError(f'no duration: {text!r}')
    return sum(float(value) * UNITS_MS[unit] for value, unit in parts)


def _named(text: str, patterns: dict[str, str]) -> dict[str, float]:
    out = {}
    for name, pattern in patterns.items():
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            out[name] = milliseconds(found[1])
    return out


def latencies_ms(program: str, text: str) -> dict[str, float]:
    """p50, p95, p99 and max, as far as the peer's report has them."""
    duration = r'([\d.]+\s*(?:ns|us|µs|μs|ms|secs?|s|m)[\d.a-z]*)'
    if program in ('hey', 'oha'):
        return _named(text, {
            'p50': rf'^\s*50(?:\.00)?% in {duration}', 'p95': rf'^\s*95(?:\.00)?% in {duration}',
            'p99': rf'^\s*99(?:\.00)?% in {duration}', 'max': rf'^\s*Slowest:\s*{duration}'})
    if program == 'k6':
        line = re.search(r'^\s*http_req_duration\S*:.*$', text, re.MULTILINE)
        return _named(line[0] if line else '', {
            'p50': rf'med={duration}', 'p95': rf'p\(95\)={duration}',
            'p99': rf'p\(99\)={duration}', 'max': rf'max={duration}'})
    if program == 'autocannon':
        return {name: float(value) for name, value in json.loads(text).items()}
    if program == 'fortio':
        seen = json.loads(text[text.index('{'):])['DurationHistogram']
        out = {f'p{p["Percentile"]:g}': p['Value'] * 1e3 for p in seen['Percentiles']}
        return out | {'max': seen['Max'] * 1e3}
    raise ValueError(program)


def percentiles_ms(values_us: list[int]) -> dict[str, float]:
    """Of single latencies, as h2load logs them: its report has no percentiles."""
    ranked = sorted(values_us)

    def at(share: float) -> float:
        return ranked[min(int(share * len(ranked)), len(ranked) - 1)] / 1e3

    return {'p50': at(0.5), 'p95': at(0.95), 'p99': at(0.99), 'max': at(1)}
