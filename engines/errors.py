"""The tree of errors a person may be shown.

StudioError
├── BadRequest           VALIDATION_ERROR       422
│   ├── ImageTooLarge    IMAGE_TOO_LARGE        413
│   └── BadImage         INVALID_IMAGE_FORMAT   415
├── JobNotFound          JOB_NOT_FOUND          404
├── Conflict             CONFLICT               409
├── ModelNotReady        MODEL_NOT_READY        503
├── ContentBlocked       CONTENT_BLOCKED        422
├── Unauthorized         UNAUTHORIZED           401
├── StorageFull          STORAGE_FULL           507
├── WorkerLost           WORKER_LOST            500
├── JobTimeout           TIMEOUT                504
├── InternalError        INTERNAL_ERROR         500
└── Transient (worth another try)
    ├── RateLimited      RATE_LIMITED           429
    │   └── BudgetSpent  RATE_LIMITED           429 (not before next month, or with more money)
    ├── Unavailable      SERVICE_UNAVAILABLE    503
    │   └── Unanswered   (the same: a request went out, and no whole answer came)
    ├── LlmError         LLM_ERROR              502
    └── OutOfMemory      OUT_OF_MEMORY          507

Messages are sentences for a person: what is wrong and what to do next. Never a stack trace, a path or a key.
"""
from typing import Any, ClassVar


class StudioError(Exception):
    """Something a person can understand and act on; shown as written."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500
    transient: ClassVar[bool] = False

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def as_dict(self) -> dict[str, Any]:
        """The `error` object of a job or a reply: code, message, details."""
        return {"code": self.code, "message": self.message, "details": self.details}


class BadRequest(StudioError):
    """The request cannot be done as it was put."""

    code, status = "VALIDATION_ERROR", 422


class ImageTooLarge(BadRequest):
    """More pixels or bytes than the studio takes."""

    code, status = "IMAGE_TOO_LARGE", 413


class BadImage(BadRequest):
    """Not a picture, or one that cannot be read."""

    code, status = "INVALID_IMAGE_FORMAT", 415


class JobNotFound(StudioError):
    """No such job, artifact or song for this person."""

    code, status = "JOB_NOT_FOUND", 404


class Conflict(StudioError):
    """The job is not in a state in which this can be done."""

    code, status = "CONFLICT", 409


class ModelNotReady(StudioError):
    """A package, weights, a key or memory is missing."""

    code, status = "MODEL_NOT_READY", 503


class ContentBlocked(StudioError):
    """A moderation rule or a provider refused the content."""

    code, status = "CONTENT_BLOCKED", 422


class Unauthorized(StudioError):
    """The caller has not shown who they are."""

    code, status = "UNAUTHORIZED", 401


class StorageFull(StudioError):
    """The disk is nearly full."""

    code, status = "STORAGE_FULL", 507


class WorkerLost(StudioError):
    """The worker died on this job too often."""

    code, status = "WORKER_LOST", 500


class JobTimeout(StudioError):
    """The job made no progress within its limit."""

    code, status = "TIMEOUT", 504


class InternalError(StudioError):
    """A fault of the studio itself; the log has more under the correlation id."""


class Transient(StudioError):
    """May go well at another try; the queue tries again with backoff."""

    transient = True


class RateLimited(Transient):
    """Too many at once."""

    code, status = "RATE_LIMITED", 429


class BudgetSpent(RateLimited):
    """The month's money for a server is spent; waiting a moment does not help."""

    transient = False


class Unavailable(Transient):
    """A server or a connection is down."""

    code, status = "SERVICE_UNAVAILABLE", 503


class Unanswered(Unavailable):
    """A request went out and no whole answer came back: what it asked for may have been done all the same."""


class LlmError(Transient):
    """A language model's answer could not be used."""

    code, status = "LLM_ERROR", 502


class OutOfMemory(Transient):
    """Not enough memory even at the smallest setting."""

    code, status = "OUT_OF_MEMORY", 507


class Cancelled(BaseException):
    """The person asked to stop. A BaseException, so that no fallback swallows it."""


class StepFailed(StudioError):
    """A step of a pipeline ended in error; a fallback may catch it."""

    def __init__(self, step: str, error: dict[str, Any]) -> None:
        super().__init__(f"Step '{step}' failed: {error.get('message', 'unknown')}", step=step, error=error)
