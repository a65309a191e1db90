"""Stability: forms that are answered with a picture."""

from typing import Any

from engines.clients.exchange import Check, Limits
from engines.clients.hosted import Hosted, Status, mapping
from engines.clients.openai import blocked
from engines.clients.replies import said
from engines.errors import BadRequest, StudioError, Unanswered

REFUSED = "CONTENT_FILTERED"


class Stability(Hosted):
    """Models at stability.ai. The work's "path" is the service, "files" are pictures as PNG; `model` is one of those of that service."""

    title = "Stability"
    probe = "v1/user/balance"

    def refusal(self, status: int, told: Any) -> StudioError | None:
        """Its errors are lists of sentences; the name tells a refusal."""
        errors = mapping(told).get("errors")
        why = said("; ".join(each for each in errors[:3] if isinstance(each, str))) if isinstance(errors, list) else ""
        if status == 403 and mapping(told).get("name") == "content_moderation":
            return blocked(why)
        return BadRequest(f"{self.name} does not take this request: {why}") if status in (400, 413, 422) and why else None

    def submit(self, work: dict[str, Any], hook: str, check: Check) -> Status:
        """The form; the answer is the picture."""
        parts: dict[str, Any] = {name: (None, str(value).encode()) for name, value in work.items() if name not in ("path", "files")}
        parts |= {name: (f"{name}.png", data, "image/png") for name, data in work.get("files", {}).items()}
        whole = Limits(self.account.seconds, self.account.file_megabytes * 4 / 3 + 1, self.account.rest_seconds)
        reply = self.server.call("POST", work["path"], check, limits=whole, files=parts, headers={"Accept": "application/json"})
        told = mapping(reply.json())
        if told.get("finish_reason") == REFUSED:
            return Status("blocked")
        if not isinstance(told.get("image"), str):
            raise Unanswered(f"{self.name} answered without a picture.")
        return Status("done", files=(f"data:image/any;base64,{told['image']}",))
