"""The models as doors: what there is, what auto takes and why, bringing one here, throwing one away."""

from typing import Annotated, Any

from pydantic import Field

from engines.base import JobOptions
from jobs import downloads
from jobs.control import Caller
from jobs.declared import verb

Model = Annotated[str, Field(min_length=1, max_length=100, description="A model of the catalog that has weights")]
Wait = Annotated[bool, Field(description="Wait for the work, or return the queued job at once")]
WaitSeconds = Annotated[float, Field(ge=0, le=3600, description="Wait at most this long")]


@verb(waits=True)
def download_model(
    caller: Caller,
    model: Model,
    consent: Annotated[bool, Field(description="You have read the licence and agree, where it forbids commercial use")] = False,
    wait: Wait = True,
    wait_seconds: WaitSeconds = 600.0,
) -> dict[str, Any]:
    """Bring a model's weights to this machine. To pause, cancel its job: what has come stays, and it goes on from there."""
    return downloads.start(model, consent, caller, JobOptions(wait=wait, wait_seconds=wait_seconds))


@verb()
def delete_model(caller: Caller, model: Model) -> dict[str, Any]:
    """Delete a model's weights from this machine, with what a stopped download left behind."""
    return downloads.delete(model, caller)
