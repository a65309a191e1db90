"""How an error reaches whoever asked: one body for REST, one sentence for Gradio, MCP and the shell."""
import logging
from typing import Any

from engines.errors import BadRequest, InternalError, StudioError, Unauthorized
from jobs.store import trouble

log = logging.getLogger("studio")

RETRY_AFTER = 5
"""Seconds a caller is asked to wait where the error names no time of its own."""


class TooLarge(BadRequest):
    """More bytes in one request than the studio reads."""

    status = 413


class Forbidden(Unauthorized):
    """A request that a browser sent on another site's behalf, or under a name that is not ours."""

    status = 403


class NoSuchRoute(BadRequest):
    """Nothing is served under this address."""

    status = 404


def shown(error: BaseException, correlation_id: str) -> StudioError:
    """The error a person may see; anything unexpected is logged in full and shown as INTERNAL_ERROR."""
    if isinstance(error, StudioError):
        return error
    if (of_disk := trouble(error)) is not None:
        return of_disk
    log.error("unexpected error", exc_info=error, extra={"correlation_id": correlation_id})
    return InternalError(f"Something went wrong inside the studio. The log has more under {correlation_id}.")


def body(error: StudioError, correlation_id: str) -> dict[str, Any]:
    """The reply of design §5."""
    return {"success": False, "error": error.as_dict(), "correlation_id": correlation_id}


def sentence(error: StudioError, correlation_id: str = "") -> str:
    """`CODE: message (correlation id)`, as Gradio, MCP and the shell show it."""
    tail = f" ({correlation_id})" if correlation_id else ""
    return f"{error.code}: {error.message}{tail}"


def headers(error: StudioError) -> dict[str, str]:
    """What HTTP says beside the body."""
    if error.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if error.status in (429, 503):
        return {"Retry-After": str(int(error.details.get("retry_after", RETRY_AFTER)))}
    return {}
