"""Child processes: pinned to a core, their CPU time counted, none left behind."""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_alive: list[subprocess.Popen] = []


class Failed(Exception):
    """A measurement could not be carried out; the message is for a person."""


@dataclass
class Ended:
    """How a child ended, and what it and the descendants that it waited for have used."""

    code: int
    out: str
    err: str
    user_s: float
    system_s: float
    wall_s: float
    rss_peak_bytes: int

    @property
    def cpu_s(self) -> float:
        return self.user_s + self.system_s

    def tail(self) -> str:
        lines = (self.err.strip() or self.out.strip()).splitlines()
        return ' / '.join(line.strip() for line in lines[-3:])[:300]


def _prepare(cores: set[int] | None, files_max: int):
    """Runs in the child before the program does."""
    def prepare():
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if cores:
            os.sched_setaffinity(0, cores)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        wanted = files_max if hard == resource.RLIM_INFINITY else min(files_max, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return prepare


def start(argv: list[str], cores: set[int] | None = None, env: dict[str, str] | None = None,
          cwd: str | None = None, out=subprocess.DEVNULL, err=subprocess.DEVNULL):
    """Starts a child in a process group of its own. It must be ended with `stop` or `finish`."""
    child = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd,
        env={**os.environ, **(env or {})}, start_new_session=True,
        preexec_fn=_prepare(cores, 65536))
    _alive.append(child)
    return child


def _forget(child) -> None:
    with contextlib.suppress(ValueError):
        _alive.remove(child)


def _kill_group(child, which: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, which)


def stop(child, patience_s: float = 5) -> None:
    """Ends a child and its group: asked first, then killed."""
    if child.poll() is None:
        _kill_group(child, signal.SIGCONT)
        _kill_group(child, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience_s)
    _kill_group(child, signal.SIGKILL)
    if child.returncode is None:
        child.wait()
    _forget(child)


def stop_all() -> None:
    for child in list(_alive):
        stop(child, 1)


def finish(child, timeout_s: float) -> tuple[int, resource.struct_rusage]:
    """Waits for a child; past the time limit it is killed and `Failed` is raised."""
    late = threading.Event()

    def kill():
        late.set()
        _kill_group(child, signal.SIGKILL)

    timer = threading.Timer(timeout_s, kill)
    timer.start()
    try:
        _, status, usage = os.wait4(child.pid, 0)
    finally:
        timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    _kill_group(child, signal.SIGKILL)
    _forget(child)
    if late.is_set():
        raise Failed(f'{os.path.basename(child.args[0])} did not end within {timeout_s:.0f} s')
    return child.returncode, usage


def run(argv: list[str], timeout_s: float, cores: set[int] | None = None,
        env: dict[str, str] | None = None, cwd: str | None = None, during=None) -> Ended:
    """Runs a child to its end. `during(child)` is called while it runs.

    Output goes to files, not pipes: a reader would take time from what is measured."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.monotonic()
        child = start(argv, cores, env, cwd, out, err)
        try:
            if during is not None:
                during(child)
            code, usage = finish(child, timeout_s)
        except BaseException:
            stop(child, 0.1)
            raise
        wall_s = time.monotonic() - begin
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors='replace'))
    return Ended(code, *texts, usage.ru_utime, usage.ru_stime, wall_s, usage.ru_maxrss * 1024)
