"""What all measurements share: options, the machine's two cores, the peers that are there."""

import json
import os
import sys
from dataclasses import dataclass, field

from meter import install, ours, peers, process, server, workload

TENANTS = 1000


@dataclass
class Options:
    rounds: int = 5
    seconds: int = 8
    quick: bool = False
    only: tuple[str, ...] = ()
    may_install: bool = True


@dataclass
class Bench:
    """One call of the program. Everything that it writes lies in `folder`."""

    options: Options
    folder: str
    program: str
    paths: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        self.ours = ours.Watertight(self.program, self.folder)
        cores = sorted(os.sched_getaffinity(0))
        self.server_core, self.client_core = {cores[0]}, {cores[-1]}
        self.has_two_cores = len(cores) > 1
        self.tenants_json = os.path.join(self.folder, 'tenants.json')
        self.tenants_tsv = os.path.join(self.folder, 'tenants.tsv')
        all_tenants = workload.tenants(TENANTS)
        with open(self.tenants_json, 'w', encoding='utf-8') as out:
            json.dump(all_tenants, out)
        with open(self.tenants_tsv, 'w', encoding='utf-8') as out:
            for one in all_tenants:
                out.write(f'{one["id"]}\t{one["users"][0]["token"]}\n')

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def server(self, log: bool = False, pinned: bool = True) -> server.Server:
        return server.Server(self.folder, self.server_core if pinned else None, log)

    def job(self, url: str, seconds: int, rate_per_s: int = 0) -> peers.Job:
        return peers.Job(url, seconds, self.tenants_json, self.tenants_tsv, rate_per_s)

    def chosen_peers(self) -> list[peers.Peer]:
        """Those that --only names; all if it names none."""
        named = [p for p in peers.PEERS if p.name in self.options.only]
        return named or peers.PEERS

    def find_peers(self, names: list[str]) -> None:
        """Finds, and where that is wanted installs, the programs of these peers."""
        for name in names:
            if name in self.paths or name in self.missing:
                continue
            path, why = install.program(name, self.options.may_install, self.say)
            if path:
                self.paths[name] = path
            else:
                self.missing[name] = why
                self.say(f'{name}: {why}')

    def run_peer(self, peer: peers.Peer, job: peers.Job, during=None) -> process.Ended:
        ended = process.run(peer.command(self.paths[peer.program], job), job.seconds + 60,
                            self.client_core, peer.env(job), self.folder, during)
        if ended.code != 0:
            raise process.Failed(f'{peer.name} ended with {ended.code}: {ended.tail()}')
        return ended
