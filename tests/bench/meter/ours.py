"""watertight itself, through its command line."""

import json
import os
from dataclasses import dataclass

from meter import process, workload


@dataclass
class Run:
    ended: process.Ended
    result: dict

    def metric(self, name: str) -> float:
        return self.result['metrics'].get(name, 0.0)

    @property
    def phase(self) -> dict:
        return next(p for p in self.result['phases'] if p['name'] == 'load')

    @property
    def requests(self) -> int:
        return self.result['latency']['n']


class Watertight:
    """Runs `watertight load` on scenarios of its own in `folder`."""

    def __init__(self, program: str, folder: str):
        self.program = program
        self.folder = folder

    def write(self, name: str, tenants: int, url: str, path: str, phase: workload.Phase) -> str:
        """Writes scenario and tenants; returns the scenario's file."""
        here = os.path.join(self.folder, name)
        os.makedirs(here, exist_ok=True)
        with open(os.path.join(here, 'tenants.json'), 'w', encoding='utf-8') as out:
            json.dump(workload.tenants(tenants), out)
        file = os.path.join(here, 'scenario.yaml')
        with open(file, 'w', encoding='utf-8') as out:
            out.write(workload.scenario(url, path, phase))
        return file

    def command(self, file: str, threads: int = 1) -> list[str]:
        return [self.program, 'load', file, '--out', os.path.join(os.path.dirname(file), 'report'),
                '--cores', str(threads), '--seed', '1', '--quiet']

    def run(self, url: str, path: str, phase: workload.Phase, tenants: int = 1000,
            cores: set[int] | None = None, threads: int = 1, wrapper: tuple[str, ...] = (),
            timeout_s: float | None = None, during=None, check: bool = True) -> Run:
        """@throws Failed unless the run ended with all requests answered (where `check`)."""
        file = self.write('ours', tenants, url, path, phase)
        ended = process.run([*wrapper, *self.command(file, threads)],
                            timeout_s or phase.seconds + 60, cores, during=during)
        try:
            with open(os.path.join(os.path.dirname(file), 'report', 'result.json'),
                      encoding='utf-8') as source:
                result = json.load(source)
        except (OSError, ValueError) as error:
            raise process.Failed(f'watertight left no result: {ended.tail()}') from error
        if check and ended.code != 0:
            raise process.Failed(f'watertight ended with {ended.code}: {ended.tail()}')
        os.remove(os.path.join(os.path.dirname(file), 'report', 'result.json'))
        return Run(ended, result)
