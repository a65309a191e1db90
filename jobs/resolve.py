"""From what a person asked to what is stored: the model behind auto, the values nobody named, what cannot be honoured."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from config import ModelRow, catalog, styles
from engines import pool, seeds
from engines.base import Ready, Request
from engines.errors import BadRequest, ModelNotReady
from engines.words import nearest
from jobs.capability import Capability

OWN = {"model", "seed", "wildcard_seed"}
SIDES = {"width", "height"}


@dataclass(frozen=True)
class Resolved:
    """A request with every value filled in, the row that will do it, and what the person should know."""

    request: Request
    row: ModelRow | None
    notes: list[str] = field(default_factory=list)


def rows_for(kind: str) -> list[ModelRow]:
    """The rows that serve a capability, best first."""
    return [row for row in catalog().values() if kind in row.serves]


@functools.lru_cache(256)
def _ready(name: str, engine: str) -> Ready:
    return pool.make(catalog()[name]).ready()


def ready(row: ModelRow) -> Ready:
    """Whether a row can run here; asked once per process, but anew each time of a server or of weights, which come and go."""
    return pool.make(row).ready() if row.lane == "io" or row.weights else _ready(row.name, row.engine)


def choose(kind: str, model: str, wanted: Iterable[str] = ()) -> ModelRow:
    """The row for a model's name; auto takes the best ready one, if it may be one that honours all wanted fields."""
    rows = rows_for(kind)
    if model == "auto":
        able = [row for row in rows if not row.hidden and not row.named_only and {*row.needs} <= {*wanted} and ready(row).ok]
        if able:
            return next((row for row in able if row.honours is None or {*wanted} <= {*row.honours, *row.wishes}), able[0])
        raise ModelNotReady(f"No model for {kind} is ready here. {_next_step(rows)}")
    if model not in catalog():
        names = [each.name for each in rows if not each.hidden]
        raise BadRequest(f"unknown model {model!r}{nearest(model, names)}", fields=["model"])
    row = catalog()[model]
    if kind not in row.serves:
        names = [each.name for each in rows if not each.hidden]
        raise BadRequest(f"{model} does not serve {kind}; choose one of {', '.join(names)}", fields=["model"])
    state = ready(row)
    if not state.ok:
        raise ModelNotReady(f"{row.title or row.name} is not ready: {state.missing}", model=row.name)
    return row


def _next_step(rows: list[ModelRow]) -> str:
    """What a person does to have a model where none is ready: the lightest one that could run here."""
    able = [row for row in rows if not row.hidden and not row.named_only and ready(row).needs != "memory"]
    row = min(able, key=lambda row: row.weights.gb if row.weights else 1e9, default=None)
    return f"{row.title or row.name}: {ready(row).missing}" if row else "Name one of those that cost money, or add a row to models.yaml."


def given(request: Request) -> dict[str, Any]:
    """The fields the person set to something of their own, in the request's order."""
    fields = type(request).model_fields
    return {
        name: getattr(request, name)
        for name in fields
        if name in request.model_fields_set - OWN and getattr(request, name) != fields[name].get_default(call_default_factory=True)
    }


def resolve(what: Capability, request: Request) -> Resolved:
    """Fill in model, seed and the values nobody named; refuse what the chosen row cannot honour."""
    kind, wanted = what.serves or what.name, () if what.flow else given(request)
    row = choose(kind, request.model, wanted) if rows_for(kind) else None
    update: dict[str, Any] = {"seed": seeds.draw() if request.seed is None else request.seed}
    notes: list[str] = []
    if row is not None:
        update["model"] = row.name
        if not what.flow:
            notes = _honoured(row, request)
            update |= _values(row, request)
    found = type(request).model_validate(request.model_dump() | update)
    if row is not None and not what.flow:
        notes += pool.make(row).check(found)
    return Resolved(found, row, notes)


def _honoured(row: ModelRow, request: Request) -> list[str]:
    """Notes on fields taken as a wish; BadRequest for fields the row cannot honour, or that it needs."""
    for name in row.needs:
        if not getattr(request, name, None):
            raise BadRequest(f"{row.title or row.name} needs {name}; give it, or choose another model", fields=[name], model=row.name)
    if row.honours is None:
        return []
    notes = []
    for name in given(request):
        if name in row.wishes:
            notes.append(f"{row.title or row.name} has no {name}; it was taken as a wish.")
        elif name not in row.honours:
            others = [each for each in rows_for(row.serves[0]) if not each.hidden and (each.honours is None or name in each.honours)]
            able = [each.name for each in others if ready(each).ok]
            else_ = f", or set up {' or '.join(each.name for each in others[:3])} (models says how)" if others else ""
            hint = f"choose {' or '.join(able)}" if able else f"leave it out{else_}"
            raise BadRequest(f"{name} cannot be honoured by {row.title or row.name}; {hint}", fields=[name], model=row.name)
    return notes


def _values(row: ModelRow, request: Request) -> dict[str, Any]:
    """Person, else the row's fixed values, else the style, else the row's defaults, else what the request itself says."""
    style = styles().get(getattr(request, "style", ""))
    sized = SIDES if getattr(request, "image", None) else set()  # a picture to start from brings its own size
    filled = {}
    for name in type(request).model_fields:
        held = getattr(request, name) is not None
        if name in OWN or (held and name in request.model_fields_set) or (not held and name in sized):
            continue
        wish = getattr(style, name, None) if name in ("steps", "guidance") and not held else None
        for value in (row.fixed.get(name), wish, row.defaults.get(name)):
            if value is not None:
                filled[name] = value
                break
    return filled
