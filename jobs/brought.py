"""Files given as an https address: fetched behind the guard, checked as every upload is, and from then on an upload of the caller's.

So a program that has no file at hand (over MCP, say) can name a picture on the web. Addresses are opened once, when the job is taken in,
and never again; the job keeps the upload's id.
"""

import threading
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from config import settings
from engines.clients import guard
from engines.clients.exchange import Limits
from engines.errors import BadRequest, RateLimited, Unavailable
from jobs import files
from jobs.store import home, rows

SECONDS = 30.0
AT_ONCE = 4
MOST = 10
WEB = ("https://", "http://")
ALSO = {"audio/": ("audio/", "video/")}
"""What is taken in place of a kind: the sound of a film, where one with sound is an upload's as well."""
_places = threading.BoundedSemaphore(AT_ONCE)


def uploaded(values: dict[str, Any], takes: dict[str, str], fields: Iterable[str], owner: str) -> dict[str, Any]:
    """The same values with ids in place of addresses; `takes` says how the media type of a field's file begins.

    Raises BadRequest that names the field, RateLimited while others are being fetched, and what an upload raises.
    """
    found = {name: values[name] for name in fields if takes[name] and _addresses(values.get(name))}
    if not found:
        return values
    if sum(len(_addresses(given)) for given in found.values()) > MOST:
        raise BadRequest(f"at most {MOST} files can be given as addresses; upload the others first", fields=[*found])
    if not _places.acquire(timeout=SECONDS / 2):
        raise RateLimited("Others are having files fetched; try again in a moment, or upload the file.", retry_after=5)
    try:
        until = time.monotonic() + SECONDS
        return values | {name: _exchanged(name, given, takes[name], owner, until) for name, given in found.items()}
    finally:
        _places.release()


def _addresses(given: Any) -> list[str]:
    listed = given if isinstance(given, list) else [given]
    return [each for each in listed if isinstance(each, str) and each.lower().startswith(WEB)]


def _exchanged(name: str, given: Any, kind: str, owner: str, until: float) -> Any:
    if isinstance(given, list):
        return [_exchanged(name, each, kind, owner, until) for each in given]
    return _kept(name, given, kind, owner, until) if _addresses(given) else given


def _kept(name: str, address: str, kind: str, owner: str, until: float) -> str:
    """The id of an upload with what lies behind the address; the same file twice is one upload."""
    part = home() / "work" / f"{uuid.uuid4().hex}.part"  # what a crash leaves there is swept at the next start
    limits = Limits(max(0.05, until - time.monotonic()), settings().max_upload_mb)
    try:
        guard.fetch(address, part, guard.Wanted(ALSO.get(kind, kind), "you"), lambda: None, limits)
        filename = unquote(urlsplit(address).path).rpartition("/")[2][:100] or "fetched"
        if known := _twin(part, filename, owner):
            return known
        with open(part, "rb") as file:
            return str(files.save_upload(file, filename, owner)["id"])
    except Unavailable as error:
        raise BadRequest(f"{name}: {error.message}", fields=[name]) from None
    finally:
        part.unlink(missing_ok=True)


def _twin(part: Path, filename: str, owner: str) -> str:
    """An upload of the same name and bytes; empty if there is none. So the same request stays the same request."""
    alike = rows("select id, path from uploads where owner=? and name=? and bytes=?", owner, filename, part.stat().st_size)
    kept = [(str(each["id"]), home() / each["path"]) for each in alike]
    return next((ident for ident, path in kept if path.is_file() and path.read_bytes() == part.read_bytes()), "")
