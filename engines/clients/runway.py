"""Runway: tasks that are started, looked at and deleted. What a model is asked for and how depends on the row's `model`."""

from typing import Any

from engines.clients.exchange import Check
from engines.clients.hosted import Hosted, State, Status, identity, mapping, number, texts
from engines.clients.replies import said
from engines.errors import BadRequest, Unavailable

VERSION = "2024-11-06"
LONGEST = 1000
STATES: dict[str, State] = {
    "PENDING": "waiting",
    "THROTTLED": "waiting",
    "RUNNING": "working",
    "SUCCEEDED": "done",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
}
OWN_FAULTS = ("INTERNAL", "THIRD_PARTY")


class Runway(Hosted):
    """Models at runwayml.com. The work's "path" says which kind of task it is."""

    title = "Runway"
    probe = "v1/organization"

    def __init__(self, options: dict[str, Any]) -> None:
        """As Hosted, with the version of the protocol in every request."""
        super().__init__(options | {"headers": {"X-Runway-Version": VERSION} | options.get("headers", {})})

    def submit(self, work: dict[str, Any], hook: str, check: Check) -> Status:
        """A task, which waits first."""
        body = {name: value for name, value in work.items() if name != "path"} | {"model": self.account.model}
        told = mapping(self.server.call("POST", f"v1/{work['path']}", check, json=body).json())
        return Status("waiting", identity(told.get("id"), self.name))

    def look(self, remote: str, check: Check) -> Status:
        """How the task stands; a failure for safety's sake is a refusal, one of Runway's own may go well another time."""
        told = self.get(f"v1/tasks/{remote}", check)
        state = STATES.get(str(told.get("status")))
        if state is None:
            raise Unavailable(f"{self.name} says of its work what cannot be understood.")
        code = said(told.get("failureCode")).upper()
        return Status(
            "blocked" if state == "failed" and code.startswith("SAFETY") else state,
            remote=remote,
            fraction=number(told.get("progress"), 1.0),
            files=texts(told.get("output")) if state == "done" else (),
            why=said(told.get("failure")),
            again=code.startswith(OWN_FAULTS),
        )

    def cancel(self, remote: str) -> None:
        """Delete it, which stops it."""
        self.server.call("DELETE", f"v1/tasks/{remote}", lambda: None)


def short_enough(prompt: str) -> str:
    """The same; BadRequest if Runway does not read so many words."""
    if len(prompt) > LONGEST:
        many = f"prompt and style have {len(prompt)} characters"
        raise BadRequest(f"{many}, and Runway reads {LONGEST} at most; say it shorter", fields=["prompt"])
    return prompt
