"""A real Chromium without a window, spoken to over its DevTools protocol by a pair of pipes."""

import base64
import collections
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time

PATIENCE_S = 60


def program():
    """The path of a Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One browser with a profile of its own. Use it in a `with`."""

    def __init__(self):
        self._profile = tempfile.mkdtemp(prefix="watertight-page-")
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        def place():
            # The protocol's descriptors: 3 is read, 4 is written.
            kept_in, kept_out = os.dup(to_browser), os.dup(from_browser)
            os.dup2(kept_in, 3)
            os.dup2(kept_out, 4)

        self._process = subprocess.Popen(
            [
                program(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--no-first-run",
                "--remote-debugging-pipe",
                f"--user-data-dir={self._profile}",
                "about:blank",
            ],
            preexec_fn=place,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        os.set_blocking(self._in, False)
        self._number = 0
        self._rest = b""
        self._waiting = collections.deque()
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.call("Browser.close")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._profile, ignore_errors=True)

    def _messages(self, until):
        while time.monotonic() < until:
            # One by one: whoever stops early leaves the rest to the next.
            while self._waiting:
                yield self._waiting.popleft()
            try:
                read = os.read(self._in, 1 << 20)
            except BlockingIOError:
                time.sleep(0.005)
                continue
            if not read:
                raise ConnectionError("the browser has ended")
            *whole, self._rest = (self._rest + read).split(b"\0")
            self._waiting.extend(map(json.loads, whole))

    def call(self, method, session=None, **parameters):
        """Sends a command and returns its result; what happens meanwhile goes to `events`."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        answer = None
        for got in self._messages(time.monotonic() + PATIENCE_S):
            if got.get("id") == number:
                answer = got
            elif "method" in got:
                self.events.append(got)
            if answer is not None:
                break
        if answer is None:
            raise TimeoutError(method)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def wait_for(self, method, session, since):
        """Until an event that is not among the first `since` ones."""
        fits = lambda e: e["method"] == method and e.get("sessionId") == session
        if any(map(fits, self.events[since:])):
            return
        for got in self._messages(time.monotonic() + PATIENCE_S):
            if "method" not in got:
                continue
            self.events.append(got)
            if fits(got):
                return
        raise TimeoutError(method)

    def open(self, url, width=1200, height=900, scheme="light"):
        """A page that has been loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session, url, width, height, scheme)


class Page:
    """One tab; `problems` are its errors and whatever it asked the network for."""

    def __init__(self, browser, session, url, width, height, scheme):
        self._browser = browser
        self._session = session
        self._url = url
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")
        self.resize(width, height)
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self.call("Page.navigate", url=url)
        end = time.monotonic() + PATIENCE_S
        while self.run("document.readyState") != "complete" or self.run("location.href") == "about:blank":
            if time.monotonic() > end:
                raise TimeoutError(url)
            time.sleep(0.02)

    def call(self, method, **parameters):
        return self._browser.call(method, self._session, **parameters)

    def load_again(self):
        since = len(self._browser.events)
        self.call("Page.reload")
        self._browser.wait_for("Page.loadEventFired", self._session, since)

    def resize(self, width, height):
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def run(self, script):
        """The value of an expression; a promise is awaited."""
        out = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in out:
            raise RuntimeError(out["exceptionDetails"].get("exception", {}).get("description", script))
        return out["result"].get("value")

    def click(self, selector):
        """In the middle of what is scrolled into view."""
        x, y = self.middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, clickCount=1)

    def middle(self, selector):
        box = self.box(selector)
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def box(self, selector):
        return self.run(
            "(() => { const e = document.querySelector(" + json.dumps(selector) + ");"
            "e.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const b = e.getBoundingClientRect();"
            "return {x: b.x, y: b.y, width: b.width, height: b.height}; })()"
        )

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", **more)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def key(self, name):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name)

    def picture(self, path, whole=False):
        out = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(out["data"]))

    def printed(self):
        """The page as a PDF."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def problems(self):
        out = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            method, what = event["method"], event["params"]
            if method == "Runtime.exceptionThrown":
                out.append("exception: " + str(what["exceptionDetails"].get("exception")))
            elif method == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning"):
                out.append("console: " + str(what["args"]))
            elif method == "Log.entryAdded" and what["entry"]["level"] == "error":
                out.append("log: " + what["entry"]["text"])
            elif method == "Network.requestWillBeSent":
                url = what["request"]["url"]
                if url.split("#")[0] != self._url.split("#")[0] and not url.startswith(("data:", "blob:")):
                    out.append("request: " + url)
        return out
