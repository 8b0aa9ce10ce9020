"""The server under load: nginx with one worker on a loopback port of its own."""

import contextlib
import os
import re
import signal
import socket
import time
import urllib.request

from meter import process, workload

CONFIGURATION = """
# No master, so that the one worker ends with the program that started it, however that ends.
master_process off;
daemon off;
{user}
error_log {folder}/error.log crit;
pid {folder}/nginx.pid;
events {{ worker_connections 16000; }}
http {{
    log_format instant '$msec';
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=16384;
        default_type application/json;
        location = /status {{ stub_status; }}
{locations}
    }}
}}
"""


def _location(name: str, size: int, log: str) -> str:
    text = workload.body(size)
    # A parameter of nginx has 4 KiB at most, so longer bodies are put together.
    pieces = [text[i:i + 2000] for i in range(0, len(text), 2000)]
    for i in range(len(pieces) - 1):
        # Not inside a variable's name.
        cut = pieces[i].rfind('$')
        if cut > len(pieces[i]) - 20:
            pieces[i + 1] = pieces[i][cut:] + pieces[i + 1]
            pieces[i] = pieces[i][:cut]
    sets = ''.join(f"            set $part{i} '{p}';\n" for i, p in enumerate(pieces))
    whole = ''.join(f'${{part{i}}}' for i in range(len(pieces)))
    return (f'        location = /{name} {{\n{log}{sets}'
            f'            return 200 "{whole}";\n        }}')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Server:
    """nginx on `cores` while the `with` block lasts. With `log`, the instant at which each
    response was finished is written to `log_file` in milliseconds."""

    def __init__(self, folder: str, cores: set[int] | None, log: bool = False):
        self.folder = os.path.join(folder, f'nginx-{time.monotonic_ns()}')
        self.cores = cores
        self.log_file = os.path.join(self.folder, 'instants.log') if log else None
        self.port = free_port()
        self.url = f'http://127.0.0.1:{self.port}'
        self.asked = 0
        self.child = None

    def __enter__(self):
        os.mkdir(self.folder)
        file = os.path.join(self.folder, 'nginx.conf')
        log = ''
        if self.log_file:
            log = f'            access_log {self.log_file} instant buffer=64k flush=100ms;\n'
        with open(file, 'w', encoding='utf-8') as out:
            out.write(CONFIGURATION.format(
                folder=self.folder, port=self.port,
                user='user root;' if os.geteuid() == 0 else '',
                locations='\n'.join(_location(n, s, log) for n, s in workload.BODIES.items())))
        nginx = next((p for p in ('/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx')
                      if os.path.exists(p)), 'nginx')
        self.child = process.start([nginx, '-p', self.folder, '-c', file], self.cores)
        try:
            self._wait_until_up()
            self._check_answers()
        except BaseException:
            process.stop(self.child)
            raise
        return self

    def __exit__(self, *_):
        process.stop(self.child)

    def _wait_until_up(self) -> None:
        for _ in range(100):
            if self.child.poll() is not None:
                raise process.Failed('nginx did not start; see nginx -t for why')
            with contextlib.suppress(OSError):
                self.served()
                return
            time.sleep(0.05)
        raise process.Failed('nginx does not answer')

    def _check_answers(self) -> None:
        """Once, so that no peer is measured on how fast it takes an error."""
        for name, size in workload.BODIES.items():
            tenant = workload.tenants(1)[0]['id']
            question = urllib.request.Request(f'{self.url}/{name}',
                                              headers={'X-Tenant-ID': tenant})
            with urllib.request.urlopen(question, timeout=10) as answer:
                text = answer.read().decode()
            self.asked += 1
            if len(text) != size or tenant not in text:
                raise process.Failed(f'nginx answers {len(text)} bytes for {name}')

    def served(self) -> int:
        """Requests that nginx has counted, but for these questions."""
        with urllib.request.urlopen(f'{self.url}/status', timeout=10) as answer:
            text = answer.read().decode()
        self.asked += 1
        return parse_status(text) - self.asked

    def cpu_s(self) -> float:
        """CPU seconds, user and system, that the worker has used so far."""
        with open(f'/proc/{self.child.pid}/stat', encoding='ascii') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def stall(self, seconds: float) -> float:
        """Stops the worker for so long; returns for how long it was."""
        begin = time.monotonic()
        os.kill(self.child.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self.child.pid, signal.SIGCONT)
        return time.monotonic() - begin

    def instants(self) -> list[float]:
        """When each response was finished, in seconds, in the order of finishing."""
        time.sleep(0.3)
        with open(self.log_file, encoding='ascii') as file:
            return [float(line) for line in file][len(workload.BODIES):]


def parse_status(text: str) -> int:
    """The third number under "server accepts handled requests"."""
    found = re.search(r'requests\s+(\d+)\s+(\d+)\s+(\d+)', text)
    if not found:
        raise process.Failed('nginx has no stub_status')
    return int(found[3])
