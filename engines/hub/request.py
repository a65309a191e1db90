"""What a download is asked to bring."""

from typing import ClassVar

from pydantic import Field

from engines.base import JobType, Request


class DownloadRequest(Request):
    """Bring the weights of a catalog row to this machine."""

    job_type: ClassVar[JobType] = "model"
    subject: ClassVar[str] = "title"

    weights: str = Field(min_length=1, max_length=100, description="The row of the catalog whose weights are wanted")
    title: str = Field("", max_length=200, description="What the job is called in lists")
    consent: bool = Field(False, description="Whether the person agreed to a licence that forbids commercial use")
    megabytes: int = Field(0, ge=0, description="How much there is to bring, about; the time it takes is learned from it")

    def effort(self) -> tuple[int, int, int]:
        """Its size is what it costs."""
        return self.megabytes, 1, 1
