"""Bringing models to this machine and throwing them away: who may, what must be agreed to first, and the job that does it.

A download is a job like any other, in the io lane. To pause is to cancel it: what has come stays on the disk. To resume is to put the
job back, or to ask for the model again. A worker that dies in the middle loses nothing either.
"""

import json
from typing import Any

from config import ModelRow, catalog, settings
from engines import weights
from engines.base import JobOptions
from engines.clients import keys
from engines.errors import BadRequest, Conflict, ModelNotReady, StorageFull, Unauthorized
from engines.hub import engine, shelf
from engines.hub.engine import refuse_offline
from engines.hub.fetch import size_of
from engines.hub.shelf import Shelf
from engines.hub.stream import TOKEN
from engines.words import nearest
from jobs import accept, idle, resolve
from jobs.control import Caller
from jobs.store import Row, rows
from jobs.view import view

KIND, MODEL = "download_model", "hub"
LOCAL = Caller().owner


def start(model: str, consent: bool, caller: Caller, options: JobOptions) -> dict[str, Any]:
    """The job that brings a model; the one there is if it is on its way already. Refused in words that say what to do."""
    wanted = _theirs(model, caller)
    refused = lacks(wanted, consent)
    if refused is not None:
        raise refused
    there = under_way().get(wanted.name)
    if there is not None:
        return view(there)
    if not resolve.ready(wanted).ok:
        _room(wanted)
    title = f"Download of {wanted.title or wanted.name}"
    size = round(sum(each.weights.gb for each in engine.wanted(wanted) if each.weights) * 1000)
    values = {"weights": wanted.name, "title": title, "consent": consent, "megabytes": size, "model": MODEL}
    kind, request, _ = accept.read(KIND, values)
    return view(accept.accept(kind.name, request, options, caller.owner, caller.correlation_id))


def delete(model: str, caller: Caller) -> dict[str, Any]:
    """Delete a model's files, and what has come of a download that was stopped; how many bytes are free again, and what else was lost.

    Conflict for a model whose weights are another's: they go with that one.
    """
    unwanted = _theirs(model, caller)
    place, name = Shelf(unwanted), unwanted.title or unwanted.name
    users = twins(unwanted.name)
    others = [catalog()[each] for each in users if each != unwanted.name]
    owner = next((each for each in others if each.name == shelf.key(unwanted)), None)
    if owner is not None:
        raise Conflict(f"The weights of {name} are those of {owner.title or owner.name}; delete {owner.name}, and both are gone.")
    lost = [each.title or each.name for each in others if resolve.ready(each).ok]
    marks = ",".join("?" * len(users))
    waiting = rows(f"select id from jobs where model in ({marks}) and completed_at is null limit 100", *users)
    if waiting:
        raise Conflict(f"{len(waiting)} unfinished jobs need {name}; cancel them, or wait for them.", jobs=[each["id"] for each in waiting])
    with place.alone() as alone:
        if not alone or unwanted.name in under_way():
            raise Conflict(f"{name} is on its way; cancel its download first.")
        freed = place.remove()
    shelf.sweep()
    idle.let_go({each["model"] for each in idle.warm()} & {*users})  # else it would go on working until its worker needs the room
    if weights.find(unwanted) is not None:
        raise Conflict(f"{name} lies in the Hugging Face cache of this machine, which other programs use too; `hf cache rm` deletes it.")
    return {"model": unwanted.name, "freed_bytes": freed, "also": lost}


def under_way() -> dict[str, Row]:
    """The unfinished downloads, by every model whose weights they bring."""
    found = {json.loads(job["request"])["weights"]: job for job in rows("select * from jobs where kind=? and completed_at is null", KIND)}
    return {name: job for model, job in found.items() for name in twins(model)}


def twins(model: str) -> list[str]:
    """The rows whose weights lie in one folder with this one's, itself among them."""
    mine = catalog().get(model)
    key = shelf.key(mine) if mine is not None else ""
    return [each.name for each in catalog().values() if each.weights is not None and shelf.key(each) == key]


def allowed(caller: Caller) -> bool:
    """Whether somebody may change what lies on this machine: in a public studio only its owner, in the shell."""
    return not settings().public or caller.owner == LOCAL


def lacks(wanted: ModelRow, consent: bool) -> BadRequest | ModelNotReady | None:
    """What stands between a person and a model that could be downloaded; None if nothing does."""
    Shelf(wanted)
    shelf.refuse_unbrought(wanted)
    refuse_offline()
    name, terms = wanted.title or wanted.name, page(wanted)
    if wanted.weights and wanted.weights.gated and keys.key(TOKEN) is None:
        return ModelNotReady(
            f"{name} is given to those who have agreed to its terms: agree at {terms}, make a token at {settings().hub}/settings/tokens,"
            f" and {keys.how_to_set(TOKEN)}.", model=wanted.name, terms=terms,
        )  # fmt: skip
    if not wanted.commercial and not consent:
        return BadRequest(
            f"{name} may not be used commercially ({wanted.licence}). Read the licence at {terms}; if that is fine, say consent=true.",
            fields=["consent"], model=wanted.name, licence=wanted.licence, terms=terms,
        )  # fmt: skip
    return None


def page(wanted: ModelRow) -> str:
    """Where the hub shows a model: its card, its licence, its terms."""
    return f"{settings().hub.rstrip('/')}/{wanted.weights.repo}" if wanted.weights and wanted.weights.repo else ""


def _theirs(model: str, caller: Caller) -> ModelRow:
    if not allowed(caller):
        raise Unauthorized("In a public studio only its owner brings models or deletes them, with app.py in the shell.")
    known = {each.name: each for each in catalog().values() if each.weights is not None}
    if model not in known:
        raise BadRequest(f"there is no model {model!r} with weights{nearest(model, list(known))}", fields=["model"])
    return known[model]


def _room(wanted: ModelRow) -> None:
    """StorageFull at once where it plainly cannot fit; the download itself looks more closely."""
    missing = [each for each in engine.wanted(wanted) if not engine.here(each, Shelf(each))]
    needed = sum((each.weights.gb if each.weights else 0) * 1e9 - Shelf(each).held() for each in missing)
    spare, floor = shelf.free(), settings().disk_floor_mb << 20
    if needed > 0 and spare - needed < floor:
        raise StorageFull(
            f"It takes {size_of(needed)}, {size_of(spare)} are free, and {size_of(floor)} must stay so. Delete something, or set"
            " STUDIO_MODELS_FOLDER to a larger disk.", free_mb=spare >> 20,
        )  # fmt: skip
