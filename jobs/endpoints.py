"""The servers that this studio speaks to: whether each answers, how fast, what it offers, what runs there, what went wrong last.

ComfyUI servers are looked at by their pool; all others by the engines of the catalog rows that name them. Never an address or a key.
"""

import json
from typing import Any

from config import ModelRow, catalog, settings
from engines.clients import health, keys
from engines.comfy import pool
from engines.errors import StudioError
from jobs import errands, resolve
from jobs.control import Caller
from jobs.store import Row, rows

SLOW = 0.7
OFFERED = 100
FAILED = 60
"""How many of the caller's failed jobs are looked through for a server's last error."""


def servers(caller: Caller) -> list[dict[str, Any]]:
    """Every server with its state (up, slow, down, off), in words what is wrong, its models, the caller's jobs there, their last error."""
    busy = rows("select id, title, model, stage, owner from jobs where lane='io' and worker is not null order by n limit 200")
    failed = rows(
        "select model, error, completed_at from jobs where owner=? and status='error' and lane='io' order by n desc limit ?",
        caller.owner,
        FAILED,
    )
    peers = []
    for each in pool.states():
        there = _running(_there(busy, each["name"]), caller)
        peers.append(each | {"running": there, "last_error": _last(failed, said=f"ComfyUI on {each['name']} ")})
    for name, users in _named().items():
        models = {row.name for row in users}
        there = _running([job for job in busy if job["model"] in models], caller)
        peers.append(_spoken_to(name, users) | {"running": there, "last_error": _last(failed, models)})
    return peers


def _last(failed: list[Row], models: set[str] | None = None, said: str = "") -> dict[str, Any] | None:
    """The newest failure of these models, or whose sentence names this server; a server that mends itself keeps it for a while."""
    for job in failed:
        message = str(json.loads(job["error"]).get("message", ""))
        if job["model"] in models if models is not None else said in message:
            return {"message": message, "at": job["completed_at"]}
    return None


def _named() -> dict[str, list[ModelRow]]:
    """The servers of studio.yaml and of the catalog, each with the rows that use it."""
    found: dict[str, list[ModelRow]] = {name: [] for name in settings().servers}
    for row in catalog().values():
        name = row.options.get("server")
        if isinstance(name, str) and name:
            found.setdefault(name, []).append(row)
    return found


def _spoken_to(name: str, users: list[ModelRow]) -> dict[str, Any]:
    """A server that is no ComfyUI: up if it answers one of its rows."""
    shown: dict[str, Any] = {"name": name, "kind": "server", "state": "off", "message": "", "for": [], "models": [], "seconds": None}
    if not users:
        return shown | {"message": "No row of models.yaml uses it."}
    address = settings().servers.get(name, "") or str(users[0].options.get("base_url", ""))
    titles = {"for": [row.title or row.name for row in users]}
    lacking = _lacking(name, users[0], address)
    if lacking:
        return shown | titles | {"message": lacking}
    state = resolve.ready(users[0])
    seconds = health.pace(address.rstrip("/"))
    answers = state.ok or bool(state.offers)
    mood = "down" if not answers else "slow" if (seconds or 0.0) > SLOW else "up"
    about = {"state": mood, "message": _sentence(state.missing) or _spending(name), "models": state.offers[:OFFERED], "seconds": seconds}
    return shown | titles | about | {"purse": errands.purse(name)}


def _spending(name: str) -> str:
    """What it has cost this month, in words; empty if nothing and nobody has set a budget."""
    purse = errands.purse(name)
    if purse is None:
        return ""
    of = "" if purse["budget_usd"] is None else f" of {purse['budget_usd']:.2f}"
    return f"{purse['spent_usd']:.2f}{of} US dollars are spent there this month."


def _lacking(name: str, row: ModelRow, address: str) -> str:
    """What an owner has to set before anybody asks it; empty if nothing."""
    key = row.options.get("key")
    if not address and not isinstance(key, str):
        return f"Say where it is: servers: {{{name}: http://…/v1}} in studio.yaml."
    try:
        if isinstance(key, str) and key and keys.key(key) is None:
            return _sentence(f"It needs a key: {keys.how_to_set(key)}")
    except StudioError as error:
        return error.message
    return ""


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}." if words else ""


def _there(busy: list[Row], name: str) -> list[Row]:
    """The jobs whose stage says that they are on this ComfyUI server."""
    return [job for job in busy if job["stage"].endswith(f"on {name}") or job["stage"].startswith(f"Waiting for {name}")]


def _running(found: list[Row], caller: Caller) -> dict[str, Any]:
    """How many jobs of the studio run on a server, and which of them are the caller's."""
    mine = [{"id": job["id"], "title": job["title"]} for job in found if job["owner"] == caller.owner]
    return {"count": len(found), "jobs": mine}
