"""Where the peers come from, and how those that are missing are installed."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
DEBIAN_LIST = os.path.join(ROOT, 'ci', 'bench-dependencies.txt')


def cache_folder() -> str:
    """What was installed without a package manager; WT_BENCH_CACHE puts it elsewhere."""
    return os.environ.get('WT_BENCH_CACHE') or os.path.join(
        os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'watertight-bench')


def _in_cache(*parts: str) -> str:
    return os.path.join(cache_folder(), *parts)


@dataclass
class Source:
    """One program: where it is once it is installed, and the commands that put it there."""

    found_at: Callable[[], str | None]
    tool: str = ''
    commands: Callable[[], list[list[str]]] = list
    env: dict[str, str] = field(default_factory=dict)


def _file(*parts: str) -> Callable[[], str | None]:
    def find():
        path = _in_cache(*parts)
        return path if os.path.exists(path) else None
    return find


def _debian(program: str) -> Source:
    return Source(lambda: shutil.which(program))


def _go(module: str, program: str) -> Source:
    return Source(_file('bin', program), 'go', lambda: [['go', 'install', '-p', '1', module]])


SOURCES = {
    'wrk': _debian('wrk'),
    'h2load': _debian('h2load'),
    'ab': _debian('ab'),
    'hey': _debian('hey'),
    'fortio': _go('fortio.org/fortio@v1.66.0', 'fortio'),
    'k6': _go('go.k6.io/k6@latest', 'k6'),
    'oha': Source(
        _file('bin', 'oha'), 'cargo',
        lambda: [['cargo', 'install', 'oha', '--version', '1.16.0', '--no-default-features',
                  '--features', 'native-tls', '--locked', '--root', cache_folder()]]),
    'autocannon': Source(
        _file('npm', 'node_modules', 'autocannon', 'autocannon.js'), 'npm',
        lambda: [['npm', 'install', '--prefix', _in_cache('npm'), '--no-fund', '--no-audit',
                  'autocannon']]),
    'locust': Source(
        _file('locust', 'bin', 'locust'), 'python3',
        lambda: [['python3', '-m', 'venv', _in_cache('locust')],
                 [_in_cache('locust', 'bin', 'pip'), 'install', '--quiet', 'locust']]),
}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else 'no reason given'


def _run(argv: list[str]) -> str:
    """Runs an install command politely; returns why it failed, or nothing."""
    env = {**os.environ, 'GOBIN': _in_cache('bin'),
           'CARGO_TARGET_DIR': _in_cache('cargo-target')}
    try:
        done = subprocess.run(['nice', *argv], env=env, capture_output=True, text=True,
                              timeout=3600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return '' if done.returncode == 0 else _last_line(done.stderr or done.stdout)


def debian_packages(say) -> None:
    """Installs what is missing of ci/bench-dependencies.txt; goes on where it can't be."""
    install = [os.path.join(ROOT, 'ci', 'install')]
    missing = subprocess.run([*install, '--list', DEBIAN_LIST], capture_output=True, text=True,
                             check=False).stdout.split()
    if missing:
        say(f'installing {" ".join(missing)} from Debian')
        done = subprocess.run([*install, DEBIAN_LIST], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            say(f'  not installed: {_last_line(done.stderr)}')


def program(name: str, may_install: bool, say) -> tuple[str | None, str]:
    """The program's path, or None and why it can't be had."""
    source = SOURCES[name]
    path = source.found_at()
    if path or not may_install:
        return path, '' if path else 'not installed'
    if not source.tool:
        return None, f'not installed: {name} did not come with ci/bench-dependencies.txt'
    if shutil.which(source.tool) is None:
        return None, f'not installed: needs {source.tool}'
    os.makedirs(_in_cache('bin'), exist_ok=True)
    for argv in source.commands():
        say(f'installing {name}: {" ".join(argv)}')
        why = _run(argv)
        if why:
            return None, f'not installed: {why}'
    shutil.rmtree(_in_cache('cargo-target'), ignore_errors=True)
    path = source.found_at()
    return path, '' if path else 'not installed: it is not where it was expected'
