"""A lab for a measurement: started, asked for its addresses, and ended."""

import contextlib
import json
import os
import subprocess


@contextlib.contextmanager
def running_lab(programs, dialect="mis"):
    """The variables that the pack's scenario asks for. `programs` is the folder of the build."""
    lab = subprocess.Popen(
        [os.path.join(programs, "watertight-lab"), "--dialect", dialect, "--with-parent"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield {k: str(v) for k, v in json.loads(lab.stdout.readline())["environment"].items()}
    finally:
        lab.stdin.close()
        lab.wait(timeout=30)
