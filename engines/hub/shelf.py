"""Where models lie: a folder per row within the models folder, and beside them what is still on its way.

A model comes into `.downloads/<row>/<commit>/`, every file as `<name>.part` until its sum is right, and moves to its place in one
rename when all are there. So a folder of a model is whole or not there at all, and what had come before a stop is found again.

A row that pins no commit is pinned by its first download: the newest commit then is written down with the model, and no other comes
in its place until the model is deleted.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config import ModelRow
from engines.errors import BadRequest, ModelNotReady
from engines.weights import brought, home, how_to_get

COMING, GONE = ".downloads", ".gone"
RECORD = ".troubadour.json"
PART = ".part"
COMMIT = re.compile(r"[0-9a-f]{40}")


class Shelf:
    """The places of one row's files."""

    def __init__(self, row: ModelRow) -> None:
        """BadRequest if nothing of it is to be downloaded or deleted here."""
        weights = row.weights
        if weights is None:
            raise BadRequest(f"{row.title or row.name} has no weights to download; it needs none, or they are elsewhere.", fields=["model"])
        self.row = row
        self.place = home() / (weights.folder or row.name)
        if home().resolve() not in self.place.parent.resolve().parents and self.place.parent.resolve() != home().resolve():
            raise BadRequest(f"{row.title or row.name} lies in a folder of your own, which is left alone.", fields=["model"])
        self.commit = weights.revision or self._taken()

    @property
    def coming(self) -> Path:
        """Where what is on its way lies."""
        return home() / COMING / key(self.row) / (self.commit or "-")

    def _taken(self) -> str:
        """The commit that an earlier download of a row without one has taken, whole or not; empty before the first."""
        begun = [path.name for path in (home() / COMING / key(self.row)).glob("*") if COMMIT.fullmatch(path.name)]
        noted = str(self.record().get("revision", ""))
        return noted if COMMIT.fullmatch(noted) else next(iter(begun), "")

    def pin(self, commit: object) -> str:
        """Stay with the commit that the hub answered with. ModelNotReady if it is none, or another than was asked for."""
        if not COMMIT.fullmatch(str(commit)) or self.commit not in ("", commit):
            raise ModelNotReady("The hub does not tell what is in that repository at the pinned revision; check STUDIO_HUB and the row.")
        self.commit = str(commit)
        return self.commit

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else is bringing or deleting this model while the block lasts; the system lets go for one that dies."""
        self.coming.parent.mkdir(parents=True, exist_ok=True)
        with open(home() / COMING / f"{key(self.row)}.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True

    def open(self) -> Path:
        """The folder for what is coming, with what is of use from an earlier one that is not whole; parts of other commits go."""
        for other in self.coming.parent.glob("*"):
            if other != self.coming:
                _away(other)
        if self.place.is_dir() and not self.place.is_symlink() and not self.coming.exists():
            os.replace(self.place, self.coming)
            for path in [path for path in self.coming.rglob("*") if path.is_file() and not path.name.endswith(PART)]:
                os.replace(path, path.with_name(path.name + PART))
        self.coming.mkdir(parents=True, exist_ok=True)
        return self.coming

    def held(self) -> int:
        """Bytes that have come so far and are not in place yet."""
        with contextlib.suppress(OSError):
            return sum(path.stat().st_size for path in self.coming.rglob("*") if path.is_file())
        return 0

    def bytes(self) -> int:
        """Bytes of the model in its place."""
        with contextlib.suppress(OSError):
            return sum(path.stat().st_size for path in self.place.rglob("*") if path.is_file())
        return 0

    def publish(self, record: dict[str, Any]) -> None:
        """Put the model in its place, with the files of the record, the record itself, and nothing else."""
        wanted = {self.coming / name for name in record["files"]}
        for path in sorted(self.coming.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                with contextlib.suppress(OSError):  # not empty
                    path.rmdir()
            elif path not in wanted:
                path.unlink()
        (self.coming / RECORD).write_text(json.dumps(record, indent=1, ensure_ascii=False), "utf-8")
        self.place.parent.mkdir(parents=True, exist_ok=True)
        if self.place.exists() or self.place.is_symlink():
            _away(self.place)
        os.replace(self.coming, self.place)

    def remove(self) -> int:
        """Delete the model and what was coming of it; the bytes that are free again. A linked folder stays, its link goes."""
        freed = self.held() + (0 if self.place.is_symlink() else self.bytes())
        for path in (self.place, self.coming.parent):
            if path.exists() or path.is_symlink():
                _away(path)
        return freed

    def whole(self) -> bool:
        """Whether the model in its place is of the commit that counts and has all its files, by their sizes."""
        record, weights = self.record(), self.row.weights
        files = record.get("files")
        if weights is None or record.get("revision") != self.commit or not isinstance(files, dict):
            return False
        with contextlib.suppress(OSError, KeyError, TypeError):
            return all((self.place / name).stat().st_size == about["bytes"] for name, about in files.items())
        return False

    def record(self) -> dict[str, Any]:
        """Where the model in its place is from; empty if a person put it there."""
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((self.place / RECORD).read_text("utf-8"))
            return found if isinstance(found, dict) else {}
        return {}


def key(row: ModelRow) -> str:
    """What rows have in common whose models lie in one folder."""
    return ((row.weights.folder if row.weights else "") or row.name).replace("/", "--")


def sweep() -> None:
    """Finish deletions that a crash cut short."""
    for left in (home() / COMING).glob(f"{GONE}-*"):
        shutil.rmtree(left, ignore_errors=True)


def free() -> int:
    """Bytes that are free where models lie."""
    place = home()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def refuse_unbrought(row: ModelRow) -> None:
    """BadRequest or ModelNotReady for a row whose weights are not brought from here, with what to do instead."""
    weights, name = row.weights, row.title or row.name
    if weights is None or not weights.repo:
        raise BadRequest(f"{name} names no repository to download from; put its folder there by hand.", fields=["model"])
    if not brought(row):
        raise ModelNotReady(f"The weights of {name} are pickles, which the studio does not bring; {how_to_get(row)}")


def _away(path: Path) -> None:
    """Take something out of the way in one step, then delete it."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    (home() / COMING).mkdir(parents=True, exist_ok=True)
    gone = home() / COMING / f"{GONE}-{uuid.uuid4().hex}"
    os.replace(path, gone)
    shutil.rmtree(gone, ignore_errors=True)
