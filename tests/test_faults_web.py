"""The whole studio with its page: what it said yes to is there after every kind of end."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from conftest import ROOT, Studio
from invariants import assert_invariants
from jobs_house import children, eventually, patience

from jobs import control, process
from jobs.control import Caller

pytestmark = pytest.mark.faults
FLAT = {"prompt": "a plain sheet", "model": "flat", "width": 64, "height": 64}


def ask(studio: Studio, count: int, **values: object) -> list[str]:
    """Submit pictures through REST; their ids."""
    return [studio.http.post("/api/v1/generate_image", json=FLAT | {"seed": n} | values).json()["id"] for n in range(count)]


def test_kill_9_of_the_web_process_and_of_everything(start_studio: Callable[..., Studio]) -> None:
    """Fifty accepted jobs are known and done under their ids by the next one, which answers and works within seconds."""
    studio = start_studio()
    ids = ask(studio, 49)
    ids += ask(studio, 1, model="sketch", width=1024, height=1024)
    pids = children(studio.process.pid)
    studio.stop(signal.SIGKILL)
    eventually(lambda: not any(process.started(pid) for pid in pids), 5, "the end of the workers")
    studio.start()
    began = time.monotonic()
    more = ask(studio, 5)
    for pid in [*children(studio.process.pid), studio.process.pid]:
        os.kill(pid, signal.SIGKILL)
    studio.stop()
    studio.start()
    ended = [studio.until(each) for each in ids + more]
    assert {job["status"] for job in ended} == {"complete"} and {job["attempts"] for job in ended} == {1}
    print(f"55 jobs done {time.monotonic() - began:.1f} s after the first restart")
    assert studio.stop() == 0
    assert_invariants(studio.home, ids + more)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_an_orderly_end_with_a_job_running(start_studio: Callable[..., Studio], sign: signal.Signals) -> None:
    """0 within the grace period, and the job is either done or back in the queue with no attempt used."""
    studio = start_studio(grace_seconds="3")
    job = ask(studio, 1, model="sketch", width=2048, height=2048, style="cinematic")[0]
    eventually(lambda: studio.http.get(f"/api/v1/jobs/{job}").json()["status"] not in ("queued",))
    began = time.monotonic()
    if sign == signal.SIGTERM:  # twice is no reason to hurry
        studio.process.send_signal(sign)
        time.sleep(0.5)
    assert studio.stop(sign) == 0
    assert time.monotonic() - began < patience(3 + 2)
    assert_invariants(studio.home, [job])
    if sign == signal.SIGTERM:
        studio.start()
        done = studio.until(job, 90)
        assert done["status"] == "complete" and done["attempts"] == 1


def test_a_home_that_cannot_be_used_is_refused_at_the_door(home: Path) -> None:
    """A damaged database, or a file where the folder should be: one sentence on stderr, and nothing listens."""
    (home / "studio.db").write_bytes(b"no database at all" * 500)
    for folder, words in ((home, "studio.db is damaged"), (home / "studio.db", "STUDIO_HOME cannot be used")):
        said = run(folder, "app.py")
        assert said.returncode == 1 and words in said.stderr and "Traceback" not in said.stderr and not said.stdout


def test_a_newer_database_is_refused_at_the_door(home: Path) -> None:
    """One sentence on stderr and an end, not a page without workers."""
    control.status(Caller())
    with closing(sqlite3.connect(home / "studio.db")) as newer, newer:
        newer.execute("insert into _sqlite_migrations(migration_set, name, applied_at) values ('troubadour', 'holograms', 'later')")
    said = run(home, "app.py")
    assert said.returncode == 1 and "made by a newer Troubadour; update this one" in said.stderr and "Traceback" not in said.stderr


def test_the_web_process_imports_no_models(home: Path) -> None:
    """Neither torch, nor what stands on it, nor what speaks to other people's."""
    heavy = "{'torch', 'diffusers', 'transformers', 'openai'}"
    said = run(home, "-c", f"import sys; from studio.serve import build; build(); print(sorted({heavy} & set(sys.modules)))")
    assert said.stdout.strip() == "[]", said.stderr


def run(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Python in the project's root on this home, to its end."""
    env = os.environ | {"STUDIO_HOME": str(home), "STUDIO_PORT": "0"}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
