"""The real studio as a process of its own, on a fresh STUDIO_HOME, spoken to as a stranger would."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parent.parent
READY_SECONDS = 120


def pytest_configure(config: pytest.Config) -> None:
    """gradio_client leaves its sockets to the garbage collector."""
    config.addinivalue_line("filterwarnings", "ignore:unclosed <socket:ResourceWarning")


def fresh_home() -> Path:
    """A folder outside the working and the temporary one: from both of those Gradio may serve files."""
    base = Path.home() / ".cache" / "studio-tests"
    base.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="h-", dir=base))


class Studio:
    """`python app.py` on a home of its own and a port the system chose."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STUDIO_", "GRADIO_"))}
        self.env = kept | {"STUDIO_HOME": str(home), "STUDIO_PORT": "0", "STUDIO_HOST": "127.0.0.1", "HF_HUB_OFFLINE": "1"} | {
            f"STUDIO_{name.upper()}": value for name, value in settings.items()}
        self.log = home / "test.log"

    def start(self) -> "Studio":
        """Start it and wait until it answers."""
        self.began = time.monotonic()
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=self.env, stdout=out, stderr=subprocess.STDOUT)
        while time.monotonic() - self.began < READY_SECONDS:
            if found := re.search(r"listens on (http://\S+)", self.log.read_text()):
                self.url = found[1]
                self.ready_seconds = time.monotonic() - self.began
                self.http = httpx.Client(base_url=self.url, timeout=60)
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the studio did not start: {self.log.read_text()[-3000:]}")

    def stop(self, sign: int = signal.SIGTERM, seconds: float = 30) -> int:
        """End it; what it returned."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.http.close()
        return self.process.returncode

    def client(self, **options: Any) -> Any:
        """A gradio_client, as a script would use it."""
        from gradio_client import Client
        return Client(self.url, verbose=False, **options)

    def shell(self, *arguments: str, seconds: float = 120, **env: str) -> "subprocess.CompletedProcess[str]":
        """`python app.py …` on the same home."""
        return subprocess.run([sys.executable, "app.py", *arguments], cwd=ROOT, env=self.env | env, capture_output=True, text=True,
                              timeout=seconds, check=False)

    def until(self, job_id: str, seconds: float = 60) -> dict[str, Any]:
        """The job when it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.http.get(f"/api/v1/jobs/{job_id}").json()
            if job["status"] in ("complete", "error", "cancelled"):
                return job
            time.sleep(0.05)
        raise AssertionError(f"{job_id} did not end: {job}")

    def listed(self, **query: Any) -> list[dict[str, Any]]:
        """The caller's jobs."""
        found: list[dict[str, Any]] = self.http.get("/api/v1/jobs", params={"limit": 200, **query}).json()["jobs"]
        return found


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh STUDIO_HOME for code that runs in the test's own process."""
    from config import catalog, settings
    folder = fresh_home()
    monkeypatch.setenv("STUDIO_HOME", str(folder))
    for read in (settings, catalog):
        read.cache_clear()
    yield folder
    monkeypatch.undo()
    for read in (settings, catalog):
        read.cache_clear()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def studio() -> Iterator[Studio]:
    """One running studio for all tests that change nothing others rely on."""
    with running() as one:
        yield one


@pytest.fixture
def start_studio() -> Iterator[Callable[..., Studio]]:
    """Start studios with settings of their own; they end with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(**settings))


@pytest.fixture(scope="module")
def studio_with() -> Iterator[Callable[..., Studio]]:
    """The same for a whole module."""
    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(**settings))


@contextlib.contextmanager
def running(**settings: str) -> Iterator[Studio]:
    """A studio for as long as the block lasts."""
    folder = fresh_home()
    one = Studio(folder, **settings)
    try:
        yield one.start()
    finally:
        if hasattr(one, "process"):
            one.stop() if hasattr(one, "http") else one.process.kill()
        shutil.rmtree(folder, ignore_errors=True)
