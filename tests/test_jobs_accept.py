"""What happens between asking and waiting: keys, caps, the disk floor, and many who write at once."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from jobs_house import ROOT

from config import settings
from engines.errors import Conflict, InternalError, RateLimited, StorageFull
from jobs import control, store
from jobs.control import Caller
from jobs.store import value
from studio import errors

FLAT = {"prompt": "a plain sheet", "model": "flat", "seed": 1}
WRITER = """
import sys
from jobs import capabilities, control, life
from jobs.store import write, row
for n in range(60):
    control.start("generate_image", {"prompt": "a sheet", "model": "flat"}, control.Caller(sys.argv[1]))
    with write() as db:
        seen = row("select turn from lanes where lane='io'")["turn"]
        db.execute("update lanes set turn=? where lane='io'", (seen + 1,))
    held = life.claim("cpu", "w", "", [], 0)
    life.report(held, progress=0.5)
    life.stopped(held)
"""


@pytest.fixture
def tuned(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A home whose settings a test may change; `settings.cache_clear()` makes them count."""
    yield monkeypatch
    settings.cache_clear()


def test_fifty_threads_with_one_key_make_one_job(home: Path) -> None:
    """Everybody gets the same id."""
    with ThreadPoolExecutor(50) as pool:
        ids = list(pool.map(lambda _: control.start("generate_image", FLAT | {"idempotency_key": "k"}, Caller())["id"], range(50)))
    assert len(set(ids)) == 1 and value("select count(*) from jobs") == 1


def test_a_key_belongs_to_one_request_and_one_owner(home: Path) -> None:
    """Another body under the same key is refused and stores nothing; another person may use the same key."""
    first = control.start("generate_image", FLAT | {"idempotency_key": "k"}, Caller("ann"))
    with pytest.raises(Conflict, match="use a new key"):
        control.start("generate_image", FLAT | {"idempotency_key": "k", "prompt": "another"}, Caller("ann"))
    other = control.start("generate_image", FLAT | {"idempotency_key": "k"}, Caller("bea"))
    assert first["id"] != other["id"] and value("select count(*) from jobs") == 2


def test_a_key_makes_one_song(home: Path) -> None:
    """Asking twice for a song does not store a second draft; a refused one stores none."""
    ask = {"title": "Once", "lyrics": "One line", "idempotency_key": "s"}
    ids = {control.start("illustrate_song", ask, Caller())["id"] for _ in range(3)}
    assert len(ids) == 1 and value("select count(*) from songs") == 1
    with pytest.raises(Conflict):
        control.start("illustrate_song", ask | {"title": "Twice"}, Caller())
    assert value("select count(*) from songs") == 1


def test_nothing_is_taken_in_when_the_disk_is_nearly_full(tuned: pytest.MonkeyPatch) -> None:
    """STORAGE_FULL with what to do, and no job, no song."""
    tuned.setenv("STUDIO_DISK_FLOOR_MB", str(10**9))
    settings.cache_clear()
    for kind, ask in (("generate_image", FLAT), ("illustrate_song", {"lyrics": "One line"})):
        with pytest.raises(StorageFull, match="delete something"):
            control.start(kind, ask, Caller())
    assert value("select count(*) from jobs") == value("select count(*) from songs") == 0


def test_one_owner_cannot_fill_the_queue(tuned: pytest.MonkeyPatch) -> None:
    """RATE_LIMITED beyond the cap, for that owner only."""
    tuned.setenv("STUDIO_MAX_QUEUED", "3")
    settings.cache_clear()
    for _ in range(3):
        control.start("generate_image", FLAT, Caller("ann"))
    with pytest.raises(RateLimited, match="3 of your jobs"):
        control.start("generate_image", FLAT, Caller("ann"))
    assert control.start("generate_image", FLAT, Caller("bea"))["status"] == "queued"


@pytest.mark.faults
def test_eight_processes_write_at_once(home: Path) -> None:
    """No 'database is locked', and no update is lost."""
    control.status(Caller())
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, f"p{n}"], cwd=ROOT, env=env, stderr=subprocess.PIPE) for n in range(8)]
    said = [writer.communicate()[1].decode() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 8, said
    assert value("select turn from lanes where lane='io'") >= 8 * 60
    assert value("select count(*) from jobs where status='cancelled'") == 8 * 60
    assert value("pragma integrity_check") == "ok"


def test_a_newer_database_is_refused_in_one_sentence(home: Path) -> None:
    """And stays as it was."""
    control.status(Caller())
    with closing(sqlite3.connect(home / "studio.db")) as newer, newer:
        newer.execute("insert into _sqlite_migrations(migration_set, name, applied_at) values ('troubadour', 'holograms', 'later')")
    said = subprocess.run(
        [sys.executable, "app.py", "list_jobs"], cwd=ROOT, env=os.environ | {"STUDIO_HOME": str(home)}, capture_output=True, text=True
    )
    assert said.returncode == 1 and "made by a newer Troubadour; update this one" in said.stderr and "Traceback" not in said.stderr
    with closing(sqlite3.connect(home / "studio.db")) as newer, pytest.raises(InternalError):
        store.bring_up(newer)


def test_a_crash_while_the_tables_are_made_is_mended(home: Path) -> None:
    """Each step is whole or not there; the next start finishes them."""
    from jobs import schema

    with closing(store.connect(home / "trial.db")) as half:
        broken = schema.MIGRATIONS | {"songs": schema.SONGS + ";\ncreate nonsense"}
        with pytest.MonkeyPatch.context() as patch, pytest.raises(sqlite3.OperationalError):
            patch.setattr(schema, "MIGRATIONS", broken)
            schema.bring_up(half)
        assert half.execute("select count(*) from sqlite_master where name in ('jobs', 'artifacts', 'songs')").fetchone()[0] == 2
    shutil.copy(home / "trial.db", home / "again.db")
    with closing(store.connect(home / "again.db")) as mended:
        schema.bring_up(mended)
        assert mended.execute("select count(*) from sqlite_master where name in ('jobs', 'artifacts', 'songs')").fetchone()[0] == 3


def test_a_transaction_that_cannot_be_committed_does_not_stay_open(home: Path) -> None:
    """The next write is not swallowed by it."""
    control.start("generate_image", FLAT, Caller())
    with store.write() as db:
        db.execute("create table parents(id primary key)")
        db.execute("create table kids(parent references parents(id) deferrable initially deferred)")
    store.database().execute("pragma foreign_keys=on")
    with pytest.raises(sqlite3.IntegrityError), store.write() as db:
        db.execute("insert into kids values ('nobody')")
    job = control.start("generate_image", FLAT, Caller())["id"]
    with closing(sqlite3.connect(home / "studio.db")) as other:
        assert other.execute("select count(*) from jobs where id=?", (job,)).fetchone()[0] == 1
    assert json.loads(value("select request from jobs where id=?", job))["prompt"] == FLAT["prompt"]


def test_a_database_without_room_is_told_in_words(home: Path) -> None:
    """A disk that is wholly full is STORAGE_FULL at every door, not a fault of the studio."""
    control.status(Caller())
    database = store.database()
    database.execute(f"pragma max_page_count={database.execute('pragma page_count').fetchone()[0]}")
    with pytest.raises(sqlite3.OperationalError) as full:
        for n in range(200):
            control.start("generate_image", FLAT | {"prompt": "x" * 4000, "seed": n}, Caller())
    shown = errors.shown(full.value, "corr")
    assert shown.code == "STORAGE_FULL" and "delete something" in shown.message
