"""The other servers an owner has: ComfyUI endpoints by name and address.

Older pipelines keep them as `{"ip": …, "port": …, "name": …}`; such entries are read too. Only what stands here is ever spoken to.
"""

from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Endpoint(BaseModel):
    """A ComfyUI server: what it is called, where it is, how much of the work it may take, and what it is good for."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=60)
    address: str = Field(max_length=300, description="http://host:port")
    weight: float = Field(1.0, gt=0, le=1000, description="2 takes twice the work of 1")
    tags: tuple[str, ...] = Field((), description="A catalog row may ask for a tag, e.g. video")

    @model_validator(mode="before")
    @classmethod
    def _older(cls, given: Any) -> Any:
        """An entry with ip and port, or an address without http://."""
        if not isinstance(given, dict):
            return given
        entry = dict(given)
        if "ip" in entry:
            host, port = str(entry.pop("ip")), entry.pop("port", 8188)
            entry["address"] = f"{host if '://' in host else 'http://' + host}:{port}"
        if "address" in entry and "://" not in str(entry["address"]):
            entry["address"] = f"http://{entry['address']}"
        entry.setdefault("name", urlsplit(str(entry.get("address", ""))).netloc)
        return entry

    @field_validator("address")
    @classmethod
    def _address(cls, address: str) -> str:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("write it as http://host:port, without a password, a ? or a #")
        _ = parts.port  # ValueError if it is no port
        return address.rstrip("/")


def named_apart(endpoints: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    """The same; ValueError if two have one name."""
    names = [each.name for each in endpoints]
    if len(set(names)) < len(names):
        raise ValueError("two endpoints have the same name")
    return endpoints
