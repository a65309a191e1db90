"""The store: one SQLite file that is the truth. Connections are per thread; every write is BEGIN IMMEDIATE and durable."""

import contextlib
import errno
import fcntl
import functools
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config import settings
from engines.errors import InternalError, StorageFull, StudioError, Unavailable
from jobs.schema import bring_up

Row = sqlite3.Row
_local = threading.local()
_ready: set[tuple[int, Path]] = set()
_opening = threading.Lock()


def home() -> Path:
    """STUDIO_HOME with its folders made, private to this user."""
    return _furnished(settings().home)


@functools.lru_cache(4)
def _furnished(folder: Path) -> Path:
    try:
        for part in (folder, folder / "uploads", folder / "work", folder / "outputs"):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = (error.strerror or "it cannot be written").lower()
        raise InternalError(f"STUDIO_HOME cannot be used ({why}); set it to a folder that this user may write to.") from error
    return folder


class Connection(sqlite3.Connection):
    """One that knows whether its commits wait for the disk."""

    durable = True


def connect(path: Path) -> Connection:
    """A connection of our kind: WAL, synchronous FULL, 30 s patience, explicit transactions."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, factory=Connection)
    connection.row_factory = sqlite3.Row
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    connection.execute("pragma temp_store=memory")
    return connection


def database() -> Connection:
    """This thread's connection; the first one of a process migrates the file under a lock."""
    folder = settings().home
    key = (os.getpid(), folder)
    held: dict[tuple[int, Path], Connection] = _local.__dict__.setdefault("held", {})
    if key not in held:
        path = folder / "studio.db"
        with _opening:
            if key not in _ready:
                _bring_up(path)
                _ready.add(key)
        held[key] = connect(path)
    return held[key]


def _bring_up(path: Path) -> None:
    with open(home() / "studio.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with contextlib.closing(connect(path)) as connection:
                bring_up(connection)
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # busy, or the disk is full: the file itself is sound
                raise
            raise InternalError(
                f"studio.db is damaged ({error}). Put a copy of it back, or move it out of STUDIO_HOME: "
                "the studio then begins anew, and finished work stays in outputs."
            ) from error


def rows(sql: str, *values: Any) -> list[Row]:
    """All rows of a query."""
    return database().execute(sql, values).fetchall()


def row(sql: str, *values: Any) -> Row | None:
    """The first row of a query, or None."""
    found: Row | None = database().execute(sql, values).fetchone()
    return found


def value(sql: str, *values: Any) -> Any:
    """The first column of the first row, or None."""
    found = row(sql, *values)
    return found[0] if found else None


@contextlib.contextmanager
def write(durable: bool = True) -> Iterator[sqlite3.Connection]:
    """One transaction that no other writer can interleave with.

    Durable ones survive a power cut (synchronous FULL). The others, claims and progress, survive any crash of ours;
    after a power cut the job is simply claimed again.
    """
    db = database()
    if db.in_transaction:
        yield db
        return
    if db.durable != durable:
        db.execute("pragma synchronous=full" if durable else "pragma synchronous=normal")
        db.durable = durable
    db.execute("begin immediate")
    try:
        yield db
        db.execute("commit")
    except BaseException:
        if db.in_transaction:  # a full disk rolls back by itself; a commit that failed leaves the transaction open
            db.execute("rollback")
        raise


def trouble(error: BaseException) -> StudioError | None:
    """What an error says about the disk or the database, in a sentence; None if it is about something else."""
    full = isinstance(error, sqlite3.OperationalError) and "full" in str(error)
    if full or isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull("The disk is full; delete something and try again.")
    if isinstance(error, sqlite3.OperationalError):
        return Unavailable("The studio's database is too busy; try again in a moment.")
    return None


def dumps(data: Any) -> str:
    """JSON as the store keeps it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def insert(db: sqlite3.Connection, table: str, record: dict[str, Any]) -> int:
    """Insert one record whose keys are column names of ours; returns the row number."""
    columns = ", ".join(record)
    marks = ", ".join("?" * len(record))
    cursor = db.execute(f"insert into {table}({columns}) values ({marks})", tuple(record.values()))
    return int(cursor.lastrowid or 0)
