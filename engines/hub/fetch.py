"""The files of a model come one after another: taken up where they broke off, known by their sums, as long as the disk has room."""

import contextlib
import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, Field

from config import settings
from engines.errors import ModelNotReady, StorageFull, Unavailable
from engines.hub import shelf
from engines.hub.contents import File
from engines.hub.stream import Broken, Hub, Refused, Stream

PIECE = 1 << 20
TELL, LOOK_AT_DISK = 0.2, 2.0
SEEN = 8.0
"""Seconds over which the pace is taken."""
Say = Callable[[int, str, float | None], None]


class Conduct(BaseModel):
    """Options of the hub's row: how patient a download is."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    patience_seconds: float = Field(30.0, gt=0, le=600, description="How long nothing may come before the connection is made anew")
    tries: int = Field(5, ge=1, le=100, description="How often in a row, with little coming in between, before the job is given back")
    least_kb: float = Field(4.0, ge=0, description="Kilobytes a second below which a connection counts as broken")
    rest_seconds: float = Field(1.0, gt=0, le=60, description="Pause before the second try; it doubles with every further one")


@dataclass
class Meter:
    """How much has come, how fast, and how long the rest will take. `say(bytes, words, seconds left)` is also where a cancel is heard."""

    total: int
    say: Say
    done: int = 0
    _told: float = 0.0
    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, size: int, note: str = "") -> None:
        """So much more is here."""
        self.done += size
        now = time.monotonic()
        if now - self._told < TELL:
            return
        self._told = now
        self._seen.append((now, self.done))
        while len(self._seen) > 2 and self._seen[0][0] < now - SEEN:
            self._seen.popleft()
        pace = self.pace()
        left = (self.total - self.done) / pace if pace > 0 and not note else None
        self.say(self.done, note or f"{size_of(self.done)} of {size_of(self.total)}{f', {size_of(pace)}/s' if pace > 0 else ''}", left)

    def wait(self, note: str) -> None:
        """Nothing comes at the moment."""
        self._seen.clear()
        self._told = 0.0
        self.add(0, note)

    def check(self) -> None:
        """Say it again, so that a cancel is heard while nothing comes."""
        self.add(0)

    def pace(self) -> float:
        """Bytes a second over the last while; 0 if nobody can tell yet."""
        if len(self._seen) < 2:
            return 0.0
        (before, then), (now, here) = self._seen[0], self._seen[-1]
        return max(0.0, (here - then) / (now - before))


def size_of(count: float) -> str:
    """Bytes as a person would say them."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


