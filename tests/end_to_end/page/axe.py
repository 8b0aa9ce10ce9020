"""axe-core, which looks for what keeps people out; from PyPI, once for a build folder."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

VERSION = "0.1.0"


def script():
    """The text of axe.min.js. Without a registry the test is skipped, and says so."""
    home = pathlib.Path(os.environ["WT_AXE_FOLDER"])
    found = list(home.glob("lib/*/site-packages/axe_core_python/axe.min.js"))
    if not found:
        try:
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=60)
            subprocess.run(
                [home / "bin/pip", "install", "-q", "--no-deps", f"axe-core-python=={VERSION}"],
                check=True,
                timeout=60,
            )
        except (subprocess.SubprocessError, OSError) as e:
            raise unittest.SkipTest(f"axe-core could not be had: {e}") from e
        found = list(home.glob("lib/*/site-packages/axe_core_python/axe.min.js"))
    return found[0].read_text()


def violations(page):
    """Each as [rule, number of elements, the first of them]."""
    # The page's own policy lets no other script in; the debugger is above it.
    page.run(script() + "; 0")
    return json.loads(
        page.run(
            "axe.run().then(r => JSON.stringify(r.violations.map("
            "v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)])))"
        )
    )
