"""Replicate, and any server that runs a model with cog: predictions that are sent, looked at and cancelled.

Replicate keeps what is done for an hour, calls back and signs its calls; cog answers when it is done.
"""

import base64
import binascii
import hashlib
import hmac
import re
import time
import uuid
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from engines.base import Ready
from engines.clients import health
from engines.clients.exchange import Check, Limits
from engines.clients.hosted import Hosted, State, Status, forbids, identity, mapping, number, texts
from engines.clients.replies import said
from engines.errors import ModelNotReady, RateLimited, StudioError, Unauthorized

STATES: dict[str, State] = {
    "starting": "waiting",
    "queued": "waiting",
    "processing": "working",
    "succeeded": "done",
    "failed": "failed",
    "canceled": "cancelled",
    "aborted": "cancelled",
}
PERCENT = re.compile(r"(\d{1,3})%\|")
LOGS = 20_000
VERSION = re.compile(r"[0-9a-f]{64}")
MODEL = re.compile(r"[\w.-]+/[\w.-]+")
OLDEST = 300.0
BUSY = 5.0


class Replicate(Hosted):
    """Models at replicate.com: `model` is owner/name of an official one, or the 64 signs of a version."""

    title = "Replicate"
    probe = "account"
    hooked = True

    def submit(self, work: dict[str, Any], hook: str, check: Check) -> Status:
        """A prediction; it may have ended already."""
        model = self.account.model
        body: dict[str, Any] = {"input": work}
        if hook:
            body |= {"webhook": hook, "webhook_events_filter": ["completed"]}
        if VERSION.fullmatch(model.rpartition(":")[2]):
            path, body["version"] = "predictions", model.rpartition(":")[2]
        elif MODEL.fullmatch(model):
            path = f"models/{model}/predictions"
        else:
            raise ModelNotReady(f"its row names no model of Replicate ({model[:80]!r}); write owner/name, or owner/name:version")
        return self._read(self.server.call("POST", path, check, json=body).json())

    def look(self, remote: str, check: Check) -> Status:
        """How the prediction stands."""
        return self._read(self.get(f"predictions/{remote}", check))

    def cancel(self, remote: str) -> None:
        """Cancel it; one that has ended stays as it is."""
        self.server.call("POST", f"predictions/{remote}/cancel", lambda: None)

    def _read(self, told: Any) -> Status:
        told = mapping(told)
        state = STATES.get(str(told.get("status")), "working")
        why = said(told.get("error"))
        return Status(
            "blocked" if state == "failed" and forbids(why) else state,
            remote=identity(told.get("id"), self.name),
            fraction=_percent(told.get("logs")),
            files=texts(told.get("output")) if state == "done" else (),
            why=why,
            worked=number(mapping(told.get("metrics")).get("predict_time"), 1e6),
        )


class Cog(Replicate):
    """A model in a container of one's own: it has no key, keeps no finished work, and gives its files as data within the answer."""

    title = "cog"
    probe = "health-check"
    hooked = False

    def ready(self) -> Ready:
        """Whether its model is set up."""
        missing, told = health.probe(self.server, self.probe)
        state = said(mapping(told).get("status"))
        if not missing and state not in ("READY", "BUSY"):
            missing = f"{self.name} is not set up yet ({state or 'it does not say how it is'})"
        return Ready(ok=not missing, missing=missing)

    def refusal(self, status: int, told: Any) -> StudioError | None:
        """It does one thing at a time."""
        return RateLimited(f"{self.name} is busy with other work; it is tried again.", retry_after=BUSY) if status == 409 else None

    def submit(self, work: dict[str, Any], hook: str, check: Check) -> Status:
        """Waits on one connection until it is done. A cancel stops the work there."""
        remote = f"t{uuid.uuid4().hex}"
        whole = Limits(self.account.seconds, self.account.file_megabytes, self.account.rest_seconds)
        try:
            told = self.server.call("PUT", f"predictions/{remote}", check, limits=whole, json={"input": work}).json()
        except BaseException:
            self.dismiss(remote)
            raise
        return replace(self._read(mapping(told) | {"id": remote}), remote="")


def _percent(logs: Any) -> float | None:
    """How far the work is, from the last progress bar in its logs."""
    found = PERCENT.findall(logs[-LOGS:]) if isinstance(logs, str) else []
    return min(100, int(found[-1])) / 100 if found else None


def verified(headers: dict[str, str], body: bytes, secret: SecretStr, now: float | None = None) -> None:
    """Unauthorized unless a call to this studio was signed with the secret within the last five minutes.

    Signed is "<webhook-id>.<webhook-timestamp>.<body>"; the header holds one or several "v1,<base64>".
    """
    ident, stamp, signatures = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    age = (time.time() if now is None else now) - int(stamp) if re.fullmatch(r"[0-9]{1,12}", stamp) else 1e12
    if not ident or abs(age) > OLDEST:
        raise Unauthorized("This call is not signed, or older than five minutes.")
    try:
        key = base64.b64decode(secret.get_secret_value().removeprefix("whsec_"), validate=True)
    except (ValueError, binascii.Error):
        raise ModelNotReady("The secret for calls of the server is none; it begins with whsec_.") from None
    mac = hmac.new(key, f"{ident}.{stamp}.".encode() + body, hashlib.sha256).digest()
    given = [part.partition(",")[2] for part in signatures.split() if part.startswith("v1,")]
    wanted = base64.b64encode(mac)
    if not any(hmac.compare_digest(wanted, each.encode("utf-8", "replace")) for each in given):
        raise Unauthorized("This call does not carry the signature of the server.")
