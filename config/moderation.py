"""What moderation looks for: moderation.yaml as typed rules and a brand's guidelines, and the only reader of it."""

import functools
import re
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from config.settings import settings

HERE = Path(__file__).parent
FILE = "moderation.yaml"


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError) as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


Pattern = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_pattern)]
Words = list[Annotated[str, Field(min_length=1, max_length=100)]]


class Rule(BaseModel):
    """Words and patterns that mean one category."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    category: str = Field(min_length=1, max_length=60)
    why: str = Field("", max_length=200, description="Told to the person: 'it …'")
    words: Words = []
    near: Words = Field([], description="A word counts only with one of these nearby")
    within: int = Field(12, ge=1, le=1000, description="How many words apart they may be")
    patterns: list[Pattern] = []
    blocks: bool = Field(False, description="Blocks in the mode `flag` too")


class Brand(BaseModel):
    """A brand's guidelines."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    instead: dict[str, str] = Field({}, description="A word that is not used, and what is said instead")
    claims: list[Pattern] = Field([], description="What may not be claimed")
    colours: list[Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]] = []
    tolerance: float = Field(25.0, gt=0, le=200, description="Distance in CIE Lab")
    share: float = Field(0.5, ge=0, le=1, description="Share of a picture's pixels that are in these colours at least")


class Moderation(BaseModel):
    """All of moderation.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: dict[str, Rule] = {}
    brand: Brand = Brand()


@functools.lru_cache(1)
def moderation() -> Moderation:
    """The rules and the brand. ValueError names the file and what is wrong in it."""
    told: dict[str, Any] = {"rules": {}, "brand": {}}
    for path in (HERE / FILE, settings().home / FILE):
        if not path.is_file():
            continue
        try:
            own = yaml.safe_load(path.read_text("utf-8")) or {}
            read = Moderation.model_validate(own)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ValueError(f"{path.name} cannot be read: {error}") from None
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        told["rules"] |= read.rules
        if "brand" in own:
            told["brand"] = read.brand
    return Moderation.model_validate(told)
