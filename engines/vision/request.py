"""What one may ask about a picture."""

from typing import ClassVar

from pydantic import Field

from engines.base import JobType, Request
from engines.fields import FileId


class DescribeRequest(Request):
    """A picture to be read."""

    job_type: ClassVar[JobType] = "text"

    image: FileId = Field(description="The picture to read: an upload or artifact id")