class Bringer:
    """Brings the files of one model into a folder."""

    def __init__(self, hub: Hub, source: tuple[str, str], folder: Path, meter: Meter, conduct: Conduct) -> None:
        """source: the repository and its commit."""
        self.hub, self.folder, self.meter, self.conduct = hub, folder, meter, conduct
        self.repo, self.revision = source
        self._looked = 0.0

    def bring(self, files: list[File]) -> None:
        """All of them. Raises StorageFull, ModelNotReady, Unavailable, RateLimited, and what the meter raises."""
        missing = [file for file in files if not self._here(file)]
        self.meter.done = sum(file.size for file in files) - sum(file.size for file in missing)
        self._room(sum(max(0, file.size - self._part_size(file)) for file in missing))
        for file in missing:
            self._one(file)

    def _here(self, file: File) -> bool:
        with contextlib.suppress(OSError):
            return (self.folder / file.name).stat().st_size == file.size
        return False

    def _path(self, file: File) -> Path:
        return self.folder / (file.name + shelf.PART)

    def _part_size(self, file: File) -> int:
        with contextlib.suppress(OSError):
            return self._path(file).stat().st_size
        return 0

    def _one(self, file: File) -> None:
        """One file, from what is here of it to its place; a wrong sum is tried once more from the beginning."""
        path = self._path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        for again in (True, False):
            with open(path, "a+b") as held:
                part = Part(file, held)
                for size in part.known():
                    self.meter.add(size, f"Looking through what is here of {file.name}")
                self._whole(part)
                os.fsync(held.fileno())
            if part.right():
                os.replace(path, self.folder / file.name)
                return
            path.unlink()
            self.meter.done -= file.size
            if again:
                self.meter.wait(f"{file.name} came damaged, once more")
        raise ModelNotReady(f"{file.name} is not what the pinned commit holds (its checksum differs, twice); nothing of it was kept.")

    def _whole(self, part: "Part") -> None:
        """Read until it is whole, over as many connections as it takes, while each brings something worth while."""
        failures = 0
        while part.left:
            mark = part.size
            try:
                self._connection(part)
            except Broken as error:
                failures = 1 if part.size - mark >= PIECE else failures + 1
                if failures >= self.conduct.tries:
                    raise Unavailable(f"{self.hub.name} {error}. What has come is kept.") from None
                self._rest(self.conduct.rest_seconds * 2 ** (failures - 1), f"{self.hub.name} {error}; trying again")
            except Refused as error:
                raise refusal(self.repo, error.status, self.hub) from None

    def _connection(self, part: "Part") -> None:
        """As much of the rest as one connection brings."""
        self.meter.wait(f"Asking {self.hub.name} for {part.file.name}")
        stream = self.hub.file(self.repo, self.revision, part.file.name, part.size, self.meter.check)
        try:
            if part.size and not _continues(stream, part.size):
                self.meter.done -= part.size
                part.clear()
                if stream.status == 206:
                    raise Broken("sends another part of it than was asked for")
            began, mark = time.monotonic(), part.size
            while part.left:
                piece = stream.piece(self.meter.check)[: part.left]
                if not piece:
                    raise Broken("broke the connection off")
                part.write(piece)
                self.meter.add(len(piece))
                self._watch(part, part.size - mark, time.monotonic() - began)
        finally:
            stream.close()

    def _watch(self, part: "Part", came: int, seconds: float) -> None:
        """The pace, and the room that is left."""
        if seconds > 2 * self.conduct.patience_seconds and came < seconds * self.conduct.least_kb * 1000:
            raise Broken(f"sends less than {self.conduct.least_kb:g} kB a second")
        if time.monotonic() - self._looked > LOOK_AT_DISK:
            part.held.flush()
            self._room(part.left)

    def _room(self, needed: int) -> None:
        """StorageFull before the disk is: what must stay free stays free."""
        self._looked = time.monotonic()
        spare, floor = shelf.free(), settings().disk_floor_mb << 20
        if spare - needed < floor:
            raise StorageFull(
                f"{size_of(needed)} are still to come, {size_of(spare)} are free, and {size_of(floor)} must stay so. Delete something, or"
                " set STUDIO_MODELS_FOLDER to a larger disk, then resume; what has come is kept.", free_mb=spare >> 20,
            )  # fmt: skip

    def _rest(self, seconds: float, note: str) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.meter.wait(note)
            time.sleep(TELL)


class Part:
    """What is here of a file, and the sum of it so far."""

    def __init__(self, file: File, held: IO[bytes]) -> None:
        """held: open for appending and reading."""
        self.file, self.held = file, held
        self.clear(held.seek(0, os.SEEK_END) <= file.size)

    def clear(self, keep: bool = False) -> None:
        """Begin anew, or keep what lies there to be looked through."""
        if not keep:
            self.held.truncate(0)
        self.size = 0
        git = b"blob %d\0" % self.file.size
        self._sum = hashlib.sha256() if self.file.sha256 else hashlib.sha1(git, usedforsecurity=False)

    def known(self) -> Iterator[int]:
        """Look through what lies there, piece by piece: the size of each."""
        self.held.seek(0)
        while piece := self.held.read(PIECE):
            self._sum.update(piece)
            self.size += len(piece)
            yield len(piece)

    def write(self, piece: bytes) -> None:
        """Append what has come."""
        self.held.write(piece)
        self._sum.update(piece)
        self.size += len(piece)

    @property
    def left(self) -> int:
        """Bytes still to come."""
        return self.file.size - self.size

    def right(self) -> bool:
        """Whether its sum is the one it is known by."""
        return self._sum.hexdigest() == (self.file.sha256 or self.file.blob)


def _continues(stream: Stream, start: int) -> bool:
    """Whether a reply to a Range goes on where it was asked to."""
    return stream.status == 206 and stream.headers.get("content-range", "").startswith(f"bytes {start}-")


def refusal(repo: str, status: int, hub: Hub) -> ModelNotReady:
    """What to do about a hub that says no."""
    terms = f"{hub.address}/{repo}"
    if status in (401, 403):
        known = "the token it was shown may not read it" if hub.token else "it wants to know who you are"
        return ModelNotReady(
            f"{hub.name} does not give {repo} away: {known}. Agree to its terms at {terms}, make a token at {hub.address}/settings/tokens,"
            " and set HF_TOKEN in the environment or in secrets.yaml.", terms=terms,
        )  # fmt: skip
    if status == 404:
        return ModelNotReady(f"{hub.name} has no {repo} at the pinned commit any more; choose another model, or mend the row.")
    return ModelNotReady(f"{hub.name} refuses {repo} (status {status}); check STUDIO_HUB.")
