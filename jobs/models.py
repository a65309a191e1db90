"""The models as doors: what there is and how each stands here, what auto takes and why, bringing one, throwing one away."""

from typing import Annotated, Any

from pydantic import Field

from config import ModelRow, catalog, settings
from engines import device, weights
from engines.base import JobOptions, Ready
from engines.clients import keys
from engines.errors import BadRequest, StudioError
from engines.hub import shelf
from engines.hub.shelf import Shelf
from engines.hub.stream import TOKEN
from engines.memory import GB
from jobs import downloads, idle, resolve
from jobs.capability import CAPABILITIES
from jobs.control import Caller
from jobs.declared import verb
from jobs.store import Row

Model = Annotated[str, Field(min_length=1, max_length=100, description="A model of the catalog that has weights")]
Wait = Annotated[bool, Field(description="Wait for the work, or return the queued job at once")]
WaitSeconds = Annotated[float, Field(ge=0, le=7 * 86400, description="Wait at most this long; large models take hours")]
SHOWN = {"name", "title", "about", "lane", "honours", "wishes", "licence", "commercial", "defaults", "fixed", "weights", "memory_gb"}
"""What the listing tells of a row as it stands in the catalog."""
LACKS = {"download": "not downloaded", "key": "without a key", "memory": "too large for here", "package": "without their packages"}
LACKS |= {"server": "not set up"}
NAMED = 3


@verb(writes=False)
def models(caller: Caller) -> dict[str, Any]:
    """The models there are, how each stands here and what it honours; what auto takes for every kind of work, and why."""
    shown = [row for row in catalog().values() if not row.hidden]
    states = {row.name: resolve.ready(row) for row in shown}
    where = {row.name: state(row, states[row.name]) for row in shown}
    kinds = dict.fromkeys(kind for row in shown for kind in row.serves if kind in CAPABILITIES)
    chosen = {kind: auto(kind, where) for kind in kinds}
    allowed = downloads.allowed(caller)
    warm, coming = {each["model"] for each in idle.warm()}, downloads.under_way()
    return {
        "models": [
            row.model_dump(include=SHOWN)
            | _stands(row, states[row.name], where[row.name])
            | {"download": row.weights and _download(row, states[row.name], where[row.name], coming.get(row.name), caller)}
            | {"auto": [kind for kind in row.serves if kind in chosen and chosen[kind]["model"] == row.name], "warm": row.name in warm}
            for row in shown
        ],
        "auto": chosen,
        "machine": _machine() if allowed else None,  # in a public studio, nothing of the machine is told to visitors
        "may_change": allowed,
    }


@verb(waits=True)
def download_model(
    caller: Caller,
    model: Model,
    consent: Annotated[bool, Field(description="You have read the licence and agree, where it forbids commercial use")] = False,
    wait: Wait = True,
    wait_seconds: WaitSeconds = 600.0,
) -> dict[str, Any]:
    """Bring a model's weights to this machine. To pause, cancel its job: what has come stays, and it goes on from there."""
    return downloads.start(model, consent, caller, JobOptions())


@verb()
def delete_model(caller: Caller, model: Model) -> dict[str, Any]:
    """Delete a model's weights from this machine, with what a stopped download left behind."""
    return downloads.delete(model, caller)


def state(row: ModelRow, known: Ready) -> str:
    """How a row stands here: ready, download, key, memory, package or server."""
    if known.ok:
        return "ready"
    if row.memory_gb and device.lacking(row.memory_gb):
        return "memory"
    if row.weights is not None and (known.needs == "weights" or weights.find(row) is None):
        return "key" if row.weights.gated and not _has(TOKEN) else "download"
    wanted = row.options.get("key")
    if isinstance(wanted, str) and wanted and not _has(wanted):
        return "key"
    return known.needs if known.needs in LACKS else "server"


def auto(kind: str, where: dict[str, str]) -> dict[str, Any]:
    """What auto takes for a kind of work, and why nothing better."""
    try:
        row = resolve.choose(kind, "auto")
    except StudioError as error:
        return {"model": None, "title": "", "because": error.message}
    better = [each for each in resolve.rows_for(kind) if each.rank > row.rank and not each.hidden and not each.named_only]
    groups: dict[str, list[str]] = {}
    for each in better:
        groups.setdefault(where.get(each.name, "server"), []).append(each.title or each.name)
    lacks = [f"{_few(names)} ({LACKS[why]})" for why, names in groups.items() if why in LACKS]
    name, many = row.title or row.name, sum(len(names) for why, names in groups.items() if why in LACKS) > 1
    above = f"Above it {'are' if many else 'is'} {'; '.join(lacks)}."
    because = f"{name} is the best that is ready here. {above}" if lacks else f"{name} is the best there is."
    return {"model": row.name, "title": name, "because": because}


def _few(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _has(name: str) -> bool:
    try:
        return keys.key(name) is not None
    except StudioError:
        return False


def _stands(row: ModelRow, known: Ready, where: str) -> dict[str, Any]:
    return {
        "for": [name for name in row.serves if name in CAPABILITIES],
        "ready": known.ok,
        "missing": device.lacking(row.memory_gb) if where == "memory" else known.missing,  # packages would not help
        "needs": "memory" if where == "memory" else known.needs,
        "offers": known.offers,
        "state": where,
        "family": str(row.options.get("family", "")),
        "strategy": _strategy(row),
        "named_only": row.named_only,
    }


def _download(row: ModelRow, known: Ready, where: str, there: Row | None, caller: Caller) -> dict[str, Any]:
    """What of its weights is here, what is wrong with that, and what stands in the way of bringing them."""
    try:
        place = Shelf(row)
    except BadRequest:
        return {"here_bytes": 0, "part_bytes": 0, "broken": "", "job": None, "terms": "", "can": False, "consent": False, "why_not": ""}
    beside = all(weights.find(catalog()[name]) for name in row.beside if name in catalog())
    why_not = ""
    try:
        refused = downloads.lacks(row, consent=True)
        why_not = refused.message if refused else ""
    except StudioError as error:
        why_not = error.message
    return {
        "here_bytes": place.bytes(),
        "part_bytes": place.held(),
        "broken": known.missing if known.needs == "weights" and beside and place.bytes() else "",
        "job": there["id"] if there is not None and there["owner"] == caller.owner else None,
        "terms": downloads.page(row),
        "can": not why_not and where != "memory" and where != "ready",
        "consent": not row.commercial,
        "why_not": why_not,
    }


def _strategy(row: ModelRow) -> str:
    """In which way it fits into the memory of this machine: full, model or group; empty if in none, or nobody knows."""
    here = device.machine()
    able = [way for way in device.STRATEGIES[here.kind] if row.memory_gb.get(way, 0) * GB <= here.total and way in row.memory_gb]
    return able[0] if able else ""


def _machine() -> dict[str, Any]:
    here = device.machine()
    return {
        "device": here.kind,
        "name": here.name,
        "memory_gb": round(here.total / GB, 1),
        "free_disk_gb": round(shelf.free() / GB, 1),
        "floor_gb": round((settings().disk_floor_mb << 20) / GB, 1),
    }
