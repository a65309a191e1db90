"""Files in and out of Gradio. What a client uploaded becomes an upload of the studio; what the studio made is lent to Gradio.

Gradio serves whatever lies in its own folder to anyone who knows the path. So that folder holds nothing but what came
in through its upload route and copies (hard links where possible) of finished work under names nobody can guess; every
path in it has an owner, and no path a person sends is opened unless it was uploaded here by that same owner.
"""
import contextlib
import hashlib
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import platformdirs

from config import settings
from engines.errors import BadRequest, StudioError
from jobs import files as kept
from jobs import process
from jobs.control import Caller
from jobs.declared import Door
from studio import access

META = {"_type": "gradio.FileData"}
MAX_AGE = 24 * 3600.0

_owners: dict[str, str] = {}
_lock = threading.Lock()


def home_folder() -> Path:
    """Where every process that serves this STUDIO_HOME keeps its Gradio folder; never inside STUDIO_HOME itself."""
    name = hashlib.sha256(str(settings().home).encode()).hexdigest()[:16]
    return Path(platformdirs.user_cache_dir("troubadour", appauthor=False)) / "gradio" / name


def gradio_folder() -> Path:
    """This process's own Gradio folder."""
    return home_folder() / f"{os.getpid()}-{process.started(os.getpid())}"


def prepare() -> None:
    """Before Gradio is imported: an empty folder of our own; those of dead processes go."""
    for left in home_folder().parent.glob("*/*-*"):
        pid, _, start = left.name.partition("-")
        if left == gradio_folder() or process.started(int(pid)) != start:
            _discard(left)
    gradio_folder().mkdir(parents=True, mode=0o700)
    os.environ["GRADIO_TEMP_DIR"] = str(gradio_folder())


def own(path: str, owner: str) -> None:
    """Remember whose file this is."""
    with _lock:
        _owners[os.path.abspath(path)] = owner


def owner_of(path: str) -> str | None:
    """Whose file this is, None if it is nobody's."""
    return _owners.get(os.path.abspath(path))


def is_file_data(value: Any) -> bool:
    """Whether Gradio would take this for a file."""
    return isinstance(value, dict) and "path" in value and "meta" in value


def _well_formed(value: dict[str, Any]) -> bool:
    """As Gradio's clients send it; Gradio itself would stumble over anything else."""
    words = ("url", "orig_name", "mime_type")
    return (isinstance(value["path"], str) and value["meta"] == META and isinstance(value.get("size"), int | None)
            and all(isinstance(value.get(name), str | None) for name in words) and not value.get("is_stream"))


def foreign(value: Any, owner: str) -> bool:
    """Whether a path that this owner did not upload hides anywhere in a value."""
    if is_file_data(value):
        return not _well_formed(value) or owner_of(value["path"]) != owner
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(foreign(each, owner) for each in inside)


def take(door: Door, values: dict[str, Any], who: Caller) -> dict[str, Any]:
    """The values with every uploaded FileData turned into an upload id; any other path is refused."""
    return {name: _taken(value, who) if name in door.files else _refused(name, value) for name, value in values.items()}


def _taken(value: Any, who: Caller) -> Any:
    if isinstance(value, list):
        return [_taken(each, who) for each in value]
    if not is_file_data(value):
        return value
    if foreign(value, who.owner):
        raise BadRequest("this file was not uploaded here; upload it first (gradio_client's handle_file does) or send an id")
    path = Path(value["path"])
    try:
        with open(path, "rb") as stream:
            return kept.save_upload(stream, value.get("orig_name") or path.name, who.owner)["id"]
    except FileNotFoundError:
        raise BadRequest("this upload is no longer there; send the file again") from None


def _refused(name: str, value: Any) -> Any:
    if foreign(value, "") or (is_file_data(value)):
        raise BadRequest(f"{name} does not take a file", fields=[name])
    return value


def give(answer: dict[str, Any], who: Caller) -> dict[str, Any]:
    """A door's answer as Gradio may send it: a job's outputs with their files, and nothing else that looks like one."""
    answer = {name: defused(value) for name, value in answer.items() if name != "outputs"} | {
        name: value for name, value in answer.items() if name == "outputs"}
    if isinstance(answer.get("outputs"), list) and "kind" in answer:
        answer["outputs"] = [{**each, "file": _lent(each, answer, who)} for each in answer["outputs"]]
    return answer


def defused(value: Any) -> Any:
    """The same data, so that Gradio takes no part of it for a file to be copied and served."""
    if isinstance(value, list):
        return [defused(each) for each in value]
    if isinstance(value, dict):
        return {name: defused(each) for name, each in value.items() if not (name == "meta" and "path" in value)}
    return value


def _shelf(job_id: str) -> str:
    """The folder name under which a job's copies are lent; the same in every process, guessed by nobody."""
    return "lent-" + access.sign("lent", job_id).rpartition(".")[2]


def _lent(output: dict[str, Any], job: dict[str, Any], who: Caller) -> dict[str, Any] | None:
    try:
        file = kept.artifact(output["id"], who.owner)
    except StudioError:
        return None
    place = gradio_folder() / _shelf(job["id"]) / output["id"] / file.filename
    place.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        _copy(file.path, place)
    own(str(place), who.owner)
    return {"path": str(place), "orig_name": file.filename, "mime_type": file.media_type, "size": place.stat().st_size,
            "url": None, "meta": META}


def _copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # another file system
        shutil.copyfile(source, target)


def forget(job_id: str) -> None:
    """Take back every copy of this job's files that any process of this studio has lent to Gradio."""
    for place in home_folder().glob(f"*/{_shelf(job_id)}"):
        shutil.rmtree(place, ignore_errors=True)
        with _lock:
            for path in [path for path in _owners if path.startswith(f"{place}{os.sep}")]:
                del _owners[path]


def sweep() -> None:
    """Remove what has lain in the Gradio folder for a day, and what is remembered of it."""
    old = time.time() - MAX_AGE
    for place in gradio_folder().glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if place.stat().st_mtime < old:
                shutil.rmtree(place, ignore_errors=True)
    with _lock:
        for path in [path for path in _owners if not os.path.exists(path)]:
            del _owners[path]


def remove() -> None:
    """At the end of the process."""
    _discard(gradio_folder())


def _discard(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # another process of the same home is still there
        folder.parent.rmdir()
