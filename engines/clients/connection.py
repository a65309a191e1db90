"""A catalog row whose work is done by another's server: where that is, with which key, within which limits, and for how much."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config import settings
from engines.clients import keys
from engines.clients.http import Limits, Refusal, Server
from engines.errand import Price
from engines.errors import ModelNotReady


class Connection(BaseModel):
    """The options of a catalog row whose engine speaks to such a server."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    server: str = Field(description="Its name: in messages, and in `servers` of studio.yaml, where its address stands")
    base_url: str = Field("", description="Its address, with /v1, where studio.yaml says none")
    key: str = Field("", description="Name of the environment variable or the secret that holds the key; empty if it needs none")
    model: str = Field("", description="Which of its models; empty takes the first that it lists")
    seconds: float = Field(60.0, gt=0, le=3600, description="Deadline for one answer, all tries and repairs in it")
    megabytes: float = Field(8.0, gt=0, le=512, description="Largest reply")
    rest_seconds: float = Field(20.0, ge=0, le=3600, description="How long it is left alone after several failures in a row")
    retry_seconds: float | None = Field(None, ge=0, le=300, description="When a failed job is tried again; empty leaves it to the queue")
    body: dict[str, Any] = Field(default_factory=dict, description="Sent along with every request, e.g. temperature, max_tokens")
    headers: dict[str, str] = Field(default_factory=dict, description="Sent along with every request")
    price: Price | None = Field(None, description="What it costs, for budgets and the record; empty if nobody knows")

    @property
    def address(self) -> str:
        """Where it is; empty if nobody has said so."""
        return settings().servers.get(self.server, "") or self.base_url


C = TypeVar("C", bound=Connection)


def read(kind: type[C], options: dict[str, Any]) -> C:
    """The options of a row. ModelNotReady if they are none."""
    try:
        return kind.model_validate(options)
    except ValidationError as error:
        wrong = ", ".join(str(each["loc"][0]) for each in error.errors() if each["loc"])
        raise ModelNotReady(f"its row in models.yaml has options that do not fit: {wrong}") from None


def connected(options: Connection, limits: Limits, refusal: Refusal) -> Server:
    """The server behind a row. ModelNotReady if it has no address, or no key though it needs one."""
    if not options.address:
        raise ModelNotReady(
            f"nobody has said where {options.server} is; add 'servers: {{{options.server}: http://…/v1}}' to config/studio.yaml"
        )
    secret = keys.key(options.key) if options.key else None
    hint = keys.how_to_set(options.key) if options.key else ""
    if options.key and secret is None:
        raise ModelNotReady(f"{options.server} needs a key; {hint}")
    return Server(options.server, options.address, key=secret, key_hint=hint, limits=limits, headers=options.headers, refusal=refusal)
