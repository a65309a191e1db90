"""OpenRouter's own endpoints for pictures and films; the pictures out of chats go through openai.py like all chats."""

from pathlib import Path
from typing import Any

from engines.base import Ready
from engines.clients import guard, health
from engines.clients.exchange import Check, Limits
from engines.clients.hosted import Hosted, State, Status, forbids, identity, mapping, number, texts
from engines.clients.openai import refusal
from engines.clients.replies import said
from engines.errors import ModelNotReady, StudioError, Unanswered, Unavailable

DRAWERS = "models?output_modalities=image"
MOST_USD = 1000.0
_draws_only: dict[tuple[str, str], bool] = {}
"""What models have said of themselves, by address and name: it stays true while the server does not answer."""
STATES: dict[str, State] = {
    "pending": "waiting",
    "queued": "waiting",
    "in_progress": "working",
    "completed": "done",
    "failed": "failed",
    "expired": "failed",
    "cancelled": "cancelled",
}


class _OpenRouter(Hosted):
    title = "OpenRouter"

    def refusal(self, status: int, told: Any) -> StudioError | None:
        """As OpenAI says it."""
        return refusal(status, told)

    def ready(self) -> Ready:
        """Whether it answers and has the model."""
        missing, told = health.probe(self.server, self.probe)
        names = [each["id"] for each in _entries(told) if isinstance(each.get("id"), str)]
        if not missing and names and self.account.model not in names:
            missing = f"{self.name} has no model {self.account.model}; it has {', '.join(said(name) for name in names[:8])}"
        return Ready(ok=not missing, missing=missing, offers=[name for name in names if name == said(name)][:500])


class OpenRouterPictures(_OpenRouter):
    """Models that answer with pictures and nothing else."""

    probe = DRAWERS

    def draws_only(self, check: Check | None = None) -> bool:
        """Whether the model says of itself that pictures are all it gives; a chat would fail then.

        With `check` the server is waited for where it has never told (Transient if it does not); without, nobody waits long.
        """
        which = self.account.address, self.account.model
        missing, told = health.probe(self.server, DRAWERS)
        if missing and check is not None and which not in _draws_only:
            told = self.server.call("GET", DRAWERS, check).json()
        for entry in _entries(told):
            if entry.get("id") == self.account.model:
                _draws_only[which] = mapping(entry.get("architecture")).get("output_modalities") == ["image"]
        return _draws_only.get(which, False)

    def submit(self, work: dict[str, Any], hook: str, check: Check) -> Status:
        """The picture comes with the answer."""
        whole = Limits(self.account.seconds, self.account.file_megabytes * 4 / 3 + 1, self.account.rest_seconds)
        body = work | {"model": self.account.model}
        told = mapping(self.server.call("POST", "images", check, limits=whole, json=body).json())
        data = told.get("data")
        entry = mapping(data[0]) if isinstance(data, list) and data else {}
        if not isinstance(entry.get("b64_json"), str):
            raise Unanswered(f"{self.name} answered without a picture.")
        usd = number(mapping(told.get("usage")).get("cost"), MOST_USD)
        return Status("done", files=(f"data:image/any;base64,{entry['b64_json']}",), usd=usd)


class OpenRouterFilms(_OpenRouter):
    """Models that film; the work is looked at until it is done."""

    probe = "videos/models"

    def submit(self, work: dict[str, Any], hook: str, check: Check) -> Status:
        """A job, which waits first."""
        told = mapping(self.server.call("POST", "videos", check, json=work | {"model": self.account.model}).json())
        return Status("waiting", identity(told.get("id"), self.name))

    def look(self, remote: str, check: Check) -> Status:
        """How it stands."""
        told = self.get(f"videos/{remote}", check)
        state = STATES.get(str(told.get("status")))
        if state is None:
            raise Unavailable(f"{self.name} says of its work what cannot be understood.")
        why = said(told.get("error"))
        return Status(
            "blocked" if state == "failed" and forbids(why) else state,
            remote=remote,
            files=texts(told.get("unsigned_urls")) or ("",) if state == "done" else (),
            why=why,
            usd=number(mapping(told.get("usage")).get("cost"), MOST_USD),
        )

    def collect(self, status: Status, into: Path, kind: str, check: Check) -> Path:
        """From its own route, which takes the key; the addresses it gives serve if that leads elsewhere."""
        limits = Limits(self.account.call_seconds, self.account.file_megabytes, self.account.rest_seconds)
        try:
            self.server.call("GET", f"videos/{status.remote}/content?index=0", check, limits=limits, into=into)
        except ModelNotReady:
            guard.fetch(status.files[0], into, guard.Wanted(kind, self.name, self.server.address), check, limits)
        return into


def _entries(told: Any) -> list[dict[str, Any]]:
    listed = mapping(told).get("data")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
