"""A house of jobs without the page: a supervisor with real worker processes on a home of its own, and hands to disturb it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import fresh_home
from invariants import ENDED

from config import catalog
from config import settings as read_settings
from jobs import capabilities, control
from jobs.control import Caller
from jobs.store import Row, row, value

ROOT = Path(__file__).parent.parent
SERVE = "import sys; sys.path[:0] = ['.', 'tests']; from jobs_house import serve; sys.exit(serve())"
ROW = '{name}: {{engine: "tests.trial_engines:{engine}", for: [generate_image], hidden: true, lane: {lane}{more}}}\n'
assert capabilities.__doc__  # importing it declares the job kinds
QUICK = {"lease_seconds": 2, "grace_seconds": 2}


def rows_of(*extra: tuple[str, str, str, str]) -> str:
    """models.yaml with a row per trial engine, and further ones as (name, engine, lane, more)."""
    plain = [(name.lower(), name, "cpu", "") for name in ("Slow", "Poison", "Full", "Rude", "Quitter", "Nosy")]
    others = [
        ("deaf", "Deaf", "cpu", ", options: {seconds: 60}"),
        ("dozy", "Deaf", "cpu", ", options: {seconds: 1.5}"),
        ("mute", "Deaf", "cpu", ", options: {seconds: 60}, stall_seconds: 1"),
        ("flaky", "Flaky", "cpu", ", options: {times: 2, after: 0.1}"),
        ("away", "Flaky", "cpu", ", options: {times: 99, after: 0.1}"),
        ("hesitant", "Flaky", "cpu", ", options: {times: 1}"),
        ("heavy", "Slow", "cpu", ", options: {load: 1.5}"),
        ("warm-a", "WarmA", "gpu", ""),
        ("warm-b", "WarmB", "gpu", ""),
    ]
    return "".join(ROW.format(name=name, engine=engine, lane=lane, more=more) for name, engine, lane, more in [*plain, *others, *extra])


def patience(seconds: float) -> float:
    """So many seconds on a machine with nothing else to do; more on one that is busy."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def eventually(test: Callable[[], Any], seconds: float = 20, what: str = "it") -> Any:
    """The first true answer of a test; AssertionError when it does not come in time."""
    began, deadline = time.monotonic(), time.monotonic() + patience(seconds)
    while (now := time.monotonic()) < deadline:
        if answer := test():
            return answer
        time.sleep(min(0.1, 0.02 + (now - began) / 50))
    raise AssertionError(f"{what} did not happen within {seconds} s")


def stored(job_id: str) -> Row:
    """A job as it stands in the store."""
    found = row("select * from jobs where id=?", job_id)
    assert found is not None
    return found


class House:
    """Worker processes on a home; `with House(home) as house:` opens it and ends it."""

    def __init__(self, home: Path, models: str = "", **settings: Any) -> None:
        self.home = home
        (home / "models.yaml").write_text(models or rows_of())
        catalog.cache_clear()
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "House":
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, **settings: Any) -> "House":
        """Start the supervisor, and wait until its workers are there."""
        self.settings |= settings
        env = {name: value for name, value in os.environ.items() if not name.startswith("STUDIO_")} | {
            f"STUDIO_{name.upper()}": str(value) for name, value in ({"home": self.home} | QUICK | self.settings).items()
        }
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE],
                cwd=ROOT,
                env=env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        eventually(lambda: self.process.poll() is not None or (self.home / "house.ready").exists(), 60, "the house's opening")
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        (self.home / "house.ready").unlink()
        return self

    @property
    def log(self) -> Path:
        """What all its processes say."""
        return self.home / "house.log"

    def close(self, sign: int = signal.SIGTERM, seconds: float = 30) -> int:
        """End it by a signal; what it returned."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise

    def workers(self, lane: str = "cpu") -> list[int]:
        """The pids of its workers of a lane."""
        assert self.process is not None
        found = []
        for pid in children(self.process.pid):
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if b"worker" in words and lane.encode() in words:
                    found.append(pid)
        return found

    def start(self, model: str, **values: Any) -> str:
        """Submit a picture; the id of its job."""
        owner = values.pop("owner", "local")
        given = {"prompt": f"a sheet of {model}", "model": model, "width": 64, "height": 64} | values
        return str(control.start("generate_image", given, Caller(owner))["id"])

    def until(self, ids: Iterable[str], seconds: float = 60) -> list[Row]:
        """The jobs when all have ended."""
        ids = list(ids)
        marks = ",".join("?" * len(ids))
        live = f"select count(*) from jobs where id in ({marks}) and completed_at is null"
        eventually(lambda: not value(live, *ids), seconds, f"the end of {len(ids)} jobs")
        return [stored(each) for each in ids]

    def until_status(self, job_id: str, *statuses: str, seconds: float = 20) -> Row:
        """The job when it is in one of these states, or has ended."""
        eventually(lambda: stored(job_id)["status"] in {*statuses, *ENDED}, seconds, f"{statuses} of {job_id}")
        found = stored(job_id)
        assert found["status"] in statuses, f"{found['status']} {found['error']}"
        return found

    def holder(self, job_id: str) -> int:
        """The pid of the worker that runs a job, once one does."""
        return int(eventually(lambda: stored(job_id)["worker"], 20, f"a worker for {job_id}").split(":")[1])


@contextlib.contextmanager
def furnished(models: str = "", **settings: Any) -> Iterator[House]:
    """An open house on a fresh home, for several tests."""
    folder = fresh_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_HOME", str(folder))
        read_settings.cache_clear()
        try:
            with House(folder, models, **settings) as house:
                yield house
        finally:
            patch.undo()
            read_settings.cache_clear()
            catalog.cache_clear()
            shutil.rmtree(folder, ignore_errors=True)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(each) for each in task.read_text().split()]
    return found


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that stands still for as long as the block lasts."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def serve() -> int:
    """What a house's process does: supervise until told to stop."""
    from jobs import logs, process
    from jobs.supervisor import Supervisor

    process.die_with_parent(os.getppid())  # a test run that is cut short leaves no house behind
    logs.to_stderr()
    wait = process.bell(signal.SIGTERM, signal.SIGINT)
    supervisor = Supervisor()
    if only := os.environ.get("HOUSE_LANES"):  # a worker that has nothing to do costs two seconds to start
        supervisor._lanes = only.split()
    supervisor.start()
    (Path(os.environ["STUDIO_HOME"]) / "house.ready").touch()
    wait()
    supervisor.stop()
    return 0
