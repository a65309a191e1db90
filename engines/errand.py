"""An errand: work that somebody else's server does for a job and is paid for. The job keeps it, so that a restart neither loses it
nor pays for it twice.

    errand = run.errand("picture-1", "replicate", usd=0.04)      # reserves the price; refused when the month's budget is used up
    if not errand.remote:
        errand.given(server.submit(…))                           # from here on every attempt of the job takes it up again
    …                                                            # errand.news(): the server has called, so look at once
    errand.costs(0.041, "the server")

Money is in US dollars.
"""

from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from engines.errors import LlmError, StudioError, Unanswered

Source = Literal["the server", "the row's price"]


class Errand(Protocol):
    """One piece of work out of the house."""

    remote: str
    """The id under which the server keeps it; empty until it has been taken there."""
    hook: str
    """Where the server may call when it is done; empty where nobody can reach this studio."""

    def given(self, remote: str) -> None:
        """The server has taken it, under this id."""

    def news(self) -> bool:
        """Whether the server has called since this was asked last."""

    def costs(self, usd: float, source: Source) -> None:
        """It has cost so much; until then the reserved price counts."""

    def over(self) -> None:
        """It has ended without a result: another attempt has it made anew."""

    def withdrawn(self) -> None:
        """The server has not taken it, or could not do it; nothing was spent."""


def failed(errand: Errand, error: StudioError) -> None:
    """Sending has failed: nothing was spent, unless the server may have done the work without our reading its answer."""
    if isinstance(error, Unanswered | LlmError):
        errand.over()
    else:
        errand.withdrawn()


@runtime_checkable
class Sender(Protocol):
    """An engine that sends work out of the house."""

    def drop(self, remote: str) -> None:
        """Have it stopped there. Never fails."""


class Price(BaseModel):
    """What a server takes, as a catalog row says it; where the server tells what it took, that counts."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    usd: float = Field(0.0, ge=0, le=1000, description="US dollars; for tokens those of a million that are read")
    per: Literal["piece", "second", "second_worked", "million_tokens", "told"] = Field(
        "piece", description="A picture or film, or a call; a second of film or sound; a second of its work; tokens; or the server tells it"
    )
    usd_out: float = Field(0.0, ge=0, le=1000, description="US dollars for a million tokens that are written")
    usual: float = Field(10.0, ge=0, le=1e6, description="Seconds it usually works, or tokens it usually writes, for the check beforehand")

    def before(self, seconds: float = 1.0) -> float:
        """What a piece of so many seconds is expected to cost."""
        each = {"piece": 1.0, "second": seconds, "second_worked": self.usual, "million_tokens": 0.0, "told": 0.0}
        return self.usd * each[self.per] + (self.usd_out * self.usual / 1e6 if self.per == "million_tokens" else 0.0)

    def after(self, seconds: float = 1.0, worked: float | None = None) -> float:
        """What it cost, given the seconds that the server says it worked."""
        return self.usd * worked if self.per == "second_worked" and worked is not None else self.before(seconds)

    def of(self, usage: dict[str, Any], pieces: int = 1, seconds: float = 1.0) -> float:
        """What an answer cost, given what the server says it took (tokens_in, tokens_out), or how many pieces it was, and how long."""
        if self.per == "million_tokens" and usage:
            return float(self.usd * usage.get("tokens_in", 0) + self.usd_out * usage.get("tokens_out", 0)) / 1e6
        return self.before(seconds) * pieces
