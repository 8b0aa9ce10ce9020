"""The HTML report as people meet it: in a browser, with a small result and with a large one."""

import copy
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import axe
import browser

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parents[1] / "golden" / "result.json"
PICTURES = os.environ.get("WT_PICTURES")

TENANTS = 1000
FINDINGS = 100
LARGEST_BYTES = 1_500_000


def sample():
    return json.loads(SAMPLE.read_text())


def large():
    """A thousand tenants, a hundred findings among them, ten minutes of traffic."""
    r = sample()
    slugs = [f"tenant-{n:04}" for n in range(TENANTS)]
    r["tenants"] = []
    for n, slug in enumerate(slugs):
        t = copy.deepcopy(sample()["tenants"][0])
        t.update(slug=slug, failed=n % 7, ok=1000 + n)
        r["tenants"].append(t)
    r["findings"] = []
    for n in range(FINDINGS):
        f = copy.deepcopy(sample()["findings"][0])
        f.update(
            title=f"Finding number {n}",
            channel=f"GET /api/v1/thing{n}/{{id}}",
            victim=slugs[n],
            intruder=slugs[-n - 1],
            pairs=[[slugs[n], slugs[-n - 1]]],
        )
        r["findings"].append(f)
    points = r["series"]
    r["series"] = [dict(points[n % len(points)], at_s=n + 1) for n in range(600)]
    r["phases"] = [
        {**r["phases"][0], "name": name, "kind": "traffic", "started_s": at, "duration_s": 200}
        for name, at in (("warm_up", 1), ("steady", 200), ("rollback", 400))
    ]
    return r


