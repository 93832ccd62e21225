"""A headless Chromium that opens pages and tells what they did, over the pipe that it debugs by."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium, in which the page of `report` is tested: install chromium"
PATIENCE = 60
_OPTIONS = (
    "--headless=new",
    # A sandbox of its own is refused to root, and the pages are ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-pipe",
)


class Page:
    """A page that was opened: `problems` are its errors and warnings, `requests` what it loads."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        return self._browser.send(method, self._session, **parameters)

    @property
    def events(self) -> list[dict[str, Any]]:
        # An answer comes after the events before it.
        self.evaluate("0")
        return [event for event in self._browser.events if event.get("sessionId") == self._session]

    @property
    def problems(self) -> list[str]:
        found = []
        for event in self.events:
            told = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(told["exceptionDetails"]["text"])
            elif event["method"] == "Log.entryAdded":
                found.append(told["entry"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled":
                found.append(" ".join(str(part.get("value")) for part in told["args"]))
        return found

    @property
    def requests(self) -> list[str]:
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, awaited where it is a promise."""
        answer = self.send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def resize(self, width: int, height: int = 900) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip

    def prefer(self, scheme: str) -> None:
        """Prefer `light` or `dark` colours."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", features=features)

    def open(self, file: Path) -> None:
        """Open a file and wait until its charts are drawn, as far as they can be."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Page.navigate", url=file.as_uri())
        self.evaluate(
            """new Promise(done => {
                const isDone = () => document.readyState === 'complete'
                    && (!document.getElementById('charts')
                        || document.documentElement.dataset.drawn === 'yes');
                const started = Date.now();
                const look = () => isDone() || Date.now() - started > 20000
                    ? done() : setTimeout(look, 20);
                look();
            })"""
        )

    def screenshot(self, target: Path) -> None:
        """Write the whole page as a PNG."""
        picture = self.send("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        target.write_bytes(base64.b64decode(picture))


class Browser:
    """A running browser."""

    def __init__(self, commands: Any, answers: Any) -> None:
        self._commands = commands
        self._number = 0
        self._arrived: Queue[dict[str, Any]] = Queue()
        self.events: list[dict[str, Any]] = []
        threading.Thread(target=self._read, args=(answers,), daemon=True).start()

    def _read(self, answers: Any) -> None:
        rest = b""
        while piece := os.read(answers.fileno(), 1 << 16):
            *whole, rest = (rest + piece).split(b"\0")
            for message in whole:
                self._arrived.put(json.loads(message))

    def send(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """Send a command and return its answer; events on the way are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()
        while True:
            try:
                arrived = self._arrived.get(timeout=PATIENCE)
            except Empty:
                raise TimeoutError(f"Chromium gives no answer to {method}") from None
            if arrived.get("id") == self._number:
                assert "error" not in arrived, (method, arrived["error"])
                return arrived["result"]
            self.events.append(arrived)

    def page(self) -> Page:
        """Return a new page, with nothing in it."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session)


def executable() -> str | None:
    """Return where the system has a Chromium; None where it has none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a Chromium with a profile of its own."""
    found = executable()
    if found is None:
        raise FileNotFoundError(MISSING)
    commands_end, commands = os.pipe()
    answers, answers_end = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # The browser reads commands from its descriptor 3 and answers on 4.
        process = subprocess.Popen(
            [
                "bash", "-c", f'exec "$@" 3<&{commands_end} 4>&{answers_end}', "bash",
                found, *_OPTIONS, f"--user-data-dir={profile}",
            ],
            pass_fds=(commands_end, answers_end),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(commands_end)
        os.close(answers_end)
        with os.fdopen(commands, "wb") as written, os.fdopen(answers, "rb", buffering=0) as read:
            browser = Browser(written, read)
            try:
                yield browser
            finally:
                browser.send("Browser.close")
                process.wait(timeout=PATIENCE)