def hostile():
    """Every text says that it is a script."""
    evil = "<script>document.title='owned'</script><img src=http://127.0.0.1:9/x onerror=alert(1)>"

    def poison(value, key=""):
        if isinstance(value, dict):
            return {k: poison(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [poison(v, key) for v in value]
        return evil if key in {"title", "detail", "channel", "note", "slug", "request", "response"} else value

    return poison(sample())


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="watertight-page-")
        cls.files = {}
        for make in (sample, large, hostile):
            folder = pathlib.Path(cls.folder.name) / make.__name__
            folder.mkdir()
            (folder / "result.json").write_text(json.dumps(make()))
            subprocess.run(
                [os.environ["WT_PROGRAM"], "report", str(folder / "result.json")],
                check=True,
                capture_output=True,
            )
            cls.files[make.__name__] = folder / "report.html"
        cls.chromium = browser.Browser()

    @classmethod
    def tearDownClass(cls):
        cls.chromium.__exit__()
        cls.folder.cleanup()

    def open(self, name, view="", **how):
        page = self.chromium.open(self.files[name].as_uri() + view, **how)
        self.addCleanup(lambda: self.assertEqual(page.problems(), []))
        return page

    def picture(self, page, name, whole=False):
        if PICTURES:
            page.picture(pathlib.Path(PICTURES) / f"{name}.png", whole)

    def test_is_small_and_soon_there(self):
        self.assertLess(self.files["large"].stat().st_size, LARGEST_BYTES)
        page = self.open("large")
        painted = page.run(
            "new Promise(done => requestAnimationFrame(() => "
            "done(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1)))"
        )
        # A second on an ordinary machine; several on one that compiles meanwhile.
        self.assertLess(painted, 5000)

    def test_says_the_verdict_first(self):
        page = self.open("sample")
        self.assertIn("Failed", page.run("document.querySelector('main h1').innerText"))
        self.assertEqual(page.run("document.querySelector('main').firstElementChild.matches('.banner')"), True)

    def test_is_usable_by_all(self):
        for name, scheme, width in (
            ("sample", "light", 1200),
            ("sample", "dark", 360),
            ("large", "light", 360),
            ("large", "dark", 1200),
        ):
            with self.subTest(name=name, scheme=scheme, width=width):
                page = self.open(name, scheme=scheme, width=width)
                self.assertEqual(axe.violations(page), [])
                self.assertLessEqual(page.run("document.documentElement.scrollWidth"), width)
                self.picture(page, f"{name}-{scheme}-{width}")

    def test_sorts_and_keeps_it_in_the_address(self):
        page = self.open("large")
        first = "document.querySelector('#tenants tbody tr td').innerText"
        page.click("#tenants thead th:nth-child(3) button")
        ascending = page.run(first)
        page.click("#tenants thead th:nth-child(3) button")
        descending = page.run(first)
        self.assertLess(ascending, descending)
        state = page.run("location.hash")
        self.assertIn("tenants.sort=-3", state)
        again = self.open("large", state)
        self.assertEqual(again.run(first), descending)
        self.assertEqual(
            again.run("document.querySelector('#tenants thead th:nth-child(3)').ariaSort"), "descending"
        )

    def test_searches_findings_and_keeps_it_in_the_address(self):
        page = self.open("large")
        shown = "[...document.querySelectorAll('article.finding')].filter(e => !e.hidden).length"
        self.assertEqual(page.run(shown), FINDINGS)
        page.click("#findings input.search")
        page.type("thing42/")
        self.assertEqual(page.run(shown), 1)
        self.assertEqual(page.run("document.querySelector('#findings .search-count').innerText"), "1 of 100")
        again = self.open("large", page.run("location.hash"))
        self.assertEqual(again.run(shown), 1)

    def test_zooms_all_charts_and_back(self):
        page = self.open("large")
        panes = "[...document.querySelectorAll('svg.pane')].map(p => p.getAttribute('viewBox'))"
        whole = page.run(panes)
        box = page.box("svg.time")
        y = box["y"] + box["height"] / 2
        page.mouse("mousePressed", box["x"] + box["width"] * 0.4, y, clickCount=1)
        page.mouse("mouseMoved", box["x"] + box["width"] * 0.6, y, buttons=1)
        page.mouse("mouseReleased", box["x"] + box["width"] * 0.6, y, clickCount=1)
        self.assertTrue(all(a != b for a, b in zip(whole, page.run(panes))), page.run(panes))
        self.assertRegex(page.run("document.querySelector('.readout').innerText"), r"p95 .* ms.* answered")
        self.picture(page, "zoomed")
        again = self.open("large", page.run("location.hash"))
        self.assertEqual(again.run(panes)[0].split()[2][:4], page.run(panes)[0].split()[2][:4])
        page.run("document.querySelector('svg.time').focus()")
        page.key("Escape")
        self.assertEqual(page.run(panes), whole)

    def test_the_cursor_moves_by_keys(self):
        page = self.open("large")
        page.run("document.querySelector('svg.time').focus()")
        for _ in range(3):
            page.key("ArrowRight")
        self.assertRegex(page.run("document.querySelector('.readout').innerText"), r"^3 s: p50")
        self.assertEqual(page.run("document.querySelectorAll('svg .cursor').length"), 2)

    def test_opens_the_evidence(self):
        page = self.open("large")
        page.click("article.finding details summary")
        self.assertEqual(page.run("document.querySelector('article.finding details').open"), True)
        self.assertGreater(page.run("document.querySelectorAll('article.finding mark').length"), 0)

    def test_has_the_raw_result_in_it(self):
        page = self.open("large")
        raw = json.loads(page.run("document.getElementById('result').textContent"))
        self.assertEqual(len(raw["tenants"]), TENANTS)

    def test_prints(self):
        page = self.open("sample")
        pdf = page.printed()
        self.assertTrue(pdf.startswith(b"%PDF-"))
        self.assertGreater(len(re.findall(rb"/Type\s*/Page\b", pdf)), 1)

    def test_foreign_text_stays_text(self):
        page = self.open("hostile")
        self.assertNotEqual(page.run("document.title"), "owned")
        self.assertEqual(page.run("document.querySelectorAll('main img, main script').length"), 0)

    def test_is_whole_without_javascript(self):
        page = self.open("large")
        page.call("Emulation.setScriptExecutionDisabled", value=True)
        page.load_again()
        self.picture(page, "without-javascript")
        page.call("Emulation.setScriptExecutionDisabled", value=False)
        self.assertEqual(page.run("document.querySelectorAll('#tenants tbody tr').length"), 200)
        self.assertEqual(page.run("document.querySelectorAll('input.search').length"), 0)
        self.assertGreater(page.run("document.querySelectorAll('svg.pane polyline').length"), 0)


if __name__ == "__main__":
    unittest.main()
